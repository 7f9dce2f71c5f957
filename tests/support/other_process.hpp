// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <stdexcept>
#include <string>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

namespace support {

/// A process that is forked from this one: ended and waited for when the object goes.
///
///     support::other_process child([&](auto& self) { hold_something(); self.ready(); ::pause(); });
///     child.wait_until_ready();
class other_process {
  public:
    /// What the process does, as `work(self)`; its exit code is 0, or 1 where that throws.
    template <class Work>
    explicit other_process(Work work) {
        int ends[2];
        if (::pipe(ends) != 0 || (pid_ = ::fork()) < 0) throw std::runtime_error("no other process");
        if (pid_ == 0) {
            ::close(ends[0]);
            pipe_ = ends[1];
            int code = 0;
            try {
                work(*this);
            } catch (...) {
                code = 1;
            }
            ::_exit(code);
        }
        ::close(ends[1]);
        pipe_ = ends[0];
    }
    other_process(const other_process&) = delete;
    other_process& operator=(const other_process&) = delete;
    ~other_process() {
        kill();
        ::close(pipe_);
    }

    /// Called by the process.
    void ready() { (void)!::write(pipe_, "r", 1); }
    /// False where it ended before.
    bool wait_until_ready() {
        char byte = 0;
        return ::read(pipe_, &byte, 1) == 1;
    }

    pid_t pid() const { return pid_; }
    void kill() {
        if (pid_ > 0) ::kill(pid_, SIGKILL);
        wait();
    }
    /// Its exit code, -1 where a signal ended it.
    int wait() {
        int status = 0;
        if (pid_ > 0 && ::waitpid(pid_, &status, 0) == std::exchange(pid_, -1))
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        return -1;
    }

  private:
    pid_t pid_ = -1;
    int pipe_ = -1;
};

inline std::string host_name() {
    char name[256] = {};
    ::gethostname(name, sizeof name - 1);
    return name;
}

}  // namespace support

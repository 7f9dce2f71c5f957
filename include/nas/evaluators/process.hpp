// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace nas {

/// Bounds for a program that run_process starts.
struct process_options {
    /// Wall-clock seconds after which the program is killed; above 0, infinity for no limit.
    double timeout = std::numeric_limits<double>::infinity();
    /// Bytes of standard output above which the program is killed.
    std::size_t max_output = std::size_t{1} << 20;
    /// Bytes from the end of standard error that are kept, for messages.
    std::size_t error_tail = 4096;
};

/// How a program ended.
enum class process_end {
    exited,           ///< by itself, with an exit code
    signalled,        ///< by a signal
    timed_out,        ///< killed after process_options::timeout
    output_too_long,  ///< killed above process_options::max_output
    not_started,      ///< the program was not found or could not be started
    lost              ///< unknown, since the process waits for all children elsewhere or ignores SIGCHLD
};

/// What a program answered.
struct process_result {
    process_end end = process_end::lost;
    /// The exit code, the signal's number, or errno where it was not started; 0 otherwise.
    int code = 0;
    /// Standard output, at most process_options::max_output bytes.
    std::string output;
    /// The end of standard error.
    std::string error;

    /// Whether the program ran to its end and said that it succeeded (exit code 0).
    bool ok() const { return end == process_end::exited && code == 0; }

    /// Why the program failed, in a sentence without its name that ends with the last line of standard error, such as
    /// `exited with code 1: out of memory`; empty where it succeeded.
    std::string reason() const {
        std::string why;
        switch (end) {
            case process_end::exited:
                why = code == 0 ? "" : "exited with code " + std::to_string(code);
                break;
            case process_end::signalled:
                why = "was ended by signal " + std::to_string(code);
                break;
            case process_end::timed_out:
                why = "was killed at its time limit";
                break;
            case process_end::output_too_long:
                why = "was killed as its output grew too long";
                break;
            case process_end::not_started:
                why = "cannot be started: " + std::generic_category().message(code);
                break;
            case process_end::lost:
                why = "ended, but its exit code was taken by another part of this program";
                break;
        }
        const std::size_t last = error.find_last_not_of(" \t\r\n");
        if (why.empty() || last == std::string::npos) {
            return why;
        }
        const std::size_t start = error.find_last_of('\n', last) + 1;  // npos + 1 is 0: a single line
        return why + ": " + error.substr(start, last + 1 - start);
    }
};

namespace detail {

/// A file descriptor that closes itself.
class unique_fd {
  public:
    unique_fd() = default;
    explicit unique_fd(int fd) : fd_(fd) {}
    unique_fd(unique_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    unique_fd& operator=(unique_fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~unique_fd() { reset(); }

    int value() const { return fd_; }
    bool open() const { return fd_ >= 0; }
    void reset() {
        if (open()) {
            ::close(std::exchange(fd_, -1));
        }
    }

  private:
    int fd_ = -1;
};

inline void check_system(int error, const char* what) {
    if (error != 0) {
        throw std::system_error(error, std::generic_category(), std::string("nas::run_process: ") + what);
    }
}

/// A pipe whose ends other threads' programs do not inherit.
struct unique_pipe {
    unique_fd read;
    unique_fd write;

    unique_pipe() {
        std::array<int, 2> ends{};
        check_system(::pipe2(ends.data(), O_CLOEXEC) == 0 ? 0 : errno, "pipe");
        read = above_standard(ends[0]);
        write = above_standard(ends[1]);
    }

  private:
    /// Where this program's own standard streams are closed, a pipe may get their numbers, and the child's dup2 calls
    /// would overwrite one with the other.
    static unique_fd above_standard(int fd) {
        unique_fd low(fd);
        if (fd > STDERR_FILENO) {
            return low;
        }
        const int high = ::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        check_system(high >= 0 ? 0 : errno, "fcntl");
        return unique_fd(high);
    }
};

/// Keeps SIGPIPE from ending this program while it writes to a child that may be gone: blocks it in this thread, takes
/// the one that the write raised, and puts the thread's mask back. The process's handlers stay as they are.
class sigpipe_guard {
  public:
    sigpipe_guard() {
        sigset_t pending;
        ::sigpending(&pending);
        was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
        ::sigemptyset(&sigpipe_);
        ::sigaddset(&sigpipe_, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &sigpipe_, &old_mask_);
    }
    sigpipe_guard(const sigpipe_guard&) = delete;
    sigpipe_guard& operator=(const sigpipe_guard&) = delete;
    ~sigpipe_guard() {
        const std::timespec now{};
        while (!was_pending_ && ::sigtimedwait(&sigpipe_, nullptr, &now) < 0 && errno == EINTR) {
        }
        ::pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
    }

  private:
    sigset_t sigpipe_{};
    sigset_t old_mask_{};
    bool was_pending_ = false;
};

/// Starts a program at the head of a process group of its own. Returns 0 or errno.
inline int spawn(const std::vector<std::string>& arguments, int in, int out, int err, ::pid_t& pid) {
    std::vector<char*> argv;
    for (const std::string& argument : arguments) {
        argv.push_back(const_cast<char*>(argument.c_str()));  // the interface lacks the const; nothing is written to
    }
    argv.push_back(nullptr);

    struct spawn_settings {
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        spawn_settings() {
            check_system(::posix_spawn_file_actions_init(&actions), "posix_spawn_file_actions_init");
            check_system(::posix_spawnattr_init(&attributes), "posix_spawnattr_init");
        }
        spawn_settings(const spawn_settings&) = delete;
        spawn_settings& operator=(const spawn_settings&) = delete;
        ~spawn_settings() {
            ::posix_spawnattr_destroy(&attributes);
            ::posix_spawn_file_actions_destroy(&actions);
        }
    } settings;
    check_system(::posix_spawn_file_actions_adddup2(&settings.actions, in, STDIN_FILENO), "adddup2");
    check_system(::posix_spawn_file_actions_adddup2(&settings.actions, out, STDOUT_FILENO), "adddup2");
    check_system(::posix_spawn_file_actions_adddup2(&settings.actions, err, STDERR_FILENO), "adddup2");
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
    // Files that this program opened without O_CLOEXEC, as the standard library's streams do, are not the child's.
    check_system(::posix_spawn_file_actions_addclosefrom_np(&settings.actions, STDERR_FILENO + 1), "addclosefrom");
#endif

    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&settings.attributes, &signals);
    ::sigaddset(&signals, SIGPIPE);
    ::posix_spawnattr_setsigdefault(&settings.attributes, &signals);
    ::posix_spawnattr_setpgroup(&settings.attributes, 0);
    ::posix_spawnattr_setflags(&settings.attributes,
                               POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return ::posix_spawnp(&pid, argv[0], &settings.actions, &settings.attributes, argv.data(), environ);
}

/// A started program: whatever happens, it and its group are killed and waited for.
class child_process {
  public:
    explicit child_process(::pid_t pid) : pid_(pid) {}
    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;
    ~child_process() { finish(); }

    /// Whether the program has ended. Leaves its number reserved, so that finish cannot hit a stranger.
    bool ended() {
        siginfo_t info{};
        if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD) {
            pid_ = -1;  // someone else has waited for it, and the number may be a stranger's now
        }
        return pid_ < 0 || info.si_pid != 0;
    }

    /// Kills what runs of the group, waits for the program and returns its status as waitpid gives it; -1 if unknown.
    int finish() {
        if (pid_ < 0) {
            return -1;
        }
        ::kill(-pid_, SIGKILL);
        int status = -1;
        while (::waitpid(pid_, &status, 0) < 0) {
            if (errno != EINTR) {
                status = -1;
                break;
            }
        }
        pid_ = -1;
        return status;
    }

  private:
    ::pid_t pid_;
};

/// The talk with one child: feeds its input, gathers its output, watches the clock.
class process_talk {
  public:
    process_talk(std::string_view input, const process_options& options, unique_fd in, unique_fd out, unique_fd err)
        : input_(input), options_(options), in_(std::move(in)), out_(std::move(out)), err_(std::move(err)) {
        for (const unique_fd* fd : {&in_, &out_, &err_}) {
            ::fcntl(fd->value(), F_SETFL, ::fcntl(fd->value(), F_GETFL) | O_NONBLOCK);
        }
    }

    process_result run(child_process& child) {
        const auto start = std::chrono::steady_clock::now();
        feed();
        // Grandchildren may hold the pipes open beyond the child's end, and the child may close them before it, so
        // neither alone says that the child has ended. Looking now and then, rarer the longer it runs, needs no
        // process-wide SIGCHLD handler and no pidfd.
        int wait_ms = 0;
        while (!child.ended()) {
            const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
            const double left = options_.timeout - spent.count();
            if (left <= 0) {
                return stop(child, process_end::timed_out);
            }
            if (talk(static_cast<int>(std::min<double>(wait_ms, left * 1e3 + 1)))) {
                wait_ms = 0;
            } else {
                wait_ms = std::min(wait_ms + 1, 20);
            }
            if (result_.output.size() > options_.max_output) {
                return stop(child, process_end::output_too_long);
            }
        }
        const int status = child.finish();
        drain();
        if (result_.output.size() > options_.max_output) {
            return stop(child, process_end::output_too_long);
        }
        if (status != -1) {
            result_.end = WIFEXITED(status) ? process_end::exited : process_end::signalled;
            result_.code = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
        }
        return std::move(result_);
    }

  private:
    process_result stop(child_process& child, process_end end) {
        child.finish();
        drain();
        result_.output.resize(std::min(result_.output.size(), options_.max_output));
        result_.end = end;
        return std::move(result_);
    }

    /// Waits up to wait_ms for the pipes, and moves what they take and give. Returns whether anything moved.
    bool talk(int wait_ms) {
        std::array<pollfd, 3> pipes{{{in_.value(), POLLOUT, 0}, {out_.value(), POLLIN, 0}, {err_.value(), POLLIN, 0}}};
        if (::poll(pipes.data(), pipes.size(), wait_ms) <= 0) {  // closed pipes are -1, which poll leaves out
            return false;
        }
        if (pipes[0].revents != 0) {
            feed();
        }
        if (pipes[1].revents != 0) {
            read_output();
        }
        if (pipes[2].revents != 0) {
            read_error();
        }
        return true;
    }

    void feed() {
        while (in_.open() && !input_.empty()) {
            const sigpipe_guard guard;
            const ::ssize_t written = ::write(in_.value(), input_.data(), input_.size());
            if (written < 0 && errno == EINTR) {
                continue;
            }
            if (written < 0 && errno == EAGAIN) {
                return;
            }
            if (written < 0) {  // most likely EPIPE: the program does not want its input, which is its own affair
                break;
            }
            input_.remove_prefix(static_cast<std::size_t>(written));
        }
        in_.reset();  // end of input
    }

    bool read_output() {
        const std::size_t got = read(out_);
        result_.output.append(buffer_.data(), got);
        return got > 0;
    }

    bool read_error() {
        const std::size_t got = read(err_);
        result_.error.append(buffer_.data(), got);
        if (result_.error.size() > options_.error_tail) {
            result_.error.erase(0, result_.error.size() - options_.error_tail);
        }
        return got > 0;
    }

    /// Fills buffer_ with what is there, and closes the pipe at its end.
    std::size_t read(unique_fd& fd) {
        if (!fd.open()) {
            return 0;
        }
        const ::ssize_t got = ::read(fd.value(), buffer_.data(), buffer_.size());
        if (got > 0) {
            return static_cast<std::size_t>(got);
        }
        if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            fd.reset();
        }
        return 0;
    }

    /// Reads what an ended program left in the pipes: no more than a pipe holds, as another may still be writing.
    void drain() {
        constexpr std::size_t pipe_capacity = std::size_t{1} << 20;  // the most that Linux grants by default
        for (std::size_t i = 0; i < pipe_capacity / buffer_size && read_output(); ++i) {
        }
        for (std::size_t i = 0; i < pipe_capacity / buffer_size && read_error(); ++i) {
        }
    }

    static constexpr std::size_t buffer_size = std::size_t{1} << 14;

    std::string_view input_;
    process_options options_;
    unique_fd in_;
    unique_fd out_;
    unique_fd err_;
    process_result result_;
    std::array<char, buffer_size> buffer_{};
};

}  // namespace detail

/// Starts the program `arguments[0]` (looked up in PATH unless it holds a slash) with the other arguments as they are,
/// no shell between; writes `input` to its standard input and closes it; waits for its end, and returns what it wrote.
///
/// The program inherits the environment and the working directory, but no open file. It heads a process group of its
/// own: Ctrl-C in a terminal does not reach it, and what still runs of the group when it ends or is killed is killed
/// too. May be called by several threads at once. Throws std::invalid_argument where `arguments` is empty, an argument
/// holds NUL or the timeout is not above 0, std::system_error where the system has no pipe left; every failure of the
/// program itself is in the result.
///
/// Why not Boost.Process 1.74: it pulls in Asio, its pipes leak into programs that other threads start meanwhile (they
/// are made without O_CLOEXEC), and its timed wait swaps the SIGCHLD handler of the whole process.
inline process_result run_process(const std::vector<std::string>& arguments, std::string_view input = {},
                                  const process_options& options = {}) {
    if (arguments.empty()) {
        throw std::invalid_argument("nas::run_process: no program named");
    }
    for (const std::string& argument : arguments) {
        if (argument.find('\0') != std::string::npos) {
            throw std::invalid_argument("nas::run_process: an argument holds a NUL byte");
        }
    }
    if (!(options.timeout > 0)) {
        throw std::invalid_argument("nas::run_process: timeout (" + std::to_string(options.timeout) +
                                    ") must be above 0 seconds");
    }
    detail::unique_pipe in;
    detail::unique_pipe out;
    detail::unique_pipe err;
    ::pid_t pid = 0;
    const int error = detail::spawn(arguments, in.read.value(), out.write.value(), err.write.value(), pid);
    if (error != 0) {
        process_result result;
        result.end = process_end::not_started;
        result.code = error;
        return result;
    }
    detail::child_process child(pid);
    in.read.reset();
    out.write.reset();
    err.write.reset();
    return detail::process_talk(input, options, std::move(in.write), std::move(out.read), std::move(err.read))
        .run(child);
}

}  // namespace nas

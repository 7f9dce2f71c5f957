// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <ctime>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <nas/core/machine_limit.hpp>
#include <nas/core/options.hpp>
#include <nas/evaluators/supervisor.hpp>

namespace nas {

/// Bounds for a program that run_process starts.
struct process_options {
    /// Wall-clock seconds after which the program is killed; above 0, infinity for no limit.
    double timeout = std::numeric_limits<double>::infinity();
    /// Bytes of standard output above which the program is killed.
    std::size_t max_output = std::size_t{1} << 20;
    /// Bytes from the end of standard error that are kept, for messages.
    std::size_t error_tail = 4096;
    /// Seconds for which a lack of files, processes or memory is waited out before the program starts; at least 0.
    double patience = 10;
};

/// How a program ended.
enum class process_end {
    exited,           ///< by itself, with an exit code
    signalled,        ///< by a signal
    timed_out,        ///< killed after process_options::timeout
    output_too_long,  ///< killed above process_options::max_output
    not_started,      ///< the program was not found or could not be started
    lost              ///< unknown, since the process that watched over the program was killed
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
    /// Wall-clock seconds from the start to the end of it and all that it started.
    double seconds = 0;
    /// The time limit at which it was killed; infinity where it was not.
    double timeout = std::numeric_limits<double>::infinity();

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
                why = "was killed at its time limit (" + detail::option_text(timeout) + " s)";
                break;
            case process_end::output_too_long:
                why = "was killed as its output grew too long";
                break;
            case process_end::not_started:
                why = "cannot be started: " + std::generic_category().message(code);
                break;
            case process_end::lost:
                why = "was lost: the process that watched over it was killed";
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

/// A pipe whose ends the programs of other threads do not inherit.
struct unique_pipe {
    unique_fd read;
    unique_fd write;

    /// Throws std::system_error.
    unique_pipe() {
        std::array<int, 2> ends{};
        check(::pipe2(ends.data(), O_CLOEXEC));
        read = unique_fd(ends[0]);
        write = unique_fd(ends[1]);
        move_up(read);
        move_up(write);
    }

  private:
    static int check(int result) {
        if (result < 0) throw std::system_error(errno, std::generic_category());
        return result;
    }

    /// Out of the way of the supervisor's dup2 calls, which would overwrite one pipe with another: where this program's own
    /// standard streams are closed, a pipe may get their numbers.
    static void move_up(unique_fd& fd) {
        if (fd.value() <= report_fd) fd = unique_fd(check(::fcntl(fd.value(), F_DUPFD_CLOEXEC, report_fd + 1)));
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

/// A program under way with its supervisor: whatever happens, it is killed and waited for.
class child_process {
  public:
    /// Throws std::system_error where the machine lacks something. The pipes' other ends are the child's afterwards.
    child_process(const std::vector<std::string>& arguments, unique_pipe& in, unique_pipe& out, unique_pipe& err) {
        std::vector<char*> argv;
        for (const std::string& argument : arguments)
            argv.push_back(
                const_cast<char*>(argument.c_str()));  // the interface lacks the const; nothing is written to
        argv.push_back(nullptr);
        unique_pipe report;
        pid_ = supervisor::start(argv.data(),
                                 {in.read.value(), out.write.value(), err.write.value(), report.write.value()});
        if (pid_ < 0) throw std::system_error(errno, std::generic_category());
        in.read.reset();
        out.write.reset();
        err.write.reset();
        report_ = std::move(report.read);
    }
    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;
    ~child_process() {
        stop();
        while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }

    /// Readable when the program and all that it started have ended; -1 once that was read.
    int report_fd() const { return report_.value(); }

    /// Waits for the program's end. Nothing where its supervisor was killed.
    std::optional<process_report> take_report() {
        process_report report{};
        ::ssize_t got = 0;
        while ((got = ::read(report_.value(), &report, sizeof report)) < 0 && errno == EINTR) {
        }
        report_.reset();
        return got == sizeof report ? std::optional(report) : std::nullopt;
    }

    /// Kills it with all that it started, and waits for their end.
    void stop() {
        if (!report_.open()) return;
        ::kill(pid_, supervisor::stop_signal);
        ::kill(pid_, SIGCONT);  // it may be paused, with its whole job
        take_report();
    }

  private:
    ::pid_t pid_;
    unique_fd report_;
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
        const auto spent = [&] {
            return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        };
        feed();
        bool ended = false;
        while (!ended && result_.output.size() <= options_.max_output) {
            const double left = options_.timeout - spent();
            if (left <= 0) {
                result_.end = process_end::timed_out;
                result_.timeout = options_.timeout;
                break;
            }
            // poll takes milliseconds: whole ones above, so that the last wait ends behind the limit.
            ended = talk(child, static_cast<int>(std::min(left * 1e3 + 1, 1e9)));
        }
        if (ended) {
            take(child.take_report());
        } else {
            child.stop();
        }
        drain();
        if (result_.output.size() > options_.max_output) {
            result_.end = process_end::output_too_long;
            result_.code = 0;
            result_.output.resize(options_.max_output);
        }
        result_.seconds = spent();
        return std::move(result_);
    }

  private:
    /// Waits up to wait_ms for the pipes, and moves what they take and give. Returns whether the program has ended.
    bool talk(const child_process& child, int wait_ms) {
        std::array<pollfd, 4> pipes{{{in_.value(), POLLOUT, 0},
                                     {out_.value(), POLLIN, 0},
                                     {err_.value(), POLLIN, 0},
                                     {child.report_fd(), POLLIN, 0}}};
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
        return pipes[3].revents != 0;
    }

    void take(const std::optional<process_report>& report) {
        if (!report) {
            result_.end = process_end::lost;
        } else if (report->not_started != 0) {
            result_.end = process_end::not_started;
            result_.code = report->not_started;
        } else if (WIFEXITED(report->status)) {
            result_.end = process_end::exited;
            result_.code = WEXITSTATUS(report->status);
        } else {
            result_.end = process_end::signalled;
            result_.code = WTERMSIG(report->status);
        }
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

    /// Reads what an ended program left in the pipes: no more than a pipe holds, as one that cannot be killed may hold them
    /// open.
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

/// One attempt; a lack of the machine is a program that is not started.
inline process_result try_process(const std::vector<std::string>& arguments, std::string_view input,
                                  const process_options& options) {
    try {
        unique_pipe in;
        unique_pipe out;
        unique_pipe err;
        child_process child(arguments, in, out, err);
        return process_talk(input, options, std::move(in.write), std::move(out.read), std::move(err.read)).run(child);
    } catch (const std::system_error& error) {
        process_result result;
        result.end = process_end::not_started;
        result.code = error.code().value();
        return result;
    }
}

}  // namespace detail

/// Starts the program `arguments[0]` (looked up in PATH unless it holds a slash) with the other arguments as they are,
/// no shell between; writes `input` to its standard input and closes it; waits for its end, and returns what it wrote.
///
/// The program inherits the environment and the working directory, but no open file. It heads a process group of its
/// own, so that Ctrl-C in a terminal does not reach it. Nothing that it starts outlives it, also not by another group,
/// session or parent: when it ends or is killed, and when this process dies, of SIGKILL too, all of it is killed. What shall
/// go on (a server for all trials) is started elsewhere. Where its supervisor is killed by SIGKILL, the program is too, but what
/// that started is not.
///
/// May be called by several threads at once. Where files, processes or memory are lacking it tries again, first after 10 ms,
/// then after twice as long each time, for `patience` seconds at most; then it throws std::system_error, as the machine's limits say
/// nothing of the program. Throws std::invalid_argument where `arguments` is empty, an argument holds NUL, or an option is
/// out of range. Every failure of the program itself is in the result.
///
/// For each program there is a second process, `nas-supervisor`, a copy of this one (fork): that takes some 60 ms for each GB
/// that this process holds, and shares the memory until this process writes to it.
/// Linux only. Why not Boost.Process 1.74: it pulls in Asio, its pipes leak into programs that other threads start meanwhile
/// (they are made without O_CLOEXEC), and its timed wait swaps the SIGCHLD handler of the whole process.
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
    if (!(options.patience >= 0)) {
        throw std::invalid_argument("nas::run_process: patience (" + std::to_string(options.patience) +
                                    ") must be at least 0 seconds");
    }
    double waited = 0;
    for (double pause = 0.01;; pause *= 2) {
        process_result result = detail::try_process(arguments, input, options);
        const std::error_code code(result.code, std::generic_category());
        if (result.end != process_end::not_started || !is_machine_limit(code)) {
            return result;
        }
        pause = std::min(pause, options.patience - waited);
        if (pause <= 0) {
            throw std::system_error(code, "nas::run_process: " + arguments[0] +
                                              " cannot be started for lack of files, processes or memory, " +
                                              std::to_string(waited) + " seconds long");
        }
        ::poll(nullptr, 0, static_cast<int>(std::ceil(pause * 1e3)));
        waited += pause;
    }
}

}  // namespace nas

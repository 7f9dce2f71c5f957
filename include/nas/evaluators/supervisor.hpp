// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <ctime>
#include <utility>

namespace nas::detail {

/// The supervisor's file descriptor of the pipe by which it reports; below are the program's standard streams.
inline constexpr int report_fd = STDERR_FILENO + 1;

/// What a supervisor says of its program.
struct process_report {
    int not_started;  ///< errno where the program could not be started, 0 otherwise
    int status;       ///< as waitpid gives it
};

/// The process that stands between this one and a program: it starts the program, and when that has ended, when it is told
/// to, or when this process dies of whatever, it kills all that descends from the program, and reports. Orphans become its
/// children (PR_SET_CHILD_SUBREAPER), so that none escapes by another group, session or parent; what it cannot see to (its
/// own SIGKILL) the kernel does for the program itself (PR_SET_PDEATHSIG).
///
/// It is a copy of this process in which the other threads are missing at any point of their work: it may make only calls
/// that are safe in a signal handler, and allocates nothing.
class supervisor {
  public:
    /// This process's ends of the pipes become its only ones; all are above report_fd.
    struct pipes {
        int in;
        int out;
        int err;
        int report;
    };

    /// Starts one, and it the program. Returns its number, or -1 and errno. What it tells comes through the pipe.
    static ::pid_t start(char* const* arguments, const pipes& ends) {
        sigset_t all;
        sigset_t before;
        ::sigfillset(&all);
        // This program's handlers must not run in the copy.
        ::pthread_sigmask(SIG_BLOCK, &all, &before);
        const ::pid_t searching = ::getpid();
        const ::pid_t pid = ::fork();
        if (pid == 0) supervisor(searching).run(arguments, ends);
        const int error = errno;
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        errno = error;
        return pid;
    }

    /// What tells a supervisor to end its program: a signal that nobody else sends to all processes of a job.
    static constexpr int stop_signal = SIGALRM;

  private:
    explicit supervisor(::pid_t searching) : searching_(searching) {}

    [[noreturn]] void run(char* const* arguments, const pipes& ends) {
        ::setpgid(0, 0);  // Ctrl-C is for the search
        ::prctl(PR_SET_NAME, "nas-supervisor");
        ::prctl(PR_SET_CHILD_SUBREAPER, 1);
        // Tied to the thread that started it, which waits for it.
        ::prctl(PR_SET_PDEATHSIG, stop_signal);
        ::dup2(ends.in, STDIN_FILENO);
        ::dup2(ends.out, STDOUT_FILENO);
        ::dup2(ends.err, STDERR_FILENO);
        ::dup3(ends.report, report_fd, O_CLOEXEC);
        close_from(report_fd + 1);
        ::signal(SIGCHLD, SIG_DFL);
        ::signal(stop_signal, SIG_DFL);
        const ::pid_t self = ::getpid();
        program_ = ::fork();
        if (program_ == 0) become_program(arguments, self);
        if (program_ < 0) report({errno, 0});
        ::setpgid(program_, program_);  // here too: whoever comes first
        for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(fd);
        watch();
        report({0, kill_all()});
    }

    [[noreturn]] static void become_program(char* const* arguments, ::pid_t watching) {
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != watching) ::_exit(1);
        ::signal(SIGPIPE, SIG_DFL);
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        ::execvp(arguments[0], arguments);
        report({errno, 0});
    }

    [[noreturn]] static void report(const process_report& what) {
        // Less than a pipe writes at once. Where nobody reads it, nobody needs it: SIGPIPE may end this.
        const ::ssize_t written = ::write(report_fd, &what, sizeof what);
        ::_exit(written == sizeof what ? 0 : 1);
    }

    /// Files of this program are not the program's: those opened without O_CLOEXEC, as the standard library's streams are,
    /// and the pipes of other threads' programs.
    static void close_from(int first) {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
        ::closefrom(first);
#else
        rlimit files{};
        ::getrlimit(RLIMIT_NOFILE, &files);
        for (int fd = first; fd < static_cast<int>(files.rlim_cur); ++fd) ::close(fd);
#endif
    }

    /// Until the program has ended, or shall.
    void watch() const {
        sigset_t awaited;
        ::sigemptyset(&awaited);
        ::sigaddset(&awaited, SIGCHLD);
        ::sigaddset(&awaited, stop_signal);
        while (::getppid() == searching_ && !program_ended())
            if (::sigwaitinfo(&awaited, nullptr) == stop_signal) return;
    }

    /// Reaps orphans. Leaves the program's number reserved, so that kill_all cannot hit a stranger.
    bool program_ended() const {
        siginfo_t info{};
        while (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0) {
            if (info.si_pid == program_) return true;
            ::waitpid(info.si_pid, nullptr, 0);
            info.si_pid = 0;
        }
        return false;
    }

    /// Returns the program's status once nothing of it is left, or after two seconds: what hangs in the kernel (a lost
    /// network disk) cannot be killed, and must not hold up a search.
    int kill_all() const {
        ::kill(-program_, SIGKILL);
        ::kill(program_, SIGKILL);  // it may have joined another group
        int status = SIGKILL;
        for (int passes = 0; passes < 2000; ++passes) {
            kill_children();
            int ended = 0;
            ::pid_t pid = 0;
            while ((pid = ::waitpid(-1, &ended, WNOHANG)) > 0)
                if (pid == program_) status = ended;
            if (pid < 0) break;  // there is no child
            const std::timespec millisecond{0, 1000000};
            ::nanosleep(&millisecond, nullptr);
        }
        return status;
    }

    /// The program, and descendants whose parents have ended; theirs come in the next passes.
    static void kill_children() {
        const int file = ::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
        if (file < 0) return;
        std::array<char, 4096> text{};
        ::pid_t pid = 0;
        for (::ssize_t got = 0; (got = ::read(file, text.data(), text.size())) > 0;) {
            for (::ssize_t i = 0; i < got; ++i) {
                const char c = text[static_cast<std::size_t>(i)];
                if (c >= '0' && c <= '9') {
                    pid = pid * 10 + (c - '0');
                } else if (pid > 0) {
                    ::kill(std::exchange(pid, 0), SIGKILL);
                }
            }
        }
        ::close(file);
    }

    ::pid_t searching_;
    ::pid_t program_ = -1;
};

}  // namespace nas::detail

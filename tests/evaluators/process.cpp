// SPDX-License-Identifier: Apache-2.0
#include <nas/evaluators/process.hpp>

#include <doctest/doctest.h>

#include <sys/resource.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "support/processes.hpp"
#include "support/sanitizers.hpp"

namespace {

nas::process_result shell(const std::string& script, const std::string& input = {},
                          const nas::process_options& options = {.timeout = 60}) {
    return nas::run_process({"sh", "-c", script}, input, options);
}

std::size_t open_files() {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        count += entry.path().empty() ? 0U : 1U;
    }
    return count;
}

bool has_children() {
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

double seconds_of(const auto& action) {
    const auto start = std::chrono::steady_clock::now();
    action();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

TEST_CASE("process: input comes back, arguments arrive as they are") {
    const auto echo = nas::run_process({"cat"}, "one line\n");
    CHECK(echo.ok());
    CHECK(echo.reason().empty());
    CHECK(echo.output == "one line\n");
    CHECK(nas::run_process({"printf", "[%s]", "a b", "$HOME", "'\"*;", ""}).output == "[a b][$HOME]['\"*;][]");
}

TEST_CASE("process: output far beyond a pipe's capacity, both ways at once") {
    std::string input;
    for (int i = 0; i < 300000; ++i) {
        input += std::to_string(i) + '\n';
    }
    const auto result = nas::run_process({"cat"}, input, {.timeout = 60, .max_output = input.size()});
    CHECK(result.ok());
    CHECK(result.output == input);

    const auto noisy = shell("yes noise | head -c 3000000 >&2; echo last word >&2; exit 2", {}, {.error_tail = 100});
    CHECK(noisy.error.size() == 100);
    CHECK(noisy.reason() == "exited with code 2: last word");
}

TEST_CASE("process: output above the cap ends the program") {
    const auto result = shell("yes", {}, {.timeout = 60, .max_output = 1000});
    CHECK(result.end == nas::process_end::output_too_long);
    CHECK(result.output.size() == 1000);
    CHECK(result.reason() == "was killed as its output grew too long");
    CHECK(shell("printf 12345", {}, {.max_output = 5}).ok());
    CHECK(shell("printf 123456", {}, {.max_output = 5}).end == nas::process_end::output_too_long);
}

TEST_CASE("process: a program that leaves its input alone does no harm") {
    const auto handler = std::signal(SIGPIPE, SIG_DFL);
    const std::string input(std::size_t{1} << 22, 'x');
    for (int i = 0; i < 20; ++i) {
        const auto result = shell("echo done", input);
        CHECK(result.ok());
        CHECK(result.output == "done\n");
    }
    const auto closed = shell("exec <&-; sleep 0.05; echo done", input);
    CHECK(closed.output == "done\n");

    sigset_t mask;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    CHECK(::sigismember(&mask, SIGPIPE) == 0);
    CHECK((std::signal(SIGPIPE, handler) == SIG_DFL));
}

TEST_CASE("process: a program that never ends is killed with all that it started") {
    nas::process_result result;
    const double seconds = seconds_of([&] { result = shell("sleep 1000 & echo $! $$; wait", {}, {.timeout = 0.2}); });
    CHECK(result.end == nas::process_end::timed_out);
    CHECK(result.reason() == "was killed at its time limit (0.2 s)");
    CHECK(seconds > 0.19);
    CHECK(seconds < 5);
    CHECK(support::all_gone(result.output));

    const auto stubborn = shell("trap '' TERM INT HUP; exec >&- 2>&-; while :; do sleep 1; done", {}, {.timeout = 0.1});
    CHECK(stubborn.end == nas::process_end::timed_out);
}

TEST_CASE("process: what a program leaves behind does not hold up the answer") {
    nas::process_result result;
    CHECK(seconds_of([&] { result = shell("sleep 30 & echo answer"); }) < 10);
    CHECK(result.ok());
    CHECK(result.output == "answer\n");
    CHECK(seconds_of([&] { result = shell("setsid sleep 12 & echo answer; sleep 0.1"); }) < 10);
    CHECK(result.output == "answer\n");
}

TEST_CASE("process: exit codes and signals") {
    const auto failed = shell("echo first >&2; echo 'the reason  ' >&2; echo partial; exit 3");
    CHECK(failed.end == nas::process_end::exited);
    CHECK(failed.code == 3);
    CHECK(!failed.ok());
    CHECK(failed.output == "partial\n");
    CHECK(failed.error == "first\nthe reason  \n");
    CHECK(failed.reason() == "exited with code 3: the reason");
    CHECK(shell("exit 1").reason() == "exited with code 1");

    const auto killed = shell("kill -9 $$");
    CHECK(killed.end == nas::process_end::signalled);
    CHECK(killed.code == SIGKILL);
    CHECK(killed.reason() == "was ended by signal 9");
    CHECK(shell("kill -PIPE $$").code == SIGPIPE);
}

TEST_CASE("process: a program that cannot start") {
    const auto missing = nas::run_process({"no-such-program-anywhere"});
    CHECK(missing.end == nas::process_end::not_started);
    CHECK(missing.code == ENOENT);
    CHECK(missing.reason() == "cannot be started: No such file or directory");
    CHECK(nas::run_process({"/"}).end == nas::process_end::not_started);
    CHECK(nas::run_process({""}).end == nas::process_end::not_started);
}

TEST_CASE("process: wrong calls") {
    CHECK_THROWS_WITH_AS(nas::run_process({}), "nas::run_process: no program named", std::invalid_argument);
    CHECK_THROWS_AS(nas::run_process({"cat", std::string("a\0b", 3)}), std::invalid_argument);
    for (const double timeout : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
        CHECK_THROWS_AS(nas::run_process({"cat"}, "", {.timeout = timeout}), std::invalid_argument);
    }
    for (const double patience : {-1.0, std::numeric_limits<double>::quiet_NaN()}) {
        CHECK_THROWS_AS(nas::run_process({"cat"}, "", {.patience = patience}), std::invalid_argument);
    }
}

TEST_CASE("process: a hundred runs by four threads leave no file and no child behind") {
    const std::size_t before = open_files();
    std::vector<int> right(4);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < right.size(); ++t) {
        threads.emplace_back([&right, t] {
            for (int i = 0; i < 25; ++i) {
                const std::string text = std::to_string(t) + ' ' + std::to_string(i);
                right[t] += nas::run_process({"cat"}, text).output == text ? 1 : 0;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(right == std::vector<int>{25, 25, 25, 25});
    nas::run_process({"no-such-program-anywhere"});
    shell("sleep 1000", {}, {.timeout = 0.01});
    CHECK(open_files() == before);
    CHECK(!has_children());
}

TEST_CASE("process: the program inherits standard streams alone") {
    const int leak = ::open("/dev/null", O_RDONLY);  // on purpose without O_CLOEXEC
    REQUIRE(leak >= 0);
    const auto result = shell("for f in /proc/self/fd/*; do readlink $f; done");
    ::close(leak);
    CHECK(result.output.find("/dev/null") == std::string::npos);
    CHECK(result.output.find("pipe:") != std::string::npos);
}

TEST_CASE("process: standard streams that are closed here are open there") {
    const ::pid_t child = ::fork();
    if (child == 0) {
        for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
            ::close(fd);
        }
        const auto result = shell("cat; echo error >&2", "text");
        ::_exit(result.ok() && result.output == "text" && result.error == "error\n" ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
}

TEST_CASE("process: an exit code arrives also where this program ignores its children") {
    const auto handler = std::signal(SIGCHLD, SIG_IGN);
    const auto result = shell("echo answer; exit 3");
    std::signal(SIGCHLD, handler);
    CHECK(result.end == nas::process_end::exited);
    CHECK(result.code == 3);
    CHECK(result.output == "answer\n");
}

#if !NAS_TESTS_SANITIZED  // see there

TEST_CASE("process: a lack of files is waited out and no property of the program") {
    rlimit old{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &old) == 0);
    rlimit few = old;
    few.rlim_cur = 64;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    std::vector<int> taken;
    for (int fd = ::dup(STDIN_FILENO); fd >= 0; fd = ::dup(STDIN_FILENO)) {
        taken.push_back(fd);
    }
    const auto give_back = [&] {
        for (const int fd : taken) {
            ::close(fd);
        }
    };
    std::error_code code;
    std::string what;
    const double spent = seconds_of([&] {
        try {
            shell("true", {}, {.timeout = 60, .patience = 0.3});
        } catch (const std::system_error& error) {
            code = error.code();
            what = error.what();
        }
    });
    CHECK(code == std::errc::too_many_files_open);
    CHECK(what.starts_with("nas::run_process: sh cannot be started for lack of"));
    CHECK(spent > 0.1);
    CHECK(spent < 5);

    std::thread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(150));
        give_back();
    });
    const auto result = shell("echo answer");
    later.join();
    CHECK(result.ok());
    CHECK(result.output == "answer\n");
    ::setrlimit(RLIMIT_NOFILE, &old);
}

#endif

TEST_CASE("process: how long it took") {
    CHECK(shell("sleep 0.2").seconds >= 0.2);
    CHECK(shell("sleep 1000", {}, {.timeout = 0.1}).seconds >= 0.1);
}

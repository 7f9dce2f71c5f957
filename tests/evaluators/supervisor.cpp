// SPDX-License-Identifier: Apache-2.0
#include <nas/evaluators/supervisor.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <thread>

#include <nas/evaluators/process.hpp>

#include "support/processes.hpp"
#include "support/temporary_folder.hpp"

namespace {

nas::process_result shell(const std::string& script, double timeout = 60) {
    return nas::run_process({"sh", "-c", script}, "", {.timeout = timeout});
}

}  // namespace

TEST_CASE("supervisor: what leaves the program's group or session or parent does not outlive it") {
    for (const char* script : {"setsid sleep 1000 & echo $!; wait", "(setsid sleep 1000 & echo $!); sleep 1000",
                               "(env -i setsid sh -c 'echo $$; sleep 1000; true' &); sleep 1000"}) {
        CAPTURE(script);
        const auto result = shell(script, 1);
        CHECK(result.seconds < 8);
        CHECK(result.end == nas::process_end::timed_out);
        CHECK(support::all_gone(result.output));
    }
    // Also where the program ends by itself.
    const auto result = shell("(setsid sleep 1000 & echo $!); setsid sleep 1000 & echo $!");
    CHECK(result.ok());
    CHECK(support::all_gone(result.output));
}

TEST_CASE("supervisor: a program that joins another group is killed at its time limit") {
    if (!shell("perl -e 1").ok()) {
        MESSAGE("skipped: there is no perl");
        return;
    }
    const std::string joins = "use POSIX; $| = 1; setpgid(0, getpgrp(getppid())) or die; print \"$$\\n\"; sleep 1000";
    const auto result = nas::run_process({"perl", "-e", joins}, "", {.timeout = 2});
    CHECK(result.seconds < 8);
    CHECK(result.end == nas::process_end::timed_out);
    CHECK(support::all_gone(result.output));
}

TEST_CASE("supervisor: one that is paused ends its program at the time limit") {
    const auto result = shell("echo $$; kill -STOP $PPID; sleep 1000", 2);
    CHECK(result.seconds < 8);
    CHECK(result.end == nas::process_end::timed_out);
    CHECK(support::all_gone(result.output));
}

TEST_CASE("supervisor: a search that is killed takes its programs along") {
    const support::temporary_folder folder;
    for (const int signal : {SIGKILL, SIGTERM}) {
        CAPTURE(signal);
        const std::string file = (folder.path() / std::to_string(signal)).string();
        const ::pid_t search = ::fork();
        if (search == 0) {
            std::signal(SIGTERM, SIG_DFL);  // doctest has a handler of its own
            std::thread second([&] { nas::run_process({"sleep", "1000"}); });
            shell("echo $$ > " + file + "; setsid sleep 1000 & echo $! >> " + file + "; sleep 1000 & echo $! >> " +
                  file + "; echo end >> " + file + "; wait");
            ::_exit(0);
        }
        const std::string programs = support::wait_for_line(file, "end");
        REQUIRE(!programs.empty());
        const std::string others = support::descendants(search);
        CHECK(::kill(search, signal) == 0);
        int status = 0;
        ::waitpid(search, &status, 0);
        CHECK(WTERMSIG(status) == signal);
        CHECK(support::all_gone(programs));
        CHECK(support::all_gone(others));
    }
}

TEST_CASE("supervisor: a program whose supervisor was killed dies too and is lost") {
    const auto result = shell("echo $$; kill -9 $PPID; exec sleep 1000");
    CHECK(result.end == nas::process_end::lost);
    CHECK(!result.ok());
    CHECK(result.reason() == "was lost: the process that watched over it was killed");
    CHECK(support::all_gone(result.output));
}

// SPDX-License-Identifier: Apache-2.0
#include <nas/run/interrupt.hpp>

#include <csignal>
#include <cstddef>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <nas/evaluators/process.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>

#include "support/processes.hpp"
#include "support/temporary_folder.hpp"

namespace {

using arch_type = nas::choice_space<6>::arch_type;

// Raises the signal in the evaluation of one trial; where `patient`, that trial is given up.
struct interrupting {
    nas::trial_id at;
    int signal;
    bool patient;
    std::vector<nas::trial_id>* evaluated;

    double operator()(const arch_type& arch, const nas::context& about) {
        evaluated->push_back(about.id());
        if (about.id() == at && !nas::interrupt_requested() && evaluated->size() == at + 1) {
            std::raise(signal);
            if (patient && about.stop_requested()) return -1;
        }
        return arch[0];
    }
};

auto random(interrupting evaluator) {
    return nas::search{nas::random_search{nas::choice_space<6>{5}}, evaluator, {.seed = 3}};
}

// How a process ends that makes an interrupt object and then calls `body`.
template <class F>
int status_of(F body) {
    const pid_t child = fork();
    if (child == 0) {
        const nas::interrupt ctrl_c;
        body();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

}  // namespace

TEST_CASE("Ctrl-C ends a run, what was told is kept, and the search goes on afterwards") {
    for (const int signal : {SIGINT, SIGTERM}) {
        CAPTURE(signal);
        std::vector<nas::trial_id> evaluated;
        nas::interrupt ctrl_c;
        auto search = random({5, signal, false, &evaluated});
        search.stop_when(nas::interrupt_requested);
        CHECK(search.run({.trials = 10}) == nas::stop_reason::interrupted);
        CHECK(ctrl_c.requested());
        CHECK(search.history().size() == 6);  // the evaluation that was under way came to its end
        CHECK(search.run({.trials = 10}) == nas::stop_reason::interrupted);
        CHECK(search.history().size() == 6);

        ctrl_c.clear();
        CHECK(search.run({.trials = 10}) == nas::stop_reason::trials);
        CHECK(evaluated == std::vector<nas::trial_id>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    }
}

TEST_CASE("an evaluator that sees the interrupt gives its trial up, which is evaluated again") {
    std::vector<nas::trial_id> evaluated;
    nas::interrupt ctrl_c;
    auto search = random({5, SIGINT, true, &evaluated});
    search.stop_when(nas::interrupt_requested);
    CHECK(search.run({.trials = 10}) == nas::stop_reason::interrupted);
    CHECK(search.history().size() == 5);
    REQUIRE(search.pending().size() == 1);
    CHECK(search.pending()[0].id == 5);

    ctrl_c.clear();
    CHECK(search.run({.trials = 10}) == nas::stop_reason::trials);
    CHECK(evaluated == std::vector<nas::trial_id>{0, 1, 2, 3, 4, 5, 5, 6, 7, 8, 9});
    CHECK(search.history().completed(5));
    CHECK(search.history().value(5) >= 0);
}

TEST_CASE("the second Ctrl-C ends the process the usual way, also after another signal") {
    CHECK(status_of([] { std::raise(SIGINT); }) == 0);
    const int twice = status_of([] {
        std::raise(SIGINT);
        std::raise(SIGINT);
    });
    REQUIRE(WIFSIGNALED(twice));
    CHECK(WTERMSIG(twice) == SIGINT);
    const int mixed = status_of([] {
        std::raise(SIGTERM);
        std::raise(SIGINT);
    });
    REQUIRE(WIFSIGNALED(mixed));
    CHECK(WTERMSIG(mixed) == SIGINT);
}

TEST_CASE("the second Ctrl-C ends the programs that run too, the first one does not") {
    const support::temporary_folder folder;
    const std::string file = (folder.path() / "programs").string();
    const pid_t search = fork();
    if (search == 0) {
        const nas::interrupt ctrl_c;
        nas::run_process({"sh", "-c",
                          "setsid sleep 1000 & echo $$ $! > " + file + "; sleep 1000 & echo $! >> " + file +
                              "; echo end >> " + file + "; wait"});
        _exit(0);
    }
    const std::string programs = support::wait_for_line(file, "end");
    REQUIRE(!programs.empty());
    kill(search, SIGINT);
    usleep(100000);
    CHECK(support::process_state(std::stol(programs)) != 'Z');
    kill(search, SIGINT);
    int status = 0;
    waitpid(search, &status, 0);
    CHECK(WIFSIGNALED(status));
    CHECK(support::all_gone(programs));
}

TEST_CASE("an interrupt object puts the earlier handlers back and forgets the request") {
    static volatile std::sig_atomic_t calls = 0;
    const auto old = std::signal(SIGINT, [](int) { calls = calls + 1; });
    {
        const nas::interrupt ctrl_c;
        std::raise(SIGINT);
        CHECK(nas::interrupt_requested());
    }
    CHECK(calls == 0);
    CHECK_FALSE(nas::interrupt_requested());
    std::raise(SIGINT);
    CHECK(calls == 1);
    CHECK_FALSE(nas::interrupt_requested());
    std::signal(SIGINT, old);
}

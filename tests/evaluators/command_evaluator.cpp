// SPDX-License-Identifier: Apache-2.0
#if __has_include(<nlohmann/json.hpp>)  // as nas::io, an option

#include <nas/evaluators/command_evaluator.hpp>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>
#include "support/sanitizers.hpp"

namespace {

const nas::choice_space<>& space() {
    static const nas::choice_space<> made{
        std::vector<nas::decision>{{"op", 2, {"conv", "max \"pool\""}},
                                   {"kernel", 3, {"1", "3", "5"}, nas::decision_tag::size, nas::condition{0, {0}}}}};
    return made;
}
using arch_type = nas::choice_space<>::arch_type;

arch_type arch(int op, int kernel) {
    arch_type made = space().at(0);
    made[0] = static_cast<std::uint8_t>(op);
    made[1] = static_cast<std::uint8_t>(kernel);
    return made;
}

// A shell script, whose answer is what it prints.
nas::command_evaluator<nas::choice_space<>> script(const std::string& text,
                                                   nas::command_evaluator_options options = {.timeout = 60}) {
    return {space(), {"sh", "-c", text}, std::move(options)};
}
nas::evaluation<> answer(const std::string& line, nas::command_evaluator_options options = {.timeout = 60}) {
    return nas::command_evaluator(space(), {"printf", "%s\\n", line}, std::move(options))(arch(0, 1),
                                                                                          nas::context(0, 1, 1));
}
void check_bad(const std::string& line, const std::string& why) {
    CAPTURE(line);
    const auto result = answer(line);
    CHECK(result.status == nas::trial_status::failed);
    CHECK(result.reason == "printf " + why + ": " + line + " ");
    CHECK(std::isnan(result.values[0]));
}

static_assert(nas::ConcurrentEvaluator<nas::command_evaluator<nas::choice_space<>>, arch_type>);

}  // namespace

TEST_CASE("command_evaluator: what the program gets") {
    const auto evaluator = script("cat");
    CHECK(evaluator.request(arch(0, 2), nas::context(7, 18446744073709551615U, 12.5)) ==
          "{\"trial\":7,\"seed\":18446744073709551615,\"fidelity\":12.5,\"architecture\":\"op=conv, kernel=5\","
          "\"decisions\":{\"op\":\"conv\",\"kernel\":\"5\"}}\n");
    CHECK(evaluator.request(arch(1, 0), nas::context(0, 3, nas::full_fidelity)) ==
          "{\"trial\":0,\"seed\":3,\"fidelity\":null,\"architecture\":\"op=max \\\"pool\\\"\","
          "\"decisions\":{\"op\":\"max \\\"pool\\\"\"}}\n");
    const auto echoed = evaluator(arch(0, 0), nas::context(0, 1, 1));
    CHECK(echoed.status == nas::trial_status::failed);
    CHECK(echoed.reason.starts_with("sh answered the unknown key 'architecture': {\"trial\":0,"));
}

TEST_CASE("command_evaluator: what it may answer") {
    const auto plain = answer("{\"value\": 0.75}");
    CHECK(plain.completed());
    CHECK(plain.values[0] == 0.75);
    CHECK(plain.cost == 0);
    CHECK(plain.metrics.empty());

    const auto full =
        answer("{\"values\": [1], \"cost\": 12.5, \"metrics\": {\"size\": 3, \"other\": 1}, \"status\": \"completed\"}",
               {.timeout = 60, .metrics = {"flops", "size"}});
    CHECK(full.completed());
    CHECK(full.cost == 12.5);
    REQUIRE(full.metrics.size() == 2);
    CHECK(std::isnan(full.metrics[0]));
    CHECK(full.metrics[1] == 3);

    const auto missing = answer("{\"value\": 1, \"metrics\": {\"NaN\": 2, \"a\\\"\": NaN, \"b\": null}}",
                                {.timeout = 60, .metrics = {"NaN", "a\"", "b"}});
    CHECK(missing.completed());
    REQUIRE(missing.metrics.size() == 3);
    CHECK(missing.metrics[0] == 2);
    CHECK(std::isnan(missing.metrics[1]));
    CHECK(std::isnan(missing.metrics[2]));

    const auto pruned = answer("{\"value\": 0.5, \"status\": \"pruned\", \"reason\": \"too\\nslow\"}");
    CHECK(pruned.status == nas::trial_status::pruned);
    CHECK(pruned.values[0] == 0.5);
    CHECK(pruned.reason == "too slow");
    const auto infeasible = answer("{\"status\": \"infeasible\", \"reason\": \"3 GB\", \"cost\": 1}");
    CHECK(infeasible.status == nas::trial_status::infeasible);
    CHECK(infeasible.reason == "3 GB");
    CHECK(infeasible.cost == 1);
    CHECK(std::isnan(infeasible.values[0]));
    CHECK(answer("{\"status\": \"failed\"}").reason == "printf gave no reason");

    nas::learning_curve curve;
    (void)script("echo '{\"value\": 3, \"curve\": [[1, 0.5], [2, 3]]}'")(arch(0, 0), nas::context(0, 1, 1, &curve));
    CHECK(curve.steps == std::vector<double>{1, 2});
    CHECK(curve.values == std::vector<double>{0.5, 3});

    const nas::command_evaluator<nas::choice_space<>, 2> two(space(), {"echo", "{\"values\": [1, -2]}"});
    CHECK(two(arch(0, 0), nas::context(0, 1, 1)).values == std::array{1.0, -2.0});
}

TEST_CASE("command_evaluator: bad answers are failures with their reason") {
    check_bad("hello", "did not answer a JSON object");
    check_bad("[1]", "did not answer a JSON object");
    check_bad("{\"value\": NaN}", "answered a value that is no number");
    check_bad("{\"value\": Nan}", "did not answer a JSON object");
    check_bad("{\"value\": 1, \"status\": \"NaN\"}",
              "answered a status that is not completed, pruned, infeasible or failed");
    check_bad("{\"value\": 1", "did not answer a JSON object");
    check_bad("{\"value\": 1} {}", "did not answer a JSON object");
    check_bad("{}", "must answer either value or values");
    check_bad("{\"value\": 1, \"values\": [1]}", "must answer either value or values");
    check_bad("{\"value\": \"1\"}", "answered a value that is no number");
    check_bad("{\"value\": null}", "answered a value that is no number");
    check_bad("{\"values\": [1, 2]}", "must answer values as a list of 1");
    check_bad("{\"vlaue\": 1}", "answered the unknown key 'vlaue'");
    check_bad("{\"value\": 1, \"cost\": -1}", "answered a cost below 0");
    check_bad("{\"value\": 1, \"cost\": \"1 h\"}", "answered a cost that is no number");
    check_bad("{\"value\": 1, \"metrics\": [1]}", "answered metrics that are no object");
    check_bad("{\"value\": 1, \"metrics\": {\"a\": \"b\"}}", "answered a metric that is no number");
    check_bad("{\"value\": 1, \"status\": \"done\"}",
              "answered a status that is not completed, pruned, infeasible or failed");
    check_bad("{\"value\": 1, \"reason\": 5}", "answered a reason that is no text");
    check_bad("{\"value\": 1, \"curve\": [[1]]}", "answered a curve whose points are not lists of a step and 1 value");
    check_bad("{\"value\": 1, \"curve\": 2}", "answered a curve that is no list");
    CHECK(answer("").reason.starts_with("printf answered nothing"));
    CHECK(answer("epoch 1\n{\"value\": 1}").reason ==
          "printf answered more than one line (messages belong on standard error): epoch 1 {\"value\": 1} ");
    CHECK(answer(std::string(119, 'x') + "\xC3\xA4yz").reason ==  // not cut in the character
          "printf did not answer a JSON object: " + std::string(119, 'x') + "...");
    for (const std::size_t depth : {70'000U, 500'000U})
        CHECK(
            script("head -c " + std::to_string(depth) + " /dev/zero | tr '\\0' '['")(arch(0, 0), nas::context(0, 1, 1))
                .reason == "sh did not answer a JSON object: " + std::string(120, '[') + "...");
    CHECK(answer(std::string(300, 'x')).reason ==
          "printf did not answer a JSON object: " + std::string(120, 'x') + "...");
    const nas::command_evaluator<nas::choice_space<>, 2> two(space(), {"echo", "{\"value\": 1}"});
    CHECK(two(arch(0, 0), nas::context(0, 1, 1)).reason.starts_with("echo must answer values, 2 of them"));
}

TEST_CASE("command_evaluator: exit codes, signals and the time limit are failures") {
    CHECK(script("echo '{\"value\": 1}'; echo first >&2; echo out of memory >&2; exit 3")(arch(0, 0),
                                                                                          nas::context(0, 1, 1))
              .reason == "sh exited with code 3: out of memory");
    CHECK(script("kill -9 $$")(arch(0, 0), nas::context(0, 1, 1)).reason == "sh was ended by signal 9");
    CHECK(script("sleep 60", {.timeout = 0.05})(arch(0, 0), nas::context(0, 1, 1)).reason ==
          "sh was killed at its time limit (0.05 s)");
    CHECK(script("yes")(arch(0, 0), nas::context(0, 1, 1)).reason == "sh was killed as its output grew too long");
    CHECK(script("echo '{\"value\": 1}'; echo warning >&2")(arch(0, 0), nas::context(0, 1, 1)).completed());
}

TEST_CASE("command_evaluator: a failure costs the seconds that it took") {
    const auto failed = script("sleep 0.1; exit 1")(arch(0, 0), nas::context(0, 1, 1));
    CHECK(failed.cost >= 0.1);
    CHECK(failed.cost < 30);
    CHECK(script("sleep 60", {.timeout = 0.05})(arch(0, 0), nas::context(0, 1, 1)).cost == 0.05);
    CHECK(script("sleep 0.1; echo nothing")(arch(0, 0), nas::context(0, 1, 1)).cost >= 0.1);
    CHECK(script("sleep 0.1; echo '{\"status\": \"failed\"}'")(arch(0, 0), nas::context(0, 1, 1)).cost >= 0.1);
    CHECK(answer("{\"status\": \"failed\", \"cost\": 7}").cost == 7);
    CHECK(script("sleep 0.1; exit 1", {.measure_failures = false})(arch(0, 0), nas::context(0, 1, 1)).cost == 0);
    CHECK(script("sleep 60", {.timeout = 0.05, .measure_failures = false})(arch(0, 0), nas::context(0, 1, 1)).cost ==
          0.05);
    // A completed one costs what it says.
    CHECK(script("sleep 0.1; echo '{\"value\": 1}'")(arch(0, 0), nas::context(0, 1, 1)).cost == 0);

    // A program that always hangs spends the budget.
    nas::search search{nas::random_search{space()}, script("sleep 60", {.timeout = 0.05}), {.seed = 1}};
    CHECK(search.run({.trials = 20, .cost = 0.12}) == nas::stop_reason::cost);
    CHECK(search.history().size() == 3);
}

#if !NAS_TESTS_SANITIZED  // see there

TEST_CASE("command_evaluator: a lack of files ends the search with the trial open") {
    const ::pid_t child = ::fork();  // with few files, of which none comes back
    if (child == 0) {
        const rlimit few{16, 16};
        ::setrlimit(RLIMIT_NOFILE, &few);
        nas::search search{nas::random_search{space()}, script("echo '{\"value\": 1}'"), {.seed = 1}};
        search.run({.trials = 2});
        while (::dup(STDIN_FILENO) >= 0) {
        }
        try {
            search.run({.trials = 3});
        } catch (const nas::fatal_error&) {
            ::_exit(search.history().size() == 2 && search.pending().size() == 1 ? 0 : 2);
        }
        ::_exit(1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
}

#endif

TEST_CASE("command_evaluator: a missing program ends the search") {
    nas::search search{nas::random_search{space()}, nas::command_evaluator(space(), {"/no/such/program"}), {.seed = 1}};
    CHECK_THROWS_WITH_AS(search.run({.trials = 3}),
                         "nas::command_evaluator: /no/such/program cannot be started: No such file or directory",
                         nas::fatal_error);
    CHECK_THROWS_WITH_AS(
        nas::command_evaluator(space(), {"no_such_python3  train.py"})(arch(0, 0), nas::context(0, 1, 1)),
        "nas::command_evaluator: no_such_python3  train.py cannot be started: No such file or directory; give program and "
        "arguments apart, as in {\"no_such_python3\", \"train.py\"}",
        nas::fatal_error);
    CHECK_THROWS_WITH_AS(script("kill -9 $PPID; exec sleep 60")(arch(0, 0), nas::context(0, 1, 1)),
                         "nas::command_evaluator: sh was lost: the process that watched over it was killed",
                         nas::fatal_error);
    CHECK_THROWS_WITH_AS(nas::command_evaluator(space(), std::vector<std::string>{}),
                         "nas::command_evaluator: command must name a program", std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::command_evaluator(space(), {"true"}, {.timeout = 0}),
                         "nas::command_evaluator: timeout (0.000000) must be above 0 seconds", std::invalid_argument);
}

TEST_CASE("command_evaluator: a search with a Python program") {
    if (std::system("python3 -c pass >/dev/null 2>&1") != 0) {
        MESSAGE("skipped: there is no python3");
        return;
    }
    std::string name = (std::filesystem::temp_directory_path() / "nas_train_XXXXXX").string();
    const int file = ::mkstemp(name.data());
    REQUIRE(file >= 0);
    ::close(file);
    std::ofstream(name)
        << "import json, sys\n"
           "ask = json.loads(sys.stdin.readline())\n"
           "kernel = int(ask['decisions'].get('kernel', 0))\n"
           "print('training', ask['architecture'], file=sys.stderr)\n"
           "print(json.dumps({'value': kernel + ask['seed'] % 7 / 100, 'cost': 2.5, 'metrics': {'kernel': kernel}}))\n";
    nas::search search{nas::random_search{space(), {.replacement = false}},
                       nas::command_evaluator(space(), {"python3", name}, {.timeout = 60, .metrics = {"kernel"}}),
                       {.seed = 4}};
    search.run({.trials = 3});
    const auto& history = search.history();
    CHECK(history.size() == 3);
    CHECK(history.total_cost() == 7.5);
    for (std::size_t row = 0; row < 3; ++row) {
        CHECK(history.completed(row));
        const arch_type chosen = history.arch(row);
        const double kernel = chosen[0] == 0 ? 2.0 * chosen[1] + 1 : 0;
        CHECK(history.metrics(row)[0] == kernel);
        const std::uint64_t seed = nas::streams{4}.seed(row, nas::purpose::evaluate);
        CHECK(history.value(row) == kernel + static_cast<double>(seed % 7) / 100);
    }
    std::filesystem::remove(name);
}

#endif

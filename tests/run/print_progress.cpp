// SPDX-License-Identifier: Apache-2.0
#include <nas/run/print_progress.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/testing/histories.hpp>

namespace {

using cells = nas::choice_space<6>;

// The first trial fails, the second is worth 0.25, others nothing.
constexpr auto second_is_best = [](const cells::arch_type&, const nas::context& about) {
    if (about.id() == 0) return nas::evaluation<>::failure("no luck");
    return nas::evaluation<>(about.id() == 1 ? 0.25 : 0);
};

auto random_search(std::uint64_t seed = 1) {
    return nas::search{nas::random_search{cells{5}}, second_is_best, {.seed = seed}};
}

/// Lines as they are, each with `T` for its time and what follows it up to a semicolon.
std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        std::string line = text.substr(at, end - at);
        at = end + 1;
        const std::size_t comma = line.rfind(", ", line.rfind(", ") - 1);
        const std::size_t semicolon = std::min(line.find(';'), line.size());
        lines.push_back(line.substr(0, comma) + ", T" + line.substr(semicolon));
    }
    return lines;
}

std::string content(std::FILE* file) {
    std::string text;
    std::rewind(file);
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
    return text;
}

}  // namespace

TEST_CASE("print_progress: a line now and then and one in the end") {
    std::FILE* const file = std::tmpfile();
    auto search = random_search();
    search.observe(nas::print_progress{{.trials = 3, .every = 1e-9, .to = file}});
    search.run({.trials = 3});
    CHECK(lines_of(content(file)) ==
          std::vector<std::string>{
              "1 of 3 trials, 1 not completed, T", "2 of 3 trials, best 0.25 (trial 1), 1 not completed, T",
              "3 of 3 trials, best 0.25 (trial 1), 1 not completed, T",
              "3 of 3 trials, best 0.25 (trial 1), 1 not completed, T; the number of trials is reached"});
    std::fclose(file);
}

TEST_CASE("print_progress: no more lines than time allows and the same history") {
    std::FILE* const file = std::tmpfile();
    auto watched = random_search();
    watched.observe(nas::print_progress{{.to = file}});
    for (std::size_t trials = 1; trials <= 200; ++trials) watched.run({.trials = trials});
    const std::vector<std::string> lines = lines_of(content(file));
    CHECK(lines.size() >= 1);
    CHECK(lines.size() < 20);
    CHECK(lines[0] == "1 trial, 1 not completed, T; the number of trials is reached");
    std::fclose(file);
    auto alone = random_search();
    alone.run({.trials = 200});
    CHECK(nas::testing::difference(watched.history(), alone.history()) == "");
}

TEST_CASE("print_progress: says trials a second without those of a resume") {
    auto past = random_search();
    past.run({.trials = 100000});
    std::FILE* const file = std::tmpfile();
    auto search = random_search();
    search.observe(nas::print_progress{{.every = 1e-9, .to = file}});
    search.resume(past.history());
    CHECK(content(file).starts_with("100000 trials, best 0.25 (trial 1), 1 not completed, "));
    // One trial in the time that a resume takes, and not 100000.
    const std::string text = content(file);
    const std::size_t per_second = text.find(" trials/s");
    if (per_second != std::string::npos) CHECK(std::stod(text.substr(text.rfind(' ', per_second - 1))) < 10000);
    std::fclose(file);
}

TEST_CASE("print_progress: imported trials are none of those that there will be") {
    auto past = random_search(7);
    past.run({.trials = 5});  // one of them failed
    for (const bool watched_from_the_start : {true, false}) {
        CAPTURE(watched_from_the_start);
        std::FILE* const file = std::tmpfile();
        auto search = random_search();
        if (!watched_from_the_start) search.warm_start(past.history());
        search.observe(nas::print_progress{{.trials = 2, .every = 1e-9, .to = file}});
        if (watched_from_the_start) search.warm_start(past.history());
        search.run({.trials = 2});
        const std::vector<std::string> lines = lines_of(content(file));
        const std::vector<std::string> own{
            "1 of 2 trials and 5 imported, best 0.25 (trial 1), T",
            "2 of 2 trials and 5 imported, best 0.25 (trial 1), T",
            "2 of 2 trials and 5 imported, best 0.25 (trial 1), T; the number of trials is reached"};
        REQUIRE(lines.size() == (watched_from_the_start ? 8U : 3U));
        CHECK(std::vector<std::string>(lines.end() - 3, lines.end()) == own);
        if (watched_from_the_start) {
            CHECK(content(file).starts_with("0 of 2 trials and 1 imported, "));
            CHECK(content(file).find("\n0 of 2 trials and 5 imported, best 0.25 (trial 1), ") != std::string::npos);
        }
        std::fclose(file);
    }
}

TEST_CASE("print_progress: on a terminal a line is written over and the last one ends") {
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    REQUIRE(terminal >= 0);
    REQUIRE(grantpt(terminal) == 0);
    REQUIRE(unlockpt(terminal) == 0);
    std::FILE* const file = std::fopen(ptsname(terminal), "w");
    REQUIRE(file != nullptr);
    const auto shown = [&] {
        std::fputs("END", file);
        std::fflush(file);
        std::string text;
        char part[4096];
        while (text.find("END") == std::string::npos) {
            const auto bytes = read(terminal, part, sizeof part);
            REQUIRE(bytes > 0);
            text.append(part, static_cast<std::size_t>(bytes));
        }
        return text;
    };
    {
        auto search = random_search();
        nas::print_progress progress{{.every = 1e-9, .to = file}};
        search.observe(std::move(progress));
        search.run({.trials = 2});
        const std::string text = shown();
        CHECK(text.starts_with("1 trial, 1 not completed, "));
        CHECK(text.find("\r\033[K2 trials, best 0.25") != std::string::npos);
        CHECK(text.ends_with("; the number of trials is reached\r\nEND"));  // the terminal adds the return

        // Asked by hand, nobody says when it ends: the line ends with the search.
        const auto asked = search.ask();
        search.tell(*asked, 1.0);
        CHECK(shown().find("3 trials, best 1 (trial 2)") == 0);
    }
    CHECK(shown() == "\r\nEND");
    std::fclose(file);
    close(terminal);
}

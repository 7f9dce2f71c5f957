// SPDX-License-Identifier: Apache-2.0
#include <nas/io/history_file.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <io/history_example.hpp>
#include <nas/core/between.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/any_searcher.hpp>
#include <nas/searchers/deduplicated.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/searchers/regularized_evolution.hpp>
#include <nas/searchers/reinforce.hpp>
#include <nas/testing/histories.hpp>

namespace {

using namespace nas::tests;

template <class Space, std::size_t N>
void check_equal(const nas::history<Space, N>& a, const nas::history<Space, N>& b) {
    CHECK(nas::testing::difference(a, b) == "");
    CHECK(a.metric_names() == b.metric_names());
    for (std::size_t row = 0; row < std::min(a.size(), b.size()); ++row)
        for (std::size_t i = 0; i < N; ++i) CHECK(std::signbit(a.values(row)[i]) == std::signbit(b.values(row)[i]));
}

double digit_sum(const arch_type& arch) {
    double sum = 0;
    for (const std::uint8_t value : arch) sum += value;
    return sum;
}

struct sum_of_digits {
    double operator()(const arch_type& arch, const nas::context& about) const {
        if (about.id() % 5 == 4) throw std::runtime_error("no luck");
        return digit_sum(arch) + 1.0 / (1 + about.id());
    }
};

auto evolution(nas::regularized_evolution_options options = {.population = 8, .tournament = 3},
               std::uint64_t seed = 11) {
    return nas::search{nas::regularized_evolution{space_type{5}, options},
                       sum_of_digits{},
                       {.seed = seed, .enqueue = {{1, 2, 3, 4, 0, 1}, {4, 4, 4, 4, 4, 4}}}};
}

}  // namespace

TEST_CASE("every column is read back as it was written") {
    const scratch_file file;
    SUBCASE("one objective") {
        nas::search search{scripted{}, talkative<1>{}, {.seed = 1, .enqueue = {{0, 1, 2, 3, 4, 0}}}};
        search.observe(nas::history_writer{file.path(), search});
        search.run({.trials = 6, .batch = 4});
        auto early = search.ask();
        auto late = search.ask();
        search.tell(*late, 0.1);
        search.abandon(*early);
        search.run({.trials = 12});
        REQUIRE(search.history().size() == 12);
        REQUIRE(search.history().id(6) == 7);
        check_equal(search.history(), nas::read_history(file.path(), search.space()));

        const auto lines = lines_of(file.text());
        REQUIRE(lines.size() == 13);
        CHECK(lines[8].substr(0, 31) == R"({"row":7,"id":6,"arch":")" + search.space().describe(early->arch) + "\"");
    }
    SUBCASE("three objectives, written at the end") {
        nas::search search{scripted{}, talkative<3>{}, {.seed = 2}};
        search.run({.trials = 12, .batch = 5});
        { const nas::history_writer writer{file.path(), search}; }
        check_equal(search.history(), nas::read_history<3>(file.path(), search.space()));
    }
    SUBCASE("imported trials") {
        nas::search first{scripted{}, talkative<1>{}, {.seed = 1}};
        first.run({.trials = 5});
        nas::search search{scripted{}, talkative<1>{}, {.seed = 2}};
        search.observe(nas::history_writer{file.path(), search});
        search.warm_start(first.history());
        search.run({.trials = 3});
        check_equal(search.history(), nas::read_history(file.path(), search.space()));

        nas::search resumed{scripted{}, talkative<1>{}, {.seed = 2}};
        resumed.resume(nas::read_history(file.path(), search.space()));  // of which only one can write the file
        CHECK(resumed.history().size() == 8);
        search.run({.trials = 6});
        resumed.run({.trials = 6});
        check_equal(search.history(), resumed.history());
    }
}

TEST_CASE("what a file looks like") {
    const scratch_file file;
    auto search = evolution();
    CHECK(nas::resume(search, file.path()) == 0);
    search.run({.trials = 6});
    const auto lines = lines_of(file.text());
    REQUIRE(lines.size() == 7);
    CHECK(
        lines[0] ==
        R"({"nas_history":1,"nas":"0.1.0","seed":11,"objectives":1,"metrics":[],)"
        R"("searcher":{"name":"regularized_evolution","options":{"population":8,"tournament":3,"initial":10,"repeats":false,"replacement":true}},)"
        R"("space":{"class":"choice_space","choices":[5,5,5,5,5,5]},"enqueue":["123401","444444"]})");
    CHECK(lines[1] == R"({"row":0,"arch":"123401","value":12,"origin":"enqueued"})");
    CHECK(lines[2] == R"({"row":1,"arch":"444444","value":24.5,"origin":"enqueued"})");
    CHECK(lines[5] == R"({"row":4,"arch":")" + search.space().describe(search.history().arch(4)) +
                          R"(","value":null,"status":"failed","reason":"no luck"})");
}

TEST_CASE("resuming from a file gives what would have followed, wherever the search stopped") {
    const scratch_file file;
    for (const std::size_t batch : {1U, 4U}) {
        std::filesystem::remove(file.path());
        const auto whole = [&] {
            auto search = evolution();
            nas::resume(search, file.path());
            search.run({.trials = 30, .batch = batch});
            return search.history();
        }();
        const auto lines = lines_of(file.text());
        for (std::size_t rows = 0; rows <= 30; ++rows) {
            CAPTURE(batch);
            CAPTURE(rows);
            std::string cut;  // as a crash leaves it, within a batch too
            for (std::size_t line = 0; line <= rows; ++line) cut += lines[line] + '\n';
            std::filesystem::remove(file.path());
            file.write(cut);
            auto resumed = evolution();
            CHECK(nas::resume(resumed, file.path()) == rows);
            resumed.run({.trials = 30, .batch = batch});
            CHECK(nas::testing::difference(whole, resumed.history()) == "");
            CHECK(nas::testing::difference(whole, nas::read_history(file.path(), whole.space())) == "");
        }
    }
}

TEST_CASE("a search of another kind does not resume, and hears why") {
    const scratch_file file;
    {
        auto search = evolution();
        nas::resume(search, file.path());
        search.run({.trials = 3});
    }
    const std::string before = file.text();
    const auto refuses = [&](auto search, const std::string& sentence) {
        const std::string whole = file.name() + ":1:" + sentence;
        CHECK_THROWS_WITH_AS(nas::resume(search, file.path()), whole.c_str(), nas::history_error);
        CHECK(search.history().empty());
    };
    const std::vector<arch_type> enqueue = {{1, 2, 3, 4, 0, 1}, {4, 4, 4, 4, 4, 4}};
    const nas::regularized_evolution evolving{space_type{5}, {.population = 8, .tournament = 3}};

    refuses(evolution({.population = 8, .tournament = 3}, 12), "39: seed: it is 11 in the file, but 12 here");
    refuses(evolution({.population = 9, .tournament = 3}),
            "81: searcher: options/population is 8 in the file, but 9 here");
    refuses(evolution({.population = 8, .tournament = 3, .replacement = false}),
            "81: searcher: options/replacement is true in the file, but false here");
    refuses(nas::search{nas::random_search{space_type{5}}, sum_of_digits{}, {.seed = 11, .enqueue = enqueue}},
            "81: searcher: name is \"regularized_evolution\" in the file, but \"random_search\" here");
    refuses(nas::search{scripted{}, sum_of_digits{}, {.seed = 11, .enqueue = enqueue}},
            "81: searcher: name is \"regularized_evolution\" in the file, but \"scripted\" here");
    refuses(nas::search{nas::regularized_evolution{space_type{6}, {.population = 8, .tournament = 3}},
                        sum_of_digits{},
                        {.seed = 11, .enqueue = enqueue}},
            "212: space: choices/0 is 5 in the file, but 6 here");
    refuses(nas::search{evolving, sum_of_digits{}, {.seed = 11}},
            "271: enqueue: it is [\"123401\",\"444444\"] in the file, but [] here");
    refuses(nas::search{evolving, sum_of_digits{}, {.seed = 11, .enqueue = {enqueue[0], {4, 4, 4, 4, 4, 3}}}},
            "271: enqueue: 1 is \"444444\" in the file, but \"444443\" here");
    refuses(nas::search{evolving, talkative<1>{}, {.seed = 11, .enqueue = enqueue}},
            "67: metrics: it is [] in the file, but [\"accuracy\",\"f\\\"1\"] here");
    refuses(nas::search{scripted{}, talkative<3>{}, {.seed = 11, .enqueue = enqueue}},
            "55: objectives: it is 1 in the file, but 3 here");

    {
        nas::search same{nas::any_searcher<space_type>{"regularized_evolution", evolving},
                         sum_of_digits{},
                         {.seed = 11, .enqueue = enqueue}};
        CHECK(nas::resume(same, file.path()) == 3);
    }
    auto begun = evolution();
    begun.run({.trials = 1});
    CHECK_THROWS_AS(nas::resume(begun, file.path()), std::logic_error);
    CHECK(file.text() == before);
}

TEST_CASE("a search with another searcher or option within another one does not resume") {
    const scratch_file file;
    const auto around = [](auto inner, std::size_t retries = 50) {
        return nas::search{nas::deduplicated{std::move(inner), {.retries = retries}}, sum_of_digits{}, {.seed = 11}};
    };
    const auto evolving = [](std::size_t population) {
        return nas::regularized_evolution{space_type{5}, {.population = population, .tournament = 3}};
    };
    {
        auto search = around(evolving(8));
        nas::resume(search, file.path());
        search.run({.trials = 3});
    }
    const auto refuses = [&](auto search, const std::string& sentence) {
        const std::string whole = file.name() + ":1:81: searcher: " + sentence;
        CHECK_THROWS_WITH_AS(nas::resume(search, file.path()), whole.c_str(), nas::history_error);
    };
    refuses(around(evolving(9)), "options/searcher.population is 8 in the file, but 9 here");
    refuses(around(evolving(8), 51), "options/retries is 50 in the file, but 51 here");
    refuses(around(nas::random_search{space_type{5}}),
            "name is \"deduplicated(regularized_evolution)\" in the file, but \"deduplicated(random_search)\" here");
    refuses(nas::search{evolving(8), sum_of_digits{}, {.seed = 11}},
            "name is \"deduplicated(regularized_evolution)\" in the file, but \"regularized_evolution\" here");
    // It is the same search where the types are hidden, outside or inside.
    const nas::any_searcher<space_type> hidden{"regularized_evolution", evolving(8)};
    {
        auto inside = around(hidden);
        CHECK(nas::resume(inside, file.path()) == 3);
    }
    refuses(around(nas::any_searcher<space_type>{"other", evolving(8)}),
            "name is \"deduplicated(regularized_evolution)\" in the file, but \"deduplicated(other)\" here");
}

TEST_CASE("a search with another policy does not resume") {
    const scratch_file file;
    const auto learning = [](double temperature) {
        const space_type space{5};
        return nas::reinforce{space, {}, nas::softmax_policy{space, {.temperature = temperature}}};
    };
    {
        nas::search search{learning(2), sum_of_digits{}, {.seed = 11}};
        nas::resume(search, file.path());
        search.run({.trials = 3});
    }
    nas::search other{learning(1), sum_of_digits{}, {.seed = 11}};
    CHECK_THROWS_WITH_AS(nas::resume(other, file.path()),
                         doctest::Contains("searcher: options/policy.temperature is 2 in the file, but not here"),
                         nas::history_error);
    nas::search same{nas::any_searcher<space_type>{"reinforce", learning(2)}, sum_of_digits{}, {.seed = 11}};
    CHECK(nas::resume(same, file.path()) == 3);
}

TEST_CASE("a search with other weights of a policy that was given does not resume") {
    const scratch_file file;
    const space_type space{5};
    const auto given = [&](float weight) {
        nas::softmax_policy policy{space};
        policy.change([&](auto parameters) { parameters[7] = weight; });
        return nas::reinforce{space, {.batch = 2}, policy};
    };
    {
        // The file says what the policy was given with, also where it is begun late.
        nas::search search{given(0.5F), sum_of_digits{}, {.seed = 11}};
        search.run({.trials = 8});
        nas::history_writer{file.path(), search};
    }
    const auto refused =
        doctest::Contains("; the policy has other weights than the one that the file's search was given");
    nas::search other{given(0.25F), sum_of_digits{}, {.seed = 11}};
    CHECK_THROWS_WITH_AS(nas::resume(other, file.path()), refused, nas::history_error);
    CHECK_THROWS_WITH_AS(nas::resume(other, file.path()), doctest::Contains("searcher: options/policy.weights is \"0x"),
                         nas::history_error);
    nas::search wrapped{nas::any_searcher<space_type>{"reinforce", given(0.25F)}, sum_of_digits{}, {.seed = 11}};
    CHECK_THROWS_WITH_AS(nas::resume(wrapped, file.path()), refused, nas::history_error);
    nas::search own{nas::reinforce{space, {.batch = 2}}, sum_of_digits{}, {.seed = 11}};
    CHECK_THROWS_WITH_AS(nas::resume(own, file.path()), refused, nas::history_error);
    {
        nas::search same{given(0.5F), sum_of_digits{}, {.seed = 11}};
        CHECK(nas::resume(same, file.path()) == 8);
    }
    nas::search held{nas::any_searcher<space_type>{"reinforce", given(0.5F)}, sum_of_digits{}, {.seed = 11}};
    CHECK(nas::resume(held, file.path()) == 8);
}

namespace {

/// Two decisions, of which the second may be anything but what `forbidden` gives for the first.
struct ruled_space : nas::decision_space<ruled_space, std::array<std::uint8_t, 2>> {
    std::size_t shift = 0;
    explicit ruled_space(std::size_t by) : shift(by) {}
    std::size_t decisions() const { return 2; }
    std::size_t cardinality(std::size_t) const { return 5; }
    std::string path(std::size_t i) const { return i == 0 ? "a" : "b"; }
    std::string label(std::size_t, std::size_t choice) const { return std::to_string(choice); }
    void allowed(std::span<const std::uint8_t> prefix, std::size_t i, nas::choice_mask& mask) const {
        if (i == 1) mask.erase((prefix[0] + shift) % 5);
    }
};

/// A space that is known by nothing but its class.
struct numbers_below {
    using arch_type = int;
    int size;
    int sample(nas::rng& random) const {
        return static_cast<int>(nas::below(random, static_cast<std::uint64_t>(size)));
    }
    bool contains(int at) const { return at >= 0 && at < size; }
    std::string describe(int at) const { return std::to_string(at); }
    int parse(std::string_view text) const { return std::stoi(std::string(text)); }
};

/// Decisions as they are in their table, but drawn otherwise.
struct low_space : nas::decision_space<low_space, std::array<std::uint8_t, 2>> {
    bool low;
    explicit low_space(bool lower) : low(lower) {}
    std::size_t decisions() const { return 2; }
    std::size_t cardinality(std::size_t) const { return 5; }
    std::string path(std::size_t i) const { return i == 0 ? "a" : "b"; }
    std::string label(std::size_t, std::size_t choice) const { return std::to_string(choice); }
    arch_type sample(nas::rng& random) const {
        if (!low) return nas::sample_decisions(*this, random);
        return {0, static_cast<std::uint8_t>(nas::below(random, 5))};
    }
};

template <class Space>
void check_rules(const Space& begun, const Space& other, const std::string& sentence) {
    const scratch_file file;
    const auto search_of = [](const Space& space) {
        return nas::search{nas::random_search{space}, [](const auto&) { return 1.0; }, {.seed = 11}};
    };
    {
        auto search = search_of(begun);
        nas::resume(search, file.path());
        search.run({.trials = 3});
    }
    auto refused = search_of(other);
    CHECK_THROWS_WITH_AS(nas::resume(refused, file.path()), doctest::Contains(sentence.c_str()), nas::history_error);
    CHECK_THROWS_WITH_AS((void)nas::read_history(file.path(), other), doctest::Contains(sentence.c_str()),
                         nas::history_error);
    auto same = search_of(begun);
    CHECK(nas::resume(same, file.path()) == 3);
}

}  // namespace

TEST_CASE("a search over a space with other rules does not resume") {
    const std::string differ =
        " here; the space allows, samples or builds something else than that of the file: give it the same "
        "rules, or begin another file";
    check_rules(ruled_space(0), ruled_space(1), differ);
    check_rules(numbers_below{100}, numbers_below{90}, differ);
    check_rules(low_space(true), low_space(false), "space: rules is \"0x");
    check_rules(low_space(false), low_space(true), "space: rules is not in the file, but \"0x");
}

TEST_CASE("a search over a space with other values does not resume") {
    const auto space = [](double last) {
        return nas::choice_space<>{std::vector{nas::numeric_decision("rate", nas::log_between(1e-3, last, 5))}};
    };
    check_rules(space(1e-1), space(1), "space: decisions/0/values/1 is 0.00316228 in the file, but 0.00562341 here");
    check_rules(nas::choice_space<>{std::vector{nas::numeric_decision("n", nas::between(1, 2, 2))}},
                nas::choice_space<>{std::vector<nas::decision>{{"n", 2, {"1", "2"}}}},
                "space: decisions/0/values is [1.0,2.0] in the file, but not here");
}

TEST_CASE("a writer does not overwrite, and says where it cannot write") {
    const scratch_file file;
    auto search = evolution();
    file.write("something dear");
    CHECK_THROWS_WITH_AS((nas::history_writer{file.path(), search}),
                         (file.name() + ": the file exists; nas::resume continues it, or choose another name").c_str(),
                         nas::history_error);
    CHECK(file.text() == "something dear");
    CHECK_THROWS_WITH_AS(
        (nas::history_writer{"/nonexistent/run.jsonl", search}),
        "/nonexistent/run.jsonl: the file cannot be written: the folder '/nonexistent' does not exist; make it first",
        nas::history_error);
    CHECK_THROWS_WITH_AS(nas::read_history("/nonexistent/run.jsonl", search.space()),
                         "/nonexistent/run.jsonl: the file cannot be read: No such file or directory",
                         nas::history_error);
    CHECK_THROWS_WITH_AS(nas::read_history("/", search.space()), "/: the file cannot be read: Is a directory",
                         nas::history_error);
}

TEST_CASE("text that is not UTF-8 is refused in a header") {
    const scratch_file file;
    struct latin_metric {
        std::vector<std::string> metric_names() const { return {"pr\xe9"}; }
        double operator()(const arch_type&) const { return 1; }
    };
    nas::search search{scripted{}, latin_metric{}, {}};
    CHECK_THROWS_WITH_AS(nas::resume(search, file.path()), doctest::Contains("is not UTF-8, and cannot be written"),
                         nas::history_error);
    nas::search named{nas::any_searcher<space_type>{"caf\xe9", scripted{}}, sum_of_digits{}, {}};
    CHECK_THROWS_AS(nas::resume(named, file.path()), nas::history_error);
}

TEST_CASE("text that is not UTF-8 is replaced in a reason") {
    const scratch_file file;
    struct garbled {
        double operator()(const arch_type&) const { throw std::runtime_error("bad \xff byte"); }
    };
    nas::search search{scripted{}, garbled{}, {}};
    nas::resume(search, file.path());
    search.run({.trials = 1});
    CHECK(search.history().reason(0) == "bad \xef\xbf\xbd byte");
    CHECK(nas::read_history(file.path(), search.space()).reason(0) == "bad \xef\xbf\xbd byte");
}

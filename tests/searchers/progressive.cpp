// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/progressive.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/predictors/accuracy_predictor.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/deduplicated.hpp>
#include <nas/spaces/mlp_space.hpp>
#include <nas/testing/laws.hpp>

namespace {

using nas::mlp_space;
using arch_type = mlp_space::arch_type;

static_assert(nas::Searcher<nas::progressive<mlp_space>>);

/// Four layers of hidden width and function, or dropout: 4, 4 x 5, ... networks.
mlp_space layers(std::size_t max_length = 4) {
    return mlp_space{
        {.units = {4, 9}, .activations = {nas::activation::relu, nas::activation::tanh}, .max_length = max_length}};
}

double worth(const arch_type& arch) {
    double sum = 0;
    for (std::size_t i = 0; i < arch.size(); ++i) sum += (arch[i] == 0 ? 0.0 : 5.0 + (7 * arch[i]) % 5);
    return sum;
}

/// Knows what everything is worth. Remembers how many architectures each fit was given.
struct oracle {
    explicit oracle(const mlp_space&) {}
    void fit(const mlp_space&, std::span<const arch_type> archs, std::span<const double>) {
        fits.push_back(archs.size());
    }
    double predict(const mlp_space&, const arch_type& arch) const { return worth(arch); }
    double deviation(const mlp_space&, const arch_type&) const { return 0; }
    std::vector<std::size_t> fits;
};
using known = nas::progressive<mlp_space, oracle>;

std::size_t length(const arch_type& arch) {
    return static_cast<std::size_t>(
        std::count_if(arch.data(), arch.data() + arch.size(), [](auto v) { return v != 0; }));
}

/// Counts how often it is asked which network an architecture is.
struct counting : mlp_space {
    using mlp_space::mlp_space;
    std::uint64_t key(const arch_type& arch) const {
        ++calls;
        return index(arch);
    }
    inline static std::size_t calls = 0;
};

template <class Searcher>
auto searched(Searcher searcher, nas::run_options options = {}) {
    nas::search search{std::move(searcher), worth, {.seed = 4}};
    CHECK(search.run(options) == nas::stop_reason::exhausted);
    return search;
}

}  // namespace

TEST_CASE("progressive: all roots, then the best of all that is one layer larger") {
    for (const std::size_t batch : {std::size_t{1}, std::size_t{3}, std::size_t{7}}) {
        const auto search = searched(known(layers(), {.beam = 3, .explore = 0}), {.batch = batch});
        REQUIRE(search.history().size() == 4 + 3 + 3);
        const auto levels = search.searcher().levels();
        REQUIRE(levels.size() == 3);
        CHECK((levels[0].candidates == 4 && levels[1].candidates == 20 && levels[2].candidates == 15));
        CHECK(search.searcher().model().fits == std::vector<std::size_t>{4, 7, 10});
        for (std::size_t row = 0; row < 10; ++row) {
            const auto one = search.history()[row];
            CHECK(length(one.arch) == (row < 4 ? 1 : row < 7 ? 2 : 3));
            if (row < 4) continue;
            const arch_type parent = search.history()[search.history().parent(row)].arch;
            CHECK((std::equal(parent.data(), parent.data() + length(parent), one.arch.data())));
        }
        // Against a sort of all.
        const mlp_space space = layers();  // ranges of larger networks point into it
        std::vector<double> all;
        for (std::size_t row = 0; row < 4; ++row)
            for (const arch_type& larger : space.grow(search.history()[row].arch)) all.push_back(worth(larger));
        std::sort(all.rbegin(), all.rend());
        CHECK(levels[1].predicted == std::vector<double>{all[0], all[1], all[2]});
        CHECK(levels[1].predicted == levels[1].values);
    }
}

TEST_CASE("PNAS oracles 12 and 13: the beam is the front of a stable sort, each network once") {
    nas::rng random(3);
    for (const std::size_t size :
         {std::size_t{1}, std::size_t{8}, std::size_t{100}, std::size_t{105}, nas::detail::beam<int, int>::all}) {
        std::vector<std::pair<double, int>> offered;
        nas::detail::beam<int, int> beam(size);
        for (int i = 0; i < 100; ++i) {
            const auto score = static_cast<double>(nas::below(random, 10));
            offered.push_back({score, i});
            beam.offer(score, i, 1000 + i);
            const auto again = static_cast<std::size_t>(nas::below(random, offered.size()));
            beam.offer(offered[again].first, offered[again].second, -1);
        }
        std::stable_sort(offered.begin(), offered.end(),
                         [](const auto& a, const auto& b) { return a.first > b.first; });
        const auto kept = std::move(beam).sorted();
        REQUIRE(kept.size() == std::min<std::size_t>(size, 100));
        for (std::size_t i = 0; i < kept.size(); ++i) {
            CHECK(kept[i].network == offered[i].second);
            CHECK(kept[i].item == 1000 + offered[i].second);
        }
    }
    nas::detail::beam<int, int> nothing(0);
    CHECK_FALSE(nothing.takes(1));
}

TEST_CASE("progressive: a beam of all tries every network") {
    const auto search = searched(known(layers(), {.beam = 0}));
    CHECK(search.history().size() == layers().size());
    std::set<std::uint64_t> seen;
    for (std::size_t row = 0; row < search.history().size(); ++row)
        CHECK(seen.insert(layers().index(search.history()[row].arch)).second);
}

TEST_CASE("progressive: a sample of the roots, in random order") {
    std::set<std::uint64_t> first;
    std::set<std::uint64_t> any;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        nas::search search{known(layers(), {.beam = 1, .roots = 2}), worth, {.seed = seed}};
        search.run();
        CHECK(search.history().size() == 4);
        first.insert(layers().index(search.history()[0].arch));
        for (std::size_t row = 0; row < 2; ++row) any.insert(layers().index(search.history()[row].arch));
        CHECK_FALSE(search.history()[0].arch == search.history()[1].arch);
    }
    CHECK((first.size() == 4 && any.size() == 4));
}

TEST_CASE("progressive: waits for what is pending at the end of a level") {
    nas::search search{known(layers(), {.beam = 2}), worth, {.seed = 1}};
    std::vector<nas::proposal<arch_type>> open;
    while (auto next = search.ask()) open.push_back(*next);
    CHECK(open.size() == 4);
    CHECK(search.reason() == nas::stop_reason::waiting);
    CHECK(search.run() == nas::stop_reason::waiting);
    for (std::size_t i = 0; i < 3; ++i) search.tell(open[i], worth(open[i].arch));
    CHECK_FALSE(search.ask());
    search.abandon(open[3]);
    const auto next = search.ask();
    REQUIRE(next);
    CHECK(length(next->arch) == 2);
    // What failed is not grown.
    CHECK(search.searcher().levels()[1].candidates == 15);
    search.tell(*next, 1.0);
    search.run();
    CHECK(search.reason() == nas::stop_reason::exhausted);
}

TEST_CASE("progressive: what was imported is grown and not trained again") {
    nas::search whole{known(layers(), {.beam = 3, .explore = 0}), worth, {.seed = 9}};
    whole.run({.trials = 7});
    nas::search later{known(layers(), {.beam = 3, .explore = 0}), worth, {.seed = 10}};
    later.warm_start(whole.history());
    CHECK(later.searcher().levels().size() == 3);
    later.run();
    CHECK(later.history().size() == 10);
    nas::search enqueued{known(layers(), {.beam = 3, .explore = 0}),
                         worth,
                         {.seed = 9, .enqueue = {whole.history()[4].arch, whole.history()[0].arch}}};
    enqueued.run();
    CHECK(enqueued.history().size() == 10);
    CHECK(length(enqueued.history()[0].arch) == 2);
}

TEST_CASE("progressive: places for tokens that no trial had") {
    // Of four roots one is trained: the other width or function was never used.
    nas::search search{known(layers(), {.beam = 3, .roots = 1, .explore = 0.4}), worth, {.seed = 2}};
    search.run({.trials = 4});
    const arch_type root = search.history()[0].arch;
    const auto is_new = [&](const arch_type& arch) {
        const bool dropout = arch[1] == 5;
        return dropout || (arch[1] - 1) / 2 != (root[0] - 1) / 2 || (arch[1] - 1) % 2 != (root[0] - 1) % 2;
    };
    CHECK(std::any_of(&search.searcher().levels()[1].archs[0], &search.searcher().levels()[1].archs[0] + 3, is_new));
    // The worst of all that are new comes last, where all better ones are known already.
    struct likes_old : oracle {
        using oracle::oracle;
        double predict(const mlp_space&, const arch_type& arch) const { return arch[1] == arch[0] ? 1 : -worth(arch); }
    };
    nas::search plain{
        nas::progressive<mlp_space, likes_old>(layers(), {.beam = 1, .roots = 1, .explore = 0}), worth, {.seed = 2}};
    plain.run({.trials = 2});
    CHECK(plain.history()[1].arch[1] == plain.history()[1].arch[0]);
    nas::search curious{
        nas::progressive<mlp_space, likes_old>(layers(), {.beam = 1, .roots = 1, .explore = 1}), worth, {.seed = 2}};
    curious.run({.trials = 2});
    CHECK_FALSE(curious.history()[1].arch[1] == curious.history()[1].arch[0]);
}

TEST_CASE("progressive: a surrogate that says nothing keeps the first") {
    struct silent : oracle {
        using oracle::oracle;
        double predict(const mlp_space&, const arch_type&) const { return std::numeric_limits<double>::quiet_NaN(); }
    };
    const auto search = searched(nas::progressive<mlp_space, silent>(layers(), {.beam = 2}));
    CHECK(search.history().size() == 8);
}

TEST_CASE("progressive: a level that could not be made is no end of the search") {
    struct fails_once : oracle {
        using oracle::oracle;
        void fit(const mlp_space& space, std::span<const arch_type> archs, std::span<const double> values) {
            oracle::fit(space, archs, values);
            if (fits.size() == 1) throw std::runtime_error("the disk is full");
        }
    };
    nas::search search{nas::progressive<mlp_space, fails_once>(layers(), {.beam = 2}), worth, {.seed = 2}};
    CHECK_THROWS_WITH_AS(search.run(), "the disk is full", std::runtime_error);
    CHECK(search.history().size() == 4);
    for (int again = 0; again < 2; ++again)
        CHECK_THROWS_WITH_AS(
            search.run(), "nas::progressive: level 2 could not be made, as the last tell threw; resume in a new search",
            std::logic_error);
    CHECK_THROWS_AS(search.ask(), std::logic_error);
}

TEST_CASE("progressive: in a space that grows in circles no network is grown twice") {
    struct circles : mlp_space {
        explicit circles(const mlp_space& base) : mlp_space(base) {}
        std::vector<arch_type> grow(const arch_type& arch) const {
            std::vector<arch_type> all{arch};
            for (const arch_type& larger : mlp_space::grow(arch)) all.push_back(larger);
            return all;
        }
    };
    const auto search = searched(nas::progressive<circles, oracle>(circles(layers()), {.beam = 0}));
    CHECK(search.history().size() == layers().size());
    CHECK(search.searcher().levels().size() == 3);
}

TEST_CASE("progressive: asking for a large batch looks at each pending trial once an ask") {
    std::vector<std::size_t> units(100);
    for (std::size_t i = 0; i < units.size(); ++i) units[i] = i + 1;
    nas::search search{nas::progressive<counting, oracle>(
                           counting({.units = units, .activations = {nas::activation::relu}, .max_length = 2})),
                       worth};
    while (search.ask()) continue;
    CHECK(search.pending().size() == 100);
    CHECK(counting::calls < 20'000);  // looking all up one after the other: 170 000
}

TEST_CASE("progressive: with other surrogates") {
    const mlp_space space = layers();
    CHECK(searched(nas::progressive(space, {.beam = 4, .ensemble = {.members = 1, .steps = 10}})).history().size() ==
          12);
    CHECK(searched(nas::progressive<mlp_space, nas::accuracy_predictor<mlp_space>>(space, {.beam = 4}))
              .history()
              .size() == 12);
    CHECK(nas::progressive(space).name() == "progressive");
    CHECK_FALSE(known(space).name() == "progressive");
}

TEST_CASE("progressive: options and levels that are refused") {
    const mlp_space space = layers();
    CHECK_THROWS_WITH_AS(known(space, {.explore = 1.5}), "nas::progressive: explore (1.5) must be in [0, 1]",
                         std::invalid_argument);
    nas::search many{known(space, {.beam = 0, .most = 10}), worth};
    CHECK_THROWS_WITH_AS(
        many.run(),
        "nas::progressive: level 2 has 15 architectures or more, and all are wanted; set beam, or raise "
        "most (10)",
        std::invalid_argument);
    CHECK(many.history().size() == 4);
    CHECK_THROWS_WITH_AS(
        nas::search(known(space, {.most = 2}), worth),
        "nas::progressive: level 1 has 3 architectures or more, and all are wanted; set roots, or raise "
        "most (2)",
        std::invalid_argument);
}

TEST_CASE("progressive: laws") {
    std::string all;
    for (const std::string& one :
         nas::testing::searcher_violations(known(layers(), {.beam = 3, .explore = 0}), {.learns = false}))
        all += one + "\n";
    CHECK(all == "");
}

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nas/report/statistics.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>

/// What the tests of the searchers share.
namespace nas::tests {

using cells = choice_space<6>;
using cell = cells::arch_type;

/// One type for all evaluators of cells, so that a test program instantiates a search once for each searcher.
using landscape = std::function<double(const cell&)>;

/// A separable landscape: integers in [0, 84], every decision has one best choice, the optimum is unique.
inline const landscape separable = [](const cell& arch) {
    double sum = 0;
    for (std::size_t i = 0; i < arch.size(); ++i) sum += static_cast<double>((i + 1) * ((arch[i] * 3U + i) % 5));
    return sum;
};
inline constexpr double separable_optimum = 84;

inline std::size_t distance(const cell& a, const cell& b) {
    std::size_t differing = 0;
    for (std::size_t i = 0; i < a.size(); ++i) differing += a[i] != b[i] ? 1U : 0U;
    return differing;
}

/// A rugged landscape without ties: a hash of the architecture, in [0, 1).
inline const landscape rugged = [](const cell& arch) {
    std::uint64_t hash = 0;
    for (const std::uint8_t choice : arch) hash = detail::mix64(hash * 5 + choice + 1);
    return static_cast<double>(hash >> 11) * 0x1.0p-53;
};

/// Fails for one architecture in three, by an exception or NaN.
inline const landscape unreliable = [](const cell& arch) {
    const std::size_t kind = (arch[0] + 2U * arch[3] + arch[5]) % 6;
    if (kind == 0) throw std::runtime_error("broken");
    if (kind == 1) return std::numeric_limits<double>::quiet_NaN();
    return separable(arch);
};

/// Integers in [0, size): no decisions, no index, its own operators and features.
struct line_space {
    using arch_type = int;
    int size = 100;

    int sample(rng& random) const { return static_cast<int>(below(random, static_cast<std::uint64_t>(size))); }
    bool contains(int at) const { return at >= 0 && at < size; }
    std::string describe(int at) const { return std::to_string(at); }
    int parse(std::string_view text) const { return std::stoi(std::string(text)); }
    int mutate(int at, rng& random) const {
        const int next = at + (chance(random, 0.5) ? 1 : -1);
        return contains(next) ? next : at;
    }
    int crossover(int a, int b, rng&) const { return (a + b) / 2; }
    void neighbors(int at, std::vector<int>& out) const {
        if (at > 0) out.push_back(at - 1);
        if (at + 1 < size) out.push_back(at + 1);
    }
    std::size_t encoding_size() const { return 1; }
    void encode(int at, std::span<double> features) const { features[0] = static_cast<double>(at) / size; }
};

/// Decisions with conditions: 11 architectures.
inline choice_space<> conditional_space() {
    return choice_space<>{std::vector<decision>{{"op", 3, {"none", "conv", "pool"}},
                                                {"kernel", 4, {}, decision_tag::generic, condition{0, choice_mask{1}}},
                                                {"bias", 2, {}, decision_tag::generic, condition{0, choice_mask{1}}},
                                                {"size", 2, {}, decision_tag::generic, condition{0, choice_mask{2}}}}};
}

/// Best value of `seeds` searches, by seed.
template <class Searcher>
std::vector<double> best_values(const Searcher& searcher, const landscape& evaluator, std::size_t seeds,
                                std::size_t trials, std::size_t batch = 1) {
    std::vector<double> best;
    for (std::size_t seed = 0; seed < seeds; ++seed) {
        nas::search search{searcher, evaluator, {.seed = seed}};
        search.run({.trials = trials, .batch = batch});
        best.push_back(search.history().best().value());
    }
    return best;
}

/// The architectures of a search's history, each once, as text.
template <class Search>
std::set<std::string> visited(const Search& search) {
    std::set<std::string> all;
    for (std::size_t row = 0; row < search.history().size(); ++row)
        all.insert(search.space().describe(search.history()[row].arch));
    return all;
}

/// `cells` in which the order of the first two choices does not matter: 3 * (2 * 3 / 2) networks among 12 architectures.
struct keyed_space : choice_space<3> {
    keyed_space() : choice_space<3>{std::array{2, 2, 3}} {}
    std::uint32_t key(const arch_type& arch) const {
        return static_cast<std::uint32_t>(arch[0] + arch[1] + 10 * arch[2]);
    }
};

/// `make(space)` gives a searcher that proposes every network of a space once, and then ends: in spaces that are counted, keyed,
/// conditional, of one architecture, or not countable, in batches, and whatever fails.
template <class Make>
void check_proposes_all_once(Make make) {
    const auto expect = [&](const auto& space, std::size_t networks, const auto& evaluator) {
        for (const std::size_t batch : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
            CAPTURE(batch);
            search found{make(space), evaluator, {.seed = 5}};
            CHECK(found.run({.trials = 2 * networks, .batch = batch}) == stop_reason::exhausted);
            CHECK(found.history().size() == networks);
            std::set<std::string> keys;
            for (std::size_t row = 0; row < found.history().size(); ++row) {
                if constexpr (KeyedSpace<std::remove_cvref_t<decltype(space)>>) {
                    keys.insert(std::to_string(space.key(found.history().arch(row))));
                } else {
                    keys.insert(space.describe(found.history().arch(row)));
                }
            }
            CHECK(keys.size() == networks);
        }
    };
    const auto first = [](const auto& arch) { return static_cast<double>(arch[0]); };
    const auto fails = [](const auto&) -> double { throw std::runtime_error("broken"); };
    expect(cells{std::array{2, 3, 4, 1, 3, 4}}, 288, separable);
    expect(cells{std::array{2, 3, 4, 1, 3, 4}}, 288, unreliable);
    expect(cells{1}, 1, separable);
    expect(keyed_space{}, 9, first);
    expect(keyed_space{}, 9, fails);
    expect(conditional_space(), 11, first);
    expect(conditional_space(), 11, fails);
    if constexpr (requires { make(line_space{20}); })
        expect(line_space{20}, 20, [](int at) { return -std::abs(at - 13); });
}

/// Proposes some architecture more than once.
template <class Searcher>
void check_repeats(const Searcher& searcher) {
    search found{searcher, separable, {.seed = 1}};
    found.run({.trials = 400});
    CHECK(found.history().size() == 400);
    CHECK(visited(found).size() < 390);
}

/// Over 40 seeds clearly better than random search: the rank test's two-sided p-value is below 1e-6.
template <class Searcher>
void check_beats_random(const Searcher& searcher, std::size_t trials, std::size_t batch = 1) {
    const auto learned = best_values(searcher, separable, 40, trials, batch);
    const auto drawn = best_values(random_search{searcher.space()}, separable, 40, trials, batch);
    const rank_test result = mann_whitney(learned, drawn);
    CAPTURE(result.superiority);
    CHECK(result.superiority > 0.75);
    CHECK(result.p_value < 1e-6);
}

}  // namespace nas::tests

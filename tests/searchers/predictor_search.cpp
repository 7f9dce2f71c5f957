// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/predictor_search.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <stdexcept>
#include <vector>

#include <nas/predictors/random_forest.hpp>

#include "searchers/searching.hpp"

using namespace nas::tests;

static_assert(nas::Searcher<nas::predictor_search<cells>>);
static_assert(nas::SamplingSearcher<nas::predictor_search<cells>>);
static_assert(nas::Searcher<nas::predictor_search<line_space>>);

namespace {

/// Knows the order of all architectures: by their index, the last the best. Remembers what each fit was given.
struct by_index {
    explicit by_index(const cells&) {}
    void fit(const cells&, std::span<const cell> archs, std::span<const double>, nas::rng& random) {
        fits.push_back(archs.size());
        draws.insert(random());
    }
    void fit(const cells&, std::span<const cell>, std::span<const double>) {}
    double predict(const cells& space, const cell& arch) const { return static_cast<double>(space.index(arch)); }
    double deviation(const cells&, const cell&) const { return 0; }
    std::vector<std::size_t> fits;
    std::set<std::uint64_t> draws;
};

using known = nas::predictor_search<cells, by_index>;

/// How many architectures not told before the trial of this row are better than its own.
template <class Search>
std::size_t rank_of(const Search& search, std::size_t row) {
    const cells& space = search.space();
    const std::uint64_t own = space.index(search.history()[row].arch);
    std::size_t better = space.size() - 1 - own;
    for (std::size_t other = 0; other < row; ++other)
        better -= space.index(search.history()[other].arch) > own ? 1U : 0U;
    return better;
}

}  // namespace

TEST_CASE("predictor_search: half of a batch is the best of the whole space, half is drawn from a pool that shrinks") {
    const cells space{4};  // 4096
    nas::search search{
        known(space, {.initial = 8, .batch = 20, .random = 0, .pool = 100}, by_index(space)), rugged, {.seed = 1}};
    search.run({.trials = 8 + 10 * 20});
    std::vector<std::size_t> farthest;
    for (std::size_t round = 0; round < 10; ++round) {
        std::size_t most = 0;
        for (std::size_t k = 0; k < 20; ++k) {
            const std::size_t rank = rank_of(search, 8 + 20 * round + k);
            if (k % 2 == 0) CHECK(rank == 0);
            most = std::max(most, rank);
        }
        farthest.push_back(most);
        CHECK(most < std::max<std::size_t>(100, 4096U >> round));
    }
    CHECK(farthest[0] > 2048);
    CHECK(farthest[1] > 1024);
    CHECK(farthest[2] > 512);
    CHECK(farthest[9] > 50);
    const auto& model = search.searcher().model();
    CHECK(model.fits.front() == 8);
    CHECK(model.fits[1] == 28);
    CHECK(model.draws.size() == 1);  // from the same initial weights
}

TEST_CASE("predictor_search: initial weights differ between searches") {
    const auto draws = [](std::uint64_t seed) {
        const cells space{4};
        nas::search search{known(space, {}, by_index(space)), rugged, {.seed = seed}};
        search.run({.trials = 20});
        return search.searcher().model().draws;
    };
    CHECK(draws(1) != draws(2));
}

TEST_CASE("predictor_search: all of a batch may be the best, or drawn") {
    const cells space{4};
    nas::search best{known(space, {.initial = 2, .random = 0, .greedy = 1}, by_index(space)), rugged, {.seed = 1}};
    best.run({.trials = 30});
    for (std::size_t row = 2; row < 30; ++row) CHECK(rank_of(best, row) == 0);
    nas::search drawn{
        known(space, {.initial = 2, .random = 0, .greedy = 0, .pool = 200}, by_index(space)), rugged, {.seed = 1}};
    drawn.run({.trials = 102});
    std::size_t firsts = 0;
    for (std::size_t row = 2; row < 102; ++row) firsts += rank_of(drawn, row) == 0 ? 1U : 0U;
    CHECK(firsts < 8);
}

TEST_CASE("predictor_search: batches too small for it keep the share together") {
    const cells space{4};
    nas::search search{
        known(space, {.initial = 2, .batch = 1, .random = 0, .pool = 500}, by_index(space)), rugged, {.seed = 1}};
    search.run({.trials = 102});
    std::size_t firsts = 0;
    for (std::size_t row = 2; row < 102; ++row) firsts += rank_of(search, row) == 0 ? 1U : 0U;
    CHECK(firsts >= 50);
    CHECK(firsts < 55);
}

TEST_CASE("predictor_search: a space too large to be ranked is looked at by random networks and mutants of the best") {
    const cells space{10};  // 10^6
    nas::search search{known(space, {.initial = 5, .random = 0, .candidates = 20, .parents = 2}, by_index(space)),
                       nas::tests::landscape([&](const cell& arch) { return static_cast<double>(space.index(arch)); }),
                       {.seed = 1}};
    search.run({.trials = 150});
    CHECK(search.history().best().value() > 0.999 * 1e6);
    std::size_t mutants = 0;
    for (std::size_t row = 5; row < 150; ++row) mutants += search.history().parent(row) != nas::no_trial ? 1U : 0U;
    CHECK(mutants > 70);
    CHECK(mutants < 145);
}

TEST_CASE("predictor_search: a batch that is asked while its proposals are pending differs, and is no worse") {
    const nas::predictor_search_options small{.ensemble = {.members = 1, .epochs = 20}};
    nas::search search{nas::predictor_search{cells{4}, small}, separable, {.seed = 1}};
    search.run({.trials = 74, .batch = 8});
    CHECK(visited(search).size() == 74);
    check_beats_random(nas::predictor_search{cells{4}, small}, 64, 8);
}

TEST_CASE("predictor_search: every network once, then it ends") {
    check_proposes_all_once([](const auto& space) {
        return nas::predictor_search{space,
                                     {.initial = 3,
                                      .batch = 20,
                                      .enumerated = 100,
                                      .candidates = 20,
                                      .ensemble = {.members = 2, .units = 4, .epochs = 2}}};
    });
}

TEST_CASE("predictor_search: other predictors") {
    const cells space{5};
    nas::search search{nas::predictor_search<cells, nas::random_forest<cells>>(space), separable, {.seed = 2}};
    search.run({.trials = 60});
    CHECK(search.history().best().value() > 70);
}

TEST_CASE("predictor_search: options out of range") {
    CHECK_THROWS_WITH_AS((nas::predictor_search{cells{5}, {.greedy = 2}}),
                         "nas::predictor_search: greedy (2) must be in [0, 1]", std::invalid_argument);
    CHECK_THROWS_WITH_AS((nas::predictor_search{cells{5}, {.ensemble = {.members = 0}}}),
                         "nas::mlp_ensemble: members (0) must be in [1, 1000]", std::invalid_argument);
}

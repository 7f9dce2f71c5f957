// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/policy_samples.hpp>

#include "searching.hpp"

#include <nas/searchers/gp_search.hpp>

using namespace nas::tests;

namespace {

/// What the optimiser finds where `separable` is promised, and how often it asked.
template <class Told>
std::vector<nas::proposal<cell>> found_by(const nas::policy_samples& optimizer, const Told& told, std::size_t& asked) {
    const cells space{5};
    const nas::learned_trials<cell> trials;
    const nas::ask_view<cell> view;
    const auto score = [&](std::span<const cell> archs, std::span<double> out, nas::rng&) {
        for (std::size_t i = 0; i < archs.size(); ++i) out[i] = separable(archs[i]);
        asked += archs.size();
    };
    nas::rng random{11};
    return optimizer(nas::acquisition_problem<cells>(space, trials, told, view, 1, 0, score), random);
}

}  // namespace

TEST_CASE("policy_samples: the policy learns what promises more, and nothing old is proposed") {
    const cells space{5};
    nas::told_networks<cells> told;
    std::size_t asked = 0;
    const auto proposals = found_by({}, told, asked);
    REQUIRE(proposals.size() > 100);
    CHECK(asked == 500 + proposals.size());         // and once more to rank them
    CHECK(separable(proposals.front().arch) > 80);  // the optimum is 84; of 500 at random the best is 74
    std::set<cell> different;
    for (std::size_t k = 0; k < proposals.size(); ++k) {
        different.insert(proposals[k].arch);
        if (k > 0) CHECK(separable(proposals[k - 1].arch) >= separable(proposals[k].arch));
    }
    CHECK(different.size() == proposals.size());

    nas::trial<cell> old;
    old.arch = proposals.front().arch;
    told.insert(space, old);
    for (const auto& next : found_by({}, told, asked)) CHECK(next.arch != old.arch);
}

TEST_CASE("policy_samples: as the optimiser of gp_search, where decisions depend on others") {
    using space_type = nas::choice_space<>;
    nas::gp_search<space_type, nas::process_surrogate<space_type>, nas::expected_improvement, nas::policy_samples>
        searcher(conditional_space(), {.initial = 2});
    nas::search search{std::move(searcher), [](const auto& arch) { return static_cast<double>(arch[0]); }, {.seed = 1}};
    CHECK(search.run({.trials = 100}) == nas::stop_reason::exhausted);
    CHECK(search.history().size() == 11);
}

TEST_CASE("policy_samples: options out of their ranges are refused") {
    const cells space{5};
    using searcher =
        nas::gp_search<cells, nas::process_surrogate<cells>, nas::expected_improvement, nas::policy_samples>;
    const auto with = [&](const nas::policy_samples& optimizer) {
        searcher(space, {}, nas::process_surrogate<cells>(space), {}, optimizer);
    };
    CHECK_THROWS_WITH_AS(with({.batch = 0}), "nas::gp_search: policy_samples: batch (0) must be in [1, 1e+06]",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(with({.learning_rate = -1}),
                         "nas::gp_search: policy_samples: learning_rate (-1) must be in [0, 1000]",
                         std::invalid_argument);
    CHECK_NOTHROW(with({}));
}

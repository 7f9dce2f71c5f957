// SPDX-License-Identifier: Apache-2.0

// Bayesian optimisation, and its three parts exchanged: the surrogate that learns the trials, the acquisition that says what an
// architecture promises, and the optimiser that says which architectures to look at.

#include <functional>
#include <iostream>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/evaluators/landscapes.hpp>
#include <nas/predictors/random_forest.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/bananas.hpp>
#include <nas/searchers/gp_search.hpp>
#include <nas/spaces/choice_space.hpp>

namespace {

using space_type = nas::choice_space<>;

// An acquisition of one's own: improvement, but twice as curious.
struct curious {
    double value(double mean, double deviation, double best) const {
        return nas::log_expected_improvement{}.value(mean, 2 * deviation, best);
    }
};

// An optimiser of one's own: short random walks from the best three trials, ranked by what is promised.
struct short_walks {
    template <class Space>
    std::vector<nas::proposal<nas::arch_t<Space>>> operator()(const nas::acquisition_problem<Space>& problem,
                                                              nas::rng& random) const {
        std::vector<nas::proposal<nas::arch_t<Space>>> seen;
        for (const std::size_t trial : problem.trials().best(3)) {
            auto at = problem.trials().archs()[trial];
            for (int step = 0; step < 20; ++step) {
                at = nas::mutate(problem.space(), at, random);
                if (problem.is_new(at)) seen.push_back(nas::proposal<nas::arch_t<Space>>(at));
            }
        }
        return problem.ranked(std::move(seen), random);
    }
};

}  // namespace

int main() {
    // 4,096 architectures of six decisions, each of which matters together with one other: random search takes 2,000 trials.
    const space_type space(6, 4);
    const nas::nk_landscape<space_type> train(space, {.neighbors = 1, .seed = 3});

    const auto show = [&](std::string_view parts, auto searcher) {
        nas::search search{std::move(searcher), std::cref(train), {.seed = 1}};
        // How many trials it takes differs from compiler to compiler, as the last bits of models do.
        const bool found = search.run({.trials = 200, .target = train.optimum()}) == nas::stop_reason::target;
        std::cout << parts << ": " << (found ? "found the best of all\n" : "ended without the best of all\n");
    };
    show("Gaussian process, a cycle of acquisitions, all architectures", nas::gp_search{space});
    show("random forest, upper confidence bound, mutants of the best trials",
         nas::gp_search<space_type, nas::random_forest<space_type>, nas::upper_confidence_bound, nas::mutate_best>{
             space});
    show("Gaussian process, an acquisition and an optimiser of one's own",
         nas::gp_search<space_type, nas::process_surrogate<space_type>, curious, short_walks>{space});
}

// SPDX-License-Identifier: Apache-2.0

// Bayesian optimisation, and its three parts exchanged: the surrogate that learns the trials, the acquisition that says what an
// architecture promises, and the optimiser that says which architectures to look at.

#include <functional>
#include <iostream>
#include <string_view>
#include <utility>

#include <nas/evaluators/landscapes.hpp>
#include <nas/predictors/random_forest.hpp>
#include <nas/run/search.hpp>
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

// An optimiser of one's own: from the best trial, the best of a few neighbours at a time.
struct short_walks {
    template <class Problem>
    void maximize(Problem& problem) const {
        for (const auto& start : problem.best_trials(3)) {
            auto at = start;
            for (int step = 0; step < 20; ++step) {
                at = nas::mutate(problem.space(), at, problem.random());
                problem.look(at);
            }
        }
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
         nas::gp_search<space_type, nas::random_forest<space_type>, nas::upper_confidence_bound, nas::mutated_best>{
             space});
    show("Gaussian process, an acquisition and an optimiser of one's own",
         nas::gp_search<space_type, nas::process_surrogate<space_type>, curious, short_walks>{space});
}

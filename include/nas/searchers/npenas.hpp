// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include <nas/core/checks.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/options.hpp>
#include <nas/predictors/mlp_ensemble.hpp>
#include <nas/searchers/bananas/guided_mutation.hpp>

namespace nas {

struct npenas_options {
    std::size_t initial = 10;
    std::size_t batch = 5;
    std::size_t candidates = 100;
    std::size_t population = 20;
    std::size_t tournament = 2;
    std::size_t mutations = 1;
    reward_transform transform = reward_transform::rank;
    mlp_ensemble_options ensemble = {};

    static constexpr void fields(auto&& visit) {
        using o = npenas_options;
        visit(&o::initial, field{"initial", 1, 1e9, "Wei et al. 2020: 10", "random trials before the first ensemble"});
        visit(&o::batch, field{"batch", 1, 1e9, "measured; Wei et al. 2020: 10", "trials between two trainings"});
        visit(&o::candidates, field{"candidates", 1, 1e6, "Wei et al. 2020: 100", "mutants among which it chooses"});
        visit(&o::population, field{"population", 1, 1e9, "by choice", "best trials that may be parents"});
        visit(&o::tournament,
              field{"tournament", 1, 1e6, "by choice", "draws of a parent from these, of which the best is mutated"});
        visit(&o::mutations, field{"mutations", 1, 1000, "NASLib: 1", "decisions that a mutant changes, at most"});
        visit(&o::transform, field{"transform", 0, 0, "measured; Wei et al. 2020: none",
                                   "what rewards become before they are learned: rank, normal scores of their ranks"});
        visit(&o::ensemble, field{"ensemble", 0, 0, "", ""});
    }
};

/// NPENAS (Wei, Niu, Tang and Liang 2020, arXiv 2003.12857): evolution with many children, of which a predictor lets only the most
/// promising ones be trained.
///
///     `initial` random trials; then, for every `batch` trials:
///         train the predictor on all trials, from new weights
///         `candidates` mutants, each of the best of `tournament` draws from the `population` best trials
///         propose in the order of what is predicted
///
/// The predictor is an ensemble of small networks on the features that nas::bananas uses, where the original's is a graph
/// network; another one can be given: nas::npenas<Space, nas::random_forest<Space>>. What is not completed counts as the worst
/// trial. Regret as a share of random search's after 100 and 300 trials, geometric mean over 16 tables and landscapes: 0.17 and 0.09
/// (local_search: 0.22 and 0.07). A step costs 0.7 ms on the mean of 300.
/// The space must be a MutableSpace, and encodable. One objective.
template <class Space, class Model = mlp_ensemble<Space, path_encoding>>
class npenas {
    static_assert(check_mutable_space<Space>());
    static_assert(check_predictor<Model, Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = npenas_options;

    explicit npenas(Space space, npenas_options options = {})
        : npenas(space, options, detail::usual_ensemble<Model>(space, options.ensemble)) {}
    /// With a model that was made for `space`.
    npenas(Space space, npenas_options options, Model model)
        : space_(std::move(space)), options_(options), guided_(std::move(model), {.deviations = 0}) {
        check_options("nas::npenas", options_);
    }

    const Space& space() const noexcept { return space_; }
    const npenas_options& options() const noexcept { return options_; }
    const Model& model() const noexcept { return guided_.model(); }
    std::size_t initial_trials() const noexcept { return options_.initial; }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        return guided_.ask(space_, view, random);
    }

    void tell(const trial<arch_type>& told, rng& random) {
        guided_.tell(space_, options_, told, random, [this](std::size_t number, std::size_t completed, rng& own) {
            // More of them may be parents where all mutants were old.
            const std::size_t alive = std::min(options_.population + number / options_.candidates, completed);
            std::size_t best = below(own, alive);
            for (std::size_t n = 1; n < options_.tournament; ++n) best = std::min<std::size_t>(best, below(own, alive));
            return best;
        });
    }

  private:
    Space space_;
    npenas_options options_;
    detail::guided_mutation<Space, Model, upper_confidence_bound> guided_;
};

}  // namespace nas

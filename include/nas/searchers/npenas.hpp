// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/options.hpp>
#include <nas/predictors/mlp_ensemble.hpp>
#include <nas/searchers/acquisition_optimizer.hpp>
#include <nas/searchers/bananas/batch_search.hpp>
#include <nas/searchers/random_share.hpp>

namespace nas {

/// New mutants of trials that won a tournament among the best, ranked: the optimiser of npenas.
struct mutate_by_tournament {
    std::size_t candidates = 100;
    std::size_t population = 20;
    std::size_t tournament = 2;
    std::size_t mutations = 1;

    /// Of these, or of the options of a searcher that has them too.
    template <class O = mutate_by_tournament>
    static constexpr void fields(auto&& visit) {
        visit(&O::candidates, field{"candidates", 1, 1e6, "Wei et al. 2020: 100", "mutants among which it chooses"});
        visit(&O::population, field{"population", 1, 1e9, "by choice", "best trials that may be parents"});
        visit(&O::tournament,
              field{"tournament", 1, 1e6, "by choice", "draws of a parent from these, of which the best is mutated"});
        visit(&O::mutations, field{"mutations", 1, 1000, "NASLib: 1", "decisions that a mutant changes, at most"});
    }

    template <MutableSpace Space>
    std::vector<proposal<arch_t<Space>>> operator()(const acquisition_problem<Space>& problem, rng& random) const {
        const auto pick = [this](std::size_t number, std::size_t completed, rng& own) {
            // More of them may be parents where all mutants were old.
            const std::size_t alive = std::min(population + number / candidates, completed);
            std::size_t best = below(own, alive);
            for (std::size_t n = 1; n < tournament; ++n) best = std::min<std::size_t>(best, below(own, alive));
            return best;
        };
        return problem.ranked(detail::mutants(problem, candidates, mutations, random, pick), random);
    }
};

struct npenas_options {
    std::size_t initial = 10;
    std::size_t batch = 5;
    double random = 0.2;
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
        visit(&o::random, detail::random_share_field());
        mutate_by_tournament::fields<o>(visit);
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
///     with probability `random` a random new network instead
///
/// The predictor is an ensemble of small networks on the features that nas::bananas uses, where the original's is a graph
/// network. Predictor, acquisition and optimiser can be exchanged: nas::npenas<Space, nas::random_forest<Space>>. What is not
/// completed counts as the worst trial. Regret as a share of random search's after 100 and 300 trials, geometric mean over 16 tables and landscapes: 0.17 and 0.09
/// (local_search: 0.22 and 0.07). A step costs 0.7 ms on the mean of 300.
/// The space must be a MutableSpace, and encodable. One objective.
template <class Space, class Model = mlp_ensemble<Space, path_encoding>, class Choice = predicted_mean,
          class Optimizer = mutate_by_tournament>
class npenas {
    static_assert(check_mutable_space<Space>());
    static_assert(check_predictor<Model, Space>());
    static_assert(check_acquisition<Model, Choice, Optimizer, Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = npenas_options;

    explicit npenas(Space space, npenas_options options = {})
        : npenas(space, options, detail::usual_model<Model>(space, options.ensemble)) {}
    /// With a model that was made for `space`.
    npenas(Space space, npenas_options options, Model model, Choice choice = {})
        : npenas(space, options, std::move(model), std::move(choice), usual_optimizer(options)) {}
    /// `candidates`, `population`, `tournament` and `mutations` are those of the optimiser.
    npenas(Space space, npenas_options options, Model model, Choice choice, Optimizer optimizer)
        : space_(std::move(space)),
          options_(options),
          loop_(std::move(model), std::move(choice), std::move(optimizer)) {
        check_options("nas::npenas", options_);
        detail::check_optimizer("nas::npenas", loop_.optimizer());
    }

    const Space& space() const noexcept { return space_; }
    const npenas_options& options() const noexcept { return options_; }
    /// Options of a part that was exchanged.
    static std::vector<std::string_view> unused_options() {
        return detail::unused_options<mutate_by_tournament, Optimizer>();
    }
    const Model& model() const noexcept { return loop_.model(); }
    std::string name() const { return loop_.template name<npenas<Space>, npenas>(); }
    std::size_t initial_trials() const noexcept { return options_.initial; }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        return loop_.ask(space_, options_.random, view, random);
    }

    void tell(const trial<arch_type>& told, rng& random) {
        loop_.tell(space_, {options_.initial, options_.batch, options_.transform}, told, random, random);
    }

  private:
    static Optimizer usual_optimizer(const npenas_options& options) {
        if constexpr (std::same_as<Optimizer, mutate_by_tournament>) {
            return {options.candidates, options.population, options.tournament, options.mutations};
        } else {
            return Optimizer{};
        }
    }

    Space space_;
    npenas_options options_;
    detail::batch_search<Space, Model, Choice, Optimizer> loop_;
};

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
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

/// By turns the best of a ranking, and a draw from the best max(`pool`, all / 2^round): the optimiser of predictor_search.
struct shrinking_pool {
    double greedy = 0.5;
    std::size_t pool = 512;
    std::size_t enumerated = 20000;
    std::size_t candidates = 1000;
    std::size_t parents = 10;

    /// Of these, or of the options of a searcher that has them too.
    template <class O = shrinking_pool>
    static constexpr void fields(auto&& visit) {
        visit(&O::greedy, field{"greedy", 0, 1, "FLAN: 0.5; WeakNAS: 0",
                                "share of a batch that is best in the ranking; the others are drawn from the pool"});
        visit(&O::pool, field{"pool", 1, 1e9, "FLAN: 512; WeakNAS: 100",
                              "best of the ranking that the others are drawn from; more in early rounds"});
        visit(&O::enumerated, field{"enumerated", 0, 1e9, "by choice", "networks of a space that are all ranked"});
        visit(&O::candidates,
              field{"candidates", 1, 1e6, "measured",
                    "in larger spaces: random networks that are ranked, and mutants of the best trials"});
        visit(&O::parents, field{"parents", 1, 1e9, "measured", "of the best trials, how many are mutated"});
    }

    template <class Space>
    std::vector<proposal<arch_t<Space>>> operator()(const acquisition_problem<Space>& problem, rng& random) const {
        std::vector<proposal<arch_t<Space>>> ranked = whole_space{enumerated, {candidates, parents}}(problem, random);
        const std::size_t size = ranked.size();
        const std::size_t limit = std::min(size, std::max(pool, problem.round() < 64 ? size >> problem.round() : 0));
        // More than are wanted, for those that are asked while as many are pending.
        const std::size_t wanted = std::min(limit, 4 * problem.wanted());
        std::vector<std::uint8_t> taken(size, 0);
        std::vector<proposal<arch_t<Space>>> found;
        std::size_t best = 0;
        // The best first, and from batch to batch the share goes on.
        double due = greedy > 0
                         ? std::fmod(1 - greedy + static_cast<double>(problem.round() * problem.wanted()) * greedy, 1.0)
                         : 0;
        while (found.size() < wanted) {
            std::size_t next = 0;
            if ((due += greedy) >= 1) {
                due -= 1;
                while (taken[best] != 0) ++best;
                next = best;
            } else {
                next = static_cast<std::size_t>(below(random, limit));
                while (taken[next] != 0) next = next + 1 == limit ? 0 : next + 1;
            }
            taken[next] = 1;
            found.push_back(std::move(ranked[next]));
        }
        return found;
    }
};

struct predictor_search_options {
    std::size_t initial = 10;
    std::size_t batch = 4;
    double random = 0.2;
    double greedy = 0.5;
    std::size_t pool = 512;
    std::size_t enumerated = 20000;
    std::size_t candidates = 1000;
    std::size_t parents = 10;
    reward_transform transform = reward_transform::rank;
    mlp_ensemble_options ensemble = {};

    /// As FLAN searches, but that its predictor is a graph network and its batches grow.
    static constexpr predictor_search_options akhauri_2024() {
        return {.random = 0, .transform = reward_transform::none, .ensemble = {.loss = ensemble_loss::ranking}};
    }
    static constexpr void presets(auto&& visit) {
        visit(preset{"akhauri_2024", "Akhauri and Abdelfattah 2024: pairs are ranked"}, akhauri_2024());
    }

    static constexpr void fields(auto&& visit) {
        using o = predictor_search_options;
        visit(&o::initial, field{"initial", 1, 1e9, "WeakNAS: 10", "random trials before the first ensemble"});
        visit(&o::batch, field{"batch", 1, 1e9, "FLAN: 4 to 32, growing", "trials between two trainings"});
        visit(&o::random, detail::random_share_field());
        shrinking_pool::fields<o>(visit);
        visit(&o::transform, field{"transform", 0, 0, "by choice",
                                   "what rewards become before they are learned: rank, normal scores of their ranks"});
        visit(&o::ensemble, field{"ensemble", 0, 0, "", ""});
    }
};

/// A predictor ranks all networks, and each round looks more closely at the best of them: the loop by which WeakNAS (Wu et al. 2021,
/// arXiv 2102.10490) and FLAN (Akhauri and Abdelfattah 2024, arXiv 2403.02484) search.
///
///     `initial` random trials; then, for every `batch` trials, round 0, 1, 2, ...:
///         train the predictor on all trials, from the same initial weights
///         rank all new networks of the space, or, where it has more than `enumerated`, random ones and mutants of the best trials
///         propose by turns the best, and a draw from the best max(`pool`, all / 2^round)
///     with probability `random` a random new network instead
///
/// The predictor is an ensemble of small networks on the features that nas::bananas uses, where FLAN's is a graph network and
/// WeakNAS's one perceptron or boosted trees. Predictor, acquisition and optimiser can be exchanged:
/// nas::predictor_search<Space, nas::random_forest<Space>>. What is not completed counts as the worst trial.
/// Regret as a share of random search's after 100 and 300 trials, geometric mean over 8 tables and landscapes, 8 searches each:
/// 0.13 and 0.06. Without random networks 0.11 and 0.07; then trained to rank pairs 0.12 and 0.11, with a forest 0.14 and 0.06
/// (smac: 0.16 and 0.07). A step costs 2 ms on the mean of 300, with a forest 1.2.
/// The space must be encodable; mutants need a MutableSpace. One objective.
template <class Space, class Model = mlp_ensemble<Space, path_encoding>, class Choice = predicted_mean,
          class Optimizer = shrinking_pool>
class predictor_search {
    static_assert(check_search_space<Space>());
    static_assert(check_predictor<Model, Space>());
    static_assert(check_acquisition<Model, Choice, Optimizer, Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = predictor_search_options;

    explicit predictor_search(Space space, predictor_search_options options = {})
        : predictor_search(space, options, detail::usual_model<Model>(space, options.ensemble)) {}
    /// With a model that was made for `space`.
    predictor_search(Space space, predictor_search_options options, Model model, Choice choice = {})
        : predictor_search(space, options, std::move(model), std::move(choice), usual_optimizer(options)) {}
    /// `greedy`, `pool`, `enumerated`, `candidates` and `parents` are those of the optimiser.
    predictor_search(Space space, predictor_search_options options, Model model, Choice choice, Optimizer optimizer)
        : space_(std::move(space)),
          options_(options),
          loop_(std::move(model), std::move(choice), std::move(optimizer)) {
        check_options("nas::predictor_search", options_);
        detail::check_optimizer("nas::predictor_search", loop_.optimizer());
    }

    const Space& space() const noexcept { return space_; }
    const predictor_search_options& options() const noexcept { return options_; }
    /// Options of a part that was exchanged.
    static std::vector<std::string_view> unused_options() {
        return detail::unused_options<shrinking_pool, Optimizer>();
    }
    const Model& model() const noexcept { return loop_.model(); }
    std::string name() const { return loop_.template name<predictor_search<Space>, predictor_search>(); }
    std::size_t initial_trials() const noexcept { return options_.initial; }

    void begin(rng& random) { weights_ = random; }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        return loop_.ask(space_, options_.random, view, random);
    }

    void tell(const trial<arch_type>& told, rng& random) {
        rng weights = weights_;  // the same in each round
        loop_.tell(space_, {options_.initial, options_.batch, options_.transform}, told, weights, random);
    }

  private:
    static Optimizer usual_optimizer(const predictor_search_options& options) {
        if constexpr (std::same_as<Optimizer, shrinking_pool>) {
            return {options.greedy, options.pool, options.enumerated, options.candidates, options.parents};
        } else {
            return Optimizer{};
        }
    }

    Space space_;
    predictor_search_options options_;
    rng weights_{0};
    detail::batch_search<Space, Model, Choice, Optimizer> loop_;
};

}  // namespace nas

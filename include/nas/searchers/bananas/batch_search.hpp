// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/class_name.hpp>
#include <nas/operators/told_networks.hpp>
#include <nas/policies/reward_ranks.hpp>
#include <nas/predictors/predictor.hpp>
#include <nas/searchers/acquisition_optimizer.hpp>
#include <nas/searchers/learned_trials.hpp>
#include <nas/searchers/random_share.hpp>

namespace nas::detail {

struct batch_search_options {
    std::size_t initial;
    std::size_t batch;
    reward_transform transform;
};

/// What searchers have in common whose model learns once for a batch of trials: bananas, npenas and predictor_search.
///
///     tell:  after `initial` completed trials, and then after every `batch` trials:
///                fit the model to all trials
///                ranking = what the optimiser finds
///     ask:   with probability `share`, and where nothing of the ranking is new: a random new architecture
///            else the first of the ranking that is new
template <class Space, class Model, class Choice, class Optimizer>
class batch_search {
  public:
    using arch_type = arch_t<Space>;

    batch_search(Model model, Choice choice, Optimizer optimizer)
        : model_(std::move(model)), choice_(std::move(choice)), optimizer_(std::move(optimizer)) {}

    const Model& model() const noexcept { return model_; }
    const Optimizer& optimizer() const noexcept { return optimizer_; }
    /// Of a searcher `Searcher` with these parts, which has usual ones as `Usual`.
    template <class Usual, class Searcher>
    std::string name() const {
        return name_with_parts<Usual, Searcher>(model_, choice_, optimizer_);
    }

    [[gnu::noinline]] std::optional<proposal<arch_type>> ask(const Space& space, double share,
                                                             const ask_view<arch_type>& view, rng& random) const {
        const auto first_new = [&]() -> std::optional<proposal<arch_type>> {
            for (const proposal<arch_type>& next : ranking_)
                if (told_.is_new(space, view, next.arch)) return propose(next.arch, next.parent);
            return std::nullopt;
        };
        return choose_or_sample(told_, space, view, !ranking_.empty(), share, random, first_new);
    }

    /// The model draws from `weights`, all else from `random`, which may be the same.
    [[gnu::noinline]] void tell(const Space& space, const batch_search_options& options, const trial<arch_type>& told,
                                rng& weights, rng& random) {
        told_.insert(space, told);
        trials_.add(told);
        if (trials_.completed() < options.initial || trials_.size() < next_fit_) return;
        next_fit_ = trials_.size() + options.batch;
        const std::vector<double> scores = trials_.scores(options.transform);
        nas::fit(model_, space, trials_.archs(), std::span<const double>(scores), weights);
        const promises<Space, Model, Choice> score(space, model_, choice_,
                                                   *std::max_element(scores.begin(), scores.end()), random);
        const ask_view<arch_type> nothing_pending;
        ranking_ = optimizer_(acquisition_problem<Space>(space, trials_, told_, nothing_pending, options.batch,
                                                         round_++, std::cref(score)),
                              random);
    }

  private:
    Model model_;
    Choice choice_;
    Optimizer optimizer_;
    learned_trials<arch_type> trials_;
    std::vector<proposal<arch_type>> ranking_;  // the most promising first
    std::size_t next_fit_ = 0;
    std::size_t round_ = 0;
    told_networks<Space> told_;
};

}  // namespace nas::detail

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/class_name.hpp>
#include <nas/core/trial.hpp>
#include <nas/policies/reward_ranks.hpp>
#include <nas/predictors/predictor.hpp>
#include <nas/searchers/acquisition_optimizer.hpp>
#include <nas/searchers/gp_search/acquisition_cycle.hpp>
#include <nas/searchers/gp_search/everything_or_candidates.hpp>
#include <nas/searchers/gp_search/surrogate.hpp>
#include <nas/searchers/kriging_believer.hpp>
#include <nas/searchers/learned_trials.hpp>

namespace nas {

/// Any predictor as the surrogate of gp_search: fitted to the normal scores of the ranks of all trials, from two completed ones on
/// and then whenever `every` more were told. What did not complete counts as the worst that did. What is pending is taken for
/// what is expected of it (detail::kriging_believer), with a fit of its own for each proposal where the model learns no single one.
template <class Space, Predictor<Space> Model>
class predictor_surrogate {
  public:
    using arch_type = arch_t<Space>;

    /// `model` was made for the searcher's space. A searcher is given the model or this. Throws std::invalid_argument where `every` is 0.
    predictor_surrogate(Model model, std::size_t every = 1) : model_(std::move(model)), every_(every) {
        if (every == 0) throw std::invalid_argument("nas::predictor_surrogate: every (0) must be at least 1");
    }

    const Model& model() const noexcept { return model_; }
    std::string name() const { return detail::searcher_name(model_); }
    const learned_trials<arch_type>& trials() const noexcept { return trials_; }

    void learn(const Space& space, const trial<arch_type>& told, rng& random) {
        trials_.add(told);
        if (trials_.completed() < 2 || trials_.size() < next_fit_) return;
        next_fit_ = trials_.size() + every_;
        scores_ = trials_.scores(reward_transform::rank);
        nas::fit(model_, space, trials_.archs(), std::span<const double>(scores_), random);
    }

    class beliefs {
      public:
        /// `out` has as many as `archs`.
        void of(const Space& space, std::span<const arch_type> archs, std::span<belief> out) {
            predictions_.resize(archs.size());
            nas::predict_all(*model_, space, archs, std::span<prediction>(predictions_));
            for (std::size_t i = 0; i < archs.size(); ++i)
                out[i] = {predictions_[i].mean, predictions_[i].deviation, 1};
        }
        double best() const noexcept { return best_; }

      private:
        friend predictor_surrogate;

        const Model* model_ = nullptr;
        std::optional<Model> believer_;
        std::vector<prediction> predictions_;
        double best_ = 0;
    };
    void believe(const acquisition_step& step, const Space& space, std::span<const proposal<arch_type>> pending,
                 beliefs& found) const {
        found.model_ = &model_;
        found.best_ = -std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < scores_.size(); ++i)
            found.best_ =
                std::max(found.best_, step.expected_best ? model_.predict(space, trials_.archs()[i]) : scores_[i]);
        if (pending.empty()) return;
        found.believer_ =
            detail::kriging_believer<Space>(model_, space, pending, trials_.archs().first(scores_.size()), scores_,
                                            [&](Model& model, std::span<const arch_type> archs,
                                                std::span<const double> values) { model.fit(space, archs, values); });
        found.model_ = &*found.believer_;
    }

  private:
    Model model_;
    std::size_t every_;
    learned_trials<arch_type> trials_;
    std::vector<double> scores_;  // of the trials that the model knows
    std::size_t next_fit_ = 0;
};

namespace detail {

template <class Space, class Model>
struct surrogate_of_model {
    using type = Model;
};
template <class Space, class Model>
    requires Predictor<Model, Space>
struct surrogate_of_model<Space, Model> {
    using type = predictor_surrogate<Space, Model>;
};
/// The surrogate that a searcher holds: the model itself, or around a predictor one that learns trials.
template <class Space, class Model>
using surrogate_of = typename surrogate_of_model<Space, Model>::type;

/// The parts of gp_search as sentences: what its class template opens with.
template <class Space, class Model, class Choice, class Optimizer>
consteval bool check_gp_search() {
    static_assert(check_search_space<Space>());
    if constexpr (!requires { typename Model::beliefs; }) static_assert(check_predictor<Model, Space>());
    static_assert(
        AcquisitionPolicy<Choice>,
        "nas: the acquisition of nas::gp_search needs `double value(double mean, double deviation, double best) const` or "
        "`double draw(double mean, double deviation, nas::rng&) const`, or is a nas::acquisition_cycle");
    static_assert(std::same_as<Optimizer, everything_or_candidates> || AcquisitionOptimizer<Optimizer, Space>,
                  "nas: the optimiser of nas::gp_search needs `std::vector<nas::proposal<arch_type>> "
                  "operator()(const nas::acquisition_problem<Space>&, nas::rng&) const`");
    return true;
}

}  // namespace detail

}  // namespace nas

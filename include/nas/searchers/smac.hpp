// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/class_name.hpp>
#include <nas/core/options.hpp>
#include <nas/operators/neighbors.hpp>
#include <nas/operators/told_networks.hpp>
#include <nas/predictors/acquisitions.hpp>
#include <nas/predictors/random_forest.hpp>
#include <nas/searchers/acquisition_optimizer.hpp>
#include <nas/searchers/kriging_believer.hpp>
#include <nas/searchers/learned_trials.hpp>
#include <nas/searchers/random_share.hpp>

namespace nas {

/// The most promising new network on the way of local searches from random networks and from the best trials: the optimiser of smac.
struct climb_from_samples {
    std::size_t challengers = 100;
    std::size_t starts = 3;
    std::size_t plateau = 10;

    /// Of these, or of the options of a searcher that has them too.
    template <class O = climb_from_samples>
    static constexpr void fields(auto&& visit) {
        visit(&O::challengers, field{"challengers", 1, 1e9, "measured; SMAC3: 10,000",
                                     "random architectures that each choice looks at"});
        visit(&O::starts, field{"starts", 0, 1e9, "measured; SMAC3: 10",
                                "of these, and of the best trials, how many a local search climbs from"});
        visit(&O::plateau, field{"plateau", 0, 1e4, "SMAC3: 10", "steps of a local search to what promises as much"});
    }

    template <NeighborSpace Space>
    std::vector<proposal<arch_t<Space>>> operator()(const acquisition_problem<Space>& problem, rng& random) const {
        using arch_type = arch_t<Space>;
        struct point {
            arch_type arch;
            double promise;
        };
        std::optional<point> best;
        const auto look = [&](arch_type arch) {
            const double promise = problem.promise(arch, random);
            if ((!best || promise > best->promise) && problem.is_new(arch)) best = point{arch, promise};
            return point{std::move(arch), promise};
        };
        std::vector<point> from;
        for (std::size_t i = 0; i < challengers; ++i) from.push_back(look(problem.space().sample(random)));
        std::stable_sort(from.begin(), from.end(),
                         [](const point& a, const point& b) { return a.promise > b.promise; });
        if (from.size() > starts) from.erase(from.begin() + static_cast<std::ptrdiff_t>(starts), from.end());
        for (const std::size_t i : problem.trials().best(starts)) from.push_back(look(problem.trials().archs()[i]));
        neighborhood<Space> around;
        for (point& at : from) {
            around.look_around(problem.space(), at.arch, random);
            for (std::size_t i = 0, level = 0; i < around.size(); ++i) {
                point next = look(around.at(problem.space(), i));
                if (!(next.promise > at.promise) && !(next.promise == at.promise && level++ < plateau)) continue;
                at = std::move(next);
                around.look_around(problem.space(), at.arch, random);
                i = static_cast<std::size_t>(-1);  // from the first again
            }
        }
        std::vector<proposal<arch_type>> found;
        if (best) found.push_back(proposal<arch_type>(std::move(best->arch)));
        return found;
    }
};

struct smac_options {
    std::size_t initial = 10;
    double random = 0.05;
    std::size_t challengers = 100;
    std::size_t starts = 3;
    std::size_t plateau = 10;
    double growth = 0.01;
    reward_transform transform = reward_transform::rank;
    random_forest_options forest = {};

    static constexpr void fields(auto&& visit) {
        using o = smac_options;
        visit(&o::initial, field{"initial", 1, 1e9, "BANANAS; SMAC3: 10 for each decision",
                                 "random trials before the first forest"});
        visit(&o::random, detail::random_share_field("measured; SMAC3: 0.2, or 0.08 with a Gaussian process"));
        climb_from_samples::fields<o>(visit);
        visit(&o::growth, field{"growth", 0, 1, "measured; SMAC3: after eight trials",
                                "share of new trials after which the forest is grown anew; 0: after each"});
        visit(&o::transform, field{"transform", 0, 0, "measured; SMAC3: logarithms of costs",
                                   "what rewards become before they are learned: rank, normal scores of their ranks"});
        visit(&o::forest, field{"forest", 0, 0, "", ""});
    }
};

/// SMAC (Hutter, Hoos and Leyton-Brown 2011; SMAC3, Lindauer et al. 2022): Bayesian optimisation with a random forest.
///
///     ask:   of the first `initial` trials, and with probability `random`: return a random new architecture
///            look at `challengers` random architectures
///            from the `starts` best of them and the `starts` best trials: climb, to the first neighbour with more expected
///                improvement, and over at most `plateau` equal ones
///            return the new one with the most expected improvement of all that it looked at
///            where others are pending, by a forest that was told of them what it predicts, so that a batch differs
///     tell:  grow the forest on all trials
///
/// Rewards are learned by rank, and improvement is compared by its logarithm: where trees agree that nothing is better, they still
/// say what is worse. Together that takes more than half of the regret after 100 trials. What is not completed counts as the
/// worst trial.
/// Predictor, acquisition and optimiser can be exchanged: nas::smac<Space, nas::gaussian_process<Space>,
/// nas::upper_confidence_bound, nas::whole_space>.
/// Regret as a share of random search's after 100 and 300 trials, geometric mean over 16 tables and landscapes: 0.17 and 0.07
/// (local_search: 0.22 and 0.07). A step costs 0.5 ms on the mean of 300, and grows with trials and decisions.
/// The space must be a NeighborSpace, and encodable. One objective. With pending proposals an ask costs a fit.
template <class Space, class Model = random_forest<Space>, class Choice = log_expected_improvement,
          class Optimizer = climb_from_samples>
class smac {
    static_assert(check_neighbor_space<Space>());
    static_assert(check_predictor<Model, Space>());
    static_assert(check_acquisition<Model, Choice, Optimizer, Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = smac_options;

    explicit smac(Space space, smac_options options = {}) : smac(space, options, usual_model(space, options)) {}
    /// With a model that was made for `space`.
    smac(Space space, smac_options options, Model model, Choice choice = {})
        : smac(space, options, std::move(model), std::move(choice), usual_optimizer(options)) {}
    /// `challengers`, `starts` and `plateau` are those of the optimiser.
    smac(Space space, smac_options options, Model model, Choice choice, Optimizer optimizer)
        : space_(std::move(space)),
          options_(options),
          model_(std::move(model)),
          choice_(std::move(choice)),
          optimizer_(std::move(optimizer)) {
        check_options("nas::smac", options_);
        detail::check_optimizer("nas::smac", optimizer_);
    }

    const Space& space() const noexcept { return space_; }
    const smac_options& options() const noexcept { return options_; }
    /// Options of a part that was exchanged.
    static std::vector<std::string_view> unused_options() {
        return detail::unused_options<climb_from_samples, Optimizer>();
    }
    const Model& model() const noexcept { return model_; }
    std::string name() const { return detail::name_with_parts<smac<Space>, smac>(model_, choice_, optimizer_); }
    std::size_t initial_trials() const noexcept { return options_.initial; }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        return detail::choose_or_sample(told_, space_, view, fitted_ > 0, options_.random, random,
                                        [&] { return most_promising(view, random); });
    }

    [[gnu::noinline]] void tell(const trial<arch_type>& told, rng& random) {
        told_.insert(space_, told);
        trials_.add(told);
        const std::size_t grown = fitted_ + static_cast<std::size_t>(options_.growth * static_cast<double>(fitted_));
        if (trials_.completed() < options_.initial || (fitted_ > 0 && trials_.size() <= grown)) return;
        fitted_ = trials_.size();
        ++fits_;
        const std::vector<double> scores = trials_.scores(options_.transform);
        best_ = *std::max_element(scores.begin(), scores.end());
        nas::fit(model_, space_, trials_.archs(), std::span<const double>(scores), random);
    }

  private:
    static Model usual_model(const Space& space, const smac_options& options) {
        if constexpr (std::constructible_from<Model, const Space&, random_forest_options>) {
            return Model(space, options.forest);
        } else {
            return Model(space);
        }
    }
    static Optimizer usual_optimizer(const smac_options& options) {
        if constexpr (std::same_as<Optimizer, climb_from_samples>) {
            return {options.challengers, options.starts, options.plateau};
        } else {
            return Optimizer{};
        }
    }

    // Out of the loops that drivers inline: they compile twice as fast.
    [[gnu::noinline]] std::optional<proposal<arch_type>> most_promising(const ask_view<arch_type>& view,
                                                                        rng& random) const {
        std::optional<Model> believer;
        if (!view.pending.empty())
            believer = detail::kriging_believer<Space>(
                model_, space_, view.pending, trials_.archs(), trials_.scores(options_.transform),
                [&](Model& model, std::span<const arch_type> archs, std::span<const double> scores) {
                    nas::fit(model, space_, archs, scores, random);
                });
        const detail::promises<Space, Model, Choice> score(space_, believer ? *believer : model_, choice_, best_,
                                                           random);
        const acquisition_problem<Space> problem(space_, trials_, told_, view, 1, fits_, std::cref(score));
        for (proposal<arch_type>& next : optimizer_(problem, random))
            if (problem.is_new(next.arch)) return propose(std::move(next.arch), next.parent);
        return std::nullopt;
    }

    Space space_;
    smac_options options_;
    Model model_;
    Choice choice_;
    Optimizer optimizer_;
    learned_trials<arch_type> trials_;
    std::size_t fitted_ = 0;  // trials that the model knows
    std::size_t fits_ = 0;
    double best_ = 0;  // of their scores
    told_networks<Space> told_;
};

}  // namespace nas

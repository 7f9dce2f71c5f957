// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/class_name.hpp>
#include <nas/core/options.hpp>
#include <nas/networks/scratch.hpp>
#include <nas/operators/told_networks.hpp>
#include <nas/predictors/predictor.hpp>
#include <nas/searchers/acquisition_optimizer.hpp>
#include <nas/searchers/gp_search/acquisition_cycle.hpp>
#include <nas/searchers/gp_search/everything_or_candidates.hpp>
#include <nas/searchers/gp_search/predictor_surrogate.hpp>
#include <nas/searchers/gp_search/process_surrogate.hpp>
#include <nas/searchers/gp_search/process_surrogate_options.hpp>
#include <nas/searchers/gp_search/step_looks.hpp>
#include <nas/searchers/gp_search/surrogate.hpp>

namespace nas {

struct gp_search_options {
    std::size_t initial = 10;
    std::size_t enumerated = 262'144;
    std::size_t candidates = 500;
    std::size_t climbs = 20;
    std::size_t iterations = 8;
    std::size_t fitted = 128;
    double fit_growth = 0.2;
    std::size_t observations = 1000;

    static constexpr void fields(auto&& visit) {
        using o = gp_search_options;
        process_surrogate_options::size_fields<o>(visit);
        everything_or_candidates::fields<o>(visit);
        process_surrogate_options::fit_fields<o>(visit);
    }
};

/// Bayesian optimisation (Mockus 1975; Jones, Schonlau and Welch 1998) with a Gaussian process over decisions.
///
///     ask:   of the first `initial` trials, and while fewer than two completed: return a random new network
///            values of the trials as the model sees them: by their ranks, or the best part as it is (see tail_scores)
///            posterior means and variances of all networks of the space, or of candidates, given these and what is pending
///            return the new network with the largest acquisition; by turns that is
///                expected improvement on the best, values by ranks
///                expected improvement on what is expected of the best, by ranks
///                expected improvement on the best, the best part as it is, among the neighbours of the best three
///                expected improvement on what is expected of the best, the best part as it is
///                a draw from the posterior of each network (independent Thompson sampling), by ranks
///     tell:  the model's factor grows by a row; at `fit_growth` more trials than at the last fit: fit hyper-parameters anew
///
/// The covariance is an analysis of variance of second order over the decisions (detail::anova_kernel): what each adds, what
/// each two add together, and where several decisions have the same list of options, how often each option is chosen, wherever.
/// Numeric decisions, and those whose labels are numbers in order, are taken as ordered. Features that a space encodes itself are not read.
/// Candidates, where a space has more than `enumerated` networks or cannot be counted, are `candidates` random ones and the
/// neighbours of the best five, and then up to `climbs` steps from the best of these to the best of its neighbours.
/// Where forty trials or more share the best value, they share a score that is far below that of a better value: then expected
/// improvement is on the best by so much more, and the search leaves what is equally good everywhere.
/// A trial that failed, or is pending, has no value: the model takes it for what it expected, so that it goes elsewhere. A second
/// model learns which networks complete; expected improvements are multiplied by that chance.
///
/// On NAS-Bench-201 (200 epochs) it takes 40, 31 and 69 evaluations on average to the best cell of CIFAR-10, CIFAR-100 and
/// ImageNet16-120 (500 searches each; local search with restarts 71, 61 and 709), and 94, 100 and 90 % of the searches are there
/// within 100. Regret as a share of random search's, after 100 and 300 trials (means of 40 searches; those of local_search):
///
///     NAS-Bench-201, in16_val200_pct   0.01 0.00   0.20 0.09      NK 10x4, K = 2       0.39 0.31   0.44 0.32
///     HPOBench, credit_g               0.43 0.46   0.69 0.62      NK 12x3, K = 4       0.58 0.48   0.59 0.53
///
/// It proposes no network twice. Where evaluations are noisy it finds the best networks all the same, but the best trial is then the
/// luckiest of many good ones: take nas::reevaluated around it, and nas::recommend. On single trainings of ImageNet16-120 that has
/// 0.14 of regret after 300 trials (100 searches), without repeats 0.38, and local search 0.20 and 0.34.
///
/// A step costs O(n^2), and not n but a few operations for each network of the space, as the posterior mean and each row of what is
/// subtracted from the variances are tables of pairs of decisions (detail::anova_sum).
/// The space must be a DecisionSpace for the default surrogate, and a NeighborSpace for the default optimiser. One objective.
///
/// Surrogate, acquisition and optimiser are policies, with defaults as above:
///
///     nas::gp_search<Space, nas::random_forest<Space>, nas::upper_confidence_bound, nas::random_candidates>
///
/// - a nas::Surrogate, or any nas::Predictor, also as an object: nas::gp_search{space, {}, nas::random_forest{space}}. A predictor is
///   fitted to the ranks of the rewards after each trial, does not have all architectures at hand, and takes what failed for
///   the worst trial (predictor_surrogate): of the options only `initial`, and those of candidates, are its;
/// - a nas::Acquisition, or a nas::acquisition_cycle of steps of one's own;
/// - a nas::AcquisitionOptimizer. Those of nas/searchers/acquisition_optimizer.hpp and of other searchers do not ask a step whether it
///   is for the neighbours of the best.
template <class Space, class Model = process_surrogate<Space>, class Choice = acquisition_cycle,
          class Optimizer = everything_or_candidates>
class gp_search {
    static_assert(detail::check_gp_search<Space, Model, Choice, Optimizer>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = gp_search_options;
    using surrogate_type = detail::surrogate_of<Space, Model>;
    static_assert(Surrogate<surrogate_type, Space>,
                  "nas: the model of nas::gp_search is a nas::Predictor or a nas::Surrogate");

    explicit gp_search(Space space, gp_search_options options = {})
        : gp_search(space, options, usual_surrogate(space, options)) {}
    /// With a surrogate, or a predictor, that was made for `space`.
    gp_search(Space space, gp_search_options options, surrogate_type surrogate, Choice choice = {})
        : gp_search(std::move(space), options, std::move(surrogate), std::move(choice), usual_optimizer(options)) {}
    gp_search(Space space, gp_search_options options, surrogate_type surrogate, Choice choice, Optimizer optimizer)
        : space_(std::move(space)),
          options_(checked(options)),
          surrogate_(std::move(surrogate)),
          choice_(std::move(choice)),
          optimizer_(std::move(optimizer)) {
        detail::check_optimizer("nas::gp_search", optimizer_);
        if constexpr (requires { choice_.steps; })
            if (choice_.steps.empty())
                throw std::invalid_argument(
                    "nas::gp_search: the cycle of acquisitions has no steps; give it one at least");
        if constexpr (PooledSurrogate<surrogate_type, Space>) taken_.resize(surrogate_.enumerated_size());
    }

    const Space& space() const noexcept { return space_; }
    const gp_search_options& options() const noexcept { return options_; }
    /// Options of a part that was exchanged.
    static std::vector<std::string_view> unused_options() {
        std::vector<std::string_view> names = detail::unused_options<everything_or_candidates, Optimizer>();
        if constexpr (!std::is_same_v<Model, process_surrogate<Space>>)
            names.insert(names.end(), {"enumerated", "iterations", "fitted", "fit_growth", "observations"});
        return names;
    }
    const surrogate_type& surrogate() const noexcept { return surrogate_; }
    std::string name() const {
        return detail::name_with_parts<gp_search<Space>, gp_search>(surrogate_, choice_, optimizer_);
    }
    std::size_t initial_trials() const noexcept { return options_.initial; }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        if (surrogate_.trials().completed() >= 2 &&
            surrogate_.trials().told() + view.pending.size() >= options_.initial) {
            std::optional<proposal<arch_type>> best;
            work_.lend([&](work& room) { best = choose(view, random, room); });
            if (best) return best;
        }
        return told_.sample_new(space_, view, random);
    }

    void tell(const trial<arch_type>& told, rng& random) {
        told_.insert(space_, told);
        if (told.fidelity != full_fidelity) return;
        surrogate_.learn(space_, told, random);
        if constexpr (EnumerableSpace<Space>)
            if (!taken_.empty()) taken_[space_.index(told.arch)] = 1;
    }

  private:
    static constexpr bool is_usual_optimizer = std::is_same_v<Optimizer, everything_or_candidates>;

    struct work {
        typename surrogate_type::beliefs beliefs;
        std::vector<belief> worth;
        std::vector<std::uint8_t> taken;
    };

    static gp_search_options checked(const gp_search_options& options) {
        check_options("nas::gp_search", options);
        return options;
    }

    static surrogate_type usual_surrogate(const Space& space, const gp_search_options& options) {
        checked(options);
        if constexpr (Predictor<Model, Space>) {
            return surrogate_type(Model(space));
        } else if constexpr (std::is_same_v<Model, process_surrogate<Space>>) {
            return Model(space, {options.initial, options.iterations, options.fitted, options.fit_growth,
                                 options.observations, options.enumerated});
        } else {
            return Model(space);
        }
    }
    static Optimizer usual_optimizer(const gp_search_options& options) {
        if constexpr (is_usual_optimizer) {
            return {options.candidates, options.climbs};
        } else {
            return {};
        }
    }

    [[gnu::noinline]] std::optional<proposal<arch_type>> choose(const ask_view<arch_type>& view, rng& random,
                                                                work& room) const {
        const acquisition_step step = detail::step_of(choice_, view.asked);
        surrogate_.believe(step, space_, view.pending, room.beliefs);
        if constexpr (is_usual_optimizer) {
            static_assert(check_neighbor_space<Space>());
            room.taken = taken_;
            if constexpr (EnumerableSpace<Space>)
                if (!taken_.empty())
                    for (const proposal<arch_type>& other : view.pending) room.taken[space_.index(other.arch)] = 1;
            detail::step_looks looks(space_, surrogate_, room.beliefs, choice_, step, told_, view, room.taken);
            optimizer_.maximize(looks, random);
            if (auto best = looks.found()) return propose(std::move(*best));
        } else {
            const auto score = [&](std::span<const arch_type> archs, std::span<double> out, rng& draws) {
                room.worth.resize(archs.size());
                room.beliefs.of(space_, archs, room.worth);
                for (std::size_t i = 0; i < archs.size(); ++i)
                    out[i] = detail::promise_of(choice_, step, room.worth[i], room.beliefs.best(), draws);
            };
            const acquisition_problem<Space> problem(space_, surrogate_.trials(), told_, view, 1, view.asked, score);
            for (proposal<arch_type>& next : optimizer_(problem, random))
                if (problem.is_new(next.arch)) return propose(std::move(next.arch), next.parent);
        }
        return std::nullopt;
    }

    Space space_;
    gp_search_options options_;
    surrogate_type surrogate_;
    Choice choice_;
    Optimizer optimizer_;
    std::vector<std::uint8_t> taken_;  // of each network where all are at hand: whether it was told
    told_networks<Space> told_;
    scratch<work> work_;
};

template <class Space, class Model>
gp_search(Space, gp_search_options, Model) -> gp_search<Space, Model>;
template <class Space, class Model, class Choice>
gp_search(Space, gp_search_options, Model, Choice) -> gp_search<Space, Model, Choice>;
template <class Space, class Model, class Choice, class Optimizer>
gp_search(Space, gp_search_options, Model, Choice, Optimizer) -> gp_search<Space, Model, Choice, Optimizer>;

}  // namespace nas

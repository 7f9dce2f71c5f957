// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/options.hpp>
#include <nas/networks/scratch.hpp>
#include <nas/operators/neighbors.hpp>
#include <nas/operators/told_networks.hpp>
#include <nas/searchers/gp_search/acquisition_step.hpp>
#include <nas/searchers/gp_search/promise.hpp>
#include <nas/searchers/gp_search/trial_model.hpp>

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
        visit(&o::initial, field{"initial", 2, 1e6, "measured: 5 to 10 are alike",
                                 "random architectures before the model is asked"});
        visit(&o::enumerated,
              field{"enumerated", 0, 1e8, "10 ms a step",
                    "how many architectures a space may have for all of them to be compared at each step"});
        visit(&o::candidates, field{"candidates", 1, 1e6, "measured, with those around the best five",
                                    "random architectures to compare in larger spaces"});
        visit(&o::climbs,
              field{"climbs", 0, 1e4, "measured", "steps from the best of these to a better neighbour, at most"});
        visit(&o::iterations, field{"iterations", 1, 1e4, "measured; twice as many at the first",
                                    "steps of a fit of the hyper-parameters"});
        visit(&o::fitted, field{"fitted", 2, 4096, "1 ms of time a trial", "trials to fit these to, at most"});
        visit(&o::fit_growth, field{"fit_growth", 0, 100, "measured: more and fewer fits are alike",
                                    "by which share the trials grow from fit to fit, but by four at least"});
        visit(&o::observations, field{"observations", 16, 1e5, "10 ms a step",
                                      "trials that the model remembers, at most; then it forgets half of them"});
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
/// A step costs O(n^2), and not n but a few operations for each network of the space, as the posterior mean and each row of what is
/// subtracted from the variances are tables of pairs of decisions (detail::anova_sum).
/// The space must be a DecisionSpace. One objective.
template <class Space>
class gp_search {
    static_assert(check_decision_space<Space>());
    static_assert(check_neighbor_space<Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = gp_search_options;

    explicit gp_search(Space space, gp_search_options options = {})
        : space_(std::move(space)),
          options_(checked(options)),
          model_(space_, {options.initial, options.iterations, options.fitted, options.fit_growth, options.observations,
                          options.enumerated}),
          taken_(model_.process().enumerated_size()) {}

    const Space& space() const noexcept { return space_; }
    const gp_search_options& options() const noexcept { return options_; }
    std::size_t initial_trials() const noexcept { return options_.initial; }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        if (model_.completed() >= 2 && model_.size() + view.pending.size() >= options_.initial) {
            std::optional<arch_type> best;
            work_.lend([&](work& room) { best = choose(view, random, room); });
            if (best) return propose(std::move(*best));
        }
        return told_.sample_new(space_, view, random);
    }

    void tell(const trial<arch_type>& told, rng&) {
        told_.insert(space_, told);
        if (told.fidelity != full_fidelity) return;
        model_.learn(space_, told);
        if constexpr (EnumerableSpace<Space>)
            if (!taken_.empty()) taken_[space_.index(told.arch)] = 1;
    }

  private:
    using model_type = detail::trial_model<Space>;

    struct work {
        typename model_type::rows_type rows;
        std::vector<float> means;
        std::vector<float> chances;  // to complete, less their mean
        std::vector<double> solved;
        std::vector<std::uint8_t> taken;
        std::vector<arch_type> around;
    };

    static gp_search_options checked(const gp_search_options& options) {
        check_options("nas::gp_search", options);
        return options;
    }

    [[gnu::noinline]] std::optional<arch_type> choose(const ask_view<arch_type>& view, rng& random, work& room) const {
        const detail::acquisition_step& step = detail::acquisition_cycle[view.asked % detail::acquisition_cycle.size()];
        const auto beliefs = model_.at(step, space_, view.pending, room.rows);
        if constexpr (EnumerableSpace<Space>)
            if (!taken_.empty()) return choose_of_all(step, beliefs, view, random, room);
        return choose_of_some(step, beliefs, view, random, room);
    }

    void look_around(std::size_t best, rng& random, std::vector<arch_type>& around) const {
        around.clear();
        for (const arch_type& arch : model_.best(best)) add_neighbors(arch, random, around);
    }

    /// Of each no more than `candidates`, at random.
    void add_neighbors(const arch_type& arch, rng& random, std::vector<arch_type>& around) const {
        const std::size_t before = around.size();
        neighbors(space_, arch, random, around);
        const std::span<arch_type> added = std::span(around).subspan(before);
        if (added.size() <= options_.candidates) return;
        sample_to_front(added, options_.candidates, random);
        around.resize(before + options_.candidates);
    }

    std::optional<arch_type> choose_of_all(const detail::acquisition_step& step,
                                           const typename model_type::beliefs& beliefs, const ask_view<arch_type>& view,
                                           rng& random, work& room) const {
        model_.process().means(beliefs.worth, room.means);
        room.chances.assign(beliefs.chance ? 0 : room.means.size(), 0);
        if (beliefs.chance) model_.completion()->means(*beliefs.chance, room.chances);
        room.taken = taken_;
        for (const proposal<arch_type>& other : view.pending) room.taken[space_.index(other.arch)] = 1;
        const std::vector<float>& variances = beliefs.rows->variances;
        const detail::promise promise(step.thompson, beliefs.best, beliefs.worth.signal,
                                      *std::max_element(variances.begin(), variances.end()), beliefs.share);
        double most = -std::numeric_limits<double>::infinity();
        std::size_t best = 0;
        std::uint64_t equal = 0;  // so many are as promising
        const auto look = [&](std::size_t i) {
            const double mean = room.means[i];
            if (room.taken[i] != 0 || promise.is_below(most, mean, variances[i])) return;
            const double value = promise(mean, variances[i], room.chances[i], random);
            if (value < most) return;
            if constexpr (KeyedSpace<Space>)
                if (!told_.is_new(space_, view, space_.at(i))) return;
            equal = value > most ? 1 : equal + 1;
            most = value;
            if (equal == 1 || below(random, equal) == 0) best = i;
        };
        if (step.around_best) {
            look_around(step_neighborhoods, random, room.around);
            for (const arch_type& arch : room.around) look(space_.index(arch));
        }
        if (equal == 0)
            for (std::size_t i = 0; i < room.means.size(); ++i) look(i);
        if (equal == 0) return std::nullopt;
        return space_.at(best);
    }

    std::optional<arch_type> choose_of_some(const detail::acquisition_step& step,
                                            const typename model_type::beliefs& beliefs,
                                            const ask_view<arch_type>& view, rng& random, work& room) const {
        const detail::promise promise(step.thompson, beliefs.best, beliefs.worth.signal, 1, beliefs.share);
        std::optional<arch_type> best;
        double most = -std::numeric_limits<double>::infinity();
        const auto look = [&](const arch_type& arch) {
            if (!told_.is_new(space_, view, arch)) return;
            const auto worth = model_.process().predict(space_, arch, beliefs.worth, *beliefs.rows, room.solved);
            double chance = 0;
            if (beliefs.chance) {
                const auto& completion = *model_.completion();
                chance = completion.predict(space_, arch, *beliefs.chance, completion.known(), room.solved).mean;
            }
            const double value = promise(worth.mean, worth.variance, chance, random);
            if (best && !(value > most)) return;
            most = value;
            best = arch;
        };
        look_around(step.around_best ? step_neighborhoods : start_neighborhoods, random, room.around);
        for (const arch_type& arch : room.around) look(arch);
        if (step.around_best && best) return best;
        for (std::size_t k = 0; k < options_.candidates; ++k) look(space_.sample(random));
        for (std::size_t climb = 0; climb < options_.climbs && best; ++climb) {
            const double before = most;
            room.around.clear();
            add_neighbors(*best, random, room.around);
            for (const arch_type& arch : room.around) look(arch);
            if (!(most > before)) break;
        }
        return best;
    }

    static constexpr std::size_t step_neighborhoods = 3;
    static constexpr std::size_t start_neighborhoods = 5;

    Space space_;
    gp_search_options options_;
    model_type model_;
    std::vector<std::uint8_t> taken_;  // of each network where all are compared: whether it was told
    told_networks<Space> told_;
    scratch<work> work_;
};

}  // namespace nas

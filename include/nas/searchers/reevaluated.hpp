// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/class_name.hpp>
#include <nas/core/options.hpp>
#include <nas/operators/identity.hpp>

namespace nas {

struct reevaluated_options {
    double share = 0.15;
    std::size_t start = 20;
    std::size_t equal = 3;

    static constexpr void fields(auto&& visit) {
        using o = reevaluated_options;
        visit(&o::share, field{"share", 0, 0.9, "measured: 0.15 to 0.25 differ little",
                               "part of the trials that evaluate a network again"});
        visit(&o::start, field{"start", 1, 1e9, "measured", "trials before the first of them"});
        visit(&o::equal, field{"equal", 1, 1e9, "equal draws of three rows have a chance of 1/27",
                               "of them that show no difference, until the evaluator counts as exact"});
    }
};

/// A searcher around another that now and then evaluates the leading network again, where evaluations are noisy: the best
/// trial is then the luckiest one, and nas::recommend can tell luck from worth only where there are repeats.
///
///     ask:   where less than `share` of its own trials were repeats, unless the evaluator counts as exact:
///                return the network with the best mean of its own trials that is not pending
///            return searcher.ask
///     tell:  a repeat:  mean = that of all trials of its network; searcher.tell(the trial, with the mean as its value)
///            another:   searcher.tell
///
/// A leader that was lucky falls behind, and the next one is tried: as in racing, repeats go where the best is in doubt. Whether
/// there is noise it finds out itself: once `equal` repeats have shown no difference, and none has, it repeats no more.
/// A repeat has the network's first trial as its parent, which tells it from what the searcher proposes itself.
///
///     nas::search search{nas::reevaluated{nas::local_search{space}}, evaluator, {.seed = 1}};
///     search.run({.trials = 300});
///     const auto found = nas::recommend(search);
///
/// It wins where trials are many and noise decides: at 300 trials regret is 0.2 to 0.8 of the best trial's without it on 15 of
/// 15 pairs of searcher and table (AMBER lambda 1, wine accuracy_32, NAS-Bench-201 in16, five searchers). At 100 trials it
/// gains less. Where noise is small beside the differences that are left (c10), local search and evolution lose by it.
///
/// Networks are told apart by the space's key where it has one, else by the architecture; only trials at full fidelity count.
/// A step costs the searcher's and, in a repeat, one pass over the networks. Space is the searcher's. One objective.
template <class Searcher>
class reevaluated {
    static_assert(
        requires { typename Searcher::space_type; },
        "nas: nas::reevaluated wraps a searcher: its argument has no space_type");

  public:
    using space_type = typename Searcher::space_type;
    using arch_type = arch_t<space_type>;
    using options_type = reevaluated_options;

    explicit reevaluated(Searcher searcher, reevaluated_options options = {})
        : searcher_(std::move(searcher)), options_(options) {
        check_options("nas::reevaluated", options_);
        if (detail::searcher_name(searcher_).find("reevaluated") != std::string::npos)
            throw std::invalid_argument(
                "nas::reevaluated: it is around another reevaluated; one of them says how many repeats there are");
    }

    const space_type& space() const noexcept { return searcher_.space(); }
    const reevaluated_options& options() const noexcept { return options_; }
    const Searcher& searcher() const noexcept { return searcher_; }
    /// Repeats that were told.
    std::size_t repeats() const noexcept { return repeats_; }
    /// Whether the evaluator counts as exact.
    bool exact() const noexcept { return !differ_ && compared_ >= options_.equal; }

    void begin(rng& random) {
        if constexpr (BeginningSearcher<Searcher>) searcher_.begin(random);
    }

    std::optional<proposal<arch_type>> ask(ask_view<arch_type> view, rng& random) const {
        std::size_t repeats = repeats_;
        for (const proposal<arch_type>& other : view.pending) repeats += is_repeat(other) ? 1U : 0U;
        const auto trials = static_cast<double>(own_ + view.pending.size());
        // What was turned down, as by nas::deduplicated, is not proposed again.
        if (view.attempt == 0 && told_ >= options_.start && !exact() &&
            static_cast<double>(repeats) < options_.share * trials)
            if (const results* leader = leading(view)) return propose(leader->arch, leader->first);
        view.asked -= repeats;  // the searcher's own
        return searcher_.ask(view, random);
    }

    void tell(const trial<arch_type>& told, rng& random) {
        ++told_;
        if (told.origin == trial_origin::asked) ++own_;
        if (told.fidelity != full_fidelity) return searcher_.tell(told, random);
        const bool repeat = is_repeat(told);
        results& mine = results_of(told);
        if (!told.completed()) ++mine.failures;
        if (told.completed()) add(mine, told.value());
        if (!repeat) return searcher_.tell(told, random);
        ++repeats_;
        trial<arch_type> average = told;
        if (told.completed()) average.result.values[0] = mine.mean;
        searcher_.tell(average, random);
    }

    std::size_t initial_trials() const { return nas::initial_trials(searcher_); }

    /// As the searcher's: what it would propose.
    arch_type sample_policy(rng& random) const requires requires(const Searcher& searcher) {
        searcher.sample_policy(random);
    }
    { return searcher_.sample_policy(random); }
    /// Where only a running program knows whether there is one.
    bool has_policy() const noexcept requires requires(const Searcher& searcher) { searcher.has_policy(); }
    { return searcher_.has_policy(); }

  private:
    static constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);

    struct results {
        arch_type arch;
        trial_id first;
        std::size_t trials = 0;    // completed ones
        double mean = 0;           // of these
        std::size_t failures = 0;  // where these are more, it is left alone
    };

    bool is_repeat(const proposal<arch_type>& one) const {
        if (one.parent >= network_of_trial_.size() || network_of_trial_[one.parent] == none) return false;
        const arch_type& parent = networks_[network_of_trial_[one.parent]].arch;
        return one.fidelity == full_fidelity && network_of(space(), parent) == network_of(space(), one.arch);
    }

    results& results_of(const trial<arch_type>& told) {
        auto network = network_of(space(), told.arch);
        std::size_t number = seen_.find(network);
        if (number == seen_.npos) {
            number = seen_.size();
            seen_.insert(std::move(network));
            networks_.push_back({told.arch, told.id});
        }
        if (network_of_trial_.size() <= told.id) network_of_trial_.resize(told.id + std::size_t{1}, none);
        network_of_trial_[told.id] = static_cast<std::uint32_t>(number);
        return networks_[number];
    }

    void add(results& mine, double value) {
        if (mine.trials > 0) {
            ++compared_;
            differ_ = differ_ || value != mine.mean;
        }
        ++mine.trials;
        mine.mean += (value - mine.mean) / static_cast<double>(mine.trials);
    }

    const results* leading(const ask_view<arch_type>& view) const {
        const results* best = nullptr;
        for (const results& one : networks_) {
            if (one.trials == 0 || one.failures > one.trials || (best != nullptr && one.mean <= best->mean)) continue;
            bool pending = false;
            for (const proposal<arch_type>& other : view.pending)
                pending = pending || network_of(space(), other.arch) == network_of(space(), one.arch);
            if (!pending) best = &one;
        }
        return best;
    }

    Searcher searcher_;
    reevaluated_options options_;
    identity_set<network_t<space_type>> seen_;
    std::vector<results> networks_;                // in the order of `seen_`
    std::vector<std::uint32_t> network_of_trial_;  // by id
    std::size_t told_ = 0;
    std::size_t own_ = 0;  // without what was enqueued and imported
    std::size_t repeats_ = 0;
    std::size_t compared_ = 0;  // trials of networks that had one already, the searcher's own too
    bool differ_ = false;       // whether one of these showed another value
};

}  // namespace nas

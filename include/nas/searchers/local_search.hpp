// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/options.hpp>
#include <nas/operators/identity.hpp>
#include <nas/operators/neighbors.hpp>
#include <nas/operators/told_networks.hpp>

namespace nas {

/// When local search moves.
enum class improvement_rule : std::uint8_t {
    steepest,  ///< to the best neighbour, after all of them were evaluated
    first,     ///< to the first neighbour that is better
};
constexpr std::array<std::string_view, 2> enum_names(improvement_rule) noexcept { return {"steepest", "first"}; }

struct local_search_options {
    improvement_rule improvement = improvement_rule::first;
    std::size_t initial = 10;
    std::size_t continuations = 1;
    bool accept_equal = true;
    bool restarts = true;
    std::size_t retries = 500;

    /// As in the paper, with which its figures are compared.
    static constexpr local_search_options white_2020() {
        return {.improvement = improvement_rule::steepest, .initial = 1, .continuations = 0, .accept_equal = false};
    }

    static constexpr void fields(auto&& visit) {
        visit(&local_search_options::improvement,
              field{"improvement", 0, 1, "measured: first, on every table",
                    "whether it moves to the best or to the first better neighbour"});
        visit(&local_search_options::initial,
              field{"initial", 1, 1e9, "naszilla and NASLib: 10",
                    "random architectures, of which the best is where each descent starts"});
        visit(&local_search_options::continuations,
              field{"continuations", 0, 1e6, "measured: 1 to 5 are alike at 100 trials, 1 is best at 300",
                    "local optima in a row, none better than the best, from which it goes on at the next best trial"});
        visit(&local_search_options::accept_equal, field{"accept_equal", 0, 1, "measured: with, to cross plateaus",
                                                         "whether it moves to an equally good neighbour too"});
        visit(&local_search_options::restarts,
              field{"restarts", 0, 1, "White et al. 2020", "whether it starts again when it is stuck, or ends there"});
        visit(&local_search_options::retries,
              field{"retries", 1, 1e6, "NNI 3", "draws of a random architecture until it is a new one"});
    }
    static constexpr void presets(auto&& visit) {
        visit(preset{"white_2020", "White et al. 2020: all neighbours, then a restart"}, white_2020());
    }
};

/// Local search (White, Nolen and Savani 2020, arXiv 2005.02960).
///
///     ask:   while it samples, or where all neighbours are under way: return a random new architecture
///            return the next new neighbour of the incumbent, in random order
///     tell:  of `initial` samples: incumbent = the best
///            first:     if better than the incumbent, or equal: incumbent = the trial
///            steepest:  when all neighbours are told: incumbent = the best that it has not moved to, if better or equal
///            when all neighbours are told and none is better, at a local optimum:
///                up to `continuations` times in a row, until an optimum is the best so far:
///                    incumbent = the best that it has not moved to
///                then forget all that it could move to and sample again (restart), or end
///
/// Neighbours are those of nas::neighbors: one for each other value of each active decision, with one draw of what that value
/// activates. It never proposes a network that it was told or that is pending. Enqueued and imported trials, and those told
/// late, count like samples and neighbours: one that is better than the incumbent is moved to. What
/// the incumbent is worth is what its last trial says: see nas::reevaluated. On NAS-Bench-201 (CIFAR-100, 200 epochs) the
/// optimum takes 123 evaluations on average with the preset `white_2020` (published: 127).
///
/// Regret as a share of random search's, after 100 and 300 trials (means of 200 to 300 searches; the preset; the defaults):
///
///     NAS-Bench-201, c100_val200_pct   0.44 0.01   0.09 0.00      NK 13x3, K = 1   0.69 0.37   0.33 0.13
///     NAS-Bench-201, in16_val200_pct   0.59 0.25   0.22 0.10      HPOBench, credit_g   0.89 0.62   0.65 0.47
///
/// With regularized_evolution the best of those that learn no model at 50 to 300 trials. A step costs a quarter of a microsecond with six decisions.
/// The space must be a NeighborSpace. One objective. Memory grows by the identities of what was told, and by doubling.
template <class Space>
class local_search {
    static_assert(check_neighbor_space<Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = local_search_options;

    explicit local_search(Space space, local_search_options options = {})
        : space_(std::move(space)), options_(options) {
        check_options("nas::local_search", options_);
    }

    const Space& space() const noexcept { return space_; }
    const local_search_options& options() const noexcept { return options_; }

    std::size_t initial_trials() const noexcept { return options_.initial; }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        if (phase_ == phase::ended) return std::nullopt;
        if (phase_ == phase::descending) {
            // The next one is new; those behind it may have been told, out of order or long ago.
            if (cursor_ < neighbors_.size() && (view.pending.empty() || told_.is_new(space_, view, next_)))
                return propose(next_, incumbent_.id);
            for (std::size_t i = cursor_ + 1; i < neighbors_.size(); ++i) {
                arch_type later = neighbors_.at(space_, i);
                if (told_.is_new(space_, view, later)) return propose(std::move(later), incumbent_.id);
            }
        }
        return told_.sample_new(space_, view, random, options_.retries);
    }

    void tell(const trial<arch_type>& told, rng& random) {
        const bool repeated = !told_.insert(space_, told);
        // Where it has been before, no repeat leads it away from the descent that it is in.
        const bool known = repeated && moved_to_.contains(network_of(space_, told.arch));
        if (phase_ == phase::ended) return;
        const bool first = options_.improvement == improvement_rule::first && phase_ == phase::descending;
        if (told.completed()) {
            if (repeated && phase_ == phase::descending && told.arch == incumbent_.arch) {
                incumbent_.value = told.value();  // a repeat knows better, as that of nas::reevaluated
            } else if (first && !known && is_step(told.value())) {
                move({told.arch, told.value(), told.id}, random);
            } else if (!known) {
                remember(told, repeated);
                if (phase_ == phase::sampling && ++samples_ >= options_.initial) move(take_best(), random);
            }
        }
        while (phase_ == phase::descending && !find_new_neighbor()) {
            if (!candidates_.empty() && (is_step(candidates_.front().value) || goes_on())) {
                move(take_best(), random);
            } else {
                phase_ = options_.restarts ? phase::sampling : phase::ended;
                candidates_.clear();
                samples_ = 0;
                summit_ = -std::numeric_limits<double>::infinity();
            }
        }
    }

  private:
    enum class phase : std::uint8_t { sampling, descending, ended };
    struct point {
        arch_type arch{};
        double value = 0;
        trial_id id = no_trial;
    };

    bool is_step(double value) const {
        return value > incumbent_.value || (options_.accept_equal && value == incumbent_.value);
    }

    /// Keeps the best that it may move to, and no more of them than it may go on from. The first told of equals comes first.
    void remember(const trial<arch_type>& told, bool repeated) {
        const std::size_t most = std::max<std::size_t>(options_.continuations, 1);
        if (repeated) std::erase_if(candidates_, [&](const point& other) { return other.arch == told.arch; });
        if (candidates_.size() == most) {
            if (told.value() <= candidates_.back().value) return;
            candidates_.pop_back();
        }
        auto place = candidates_.end();
        while (place != candidates_.begin() && (place - 1)->value < told.value()) --place;
        candidates_.insert(place, point{told.arch, told.value(), told.id});
    }

    point take_best() {
        point best = std::move(candidates_.front());
        candidates_.erase(candidates_.begin());
        return best;
    }

    // Rare, and best kept out of the loops that drivers inline: they compile twice as fast.
    [[gnu::noinline]] void move(point to, rng& random) {
        phase_ = phase::descending;
        incumbent_ = std::move(to);
        moved_to_.insert(network_of(space_, incumbent_.arch));
        neighbors_.look_around(space_, incumbent_.arch, random);
        look_at(0);
    }

    void look_at(std::size_t neighbor) {
        cursor_ = neighbor;
        if (cursor_ < neighbors_.size()) next_ = neighbors_.at(space_, cursor_);
    }

    /// Moves the cursor to the first neighbour that was not told; false where there is none.
    bool find_new_neighbor() {
        while (cursor_ < neighbors_.size() && told_.was_told(space_, next_)) look_at(cursor_ + 1);
        return cursor_ < neighbors_.size();
    }

    /// At a local optimum: whether it may go on at a worse trial.
    bool goes_on() {
        if (incumbent_.value > summit_) {
            summit_ = incumbent_.value;
            continued_ = 0;
        }
        return continued_++ < options_.continuations;
    }

    Space space_;
    local_search_options options_;
    phase phase_ = phase::sampling;
    point incumbent_;
    std::vector<point> candidates_;  // told since the last restart and not moved to, the best of them, best first
    std::size_t samples_ = 0;
    std::size_t continued_ = 0;                                 // since the summit
    double summit_ = -std::numeric_limits<double>::infinity();  // of the local optima since the last restart
    neighborhood<Space> neighbors_;                             // of the incumbent; those before the cursor are told
    std::size_t cursor_ = 0;                                    // the first new one
    arch_type next_{};                                          // at the cursor, where there is one
    told_networks<Space> told_;
    identity_set<network_t<Space>> moved_to_;
};

}  // namespace nas

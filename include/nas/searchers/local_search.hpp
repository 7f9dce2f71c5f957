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
#include <nas/operators/enumerate.hpp>
#include <nas/operators/identity.hpp>
#include <nas/operators/neighbors.hpp>

namespace nas {

/// When local search moves.
enum class improvement_rule : std::uint8_t {
    steepest,  ///< to the best neighbour, after all of them were evaluated
    first,     ///< to the first neighbour that is better
};
constexpr std::array<std::string_view, 2> enum_names(improvement_rule) noexcept { return {"steepest", "first"}; }

struct local_search_options {
    improvement_rule improvement = improvement_rule::steepest;
    std::size_t initial = 1;
    bool restarts = true;
    std::size_t retries = 500;

    static constexpr void fields(auto&& visit) {
        visit(&local_search_options::improvement,
              field{"improvement", 0, 1, "White et al. 2020: all neighbours",
                    "whether it moves to the best or to the first better neighbour"});
        visit(&local_search_options::initial,
              field{"initial", 1, 1e9, "White et al. 2020: 1 (naszilla and NASLib: 10)",
                    "random architectures, of which the best is where each descent starts"});
        visit(&local_search_options::restarts, field{"restarts", 0, 1, "White et al. 2020",
                                                     "whether it starts again at a local optimum, or ends there"});
        visit(&local_search_options::retries,
              field{"retries", 1, 1e6, "NNI 3", "draws of a random architecture until it is a new one"});
    }
};

/// Local search (White, Nolen and Savani 2020, arXiv 2005.02960).
///
///     ask:   while it samples, or where all neighbours are under way: return a random unseen architecture
///            return the next unseen neighbour of the incumbent, in random order
///     tell:  of `initial` samples: incumbent = the best
///            first:     if better than the incumbent: incumbent = the trial
///            steepest:  when all neighbours are told: incumbent = the best since the last move, if better
///            when all neighbours are told and none is better: sample again (restart), or end
///
/// Neighbours are those of nas::neighbors: one for each other value of each active decision, with one draw of what that value
/// activates. It never proposes what it was told or what is pending. Enqueued and imported trials, and those told late, count like
/// samples and neighbours: one that is better than the incumbent is moved to. On NAS-Bench-201 (CIFAR-100, 200 epochs)
/// the optimum takes 123 evaluations on average (published: 127), 62 with first improvement; with `initial` 10, 94 and
/// 62.
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

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        if (phase_ == phase::ended) return std::nullopt;
        if (phase_ == phase::descending) {
            // The next one is unseen; those behind it may have been told, out of order or long ago.
            if (cursor_ < neighbors_.size() && !is_pending(view, next_)) return propose(next_, incumbent_.id);
            for (std::size_t i = cursor_ + 1; i < neighbors_.size(); ++i) {
                arch_type later = neighbors_.at(space_, i);
                if (!seen_.contains(identity_of(space_, later)) && !is_pending(view, later))
                    return propose(std::move(later), incumbent_.id);
            }
        }
        return sample_unseen(view, random);
    }

    void tell(const trial<arch_type>& told, rng& random) {
        seen_.insert(identity_of(space_, told.arch));
        if (phase_ == phase::ended) return;
        if (told.completed() && told.value() > best_.value) best_ = {told.arch, told.value(), told.id};
        bool moving = false;
        if (phase_ == phase::sampling) {
            if (told.completed()) ++samples_;
            moving = samples_ >= options_.initial;
            if (!moving) return;
        } else if (options_.improvement == improvement_rule::first) {
            moving = best_.value > incumbent_.value;
        }
        for (;;) {
            if (moving) move(random);
            while (cursor_ < neighbors_.size() && seen_.contains(identity_of(space_, next_))) look_at(cursor_ + 1);
            if (cursor_ < neighbors_.size()) return;
            moving = best_.value > incumbent_.value;
            if (!moving) return leave_optimum();
        }
    }

  private:
    enum class phase : std::uint8_t { sampling, descending, ended };
    struct point {
        arch_type arch{};
        double value = -std::numeric_limits<double>::infinity();
        trial_id id = no_trial;
    };

    // Rare, and best kept out of the loops that drivers inline: they compile twice as fast.
    [[gnu::noinline]] void move(rng& random) {
        phase_ = phase::descending;
        incumbent_ = best_;
        neighbors_.look_around(space_, incumbent_.arch, random);
        look_at(0);
    }

    void look_at(std::size_t neighbor) {
        cursor_ = neighbor;
        if (cursor_ < neighbors_.size()) next_ = neighbors_.at(space_, cursor_);
    }

    void leave_optimum() {
        phase_ = options_.restarts ? phase::sampling : phase::ended;
        best_ = {};
        samples_ = 0;
    }

    [[gnu::noinline]] std::optional<proposal<arch_type>> sample_unseen(const ask_view<arch_type>& view,
                                                                       rng& random) const {
        const auto is_new = [&](const arch_type& arch) {
            return !seen_.contains(identity_of(space_, arch)) && !is_pending(view, arch);
        };
        for (std::size_t draw = 0; draw < options_.retries; ++draw) {
            arch_type arch = space_.sample(random);
            if (is_new(arch)) return propose(std::move(arch));
        }
        if constexpr (EnumerableSpace<Space>) {
            // Nearly exhausted: among one more in a row than were ever proposed, one is new.
            const std::uint64_t size = space_.size();
            if (size == uncountable) return std::nullopt;
            std::uint64_t index = below(random, size);
            for (std::uint64_t left = std::min<std::uint64_t>(size, seen_.size() + view.pending.size() + 1); left > 0;
                 --left) {
                arch_type arch = space_.at(index);
                if (is_new(arch)) return propose(std::move(arch));
                index = index + 1 == size ? 0 : index + 1;
            }
        }
        return std::nullopt;
    }

    Space space_;
    local_search_options options_;
    phase phase_ = phase::sampling;
    point incumbent_;
    point best_;  // since the last move or restart, the incumbent included
    std::size_t samples_ = 0;
    neighborhood<Space> neighbors_;  // of the incumbent; those before the cursor are seen
    std::size_t cursor_ = 0;         // the first unseen one
    arch_type next_{};               // at the cursor, where there is one
    identity_set<identity_t<Space>> seen_;
};

}  // namespace nas

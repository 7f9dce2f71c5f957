// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <nas/cuda/mlp_kernel.hpp>
#include <nas/cuda/mlp_kernel/layout.hpp>
#include <nas/cuda/mlp_kernel/queue.hpp>
#include <nas/cuda/mlp_kernel/types.hpp>
#include <nas/cuda/train_mlps.hpp>

namespace nas::mlp_kernel {

/// The rungs of successive halving (Jamieson and Talwalkar 2016): all `networks` train for `first` epochs, the best 1 / `factor`
/// of them (rounded up) until they have had `factor` times as many, and so on; the last rung has all `epochs`.
inline std::vector<rung> rungs_of(std::size_t networks, std::size_t first, std::size_t factor, std::size_t epochs) {
    std::vector<rung> rungs;
    std::size_t place = 0;
    for (std::size_t until = first;; until *= factor) {
        rungs.push_back({.epochs = static_cast<std::uint32_t>(std::min(until, epochs)),
                         .count = static_cast<std::uint32_t>(networks),
                         .first = static_cast<std::uint32_t>(place)});
        place += networks;
        networks = (networks + factor - 1) / factor;
        if (until >= epochs) return rungs;
    }
}

/// Makes one group of all where the job has rungs, as its networks are ranked among each other: with as much memory a team as
/// the largest needs.
inline void join_ranked(const job& what, std::vector<group>& groups) {
    if (what.rungs == nullptr) return;
    for (std::size_t g = 1; g < groups.size(); ++g)
        groups[0].order.insert(groups[0].order.end(), groups[g].order.begin(), groups[g].order.end());
    for (const std::uint32_t i : groups[0].order)
        groups[0].slow_bytes = std::max(groups[0].slow_bytes,
                                        slow_bytes_at(what.all, what.models[i], groups[0].where, groups[0].fast_bytes));
    groups.resize(1);
}

/// A group's queue as its host makes it. Without rungs there is one, in which each network trains to its own end.
struct group_queue {
    std::vector<rung> rungs = {};
    std::vector<std::uint32_t> order = {};   ///< as queue::order
    std::vector<std::size_t> saved_at = {};  ///< a network of the job; none where nobody waits
    std::size_t saved_bytes = 0;

    group_queue(const job& what, const group& of) : order(of.order) {
        if (what.rungs == nullptr) {
            rungs = {{.epochs = 0xffffffffU, .count = static_cast<std::uint32_t>(order.size()), .first = 0}};
            return;
        }
        rungs.assign(what.rungs, what.rungs + what.rung_count);
        order.resize(std::size_t{rungs.back().first} + rungs.back().count);
        for (std::size_t i = 0; i < what.count; ++i) {
            saved_at.push_back(saved_bytes);
            saved_bytes += mlp_kernel::saved_bytes(what.all, what.models[i]);
        }
    }
};

/// Whether network `a` is better than `b` at their kept epochs; what diverged is worse than all else, and of equals the first
/// is better.
NAS_MLP_KERNEL inline bool ranks_before(const setting& all, const model* models, std::uint32_t a, std::uint32_t b) {
    const outcome& one = all.outcomes[a];
    const outcome& other = all.outcomes[b];
    if (one.diverged != other.diverged) return one.diverged < other.diverged;
    if (one.diverged == 0) {
        const double* const curve = all.monitor_accuracy ? all.accuracies : all.losses;
        const double value = curve[models[a].curve + one.kept_epoch];
        const double than = curve[models[b].curve + other.kept_epoch];
        if (value != than) return all.monitor_accuracy ? value > than : value < than;
    }
    return a < b;
}

/// Trains the networks of a queue, rung by rung: each team takes the next one when it is done. `team.next()` gives all of a team
/// the next place in the queue, a different one to every team. The last team to end a rung ranks its networks and writes the
/// next rung's to the queue: `team.ends(r, count)` is true for all of the one team that calls it as the last of so many;
/// `team.publish(r)` says that rung r is in the queue, and `team.await(r)` returns when it is.
///
/// A team that waits has a place in the queue, and all places before it are with teams that run: somebody always goes on,
/// however many teams there are at a time.
template <placement Where, class Team>
NAS_MLP_KERNEL void train_queue(const Team& team, const setting& all, const model* models, const dense* layers,
                                const queue& how, char* fast, std::size_t fast_bytes, char* slow) {
    const rung last = how.rungs[how.count - 1];
    for (std::size_t n = team.next(); n < std::size_t{last.first} + last.count; n = team.next()) {
        std::uint32_t r = 0;
        while (r + 1 < how.count && n >= how.rungs[r + 1].first) ++r;
        const rung here = how.rungs[r];
        if (r > 0) team.await(r);
        const std::uint32_t number = how.order[n];
        const memory room = arrange<Where>(all, models[number], fast, fast_bytes, slow);
        training<Team>(team, all, models[number], layers, room)
            .run(how.saved_at != nullptr ? how.saved + how.saved_at[number] : nullptr, r == 0, here.epochs,
                 r + 1 == how.count, all.outcomes[number]);
        if (r + 1 == how.count || !team.ends(r, here.count)) continue;
        const rung next = how.rungs[r + 1];
        for (std::size_t i = team.rank(); i < here.count; i += team.size()) {
            const std::uint32_t one = how.order[here.first + i];
            std::uint32_t rank = 0;
            for (std::size_t k = 0; k < here.count && rank < next.count; ++k)
                if (ranks_before(all, models, how.order[here.first + k], one)) ++rank;
            if (rank < next.count) how.order[next.first + rank] = one;
        }
        team.publish(r + 1);
    }
}

}  // namespace nas::mlp_kernel

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include <nas/cuda/mlp_kernel/layout.hpp>
#include <nas/cuda/mlp_kernel/types.hpp>

namespace nas::mlp_kernel {

/// Networks that teams of one size train: each team takes the next one when it is done, the longest first.
struct group {
    placement where = placement::all_fast;
    std::size_t teams_a_processor = 1;      ///< side by side on one multiprocessor
    std::size_t threads = 0;                ///< of a team
    std::size_t fast_bytes = 0;             ///< of a team
    std::size_t slow_bytes = 0;             ///< of a team; 0 where all fits into the fast memory
    std::vector<std::uint32_t> order = {};  ///< numbers of the networks
};

/// What a multiprocessor has.
struct processor {
    std::size_t fast_bytes = 0;       ///< of all teams on it
    std::size_t fast_team_bytes = 0;  ///< that a team can have at most
    std::size_t reserved_bytes = 0;   ///< that each team costs besides
    std::size_t threads = 512;        ///< of all teams on it
};

/// The networks `first` to `last` by how many of their teams a multiprocessor has room for: 8, 4, 2 or one. What needs more
/// than a team can have is alone there too, by what goes to slow memory. Groups with the largest networks come first.
inline std::vector<group> groups_of(const setting& all, const model* models, const dense* layers, std::size_t first,
                                    std::size_t last, const processor& machine) {
    std::vector<group> groups;
    const auto add = [&](placement where, std::size_t teams) {
        const std::size_t share = machine.fast_bytes / teams;
        const std::size_t fast = share > machine.reserved_bytes ? share - machine.reserved_bytes : 0;
        groups.push_back({.where = where,
                          .teams_a_processor = teams,
                          .threads = machine.threads / teams,
                          .fast_bytes = std::min(fast, machine.fast_team_bytes) / 16 * 16});
    };
    for (const placement where : {placement::any, placement::weights_slow, placement::state_slow}) add(where, 1);
    for (std::size_t teams = 1; teams <= 8; teams *= 2) add(placement::all_fast, teams);
    for (std::size_t i = first; i < last; ++i) {
        std::size_t g = groups.size() - 1;
        while (placement_of(all, models[i], groups[g].fast_bytes) != groups[g].where) --g;
        groups[g].slow_bytes =
            std::max(groups[g].slow_bytes, slow_bytes_at(all, models[i], groups[g].where, groups[g].fast_bytes));
        groups[g].order.push_back(static_cast<std::uint32_t>(i));
    }
    groups.erase(std::remove_if(groups.begin(), groups.end(), [](const group& one) { return one.order.empty(); }),
                 groups.end());
    for (group& one : groups)
        std::stable_sort(one.order.begin(), one.order.end(), [&](std::uint32_t a, std::uint32_t b) {
            return operations(models[a], layers, all) > operations(models[b], layers, all);
        });
    return groups;
}

}  // namespace nas::mlp_kernel

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <nas/networks/network_plan.hpp>

namespace nas::detail {

/// Architectures whose networks are the same but for their weights, and are trained for as many epochs.
struct plan_group {
    network_plan plan;
    std::vector<std::size_t> members;
};

/// Groups of at most so many, in the order of the first member of each.
class plan_groups {
  public:
    explicit plan_groups(std::size_t most) : most_(most) {}

    void add(std::size_t member, network_plan plan, std::size_t epochs) {
        const auto [place, first] = open_.try_emplace({plan.describe(), epochs}, groups_.size());
        if (!first && groups_[place->second].members.size() >= most_) place->second = groups_.size();
        if (place->second == groups_.size()) groups_.push_back({std::move(plan), {}});
        groups_[place->second].members.push_back(member);
    }

    const std::vector<plan_group>& all() const noexcept { return groups_; }

  private:
    std::size_t most_;
    std::vector<plan_group> groups_;
    std::map<std::pair<std::string, std::size_t>, std::size_t> open_;  // of each kind the group that had room
};

}  // namespace nas::detail

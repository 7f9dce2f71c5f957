// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "searching.hpp"

namespace nas::tests {

/// A problem for optimisers of an acquisition that keeps what they look at. `separable` is what it promises.
class looks {
  public:
    explicit looks(cells space) : space_(std::move(space)) {}

    std::vector<cell> seen;
    std::vector<cell> best;
    bool all_at_hand = false;
    bool only_around_best = false;

    const cells& space() const { return space_; }
    rng& random() { return random_; }
    bool enumerated() const { return all_at_hand; }
    bool around_best() const { return only_around_best; }
    std::vector<cell> best_trials(std::size_t count) const {
        return {best.begin(), best.begin() + static_cast<std::ptrdiff_t>(std::min(count, best.size()))};
    }
    double look(const cell& arch) {
        seen.push_back(arch);
        const double promise = separable(arch);
        if (promise > most_) {
            most_ = promise;
            found_ = arch;
        }
        return promise;
    }
    void look_at_all() {
        for (std::uint64_t i = 0; i < space_.size(); ++i) look(space_.at(i));
    }
    const std::optional<cell>& found() const { return found_; }
    double most() const { return most_; }

  private:
    cells space_;
    rng random_{11};
    double most_ = -std::numeric_limits<double>::infinity();
    std::optional<cell> found_;
};

}  // namespace nas::tests

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <nas/core/rounded.hpp>

namespace nas::detail {

/// Targets of some rows as integers from 0, as fine as leaves exact what is made of them: sums, times the number of rows. Then splits
/// that are equally good are equal, in whatever order rows are added up.
class exact_targets {
  public:
    /// False where the rows span more than a number can say, or nothing.
    bool read(std::span<const double> targets, std::span<const std::uint32_t> rows) {
        double low = targets[rows[0]];
        double high = low;
        for (const std::uint32_t row : rows) {
            low = std::min(low, targets[row]);
            high = std::max(high, targets[row]);
        }
        if (!std::isfinite(high - low) || !(high > low)) return false;
        const int bits = std::max(61 - 2 * static_cast<int>(std::bit_width(rows.size())), 1);
        const double unit = std::ldexp(1.0, std::min(bits - std::ilogb(high - low), 1023));
        parts_.clear();
        sum_ = 0;
        for (const std::uint32_t row : rows) {
            parts_.push_back(static_cast<std::int64_t>((targets[row] - low) * unit));
            sum_ += parts_.back();
        }
        return true;
    }

    std::int64_t operator[](std::size_t i) const noexcept { return parts_[i]; }

    /// What a split takes off the variance, times the squared number of rows, which is the same for all splits: `left` rows of that
    /// sum are on one side.
    double gain(std::size_t left, std::int64_t sum) const noexcept {
        // The sums of both sides over the mean are opposite.
        const double far = over_mean(sum, left);
        return far * far / (static_cast<double>(left) * static_cast<double>(parts_.size() - left));
    }
    /// The gain of what leaves no variance, to rounding.
    double most() const noexcept {
        double squares = 0;
        for (const std::int64_t part : parts_) {
            const double far = over_mean(part, 1);
            squares += rounded(far * far);
        }
        return squares / static_cast<double>(parts_.size()) * (1 - 1e-12);
    }

  private:
    double over_mean(std::int64_t sum, std::size_t rows) const noexcept {
        return static_cast<double>(static_cast<std::int64_t>(parts_.size()) * sum -
                                   static_cast<std::int64_t>(rows) * sum_);
    }

    std::vector<std::int64_t> parts_;
    std::int64_t sum_ = 0;
};

}  // namespace nas::detail

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <nas/networks/packs.hpp>
#include <nas/predictors/gaussian_process/anova_sum.hpp>

namespace nas::detail {

/// All architectures of a space as the levels of their decisions, for sums of kernels over all of them. In the order of the
/// space's index neighbours share what comes before their last decision, and much of the sum with it.
class enumerated_pool {
  public:
    enumerated_pool() = default;
    /// `decisions` levels of each architecture, which `levels_of(index, levels)` writes.
    template <class LevelsOf>
    enumerated_pool(std::size_t size, std::size_t decisions, LevelsOf&& levels_of)
        : shared_(decisions > 0 ? decisions - 1 : 0) {
        std::vector<std::uint16_t> levels(decisions);
        std::vector<std::uint16_t> before(shared_);
        last_.reserve(size);
        for (std::size_t i = 0; i < size; ++i) {
            levels_of(i, std::span<std::uint16_t>(levels));
            last_.push_back(decisions > 0 ? levels.back() : std::uint16_t{0});
            std::size_t same = 0;
            while (i > 0 && same < shared_ && levels[same] == before[same]) ++same;
            if (i > 0 && same == shared_) continue;
            families_.push_back({i, same});
            prefixes_.insert(prefixes_.end(), levels.begin(), levels.begin() + static_cast<std::ptrdiff_t>(shared_));
            std::copy_n(levels.begin(), shared_, before.begin());
        }
        families_.push_back({size, 0});
    }

    std::size_t size() const noexcept { return last_.size(); }

    static constexpr std::size_t lanes = widest_pack / sizeof(float);
    using pack = pack_of<float, lanes>::type;

    /// Calls `visit(index, values)` for each architecture in order, with the values of as many sums as a pack has lanes.
    /// `tables`: the numbers of their tables, a pack for each number.
    template <class Visit>
    void for_each(const anova_sum& sums, const pack* tables, Visit&& visit) const {
        const std::size_t width = decisions_of(sums) ? sums.levels(shared_) : 1;
        // What the first t decisions add to the sum, and to what each level of the last one adds.
        std::vector<pack> sum(shared_ + 1);
        std::vector<pack> last((shared_ + 1) * width);
        sum[0] = tables[0];
        for (std::size_t a = 0; a < width; ++a)
            last[a] = decisions_of(sums) ? tables[sums.single_at(shared_) + a] : pack{};
        for (std::size_t k = 0; k + 1 < families_.size(); ++k) {
            const std::uint16_t* const levels = prefixes_.data() + k * shared_;
            for (std::size_t e = families_[k].same; e < shared_; ++e) {
                pack more = sum[e] + tables[sums.single_at(e) + levels[e]];
                for (std::size_t c = 0; c < e; ++c) more += tables[sums.pair_at(c, levels[c], e) + levels[e]];
                sum[e + 1] = more;
                const pack* const pairs = tables + sums.pair_at(e, levels[e], shared_);
                for (std::size_t a = 0; a < width; ++a) last[(e + 1) * width + a] = last[e * width + a] + pairs[a];
            }
            for (std::size_t i = families_[k].first; i < families_[k + 1].first; ++i)
                visit(i, sum[shared_] + last[shared_ * width + last_[i]]);
        }
    }

    /// Calls `visit(index, levels)` for each architecture in order.
    template <class Visit>
    void for_each_levels(Visit&& visit) const {
        std::vector<std::uint16_t> levels(shared_ + 1);
        for (std::size_t k = 0; k + 1 < families_.size(); ++k) {
            std::copy_n(prefixes_.begin() + static_cast<std::ptrdiff_t>(k * shared_), shared_, levels.begin());
            for (std::size_t i = families_[k].first; i < families_[k + 1].first; ++i) {
                levels[shared_] = last_[i];
                visit(i, std::as_const(levels).data());
            }
        }
    }

  private:
    struct family {
        std::size_t first;  // its first architecture
        std::size_t same;   // how many decisions it shares with the family before
    };

    static bool decisions_of(const anova_sum& sums) { return sums.decisions() > 0; }

    std::size_t shared_ = 0;               // decisions that a family shares: all but the last
    std::vector<family> families_;         // and the end
    std::vector<std::uint16_t> prefixes_;  // [family][decision]
    std::vector<std::uint16_t> last_;      // level of the last decision of each architecture
};

}  // namespace nas::detail

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <nas/core/trial.hpp>
#include <nas/predictors/parzen_kernels.hpp>
#include <nas/searchers/tpe/joint_densities.hpp>

namespace nas::detail {

/// Candidates of a multivariate nas::tpe, of which the one with the largest ratio of densities is wanted, of equals the first.
/// Several are looked at together: good densities one after the other, which do not wait for each other; then bad ones, which are
/// more work, of those that may have the largest ratio, the most promising first. After few of them no other can.
class candidate_batch {
  public:
    using code = parzen_kernels::code;

    static constexpr std::size_t together = 32;

    /// None yet. A candidate is `padded` numbers, of which the first `decisions` are its codes.
    void start(std::size_t decisions, std::size_t padded) {
        decisions_ = decisions;
        padded_ = padded;
        codes_.resize(together * padded);
        best_.resize(decisions);
        count_ = 0;
        largest_ = -std::numeric_limits<double>::infinity();
    }
    /// Where the next one is to be written.
    code* place() noexcept { return codes_.data() + count_ * padded_; }
    /// What is there is a candidate, if it is to be kept; no more than `together` until the next comparison.
    void add(trial_id parent, bool keep) {
        parents_[count_] = parent;
        count_ += keep ? 1 : 0;
    }
    /// Those that are new, with each other and the best so far.
    template <class IsNew>
    void compare(const joint_densities& densities, const parzen_kernels& pending, IsNew&& is_new) {
        std::array<std::size_t, together> kept;
        std::size_t count = 0;
        for (std::size_t k = 0; k < count_; ++k)
            if (is_new(codes_of(k))) kept[count++] = k;
        compare(densities, pending, std::span<const std::size_t>(kept).first(count));
        count_ = 0;
    }

    struct winner {
        std::span<const code> codes;  // none where there was no candidate
        trial_id parent;
    };
    winner best() const {
        const bool any = largest_ > -std::numeric_limits<double>::infinity();
        return {std::span<const code>(best_).first(any ? decisions_ : 0), parent_};
    }

  private:
    std::span<const code> codes_of(std::size_t k) const { return {codes_.data() + k * padded_, decisions_}; }

    void compare(const joint_densities& densities, const parzen_kernels& pending, std::span<const std::size_t> kept) {
        std::array<float, together> good;
        std::array<double, together> most;
        for (std::size_t k = 0; k < kept.size(); ++k) {
            good[k] = densities.good(codes_of(kept[k]));
            most[k] = densities.most(codes_of(kept[k]), good[k]);
        }
        std::size_t first = together;  // that has the largest ratio so far; none of these
        for (std::size_t looked = 0; looked < kept.size(); ++looked) {
            std::size_t next = 0;
            for (std::size_t k = 1; k < kept.size(); ++k) next = most[k] > most[next] ? k : next;
            if (most[next] < largest_) break;
            const double ratio = densities.ratio(codes_of(kept[next]), good[next], pending);
            most[next] = -std::numeric_limits<double>::infinity();
            if (ratio < largest_ || (ratio == largest_ && (first == together || next > first))) continue;
            largest_ = ratio;
            first = next;
        }
        if (first == together) return;
        std::copy_n(codes_of(kept[first]).data(), decisions_, best_.data());
        parent_ = parents_[kept[first]];
    }

    std::size_t decisions_ = 0;
    std::size_t padded_ = 0;
    std::size_t count_ = 0;  // not compared yet
    std::vector<code> codes_;
    std::array<trial_id, together> parents_ = {};
    double largest_ = 0;
    std::vector<code> best_;
    trial_id parent_ = no_trial;
};

}  // namespace nas::detail

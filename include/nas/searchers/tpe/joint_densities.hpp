// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/rounded.hpp>
#include <nas/predictors/parzen_kernels.hpp>
#include <nas/searchers/tpe/tpe_options.hpp>

namespace nas::detail {

/// The densities of a multivariate nas::tpe: kernels of the best trials, and of the last `recent` that are not good.
class joint_densities {
  public:
    using code = parzen_kernels::code;

    joint_densities() = default;
    joint_densities(std::vector<parzen_decision> decisions, const tpe_options& options)
        : recent_(options.recent),
          prior_(static_cast<float>(options.prior)),
          good_kernels_(options.most_good + 1, decisions.size()),
          bad_kernels_(std::min(options.recent, first_room), decisions.size()),
          good_shape_(decisions, options.changes),
          bad_shape_(std::move(decisions), options.bad_changes),
          centers_((options.most_good + 1) * good_shape_.padded()) {}

    /// Trial `number`, bad until it turns.
    void add(std::size_t number, std::span<const code> codes) {
        told_ = number + 1;
        bad_kernels_.place(number % recent_, codes);
        bad_kernels_.weigh(number % recent_, 1);
    }
    /// Slot `slot` is of the trial that was added last.
    void remember(std::size_t slot, std::span<const code> codes) {
        good_kernels_.place(slot, codes);
        std::copy(codes.begin(), codes.end(), centers_.data() + slot * good_shape_.padded());
    }
    /// Trial `number`, which has that slot, is good, or bad again.
    void turn(std::size_t number, std::size_t slot, bool good) {
        good_kernels_.weigh(slot, good ? 1 : 0);
        if (told_ - number <= recent_) bad_kernels_.weigh(number % recent_, good ? 0 : 1);
    }

    float good(std::span<const code> codes) const { return good_kernels_.density(good_shape_, codes, prior_); }
    /// Good over bad were there no bad kernels: the ratio is not larger, after rounding too, and most of its work are those.
    double most(std::span<const code> codes, float good) const {
        const parzen_shape::factors products = bad_shape_.products(codes);
        return good / (prior_ * products.uniform * products.same);
    }
    /// Good over bad, with `pending` among the bad.
    double ratio(std::span<const code> codes, float good, const parzen_kernels& pending) const {
        float bad = bad_kernels_.density(bad_shape_, codes, prior_);
        if (!pending.empty()) bad += rounded(pending.density(bad_shape_, codes, 0));
        return good / bad;
    }

    /// What candidates are drawn from.
    const parzen_shape& good_shape() const noexcept { return good_shape_; }
    /// The codes of the trial in a slot, as parzen_shape::draw_all reads them.
    const code* center(std::size_t slot) const { return centers_.data() + slot * good_shape_.padded(); }

  private:
    static constexpr std::size_t first_room = 1024;  // kernels; more as trials come

    std::size_t recent_ = 1;
    std::size_t told_ = 0;
    float prior_ = 1;
    parzen_kernels good_kernels_;  // of the best, those that are bad without weight
    parzen_kernels bad_kernels_;   // of the last, those that are good without weight
    parzen_shape good_shape_;
    parzen_shape bad_shape_;
    std::vector<code> centers_;  // [slot][decision], padded
};

}  // namespace nas::detail

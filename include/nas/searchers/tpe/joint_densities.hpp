// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/rng.hpp>
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
          bad_shape_(std::move(decisions), options.bad_changes) {}

    /// Trial `number`, bad until it turns.
    void add(std::size_t number, std::span<const code> codes) {
        told_ = number + 1;
        bad_kernels_.place(number % recent_, codes);
        bad_kernels_.weigh(number % recent_, 1);
    }
    /// Slot `slot` is of the trial that was added last.
    void remember(std::size_t slot, std::span<const code> codes) { good_kernels_.place(slot, codes); }
    /// Trial `number`, which has that slot, is good, or bad again.
    void turn(std::size_t number, std::size_t slot, bool good) {
        good_kernels_.weigh(slot, good ? 1 : 0);
        if (told_ - number <= recent_) bad_kernels_.weigh(number % recent_, good ? 0 : 1);
    }

    /// Good over bad, with `pending` among the bad; where that is not above `least`, it may be another number that is not.
    double ratio(std::span<const code> codes, const parzen_kernels& pending, double least) const {
        const parzen_shape::factors products = bad_shape_.products(codes);
        const float good = good_kernels_.density(good_shape_, codes, prior_);
        // Most of the work is the bad kernels, and without any of them the ratio is larger, after rounding too.
        const double most = good / (prior_ * products.uniform * products.same);
        if (most <= least) return most;
        float bad = bad_kernels_.density(bad_shape_, codes, prior_, products);
        if (!pending.empty()) bad += rounded(pending.density(bad_shape_, codes, 0));
        return good / bad;
    }

    /// A choice of decision `i`, drawn from the kernel of a good trial with that code.
    std::size_t draw(std::size_t i, code near, rng& random) const { return good_shape_.draw(i, near, random); }

  private:
    static constexpr std::size_t first_room = 1024;  // kernels; more as trials come

    std::size_t recent_ = 1;
    std::size_t told_ = 0;
    float prior_ = 1;
    parzen_kernels good_kernels_;  // of the best, those that are bad without weight
    parzen_kernels bad_kernels_;   // of the last, those that are good without weight
    parzen_shape good_shape_;
    parzen_shape bad_shape_;
};

}  // namespace nas::detail

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/predictors/parzen_levels.hpp>

namespace nas {

/// One decision as densities see it: how many choices it has, and, where it is numeric, the kernels over its levels.
struct parzen_decision {
    std::size_t choices;
    std::shared_ptr<const parzen_levels> levels = nullptr;
};

/// Densities of good and of bad trials, each decision by itself: of a categorical one
///
///     density of c = (how often c was chosen + prior) / (all + prior * choices)
///
/// and of a numeric one the mean of the trials' kernels and of a uniform one, of weight `prior`. A decision that is not active in
/// a trial is not added. Trials are added and turned in any order, with the
/// same result (to rounding, where the prior is no binary fraction).
class parzen_marginals {
  public:
    parzen_marginals() = default;
    parzen_marginals(std::vector<parzen_decision> decisions, double prior) : decisions_(std::move(decisions)) {
        for (const parzen_decision& one : decisions_) {
            const auto choices = static_cast<double>(one.choices);
            const double each = one.levels ? prior / choices : prior;
            numeric_ = numeric_ || one.levels;
            starts_.push_back(good_.weights.size());
            good_.weights.insert(good_.weights.end(), one.choices, each);
            good_.sums.push_back(each * choices);
            offsets_.push_back(0);
        }
        bad_ = good_;
        ratios_.assign(good_.weights.size(), 0);
        ends_.resize(good_.weights.size());
        for (std::size_t i = 0; i < decisions_.size(); ++i) add_up(i);
    }

    void add_good(std::size_t i, std::size_t choice) {
        change(good_, i, choice, 1);
        add_up(i);
    }
    void add_bad(std::size_t i, std::size_t choice) { change(bad_, i, choice, 1); }
    /// From bad to good, or back.
    void turn(std::size_t i, std::size_t choice, bool good) {
        change(good ? bad_ : good_, i, choice, -1);
        change(good ? good_ : bad_, i, choice, 1);
        add_up(i);
    }

    double good(std::size_t i, std::size_t choice) const { return good_.weights[starts_[i] + choice] / good_.sums[i]; }
    double bad(std::size_t i, std::size_t choice) const { return bad_.weights[starts_[i] + choice] / bad_.sums[i]; }

    /// log(good / bad).
    double log_ratio(std::size_t i, std::size_t choice) const noexcept {
        const std::size_t at = starts_[i] + choice;
        return (decisions_[i].levels ? ratio(at) : ratios_[at]) + offsets_[i];
    }
    /// The sum of these over the decisions that are active; codes as of parzen_kernels: 0 for those that are not, else 1 + the
    /// choice.
    double log_ratio(std::span<const std::int32_t> codes) const noexcept {
        double sum = 0;
        for (std::size_t i = 0; i < codes.size(); ++i) {
            if (codes[i] == 0) continue;
            const auto choice = static_cast<std::size_t>(codes[i] - 1);
            sum += numeric_ ? log_ratio(i, choice) : ratios_[starts_[i] + choice] + offsets_[i];
        }
        return sum;
    }

    /// A choice, drawn from the good density.
    std::size_t draw(std::size_t i, rng& random) const noexcept {
        const double* const ends = ends_.data() + starts_[i];
        const double at = unit(random) * good_.sums[i];
        std::size_t choice = 0;
        // All of them, without a branch that cannot be foretold.
        for (std::size_t c = 0; c + 1 < decisions_[i].choices; ++c) choice += ends[c] <= at ? 1U : 0U;
        return choice;
    }

  private:
    struct set {
        std::vector<double> weights;  // of each decision's choices, one decision after the other
        std::vector<double> sums;     // of each decision
    };

    void change(set& of, std::size_t i, std::size_t choice, double by) {
        const std::size_t start = starts_[i];
        of.sums[i] += by;
        offsets_[i] = std::log(bad_.sums[i] / good_.sums[i]);
        if (decisions_[i].levels == nullptr) {
            of.weights[start + choice] += by;
            ratios_[start + choice] = ratio(start + choice);
            return;
        }
        const std::span<const float> kernel = decisions_[i].levels->masses(choice);
        for (std::size_t c = 0; c < kernel.size(); ++c) of.weights[start + c] += by * static_cast<double>(kernel[c]);
    }

    void add_up(std::size_t i) {
        double end = 0;
        for (std::size_t at = starts_[i]; at < starts_[i] + decisions_[i].choices; ++at)
            ends_[at] = end += good_.weights[at];
    }

    double ratio(std::size_t at) const noexcept { return std::log(good_.weights[at] / bad_.weights[at]); }

    std::vector<parzen_decision> decisions_;
    bool numeric_ = false;  // whether some decision is
    std::vector<std::size_t> starts_;
    set good_;
    set bad_;
    std::vector<double> ratios_;   // log of weights, good over bad; not of levels, of which all change with a trial
    std::vector<double> ends_;     // sums of good weights, up to each choice of a decision
    std::vector<double> offsets_;  // of each decision: log of sums, bad over good
};

}  // namespace nas

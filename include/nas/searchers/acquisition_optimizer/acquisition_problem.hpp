// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/rng.hpp>
#include <nas/core/space.hpp>
#include <nas/core/trial.hpp>
#include <nas/operators/told_networks.hpp>
#include <nas/searchers/learned_trials.hpp>

namespace nas {

/// What an optimiser is asked: which new networks promise most?
template <class Space>
class acquisition_problem {
  public:
    using arch_type = arch_t<Space>;
    using proposals = std::vector<proposal<arch_type>>;
    using scorer = std::function<void(std::span<const arch_type>, std::span<double>, rng&)>;

    /// `wanted`: so many will be proposed before the model learns again, and more where more are pending. `round`: how often the
    /// model learned before.
    acquisition_problem(const Space& space, const learned_trials<arch_type>& trials, const told_networks<Space>& told,
                        const ask_view<arch_type>& view, std::size_t wanted, std::size_t round, scorer score)
        : space_(space),
          trials_(trials),
          told_(told),
          view_(view),
          wanted_(wanted),
          round_(round),
          score_(std::move(score)) {}

    const Space& space() const noexcept { return space_; }
    /// Those that the model learned from: `best(count)` are the numbers of the best, in `archs()` and `ids()`.
    const learned_trials<arch_type>& trials() const noexcept { return trials_; }
    std::size_t wanted() const noexcept { return wanted_; }
    std::size_t round() const noexcept { return round_; }
    /// Whether it was not told and is not pending.
    bool is_new(const arch_type& arch) const { return told_.is_new(space_, view_, arch); }

    /// What the acquisition says of `archs`, into `out`, which has as many; minus infinity where it says NaN. Old ones may be asked too.
    void promise(std::span<const arch_type> archs, std::span<double> out, rng& random) const {
        score_(archs, out, random);
        for (double& value : out)
            if (!(value == value)) value = -std::numeric_limits<double>::infinity();
    }
    double promise(const arch_type& arch, rng& random) const {
        double value = 0;
        promise(std::span<const arch_type>(&arch, 1), std::span<double>(&value, 1), random);
        return value;
    }

    /// The candidates in the order of their promises, the most promising first, of equals the earlier.
    proposals ranked(proposals candidates, rng& random) const {
        std::vector<arch_type> archs;
        archs.reserve(candidates.size());
        for (const proposal<arch_type>& one : candidates) archs.push_back(one.arch);
        std::vector<double> promises(archs.size());
        promise(archs, promises, random);
        std::vector<std::uint32_t> order(archs.size());
        std::iota(order.begin(), order.end(), std::uint32_t{0});
        std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
            return promises[a] != promises[b] ? promises[a] > promises[b] : a < b;
        });
        proposals sorted;
        sorted.reserve(order.size());
        for (const std::uint32_t i : order) sorted.push_back(std::move(candidates[i]));
        return sorted;
    }

  private:
    const Space& space_;
    const learned_trials<arch_type>& trials_;
    const told_networks<Space>& told_;
    const ask_view<arch_type>& view_;
    std::size_t wanted_;
    std::size_t round_;
    scorer score_;
};

}  // namespace nas

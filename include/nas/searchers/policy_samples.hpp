// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

#include <nas/core/space.hpp>
#include <nas/policies/softmax_policy.hpp>

namespace nas {

/// An optimiser of an acquisition (see acquisition_optimizers.hpp) by the policy of a controller: `rounds` times `batch`
/// architectures are drawn from a policy that learns by REINFORCE (Williams 1992), in steps of `learning_rate`, which of them
/// promise more. At each step a new softmax_policy: what the last one learned was another acquisition.
struct policy_samples {
    std::size_t rounds = 20;
    std::size_t batch = 25;
    double learning_rate = 0.5;

    template <class Problem>
    void maximize(Problem& problem) const {
        using space_type = std::remove_cvref_t<decltype(problem.space())>;
        static_assert(DecisionSpace<space_type>, "nas: nas::policy_samples needs a space with decisions");
        const space_type& space = problem.space();
        softmax_policy policy(space);
        std::vector<typename space_type::genotype_type> drawn;
        std::vector<double> promises;
        std::vector<double> gradient;
        for (std::size_t round = 0; round < rounds; ++round) {
            drawn.clear();
            promises.clear();
            for (std::size_t k = 0; k < batch; ++k) {
                drawn.push_back(policy.sample(space, problem.random()));
                promises.push_back(problem.look(space.architecture(drawn.back())));
            }
            const std::vector<double> advantages = ranks(promises);
            gradient.assign(policy.parameters().size(), 0);
            policy.add_gradient(
                space, std::span<const typename space_type::genotype_type>(drawn),
                [&](std::size_t k, double) { return -advantages[k]; }, 0.0, std::span<double>(gradient));
            policy.change([&](std::span<double> logits) {
                for (std::size_t i = 0; i < logits.size(); ++i) logits[i] -= learning_rate * gradient[i];
            });
        }
    }

  private:
    /// From -1, the worst, to 1, the best, over the square root of how many there are: what is not new is the worst, and equal ones
    /// are equal.
    static std::vector<double> ranks(const std::vector<double>& promises) {
        std::vector<double> sorted = promises;
        std::sort(sorted.begin(), sorted.end());
        std::vector<double> found;
        for (const double promise : promises) {
            const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), promise);
            const auto twice = static_cast<double>((first - sorted.begin()) + (last - sorted.begin()));
            const auto n = static_cast<double>(promises.size());
            found.push_back((twice / n - 1) / std::sqrt(n));
        }
        return found;
    }
};

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/options.hpp>
#include <nas/core/space.hpp>
#include <nas/core/trial.hpp>
#include <nas/operators/identity.hpp>
#include <nas/policies/softmax_policy.hpp>
#include <nas/searchers/acquisition_optimizer.hpp>

namespace nas {

/// An optimiser of an acquisition by the policy of a controller: `rounds` times `batch` architectures are drawn from a policy that
/// learns by REINFORCE (Williams 1992), in steps of `learning_rate`, which of them promise more; the new ones among them, ranked. Each
/// time a new softmax_policy: what the last one learned was another acquisition.
struct policy_samples {
    std::size_t rounds = 20;
    std::size_t batch = 25;
    double learning_rate = 0.5;

    static constexpr void fields(auto&& visit) {
        using o = policy_samples;
        visit(&o::rounds, field{"rounds", 1, 1e6, "by choice", "updates of the policy"});
        visit(&o::batch, field{"batch", 1, 1e6, "by choice", "architectures that are drawn for each"});
        visit(&o::learning_rate, field{"learning_rate", 0, 1e3, "by choice", "size of an update"});
    }

    template <DecisionSpace Space>
    std::vector<proposal<arch_t<Space>>> operator()(const acquisition_problem<Space>& problem, rng& random) const {
        const Space& space = problem.space();
        softmax_policy policy(space);
        std::vector<typename Space::genotype_type> drawn;
        std::vector<arch_t<Space>> archs;
        std::vector<double> promises(batch);
        std::vector<double> gradient(policy.parameters().size());
        std::vector<proposal<arch_t<Space>>> found;
        identity_set<network_t<Space>> seen;
        for (std::size_t round = 0; round < rounds; ++round) {
            drawn.clear();
            archs.clear();
            for (std::size_t k = 0; k < batch; ++k) {
                drawn.push_back(policy.sample(space, random));
                archs.push_back(space.architecture(drawn.back()));
            }
            problem.promise(archs, promises, random);
            for (std::size_t k = 0; k < batch; ++k) {
                if (!problem.is_new(archs[k])) {
                    promises[k] = -std::numeric_limits<double>::infinity();
                } else if (seen.insert(network_of(space, archs[k]))) {
                    found.push_back(proposal<arch_t<Space>>(archs[k]));
                }
            }
            const std::vector<double> advantages = ranks(promises);
            std::fill(gradient.begin(), gradient.end(), 0.0);
            policy.add_gradient(
                space, std::span<const typename Space::genotype_type>(drawn),
                [&](std::size_t k, double) { return -advantages[k]; }, 0.0, std::span<double>(gradient));
            policy.change([&](std::span<double> logits) {
                for (std::size_t i = 0; i < logits.size(); ++i) logits[i] -= learning_rate * gradient[i];
            });
        }
        return problem.ranked(std::move(found), random);
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

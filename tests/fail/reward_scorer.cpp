// expect: nas: the scorer must be callable as `double (std::span<const float> scores, std::span<const float> targets) const`
// SPDX-License-Identifier: Apache-2.0

#include <nas/rewards/scorer_reward.hpp>

int main() {
    nas::scorer_reward reward{[](float score, float target) { return score * target; }};
}

// expect: nas: the base reward must be callable as `double (const nas::finished_model&) const`
// SPDX-License-Identifier: Apache-2.0

#include <nas/rewards/knowledge_bonus_reward.hpp>

int main() {
    nas::knowledge_bonus_reward reward{[](double loss) { return -loss; },
                                       [](const nas::finished_model&) { return 1.0; }};
}

// expect: nas: the knowledge must be callable as `double (const nas::finished_model&) const`
// SPDX-License-Identifier: Apache-2.0

#include <nas/rewards/knowledge_penalty_reward.hpp>

int main() {
    nas::knowledge_penalty_reward reward{[](double loss) { return loss; }};
}

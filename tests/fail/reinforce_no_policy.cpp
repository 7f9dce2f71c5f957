// expect: nas: nas::reinforce and nas::ppo need a policy over the decisions of their space: see nas::SequencePolicy for its members
// SPDX-License-Identifier: Apache-2.0

#include <nas/searchers/reinforce.hpp>
#include <nas/spaces/choice_space.hpp>

struct my_policy {};

using searcher = nas::reinforce<nas::choice_space<6>, my_policy>;
searcher made(nas::choice_space<6>{5});

// expect: nas: nas::mlpnas needs a policy over the decisions of its space: see nas::SequencePolicy for its members
// SPDX-License-Identifier: Apache-2.0

#include <nas/searchers/mlpnas.hpp>
#include <nas/spaces/choice_space.hpp>

struct my_policy {};

using searcher = nas::mlpnas<nas::choice_space<6>, my_policy>;
searcher made(nas::choice_space<6>{5});

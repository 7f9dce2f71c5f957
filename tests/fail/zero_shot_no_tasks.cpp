// expect: nas: nas::zero_shot needs a nas::task_space, made of a space and the names of the tasks
// SPDX-License-Identifier: Apache-2.0

#include <nas/searchers/zero_shot.hpp>
#include <nas/spaces/choice_space.hpp>

using searcher = nas::zero_shot<nas::choice_space<6>>;
searcher made(nas::choice_space<6>{5}, {{1.0}});

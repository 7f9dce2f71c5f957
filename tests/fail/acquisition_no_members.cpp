// expect: nas: an acquisition that chooses a member needs a predictor with `std::size_t members() const`
// SPDX-License-Identifier: Apache-2.0

#include <nas/predictors/k_nearest_neighbors.hpp>
#include <nas/searchers/smac.hpp>
#include <nas/spaces/choice_space.hpp>

using space = nas::choice_space<6>;

const nas::smac<space, nas::k_nearest_neighbors<space>, nas::thompson_sampling> searcher{space{5}};

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/operators/identity.hpp>
#include <nas/operators/mutate.hpp>
#include <nas/searchers/acquisition_optimizer.hpp>

namespace nas::detail {

inline constexpr std::size_t mutant_attempts = 5;  // at a candidate, before there are fewer

/// `candidates` new mutants, or fewer where nearly all are old. `pick(number, completed, random)` is the rank of the parent of a
/// candidate among the completed trials, 0 the best. A mutant changes 1 to `mutations` decisions.
template <class Space, class Pick>
std::vector<proposal<arch_t<Space>>> mutants(const acquisition_problem<Space>& problem, std::size_t candidates,
                                             std::size_t mutations, rng& random, Pick pick) {
    const std::vector<std::size_t> order = problem.trials().best(problem.trials().completed());
    std::vector<proposal<arch_t<Space>>> made;
    identity_set<network_t<Space>> seen;
    for (std::size_t i = 0; i < mutant_attempts * candidates && made.size() < candidates; ++i) {
        const std::size_t parent = order[std::min(pick(i, order.size(), random), order.size() - 1)];
        arch_t<Space> arch = problem.trials().archs()[parent];
        for (std::size_t steps = 1 + below(random, mutations); steps > 0; --steps)
            arch = mutate(problem.space(), arch, random);
        if (problem.is_new(arch) && seen.insert(network_of(problem.space(), arch)))
            made.push_back(proposal<arch_t<Space>>(std::move(arch), problem.trials().ids()[parent]));
    }
    return made;
}

}  // namespace nas::detail

// expect: nas: the evaluator's evaluate_batch must be `std::vector<nas::evaluation<N>> evaluate_batch(std::span<const arch_type>, std::span<const nas::context>) const`
// SPDX-License-Identifier: Apache-2.0

#include <functional>
#include <span>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>

using cells = nas::choice_space<6>;

struct measure {
    double operator()(const cells::arch_type& arch) const { return arch[0]; }
    std::vector<double> evaluate_batch(std::span<const cells::arch_type> archs, std::span<const nas::context>) const {
        return std::vector<double>(archs.size());
    }
};

int main() {
    const measure kept;
    nas::search search{nas::random_search{cells{5}}, std::cref(kept)};
}

// expect: nas: this type is not a search space: it has no arch_type; write `using arch_type = ...;`
// SPDX-License-Identifier: Apache-2.0

#include <vector>

#include <nas/searchers/genetic_algorithm.hpp>

int main() { nas::genetic_algorithm searcher{std::vector<int>{1}}; }

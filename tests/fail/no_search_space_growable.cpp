// expect: nas: this type is not a search space: it has no arch_type; write `using arch_type = ...;`
// SPDX-License-Identifier: Apache-2.0

#include <vector>

#include <nas/searchers/progressive.hpp>

int main() { nas::progressive searcher{std::vector<int>{1}}; }

// expect: nas: this type is not a search space: it has no arch_type; write `using arch_type = ...;`
// SPDX-License-Identifier: Apache-2.0

#include <vector>

#include <nas/searchers/local_search.hpp>

int main() { nas::local_search searcher{std::vector<int>{1}}; }

// expect: nas: the evaluator cannot be called with an architecture of this space; write `double operator()(const arch_type&)`, or with a second parameter `const nas::context&`
// SPDX-License-Identifier: Apache-2.0

#include <string>

#include <nas/core/draws.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>

using cells = nas::choice_space<6>;

int main() {
    nas::search search{nas::random_search{cells{5}}, [](const std::string& text) { return double(text.size()); }};
}

// expect: nas: an observer must be callable as `observer(history)`, with a reference to the const history
// SPDX-License-Identifier: Apache-2.0

#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>

int main() {
    nas::search search{nas::random_search{nas::choice_space<2>{3}}, [](const auto& arch) { return arch[0]; }};
    search.observe([](int) {});
}

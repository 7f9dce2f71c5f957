// expect: nas: the observer's ended must be `void ended(const auto& history, nas::stop_reason)`
// SPDX-License-Identifier: Apache-2.0

#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>

struct progress {
    void operator()(const auto&) {}
    void ended(const auto&) {}
};

int main() {
    nas::search search{nas::random_search{nas::choice_space<2>{3}}, [](const auto& arch) { return arch[0]; }};
    search.observe(progress{});
}

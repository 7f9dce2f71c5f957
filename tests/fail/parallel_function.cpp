// expect: nas: a std::function hides whether its call changes what it holds, so that it cannot be called from several threads
// SPDX-License-Identifier: Apache-2.0

#include <functional>

#include <nas/run/parallel.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>

using space = nas::choice_space<6>;

int main() {
    double calls = 0;
    const std::function<double(const space::arch_type&)> counting = [calls](const auto&) mutable { return ++calls; };
    nas::search search{nas::random_search{space{5}}, counting};
    nas::threads pool{2};
    search.run({.trials = 10, .batch = 2}, pool);
}

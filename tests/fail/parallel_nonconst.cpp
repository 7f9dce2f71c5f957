// expect: nas: this evaluator changes when it is called, so that it cannot be called from several threads; make its call operator const
// SPDX-License-Identifier: Apache-2.0

#include <cstddef>

#include <nas/run/parallel.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>

struct counting {
    double calls = 0;
    double operator()(const auto&) { return ++calls; }
};

int main() {
    nas::search search{nas::random_search{nas::choice_space<6>{5}}, counting{}};
    nas::threads pool{2};
    search.run({.trials = 10, .batch = 2}, pool);
}

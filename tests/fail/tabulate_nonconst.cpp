// expect: nas: this evaluator changes when it is called, so that rows would depend on their order; make its call operator const
// SPDX-License-Identifier: Apache-2.0

#include <nas/run/parallel.hpp>
#include <nas/run/tabulate.hpp>
#include <nas/spaces/choice_space.hpp>

struct counting {
    double calls = 0;
    double operator()(const auto&) { return ++calls; }
};

int main() {
    nas::threads pool{1};
    nas::tabulate(nas::choice_space<6>{5}, counting{}, {}, pool, [](const auto&) {});
}

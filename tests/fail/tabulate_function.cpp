// expect: nas: a std::function hides whether its call changes what it holds, so that it cannot be called from several threads
// SPDX-License-Identifier: Apache-2.0

#include <functional>

#include <nas/run/parallel.hpp>
#include <nas/run/tabulate.hpp>
#include <nas/spaces/choice_space.hpp>

using space = nas::choice_space<6>;

int main() {
    nas::threads pool{1};
    const std::function<double(const space::arch_type&)> constant = [](const auto&) { return 1.0; };
    nas::tabulate(space{5}, constant, {}, pool, [](const auto&) {});
}

// expect: nas: the space's keys need a std::hash
// SPDX-License-Identifier: Apache-2.0

#include <nas/operators/identity.hpp>
#include <nas/spaces/choice_space.hpp>

struct unhashable {
    int value = 0;
    friend bool operator==(const unhashable&, const unhashable&) = default;
};

struct my_space : nas::choice_space<6> {
    using nas::choice_space<6>::choice_space;
    unhashable key(const arch_type& arch) const { return {arch[0]}; }
};

int main() { nas::network_of(my_space{5}, {}); }

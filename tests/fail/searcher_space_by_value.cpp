// expect: nas: the searcher's space() returns a copy, of which nothing is left after the call
// SPDX-License-Identifier: Apache-2.0

#include <optional>

#include <nas/run/search.hpp>
#include <nas/spaces/choice_space.hpp>

using cells = nas::choice_space<6>;

struct my_searcher {
    using space_type = cells;
    cells space() const { return five; }
    std::optional<nas::proposal<cells::arch_type>> ask(const nas::ask_view<cells::arch_type>&, nas::rng& random) const {
        return five.sample(random);
    }
    void tell(const nas::trial<cells::arch_type>&, nas::rng&) {}
    cells five{5};
};

int main() {
    nas::search search{my_searcher{}, [](const cells::arch_type& arch) { return arch[0]; }};
}

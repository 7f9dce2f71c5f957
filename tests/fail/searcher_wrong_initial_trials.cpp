// expect: nas: the searcher's initial_trials must be `std::size_t initial_trials() const`
// SPDX-License-Identifier: Apache-2.0

#include <cstddef>
#include <optional>

#include <nas/core/draws.hpp>
#include <nas/run/search.hpp>
#include <nas/spaces/choice_space.hpp>

using cells = nas::choice_space<6>;

struct my_searcher {
    using space_type = cells;
    const cells& space() const { return five; }
    std::optional<nas::proposal<cells::arch_type>> ask(const nas::ask_view<cells::arch_type>&, nas::rng& random) const {
        return five.sample(random);
    }
    void tell(const nas::trial<cells::arch_type>&, nas::rng&) {}
    std::size_t initial_trials() { return 5; }
    cells five{5};
};

int main() {
    nas::search search{my_searcher{}, [](const cells::arch_type& arch) { return arch[0]; }};
}

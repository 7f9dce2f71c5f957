// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/random_share.hpp>

#include <doctest/doctest.h>

#include <optional>

#include <nas/spaces/choice_space.hpp>

namespace {

using cells = nas::choice_space<6>;
using cell = cells::arch_type;

const cells space{5};
const nas::told_networks<cells> told;
const nas::ask_view<cell> view;

}  // namespace

TEST_CASE("random_share: so many proposals are drawn, the others chosen") {
    const cell chosen{1, 2, 3, 4, 0, 1};
    const auto choose = [&] { return nas::propose(chosen); };
    const auto chosen_of_thousand = [&](bool has_learned, double share) {
        nas::rng random(1);
        int count = 0;
        for (int i = 0; i < 1000; ++i)
            count +=
                nas::detail::choose_or_sample(told, space, view, has_learned, share, random, choose)->arch == chosen;
        return count;
    };
    CHECK(chosen_of_thousand(true, 0) == 1000);
    CHECK(chosen_of_thousand(true, 0.2) > 750);  // 800, with a deviation of 13
    CHECK(chosen_of_thousand(true, 0.2) < 850);
    CHECK(chosen_of_thousand(true, 1) < 5);  // one in 15,625 is drawn
    CHECK(chosen_of_thousand(false, 0) < 5);
}

TEST_CASE("random_share: where nothing is chosen, an architecture is drawn") {
    nas::rng random(1);
    const auto nothing = [] { return std::optional<nas::proposal<cell>>(); };
    CHECK(nas::detail::choose_or_sample(told, space, view, true, 0, random, nothing).has_value());
    CHECK(nas::detail::random_share_field().name == "random");
    CHECK(nas::detail::random_share_field("mine").source == "mine");
}

// SPDX-License-Identifier: Apache-2.0
#include <nas/report/search_outcome.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace {

nas::contestant contestant_of(const std::vector<std::uint64_t>& digests) {
    nas::contestant one{"one"};
    for (const std::uint64_t digest : digests) one.searches.push_back({.digest = digest});
    return one;
}

}  // namespace

TEST_CASE("search_outcome: what is taken home is the recommendation where there is one") {
    nas::search_outcome search{.incumbent = {.code = "a", .score = 1}};
    CHECK(search.taken_home().code == "a");
    CHECK(search.score() == 1);
    search.recommended = nas::finding{.code = "b", .score = 2};
    CHECK(search.taken_home().code == "b");
    CHECK(search.score() == 2);
}

TEST_CASE("search_outcome: seeds that make no difference are seen from the searches") {
    CHECK(nas::seeds_are_alike(contestant_of({4, 4, 4})));
    CHECK_FALSE(nas::seeds_are_alike(contestant_of({4, 4, 5})));
    CHECK_FALSE(nas::seeds_are_alike(contestant_of({4})));  // nobody can say
    CHECK_FALSE(nas::seeds_are_alike(contestant_of({})));
    nas::contestant unknown = contestant_of({4, 4});
    unknown.searches[1].digest.reset();
    CHECK_FALSE(nas::seeds_are_alike(unknown));
    unknown.searches[0].digest.reset();
    CHECK_FALSE(nas::seeds_are_alike(unknown));
}

TEST_CASE("search_outcome: two that made the same searches") {
    CHECK(nas::same_searches(contestant_of({4, 5}), contestant_of({4, 5})));
    CHECK_FALSE(nas::same_searches(contestant_of({4, 5}), contestant_of({5, 4})));
    CHECK_FALSE(nas::same_searches(contestant_of({4, 5}), contestant_of({4})));
    nas::contestant unknown = contestant_of({4});
    unknown.searches[0].digest.reset();
    CHECK_FALSE(nas::same_searches(unknown, unknown));
}

// SPDX-License-Identifier: Apache-2.0
#include <nas/operators/told_networks.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nas/spaces/choice_space.hpp>

namespace {

using space_type = nas::choice_space<2>;
using arch_type = space_type::arch_type;
using proposal = nas::proposal<arch_type>;

/// Both orders of two numbers are one network.
struct symmetric_space : space_type {
    using space_type::space_type;
    int key(const arch_type& arch) const { return arch[0] + arch[1] + 100 * arch[0] * arch[1]; }
};

template <class Space>
nas::told_networks<Space> told(const Space& space, const std::vector<arch_type>& archs) {
    nas::told_networks<Space> all;
    for (const arch_type& arch : archs) all.insert(space, nas::trial<arch_type>{{arch}, {}});
    return all;
}

const nas::ask_view<arch_type> nothing_pending;

}  // namespace

TEST_CASE("told_networks: what was told or is pending is not new") {
    const space_type space{3};
    const auto networks = told(space, {{0, 1}, {0, 1}, {2, 2}});
    CHECK(networks.size() == 2);
    const std::vector<proposal> pending{proposal({1, 1})};
    nas::ask_view<arch_type> view;
    view.pending = pending;
    CHECK_FALSE(networks.is_new(space, view, {0, 1}));
    CHECK_FALSE(networks.is_new(space, view, {1, 1}));
    CHECK(networks.is_new(space, nothing_pending, {1, 1}));
    CHECK(networks.is_new(space, view, {1, 0}));
}

TEST_CASE("told_networks: keys tell networks apart where a space has them") {
    const symmetric_space space{3};
    CHECK_FALSE(told(space, {{0, 1}}).is_new(space, nothing_pending, {1, 0}));
}

TEST_CASE("told_networks: what was told at a lower fidelity may still be trained in full, whatever became of it") {
    const space_type space{3};
    nas::told_networks<space_type> networks;
    networks.insert(space, nas::trial<arch_type>{{{0, 1}, nas::no_trial, 0.5}, {}});
    CHECK(networks.is_new(space, nothing_pending, {0, 1}));
    networks.insert(space, nas::trial<arch_type>{{{0, 1}}, nas::evaluation<>::failure("a test's failure")});
    CHECK_FALSE(networks.is_new(space, nothing_pending, {0, 1}));
}

TEST_CASE("told_networks: the first new draw is proposed, with its parent") {
    const space_type space{3};
    const auto networks = told(space, {{0, 1}, {0, 2}});
    nas::rng random{1};
    const std::vector<proposal> draws{proposal({0, 1}, 5), proposal({0, 2}, 6), proposal({1, 2}, 7)};
    std::size_t at = 0;
    const auto next =
        networks.propose_new(space, nothing_pending, random, 3, [&](nas::rng&) { return draws.at(at++); });
    REQUIRE(next);
    CHECK(next->arch == arch_type{1, 2});
    CHECK(next->parent == 7);
    CHECK(at == 3);
}

TEST_CASE("told_networks: draws that have become all the same go on around that, until every network was told") {
    const space_type space{4};
    nas::told_networks<space_type> networks;
    nas::rng random{1};
    std::set<arch_type> proposed;
    std::size_t steps = 0;  // from the draw to the proposal, of the first ones
    for (std::size_t n = 0; n < 16; ++n) {
        const auto next = networks.propose_new(space, nothing_pending, random, 2, [](nas::rng&) {
            return proposal({1, 1}, 9);
        });
        REQUIRE(next);
        CHECK(next->parent == 9);
        if (n == 1) steps = static_cast<std::size_t>((next->arch[0] != 1) + (next->arch[1] != 1));
        CHECK(proposed.insert(next->arch).second);
        networks.insert(space, nas::trial<arch_type>{*next, {}});
    }
    CHECK(steps == 1);
    CHECK_FALSE(networks.propose_new(space, nothing_pending, random, 2, [](nas::rng&) { return proposal({1, 1}); }));
}

TEST_CASE("told_networks: new samples are uniform, and come until every network was told or is pending") {
    const space_type space{4};
    nas::told_networks<space_type> networks;
    nas::rng random{1};
    for (const std::size_t draws : {1U, 500U}) {
        const std::vector<proposal> pending{proposal({3, 3}), proposal({0, 2})};
        nas::ask_view<arch_type> view;
        view.pending = pending;
        std::set<arch_type> proposed;
        networks = {};
        while (auto next = networks.sample_new(space, view, random, draws)) {
            CHECK(next->parent == nas::no_trial);
            REQUIRE(proposed.insert(next->arch).second);
            networks.insert(space, nas::trial<arch_type>{*next, {}});
        }
        CHECK(proposed.size() == 14);
        CHECK_FALSE(proposed.contains({3, 3}));
    }
    networks = told(space, {{0, 0}, {0, 1}, {0, 2}, {0, 3}, {1, 0}, {1, 1}, {1, 2}, {1, 3}});
    std::array<double, 16> counts{};
    for (std::size_t n = 0; n < 4000; ++n)
        ++counts[space.index(networks.sample_new(space, nothing_pending, random)->arch)];
    for (std::size_t i = 0; i < 16; ++i) CHECK(std::abs(counts[i] - (i < 8 ? 0 : 500)) < 95);  // 4.5 deviations
}

TEST_CASE("told_networks: a space with keys is searched to its last network") {
    const symmetric_space space{4};
    nas::told_networks<symmetric_space> networks;
    nas::rng random{2};
    std::size_t count = 0;
    while (auto next = networks.propose_new(space, nothing_pending, random, 1, [](nas::rng&) {
        return proposal({0, 0});
    })) {
        networks.insert(space, nas::trial<arch_type>{*next, {}});
        REQUIRE(++count <= 10);
    }
    CHECK(count == 10);
}

TEST_CASE("told_networks: a space without decisions, mutation or count ends after the draws") {
    struct word_space {
        using arch_type = std::string;
        static std::string sample(nas::rng&) { return "a"; }
        static bool contains(const std::string&) { return true; }
        static std::string describe(const std::string& arch) { return arch; }
        static std::string parse(std::string_view text) { return std::string(text); }
    };
    const word_space space;
    nas::told_networks<word_space> networks;
    networks.insert(space, nas::trial<std::string>{{"a"}, {}});
    nas::rng random{3};
    std::size_t draws = 0;
    const auto draw = [&](nas::rng&) {
        ++draws;
        return nas::proposal<std::string>("a");
    };
    CHECK_FALSE(networks.propose_new(space, nas::ask_view<std::string>{}, random, 7, draw));
    CHECK(draws == 7);
}

// SPDX-License-Identifier: Apache-2.0
#include <nas/operators/identity.hpp>

#include <set>

#include <doctest/doctest.h>

#include "example_spaces.hpp"

using namespace nas::tests;

namespace {

using bytes = std::vector<std::uint8_t>;

/// Real numbers: no decisions and no hash, only a description. Two are the same network where they round to the same.
struct point {
    double x = 0;
    bool operator==(const point&) const = default;
};
struct line_space {
    using arch_type = point;
    static point sample(nas::rng& random) { return {nas::unit(random)}; }
    static bool contains(const point&) { return true; }
    static std::string describe(const point& arch) { return std::to_string(arch.x); }
    static point parse(std::string_view text) { return {std::stod(std::string(text))}; }
};
struct rounded_space : line_space {
    static long key(const point& arch) { return static_cast<long>(arch.x + 0.5); }
};
struct word_space {
    using arch_type = std::string;
    static std::string sample(nas::rng&) { return "a"; }
    static bool contains(const std::string&) { return true; }
    static std::string describe(const std::string& arch) { return "word " + arch; }
    static std::string parse(std::string_view text) { return std::string(text.substr(5)); }
};

}  // namespace

TEST_CASE("identity: a genotype, the architecture itself, or its description") {
    CHECK(nas::identity_of(nas::choice_space<3>{4}, {1, 2, 3}) == std::array<std::uint8_t, 3>{1, 2, 3});
    CHECK(nas::identity_of(word_space{}, "b") == "b");
    CHECK(nas::identity_of(line_space{}, {0.5}) == "0.500000");
    CHECK(std::is_same_v<nas::identity_t<nas::choice_space<3>>, std::array<std::uint8_t, 3>>);
}

TEST_CASE("identity: networks are told apart by the space's key where it has one") {
    CHECK(nas::network_of(line_space{}, {1.25}) == "1.250000");
    CHECK(nas::network_of(rounded_space{}, {1.25}) == 1);
    CHECK(nas::network_of(nas::choice_space<2>{4}, {1, 2}) == std::array<std::uint8_t, 2>{1, 2});
    CHECK(std::is_same_v<nas::network_t<rounded_space>, long>);
}

TEST_CASE("identity: hashes of all genotypes of a space differ, and use all bits") {
    const nas::choice_space<6> space{5};
    std::set<std::uint64_t> whole;
    std::set<std::uint64_t> low;
    for (std::uint64_t i = 0; i < space.size(); ++i) {
        const std::uint64_t hash = nas::detail::hash_of(space.at(i));
        whole.insert(hash);
        low.insert(hash & 0xffffU);
    }
    CHECK(whole.size() == 15625);
    CHECK(low.size() > 13500);  // 65536 * (1 - exp(-15625 / 65536)) = 13,901 expected
    CHECK(nas::detail::hash_of(bytes{}) != nas::detail::hash_of(bytes{0}));
    CHECK(nas::detail::hash_of(bytes{0}) != nas::detail::hash_of(bytes{0, 0}));
}

TEST_CASE("identity_set: finds what was inserted, in the order of insertion, each once") {
    const nas::choice_space<6> space{5};
    nas::identity_set<std::array<std::uint8_t, 6>> set;
    using set_type = decltype(set);
    CHECK(set.size() == 0);
    CHECK(set.find({}) == set_type::npos);
    CHECK_FALSE(set.contains({}));
    for (std::uint64_t i = 0; i < 5000; ++i) {
        CHECK(set.insert(space.at(3 * i)));
        CHECK_FALSE(set.insert(space.at(3 * (i / 2))));
        CHECK(set.size() == i + 1);
    }
    for (std::uint64_t i = 0; i < 15000; ++i)
        CHECK(set.find(space.at(i)) == (i % 3 == 0 ? static_cast<std::size_t>(i / 3) : set_type::npos));
}

TEST_CASE("identity_set: of strings") {
    nas::identity_set<std::string> set;
    for (int i = 0; i < 100; ++i) CHECK(set.insert(std::to_string(i)));
    for (int i = 0; i < 100; ++i) CHECK(set.find(std::to_string(i)) == static_cast<std::size_t>(i));
    CHECK_FALSE(set.contains("100"));
    CHECK_FALSE(set.insert("7"));
}

TEST_CASE("is_pending: exactly this architecture is in the view") {
    using arch = std::array<std::uint8_t, 2>;
    const std::vector<nas::proposal<arch>> pending{arch{1, 2}, arch{3, 0}};
    nas::ask_view<arch> view{};
    CHECK_FALSE(nas::is_pending(view, arch{1, 2}));
    view.pending = pending;
    CHECK(nas::is_pending(view, arch{1, 2}));
    CHECK(nas::is_pending(view, arch{3, 0}));
    CHECK_FALSE(nas::is_pending(view, arch{2, 1}));
}

// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <bit>
#include <concepts>
#include <cstdint>
#include <random>
#include <set>
#include <unordered_set>

#include <nas/core/rng.hpp>

TEST_CASE("rng: SplitMix64's published numbers (Rosetta Code, seed 1234567)") {
    nas::rng random{1234567};
    CHECK(random() == 6457827717110365317U);
    CHECK(random() == 3203168211198807973U);
    CHECK(random() == 9817491932198370423U);
    CHECK(random() == 4593380528125082431U);
    CHECK(random() == 16408922859458223821U);
}

TEST_CASE("rng: SplitMix64's first number from seed 0, as in Java and xoshiro's seeding") {
    nas::rng random{0};
    CHECK(random() == 0xe220a8397b1dcdafU);
    CHECK(random() == 0x6e789e6aa1b965f4U);
    CHECK(random() == 0x06c45d188009454fU);
}

TEST_CASE("rng: is a value, and constexpr") {
    static_assert(std::uniform_random_bit_generator<nas::rng>);
    constexpr auto second = [] {
        nas::rng random{1234567};
        random();
        return random();
    }();
    static_assert(second == 3203168211198807973U);
    nas::rng a{3};
    nas::rng b = a;
    CHECK(a == b);
    a();
    CHECK(!(a == b));
    b();
    CHECK(a == b);
}

TEST_CASE("streams: those of different seeds, trials and purposes differ") {
    std::set<std::uint64_t> seeds;
    std::size_t count = 0;
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        const nas::streams streams(seed);
        for (std::uint64_t trial = 0; trial < 100; ++trial)
            for (const nas::purpose use :
                 {nas::purpose::begin, nas::purpose::ask, nas::purpose::tell, nas::purpose::evaluate}) {
                seeds.insert(streams.seed(trial, use));
                CHECK(streams(trial, use) == nas::rng{streams.seed(trial, use)});
                ++count;
            }
    }
    CHECK(seeds.size() == count);
    CHECK(nas::streams(1)(2, nas::purpose::ask) == nas::streams(1)(2, nas::purpose::ask));
}

TEST_CASE("streams: no two of a long search share a draw") {
    const nas::streams streams(7);
    std::unordered_set<std::uint64_t> drawn;
    for (std::uint64_t trial = 0; trial < 2'000; ++trial)
        for (const nas::purpose use : {nas::purpose::ask, nas::purpose::tell, nas::purpose::evaluate}) {
            nas::rng random = streams(trial, use);
            for (int i = 0; i < 50; ++i) drawn.insert(random());
        }
    CHECK(drawn.size() == 2'000 * 3 * 50);
}

TEST_CASE("streams: neighbours are not correlated") {
    // Half of the bits of two independent words differ: 32 +- 4 a pair, hence 32 +- 0.04 on average over 10,000.
    const auto mean_difference = [](auto first, auto second) {
        double differing = 0;
        for (std::uint64_t trial = 0; trial < 10'000; ++trial) differing += std::popcount(first(trial) ^ second(trial));
        return differing / 10'000;
    };
    const nas::streams streams(1);
    const auto ask = [&](std::uint64_t trial) { return streams(trial, nas::purpose::ask)(); };
    const auto next_trial = [&](std::uint64_t trial) { return streams(trial + 1, nas::purpose::ask)(); };
    const auto tell = [&](std::uint64_t trial) { return streams(trial, nas::purpose::tell)(); };
    const auto second_draw = [&](std::uint64_t trial) {
        nas::rng random = streams(trial, nas::purpose::ask);
        random();
        return random();
    };
    const auto other_seed = [](std::uint64_t trial) { return nas::streams(2)(trial, nas::purpose::ask)(); };
    CHECK(mean_difference(ask, next_trial) == doctest::Approx(32).epsilon(0.005));
    CHECK(mean_difference(ask, tell) == doctest::Approx(32).epsilon(0.005));
    CHECK(mean_difference(ask, second_draw) == doctest::Approx(32).epsilon(0.005));
    CHECK(mean_difference(ask, other_seed) == doctest::Approx(32).epsilon(0.005));
}

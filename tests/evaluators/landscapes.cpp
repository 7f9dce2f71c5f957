// SPDX-License-Identifier: Apache-2.0
#include <nas/evaluators/landscapes.hpp>
#include <nas/evaluators/landscapes/cells.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>

namespace {

nas::context trial(nas::trial_id id) {
    return {id, nas::streams{1}.seed(id, nas::purpose::evaluate), nas::full_fidelity};
}

// Value and number of the architectures that reach the most.
template <class Landscape>
std::pair<double, int> brute_force(const Landscape& landscape) {
    double most = -1e9;
    int how_many = 0;
    for (std::uint64_t i = 0; i < landscape.space().size(); ++i) {
        const double value = landscape.mean(landscape.space().at(i));
        if (value > most) {
            most = value;
            how_many = 0;
        }
        how_many += value == most ? 1 : 0;
    }
    return {most, how_many};
}

template <class Landscape>
void check_optimum(const Landscape& landscape) {
    const auto [most, how_many] = brute_force(landscape);
    CHECK(landscape.optimum() == most);
    CHECK(landscape.mean(landscape.best()) == most);
    CHECK(how_many == 1);
}

// Architectures at which no change of one decision helps.
template <class Landscape>
int local_optima(const Landscape& landscape) {
    const auto& space = landscape.space();
    int count = 0;
    for (std::uint64_t i = 0; i < space.size(); ++i) {
        const auto arch = space.at(i);
        bool better = false;
        for (std::size_t k = 0; k < space.decisions(); ++k) {
            auto other = arch;
            for (std::size_t choice = 0; choice < space.cardinality(k); ++choice) {
                other[k] = static_cast<std::uint8_t>(choice);
                better = better || landscape(other) > landscape(arch);
            }
        }
        count += better ? 0 : 1;
    }
    return count;
}

}  // namespace

TEST_CASE("landscapes: the optimum is what brute force finds, and unique") {
    const nas::choice_space<6> even(4);
    const nas::choice_space<5> uneven(std::array{3, 5, 2, 4, 3});
    const nas::choice_space dynamic(7, 3);
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        CAPTURE(seed);
        check_optimum(nas::separable_landscape(even, {.seed = seed}));
        check_optimum(nas::separable_landscape(uneven, {.seed = seed}));
        check_optimum(nas::trap_landscape(even, {.block = 3, .seed = seed}));
        check_optimum(nas::trap_landscape(uneven, {.block = 4, .seed = seed}));
        check_optimum(nas::trap_landscape(dynamic, {.block = 1, .seed = seed}));
        check_optimum(nas::plateau_landscape(even, {.block = 3, .seed = seed}));
        check_optimum(nas::plateau_landscape(uneven, {.block = 100, .seed = seed}));
        for (std::size_t neighbors = 0; neighbors < 5; ++neighbors) {
            CAPTURE(neighbors);
            check_optimum(nas::nk_landscape(uneven, {.neighbors = neighbors, .seed = seed}));
            check_optimum(nas::nk_landscape(even, {.neighbors = neighbors, .seed = seed}));
        }
        check_optimum(nas::nk_landscape(dynamic, {.neighbors = 5, .seed = seed}));
    }
    check_optimum(nas::nk_landscape(nas::choice_space(9, 2), {.neighbors = 7}));
}

TEST_CASE("landscapes: seeds make them") {
    const nas::choice_space<6> space(5);
    nas::rng random(3);
    const auto arch = space.sample(random);
    for (const std::string name : {"separable", "nk"}) {
        const auto value = [&](std::uint64_t seed) {
            return nas::visit_landscape(name + ":seed=" + std::to_string(seed), space,
                                        [&](const auto& f) { return f.mean(arch); });
        };
        CHECK(value(1) == value(1));
        CHECK(value(1) != value(2));
    }
    CHECK(nas::trap_landscape(space, {.seed = 1}).best() != nas::trap_landscape(space, {.seed = 2}).best());
    CHECK(nas::plateau_landscape(space, {.seed = 1}).best() != nas::plateau_landscape(space, {.seed = 2}).best());
}

TEST_CASE("landscapes: separable, from 0 to 1, one local optimum") {
    const nas::choice_space<5> space(std::array{3, 5, 2, 4, 1});
    const nas::separable_landscape landscape(space, {.seed = 4});
    double least = 1;
    for (std::uint64_t i = 0; i < space.size(); ++i) least = std::min(least, landscape(space.at(i)));
    CHECK(least == doctest::Approx(0.2));  // the lone choice of the last decision is worth 1
    CHECK(local_optima(landscape) == 1);
}

TEST_CASE("landscapes: trap by its formula") {
    const nas::choice_space<5> space(3);
    const nas::trap_landscape landscape(space, {.block = 3});
    auto arch = landscape.best();
    const auto miss = [&](std::size_t i) { arch[i] = static_cast<std::uint8_t>((arch[i] + 1) % 3); };
    CHECK(landscape(arch) == 1);
    miss(0);
    CHECK(landscape(arch) == 2.0 / 5);  // 0 of the block of 3, all of the block of 2
    miss(1);
    CHECK(landscape(arch) == 3.0 / 5);
    miss(2);
    CHECK(landscape(arch) == 4.0 / 5);
    miss(3);
    CHECK(landscape(arch) == 2.0 / 5);
    miss(4);
    CHECK(landscape(arch) == 3.0 / 5);
}

TEST_CASE("landscapes: a plateau changes only with whole blocks") {
    const nas::choice_space<5> space(3);
    const nas::plateau_landscape landscape(space, {.block = 2});
    auto arch = landscape.best();
    CHECK(landscape(arch) == 1);
    arch[0] = static_cast<std::uint8_t>((arch[0] + 1) % 3);
    CHECK(landscape(arch) == 2.0 / 3);
    arch[1] = static_cast<std::uint8_t>((arch[1] + 1) % 3);
    CHECK(landscape(arch) == 2.0 / 3);
    arch[4] = static_cast<std::uint8_t>((arch[4] + 1) % 3);
    CHECK(landscape(arch) == 1.0 / 3);
}

TEST_CASE("landscapes: NK is rugged as K says, and depends on no more than K + 1 decisions") {
    const nas::choice_space<8> space(2);
    CHECK(local_optima(nas::nk_landscape(space, {.neighbors = 0})) == 1);
    int few = 0;
    int many = 0;
    double sum = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        few += local_optima(nas::nk_landscape(space, {.neighbors = 1, .seed = seed}));
        const nas::nk_landscape random(space, {.neighbors = 7, .seed = seed});
        many += local_optima(random);
        for (std::uint64_t i = 0; i < space.size(); ++i) sum += random(space.at(i)) / 256 / 20;
    }
    // Expected with K = N - 1: 2^8 / 9 = 28.4 each (Kauffman and Levin 1987).
    CHECK(std::abs(many / 20.0 - 28.4) < 2);
    CHECK(few < many / 3);
    CHECK(std::abs(sum - 0.5) < 0.01);

    // With K = 2 a change of decision 0 touches contributions 6, 7 and 0: the rest of the sum stays, whatever decision 3 is.
    const nas::nk_landscape landscape(space, {.neighbors = 2, .seed = 5});
    std::array<std::uint8_t, 8> a{};
    std::array<std::uint8_t, 8> b{1};
    const double change = landscape(b) - landscape(a);
    a[3] = b[3] = 1;
    CHECK(landscape(b) - landscape(a) == doctest::Approx(change));
    a[2] = b[2] = 1;
    CHECK(landscape(b) - landscape(a) != doctest::Approx(change));
}

TEST_CASE("landscapes: the optimum of a large NK is above all that a search finds") {
    const nas::nk_landscape landscape(nas::choice_space(40, 4), {.neighbors = 3, .seed = 8});
    nas::search search{nas::random_search{landscape.space()}, landscape, {.seed = 2}};
    search.run({.trials = 2000});
    CHECK(search.history().best().value() < landscape.optimum());
    CHECK(landscape.optimum() < 1);
    // No change of one decision helps.
    auto arch = landscape.best();
    for (std::size_t i = 0; i < 40; ++i)
        for (std::uint8_t choice = 0; choice < 4; ++choice) {
            auto other = arch;
            other[i] = choice;
            CHECK(landscape(other) <= landscape.optimum());
        }
}

TEST_CASE("noisy: normal, of the trial's own stream") {
    const nas::choice_space<6> space(5);
    const nas::noisy_evaluator landscape{nas::separable_landscape{space}, 0.25};
    const auto arch = landscape.best();
    CHECK(landscape.optimum() == 1);
    CHECK(landscape.mean(arch) == 1);
    CHECK(landscape.space() == space);
    CHECK(landscape(arch, trial(3)).values == landscape(arch, trial(3)).values);
    constexpr int count = 20000;
    double sum = 0;
    double squares = 0;
    int within = 0;
    for (nas::trial_id id = 0; id < count; ++id) {
        const double noise = (landscape(arch, trial(id)).values[0] - 1) / 0.25;
        sum += noise;
        squares += noise * noise;
        within += std::abs(noise) < 1 ? 1 : 0;
    }
    CHECK(std::abs(sum / count) < 4 / std::sqrt(count));
    CHECK(std::abs(squares / count - 1) < 4 * std::sqrt(2.0 / count));
    CHECK(std::abs(within / double{count} - 0.6827) < 0.014);

    // The evaluator draws from the trial's stream, the noise from another.
    const auto drawing = [](const std::array<std::uint8_t, 6>&, const nas::context& about) {
        nas::rng random = about.random();
        return nas::unit(random);
    };
    CHECK(nas::noisy(drawing, 0)(arch, trial(5)).values[0] == drawing(arch, trial(5)));
    CHECK_THROWS_WITH_AS(nas::noisy(drawing, -1),
                         "nas::noisy_evaluator: sigma (-1.000000) must be finite and at least 0",
                         std::invalid_argument);

    // Costs, failures and several objectives go through.
    const auto pair = [](int) { return nas::evaluation<2>({1, 2}, 7); };
    const auto result = nas::noisy(pair, 0.1)(0, trial(0));
    CHECK(result.cost == 7);
    CHECK(result.values[0] != 1);
    CHECK(result.values[1] - 2 != doctest::Approx(result.values[0] - 1));
}

TEST_CASE("landscapes: by name, with options") {
    const nas::choice_space space(8, 3);
    for (const std::string_view name : nas::landscape_names) {
        CAPTURE(std::string(name));
        const double value = nas::visit_landscape(name, space, [](const auto& landscape) {
            CHECK(landscape.mean(landscape.best()) == landscape.optimum());
            nas::search search{nas::random_search{landscape.space()}, landscape, {.seed = 2}};
            search.run({.trials = 20});
            CHECK(search.history().size() == 20);
            return search.history().best().value();
        });
        CHECK(std::isfinite(value));
    }
    CHECK(nas::visit_landscape("nk:neighbors=4,seed=9", space, [](const auto& landscape) {
              return landscape.optimum();
          }) == nas::nk_landscape(space, {.neighbors = 4, .seed = 9}).optimum());
    const auto nothing = [](const auto&) {};
    CHECK_THROWS_WITH_AS(nas::visit_landscape("hill", space, nothing),
                         "nas::visit_landscape: no landscape 'hill'; there are separable, trap, nk, plateau, noisy",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::visit_landscape("nk:k=3", space, nothing),
                         "landscape nk: no option 'k'; there is neighbors, seed", std::invalid_argument);
    CHECK_THROWS_AS(nas::visit_landscape("noisy:sigma=-1", space, nothing), std::invalid_argument);
}

TEST_CASE("landscapes: impossible spaces and options") {
    CHECK_THROWS_WITH_AS(nas::trap_landscape(nas::choice_space<3>(2), {.block = 0}),
                         "nas::trap_landscape: block (0) must be in [1, 1e+09]", std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::nk_landscape(nas::choice_space<3>(2), {.neighbors = 3}),
                         "nas::nk_landscape: neighbors (3) must be below the number of decisions (3)",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(
        nas::nk_landscape(nas::choice_space<20>(8), {.neighbors = 5}),
        "nas::nk_landscape: neighbors (5) must be smaller for 20 decisions of up to 8 choices: finding the optimum "
        "takes too long",
        std::invalid_argument);
    const nas::choice_space conditional{std::vector<nas::decision>{
        {"op", 2, {"conv", "pool"}}, {"kernel", 3, {"1", "3", "5"}, nas::decision_tag::size, nas::condition{0, {0}}}}};
    CHECK_THROWS_WITH_AS(nas::separable_landscape{conditional},
                         "nas::separable_landscape: the decisions of the space must not depend on each other",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::plateau_landscape(nas::choice_space(0, 2)),
                         "nas::plateau_landscape: the space must have at least one decision", std::invalid_argument);
}

TEST_CASE("cell_landscape: its optimum against all cells") {
    const std::vector<std::string> few{"a", "b", "c"};
    for (const nas::cell_space_options& options :
         {nas::cell_space_options{.blocks = 2, .operations = few},
          nas::cell_space_options{.blocks = 3, .operations = {"a", "b"}, .lookback = 1},
          nas::cell_space_options{.blocks = 3, .operations = {"a", "b"}, .lookback = 1, .lookforward = 1},
          nas::cell_space_options{.blocks = 3, .operations = {"a", "b"}, .lookback = 0, .lookforward = 0},
          nas::cell_space_options{.blocks = 2, .operations = few, .output = nas::cell_output::all}})
        for (std::uint64_t seed = 0; seed < 6; ++seed) {
            const nas::cell_landscape landscape(nas::cell_space(options), {.seed = seed});
            CHECK(landscape.optimum() == doctest::Approx(brute_force(landscape).first));
            CHECK(landscape(landscape.best(), trial(3)).values[0] == landscape.optimum());
        }
}

TEST_CASE("cell_landscape: worth by hand, and the same for equal cells") {
    const nas::cell_landscape landscape(nas::cell_space{}, {.depth = 0.5, .interaction = 0, .seed = 3});
    const auto worth = [&](const char* text) { return -std::log(1 - landscape.mean(landscape.space().parse(text))); };
    const double identity = worth("(-1, identity, -1, identity)");
    const double conv = worth("(-1, 3x3 dconv, -1, 3x3 dconv)");
    CHECK(worth("(-1, identity, -1, 3x3 dconv)") == doctest::Approx((identity + conv) / 2));
    CHECK(worth("(-2, identity, -2, identity)") == doctest::Approx(identity - 0.1));
    CHECK(worth("(-1, identity, -1, identity) (-1, 3x3 dconv, -1, 3x3 dconv)") ==
          doctest::Approx((identity + conv) / 2));
    const double on_identity = worth("(-1, identity, -1, identity) (0, 3x3 dconv, 0, 3x3 dconv)");
    const double on_conv = worth("(-1, 3x3 dconv, -1, 3x3 dconv) (0, 3x3 dconv, 0, 3x3 dconv)");
    CHECK(on_identity - on_conv == doctest::Approx(0.5 * (identity - conv)));
    nas::rng random(5);
    const nas::cell_landscape paired(nas::cell_space{}, {.seed = 3});
    for (int n = 0; n < 200; ++n) {
        const auto arch = paired.space().sample(random);
        CHECK(paired.mean(arch) == doctest::Approx(paired.mean(paired.space().canonical(arch))));
    }
    const nas::cell_landscape noisy(nas::cell_space{}, {.sigma = 0.1, .seed = 3});
    CHECK((noisy.noise() == nas::evaluation_noise::some && paired.noise() == nas::evaluation_noise::none));
    CHECK(noisy.optimum() == paired.optimum());
    CHECK(noisy(noisy.best(), trial(1)).values[0] != noisy(noisy.best(), trial(2)).values[0]);
    CHECK(noisy(noisy.best(), trial(1)).values[0] == noisy(noisy.best(), trial(1)).values[0]);
    CHECK_THROWS_AS(nas::cell_landscape(nas::cell_space{}, {.depth = 1}), std::invalid_argument);
}

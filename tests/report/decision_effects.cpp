// SPDX-License-Identifier: Apache-2.0
#include <nas/report/decision_effects.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include <nas/run/search.hpp>
#include <nas/searchers/grid_search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/aggregate_space.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/spaces/mlp_space.hpp>

namespace {

using doctest::Approx;

/// Counts anew for each choice.
template <class History>
void check_against_counting(const History& past) {
    const auto& space = past.space();
    const auto effects = nas::decision_effects(past);
    std::size_t place = 0;
    for (std::size_t i = 0; i < space.decisions(); ++i) {
        double active_sum = 0;
        double active = 0;
        const auto genotype_of = [&](std::size_t row) {
            const auto arch = past.arch(row);
            const auto genotype = space.genotype(arch);
            return std::vector<std::uint8_t>(genotype.data(), genotype.data() + genotype.size());
        };
        for (std::size_t row = 0; row < past.size(); ++row) {
            if (!past.completed(row) || !nas::is_active(space, genotype_of(row), i)) continue;
            active_sum += past.value(row);
            ++active;
        }
        std::size_t trials = 0;
        double share = 0;
        for (std::size_t choice = 0; choice < space.cardinality(i); ++choice, ++place) {
            REQUIRE(place < effects.size());
            const nas::choice_effect& effect = effects[place];
            CHECK(effect.decision == i);
            CHECK(effect.choice == choice);
            std::vector<double> values;
            double cost = 0;
            for (std::size_t row = 0; row < past.size(); ++row) {
                const auto genotype = genotype_of(row);
                if (!past.completed(row) || !nas::is_active(space, genotype, i) || genotype[i] != choice) continue;
                values.push_back(past.value(row));
                cost += past.cost(row);
            }
            CHECK(effect.trials == values.size());
            trials += effect.trials;
            if (values.empty()) {
                CHECK(std::isnan(effect.mean));
                CHECK(std::isnan(effect.difference));
                CHECK(std::isnan(effect.cost));
                continue;
            }
            share += effect.share;
            const auto count = static_cast<double>(values.size());
            double mean = 0;
            for (const double value : values) mean += value / count;
            double squares = 0;
            for (const double value : values) squares += (value - mean) * (value - mean);
            CHECK(effect.mean == Approx(mean));
            CHECK(effect.difference == Approx(mean - active_sum / active));
            CHECK(effect.cost == Approx(cost / count));
            if (values.size() > 1) {
                CHECK(effect.deviation == Approx(std::sqrt(squares / (count - 1))));
            } else {
                CHECK(std::isnan(effect.deviation));
            }
        }
        CHECK(static_cast<double>(trials) == active);
        if (active > 0) CHECK(share == Approx(1));
    }
    CHECK(place == effects.size());
}

struct layer {
    bool dropout = false;
    int rate = 0;
    int units = 0;
    friend bool operator==(const layer&, const layer&) = default;
};

}  // namespace

TEST_CASE("decision_effects: in a full grid of a sum each choice differs by what it adds") {
    using space = nas::choice_space<2>;
    nas::search search{nas::grid_search{space{3}}, [](const space::arch_type& arch) {
                           return nas::evaluation<>(10.0 * arch[0] + arch[1], 1.0 + arch[1]);
                       }};
    search.run();
    const auto effects = nas::decision_effects(search.history());
    REQUIRE(effects.size() == 6);
    for (std::size_t choice = 0; choice < 3; ++choice) {
        const auto step = static_cast<double>(choice) - 1;
        CHECK(effects[choice].trials == 3);
        CHECK(effects[choice].share == Approx(1.0 / 3));
        CHECK(effects[choice].difference == Approx(10 * step));
        CHECK(effects[choice].deviation == Approx(1));
        CHECK(effects[choice].cost == Approx(2));
        CHECK(effects[3 + choice].difference == Approx(step));
        CHECK(effects[3 + choice].cost == Approx(2 + step));
    }
    check_against_counting(search.history());
}

TEST_CASE("decision_effects: equal to counting where trials fail and choices were not tried") {
    using space = nas::choice_space<4>;
    nas::search search{nas::random_search{space{7}},
                       [](const space::arch_type& arch) {
                           if (arch[0] == 3 || arch[1] == arch[2]) throw std::runtime_error("no luck");
                           return nas::evaluation<>(std::sin(1.0 + arch[0] * arch[1] + arch[3]), 0.5 * arch[2]);
                       },
                       {.seed = 5}};
    for (const std::size_t trials : {0U, 1U, 3U, 60U}) {
        search.run({.trials = trials});
        check_against_counting(search.history());
    }
}

TEST_CASE("decision_effects: a decision counts where it is active") {
    const nas::aggregate_space space{
        nas::member<&layer::dropout>(),
        nas::member<&layer::rate>({10, 20}).when<&layer::dropout>(true),
        nas::member<&layer::units>({8, 16}),
    };
    nas::search search{nas::grid_search{space},
                       [](const layer& one) { return one.units + (one.dropout ? one.rate : 0.0); }};
    search.run();
    REQUIRE(search.history().size() == 6);
    const auto effects = nas::decision_effects(search.history());
    REQUIRE(effects.size() == 6);
    CHECK(effects[0].trials == 2);
    CHECK(effects[2].trials == 2);  // rate 10, not the inactive ones, which are 0 too
    CHECK(effects[2].difference == Approx(-5));
    CHECK(effects[3].difference == Approx(5));
    check_against_counting(search.history());
}

TEST_CASE("decision_effects: which layers come first and second in MLPNAS networks") {
    const nas::mlp_space space{{.units = {8, 16}, .activations = {nas::activation::relu}}};
    nas::search search{nas::grid_search{space}, [&](const nas::mlp_space::arch_type& arch) {
                           return static_cast<double>(space.parameters(arch, 4));
                       }};
    search.run();
    CHECK(search.history().size() == space.size());
    check_against_counting(search.history());
    const std::string table = nas::effects_csv(space, nas::decision_effects(search.history()));
    CHECK(table.substr(0, table.find('\n')) == "decision,choice,trials,share,mean,deviation,difference,cost_mean");
    // First: relu(8), of 67, 67, 139 and 235 parameters, or relu(16), of 131, 131, 243 and 403.
    CHECK(table.find("\nlayers/0,end,0,0,,,,\n") != std::string::npos);
    CHECK(table.find("\nlayers/0,relu(8),4,0.5,127,79.59899497,-50,0\n") != std::string::npos);
    CHECK(table.find("\nlayers/1,end,2,0.25,") != std::string::npos);
    CHECK(table.find("\nlayers/1,dropout,2,0.25,") != std::string::npos);
}

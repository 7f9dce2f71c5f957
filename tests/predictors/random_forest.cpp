// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/random_forest.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "operators/example_spaces.hpp"
#include "predictors/predictor_laws.hpp"

using namespace nas::tests;

namespace {

using cells = nas::choice_space<6>;
using cell = cells::arch_type;
using row = nas::choice_space<>::arch_type;

/// Numbers, of which it says a feature.
struct line_space {
    using arch_type = int;
    int sample(nas::rng& random) const { return static_cast<int>(nas::below(random, 100)); }
    bool contains(int at) const { return at >= 0 && at < 100; }
    std::string describe(int at) const { return std::to_string(at); }
    int parse(std::string_view text) const { return std::stoi(std::string(text)); }
    std::size_t encoding_size() const { return 1; }
    void encode(int at, std::span<double> features) const { features[0] = at / 100.0; }
};

const nas::random_forest_options one_tree{.trees = 1, .bootstrap = false};

template <class Space>
nas::random_forest<Space> fitted(const Space& space, nas::random_forest_options options,
                                 const std::vector<nas::arch_t<Space>>& archs, const std::vector<double>& values) {
    nas::random_forest<Space> forest(space, options);
    forest.fit(space, archs, values);
    return forest;
}

}  // namespace

TEST_CASE("random forest: the laws of predictors") {
    const cells space{5};
    check_predictor_laws(nas::random_forest<cells>(space), space, "nas::random_forest", 0.7);
    check_predictor_laws(nas::random_forest<cells>(space, {.trees = 30, .features = 0.5, .leaf = 3}), space,
                         "nas::random_forest", 0.6);
    const auto conditional = conditional_space();
    check_predictor_laws(nas::random_forest<nas::choice_space<>>(conditional), conditional, "nas::random_forest", 0.7);
}

TEST_CASE("random forest: a tree on all observations knows each of them") {
    const cells space{5};
    const auto seen = observe(space, 60, nas::rng(5));
    const auto forest = fitted(space, one_tree, seen.archs, seen.values);
    for (std::size_t i = 0; i < seen.archs.size(); ++i) {
        CHECK(forest.predict(space, seen.archs[i]) == seen.values[i]);
        CHECK(forest.deviation(space, seen.archs[i]) == 0);
    }
}

TEST_CASE("random forest: mean and deviation follow the law of total variance") {
    // No decision tells the four apart: each tree is one leaf, of its bootstrap sample.
    const nas::choice_space<> space(1, 2);
    const std::vector<row> archs(4);
    const std::vector<double> values{1, 2, 4, 9};
    const auto single = fitted(space, one_tree, archs, values);
    CHECK(single.predict(space, archs[0]) == 4);
    CHECK(single.deviation(space, archs[0]) == doctest::Approx(std::sqrt((9 + 4 + 0 + 25) / 4.0)));

    nas::rng random(11);
    nas::random_forest<nas::choice_space<>> forest(space, {.trees = 7});
    nas::rng same = random;
    forest.fit(space, archs, values, random);
    double sum = 0;
    double squares = 0;
    double variances = 0;
    for (int tree = 0; tree < 7; ++tree) {
        double mean = 0;
        double square = 0;
        for (int i = 0; i < 4; ++i) {
            const double value = values[nas::below(same, 4)];
            mean += value / 4;
            square += value * value / 4;
        }
        same();  // that of the decision it looked at, in vain
        if (square - mean * mean == 0) FAIL("a sample of equal values draws less");
        sum += mean / 7;
        squares += mean * mean / 7;
        variances += (square - mean * mean) / 7;
    }
    CHECK(forest.predict(space, archs[0]) == doctest::Approx(sum));
    CHECK(forest.deviation(space, archs[0]) == doctest::Approx(std::sqrt(variances + squares - sum * sum)));
}

TEST_CASE("random forest: the best of all splits of a decision's choices in two sets") {
    nas::rng random(3);
    for (int round = 0; round < 50; ++round) {
        const nas::choice_space<> space(1, 6);
        std::vector<row> archs;
        std::vector<double> values;
        for (int i = 0; i < 15; ++i) {
            archs.push_back(space.sample(random));
            values.push_back(nas::unit(random));
        }
        const auto left_over = [&](const auto& on_left) {
            double total = 0;
            for (const bool side : {false, true}) {
                double count = 0;
                double sum = 0;
                double squares = 0;
                for (std::size_t i = 0; i < archs.size(); ++i) {
                    if (on_left(archs[i]) != side) continue;
                    ++count;
                    sum += values[i];
                    squares += values[i] * values[i];
                }
                if (count == 0) return 1e9;
                total += squares - sum * sum / count;
            }
            return total;
        };
        double least = 1e9;
        for (unsigned set = 0; set < 64; ++set)
            least = std::min(least, left_over([&](const row& arch) { return ((set >> arch[0]) & 1U) != 0; }));
        // Two leaves: of the rows, those below the mean of both are on one side.
        nas::detail::regression_tree tree;
        const nas::detail::tree_columns<nas::choice_space<>> columns(space);
        std::vector<double> rows(archs.size());
        std::vector<std::uint32_t> all;
        for (std::size_t i = 0; i < archs.size(); ++i) {
            columns.read(space, archs[i], &rows[i]);
            all.push_back(static_cast<std::uint32_t>(i));
        }
        tree.grow({columns.levels(), rows, values}, all, {.depth = 1}, random);
        REQUIRE(tree.nodes().size() == 3);
        const double found = left_over([&](const row& arch) {
            double level = 0;
            columns.read(space, arch, &level);
            return &tree.leaf(&level) == &tree.nodes()[1];
        });
        CHECK(found == doctest::Approx(least));
    }
}

TEST_CASE("random forest: being inactive is a value, and not that of choice 0") {
    const auto space = conditional_space();
    std::vector<row> archs;
    std::vector<double> values;
    nas::rng random(4);
    for (int i = 0; i < 60; ++i) {
        archs.push_back(space.sample(random));
        const row& arch = archs.back();
        values.push_back(arch[0] == 1 ? (arch[2] == 0 ? 5 : 1) : 3);  // of kernel alone, where it is active
    }
    const auto forest = fitted(space, one_tree, archs, values);
    for (int i = 0; i < 60; ++i) {
        const row arch = space.sample(random);
        CHECK(forest.predict(space, arch) == (arch[0] == 1 ? (arch[2] == 0 ? 5 : 1) : 3));
    }
}

TEST_CASE("random forest: features are split by thresholds") {
    const line_space space;
    const std::vector<int> archs{10, 20, 60, 80, 80};
    const std::vector<double> values{1, 1, 7, 9, 11};
    const auto forest = fitted(space, one_tree, archs, values);
    CHECK(forest.predict(space, 0) == 1);
    CHECK(forest.predict(space, 39) == 1);
    CHECK(forest.predict(space, 41) == 7);
    CHECK(forest.predict(space, 69) == 7);
    CHECK(forest.predict(space, 71) == 10);
    CHECK(forest.deviation(space, 99) == 1);
}

TEST_CASE("random forest: limits of nodes") {
    const cells space{5};
    const auto seen = observe(space, 64, nas::rng(6));
    double mean = 0;
    for (const double value : seen.values) mean += value / 64;
    const auto stump = fitted(space, {.trees = 1, .split = 65, .bootstrap = false}, seen.archs, seen.values);
    CHECK(stump.predict(space, seen.archs[0]) == doctest::Approx(mean));
    const auto halves = fitted(space, {.trees = 1, .leaf = 33, .bootstrap = false}, seen.archs, seen.values);
    CHECK(halves.predict(space, seen.archs[0]) == doctest::Approx(mean));
    CHECK(fitted(space, {.seed = 1}, seen.archs, seen.values).predict(space, cell{}) !=
          fitted(space, {.seed = 2}, seen.archs, seen.values).predict(space, cell{}));
    CHECK_THROWS_WITH_AS((nas::random_forest<cells>(space, {.trees = 0})),
                         "nas::random_forest: trees (0) must be in [1, 1e+05]", std::invalid_argument);
}

TEST_CASE("random forest: which of two decisions that say the same splits a node does not depend on rounding") {
    // The second decision is what matters most of the first, whether it is above 1.
    nas::rng random(8);
    const std::vector<std::size_t> levels{4, 2};
    for (const double scale : {1.0, 1e-150, 1e300})
        for (int round = 0; round < 100; ++round) {
            std::vector<double> rows;
            std::vector<double> values;
            std::vector<std::uint32_t> all;
            for (std::uint32_t i = 0; i < 20; ++i) {
                const auto level = static_cast<double>(nas::below(random, 4));
                const double above = level > 1 ? 1 : 0;
                rows.insert(rows.end(), {level, above});
                values.push_back((10 * above + nas::unit(random)) / 7 * scale);
                all.push_back(i);
            }
            nas::rng same = random;
            const auto first = static_cast<std::uint32_t>(nas::below(same, 2));
            nas::detail::regression_tree tree;
            tree.grow({levels, rows, values}, all, {.depth = 1}, random);
            REQUIRE(tree.nodes().size() == 3);
            CHECK(tree.nodes()[0].column == first);
        }
}

TEST_CASE("random forest: interactions that no single decision shows are found") {
    const nas::choice_space<> space(2, 2);
    std::vector<row> archs;
    std::vector<double> values;
    for (std::uint64_t i = 0; i < 4; ++i) {
        archs.push_back(space.at(i));
        values.push_back(archs.back()[0] == archs.back()[1] ? 1 : 0);
    }
    const auto forest = fitted(space, one_tree, archs, values);
    for (std::size_t i = 0; i < 4; ++i) CHECK(forest.predict(space, archs[i]) == values[i]);
}

TEST_CASE("random_forest: a numeric decision is split by a threshold, and levels between those seen are like them") {
    nas::decision rate{"rate", 101};
    for (int level = 0; level <= 100; ++level) rate.values.push_back(level);
    const nas::choice_space<> space{std::vector<nas::decision>{rate, {"kind", 2}}};
    std::vector<row> archs;
    std::vector<double> values;
    for (int level = 0; level <= 100; level += 4) {
        archs.push_back(space.at(2U * static_cast<unsigned>(level)));
        values.push_back(level);
    }
    nas::random_forest<nas::choice_space<>> forest(space, one_tree);
    forest.fit(space, archs, values);
    for (unsigned level = 0; level <= 100; ++level)
        CHECK(std::abs(forest.predict(space, space.at(2 * level)) - level) <= 2);
}

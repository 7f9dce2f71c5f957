// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/data/leakage.hpp>
#include <nas/data/read_dataset.hpp>

#include "data_dir.hpp"

namespace {

using names = std::vector<std::string>;

names leaking(const nas::dataset& data, const nas::data_split& split, const nas::leak_options& options = {}) {
    names found;
    for (const nas::leak& leak : nas::find_leaks(data, split, options))
        found.push_back(data.feature_names[leak.feature]);
    return found;
}

template <class Action>
std::string fault(const Action& action) {
    try {
        action();
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

/// `count` rows of `classes` classes in turn, with feature(row, class, random) as x0 and noise as x1.
template <class Feature>
nas::dataset made(std::size_t count, std::uint32_t classes, const Feature& feature) {
    nas::rng random{5};
    std::vector<float> inputs;
    std::vector<std::uint32_t> labels;
    for (std::size_t i = 0; i < count; ++i) {
        labels.push_back(static_cast<std::uint32_t>(i) % classes);
        inputs.push_back(static_cast<float>(feature(i, labels.back(), random)));
        inputs.push_back(static_cast<float>(nas::unit(random)));
    }
    return nas::make_dataset(inputs, 2, labels, classes);
}

}  // namespace

TEST_CASE("leakage: copies of the label in any coding are named") {
    const auto split_of = [](const nas::dataset& data) { return nas::stratified_split(data, {}, 1); };
    const nas::dataset copy = made(1000, 4, [](std::size_t, std::uint32_t label, nas::rng&) { return label; });
    CHECK(leaking(copy, split_of(copy)) == names{"x0"});
    // Codes in another order, with noise about them that never mixes two.
    const nas::dataset coded = made(1000, 4, [](std::size_t, std::uint32_t label, nas::rng& random) {
        return (label * 7 % 4) * 10 + 5 * nas::unit(random);
    });
    CHECK(leaking(coded, split_of(coded)) == names{"x0"});
    // Several codes a class, as wine's quality has.
    const nas::dataset finer =
        made(1000, 4, [](std::size_t i, std::uint32_t label, nas::rng&) { return label * 3 + i % 3; });
    CHECK(leaking(finer, split_of(finer)) == names{"x0"});
    const nas::leak found = nas::find_leaks(copy, split_of(copy)).at(0);
    CHECK(found.score == 1);
    CHECK(found.chance == 0.25);
}

TEST_CASE("leakage: row numbers leak where rows are sorted by class") {
    std::vector<float> inputs;
    std::vector<std::uint32_t> labels;
    for (std::uint32_t i = 0; i < 2000; ++i) {
        inputs.push_back(static_cast<float>(i));
        labels.push_back(i / 200);
    }
    const nas::dataset data = nas::make_dataset(inputs, 1, labels, 10);
    // 170 training rows of each class: bins of a fixed number of rows would straddle the classes' borders.
    CHECK(leaking(data, nas::stratified_split(data, {.train = 0.85, .validation = 0.15}, 1)) == names{"x0"});
    const nas::dataset in_turn = made(2000, 10, [](std::size_t i, std::uint32_t, nas::rng&) { return i; });
    CHECK(leaking(in_turn, nas::stratified_split(in_turn, {}, 1)).empty());
}

TEST_CASE("leakage: a strong honest feature is not named until the threshold falls below it") {
    // Right for 95 rows of 100.
    const nas::dataset data = made(4000, 2, [](std::size_t, std::uint32_t label, nas::rng& random) {
        return nas::chance(random, 0.95) ? label : 1 - label;
    });
    const nas::data_split split = nas::stratified_split(data, {.train = 0.8, .validation = 0.2}, 1);
    CHECK(leaking(data, split).empty());
    CHECK(leaking(data, split, {.score = 0.9}) == names{"x0"});
}

TEST_CASE("leakage: equal values share a bin whatever the order of their rows") {
    // The value 0 is of class 0 in 990 of 1000 rows; the 10 others come first.
    std::vector<float> inputs;
    std::vector<std::uint32_t> labels;
    for (std::size_t i = 0; i < 2000; ++i) {
        inputs.push_back(i < 1000 ? 0 : 1);
        labels.push_back(i < 10 || i >= 1000 ? 1 : 0);
    }
    const nas::dataset data = nas::make_dataset(inputs, 1, labels, 2);
    CHECK(leaking(data, nas::stratified_split(data, {}, 1)) == names{"x0"});
}

TEST_CASE("leakage: two classes that lie apart are honest in few rows and what a label was made from is not") {
    const auto split_of = [](const nas::dataset& data) {
        return nas::stratified_split(data, {.train = 0.8, .validation = 0.2}, 1);
    };
    const auto tells = [&](std::size_t rows, const auto& feature, const nas::leak_options& options = {}) {
        const nas::dataset data = made(rows, 2, feature);
        return !leaking(data, split_of(data), options).empty();
    };
    const auto apart = [](std::size_t, std::uint32_t label, nas::rng& random) {
        return 10 * label + 5 * nas::unit(random);
    };
    CHECK_FALSE(tells(400, apart));
    CHECK(tells(400, apart, {.small_rows = 0}));
    CHECK(tells(4000, apart));
    CHECK_FALSE(tells(4000, apart, {.accepted = {"x0"}}));
    // A threshold of a number, of a score of few values, a code, a code of two values a class, a row number.
    CHECK(tells(400, [](std::size_t, std::uint32_t label, nas::rng& random) { return label + nas::unit(random); }));
    CHECK(tells(400, [](std::size_t i, std::uint32_t label, nas::rng&) { return 5 * label + i / 2 % 5; }));
    CHECK(tells(400, [](std::size_t, std::uint32_t label, nas::rng&) { return label; }));
    CHECK(tells(400, [](std::size_t i, std::uint32_t label, nas::rng&) { return 9 * label + i / 2 % 2; }));
    CHECK(tells(400, [](std::size_t i, std::uint32_t label, nas::rng&) { return 200 * label + i / 2; }));
    CHECK(fault([&] { tells(400, apart, {.accepted = {"z"}}); }) ==
          "nas::find_leaks: accepted 'z' must be a feature of data");
}

TEST_CASE("leakage: two kinds of iris") {
    const auto path = nas::tests::data_file("iris.csv");
    if (!path) return;
    const nas::dataset all = nas::read_dataset(*path, {.labels = {"class"}});
    for (std::uint32_t left_out = 0; left_out < 3; ++left_out) {
        CAPTURE(left_out);
        nas::dataset two = all;
        two.inputs.clear();
        two.labels.clear();
        for (std::uint32_t row = 0; row < all.rows(); ++row) {
            if (all.labels[row] == left_out) continue;
            two.inputs.insert(two.inputs.end(), all.row(row).begin(), all.row(row).end());
            two.labels.push_back(all.labels[row]);
        }
        for (std::uint64_t seed = 0; seed < 20; ++seed)
            CHECK(leaking(two, nas::stratified_split(two, {.train = 0.6, .validation = 0.4}, seed)).empty());
    }
}

TEST_CASE("leakage: unbalanced classes accuse no feature") {
    // One row of 200 is of the second class, so that any constant is right for 99.5 %.
    std::vector<float> inputs;
    std::vector<std::uint32_t> labels;
    nas::rng random{3};
    for (std::size_t i = 0; i < 4000; ++i) {
        labels.push_back(i % 200 == 0 ? 1 : 0);
        inputs.push_back(static_cast<float>(nas::unit(random)));
        inputs.push_back(static_cast<float>(labels.back()));
    }
    const nas::dataset data = nas::make_dataset(inputs, 2, labels, 2);
    CHECK(leaking(data, nas::stratified_split(data, {.train = 0.8, .validation = 0.2}, 1)) == names{"x1"});
}

TEST_CASE("leakage: few validation rows that happen to be right accuse no feature") {
    const nas::dataset data = made(200, 2, [](std::size_t, std::uint32_t label, nas::rng& random) {
        return nas::chance(random, 0.9) ? label : 1 - label;
    });
    nas::data_split split;
    for (std::uint32_t row = 0; row < 200; ++row) {
        const bool right = data.inputs[2 * row] == static_cast<float>(data.labels[row]);
        (right && split.validation.size() < 20 ? split.validation : split.train).push_back(row);
    }
    REQUIRE(split.validation.size() == 20);
    CHECK(leaking(data, split).empty());
}

TEST_CASE("leakage: multilabel by output") {
    std::vector<float> inputs;
    std::vector<float> targets;
    nas::rng random{9};
    for (std::size_t i = 0; i < 600; ++i) {
        const float first = nas::chance(random, 0.5) ? 1 : 0;
        const float second = nas::chance(random, 0.5) ? 1 : 0;
        inputs.insert(inputs.end(), {static_cast<float>(nas::unit(random)), 3 - second});
        targets.insert(targets.end(), {first, second, 1});
    }
    const nas::dataset data = nas::make_dataset(inputs, 2, targets, 3, nas::learning_task::multilabel);
    const nas::data_split split = nas::random_split(data.rows(), {}, 1);
    const std::vector<nas::leak> leaks = nas::find_leaks(data, split);
    REQUIRE(leaks.size() == 1);  // the third output is constant: nothing to tell
    CHECK(leaks[0].feature == 1);
    CHECK(leaks[0].output == 1);
    CHECK(fault([&] { nas::check_leakage(data, split); }).find("'x1' (of 'y1', 100.0 % right, ") != std::string::npos);
}

TEST_CASE("leakage: regression by the R^2 of bin means") {
    std::vector<float> inputs;
    std::vector<float> targets;
    nas::rng random{11};
    for (std::size_t i = 0; i < 2000; ++i) {
        const double target = 10 * nas::unit(random);
        const double noisy = target + 2 * nas::unit(random);  // R^2 about 0.96
        inputs.insert(inputs.end(), {static_cast<float>(noisy), static_cast<float>(std::exp(-target))});
        targets.push_back(static_cast<float>(target));
    }
    const nas::dataset data = nas::make_dataset(inputs, 2, targets, 1, nas::learning_task::regression);
    const nas::data_split split = nas::random_split(data.rows(), {}, 1);
    const std::vector<nas::leak> leaks = nas::find_leaks(data, split);
    REQUIRE(leaks.size() == 1);
    CHECK(leaks[0].feature == 1);
    CHECK(leaks[0].score > 0.999);
    CHECK(leaks[0].chance == 0);
    CHECK(leaking(data, split, {.score = 0.9}) == names{"x0", "x1"});
    CHECK(fault([&] { nas::check_leakage(data, split); }).find("'x1' (of 'y0', R^2 1.0000)") != std::string::npos);

    const nas::dataset constant =
        nas::make_dataset(inputs, 2, std::vector<float>(2000, 5), 1, nas::learning_task::regression);
    CHECK(leaking(constant, split).empty());
}

TEST_CASE("leakage: the guard's sentence and the caller's faults") {
    std::vector<float> inputs;
    std::vector<std::uint32_t> labels;
    for (std::uint32_t i = 0; i < 100; ++i) {
        labels.push_back(i % 2);
        inputs.insert(inputs.end(), 7, static_cast<float>(i % 2));
    }
    const nas::dataset data = nas::make_dataset(inputs, 7, labels, 2);
    const nas::data_split split = nas::stratified_split(data, {}, 1);
    const std::string one = "' (100.0 % right, the most frequent class 50.0 %)";
    CHECK(
        fault([&] { nas::check_leakage(data, split); }) ==
        "nas::check_leakage: data: a single feature tells the answer on held-out rows: 'x0" + one + ", 'x1" + one +
            ", 'x2" + one + ", 'x3" + one + ", 'x4" + one +
            " and 2 more; drop what would not be known when predicting; what would be, name in leak_options::accepted, or "
            "set the trainer's option leakage_guard to false");
    CHECK(fault([&] {
              nas::find_leaks(data, {split.train, {}});
          }) == "nas::find_leaks: the split of data must have validation rows");
    CHECK(fault([&] { nas::find_leaks(data, split, {.score = 0.2}); }) ==
          "nas::find_leaks: score (0.2) must be in [0.5, 1]");
    CHECK(
        fault([&] { nas::find_leaks(data, split, {.rows_per_bin = 0}); }).starts_with("nas::find_leaks: rows_per_bin"));
    CHECK(fault([&] { nas::find_leaks(data, {{0, 1}, {100}}); }).starts_with("nas::check_split: data: row 100"));
    // With more rows a bin than a class has, no bin ends: every answer is the same.
    CHECK(leaking(data, split, {.rows_per_bin = 60}).empty());
}

TEST_CASE("leakage: wine with quality as a feature is named and its chemistry is not") {
    const auto path = nas::tests::data_file("winequality_white.csv");
    if (!path) return;
    const nas::dataset leaky = nas::read_dataset(*path, {.labels = {"quality_label"}});
    REQUIRE(leaky.features() == 12);
    const nas::dataset honest = nas::read_dataset(*path, {.labels = {"quality_label"}, .dropped = {"quality"}});
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
        const nas::data_split split =
            seed == 0 ? nas::ordered_split(leaky.rows()) : nas::stratified_split(leaky, {}, seed);
        CHECK(leaking(leaky, split) == names{"quality"});
        CHECK(leaking(honest, split).empty());
    }
    const std::string sentence = fault([&] { nas::check_leakage(leaky, nas::ordered_split(leaky.rows())); });
    CHECK(sentence.find("winequality_white.csv: a single feature tells the answer on held-out rows: 'quality' (100.0 % "
                        "right, the most frequent class ") != std::string::npos);
    nas::check_leakage(honest, nas::ordered_split(honest.rows()));
}

TEST_CASE("leakage: nothing in iris nor breast cancer nor digits") {
    struct file {
        const char* name;
        const char* label;
    };
    for (const file& of :
         {file{"iris.csv", "class"}, {"breast_cancer_wdbc.csv", "class"}, {"digits_8x8.csv", "digit"}}) {
        const auto path = nas::tests::data_file(of.name);
        if (!path) return;
        CAPTURE(of.name);
        const nas::dataset data = nas::read_dataset(*path, {.labels = {of.label}});
        for (std::uint64_t seed = 0; seed < 10; ++seed)
            CHECK(leaking(data, nas::stratified_split(data, {}, seed)).empty());
    }
}

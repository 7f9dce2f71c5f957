// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/data/read_dataset.hpp>
#include <nas/data/standardize.hpp>

#include "data_dir.hpp"

namespace {

using rows = std::vector<std::uint32_t>;

nas::dataset of(const std::vector<float>& inputs, std::size_t features) {
    const std::size_t count = inputs.size() / features;
    rows labels(count, 0);
    labels.back() = 1;
    return nas::make_dataset(inputs, features, labels, 2);
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

}  // namespace

TEST_CASE("standardize: population mean and deviation of the rows fitted on alone") {
    const nas::dataset data = of({1, 10, 3, 30, 1000, -7}, 2);
    const nas::standardizer scaler(data, rows{0, 1});
    CHECK(scaler.means() == std::vector<double>{2, 20});
    CHECK(scaler.scales() == std::vector<double>{1, 10});
    const nas::dataset scaled = scaler.apply(data);
    CHECK(scaled.inputs == std::vector<float>{-1, -1, 1, 1, 998, -2.7F});
    CHECK(scaled.labels == data.labels);
    CHECK(data.inputs[0] == 1);
}

TEST_CASE("standardize: what is held out changes nothing") {
    nas::dataset data = of({1, 3, 5, 100, 7}, 1);
    const nas::data_split split{{0, 1, 4}, {2}, {3}};
    const nas::dataset before = nas::standardize(data, split);
    data.inputs[3] = -1e9F;
    const nas::dataset after = nas::standardize(data, split);
    for (const std::uint32_t row : {0U, 1U, 2U, 4U}) CHECK(before.inputs[row] == after.inputs[row]);
    CHECK(before.inputs[3] != after.inputs[3]);
}

TEST_CASE("standardize: a feature with one value becomes 0 where it was fitted") {
    std::vector<float> inputs(101, 0.1F);
    inputs.back() = 2.1F;
    rows fitted;
    for (std::uint32_t i = 0; i < 100; ++i) fitted.push_back(i);
    const nas::dataset data = of(inputs, 1);
    const nas::standardizer scaler(data, fitted);
    CHECK(scaler.scales() == std::vector<double>{1});
    const nas::dataset scaled = scaler.apply(data);
    CHECK(scaled.inputs[0] == 0);
    CHECK(scaled.inputs[99] == 0);
    CHECK(scaled.inputs[100] == doctest::Approx(2));
}

TEST_CASE("standardize: large offsets and tiny values keep their digits") {
    // Deviations of 1 around 10^7, where sums of squares in float would cancel to nothing.
    const nas::dataset far = of({1e7F - 1, 1e7F + 1, 1e7F - 1, 1e7F + 1}, 1);
    CHECK(nas::standardizer(far, rows{0, 1, 2, 3}).scales()[0] == 1);
    const nas::dataset tiny = of({1e-44F, -1e-44F}, 1);
    CHECK(nas::standardizer(tiny, rows{0, 1}).apply(tiny).inputs == std::vector<float>{1, -1});
}

TEST_CASE("standardize: what is kept as distances from an offset") {
    nas::dataset data = of({0, 1, 2, 3}, 1);
    data.input_offsets = {1700000000};
    const nas::standardizer scaler(data, rows{0, 1, 2, 3});
    CHECK(scaler.means() == std::vector<double>{1700000001.5});
    const nas::dataset scaled = scaler.apply(data);
    CHECK(scaled.input_offsets.empty());
    CHECK(scaled.inputs == nas::standardizer(of({0, 1, 2, 3}, 1), rows{0, 1, 2, 3}).apply(of({0, 1, 2, 3}, 1)).inputs);
    // Another file of such numbers has another offset.
    nas::dataset later = of({-1, 0, 1, 2}, 1);
    later.input_offsets = {1700000001};
    CHECK(scaler.apply(later).inputs == scaled.inputs);
}

TEST_CASE("standardize: the targets of a regression and what they were") {
    const std::vector<float> inputs{1, 2, 3, 4};
    const nas::dataset data = nas::make_dataset(inputs, 1, std::vector<float>{100, 5, 300, 5, 200, 5, 900, 5}, 2,
                                                nas::learning_task::regression);
    const nas::data_split split{{0, 1}, {2, 3}};
    const nas::dataset scaled = nas::standardize(data, split);
    nas::check_dataset(scaled);
    CHECK(scaled.targets == std::vector<float>{-1, 0, 1, 0, 0, 0, 7, 0});
    CHECK(scaled.target_offsets == std::vector<double>{200, 5});
    CHECK(scaled.target_scales == std::vector<double>{100, 1});
    CHECK(scaled.target(3, 0) == 900);
    CHECK(scaled.target(3, 1) == 5);
    // Once more changes nothing, and other rows keep what they were.
    const nas::dataset again = nas::standardize(scaled, split);
    CHECK(again.targets == scaled.targets);
    CHECK(again.target_offsets == scaled.target_offsets);
    const nas::dataset other = nas::standardize(scaled, {{0, 3}, {1, 2}});
    CHECK(other.targets[0] == -1);
    CHECK(other.target(3, 0) == 900);

    CHECK(nas::standardize(data, split, {.targets = false}).targets == data.targets);
    const nas::standardizer scaler(data, rows{0, 1});
    CHECK(fault([&] {
              scaler.apply(of({1, 2, 3, 4}, 1));
          }) == "nas::standardizer: the outputs of data (0) must be as many as it was fitted on (2)");
    CHECK(fault([&] {
              nas::standardizer(nas::make_dataset(inputs, 1, std::vector<float>{1e-40F, 2e-40F, 3e38F, 0}, 1,
                                                  nas::learning_task::regression),
                                rows{0, 1})
                  .apply(nas::make_dataset(inputs, 1, std::vector<float>{1e-40F, 2e-40F, 3e38F, 0}, 1,
                                           nas::learning_task::regression));
          }).starts_with("nas::standardizer: target 'y0' of row 2 of data must stay in a float's range"));
}

TEST_CASE("standardize: faults") {
    const nas::dataset data = of({1, 2, 3}, 1);
    const std::string some = "nas::standardizer: rows to fit on must be some, each below the rows of data (3)";
    CHECK(fault([&] { nas::standardizer(data, rows{}); }) == some);
    CHECK(fault([&] { nas::standardizer(data, rows{0, 3}); }) == some);
    CHECK(fault([&] {
              nas::standardizer(data, rows{0, 1}).apply(of({1, 2, 3, 4}, 2));
          }) == "nas::standardizer: the features of data (2) must be as many as it was fitted on (1)");
    CHECK(fault([&] {
              nas::standardizer(of({1e-40F, 2e-40F, 3e38F}, 1), rows{0, 1}).apply(of({1e-40F, 3e38F}, 1));
          }) ==
          "nas::standardizer: feature 'x0' of row 1 of data must stay in a float's range; it is too far from the rows "
          "fitted on");
    CHECK(fault([&] { nas::standardize(data, {{0}, {1}}); }).starts_with("nas::check_split: data: train must have"));
}

TEST_CASE("standardize: wine") {
    const auto path = nas::tests::data_file("winequality_white.csv");
    if (!path) return;
    const nas::dataset raw = nas::read_dataset(*path, {.labels = {"quality_label"}, .dropped = {"quality"}});
    const nas::data_split split = nas::ordered_split(raw.rows());
    const nas::dataset data = nas::standardize(raw, split);
    for (std::size_t j = 0; j < data.features(); ++j) {
        double sum = 0;
        double squares = 0;
        for (const std::uint32_t row : split.train) {
            const auto value = static_cast<double>(data.row(row)[j]);
            sum += value;
            squares += value * value;
        }
        CHECK(std::abs(sum / 4408) < 1e-6);
        CHECK(squares / 4408 == doctest::Approx(1).epsilon(1e-6));
    }
}

// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/data/dataset.hpp>

namespace {

const std::vector<float> inputs{1, 2, 3, 4, 5, 6};
const std::vector<std::uint32_t> labels{0, 1, 1};

nas::dataset classes() { return nas::make_dataset(inputs, 2, labels, 2); }

nas::dataset numbers(nas::learning_task task) {
    return nas::make_dataset(inputs, 2, std::vector<float>{0, 1, 1, 0, 1, 1}, 2, task);
}

/// What check_dataset says of `data` after the name, or nothing.
std::string fault(const nas::dataset& data) {
    try {
        nas::check_dataset(data);
    } catch (const std::invalid_argument& error) {
        const std::string start = "nas::check_dataset: data: ";
        CHECK(std::string(error.what()).starts_with(start));
        return std::string(error.what()).substr(start.size());
    }
    return "";
}

template <class Change>
std::string fault_of(nas::dataset data, const Change& change) {
    CHECK(fault(data) == "");
    change(data);
    return fault(data);
}

/// The batches one after the other, then nothing.
auto batches(const std::vector<nas::dataset>& all) {
    return [&all, i = std::size_t{0}]() mutable -> std::optional<nas::dataset> {
        if (i == all.size()) return std::nullopt;
        return all[i++];
    };
}

/// Rows of one class, as a batch may have and a whole data set may not.
nas::dataset batch_of(std::vector<float> values, std::uint32_t label) {
    return {.feature_names = {"a"},
            .inputs = values,
            .output_names = {"p", "q"},
            .labels = std::vector<std::uint32_t>(values.size(), label)};
}

}  // namespace

TEST_CASE("dataset: from memory") {
    const nas::dataset data = classes();
    CHECK(data.task == nas::learning_task::classification);
    CHECK(data.feature_names == std::vector<std::string>{"x0", "x1"});
    CHECK(data.output_names == std::vector<std::string>{"0", "1"});
    CHECK(data.rows() == 3);
    CHECK(data.row(1)[0] == 3);
    CHECK(data.row(2)[1] == 6);
    CHECK(data.labels == labels);

    const nas::dataset targets = numbers(nas::learning_task::multilabel);
    CHECK(targets.task == nas::learning_task::multilabel);
    CHECK(targets.output_names == std::vector<std::string>{"y0", "y1"});
    CHECK(targets.targets[3] == 0);
    CHECK(targets.labels.empty());

    CHECK_THROWS_WITH_AS(nas::make_dataset(inputs, 4, labels, 2),
                         "nas::check_dataset: data: inputs (6 numbers) must be whole rows of 4 features",
                         std::invalid_argument);
    CHECK_THROWS_AS(nas::make_dataset(inputs, 2, labels, 1), std::invalid_argument);
}

TEST_CASE("dataset: an empty one has no rows and divides by nothing") {
    const nas::dataset none;
    CHECK(none.rows() == 0);
    CHECK(fault(none) == "feature_names must name at least one feature");
}

TEST_CASE("dataset: each inconsistency is one sentence") {
    using nas::dataset;
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    constexpr float infinity = std::numeric_limits<float>::infinity();
    CHECK(fault_of(classes(), [](dataset& d) { d.output_names.clear(); }) ==
          "output_names must name the classes, or the columns of targets");
    CHECK(fault_of(classes(), [](dataset& d) { d.labels.pop_back(); }) ==
          "a classification must have a label for each of 3 rows and no target; it has 2 labels and 0 targets");
    CHECK(fault_of(classes(), [](dataset& d) { d.targets = {1}; }) ==
          "a classification must have a label for each of 3 rows and no target; it has 3 labels and 1 targets");
    CHECK(fault_of(classes(), [](dataset& d) { d.labels[1] = 2; }) ==
          "the label of row 1 (2) must be below the 2 classes");
    CHECK(fault_of(classes(), [](dataset& d) { d.labels[0] = 1; }) ==
          "all rows are of the class '1'; a classification must have rows of two classes at least");
    CHECK(fault_of(classes(), [](dataset& d) { d.inputs[3] = nan; }) ==
          "feature 'x1' of row 1 must be a finite number");
    CHECK(fault_of(classes(), [](dataset& d) { d.inputs[4] = -infinity; }) ==
          "feature 'x0' of row 2 must be a finite number");
    CHECK(fault_of(classes(), [](dataset& d) { d.inputs.clear(), d.labels.clear(); }) ==
          "the number of rows (0) must be in [1, 2^32)");
    CHECK(fault_of(numbers(nas::learning_task::regression), [](dataset& d) { d.targets.pop_back(); }) ==
          "a task other than classification must have 2 targets for each of 3 rows and no label; it has 5 targets and "
          "0 labels");
    CHECK(fault_of(numbers(nas::learning_task::regression), [](dataset& d) { d.labels = labels; }) ==
          "a task other than classification must have 2 targets for each of 3 rows and no label; it has 6 targets and "
          "3 labels");
    CHECK(fault_of(numbers(nas::learning_task::regression), [](dataset& d) { d.targets[5] = infinity; }) ==
          "target 'y1' of row 2 must be a finite number");
    CHECK(fault_of(numbers(nas::learning_task::regression), [](dataset& d) { d.targets[5] = 0.5F; }) == "");
    CHECK(fault_of(numbers(nas::learning_task::multilabel), [](dataset& d) { d.targets[5] = 0.5F; }) ==
          "target 'y1' of row 2 (0.500000) must be 0 or 1");
    CHECK(fault_of(classes(), [](dataset& d) { d.output_names.push_back("a class without rows"); }) == "");
}

TEST_CASE("dataset: batches from a callable") {
    const std::vector<nas::dataset> three{batch_of({1, 2}, 0), batch_of({}, 0), batch_of({3}, 1)};
    const nas::dataset whole = nas::collect_batches(batches(three));
    CHECK(whole.inputs == std::vector<float>{1, 2, 3});
    CHECK(whole.labels == std::vector<std::uint32_t>{0, 0, 1});
    CHECK(whole.output_names == std::vector<std::string>{"p", "q"});

    const std::vector<nas::dataset> targets{numbers(nas::learning_task::regression),
                                            numbers(nas::learning_task::regression)};
    CHECK(nas::collect_batches(batches(targets)).targets.size() == 12);
}

TEST_CASE("dataset: offsets and scales") {
    using nas::dataset;
    dataset data = numbers(nas::learning_task::regression);
    data.input_offsets = {1000, 0};
    data.target_offsets = {10, 20};
    data.target_scales = {2, 1};
    nas::check_dataset(data);
    CHECK(data.input(1, 0) == 1003);
    CHECK(data.input(1, 1) == 4);
    CHECK(data.target(1, 0) == 12);
    CHECK(data.target(1, 1) == 20);
    CHECK(fault_of(data, [](dataset& d) { d.input_offsets = {1}; }) == "input_offsets (1) must be none or 2");
    CHECK(fault_of(data, [](dataset& d) {
              d.target_scales = {0, 1};
          }) == "target_scales must be finite numbers above 0");
    CHECK(fault_of(classes(), [](dataset& d) {
              d.target_scales = {1, 1};
          }) == "target_offsets and target_scales must be none where the task is not regression");

    // Batches take those of the first one.
    dataset second = numbers(nas::learning_task::regression);
    second.input_offsets = {990, 1};
    second.target_scales = {1, 4};
    const std::vector<dataset> two{data, second};
    const dataset whole = nas::collect_batches(batches(two));
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 2; ++j) {
            CHECK(whole.input(i, j) == data.input(i, j));
            CHECK(whole.input(i + 3, j) == second.input(i, j));
            CHECK(whole.target(i, j) == data.target(i, j));
            CHECK(whole.target(i + 3, j) == second.target(i, j));
        }
    }
}

TEST_CASE("dataset: batches that do not fit are refused by number") {
    const auto fault_of_second = [](nas::dataset second) {
        const std::vector<nas::dataset> all{batch_of({1}, 0), std::move(second), batch_of({3}, 1)};
        try {
            nas::collect_batches(batches(all));
        } catch (const std::invalid_argument& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    CHECK(fault_of_second(batch_of({2}, 1)) == "");
    const std::string differs = "nas::collect_batches: batch 2 must have the task, features and outputs of batch 1";
    nas::dataset other = batch_of({2}, 1);
    other.feature_names = {"b"};
    CHECK(fault_of_second(other) == differs);
    other = batch_of({2}, 1);
    other.output_names = {"p", "r"};
    CHECK(fault_of_second(other) == differs);
    other = batch_of({2}, 1);
    other.task = nas::learning_task::regression;
    CHECK(fault_of_second(other).starts_with("nas::collect_batches: batch 2: a task other than classification"));
    // One label too few here and one too many there would fit in sum.
    other = batch_of({2}, 1);
    other.labels.clear();
    CHECK(fault_of_second(other).starts_with("nas::collect_batches: batch 2: a classification must have a label"));

    const std::vector<nas::dataset> none;
    CHECK_THROWS_WITH_AS(nas::collect_batches(batches(none)), "nas::collect_batches: there must be one batch at least",
                         std::invalid_argument);
    const std::vector<nas::dataset> one_class{batch_of({1}, 0), batch_of({2}, 0)};
    CHECK_THROWS_WITH_AS(nas::collect_batches(batches(one_class)),
                         "nas::check_dataset: data: all rows are of the class 'p'; a classification must have rows of "
                         "two classes at least",
                         std::invalid_argument);
}

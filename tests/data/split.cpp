// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/data/read_dataset.hpp>
#include <nas/data/split.hpp>

#include "data_dir.hpp"

namespace {

using rows = std::vector<std::uint32_t>;

/// `counts[c]` rows of class c, one class after the other.
nas::dataset of_classes(const std::vector<std::size_t>& counts) {
    std::vector<float> inputs;
    rows labels;
    for (std::size_t c = 0; c < counts.size(); ++c)
        labels.insert(labels.end(), counts[c], static_cast<std::uint32_t>(c));
    for (std::size_t i = 0; i < labels.size(); ++i) inputs.push_back(static_cast<float>(i));
    return nas::make_dataset(inputs, 1, labels, counts.size());
}

bool complete_and_sorted(const nas::data_split& split, std::size_t count) {
    rows all;
    for (const auto* part : {&split.train, &split.validation, &split.test}) {
        if (!std::is_sorted(part->begin(), part->end())) return false;
        all.insert(all.end(), part->begin(), part->end());
    }
    std::sort(all.begin(), all.end());
    if (all.size() != count) return false;
    for (std::uint32_t i = 0; i < count; ++i)
        if (all[i] != i) return false;
    return true;
}

std::array<std::size_t, 3> sizes(const nas::data_split& split) {
    return {split.train.size(), split.validation.size(), split.test.size()};
}

using three = std::array<std::size_t, 3>;

std::vector<std::size_t> class_counts(const nas::dataset& data, const rows& part) {
    std::vector<std::size_t> counts(data.outputs(), 0);
    for (const std::uint32_t row : part) ++counts[data.labels[row]];
    return counts;
}

bool same(const nas::data_split& a, const nas::data_split& b) {
    return a.train == b.train && a.validation == b.validation && a.test == b.test;
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

TEST_CASE("split: ordered parts are the first then the next then the last rows") {
    const nas::data_split split = nas::ordered_split(10, {.train = 0.7, .validation = 0.2, .test = 0.1});
    CHECK(split.train == rows{0, 1, 2, 3, 4, 5, 6});
    CHECK(split.validation == rows{7, 8});
    CHECK(split.test == rows{9});
    CHECK(sizes(nas::ordered_split(4898)) == three{4408, 490, 0});
    CHECK(sizes(nas::ordered_split(4898, {.train = 0.8, .validation = 0.1, .test = 0.1})) == three{3918, 490, 490});
    CHECK(sizes(nas::ordered_split(7, {.train = 1, .validation = 0})) == three{7, 0, 0});
    CHECK(sizes(nas::ordered_split(9, {.train = 0.5, .validation = 0, .test = 0.5})) == three{4, 0, 5});
}

TEST_CASE("split: a fraction that binary numbers cannot write loses no row") {
    for (std::size_t percent = 1; percent < 100; ++percent) {
        const double train = static_cast<double>(percent) / 100;
        CHECK(nas::ordered_split(100, {.train = train, .validation = 1 - train}).train.size() == percent);
    }
}

TEST_CASE("split: random parts are disjoint and complete and the seed's") {
    const nas::split_fractions fractions{.train = 0.6, .validation = 0.3, .test = 0.1};
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const nas::data_split split = nas::random_split(101, fractions, seed);
        CHECK(complete_and_sorted(split, 101));
        CHECK(sizes(split) == three{60, 30, 11});
        CHECK(same(split, nas::random_split(101, fractions, seed)));
        CHECK_FALSE(same(split, nas::random_split(101, fractions, seed + 1)));
    }
    // The same rows on every platform and in every version.
    const nas::data_split fixed = nas::random_split(10, {.train = 0.5, .validation = 0.3, .test = 0.2}, 42);
    CHECK(fixed.train == rows{3, 5, 6, 7, 8});
    CHECK(fixed.validation == rows{1, 4, 9});
    CHECK(fixed.test == rows{0, 2});
}

TEST_CASE("split: every row is as often in each part") {
    std::vector<double> validated(20, 0);
    constexpr int seeds = 2000;
    for (std::uint64_t seed = 0; seed < seeds; ++seed)
        for (const std::uint32_t row : nas::random_split(20, {.train = 0.75, .validation = 0.25}, seed).validation)
            ++validated[row];
    double chi_square = 0;
    for (const double times : validated) chi_square += std::pow(times - 500, 2) / 500 / 0.75;
    CHECK(chi_square < 43.8);  // 19 degrees of freedom: 0.999 quantile; the seeds are fixed
}

TEST_CASE("split: strata keep their proportions by largest remainder") {
    const nas::dataset data = of_classes({1640, 3078, 180});
    const nas::data_split split = nas::stratified_split(data, {}, 7);
    CHECK(complete_and_sorted(split, 4898));
    CHECK(class_counts(data, split.train) == std::vector<std::size_t>{1476, 2770, 162});
    CHECK(class_counts(data, split.validation) == std::vector<std::size_t>{164, 308, 18});
    CHECK(sizes(split) == three{4408, 490, 0});
    CHECK(same(split, nas::stratified_split(data, {}, 7)));
    CHECK_FALSE(same(split, nas::stratified_split(data, {}, 8)));

    // 7 rows: 3.5 and 1.75 and 1.75, so the two quarters get the two rows left. 2 rows: 1 and 0.5 and 0.5, and the
    // first of equals gets the one left.
    const nas::dataset few = of_classes({7, 2});
    const nas::data_split parts = nas::stratified_split(few, {.train = 0.5, .validation = 0.25, .test = 0.25}, 3);
    CHECK(class_counts(few, parts.train) == std::vector<std::size_t>{3, 1});
    CHECK(class_counts(few, parts.validation) == std::vector<std::size_t>{2, 1});
    CHECK(class_counts(few, parts.test) == std::vector<std::size_t>{2, 0});

    // A class of one row goes to the largest part; one without rows to none.
    const nas::dataset rare = of_classes({9, 1, 0});
    CHECK(class_counts(rare, nas::stratified_split(rare, {}, 1).train) == std::vector<std::size_t>{8, 1, 0});
}

TEST_CASE("split: small classes do not all err the same way") {
    const nas::split_fractions fractions{.train = 0.8, .validation = 0.1, .test = 0.1};
    const nas::dataset fives = of_classes(std::vector<std::size_t>(200, 5));
    const nas::data_split split = nas::stratified_split(fives, fractions, 1);
    CHECK(complete_and_sorted(split, 1000));
    CHECK(sizes(split) == three{800, 100, 100});
    // Which classes are tested is the seed's, and no run of them.
    CHECK_FALSE(same(split, nas::stratified_split(fives, fractions, 2)));
    const std::vector<std::size_t> tested = class_counts(fives, split.test);
    const auto early = std::count(tested.begin(), tested.begin() + 100, 1U);
    CHECK(early > 35);
    CHECK(early < 65);

    std::vector<std::size_t> counts;
    for (std::size_t c = 0; c < 30; ++c) counts.push_back(8 + 3 * c % 9);
    const std::size_t rows = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
    const nas::data_split parts =
        nas::stratified_split(of_classes(counts), {.train = 0.6, .validation = 0.2, .test = 0.2}, 1);
    CHECK(std::abs(static_cast<double>(parts.train.size()) - 0.6 * static_cast<double>(rows)) < 1);
    CHECK(std::abs(static_cast<double>(parts.validation.size()) - 0.2 * static_cast<double>(rows)) < 1);
    CHECK(std::abs(static_cast<double>(parts.test.size()) - 0.2 * static_cast<double>(rows)) < 1);
}

TEST_CASE("split: classes in parts and parts are within a row of their shares whatever they are") {
    nas::rng random{17};
    const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(nas::below(random, n)); };
    for (int i = 0; i < 3000; ++i) {
        std::vector<std::size_t> counts(2 + below(40));
        const std::uint32_t most = 1 + below(i % 3 == 0 ? 200 : 12);
        for (std::size_t& count : counts) count = below(most + 1);
        const std::size_t rows = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
        // In hundredths, or tenths, which leave more classes without a remainder.
        const std::uint32_t unit = i % 2 == 0 ? 100 : 10;
        const std::uint32_t train = 1 + below(unit - 1);
        const std::uint32_t validation = below(unit - train + 1);
        const std::array<std::uint32_t, 3> shares{train, validation, unit - train - validation};
        const auto part = [&](std::size_t p) { return static_cast<double>(shares[p]) / unit; };
        CAPTURE(i);
        nas::rng ties{static_cast<std::uint64_t>(i)};
        const nas::detail::class_cuts cuts(counts, {part(0), part(1), part(2)}, ties);
        three totals{};
        bool right = true;
        for (std::size_t c = 0; c < counts.size(); ++c) {
            std::size_t all = 0;
            for (std::size_t p = 0; p < 3; ++p) {
                const std::size_t share = counts[c] * shares[p];
                right = right && cuts[c][p] >= share / unit && cuts[c][p] <= (share + unit - 1) / unit;
                totals[p] += cuts[c][p];
                all += cuts[c][p];
            }
            right = right && all == counts[c];
        }
        for (std::size_t p = 0; p < 3; ++p) {
            const std::size_t share = rows * shares[p];
            right = right && totals[p] >= share / unit && totals[p] <= (share + unit - 1) / unit;
        }
        REQUIRE(right);
    }
}

TEST_CASE("split: a hundred thousand classes") {
    const std::vector<std::size_t> counts(100000, 5);
    nas::rng random{1};
    const nas::detail::class_cuts cuts(counts, {0.8, 0.1, 0.1}, random);
    std::size_t tested = 0;
    for (std::size_t c = 0; c < counts.size(); ++c) tested += cuts[c][2];
    CHECK(tested == 50000);
}

TEST_CASE("split: strata are drawn at random within a class") {
    const nas::dataset data = of_classes({10, 10});
    std::vector<int> validated(20, 0);
    for (std::uint64_t seed = 0; seed < 400; ++seed)
        for (const std::uint32_t row : nas::stratified_split(data, {}, seed).validation) ++validated[row];
    CHECK(*std::min_element(validated.begin(), validated.end()) > 20);  // 40 expected, standard deviation 6
    CHECK(*std::max_element(validated.begin(), validated.end()) < 60);
}

TEST_CASE("split: fractions and parts that cannot be") {
    CHECK(fault([] { nas::ordered_split(10, {.train = 0.5}); }) ==
          "nas::ordered_split: train + validation + test (0.6) must be 1");
    CHECK(fault([] { nas::random_split(10, {.train = 1.5, .validation = -0.5}, 1); }) ==
          "nas::random_split: train (1.5) must be in [0, 1]");
    CHECK(fault([] { nas::random_split(10, {.train = std::nan("")}, 1); }) ==
          "nas::random_split: train (nan) must be in [0, 1]");
    CHECK(fault([] { nas::ordered_split(5, {.train = 0.9, .validation = 0.05, .test = 0.05}); }) ==
          "nas::ordered_split: validation (0.05 of 5 rows) must get a row at least");
    CHECK(fault([] { nas::ordered_split(1); }) == "nas::ordered_split: train (0.9 of 1 rows) must get a row at least");
    CHECK(fault([] { nas::ordered_split(0); }) == "nas::ordered_split: train (0.9 of 0 rows) must get a row at least");
    CHECK(fault([] { nas::ordered_split(9, {.train = 0, .validation = 1}); }) ==
          "nas::ordered_split: train (0 of 9 rows) must get a row at least");
    CHECK(fault([] { nas::random_split(std::size_t{1} << 32, {}, 1); }) ==
          "nas::random_split: rows (4294967296) must be below 2^32");
    CHECK(fault([] {
              nas::stratified_split(of_classes({2, 2, 2}), {}, 1);
          }) == "nas::stratified_split: validation (0.1 of 6 rows) must get a row at least");
    const std::vector<float> values{1, 2, 3};
    const nas::dataset numbers = nas::make_dataset(values, 1, values, 1, nas::learning_task::regression);
    CHECK(fault([&] { nas::stratified_split(numbers, {}, 1); }) ==
          "nas::stratified_split: the task of data (regression) must be classification; use nas::random_split");
}

TEST_CASE("split: a user's own split is checked") {
    const nas::dataset data = of_classes({3, 3});
    const auto check = [&](const nas::data_split& split) { return fault([&] { nas::check_split(data, split); }); };
    CHECK(check({{0, 3}, {1}, {4}}) == "");
    CHECK(check({{0, 3}, {}}) == "");
    CHECK(check({{}, {1}}) == "nas::check_split: data: train must have a row at least");
    CHECK(check({{0, 3}, {6}}) == "nas::check_split: data: row 6 must be below the number of rows (6)");
    CHECK(check({{0, 3}, {1}, {3}}) == "nas::check_split: data: row 3 must be in one part only, and there once");
    CHECK(check({{0, 3, 0}, {1}}) == "nas::check_split: data: row 0 must be in one part only, and there once");
    CHECK(check({{0, 1, 2}, {3, 4, 5}}) ==
          "nas::check_split: data: train must have rows of two classes at least, all are '0'; use "
          "nas::stratified_split");
}

TEST_CASE("split: wine in strata") {
    const auto path = nas::tests::data_file("winequality_white.csv");
    if (!path) return;
    const nas::dataset data = nas::read_dataset(*path, {.labels = {"quality_label"}, .dropped = {"quality"}});
    const nas::data_split split = nas::stratified_split(data, {.train = 0.8, .validation = 0.1, .test = 0.1}, 1);
    nas::check_split(data, split);
    CHECK(complete_and_sorted(split, 4898));
    CHECK(class_counts(data, split.train) == std::vector<std::size_t>{144, 1312, 2462});
    CHECK(class_counts(data, split.validation) == std::vector<std::size_t>{18, 164, 308});
    CHECK(class_counts(data, split.test) == std::vector<std::size_t>{18, 164, 308});
}

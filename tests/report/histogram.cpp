// SPDX-License-Identifier: Apache-2.0
#include <nas/report/histogram.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/grid_search.hpp>
#include <nas/spaces/choice_space.hpp>
#include <support/temporary_folder.hpp>

namespace {

using numbers = std::vector<double>;
using bins = std::vector<nas::percent_count>;

constexpr auto rounded = nas::percent_bins::rounded;

nas::histogram_plot example() {
    return {.title = "where the networks' accuracies lie",
            .reference = 62.84,
            .histogram = {{58, 9}, {60, 11}, {61, 13}, {62, 18}, {63, 17}, {75, 1}}};
}

}  // namespace

TEST_CASE("histogram: a percent is a percent whatever its binary fraction") {
    CHECK(static_cast<int>(100 * 0.29) == 28);  // the trap
    CHECK(nas::whole_percent(0.29) == 29);
    CHECK(nas::whole_percent(0.57) == 57);
    CHECK(nas::whole_percent(0.58) == 58);
    for (int percent = 0; percent <= 100; ++percent) {
        CHECK(nas::whole_percent(percent / 100.0) == percent);
        CHECK(nas::whole_percent(percent * 0.01) == percent);
        CHECK(nas::whole_percent(percent / 100.0, rounded) == percent);
    }
}

TEST_CASE("histogram: shares of rows are counted exactly") {
    for (const int rows : {3, 7, 30, 100, 490, 1000, 4898})
        for (int right = 0; right <= rows; ++right) {
            const double accuracy = static_cast<double>(right) / rows;
            REQUIRE(nas::whole_percent(accuracy) == 100 * right / rows);
            REQUIRE(nas::whole_percent(accuracy, rounded) == (200 * right + rows) / (2 * rows));
            REQUIRE(nas::whole_percent(1 - (1 - accuracy)) == 100 * right / rows);  // with rounding errors
        }
}

TEST_CASE("histogram: truncated and rounded") {
    CHECK(nas::whole_percent(0.699) == 69);
    CHECK(nas::whole_percent(0.699, rounded) == 70);
    CHECK(nas::whole_percent(0.285, rounded) == 29);  // half up, although 28.499999999999996
    CHECK(nas::whole_percent(0.994, rounded) == 99);
    CHECK(nas::whole_percent(0.995, rounded) == 100);
    CHECK(nas::whole_percent(0.9999) == 99);
    CHECK(nas::whole_percent(1) == 100);
    CHECK(nas::whole_percent(std::nextafter(1.0, 2.0)) == 100);
    CHECK(nas::whole_percent(0) == 0);
    CHECK(nas::percent_histogram(numbers{0.285, 0.29, 0.699}) == bins{{28, 1}, {29, 1}, {69, 1}});
    CHECK(nas::percent_histogram(numbers{0.285, 0.29, 0.699}, rounded) == bins{{29, 2}, {70, 1}});
}

TEST_CASE("histogram: MLPNAS oracle 42 bins in rising order that sum to the number of values") {
    // The accuracies of the original's run are not at hand. These fall into the bins that it counted.
    const bins recorded{{46, 1},  {53, 1},  {56, 2},  {57, 2}, {58, 9}, {59, 4}, {60, 11}, {61, 13},
                        {62, 18}, {63, 17}, {64, 12}, {65, 6}, {66, 1}, {68, 1}, {69, 1},  {75, 1}};
    nas::rng random(42);
    numbers values;
    for (const nas::percent_count& bin : recorded)
        for (std::size_t i = 0; i < bin.count; ++i) {
            // A multiple of 1 / 26950, as all the original's are: 269.5 to a percent.
            const double first = std::ceil(269.5 * bin.percent);
            values.push_back((first + static_cast<double>(i == 0 ? 0 : nas::below(random, 269))) / 26950);
        }
    nas::shuffle(std::span<double>(values), random);
    CHECK(nas::percent_histogram(values) == recorded);
    for (const auto mode : {nas::percent_bins::truncated, rounded}) {
        std::size_t sum = 0;
        int before = -1;
        for (const nas::percent_count& bin : nas::percent_histogram(values, mode)) {
            CHECK(bin.percent > before);
            CHECK(bin.count > 0);
            before = bin.percent;
            sum += bin.count;
        }
        CHECK(sum == 100);
    }
}

TEST_CASE("histogram: of a search's completed trials") {
    using space = nas::choice_space<1>;
    nas::search search{nas::grid_search{space{6}}, [](const space::arch_type& arch) {
                           if (arch[0] == 4) throw std::runtime_error("no luck");
                           return 0.29 + 0.01 * (arch[0] / 2);
                       }};
    search.run();
    CHECK(nas::percent_histogram(search.history()) == bins{{29, 2}, {30, 2}, {31, 1}});
    CHECK(nas::histogram_csv(nas::percent_histogram(search.history())) == "percent,count\n29,2\n30,2\n31,1\n");
    CHECK(nas::percent_histogram(numbers{}).empty());
}

TEST_CASE("histogram: what is no accuracy") {
    CHECK_THROWS_WITH_AS(nas::whole_percent(-0.5), "nas::whole_percent: value (-0.5) must be in [0, 1]",
                         std::invalid_argument);
    CHECK_THROWS_AS(nas::percent_histogram(numbers{0.5, 69}), std::invalid_argument);
    CHECK_THROWS_AS(nas::whole_percent(std::numeric_limits<double>::quiet_NaN()), std::invalid_argument);
}

TEST_CASE("histogram: the plot") {
    const support::temporary_folder folder;
    const auto stem = folder.path() / "histogram";
    const bool drawn = nas::draw(example(), stem);
    CHECK(support::content(stem.string() + ".dat") ==
          "# percent count middle\n58 9 58.5\n60 11 60.5\n61 13 61.5\n62 18 62.5\n63 17 63.5\n75 1 75.5\n");
    CHECK(support::content(stem.string() + ".gp").find("set xrange [57.28:76.72]") != std::string::npos);
    nas::histogram_plot plot = example();
    plot.bins = rounded;
    plot.reference.reset();
    nas::draw(plot, folder.path() / "rounded");
    CHECK(support::content(folder.path() / "rounded.dat").find("\n75 1 75\n") != std::string::npos);
    if (!drawn) {
        MESSAGE("skipped: gnuplot is not installed");
        return;
    }
    const std::string svg = support::content(stem.string() + ".svg");
    CHECK(svg.find("where the networks' accuracies lie") != std::string::npos);
    CHECK(svg.find("largest class") != std::string::npos);
    CHECK(support::content(stem.string() + ".png").substr(0, 4) == "\x89PNG");
}

TEST_CASE("histogram: wrong plots") {
    const support::temporary_folder folder;
    nas::histogram_plot plot = example();
    plot.histogram.clear();
    CHECK_THROWS_WITH_AS(nas::draw(plot, folder.path() / "wrong"), "nas::draw: a histogram without values",
                         std::invalid_argument);
    plot = example();
    plot.reference = std::numeric_limits<double>::infinity();
    CHECK_THROWS_AS(nas::draw(plot, folder.path() / "wrong"), std::invalid_argument);
}

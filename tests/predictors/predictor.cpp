// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/predictor.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <vector>

#include <nas/predictors/accuracy_predictor.hpp>
#include <nas/predictors/gaussian_process.hpp>

#include "predictors/predictor_laws.hpp"

using namespace nas::tests;

namespace {

using cells = nas::choice_space<6>;
using cell = cells::arch_type;

/// Predicts what it drew in its fit.
struct drawing_predictor {
    explicit drawing_predictor(const cells&) {}
    void fit(const cells&, std::span<const cell>, std::span<const double>) { drawn = -1; }
    void fit(const cells&, std::span<const cell>, std::span<const double>, nas::rng& random) {
        drawn = nas::unit(random);
    }
    double predict(const cells&, const cell&) const { return drawn; }
    double deviation(const cells&, const cell&) const { return 0; }
    void predict_all(const cells&, std::span<const cell> archs, std::span<nas::prediction> out) const {
        for (std::size_t i = 0; i < archs.size(); ++i) out[i] = {drawn, static_cast<double>(i)};
    }
    double drawn = 0;
};

static_assert(nas::DrawingPredictor<drawing_predictor, cells>);
static_assert(nas::BatchPredictor<drawing_predictor, cells>);
static_assert(!nas::IncrementalPredictor<drawing_predictor, cells>);
static_assert(nas::IncrementalPredictor<nas::accuracy_predictor<cells>, cells>);
static_assert(nas::BatchPredictor<nas::gaussian_process<cells>, cells>);
static_assert(nas::LeaveOneOutPredictor<nas::gaussian_process<cells>, cells>);
static_assert(!nas::LeaveOneOutPredictor<nas::accuracy_predictor<cells>, cells>);
static_assert(!nas::DrawingPredictor<nas::gaussian_process<cells>, cells>);
static_assert(!nas::Predictor<int, cells>);

}  // namespace

TEST_CASE("predictors: Gaussian process and ridge regression keep the laws") {
    const cells space{5};
    check_predictor_laws(nas::gaussian_process<cells>(space), space, "nas::gaussian_process", 0.9);
    check_predictor_laws(nas::accuracy_predictor<cells>(space), space, "nas::accuracy_predictor", 0.9);
}

TEST_CASE("predictors: a fit to ranks is that of all ranks at once") {
    const cells space{5};
    const auto seen = observe(space, 50, nas::rng(3));
    nas::accuracy_predictor<cells> predictor(space, {.ridge = 0.5, .transform = nas::reward_transform::rank});
    predictor.fit(space, seen.archs, seen.values);
    const double before = predictor.predict(space, seen.archs[0]);
    std::vector<double> grown = seen.values;
    for (double& value : grown) value = value * value * value;
    predictor.fit(space, seen.archs, grown);
    CHECK(predictor.predict(space, seen.archs[0]) == before);
}

TEST_CASE("predictors: draws and batches go to those that have them") {
    const cells space{5};
    const std::vector<cell> archs(3);
    const std::vector<double> values(3);
    drawing_predictor drawing(space);
    nas::rng random(7);
    nas::fit(drawing, space, std::span<const cell>(archs), values, random);
    nas::rng again(7);
    CHECK(drawing.drawn == nas::unit(again));
    std::vector<nas::prediction> out(3);
    nas::predict_all(drawing, space, std::span<const cell>(archs), std::span(out));
    CHECK(out[2] == nas::prediction{drawing.drawn, 2});

    nas::accuracy_predictor<cells> ridge(space);
    const nas::rng untouched = random;
    nas::fit(ridge, space, std::span<const cell>(archs), values, random);
    CHECK(random == untouched);
    nas::predict_all(ridge, space, std::span<const cell>(archs), std::span(out));
    CHECK(out[1] == nas::prediction{ridge.predict(space, archs[1]), ridge.deviation(space, archs[1])});
}

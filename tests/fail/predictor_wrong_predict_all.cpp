// expect: nas: the predictor's predict_all must be `void predict_all(const Space&, std::span<const arch_type>, std::span<nas::prediction> out) const`
// SPDX-License-Identifier: Apache-2.0

#include <span>

#include <nas/predictors/predictor.hpp>
#include <nas/spaces/choice_space.hpp>

using space = nas::choice_space<6>;
using archs = std::span<const space::arch_type>;

struct my_predictor {
    explicit my_predictor(const space&) {}
    void fit(const space&, archs, std::span<const double>) {}
    double predict(const space&, const space::arch_type&) const { return 0; }
    double deviation(const space&, const space::arch_type&) const { return 0; }
    void predict_all(const space&, archs) const {}
};

static_assert(nas::check_predictor<my_predictor, space>());

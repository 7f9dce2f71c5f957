// expect: nas: a predictor is made for a space, `P(const Space&)`, and can be copied
// SPDX-License-Identifier: Apache-2.0

#include <span>

#include <nas/predictors/predictor.hpp>
#include <nas/spaces/choice_space.hpp>

using space = nas::choice_space<6>;
using archs = std::span<const space::arch_type>;

struct my_predictor {
    void fit(const space&, archs, std::span<const double>) {}
    double predict(const space&, const space::arch_type&) const { return 0; }
    double deviation(const space&, const space::arch_type&) const { return 0; }
};

static_assert(nas::check_predictor<my_predictor, space>());

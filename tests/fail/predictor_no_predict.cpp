// expect: nas: the predictor needs `double predict(const Space&, const arch_type&) const`, the mean of what it is worth
// SPDX-License-Identifier: Apache-2.0

#include <span>

#include <nas/predictors/predictor.hpp>
#include <nas/spaces/choice_space.hpp>

using space = nas::choice_space<6>;
using archs = std::span<const space::arch_type>;

struct my_predictor {
    explicit my_predictor(const space&) {}
    void fit(const space&, archs, std::span<const double>) {}
    double deviation(const space&, const space::arch_type&) const { return 0; }
};

static_assert(nas::check_predictor<my_predictor, space>());

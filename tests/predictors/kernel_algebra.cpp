// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/kernel_algebra.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <nas/predictors/gaussian_process.hpp>
#include <nas/predictors/gaussian_process/anova.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/spaces/mlp_space.hpp>

#include "predictors/kernel_checks.hpp"
#include "predictors/plain_kernel.hpp"

using namespace nas::tests;

TEST_CASE("kernel algebra: sums and products are kernels, of others too") {
    const cells space = mixed_cells();
    using sum = nas::kernel_sum<cells, nas::hamming<cells>, nas::matern<cells>>;
    check_kernel_laws(sum(space), space);
    check_kernel_laws(nas::kernel_product<cells, nas::matern<cells>, nas::hamming<cells>>(space), space);
    check_kernel_laws(
        nas::kernel_sum<cells, nas::anova<cells>, nas::kernel_product<cells, sum, nas::hamming<cells>>>(space), space);
    const nas::mlp_space networks;
    check_kernel_laws(
        nas::kernel_sum<nas::mlp_space, nas::anova<nas::mlp_space>, nas::matern<nas::mlp_space>>(networks), networks);
}

TEST_CASE("kernel algebra: what they are made of") {
    const cells space = mixed_cells();
    nas::hamming<cells> first(space);
    nas::matern<cells> second(space);
    nas::kernel_sum<cells, nas::hamming<cells>, nas::matern<cells>> sum(space);
    nas::kernel_product<cells, nas::hamming<cells>, nas::matern<cells>> product(space);
    CHECK(sum.parameters() == 6);
    CHECK(product.parameters() == 5);
    const std::vector<double> numbers{-1, -2, 0, -0.5, 0.7, std::log(0.3)};
    first.set(std::span(numbers).first(4));
    second.set(std::span(numbers).subspan(4, 1));
    sum.set(numbers);
    product.set(std::span(numbers).first(5));
    nas::rng random(1);
    for (int i = 0; i < 20; ++i) {
        const auto x = space.sample(random);
        const auto y = space.sample(random);
        const auto of = [&](const auto& kernel) {
            return kernel.covariance(features_of(kernel, space, x).data(), features_of(kernel, space, y).data());
        };
        CHECK(of(sum) == doctest::Approx(of(first) + 0.3 * of(second)).epsilon(1e-12));
        CHECK(of(product) == doctest::Approx(of(first) * of(second)).epsilon(1e-12));
    }
}

TEST_CASE("kernels have names, which a file of a search keeps") {
    using space_type = nas::choice_space<>;
    using sum =
        nas::kernel_sum<space_type, nas::hamming<space_type>, nas::matern<space_type, nas::length_scales::each>>;
    const space_type space(2, 3);
    CHECK(nas::gaussian_process<space_type>(space).name() == "gaussian_process");
    CHECK(nas::gaussian_process<space_type, sum>(space).name() == "gaussian_process(kernel_sum(hamming,matern(each)))");
}

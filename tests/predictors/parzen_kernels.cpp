// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/parzen_kernels.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <nas/core/rng.hpp>

using nas::parzen_kernels, nas::parzen_shape;
using codes = std::vector<parzen_kernels::code>;

namespace {

const auto levels = std::make_shared<const nas::parzen_levels>(std::vector<double>{0, 0.25, 0.5, 1}, 0.3);
const std::vector<nas::parzen_decision> mixed{{3}, {5}, {4, levels}, {1}, {2}, {6}};

float largest_mass() {
    float largest = 0;
    for (std::size_t m = 0; m < 4; ++m)
        for (const float mass : levels->masses(m)) largest = std::max(largest, mass);
    return largest;
}

// The formula: a product over the decisions that are active in `at`, numeric ones relative to the largest mass.
double kernel(const codes& center, const codes& at, double changes) {
    double product = 1;
    for (std::size_t i = 0; i < mixed.size(); ++i) {
        const auto choices = static_cast<double>(mixed[i].choices);
        if (at[i] == 0) continue;
        const double scale = mixed[i].levels ? static_cast<double>(largest_mass()) : 1;
        if (center[i] == 0) {
            product /= choices * scale;
        } else if (mixed[i].levels) {
            product *= double(levels->masses(std::size_t(center[i] - 1))[std::size_t(at[i] - 1)]) / scale;
        } else if (mixed[i].choices > 1) {
            const double differs = std::min(changes / 5, (choices - 1) / choices);  // 5 decisions have a choice
            product *= center[i] == at[i] ? 1 - differs : differs / (choices - 1);
        }
    }
    return product;
}

codes random_codes(nas::rng& random) {
    codes all(mixed.size());
    for (std::size_t i = 0; i < mixed.size(); ++i)
        all[i] = nas::chance(random, 0.2) ? 0 : static_cast<int>(1 + nas::below(random, mixed[i].choices));
    return all;
}

}  // namespace

TEST_CASE("parzen kernels: a density is the sum of products over active decisions, and of a uniform one") {
    for (const double changes : {0.05, 1.0, 100.0}) {
        CAPTURE(changes);
        const parzen_shape shape(mixed, changes);
        nas::rng random{5};
        std::vector<codes> centers;
        parzen_kernels kernels(70, mixed.size());  // in three blocks
        for (std::size_t k = 0; k < 70; ++k) {
            centers.push_back(random_codes(random));
            kernels.place(k, centers.back());
            kernels.weigh(k, k % 3 == 0 ? 0.0F : 1.0F);
        }
        for (int n = 0; n < 50; ++n) {
            const codes at = random_codes(random);
            double sum = 2.5 * kernel(codes(mixed.size(), 0), at, changes);
            for (std::size_t k = 0; k < 70; ++k) sum += k % 3 == 0 ? 0 : kernel(centers[k], at, changes);
            CHECK(kernels.density(shape, at, 2.5F) == doctest::Approx(sum).epsilon(1e-5));
        }
    }
}

TEST_CASE("parzen kernels: a kernel that is placed again is another one") {
    const parzen_shape shape(mixed, 1);
    nas::rng random{6};
    parzen_kernels one(1, mixed.size());
    one.weigh(0, 1);
    for (int n = 0; n < 20; ++n) {
        const codes center = random_codes(random);
        const codes at = random_codes(random);
        one.place(0, center);
        CHECK(one.density(shape, at, 0) == doctest::Approx(kernel(center, at, 1)).epsilon(1e-5));
    }
    one.resize(0, mixed.size());
    CHECK(one.density(shape, random_codes(random), 0) == 0);
}

TEST_CASE("parzen kernels: room for more is made as they come") {
    const parzen_shape shape(mixed, 1);
    nas::rng random{7};
    constexpr std::size_t count = 150;
    parzen_kernels grown(1, mixed.size());
    parzen_kernels roomy(1000, mixed.size());
    for (std::size_t k = 0; k < count; ++k) {
        const codes center = random_codes(random);
        for (parzen_kernels* const one : {&grown, &roomy}) {
            one->place(k, center);
            one->weigh(k, k % 3 == 0 ? 0.0F : 1.0F);
        }
        const codes at = random_codes(random);
        CHECK(grown.density(shape, at, 1) == roomy.density(shape, at, 1));
    }
}

TEST_CASE("parzen kernels: a thousand decisions of 256 choices stay in range") {
    const std::vector<nas::parzen_decision> many(1000, {256});
    const parzen_shape shape(many, 1);
    parzen_kernels kernels(2, many.size());
    kernels.place(0, codes(1000, 1));
    kernels.place(1, codes(1000, 2));
    kernels.weigh(0, 1);
    const float same = kernels.density(shape, codes(1000, 1), 1);
    CHECK(same == doctest::Approx(std::pow(0.999, 1000)).epsilon(1e-4));
    const float far = kernels.density(shape, codes(1000, 2), 1);
    CHECK(far > 0);
    CHECK(far < 1e-10F);
}

TEST_CASE("parzen kernels: draws are from the kernel") {
    const parzen_shape shape(mixed, 1);
    constexpr double draws = 20'000;
    for (const std::size_t i : std::vector<std::size_t>{1, 2, 3}) {
        for (const int code : std::vector<int>{0, 1}) {
            CAPTURE(i);
            CAPTURE(code);
            codes center(mixed.size(), 0);
            codes at(mixed.size(), 0);
            center[i] = code;
            std::array<double, 5> counts{};
            nas::rng random{2};
            for (int n = 0; n < static_cast<int>(draws); ++n) counts[shape.draw(i, code, random)] += 1;
            for (std::size_t c = 0; c < mixed[i].choices; ++c) {
                at[i] = static_cast<int>(c + 1);
                const double p = kernel(center, at, 1) * (mixed[i].levels ? double(largest_mass()) : 1.0);
                CHECK(std::abs(counts[c] - draws * p) <= 4 * std::sqrt(draws * p * std::abs(1 - p)) + 1e-3 * draws * p);
            }
        }
    }
}

TEST_CASE("parzen_shape: all decisions at once are drawn as one after the other") {
    for (const std::size_t size : {std::size_t{1}, std::size_t{6}, std::size_t{8}, std::size_t{21}}) {
        std::vector<nas::parzen_decision> decisions;
        for (std::size_t i = 0; i < size; ++i) decisions.push_back({1 + i % 7});
        const nas::parzen_shape shape(decisions, 2);
        REQUIRE(shape.draws_all());
        REQUIRE(shape.padded() >= size);
        nas::rng random{9};
        nas::rng singly{9};
        bool any_same = false;
        for (std::size_t n = 0; n < 200; ++n) {
            std::vector<std::int32_t> center(shape.padded());
            for (std::size_t i = 0; i < size; ++i) center[i] = static_cast<std::int32_t>(1 + (n + i) % (1 + i % 7));
            std::vector<std::int32_t> drawn(shape.padded());
            const bool same = shape.draw_all(center.data(), random, drawn.data());
            bool all = true;
            for (std::size_t i = 0; i < size; ++i) {
                REQUIRE(drawn[i] == static_cast<std::int32_t>(shape.draw(i, center[i], singly)) + 1);
                all = all && drawn[i] == center[i];
            }
            REQUIRE(same == all);
            REQUIRE(random == singly);
            any_same = any_same || same;
        }
        CHECK(any_same);
    }
    CHECK_FALSE(nas::parzen_shape({{2000, nullptr}}, 1e-7).draws_all());
}

// SPDX-License-Identifier: Apache-2.0
#include <nas/networks/packs.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

namespace {

using nas::detail::for_each_number;

template <class Scalar>
void check_cover() {
    for (std::size_t n = 0; n < 70; ++n) {
        std::size_t next = 0;
        std::size_t singles = 0;
        nas::detail::for_each_pack<Scalar>(n, [&](auto lanes, std::size_t k) {
            CHECK(k == next);
            next += lanes;
            singles += lanes == 1 ? 1U : 0U;
        });
        CHECK(next == n);
        CHECK(singles < nas::detail::narrowest_pack / sizeof(Scalar));
    }
}

template <class Scalar>
std::vector<Scalar> numbers(std::size_t n) {
    std::vector<Scalar> all(n);
    for (std::size_t i = 0; i < n; ++i) all[i] = static_cast<Scalar>(std::sin(1 + 3 * static_cast<double>(i)));
    return all;
}

/// Numbers before and behind are left alone, and constant arrays too.
template <class Scalar>
void check_each_number() {
    for (std::size_t n = 0; n < 70; ++n) {
        const std::vector<Scalar> factors = numbers<Scalar>(n);
        std::vector<Scalar> values(n + 2, Scalar{2});
        for_each_number<Scalar>(
            n, [](const auto& factor, auto& value) { value = value * factor + 1; }, factors.data(), values.data() + 1);
        CHECK(values[0] == 2);
        CHECK(values[n + 1] == 2);
        for (std::size_t i = 0; i < n; ++i) CHECK(values[i + 1] == 2 * factors[i] + 1);
    }
}

template <class Scalar>
void check_square_roots() {
    const std::vector<Scalar> squares = numbers<Scalar>(37);
    std::vector<Scalar> roots(squares.size());
    for_each_number<Scalar>(
        squares.size(), [](const auto& x, auto& root) { root = nas::detail::square_root<Scalar>(x * x * 3); },
        squares.data(), roots.data());
    for (std::size_t i = 0; i < roots.size(); ++i) CHECK(roots[i] == std::sqrt(squares[i] * squares[i] * 3));
}

template <class Scalar>
void check_sums(double error) {
    for (const std::size_t n : {0U, 1U, 3U, 16U, 37U, 511U, 512U, 515U, 2000U}) {
        const std::vector<Scalar> a = numbers<Scalar>(n);
        std::vector<Scalar> b(a.rbegin(), a.rend());
        double squares = 0;
        double product = 0;
        for (std::size_t i = 0; i < n; ++i) {
            squares += static_cast<double>(a[i]) * static_cast<double>(a[i]);
            product += static_cast<double>(a[i]) * static_cast<double>(b[i]);
        }
        CHECK(nas::detail::sum_of_squares(n, a.data()) == doctest::Approx(squares).epsilon(error));
        CHECK(std::abs(static_cast<double>(nas::detail::dot(n, a.data(), b.data())) - product) < error * (squares + 1));
        nas::detail::add_times(n, Scalar{-1}, a.data(), b.data());
        for (std::size_t i = 0; i < n; ++i) CHECK(b[i] == a[n - 1 - i] - a[i]);
    }
}

}  // namespace

TEST_CASE("packs: each number is in one pack and as few as can be alone") {
    check_cover<float>();
    check_cover<double>();
}

TEST_CASE("packs: each number of arrays of any length") {
    check_each_number<float>();
    check_each_number<double>();
}

TEST_CASE("packs: square roots are correctly rounded") {
    check_square_roots<float>();
    check_square_roots<double>();
}

TEST_CASE("packs: sums of squares, of products, and of arrays") {
    check_sums<float>(1e-6);
    check_sums<double>(1e-14);
}

TEST_CASE("packs: a number becomes the same wherever it is") {
    const auto one = [](float number, std::size_t place, std::size_t n) {
        std::vector<float> all(n, 0.3F);
        all[place] = number;
        for_each_number<float>(
            n, [](auto& x) { x = x * x / (x + 0.1F); }, all.data());
        return all[place];
    };
    for (std::size_t n = 1; n < 40; ++n)
        for (std::size_t place = 0; place < n; ++place) CHECK(one(1.37F, place, n) == one(1.37F, 0, 1));
}

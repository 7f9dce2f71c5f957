// SPDX-License-Identifier: Apache-2.0
#include <nas/networks/small_product.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

namespace {

template <class Scalar>
std::vector<Scalar> numbers(std::size_t count, double phase) {
    std::vector<Scalar> all(count);
    for (std::size_t i = 0; i < count; ++i) all[i] = static_cast<Scalar>(std::sin(phase + static_cast<double>(i)));
    return all;
}

/// Largest difference from the sum of the definition, over shapes that use every tile.
template <class Scalar>
double product_error() {
    double error = 0;
    for (const std::size_t rows : {1U, 2U, 3U, 4U, 5U, 7U, 9U, 16U, 17U, 37U, 64U, 100U, 131U, 200U})
        for (const std::size_t columns : {1U, 2U, 3U, 4U, 5U, 8U, 11U})
            for (const std::size_t depth : {0U, 1U, 6U}) {
                const auto a = numbers<Scalar>(rows * depth, 1);
                const auto b = numbers<Scalar>(depth * columns, 2);
                const auto start = numbers<Scalar>(rows * columns, 3);
                std::vector<Scalar> turned(depth * columns);
                nas::transpose(depth, columns, b.data(), turned.data());
                auto set = start;
                auto sum = start;
                auto sum_turned = start;
                nas::set_product(rows, columns, depth, a.data(), b.data(), set.data());
                nas::add_product(rows, columns, depth, a.data(), b.data(), sum.data());
                nas::add_product_transposed(rows, columns, depth, a.data(), turned.data(), sum_turned.data());
                for (std::size_t j = 0; j < columns; ++j)
                    for (std::size_t i = 0; i < rows; ++i) {
                        double wanted = 0;
                        for (std::size_t k = 0; k < depth; ++k)
                            wanted += static_cast<double>(a[k * rows + i]) * static_cast<double>(b[j * depth + k]);
                        const std::size_t at = j * rows + i;
                        const double more = wanted + static_cast<double>(start[at]);
                        error = std::max(error, std::abs(wanted - static_cast<double>(set[at])));
                        error = std::max(error, std::abs(more - static_cast<double>(sum[at])));
                        error = std::max(error, std::abs(more - static_cast<double>(sum_turned[at])));
                    }
            }
    return error;
}

TEST_CASE("small_product: as the definition says for every shape") {
    CHECK(product_error<double>() < 1e-13);
    CHECK(product_error<float>() < 2e-6);
}

/// How many numbers of products of `columns` columns differ from those of products of each column alone.
template <class Scalar>
std::size_t differences() {
    std::size_t count = 0;
    constexpr std::size_t depth = 50;
    for (const std::size_t rows : {1U, 2U, 3U, 5U, 7U, 16U, 20U, 37U, 50U, 100U, 148U})
        for (const std::size_t columns : {2U, 3U, 4U, 5U, 9U, 10U}) {
            const auto a = numbers<Scalar>(rows * depth, 1);
            const auto b = numbers<Scalar>(depth * columns, 2);
            const auto start = numbers<Scalar>(rows * columns, 3);
            auto set = start;
            auto sum = start;
            nas::set_product(rows, columns, depth, a.data(), b.data(), set.data());
            nas::add_product(rows, columns, depth, a.data(), b.data(), sum.data());
            auto alone = start;
            auto sum_alone = start;
            for (std::size_t j = 0; j < columns; ++j) {
                nas::set_product(rows, 1, depth, a.data(), b.data() + depth * j, alone.data() + rows * j);
                nas::add_product(rows, 1, depth, a.data(), b.data() + depth * j, sum_alone.data() + rows * j);
            }
            for (std::size_t i = 0; i < start.size(); ++i)
                count += (set[i] != alone[i] ? 1U : 0U) + (sum[i] != sum_alone[i] ? 1U : 0U);
        }
    return count;
}

// With -O3 -march=native compilers may fuse multiplications and additions, here and not there.
TEST_CASE("small_product: a column is what it is alone to the last bit") {
    CHECK(differences<float>() == 0);
    CHECK(differences<double>() == 0);
}

TEST_CASE("small_product: transpose") {
    const auto a = numbers<float>(11 * 19, 0);
    std::vector<float> turned(a.size());
    nas::transpose(11, 19, a.data(), turned.data());
    for (std::size_t i = 0; i < 11; ++i)
        for (std::size_t j = 0; j < 19; ++j) CHECK(turned[i * 19 + j] == a[j * 11 + i]);
}

}  // namespace

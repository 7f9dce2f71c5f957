// SPDX-License-Identifier: Apache-2.0
#include <nas/networks/pack_functions.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>
#include <nas/networks/packs.hpp>

namespace {

template <class Scalar>
void check_functions() {
    std::vector<Scalar> numbers(37);
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<Scalar>(i) / 9 - 2;
    nas::detail::for_each_pack<Scalar>(numbers.size(), [&](auto lanes, std::size_t k) {
        using pack = typename nas::detail::pack_of<Scalar, decltype(lanes)::value>::type;
        const pack x = nas::detail::load_pack<pack>(&numbers[k]);
        pack two[] = {x, x * 2};
        nas::detail::apply<Scalar>(two, [](const auto& y) { return y.tanh(); });
        nas::detail::store_pack(pack(two[0] + two[1]), &numbers[k]);
    });
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const double x = static_cast<double>(i) / 9 - 2;
        CHECK(numbers[i] == doctest::Approx(std::tanh(x) + std::tanh(2 * x)).epsilon(1e-5));
    }
}

/// To the last bit what each number becomes alone.
template <class Scalar>
void check_each_number() {
    const auto exponential = [](const auto& x) { return x.exp(); };
    for (const std::size_t n : {0U, 1U, 5U, 15U, 16U, 63U, 64U, 65U, 150U}) {
        std::vector<Scalar> numbers(n + 1, Scalar{7});
        for (std::size_t i = 0; i < n; ++i) numbers[i] = static_cast<Scalar>(i) / 9 - 4;
        nas::detail::apply_to_each(n, numbers.data(), exponential);
        CHECK(numbers[n] == 7);
        for (std::size_t i = 0; i < n; ++i) {
            Scalar alone = static_cast<Scalar>(i) / 9 - 4;
            CHECK(numbers[i] == doctest::Approx(std::exp(static_cast<double>(alone))).epsilon(1e-6));
            nas::detail::apply_to_each(1, &alone, exponential);
            CHECK(numbers[i] == alone);
        }
    }
}

}  // namespace

TEST_CASE("pack_functions: Eigen's functions of several packs") {
    check_functions<float>();
    check_functions<double>();
}

TEST_CASE("pack_functions: of any number of numbers, whatever their places") {
    check_each_number<float>();
    check_each_number<double>();
}

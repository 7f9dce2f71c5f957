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
        const pack third = nas::detail::applied<Scalar>(x, [](const auto& y) { return y.exp(); });
        nas::detail::store_pack(pack(two[0] + two[1] + third), &numbers[k]);
    });
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const double x = static_cast<double>(i) / 9 - 2;
        CHECK(numbers[i] == doctest::Approx(std::tanh(x) + std::tanh(2 * x) + std::exp(x)).epsilon(1e-5));
    }
}

}  // namespace

TEST_CASE("pack_functions: Eigen's functions of one pack and of several") {
    check_functions<float>();
    check_functions<double>();
}

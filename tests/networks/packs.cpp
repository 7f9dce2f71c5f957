// SPDX-License-Identifier: Apache-2.0
#include <nas/networks/packs.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

namespace {

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
void check_square_roots() {
    std::vector<Scalar> numbers(37);
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<Scalar>(i * i);
    nas::detail::for_each_pack<Scalar>(numbers.size(), [&](auto lanes, std::size_t k) {
        using pack = typename nas::detail::pack_of<Scalar, decltype(lanes)::value>::type;
        pack two[] = {nas::detail::load_pack<pack>(&numbers[k]), nas::detail::load_pack<pack>(&numbers[k]) * Scalar(4)};
        nas::detail::apply<Scalar>(two, [](const auto& x) { return x.sqrt(); });
        nas::detail::store_pack(pack(two[0] + two[1]), &numbers[k]);
    });
    for (std::size_t i = 0; i < numbers.size(); ++i)
        CHECK(numbers[i] == doctest::Approx(3 * static_cast<double>(i)).epsilon(1e-6));
}

}  // namespace

TEST_CASE("packs: each number is in one pack and as few as can be alone") {
    check_cover<float>();
    check_cover<double>();
}

TEST_CASE("packs: functions of Eigen's arrays") {
    check_square_roots<float>();
    check_square_roots<double>();
}

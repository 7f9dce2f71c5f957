// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>

#include <nas/networks/packs.hpp>

namespace nas::detail {

/// As many numbers side by side as there are right-hand sides that are worked on at once: what is read for one of them is read
/// for all.
struct lane_block {
    static constexpr std::size_t lanes = std::max<std::size_t>(8, widest_pack / sizeof(float));
    static constexpr std::size_t parts = lanes * sizeof(double) / widest_pack;
    using pack = pack_of<double, widest_pack / sizeof(double)>::type;

    pack part[parts] = {};

    double operator[](std::size_t lane) const noexcept {
        double number;
        std::memcpy(&number, reinterpret_cast<const char*>(part) + lane * sizeof(double), sizeof(double));
        return number;
    }
    void set(std::size_t lane, double number) noexcept {
        std::memcpy(reinterpret_cast<char*>(part) + lane * sizeof(double), &number, sizeof(double));
    }
    /// Calls `function(pack of a, pack of b...)` for all parts; unrolled, so that blocks stay in registers.
    template <class Function, class... Blocks>
    [[gnu::always_inline]] static void for_each(Function&& function, Blocks&... blocks) {
        [&]<std::size_t... P>(std::index_sequence<P...>) {
            const auto one = [&](auto p) { function(blocks.part[p]...); };
            (one(std::integral_constant<std::size_t, P>()), ...);
        }
        (std::make_index_sequence<parts>());
    }
    [[gnu::always_inline]] void add_times(double factor, const lane_block& other) noexcept {
        for_each([factor](pack& sum, const pack& more) { sum += factor * more; }, *this, other);
    }
    [[gnu::always_inline]] void subtract_times(double factor, const lane_block& other) noexcept {
        for_each([factor](pack& sum, const pack& less) { sum -= factor * less; }, *this, other);
    }
    [[gnu::always_inline]] void divide(double number) noexcept {
        for_each([number](pack& one) { one /= number; }, *this);
    }
};

}  // namespace nas::detail

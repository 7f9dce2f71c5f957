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
    [[gnu::always_inline]] void add_squares(const lane_block& other) noexcept {
        for_each([](pack& sum, const pack& more) { sum += more * more; }, *this, other);
    }
    [[gnu::always_inline]] void divide(double number) noexcept {
        for_each([number](pack& one) { one /= number; }, *this);
    }
};

/// b = L^-1 b, of n rows; `row(i)` is row i of L. Two rows at a time, so that b is read half as often.
template <class Row>
void solve_lower(std::size_t n, Row&& row, lane_block* b) {
    for (std::size_t i = 0; i < n; i += 2) {
        const std::size_t next = std::min(i + 1, n - 1);
        const double* const upper = row(i);
        const double* const lower = row(next);
        lane_block first = b[i];
        lane_block second = b[next];
        for (std::size_t j = 0; j < i; ++j) {
            first.subtract_times(upper[j], b[j]);
            second.subtract_times(lower[j], b[j]);
        }
        first.divide(upper[i]);
        b[i] = first;
        if (next == i) break;
        second.subtract_times(lower[i], first);
        second.divide(lower[next]);
        b[next] = second;
    }
}

}  // namespace nas::detail

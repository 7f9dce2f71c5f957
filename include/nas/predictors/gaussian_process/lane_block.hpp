// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
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
    [[gnu::always_inline]] void add(const lane_block& other) noexcept {
        for_each([](pack& sum, const pack& more) { sum += more; }, *this, other);
    }
    [[gnu::always_inline]] void add_products(const lane_block& a, const lane_block& b) noexcept {
        for_each([](pack& sum, const pack& one, const pack& other) { sum += one * other; }, *this, a, b);
    }
    [[gnu::always_inline]] void multiply(double number) noexcept {
        for_each([number](pack& one) { one *= number; }, *this);
    }
    [[gnu::always_inline]] void add_squares(const lane_block& other) noexcept {
        for_each([](pack& sum, const pack& more) { sum += more * more; }, *this, other);
    }
    [[gnu::always_inline]] void divide(double number) noexcept {
        for_each([number](pack& one) { one /= number; }, *this);
    }
};

/// Some rows of L^-1 b from `first` on, where the earlier ones are that already; `P`: numbers 0, 1, ... of all their parts. Sums stay in
/// registers, so that b is read once for all of them.
template <std::size_t... P>
[[gnu::always_inline]] inline void solve_rows(std::index_sequence<P...>, std::size_t first, const double* const* rows,
                                              lane_block* b) {
    constexpr std::size_t parts = lane_block::parts;
    lane_block::pack sums[] = {b[first + P / parts].part[P % parts]...};
    for (std::size_t j = 0; j < first; ++j) ((sums[P] -= rows[P / parts][j] * b[j].part[P % parts]), ...);
    const auto finish = [&](std::size_t p) {
        const std::size_t row = p / parts;
        for (std::size_t j = 0; j < row; ++j) sums[p] -= rows[row][first + j] * b[first + j].part[p % parts];
        b[first + row].part[p % parts] = sums[p] / rows[row][first + row];
    };
    (finish(P), ...);
}

/// b = L^-1 b, of n rows; `row(i)` is row i of L. `b`: blocks of n rows, one after the other; what becomes of one does not depend on
/// how many there are. A row is read once for all of them.
template <class Row>
[[gnu::noinline]] void solve_lower(std::size_t n, Row&& row, std::span<lane_block> b) {
    // So many accumulators that none waits for the one before, and not more than there are registers.
    constexpr std::size_t rows = std::max<std::size_t>((widest_pack == 64 ? 16 : 8) / lane_block::parts, 1);
    const auto solve = [&]<std::size_t Count>(std::integral_constant<std::size_t, Count>, std::size_t first) {
        const double* of[Count];
        for (std::size_t r = 0; r < Count; ++r) of[r] = row(first + r);
        for (std::size_t begin = 0; begin < b.size(); begin += n)
            solve_rows(std::make_index_sequence<Count * lane_block::parts>(), first, of, b.data() + begin);
    };
    std::size_t i = 0;
    for (; i + rows <= n; i += rows) solve(std::integral_constant<std::size_t, rows>(), i);
    for (; i < n; ++i) solve(std::integral_constant<std::size_t, 1>(), i);
}

}  // namespace nas::detail

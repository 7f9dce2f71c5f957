// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <type_traits>
#if defined(__FMA__)
#include <immintrin.h>
#endif

#include <nas/networks/packs.hpp>

/// Products of matrices of a few tens to a few hundred rows, as recurrent networks need them: thousands a second, each too
/// small to be worth the packing that general matrix products begin with.
///
/// Matrices are stored column by column. What a column of a product becomes does not depend on the other columns: a batch
/// gives what its members give alone.
namespace nas {

namespace detail {

#if defined(__AVX512F__)
inline constexpr std::size_t tallest_tile = 4;  // packs: times 6 columns, 24 of 32 registers
#else
inline constexpr std::size_t tallest_tile = 2;  // 12 of 16 registers
#endif
inline constexpr std::size_t widest_tile = 6;  // columns

/// sum += left * factor. Where an x86 CPU can do that with one rounding, it is said so: left to themselves, compilers do it
/// here and round twice there, and which it is depends on how many columns there are. On other CPUs that can, it is still theirs.
template <class Pack, class Scalar>
inline void add_scaled(Pack& sum, const Pack& left, Scalar factor) {
#if defined(__FMA__)
    constexpr bool single = std::is_same_v<Scalar, float>;
    if constexpr (sizeof(Pack) == sizeof(Scalar)) {
        sum[0] = std::fma(left[0], factor, sum[0]);
    } else if constexpr (sizeof(Pack) == 16) {
        if constexpr (single) sum = _mm_fmadd_ps(left, _mm_set1_ps(factor), sum);
        if constexpr (!single) sum = _mm_fmadd_pd(left, _mm_set1_pd(factor), sum);
    } else if constexpr (sizeof(Pack) == 32) {
        if constexpr (single) sum = _mm256_fmadd_ps(left, _mm256_set1_ps(factor), sum);
        if constexpr (!single) sum = _mm256_fmadd_pd(left, _mm256_set1_pd(factor), sum);
    } else {
        static_assert(sizeof(Pack) == widest_pack);
#if defined(__AVX512F__)
        if constexpr (single) sum = _mm512_fmadd_ps(left, _mm512_set1_ps(factor), sum);
        if constexpr (!single) sum = _mm512_fmadd_pd(left, _mm512_set1_pd(factor), sum);
#endif
    }
#else
    sum += left * factor;
#endif
}

/// c = a b, or c += a b where `add`: c is rows x columns, a rows x depth; b(k, j) is b[k * down + j * across].
template <class Scalar>
struct product_of {
    static constexpr std::size_t lanes = widest_pack / sizeof(Scalar);
    static constexpr std::size_t narrow = narrowest_pack / sizeof(Scalar);

    bool add;
    std::size_t rows, columns, depth;
    const Scalar* a;
    const Scalar* b;
    std::size_t down, across;
    Scalar* c;

    /// `Packs` packs of rows from row i on, `Columns` columns from column j on. The last pack may begin earlier, where else
    /// it would reach beyond the last row: its first rows are another tile's then, and left as they are.
    template <std::size_t Lanes, std::size_t Packs, std::size_t Columns>
    void tile(std::size_t i, std::size_t j) const {
        using pack = typename pack_of<Scalar, Lanes>::type;
        const std::size_t stride = rows;
        const std::size_t last = std::min(i + (Packs - 1) * Lanes, stride - Lanes);
        Scalar* const out = c + j * stride;
        const auto at = [&](std::size_t p) { return p + 1 < Packs ? i + p * Lanes : last; };

        pack sum[Packs][Columns];
#pragma GCC unroll 12
        for (std::size_t p = 0; p < Packs; ++p)
#pragma GCC unroll 12
            for (std::size_t k = 0; k < Columns; ++k)
                sum[p][k] = add ? load_pack<pack>(out + k * stride + at(p)) : pack{};
        const Scalar* left = a;
        const Scalar* right = depth > 0 ? b + j * across : b;  // which may be no array
        for (std::size_t d = depth, next = across; d-- > 0; left += stride, right += down) {
            pack column[Packs];
#pragma GCC unroll 12
            for (std::size_t p = 0; p < Packs; ++p) column[p] = load_pack<pack>(left + at(p));
#pragma GCC unroll 12
            for (std::size_t k = 0; k < Columns; ++k)
#pragma GCC unroll 12
                for (std::size_t p = 0; p < Packs; ++p) add_scaled(sum[p][k], column[p], right[k * next]);
        }
#pragma GCC unroll 12
        for (std::size_t p = 0; p + 1 < Packs; ++p)
#pragma GCC unroll 12
            for (std::size_t k = 0; k < Columns; ++k) store_pack(sum[p][k], out + k * stride + at(p));
        const auto others = static_cast<Scalar>(i + (Packs - 1) * Lanes - last);
        pack number;
        for (std::size_t l = 0; l < Lanes; ++l) number[l] = static_cast<Scalar>(l);
#pragma GCC unroll 12
        for (std::size_t k = 0; k < Columns; ++k) {
            pack& own = sum[Packs - 1][k];
            if (others > 0) own = number < others ? load_pack<pack>(out + k * stride + last) : own;
            store_pack(own, out + k * stride + last);
        }
    }

    /// All columns of these rows, in tiles of almost the same width.
    template <std::size_t Lanes, std::size_t Packs, std::size_t Columns = widest_tile>
    void row_of_tiles(std::size_t i) const {
        const std::size_t tiles = (columns + Columns - 1) / Columns;
        for (std::size_t k = 0, j = 0; k < tiles; ++k) {
            const std::size_t next = (k + 1) * columns / tiles;
            one_of<Lanes, Packs, Columns>(next - j, i, j);
            j = next;
        }
    }
    template <std::size_t Lanes, std::size_t Packs, std::size_t Columns>
    void one_of(std::size_t width, std::size_t i, std::size_t j) const {
        if (width == Columns) return tile<Lanes, Packs, Columns>(i, j);
        if constexpr (Columns > 1) one_of<Lanes, Packs, Columns - 1>(width, i, j);
    }

    template <std::size_t Packs>
    void tall_tiles(std::size_t packs, std::size_t i) const {
        if (packs == Packs) return row_of_tiles<lanes, Packs>(i);
        if constexpr (Packs > 1) tall_tiles<Packs - 1>(packs, i);
    }
    [[gnu::noinline]] void one_row() const {
        if (across == 1 && columns > 1) return product_of{add, columns, 1, depth, b, a, 1, depth, c}.compute();
        for (std::size_t j = 0; j < columns; ++j) c[j] = (add ? c[j] : 0) + dot(depth, a, b + j * across);
    }

    /// Fewer rows than a pack has lanes: copied, some columns at a time, to where whole packs can be read.
    [[gnu::noinline]] void few_rows() const {
        constexpr std::size_t most = 64;
        using pack = typename pack_of<Scalar, lanes>::type;
        Scalar padded[most * lanes];
        product_of part = *this;
        for (std::size_t first = 0; first < depth || first == 0; first += most) {
            part.depth = std::min(most, depth - first);
            for (std::size_t d = 0; d < part.depth; ++d)
                store_pack(load_some<pack>(a + (first + d) * rows, rows), padded + d * lanes);
            part.b = b + first * down;
            part.few_columns(padded);
            part.add = true;
        }
    }
    void few_columns(const Scalar* padded) const {
        for (std::size_t j = 0; j < columns; j += 2 * widest_tile)
            few_of<2 * widest_tile>(std::min(2 * widest_tile, columns - j), padded, j);
    }
    template <std::size_t Columns>
    void few_of(std::size_t width, const Scalar* padded, std::size_t j) const {
        if (width == Columns) return few_tile<Columns>(padded, j);
        if constexpr (Columns > 1) few_of<Columns - 1>(width, padded, j);
    }
    template <std::size_t Columns>
    void few_tile(const Scalar* padded, std::size_t j) const {
        using pack = typename pack_of<Scalar, lanes>::type;
        pack sum[Columns] = {};
        if (add)
#pragma GCC unroll 12
            for (std::size_t k = 0; k < Columns; ++k) sum[k] = load_some<pack>(c + (j + k) * rows, rows);
        const Scalar* right = depth > 0 ? b + j * across : b;  // which may be no array
        for (std::size_t d = 0, next = across; d < depth; ++d, right += down) {
            const pack column = load_pack<pack>(padded + d * lanes);
#pragma GCC unroll 12
            for (std::size_t k = 0; k < Columns; ++k) add_scaled(sum[k], column, right[k * next]);
        }
#pragma GCC unroll 12
        for (std::size_t k = 0; k < Columns; ++k) store_some(sum[k], c + (j + k) * rows, rows);
    }

    [[gnu::noinline]] void compute() const {
        if (rows == 1) return one_row();
        if (rows < lanes) return few_rows();
        // A few rows that are left over fill a narrow pack better, but only many columns keep the CPU busy with it.
        const std::size_t left = rows % lanes;
        const bool narrow_end = narrow < lanes && left > 0 && left <= narrow && columns >= widest_tile;
        if (narrow_end) row_of_tiles<narrow, 1, 2 * widest_tile>(rows - left);
        const std::size_t packs = (rows - (narrow_end ? left : 0) + lanes - 1) / lanes;
        std::size_t pack = 0;
        // Sums that do not wait for each other need many packs where there is one column.
        constexpr std::size_t tall = 8;
        if (columns == 1)
            for (; pack + tall <= packs; pack += tall) tile<lanes, tall, 1>(pack * lanes, 0);
        // Tiles of almost the same height.
        const std::size_t begin = pack;
        const std::size_t tiles = (packs - begin + tallest_tile - 1) / tallest_tile;
        for (std::size_t k = 0; k < tiles; ++k) {
            const std::size_t next = begin + (k + 1) * (packs - begin) / tiles;
            tall_tiles<tallest_tile>(next - pack, pack * lanes);
            pack = next;
        }
    }
};

/// A square that fits the narrow packs: 4 x 4 float, 2 x 2 double.
inline void transpose_square(const float* from, std::size_t stride_from, float* to, std::size_t stride_to) {
    pack_of<float, 4>::type in[4];
    for (std::size_t j = 0; j < 4; ++j) std::memcpy(&in[j], from + j * stride_from, 16);
    const auto low = __builtin_shufflevector(in[0], in[1], 0, 4, 1, 5);
    const auto high = __builtin_shufflevector(in[0], in[1], 2, 6, 3, 7);
    const auto more_low = __builtin_shufflevector(in[2], in[3], 0, 4, 1, 5);
    const auto more_high = __builtin_shufflevector(in[2], in[3], 2, 6, 3, 7);
    const pack_of<float, 4>::type out[4] = {
        __builtin_shufflevector(low, more_low, 0, 1, 4, 5), __builtin_shufflevector(low, more_low, 2, 3, 6, 7),
        __builtin_shufflevector(high, more_high, 0, 1, 4, 5), __builtin_shufflevector(high, more_high, 2, 3, 6, 7)};
    for (std::size_t i = 0; i < 4; ++i) std::memcpy(to + i * stride_to, &out[i], 16);
}
inline void transpose_square(const double* from, std::size_t stride_from, double* to, std::size_t stride_to) {
    for (std::size_t i = 0; i < 2; ++i)
        for (std::size_t j = 0; j < 2; ++j) to[i * stride_to + j] = from[j * stride_from + i];
}

}  // namespace detail

/// c = a b: c is rows x columns, a rows x depth, b depth x columns, none overlapping another.
template <std::floating_point Scalar>
void set_product(std::size_t rows, std::size_t columns, std::size_t depth, const Scalar* a, const Scalar* b,
                 Scalar* c) {
    detail::product_of<Scalar>{false, rows, columns, depth, a, b, 1, depth, c}.compute();
}

/// c += a b, of the same shapes.
template <std::floating_point Scalar>
void add_product(std::size_t rows, std::size_t columns, std::size_t depth, const Scalar* a, const Scalar* b,
                 Scalar* c) {
    detail::product_of<Scalar>{true, rows, columns, depth, a, b, 1, depth, c}.compute();
}

/// c = a b', where b is columns x depth.
template <std::floating_point Scalar>
void set_product_transposed(std::size_t rows, std::size_t columns, std::size_t depth, const Scalar* a, const Scalar* b,
                            Scalar* c) {
    detail::product_of<Scalar>{false, rows, columns, depth, a, b, columns, 1, c}.compute();
}

/// c += a b', of the same shapes.
template <std::floating_point Scalar>
void add_product_transposed(std::size_t rows, std::size_t columns, std::size_t depth, const Scalar* a, const Scalar* b,
                            Scalar* c) {
    detail::product_of<Scalar>{true, rows, columns, depth, a, b, columns, 1, c}.compute();
}

/// to = from', where `from` is rows x columns.
template <std::floating_point Scalar>
void transpose(std::size_t rows, std::size_t columns, const Scalar* from, Scalar* to) {
    constexpr std::size_t side = 16 / sizeof(Scalar);
    constexpr std::size_t line = 64 / sizeof(Scalar);  // of the cache: read once
    const std::size_t whole_rows = rows - rows % side;
    const std::size_t whole_columns = columns - columns % side;
    for (std::size_t first = 0; first < whole_rows; first += line)
        for (std::size_t j = 0; j < whole_columns; j += side)
            for (std::size_t i = first; i < std::min(first + line, whole_rows); i += side)
                detail::transpose_square(from + j * rows + i, rows, to + i * columns + j, columns);
    for (std::size_t j = 0; j < columns; ++j)
        for (std::size_t i = j < whole_columns ? whole_rows : 0; i < rows; ++i)
            to[i * columns + j] = from[j * rows + i];
}

}  // namespace nas

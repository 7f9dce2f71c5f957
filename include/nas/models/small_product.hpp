// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstring>

/// Products of matrices of a few tens to a few hundred rows, as recurrent networks need them: thousands a second, each too
/// small to be worth the packing that general matrix products begin with.
///
/// Matrices are stored column by column. What a column of a product becomes does not depend on the other columns: a batch
/// gives what its members give alone.
namespace nas {

namespace detail {

// Vectors of the compiler, as wide as the registers it was told of. What is left of a column is done with narrow ones.
template <class Scalar, std::size_t Bytes>
struct pack_of;
template <>
struct pack_of<float, 16> {
    typedef float type __attribute__((vector_size(16)));
};
template <>
struct pack_of<float, 32> {
    typedef float type __attribute__((vector_size(32)));
};
template <>
struct pack_of<float, 64> {
    typedef float type __attribute__((vector_size(64)));
};
template <>
struct pack_of<double, 16> {
    typedef double type __attribute__((vector_size(16)));
};
template <>
struct pack_of<double, 32> {
    typedef double type __attribute__((vector_size(32)));
};
template <>
struct pack_of<double, 64> {
    typedef double type __attribute__((vector_size(64)));
};
template <class Scalar>
struct pack_of<Scalar, sizeof(Scalar)> {
    using type = Scalar;
};

#if defined(__AVX512F__)
inline constexpr std::size_t widest_pack = 64;
inline constexpr std::size_t tallest_tile = 4;  // packs: times 5 columns, 20 of 32 registers
#elif defined(__AVX__)
inline constexpr std::size_t widest_pack = 32;
inline constexpr std::size_t tallest_tile = 2;  // 10 of 16 registers
#else
inline constexpr std::size_t widest_pack = 16;
inline constexpr std::size_t tallest_tile = 2;
#endif

/// Packs * Bytes / sizeof(Scalar) rows and `Columns` columns of c = or += a b; b(k, j) is b[k * down + j * across].
template <bool Add, std::size_t Bytes, std::size_t Packs, std::size_t Columns, class Scalar>
inline void product_tile(Scalar* c, std::size_t stride_c, const Scalar* a, std::size_t stride_a, const Scalar* b,
                         std::size_t down, std::size_t across, std::size_t depth) {
    using pack = typename pack_of<Scalar, Bytes>::type;
    constexpr std::size_t lanes = Bytes / sizeof(Scalar);
    pack sum[Packs][Columns];
    for (std::size_t p = 0; p < Packs; ++p)
        for (std::size_t j = 0; j < Columns; ++j) {
            if constexpr (Add) {
                std::memcpy(&sum[p][j], c + j * stride_c + p * lanes, Bytes);
            } else {
                sum[p][j] = pack{};
            }
        }
    for (std::size_t k = 0; k < depth; ++k) {
        pack left[Packs];
        for (std::size_t p = 0; p < Packs; ++p) std::memcpy(&left[p], a + k * stride_a + p * lanes, Bytes);
        for (std::size_t j = 0; j < Columns; ++j) {
            const Scalar factor = b[k * down + j * across];
            for (std::size_t p = 0; p < Packs; ++p) sum[p][j] += left[p] * factor;
        }
    }
    for (std::size_t p = 0; p < Packs; ++p)
        for (std::size_t j = 0; j < Columns; ++j) std::memcpy(c + j * stride_c + p * lanes, &sum[p][j], Bytes);
}

template <bool Add, std::size_t Bytes, std::size_t Packs, std::size_t Columns, class Scalar>
inline void product_columns(std::size_t& j, std::size_t columns, Scalar* c, std::size_t stride_c, const Scalar* a,
                            std::size_t stride_a, const Scalar* b, std::size_t down, std::size_t across,
                            std::size_t depth) {
    for (; j + Columns <= columns; j += Columns)
        product_tile<Add, Bytes, Packs, Columns>(c + j * stride_c, stride_c, a, stride_a, b + j * across, down, across,
                                                 depth);
}

/// As many rows as fit, from row i on.
template <bool Add, std::size_t Bytes, std::size_t Packs, class Scalar>
inline void product_rows(std::size_t& i, std::size_t rows, std::size_t columns, Scalar* c, const Scalar* a,
                         const Scalar* b, std::size_t down, std::size_t across, std::size_t depth) {
    constexpr std::size_t step = Packs * Bytes / sizeof(Scalar);
    for (; i + step <= rows; i += step) {
        std::size_t j = 0;
        if constexpr (Packs <= tallest_tile) {
            product_columns<Add, Bytes, Packs, 5>(j, columns, c + i, rows, a + i, rows, b, down, across, depth);
            product_columns<Add, Bytes, Packs, 2>(j, columns, c + i, rows, a + i, rows, b, down, across, depth);
        }
        product_columns<Add, Bytes, Packs, 1>(j, columns, c + i, rows, a + i, rows, b, down, across, depth);
    }
}

template <bool Add, class Scalar>
void product(std::size_t rows, std::size_t columns, std::size_t depth, const Scalar* a, const Scalar* b,
             std::size_t down, std::size_t across, Scalar* c) {
    std::size_t i = 0;
    if (columns == 1) product_rows<Add, widest_pack, 8>(i, rows, columns, c, a, b, down, across, depth);
    product_rows<Add, widest_pack, tallest_tile>(i, rows, columns, c, a, b, down, across, depth);
    if (columns == 1) product_rows<Add, widest_pack, 2>(i, rows, columns, c, a, b, down, across, depth);
    product_rows<Add, widest_pack, 1>(i, rows, columns, c, a, b, down, across, depth);
    if constexpr (widest_pack > 16) product_rows<Add, 16, 1>(i, rows, columns, c, a, b, down, across, depth);
    product_rows<Add, sizeof(Scalar), 1>(i, rows, columns, c, a, b, down, across, depth);
}

/// A square that fits the narrow packs: 4 x 4 float, 2 x 2 double.
inline void transpose_square(const float* from, std::size_t stride_from, float* to, std::size_t stride_to) {
    pack_of<float, 16>::type in[4];
    for (std::size_t j = 0; j < 4; ++j) std::memcpy(&in[j], from + j * stride_from, 16);
    const auto low = __builtin_shufflevector(in[0], in[1], 0, 4, 1, 5);
    const auto high = __builtin_shufflevector(in[0], in[1], 2, 6, 3, 7);
    const auto more_low = __builtin_shufflevector(in[2], in[3], 0, 4, 1, 5);
    const auto more_high = __builtin_shufflevector(in[2], in[3], 2, 6, 3, 7);
    const pack_of<float, 16>::type out[4] = {
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
    detail::product<false>(rows, columns, depth, a, b, 1, depth, c);
}

/// c += a b, of the same shapes.
template <std::floating_point Scalar>
void add_product(std::size_t rows, std::size_t columns, std::size_t depth, const Scalar* a, const Scalar* b,
                 Scalar* c) {
    detail::product<true>(rows, columns, depth, a, b, 1, depth, c);
}

/// c += a b', where b is columns x depth.
template <std::floating_point Scalar>
void add_product_transposed(std::size_t rows, std::size_t columns, std::size_t depth, const Scalar* a, const Scalar* b,
                            Scalar* c) {
    detail::product<true>(rows, columns, depth, a, b, columns, 1, c);
}

/// to = from', where `from` is rows x columns.
template <std::floating_point Scalar>
void transpose(std::size_t rows, std::size_t columns, const Scalar* from, Scalar* to) {
    constexpr std::size_t side = 16 / sizeof(Scalar);
    const std::size_t whole_rows = rows - rows % side;
    const std::size_t whole_columns = columns - columns % side;
    for (std::size_t i = 0; i < whole_rows; i += side)
        for (std::size_t j = 0; j < whole_columns; j += side)
            detail::transpose_square(from + j * rows + i, rows, to + i * columns + j, columns);
    for (std::size_t j = 0; j < columns; ++j)
        for (std::size_t i = j < whole_columns ? whole_rows : 0; i < rows; ++i)
            to[i * columns + j] = from[j * rows + i];
}

}  // namespace nas

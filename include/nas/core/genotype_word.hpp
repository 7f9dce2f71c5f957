// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

/// Genotypes of up to eight bytes, written as one word. A byte store followed by a copy of the whole stalls the copy until the
/// store has left the processor's store buffer: 5 ns, a third of a step of random search.
namespace nas::detail {

// An array of no decisions has one byte of size but none of data.
template <class G>
inline constexpr bool fits_word =
    std::is_trivially_copyable_v<G> &&
    sizeof(G) <= sizeof(std::uint64_t) && G{}.size() == sizeof(G) && std::endian::native == std::endian::little;

/// The `Size` <= 8 bytes from `bytes` on as one word, the first lowest. Loads of 4, 2 and 1 bytes, as compilers copy such
/// arrays: std::memcpy into a word would go through memory, and stall too.
template <std::size_t Size>
std::uint64_t load_word(const std::uint8_t* bytes) noexcept {
    std::uint64_t word = 0;
    if constexpr (Size == 8) {
        std::memcpy(&word, bytes, 8);
    } else {
        if constexpr ((Size & 4) != 0) {
            std::uint32_t part = 0;
            std::memcpy(&part, bytes, 4);
            word = part;
        }
        if constexpr ((Size & 2) != 0) {
            std::uint16_t part = 0;
            std::memcpy(&part, bytes + (Size & 4), 2);
            word |= static_cast<std::uint64_t>(part) << (8 * (Size & 4));
        }
        if constexpr ((Size & 1) != 0) word |= static_cast<std::uint64_t>(bytes[Size - 1]) << (8 * (Size - 1));
    }
    return word;
}

/// Into a genotype of the caller's: one that came back from here by value would be copied once more.
template <class G>
[[gnu::always_inline]] inline void store_word(G& genotype, std::uint64_t word) noexcept {
    std::memcpy(genotype.data(), &word, sizeof genotype);
}

/// The word of `genotype` with byte `i` set to `value`.
template <class G>
[[gnu::always_inline]] inline std::uint64_t changed_word(const G& genotype, std::size_t i, std::size_t value) noexcept {
    std::uint64_t word = load_word<sizeof genotype>(genotype.data());
    word &= ~(std::uint64_t{255} << (8 * i));
    word |= static_cast<std::uint64_t>(value) << (8 * i);
    return word;
}

}  // namespace nas::detail

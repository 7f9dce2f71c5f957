// SPDX-License-Identifier: Apache-2.0
#include <nas/core/genotype_word.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <nas/core/decision.hpp>

namespace {

template <std::size_t Size>
void check_size() {
    using genotype = std::array<std::uint8_t, Size>;
    static_assert(nas::detail::fits_word<genotype>);
    genotype bytes{};
    for (std::size_t i = 0; i < Size; ++i) bytes[i] = static_cast<std::uint8_t>(255 - 17 * i);
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < Size; ++i) word |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
    CHECK(nas::detail::load_word<Size>(bytes.data()) == word);
    genotype stored{};
    nas::detail::store_word(stored, word);
    CHECK(stored == bytes);
    CHECK(nas::make_genotype<genotype>(Size, [&](std::size_t i) { return bytes[i]; }) == bytes);
    for (std::size_t i = 0; i < Size; ++i) {
        genotype changed = bytes;
        changed[i] = 200;
        CHECK(nas::with_decision(bytes, i, 200) == changed);
    }
}

template <std::size_t... Less>
void check_sizes(std::index_sequence<Less...>) {
    (check_size<Less + 1>(), ...);
}

}  // namespace

TEST_CASE("genotype_word: one to eight bytes are what they are byte by byte") {
    check_sizes(std::make_index_sequence<8>());
    static_assert(!nas::detail::fits_word<std::array<std::uint8_t, 9>>);
    static_assert(!nas::detail::fits_word<std::array<std::uint8_t, 0>>);
    static_assert(nas::with_decision(std::array<std::uint8_t, 3>{1, 2, 3}, 1, 9) ==
                  std::array<std::uint8_t, 3>{1, 9, 3});
}

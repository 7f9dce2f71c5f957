// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <nas/core/genotype_word.hpp>

namespace nas {

/// The largest number of choices of one decision: a choice is stored in one byte.
inline constexpr std::size_t max_cardinality = 256;

/// What a decision decides; controllers and encodings may treat tags differently, operators do not.
enum class decision_tag : std::uint8_t { generic, operation, size, filters, skip, input, output, activation };

/// A set of choices of one decision: 256 bits.
class choice_mask {
  public:
    constexpr choice_mask() noexcept = default;
    constexpr choice_mask(std::initializer_list<std::size_t> choices) noexcept {
        for (const std::size_t choice : choices) insert(choice);
    }

    /// The set {0, ..., count - 1}, count in [0, 256].
    static constexpr choice_mask first(std::size_t count) noexcept {
        choice_mask mask;
        for (std::size_t word = 0; word < 4 && count > 64 * word; ++word) {
            const std::size_t left = count - 64 * word;
            mask.words_[word] = left >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
        }
        return mask;
    }

    constexpr void insert(std::size_t choice) noexcept { words_[choice / 64] |= std::uint64_t{1} << (choice % 64); }
    constexpr void erase(std::size_t choice) noexcept { words_[choice / 64] &= ~(std::uint64_t{1} << (choice % 64)); }
    constexpr bool contains(std::size_t choice) const noexcept { return (words_[choice / 64] >> (choice % 64)) & 1U; }

    constexpr std::size_t count() const noexcept {
        std::size_t total = 0;
        for (const std::uint64_t word : words_) total += static_cast<std::size_t>(std::popcount(word));
        return total;
    }

    /// How many members are smaller than `choice`.
    constexpr std::size_t rank(std::size_t choice) const noexcept {
        std::size_t below = 0;
        for (std::size_t i = 0; i < choice / 64; ++i) below += static_cast<std::size_t>(std::popcount(words_[i]));
        const std::uint64_t lower = (std::uint64_t{1} << (choice % 64)) - 1;
        return below + static_cast<std::size_t>(std::popcount(words_[choice / 64] & lower));
    }

    /// The `rank`-th smallest member, rank in [0, count()).
    constexpr std::size_t nth(std::size_t rank) const noexcept {
        for (std::size_t i = 0; i < 4; ++i) {
            std::uint64_t word = words_[i];
            const auto here = static_cast<std::size_t>(std::popcount(word));
            if (rank >= here) {
                rank -= here;
                continue;
            }
            for (; rank > 0; --rank) word &= word - 1;
            return 64 * i + static_cast<std::size_t>(std::countr_zero(word));
        }
        return max_cardinality;
    }

    friend constexpr bool operator==(const choice_mask&, const choice_mask&) = default;

  private:
    std::array<std::uint64_t, 4> words_{};
};

/// A decision counts only where the earlier decision `decision` is active and has a value in `values`.
struct condition {
    std::size_t decision = 0;
    choice_mask values;

    friend bool operator==(const condition&, const condition&) = default;
};

/// How far apart the values of a numeric decision are: by their differences, or by their ratios.
enum class value_scale : std::uint8_t { linear, logarithmic };

/// One row of a space's table of decisions. A decision is categorical, or numeric: then its choices are levels of a quantity, in
/// order, and operators step along it.
struct decision {
    std::string path;                              ///< unique name, levels separated by '/': `blocks/2/kernel_size`
    std::size_t cardinality = 0;                   ///< number of choices, in [1, 256]
    std::vector<std::string> labels = {};          ///< text of each choice; empty: its value, or the choice's number
    decision_tag tag = decision_tag::generic;      ///< what it decides
    std::optional<condition> when = std::nullopt;  ///< when it counts; empty: always
    std::vector<double> values = {};               ///< numeric: of each choice, only rising or only falling; else empty
    value_scale scale = value_scale::linear;       ///< of the values

    friend bool operator==(const decision&, const decision&) = default;
};

/// The values of all decisions of one architecture, one byte each; an inactive decision is 0. Operators take any type of
/// this shape: std::array where the number of decisions is known at compile time, a small vector where it is not.
template <class G>
concept Genotype = std::regular<G> && requires(G genotype, const G& fixed, std::size_t i) {
    { fixed.size() } -> std::convertible_to<std::size_t>;
    { genotype[i] } -> std::same_as<std::uint8_t&>;
    { fixed[i] } -> std::convertible_to<std::uint8_t>;
    { fixed.data() } -> std::convertible_to<const std::uint8_t*>;
};

/// A genotype of `decisions` zeros.
template <Genotype G>
constexpr G blank_genotype(std::size_t decisions) {
    if constexpr (std::constructible_from<G, std::size_t>) {
        return G(decisions);
    } else {
        return G{};
    }
}

/// A genotype of `decisions` values, value_of(0), value_of(1) and so on, each in [0, 256).
template <Genotype G, class Value>
constexpr G make_genotype(std::size_t decisions, Value&& value_of) {
    if constexpr (detail::fits_word<G>) {
        if (!std::is_constant_evaluated()) {
            std::uint64_t word = 0;
            for (std::size_t i = 0; i < decisions; ++i) word |= static_cast<std::uint64_t>(value_of(i)) << (8 * i);
            G genotype;
            detail::store_word(genotype, word);
            return genotype;
        }
    }
    G genotype = blank_genotype<G>(decisions);
    for (std::size_t i = 0; i < decisions; ++i) genotype[i] = static_cast<std::uint8_t>(value_of(i));
    return genotype;
}

/// A copy of `genotype` with decision `i` set to `value`.
template <Genotype G>
constexpr G with_decision(const G& genotype, std::size_t i, std::size_t value) {
    if constexpr (detail::fits_word<G>) {
        if (!std::is_constant_evaluated()) {
            G changed;
            detail::store_word(changed, detail::changed_word(genotype, i, value));
            return changed;
        }
    }
    G changed = genotype;
    changed[i] = static_cast<std::uint8_t>(value);
    return changed;
}

}  // namespace nas

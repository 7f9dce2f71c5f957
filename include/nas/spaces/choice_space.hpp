// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nas/core/decision.hpp>
#include <nas/core/dynamic_genotype.hpp>
#include <nas/core/levels.hpp>
#include <nas/spaces/decision_space.hpp>

namespace nas {

/// Genotypes of `Extent` decisions.
template <std::size_t Extent>
using choice_genotype =
    std::conditional_t<Extent == std::dynamic_extent, dynamic_genotype, std::array<std::uint8_t, Extent>>;

/// A list of choices, each with its own number of options: the plainest space, and the form in which spaces come from files.
///
///     nas::choice_space<6> cells{5};                    // 6 decisions of 5 choices each, genotypes are std::array
///     nas::choice_space mixed{std::array{12, 4, 3}};    // 3 decisions, sizes known at compile time
///     nas::choice_space wide{20, 8};                    // 20 decisions of 8 choices, counts known at run time
///     nas::choice_space table{std::vector<nas::decision>{{"op", 2, {"conv", "pool"}}, {"kernel", 3}}};  // names, conditions
///     nas::choice_space tuned{std::vector{nas::numeric_decision("rate", nas::log_between(1e-5, 1e-1, 9))}};  // quantities
///
/// An architecture is its genotype. Without a table of decisions its text is a code of one base-36 digit each (`421211`), or
/// numbers separated by blanks where a decision has more than 36 choices; with one it is `path=label, path=label`.
template <std::size_t Extent = std::dynamic_extent>
class choice_space : public decision_space<choice_space<Extent>, choice_genotype<Extent>> {
    using base = decision_space<choice_space<Extent>, choice_genotype<Extent>>;
    using cardinalities = std::conditional_t<Extent == std::dynamic_extent, std::vector<std::uint16_t>,
                                             std::array<std::uint16_t, Extent>>;

  public:
    using typename base::arch_type;

    /// `Extent` decisions of `choices` options each, `choices` in [1, 256].
    constexpr explicit choice_space(std::size_t choices) requires(Extent != std::dynamic_extent) {
        for (std::size_t i = 0; i < Extent; ++i) set_cardinality(i, choices);
    }

    /// `decisions` decisions of `choices` options each, `choices` in [1, 256].
    choice_space(std::size_t decisions, std::size_t choices) requires(Extent == std::dynamic_extent)
        : cardinalities_(decisions) {
        for (std::size_t i = 0; i < decisions; ++i) set_cardinality(i, choices);
    }

    /// One decision for each entry of `choices`, its number of options in [1, 256].
    template <class Integer>
        requires(Extent != std::dynamic_extent)
    constexpr explicit choice_space(const std::array<Integer, Extent>& choices) {
        for (std::size_t i = 0; i < Extent; ++i) set_cardinality(i, static_cast<std::size_t>(choices[i]));
    }

    /// The same, where the number of decisions is known at run time.
    template <std::integral Integer>
        requires(Extent == std::dynamic_extent)
    explicit choice_space(const std::vector<Integer>& choices) : cardinalities_(choices.size()) {
        for (std::size_t i = 0; i < choices.size(); ++i) set_cardinality(i, static_cast<std::size_t>(choices[i]));
    }

    /// From a table of decisions; its size is `Extent` where that is static. Throws std::invalid_argument where a cardinality
    /// is not in [1, 256], there are labels but not one for each choice, paths or labels of a decision repeat, are empty or
    /// not UTF-8, a condition names no earlier decision, no values or values that the decision does not have, or there are
    /// values but not one for each choice, one is not finite, or not above 0 on a logarithmic scale, or they do not only rise or
    /// only fall.
    explicit choice_space(std::vector<decision> table) : table_(std::move(table)) {
        if constexpr (Extent == std::dynamic_extent) cardinalities_.resize(table_.size());
        if (table_.size() != cardinalities_.size())
            fail("the table has " + std::to_string(table_.size()) + " decisions, the space " +
                 std::to_string(cardinalities_.size()));
        for (std::size_t i = 0; i < table_.size(); ++i) {
            set_cardinality(i, table_[i].cardinality);
            check_row(i);
            if (table_[i].when) features_ |= has_conditions;
            if (!table_[i].values.empty()) features_ |= has_quantities;
        }
    }

    constexpr std::size_t decisions() const noexcept { return cardinalities_.size(); }
    constexpr std::size_t cardinality(std::size_t i) const noexcept { return cardinalities_[i]; }
    std::string path(std::size_t i) const { return table_.empty() ? std::to_string(i) : table_[i].path; }
    decision_tag tag(std::size_t i) const noexcept { return table_.empty() ? decision_tag::generic : table_[i].tag; }
    std::string label(std::size_t i, std::size_t choice) const {
        return table_.empty() ? std::to_string(choice) : detail::label_of(table_[i], choice);
    }
    constexpr bool conditional() const noexcept { return (features_ & has_conditions) != 0; }
    std::optional<condition> when(std::size_t i) const { return table_.empty() ? std::nullopt : table_[i].when; }
    constexpr bool numeric() const noexcept { return (features_ & has_quantities) != 0; }
    std::span<const double> values(std::size_t i) const noexcept {
        return table_.empty() ? std::span<const double>() : std::span<const double>(table_[i].values);
    }
    value_scale scale(std::size_t i) const noexcept { return table_.empty() ? value_scale::linear : table_[i].scale; }

    std::string describe(const arch_type& arch) const {
        if (!table_.empty()) return base::describe(arch);
        std::string text;
        for (std::size_t i = 0; i < decisions(); ++i) {
            if (has_digits()) {
                text += detail::base36_digit(arch[i]);
            } else {
                if (i > 0) text += ' ';  // not " " + ...: g++ 12 warns of it at -O3
                text += std::to_string(arch[i]);
            }
        }
        return text;
    }

    /// Inverse of describe; std::invalid_argument says what is wrong where.
    arch_type parse(std::string_view text) const { return table_.empty() ? parse_code(text) : base::parse(text); }

    friend bool operator==(const choice_space&, const choice_space&) = default;

  private:
    [[noreturn]] static void fail(const std::string& what) {
        throw std::invalid_argument("nas::choice_space: " + what);
    }

    constexpr void set_cardinality(std::size_t i, std::size_t choices) {
        if (choices < 1 || choices > max_cardinality)
            fail("decision " + std::to_string(i) + " has " + std::to_string(choices) +
                 " choices; it must have 1 to 256");
        cardinalities_[i] = static_cast<std::uint16_t>(choices);
    }

    [[noreturn]] void fail_length(std::string_view text, std::size_t count, const std::string& what) const {
        fail("'" + std::string(text) + "' has " + std::to_string(count) + " " + what + (count == 1 ? "" : "s") +
             ", the space has " + std::to_string(decisions()) + (decisions() == 1 ? " decision" : " decisions"));
    }

    arch_type parse_code(std::string_view text) const {
        if (has_digits() && text.size() != decisions()) fail_length(text, text.size(), "digit");
        auto arch = blank_genotype<arch_type>(decisions());
        std::size_t at = 0;
        for (std::size_t i = 0; i < decisions(); ++i) {
            std::size_t value = max_cardinality;
            if (has_digits()) {
                value = detail::base36_value(text[at++]);
            } else {
                if (i > 0 && at == text.size()) fail_length(text, i, "number");
                const bool apart = i == 0 || text.substr(at).starts_with(' ');
                if (i > 0 && apart) ++at;
                const std::size_t start = at;
                value = 0;
                for (; at < text.size() && at < start + 3 && text[at] >= '0' && text[at] <= '9'; ++at)
                    value = 10 * value + static_cast<std::size_t>(text[at] - '0');
                if (at == start || !apart) value = max_cardinality;
            }
            if (value >= cardinality(i))
                fail("'" + std::string(text) + "' has no choice below " + std::to_string(cardinality(i)) +
                     " for decision " + std::to_string(i));
            arch[i] = static_cast<std::uint8_t>(value);
        }
        if (at != text.size())
            fail("'" + std::string(text) + "' is longer than the space's " + std::to_string(decisions()) +
                 " decisions");
        return arch;
    }

    void check_row(std::size_t i) const {
        const decision& row = table_[i];
        const std::string number = "decision " + std::to_string(i);
        detail::check_utf8(row.path, "nas::choice_space: the path of " + number);
        const std::string start = number + " ('" + row.path + "') ";
        if (row.path.empty()) fail(start + "needs a path");
        if (!row.labels.empty() && row.labels.size() != row.cardinality)
            fail(start + "has " + std::to_string(row.labels.size()) + " labels for " + std::to_string(row.cardinality) +
                 " choices");
        for (std::size_t a = 0; a < row.labels.size(); ++a) {
            if (row.labels[a].empty()) fail(start + "has an empty label");
            detail::check_utf8(row.labels[a], "nas::choice_space: a label of " + number);
            for (std::size_t b = 0; b < a; ++b)
                if (row.labels[a] == row.labels[b]) fail(start + "has the label '" + row.labels[a] + "' twice");
        }
        detail::check_values(row.values, row.scale, row.cardinality,
                             "nas::choice_space: " + number + " ('" + row.path + "')");
        for (std::size_t k = 0; k < i; ++k)
            if (table_[k].path == row.path) fail(start + "has the path of decision " + std::to_string(k));
        if (!row.when) return;
        if (row.when->decision >= i)
            fail(start + "depends on decision " + std::to_string(row.when->decision) + ", which is not an earlier one");
        std::size_t values = 0;
        for (std::size_t value = 0; value < table_[row.when->decision].cardinality; ++value)
            values += row.when->values.contains(value) ? 1U : 0U;
        if (values == 0 || values != row.when->values.count())
            fail(start + "depends on values that decision " + std::to_string(row.when->decision) + " does not have");
    }

    constexpr bool has_digits() const noexcept {
        for (const std::uint16_t choices : cardinalities_)
            if (choices > 36) return false;
        return true;
    }

    cardinalities cardinalities_{};
    std::vector<decision> table_;
    // Both in one byte, so that mutation finds with one test that there is neither: two cost it a tenth.
    static constexpr std::uint8_t has_conditions = 1;
    static constexpr std::uint8_t has_quantities = 2;
    std::uint8_t features_ = 0;
};

template <class Integer, std::size_t N>
choice_space(const std::array<Integer, N>&) -> choice_space<N>;
template <std::integral Integer>
choice_space(const std::vector<Integer>&) -> choice_space<>;
choice_space(std::vector<decision>)->choice_space<>;
choice_space(std::size_t, std::size_t)->choice_space<>;

}  // namespace nas

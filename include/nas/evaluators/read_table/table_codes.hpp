// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nas/core/space.hpp>
#include <nas/data/csv.hpp>
#include <nas/operators/decisions.hpp>
#include <nas/operators/text.hpp>
#include <nas/spaces/choice_space.hpp>

/// Architectures as codes, one base-36 digit a decision, in a column of a file.
namespace nas::detail {

[[noreturn]] inline void table_fail(const csv_table& file, std::size_t row, const std::string& what) {
    throw csv_error(file.name() + ": row " + std::to_string(row + 1) + ": " + what);
}

/// The smallest space that has all codes of a column. Throws csv_error where they are not all of one length and of digits.
inline choice_space<> space_of_codes(const csv_table& file, std::size_t column) {
    if (file.rows() == 0) throw csv_error(file.name() + ": there must be at least one row");
    std::vector<std::size_t> cardinalities(file.field(0, column).size(), 1);
    for (std::size_t row = 0; row < file.rows(); ++row) {
        const std::string_view code = file.field(row, column);
        const std::string start = "the code '" + std::string(code) + "' ";
        if (code.empty()) table_fail(file, row, start + "must not be empty");
        if (code.size() != cardinalities.size())
            table_fail(file, row,
                       start + "must have " + std::to_string(cardinalities.size()) + " digits, as the first row's");
        for (std::size_t i = 0; i < code.size(); ++i) {
            const std::size_t value = base36_value(code[i]);
            if (value == 36) table_fail(file, row, start + "must consist of digits 0-9 and a-z");
            cardinalities[i] = std::max(cardinalities[i], value + 1);
        }
    }
    return choice_space<>(cardinalities);
}

/// Why a code is no architecture of the space; nothing where it is one. `genotype` gets its digits.
template <DecisionSpace Space>
std::string code_error(const Space& space, std::string_view code, typename Space::genotype_type& genotype) {
    if (code.size() != genotype.size())
        return "it has " + std::to_string(code.size()) + (code.size() == 1 ? " digit" : " digits") + " for " +
               std::to_string(genotype.size()) + (genotype.size() == 1 ? " decision" : " decisions");
    const auto digit = [&](std::size_t i) {
        return "digit '" + std::string(1, code[i]) + "' of decision '" + std::string(space.path(i)) + "' ";
    };
    for (std::size_t i = 0; i < code.size(); ++i) {
        const std::size_t value = base36_value(code[i]);
        if (value == 36) return digit(i) + "must be one of 0-9 and a-z";
        if (value >= space.cardinality(i))
            return digit(i) + "must be below " + std::to_string(space.cardinality(i)) + ", the number of its choices";
        genotype[i] = static_cast<std::uint8_t>(value);
    }
    if (is_valid(space, genotype)) return "";
    const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
    for (std::size_t i = 0; i < all.size(); ++i)
        if (!is_active(space, all, i) && all[i] != 0) return digit(i) + "must be 0: the decision does not count there";
    return "the space does not allow these choices together";
}

template <DecisionSpace Space>
std::vector<arch_t<Space>> read_codes(const Space& space, const csv_table& file, const std::vector<std::size_t>& rows,
                                      std::size_t column) {
    std::vector<arch_t<Space>> archs;
    archs.reserve(rows.size());
    auto genotype = blank_genotype<typename Space::genotype_type>(space.decisions());
    for (const std::size_t row : rows) {
        const std::string_view code = file.field(row, column);
        if (const std::string error = code_error(space, code, genotype); !error.empty())
            table_fail(file, row, "the code '" + std::string(code) + "' is no architecture of the space: " + error);
        archs.push_back(space.architecture(genotype));
    }
    return archs;
}

}  // namespace nas::detail

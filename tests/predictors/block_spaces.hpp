// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/core/space.hpp>

/// Spaces of blocks for tests.
namespace nas::tests {

/// Cells of 1 to `blocks` blocks (input, operation, input, operation): inputs are two cells before and the blocks before, or one
/// and nothing else. An architecture is its tokens.
struct example_cells {
    using arch_type = std::vector<std::uint8_t>;
    using genotype_type = arch_type;

    std::size_t blocks = 3;
    std::size_t operations = 5;
    bool flat = false;

    arch_type sample(rng& random) const { return sample(1 + below(random, blocks), random); }
    arch_type sample(std::size_t length, rng& random) const {
        arch_type arch;
        for (std::size_t i = 0; i < 2 * length; ++i) {
            arch.push_back(static_cast<std::uint8_t>(flat ? 0 : below(random, 2 + i / 2)));
            arch.push_back(static_cast<std::uint8_t>(below(random, operations)));
        }
        return arch;
    }
    static const genotype_type& genotype(const arch_type& arch) { return arch; }

    bool contains(const arch_type& arch) const { return arch.size() % 4 == 0 && arch.size() <= 4 * blocks; }
    static std::string describe(const arch_type& arch) {
        std::string text;
        for (const std::uint8_t token : arch) text += static_cast<char>('0' + token);
        return text;
    }
    static arch_type parse(std::string_view text) {
        if (text.size() % 4 != 0) throw std::invalid_argument("no cell");
        arch_type arch;
        for (const char digit : text) arch.push_back(static_cast<std::uint8_t>(digit - '0'));
        return arch;
    }

    static std::size_t block_tokens() { return 4; }
    static std::size_t token_kinds() { return 2; }
    static std::size_t token_kind(std::size_t k) { return k % 2; }
    std::size_t kind_size(std::size_t kind) const { return kind == 1 ? operations : flat ? 1 : blocks + 1; }
    static std::string kind_name(std::size_t kind) { return kind == 0 ? "input" : "operation"; }
    static void append_blocks(const arch_type& arch, std::vector<std::uint8_t>& tokens) {
        tokens.insert(tokens.end(), arch.begin(), arch.end());
    }
};

/// Some cells, and what they are worth: operations have a value each, pairs of them too, and inputs.
struct seen_cells {
    std::vector<example_cells::arch_type> archs;
    std::vector<double> values;
};
inline double example_value(const example_cells::arch_type& arch) {
    double sum = 0;
    for (std::size_t at = 0; at < arch.size(); at += 4)
        sum += (arch[at + 1] * 3 % 5) + (arch[at + 3] * 3 % 5) + (arch[at + 1] == arch[at + 3] ? 2 : 0) +
               (arch[at] == 0 ? 1 : 0);
    return 4 * sum / static_cast<double>(arch.size());
}
inline seen_cells see_cells(const example_cells& space, std::size_t count, std::uint64_t seed) {
    seen_cells seen;
    rng random(seed);
    for (std::size_t i = 0; i < count; ++i) {
        seen.archs.push_back(space.sample(random));
        seen.values.push_back(example_value(seen.archs.back()));
    }
    return seen;
}

/// The rows of a history of flat cells, each an accuracy and pairs of input and operation.
inline seen_cells read_flat_cells(const std::string& path) {
    seen_cells seen;
    std::map<std::string, std::size_t> operations;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        std::istringstream fields(line);
        std::string field;
        std::getline(fields, field, ',');
        seen.values.push_back(std::stod(field));
        seen.archs.emplace_back();
        for (std::size_t k = 0; std::getline(fields, field, ','); ++k)
            seen.archs.back().push_back(
                static_cast<std::uint8_t>(k % 2 == 0 ? 0 : operations.emplace(field, operations.size()).first->second));
    }
    return seen;
}

}  // namespace nas::tests

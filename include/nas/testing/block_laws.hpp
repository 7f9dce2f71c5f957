// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <nas/core/space.hpp>
#include <nas/testing/report.hpp>

namespace nas::testing::detail {

/// The laws of a block's tokens.
template <BlockSpace S>
void check_tokens(const S& space, law_report& report) {
    const auto in_range = [](std::size_t value) { return value >= 1 && value <= 256; };
    report.expect(in_range(space.block_tokens()), "blocks have 1 to 256 tokens",
                  [&] { return std::to_string(space.block_tokens()); });
    for (std::size_t k = 0; k < space.block_tokens(); ++k)
        report.expect(space.token_kind(k) < space.token_kinds(), "tokens are of a kind",
                      [&] { return "token " + std::to_string(k); });
    for (std::size_t kind = 0; kind < space.token_kinds(); ++kind)
        report.expect(in_range(space.kind_size(kind)), "kinds of tokens have 1 to 256 values",
                      [&] { return std::string(space.kind_name(kind)); });
}

/// The laws of one architecture as blocks.
template <BlockSpace S>
void check_blocks(const S& space, const arch_t<S>& arch, law_report& report) {
    const auto text = [&] { return std::string(space.describe(arch)); };
    std::vector<std::uint8_t> tokens{99};
    space.append_blocks(arch, tokens);
    if (!report.expect(!tokens.empty() && tokens[0] == 99, "append_blocks appends", text)) return;
    std::vector<std::uint8_t> same{99};
    space.append_blocks(arch, same);
    report.expect(same == tokens, "blocks depend on the architecture alone", text);
    tokens.erase(tokens.begin());
    report.expect(tokens.size() % space.block_tokens() == 0, "blocks are whole", text);
    for (std::size_t i = 0; i < tokens.size(); ++i)
        report.expect(tokens[i] < space.kind_size(space.token_kind(i % space.block_tokens())),
                      "tokens are below the size of their kind", text);
}

/// Whether `larger` has more blocks than `arch`.
template <BlockSpace S>
bool has_more_blocks(const S& space, const arch_t<S>& larger, const arch_t<S>& arch) {
    std::vector<std::uint8_t> one;
    std::vector<std::uint8_t> other;
    space.append_blocks(larger, one);
    space.append_blocks(arch, other);
    return one.size() > other.size();
}

}  // namespace nas::testing::detail

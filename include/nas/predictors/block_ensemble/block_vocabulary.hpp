// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/space.hpp>

namespace nas {

/// Tokens of architectures, one after the other: those of row i are [first[i], first[i + 1]).
struct block_rows {
    std::vector<std::uint8_t> tokens;
    std::vector<std::size_t> first{0};

    std::size_t size() const noexcept { return first.size() - 1; }
    void clear() {
        tokens.clear();
        first.assign(1, 0);
    }
};

/// What a model of blocks knows of a space: how many tokens describe a block, of which kinds they are, and how many of each kind
/// there are. A space whose `token_label(kind, token)` says what each stands for gives these too, so that a stored model is not
/// used where they stand for something else.
class block_vocabulary {
  public:
    struct kind {
        std::string name;
        std::size_t size = 0;
        std::vector<std::string> labels = {};  ///< one a token, or none

        friend bool operator==(const kind&, const kind&) = default;
    };

    block_vocabulary() = default;
    template <BlockSpace Space>
    explicit block_vocabulary(const Space& space) {
        for (std::size_t i = 0; i < space.token_kinds(); ++i) {
            kinds_.push_back({space.kind_name(i), space.kind_size(i)});
            for (std::size_t token = 0; token < kinds_[i].size; ++token)
                if (std::string label = label_of(space, i, token); !label.empty())
                    kinds_[i].labels.push_back(std::move(label));
        }
        for (std::size_t k = 0; k < space.block_tokens(); ++k) kind_of_.push_back(space.token_kind(k));
    }
    /// `kind_of` has one number a token of a block, each below `kinds.size()`.
    block_vocabulary(std::vector<kind> kinds, std::vector<std::size_t> kind_of)
        : kinds_(std::move(kinds)), kind_of_(std::move(kind_of)) {}

    std::size_t block_tokens() const noexcept { return kind_of_.size(); }
    std::size_t kind_of(std::size_t k) const noexcept { return kind_of_[k]; }
    const std::vector<kind>& kinds() const noexcept { return kinds_; }

    /// The fewest tokens after which kinds repeat in a block: 2 where it has input, operation, input, operation.
    std::size_t repeating_tokens() const noexcept {
        std::size_t count = 1;
        const auto repeat = [&] {
            bool same = kind_of_.size() % count == 0;
            for (std::size_t k = count; same && k < kind_of_.size(); ++k) same = kind_of_[k] == kind_of_[k - count];
            return same;
        };
        while (count < kind_of_.size() && !repeat()) ++count;
        return count;
    }

    /// Tokens of `space` are read as this vocabulary's: its blocks have tokens of the same kinds.
    template <BlockSpace Space>
    bool same_blocks(const Space& space) const {
        bool same = kind_of_.size() == space.block_tokens() && kinds_.size() == space.token_kinds();
        for (std::size_t k = 0; same && k < kind_of_.size(); ++k) same = kind_of_[k] == space.token_kind(k);
        return same;
    }

    /// Appends the row of `arch`. Throws std::invalid_argument, which `owner` starts, where one of its tokens is not known.
    template <BlockSpace Space>
    void read(std::string_view owner, const Space& space, const arch_t<Space>& arch, block_rows& rows) const {
        const std::size_t begin = rows.tokens.size();
        space.append_blocks(arch, rows.tokens);
        for (std::size_t at = begin, k = 0; at < rows.tokens.size(); ++at) {
            if (rows.tokens[at] >= kinds_[kind_of_[k]].size) refuse(owner, space, kind_of_[k], rows.tokens[at]);
            if (++k == kind_of_.size()) k = 0;
        }
        rows.first.push_back(rows.tokens.size());
    }

    friend bool operator==(const block_vocabulary&, const block_vocabulary&) = default;

  private:
    template <class Space>
    static std::string label_of([[maybe_unused]] const Space& space, [[maybe_unused]] std::size_t of,
                                [[maybe_unused]] std::size_t token) {
        if constexpr (requires {
                          { space.token_label(of, token) } -> std::convertible_to<std::string>;
                      }) {
            return space.token_label(of, token);
        } else {
            return {};
        }
    }

    template <class Space>
    [[noreturn]] void refuse(std::string_view owner, const Space& space, std::size_t of, std::size_t token) const {
        const std::string label = label_of(space, of, token);
        throw std::invalid_argument(std::string(owner) + ": " + kinds_[of].name + ' ' + std::to_string(token) +
                                    (label.empty() ? "" : " (" + label + ")") +
                                    " is not in the model's vocabulary, which has " + std::to_string(kinds_[of].size) +
                                    ", from 0 on");
    }

    std::vector<kind> kinds_;
    std::vector<std::size_t> kind_of_;
};

/// Puts the blocks of each row from row `begin` on into one order, that of their tokens: what sums them up then gives the same
/// bits for any order.
inline void sort_blocks(std::size_t block_tokens, block_rows& rows, std::size_t begin = 0) noexcept {
    std::uint8_t held[256];
    for (std::size_t i = begin; i < rows.size(); ++i) {
        std::uint8_t* const first = rows.tokens.data() + rows.first[i];
        std::uint8_t* const last = rows.tokens.data() + rows.first[i + 1];
        for (std::uint8_t* block = first; block < last; block += block_tokens) {
            std::uint8_t* to = block;
            while (to > first && std::memcmp(to - block_tokens, block, block_tokens) > 0) to -= block_tokens;
            if (to == block) continue;
            std::memcpy(held, block, block_tokens);
            std::memmove(to + block_tokens, to, static_cast<std::size_t>(block - to));
            std::memcpy(to, held, block_tokens);
        }
    }
}

}  // namespace nas

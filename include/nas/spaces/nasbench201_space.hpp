// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <nas/spaces/decision_space.hpp>

namespace nas {

/// The topology space of NAS-Bench-201 (Dong and Yang 2020) and NATS-Bench (Dong et al. 2021): 15,625 cells of four nodes, in
/// which each node is the sum of all earlier ones, each sent through one of five operations.
///
///     nas::nasbench201_space cells;
///     const auto arch = cells.parse("|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|none~0|none~1|nor_conv_3x3~2|");
///     cells.parameters(arch);  // 344,346
///
/// An architecture is the operations of its six edges, in the order of the arch string: node 1 from 0, 2 from 0, 2 from 1,
/// 3 from 0, 3 from 1, 3 from 2. `index` reads them as a number in base 5, which is not the benchmark's own numbering: that
/// one is arbitrary and comes with its tables. Its members take valid architectures.
class nasbench201_space : public decision_space<nasbench201_space, std::array<std::uint8_t, 6>> {
  public:
    /// The choices of every edge, in this order.
    enum operation : std::uint8_t { none, skip_connect, nor_conv_1x1, nor_conv_3x3, avg_pool_3x3 };

    /// What a cell's network is trained on: 10, 100 or 120 classes of images of 32x32, 32x32 or 16x16 pixels.
    enum class data_set : std::uint8_t { cifar10, cifar100, imagenet16_120 };

    static constexpr std::size_t edges = 6;
    static constexpr std::size_t operations = 5;

    static constexpr std::size_t decisions() noexcept { return edges; }
    static constexpr std::size_t cardinality(std::size_t) noexcept { return operations; }
    static constexpr decision_tag tag(std::size_t) noexcept { return decision_tag::operation; }
    /// `3<-1`: what node 3 makes of node 1.
    static std::string path(std::size_t edge) {
        constexpr std::array<const char*, edges> names{"1<-0", "2<-0", "2<-1", "3<-0", "3<-1", "3<-2"};
        return names[edge];
    }
    static std::string label(std::size_t, std::size_t choice) { return std::string(names_[choice]); }

    /// The benchmark's arch string, `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`.
    static std::string describe(const arch_type& arch) {
        std::string text;
        for (std::size_t edge = 0; edge < edges; ++edge) {
            text += before_[edge];
            text += names_[arch[edge]];
        }
        text += end_;
        return text;
    }

    /// Inverse of describe; std::invalid_argument names the column (from 1) and what was expected there.
    static arch_type parse(std::string_view text) {
        arch_type arch{};
        std::size_t at = 0;
        const auto take = [&](std::string_view expected) {
            const bool found = text.substr(at).starts_with(expected);
            if (found) at += expected.size();
            return found;
        };
        const auto fail = [&](const std::string& expected) {
            throw std::invalid_argument("nas::nasbench201_space: column " + std::to_string(at + 1) + " of '" +
                                        std::string(text) + "': expected " + expected);
        };
        for (std::size_t edge = 0; edge < edges; ++edge) {
            if (!take(before_[edge])) fail("'" + std::string(before_[edge]) + "'");
            std::size_t choice = 0;
            while (choice < operations && !take(names_[choice])) ++choice;
            if (choice == operations) fail("none, skip_connect, nor_conv_1x1, nor_conv_3x3 or avg_pool_3x3");
            arch[edge] = static_cast<std::uint8_t>(choice);
        }
        if (!take(end_)) fail("'" + std::string(end_) + "'");
        if (at != text.size()) fail("the end of the text");
        return arch;
    }

    /// One digit an edge, `421211`: the number of its operation.
    static std::string code(const arch_type& arch) {
        std::string digits;
        for (const std::uint8_t choice : arch) digits += static_cast<char>('0' + choice);
        return digits;
    }

    /// Inverse of code; std::invalid_argument names the column (from 1) and what was expected there.
    static arch_type from_code(std::string_view digits) {
        const auto fail = [&](std::size_t column, const char* expected) {
            throw std::invalid_argument("nas::nasbench201_space: column " + std::to_string(column) + " of the code '" +
                                        std::string(digits) + "': expected " + expected);
        };
        arch_type arch{};
        for (std::size_t edge = 0; edge < edges; ++edge) {
            if (edge >= digits.size() || digits[edge] < '0' || digits[edge] > '4')
                fail(edge + 1, "a digit from 0 to 4");
            arch[edge] = static_cast<std::uint8_t>(digits[edge] - '0');
        }
        if (digits.size() > edges) fail(edges + 1, "the end of the code");
        return arch;
    }

    /// The isomorphism class of a cell, one of 6,466: equal for exactly those cells to which NATS-Bench gives the same
    /// canonical string with its zero rule. That string names node 0 `0` and every other one by the sorted terms of its
    /// edges, joined by '+': `#` for none and for anything from a node called `#`, the predecessor's name for a skip,
    /// `(name)@operation` otherwise. Equal keys mean equal networks. The converse holds as far as the benchmark's rule goes:
    /// it does not drop zeros from sums, so that a sum of two zeros counts as something to convolve.
    static constexpr std::uint64_t key(const arch_type& arch) noexcept {
        // Terms as numbers in the order of the strings, so that no string is built. Those made of node 0 alone are 0 for
        // `#`, 1 to 9 for `((0)@a)@b`, 10 to 12 for `(0)@a` and 13 for `0`, where a and b rank the three operations by name.
        constexpr std::uint64_t input = 13;
        const auto send = [](std::uint64_t term, std::uint8_t op) -> std::uint64_t {
            if (op == none || term == 0) return 0;
            if (op == skip_connect) return term;
            return term == input ? 10 + rank(op) : 1 + 3 * (term - 10) + rank(op);
        };
        // Terms of node 3 in ten bits. A term in parentheses ranks by its name's first part, then by the second (here
        // counted from 1, and 0 where there is none: `)` comes before `+`), then by its operation.
        const auto wrap = [](std::uint64_t first, std::uint64_t second, std::uint64_t op) {
            return 1 + (15 * first + second) * 3 + op;
        };
        const auto widen = [&](std::uint64_t term) -> std::uint64_t {
            if (term == 0) return 0;
            if (term == input) return 1023;
            return term >= 10 ? wrap(input, 0, term - 10) : wrap(10 + (term - 1) / 3, 0, (term - 1) % 3);
        };

        const std::uint64_t node1 = send(input, arch[0]);
        std::uint64_t first = send(input, arch[1]);  // node 2 is called `first+second`, never `#`
        std::uint64_t second = send(node1, arch[2]);
        if (first > second) std::swap(first, second);
        std::uint64_t low = widen(send(input, arch[3]));
        std::uint64_t high = widen(send(node1, arch[4]));
        if (low > high) std::swap(low, high);

        const auto join = [](auto... terms) {
            std::uint64_t joined = 1;  // tells three terms from four
            ((joined = joined << 10 | terms), ...);
            return joined;
        };
        if (arch[5] == skip_connect) {
            // `first+second` is sorted as one string: by its first term, and after a single term equal to that.
            const std::uint64_t a = widen(first);
            const std::uint64_t b = widen(second);
            if (a < low) return join(a, b, low, high);
            if (a < high) return join(low, a, b, high);
            return join(low, high, a, b);
        }
        const std::uint64_t last = arch[5] == none ? 0 : wrap(first, second + 1, rank(arch[5]));
        if (last < low) return join(last, low, high);
        if (last < high) return join(low, last, high);
        return join(low, high, last);
    }

    /// Whether edges other than none lead from the cell's input to its output: so for 15,284 cells.
    static constexpr bool is_connected(const arch_type& arch) noexcept {
        const bool node1 = arch[0] != none;
        const bool node2 = arch[1] != none || (node1 && arch[2] != none);
        return arch[3] != none || (node1 && arch[4] != none) || (node2 && arch[5] != none);
    }

    /// Trainable parameters of the benchmark's network with this cell: 28,000 a 1x1 convolution and 243,040 a 3x3 one, above
    /// what all networks of the data set have.
    static constexpr std::uint64_t parameters(const arch_type& arch, data_set data = data_set::cifar10) noexcept {
        constexpr std::array<std::uint64_t, 3> base{73306, 79156, 80456};
        return base[static_cast<std::size_t>(data)] + 28000 * count(arch, nor_conv_1x1) +
               243040 * count(arch, nor_conv_3x3);
    }

    /// Millions of floating-point operations of one forward pass, as the benchmark counts them: 3.93216 a 1x1 convolution and
    /// nine times that a 3x3 one, a quarter of it on images of 16x16 pixels, above what all networks of the data set have.
    static constexpr double megaflops(const arch_type& arch, data_set data = data_set::cifar10) noexcept {
        // In units of 10 operations, all integers, so that the result is the double nearest to the benchmark's decimals.
        constexpr std::array<std::uint64_t, 3> base{778305, 778890, 195340};
        const std::uint64_t each = data == data_set::imagenet16_120 ? 98304 : 393216;
        const std::uint64_t convolutions = count(arch, nor_conv_1x1) + 9 * count(arch, nor_conv_3x3);
        return static_cast<double>(base[static_cast<std::size_t>(data)] + each * convolutions) / 1e5;
    }

    /// Numbers of the four paths from input to output, 3<-0, 1<-0 3<-1, 2<-0 3<-2 and 1<-0 2<-1 3<-2, among the 155 lists of one
    /// to three operations (White, Neiswanger and Savani 2021, in the order of naszilla): lists of one come first, then those
    /// of two, then those of three, each read as a number in base 5, first operation the least significant digit, digits
    /// avg_pool_3x3, nor_conv_1x1, nor_conv_3x3, none, skip_connect. Two paths can have the same number.
    static constexpr std::array<std::size_t, 4> path_indices(const arch_type& arch) noexcept {
        constexpr std::array<std::size_t, operations> digit_of{3, 4, 1, 2, 0};
        std::array<std::size_t, edges> digit{};
        for (std::size_t edge = 0; edge < edges; ++edge) digit[edge] = digit_of[arch[edge]];
        return {digit[3], 5 + digit[0] + 5 * digit[4], 5 + digit[1] + 5 * digit[5],
                30 + digit[0] + 5 * digit[2] + 25 * digit[5]};
    }

    static constexpr std::size_t path_encoding_size = 5 + 25 + 125;

    /// The path encoding: 1 at each of `path_indices`, 0 elsewhere. `features` holds `path_encoding_size` numbers.
    static constexpr void encode_paths(const arch_type& arch, std::span<double> features) noexcept {
        for (std::size_t i = 0; i < path_encoding_size; ++i) features[i] = 0;
        for (const std::size_t index : path_indices(arch)) features[index] = 1;
    }

    static constexpr std::size_t adjacency_encoding_size = 24;

    /// Archai's adjacency encoding: for each edge four numbers, 1 at its operation (avg_pool_3x3, nor_conv_1x1, nor_conv_3x3,
    /// skip_connect), all 0 for none. `features` holds `adjacency_encoding_size` numbers. What surrogates get by default,
    /// from `nas::encode`, is the one-hot encoding of 30 numbers: there every change of one edge is equally far, and a kernel
    /// regression ranks the benchmark's cells by it better than by these 24 and about as well as by the 155 of the paths.
    static constexpr void encode_adjacency(const arch_type& arch, std::span<double> features) noexcept {
        constexpr std::array<std::uint8_t, 4> order{avg_pool_3x3, nor_conv_1x1, nor_conv_3x3, skip_connect};
        for (std::size_t i = 0; i < adjacency_encoding_size; ++i)
            features[i] = arch[i / order.size()] == order[i % order.size()] ? 1 : 0;
    }

    friend constexpr bool operator==(const nasbench201_space&, const nasbench201_space&) { return true; }

  private:
    static constexpr std::array<std::string_view, operations> names_{"none", "skip_connect", "nor_conv_1x1",
                                                                     "nor_conv_3x3", "avg_pool_3x3"};
    // What stands before each edge's operation in an arch string, and what after the last one.
    static constexpr std::array<std::string_view, edges> before_{"|", "~0|+|", "~0|", "~1|+|", "~0|", "~1|"};
    static constexpr std::string_view end_ = "~2|";

    /// Rank of avg_pool_3x3, nor_conv_1x1, nor_conv_3x3 by name.
    static constexpr std::uint64_t rank(std::uint8_t op) noexcept { return op == avg_pool_3x3 ? 0U : op - 1U; }

    static constexpr std::uint64_t count(const arch_type& arch, operation wanted) noexcept {
        std::uint64_t total = 0;
        for (const std::uint8_t choice : arch) total += choice == wanted ? 1U : 0U;
        return total;
    }
};

static_assert(DecisionSpace<nasbench201_space> && EnumerableSpace<nasbench201_space> && KeyedSpace<nasbench201_space>);

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nas/core/decision.hpp>
#include <nas/core/rng.hpp>

namespace nas {

// clang-format 14 does not know how to lay out concepts.
// clang-format off

/// The architectures of a space: plain values (std::regular), with neither tensors nor pointers.
template <class Space>
using arch_t = typename Space::arch_type;

/// The least a space offers: enough for random search and histories.
template <class S>
concept SearchSpace = std::regular<arch_t<S>> && requires(const S& space, const arch_t<S>& arch, rng& random,
                                                          std::string_view text) {
    { space.sample(random) } -> std::convertible_to<arch_t<S>>;
    { space.contains(arch) } -> std::same_as<bool>;
    { space.describe(arch) } -> std::convertible_to<std::string>;
    { space.parse(text) } -> std::convertible_to<arch_t<S>>;  // inverse of describe; std::invalid_argument otherwise
};

/// A space whose architectures are made of decisions: the currency of controllers, operators, encodings and tables.
/// `genotype(arch)` and `architecture(genotype)` are inverse to each other (and the identity where an architecture is its
/// genotype).
template <class S>
concept DecisionSpace =
    SearchSpace<S> && Genotype<typename S::genotype_type> &&
    requires(const S& space, const arch_t<S>& arch, const typename S::genotype_type& genotype, std::size_t i, std::size_t choice) {
        { space.decisions() } -> std::convertible_to<std::size_t>;                       // how many
        { space.cardinality(i) } -> std::convertible_to<std::size_t>;                    // choices of decision i, [1, 256]
        { space.path(i) } -> std::convertible_to<std::string>;                           // its unique name
        { space.tag(i) } -> std::same_as<decision_tag>;                                  // what it decides
        { space.label(i, choice) } -> std::convertible_to<std::string>;                  // text of a choice
        { space.genotype(arch) } -> std::convertible_to<typename S::genotype_type>;
        { space.architecture(genotype) } -> std::convertible_to<arch_t<S>>;
    };

/// Some decisions may depend on one earlier decision each: `conditional()` says whether any does, `when(i)` on what.
template <class S>
concept ConditionalSpace = DecisionSpace<S> && requires(const S& space, std::size_t i) {
    { space.conditional() } -> std::same_as<bool>;
    { space.when(i) } -> std::convertible_to<std::optional<condition>>;
};

/// Some decisions may be numeric: `numeric()` says whether any is, `values(i)` gives the value of each choice of decision i,
/// only rising or only falling, or nothing where it is categorical, and `scale(i)` says how far apart they are.
template <class S>
concept NumericSpace = DecisionSpace<S> && requires(const S& space, std::size_t i) {
    { space.numeric() } -> std::same_as<bool>;
    { space.values(i) } -> std::convertible_to<std::span<const double>>;
    { space.scale(i) } -> std::same_as<value_scale>;
};

/// What a decision may be depends on all earlier ones: `allowed(prefix, i, mask)` removes from `mask` the choices of active
/// decision i that do not fit `prefix`, the values of decisions 0 to i-1. At least one choice must stay.
template <class S>
concept MaskedSpace = DecisionSpace<S> &&
                      requires(const S& space, std::span<const std::uint8_t> prefix, std::size_t i, choice_mask& mask) {
                          { space.allowed(prefix, i, mask) } -> std::same_as<void>;
                      };

// Optional members: a space's own operator. Where a decision space has none, the generic one over decisions serves.

template <class S>
concept HasMutate = SearchSpace<S> && requires(const S& space, const arch_t<S>& arch, rng& random) {
    { space.mutate(arch, random) } -> std::convertible_to<arch_t<S>>;
};
template <class S>
concept HasCrossover = SearchSpace<S> && requires(const S& space, const arch_t<S>& arch, rng& random) {
    { space.crossover(arch, arch, random) } -> std::convertible_to<arch_t<S>>;
};
template <class S>
concept HasNeighbors = SearchSpace<S> && requires(const S& space, const arch_t<S>& arch, std::vector<arch_t<S>>& out) {
    { space.neighbors(arch, out) } -> std::same_as<void>;  // appends the architectures one step away, each once, not arch
};
template <class S>
concept HasEncode = SearchSpace<S> && requires(const S& space, const arch_t<S>& arch, std::span<double> features) {
    { space.encoding_size() } -> std::convertible_to<std::size_t>;
    { space.encode(arch, features) } -> std::same_as<void>;  // fills encoding_size() numbers
};

/// `mutate(space, arch, random)` works: evolution, hill climbing, annealing.
template <class S>
concept MutableSpace = HasMutate<S> || DecisionSpace<S>;
/// `crossover(space, a, b, random)` works: genetic algorithms.
template <class S>
concept CrossableSpace = HasCrossover<S> || DecisionSpace<S>;
/// `neighbors(space, arch, random, out)` works: local search.
template <class S>
concept NeighborSpace = HasNeighbors<S> || DecisionSpace<S>;
/// `encode(space, arch, features)` works: surrogates.
template <class S>
concept EncodableSpace = HasEncode<S> || DecisionSpace<S>;

/// A space whose architectures can be counted: `at` and `index` are inverse to each other over [0, size()).
template <class S>
concept EnumerableSpace = SearchSpace<S> && requires(const S& space, const arch_t<S>& arch, std::uint64_t index) {
    { space.size() } -> std::convertible_to<std::uint64_t>;  // 2^64 - 1 (nas::uncountable): that many or more, without at and index
    { space.at(index) } -> std::convertible_to<arch_t<S>>;
    { space.index(arch) } -> std::convertible_to<std::uint64_t>;
};

/// A space that can be built up: `roots()` are the smallest architectures, `grow(arch)` those one step larger, each a range
/// produced lazily.
template <class S>
concept GrowableSpace = SearchSpace<S> && requires(const S& space, const arch_t<S>& arch) {
    { *space.roots().begin() } -> std::convertible_to<arch_t<S>>;
    { *space.grow(arch).begin() } -> std::convertible_to<arch_t<S>>;
};

/// A space whose architectures are rows of blocks, each of which a few tokens describe: the blocks of a cell, the layers of a
/// perceptron. `append_blocks(arch, tokens)` appends `block_tokens()` tokens for each block, the first block first. Token k of a
/// block is of kind `token_kind(k)`, below `kind_size` of it; tokens of one kind mean the same wherever they stand. So a
/// surrogate reads architectures of any length, longer ones than it has learned too.
template <class S>
concept BlockSpace = SearchSpace<S> && requires(const S& space, const arch_t<S>& arch, std::size_t k, std::vector<std::uint8_t>& tokens) {
    { space.block_tokens() } -> std::convertible_to<std::size_t>;  // [1, 256]
    { space.token_kinds() } -> std::convertible_to<std::size_t>;   // how many
    { space.token_kind(k) } -> std::convertible_to<std::size_t>;   // that of token k of a block
    { space.kind_size(k) } -> std::convertible_to<std::size_t>;    // values of kind k, [1, 256]
    { space.kind_name(k) } -> std::convertible_to<std::string>;    // for messages: input, operation
    { space.append_blocks(arch, tokens) } -> std::same_as<void>;
};

/// A space in which several architectures can be the same network: equal keys are the same network, as far as the space can
/// tell.
template <class S>
concept KeyedSpace = SearchSpace<S> && requires(const S& space, const arch_t<S>& arch) {
    { space.key(arch) } -> std::regular;
};

/// A space of which not even masks and samples say all: `rules()` is a text that differs where a network is built another way.
/// Files keep apart what differs in it.
template <class S>
concept HasRules = SearchSpace<S> && requires(const S& space) {
    { space.rules() } -> std::convertible_to<std::string>;
};

// clang-format on

}  // namespace nas

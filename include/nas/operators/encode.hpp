// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include <nas/core/space.hpp>
#include <nas/operators/decisions.hpp>

namespace nas {

/// Features of the one-hot encoding: the sum of all cardinalities.
template <DecisionSpace Space>
constexpr std::size_t one_hot_size(const Space& space) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < space.decisions(); ++i) size += space.cardinality(i);
    return size;
}

/// A block of `cardinality` features for each decision: 1 at its value, 0 elsewhere; all 0 where it is inactive.
template <DecisionSpace Space>
constexpr void encode_one_hot(const Space& space, const typename Space::genotype_type& genotype,
                              std::span<double> features) {
    const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
    std::size_t start = 0;
    for (std::size_t i = 0; i < space.decisions(); start += space.cardinality(i++)) {
        for (std::size_t choice = 0; choice < space.cardinality(i); ++choice) features[start + choice] = 0;
        if (is_active(space, all, i)) features[start + genotype[i]] = 1;
    }
}

/// One feature for each decision: the number of its choice, -1 where it is inactive.
template <DecisionSpace Space>
constexpr void encode_ordinal(const Space& space, const typename Space::genotype_type& genotype,
                              std::span<double> features) {
    const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
    for (std::size_t i = 0; i < space.decisions(); ++i)
        features[i] = is_active(space, all, i) ? static_cast<double>(genotype[i]) : -1;
}

/// Length of the vector that `encode` fills.
template <EncodableSpace Space>
constexpr std::size_t encoding_size(const Space& space) {
    if constexpr (HasEncode<Space>) {
        return space.encoding_size();
    } else {
        return one_hot_size(space);
    }
}

/// The features a surrogate sees: the space's own `encode`, or the one-hot encoding of its decisions. `features` holds
/// `encoding_size(space)` numbers.
template <EncodableSpace Space>
constexpr void encode(const Space& space, const arch_t<Space>& arch, std::span<double> features) {
    if constexpr (HasEncode<Space>) {
        space.encode(arch, features);
    } else {
        encode_one_hot(space, space.genotype(arch), features);
    }
}

/// A space that knows the paths of its architectures from input to output: `encode_paths` fills `path_encoding_size` numbers.
template <class S>
concept PathEncodedSpace = requires(const S& space, const arch_t<S>& arch, std::span<double> features) {
    { space.path_encoding_size } -> std::convertible_to<std::size_t>;
    { space.encode_paths(arch, features) } -> std::same_as<void>;
};

// Encodings as policies of what learns from features: how many there are in a space, and those of an architecture.

/// What `nas::encode` gives.
struct usual_encoding {
    template <EncodableSpace Space>
    static std::size_t size(const Space& space) {
        return encoding_size(space);
    }
    template <EncodableSpace Space>
    static void encode(const Space& space, const arch_t<Space>& arch, std::span<double> features) {
        nas::encode(space, arch, features);
    }
};

/// Paths, where the space knows them (White, Neiswanger and Savani 2021); elsewhere what `nas::encode` gives.
struct path_encoding {
    template <EncodableSpace Space>
    static std::size_t size(const Space& space) {
        if constexpr (PathEncodedSpace<Space>) {
            return space.path_encoding_size;
        } else {
            return encoding_size(space);
        }
    }
    template <EncodableSpace Space>
    static void encode(const Space& space, const arch_t<Space>& arch, std::span<double> features) {
        if constexpr (PathEncodedSpace<Space>) {
            space.encode_paths(arch, features);
        } else {
            nas::encode(space, arch, features);
        }
    }
};

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include <nas/core/space.hpp>
#include <nas/core/unit_value.hpp>
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

namespace detail {

/// Writes `width` features of each numeric decision, from the unit value by `write(value, first)`, and one-hot blocks of the others.
template <DecisionSpace Space, class Write>
constexpr void encode_numbers(const Space& space, const typename Space::genotype_type& genotype, std::size_t width,
                              std::span<double> features, const Write& write) {
    const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
    std::size_t start = 0;
    for (std::size_t i = 0; i < space.decisions(); ++i) {
        const bool numeric = is_numeric(space, i);
        const std::size_t end = start + (numeric ? width : space.cardinality(i));
        for (std::size_t k = start; k < end; ++k) features[k] = 0;
        if (is_active(space, all, i)) {
            if (!numeric) {
                features[start + genotype[i]] = 1;
            } else if constexpr (NumericSpace<Space>) {
                write(unit_value(space.values(i), space.scale(i), genotype[i]), features.subspan(start, width));
            }
        }
        start = end;
    }
}

template <DecisionSpace Space>
constexpr std::size_t numbers_size(const Space& space, std::size_t width) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < space.decisions(); ++i) size += is_numeric(space, i) ? width : space.cardinality(i);
    return size;
}

}  // namespace detail

/// Features of the numeric encoding: one for each numeric decision, the cardinality of each other.
template <DecisionSpace Space>
constexpr std::size_t numeric_size(const Space& space) {
    return detail::numbers_size(space, 1);
}

/// How far along its scale each numeric decision is, from 0 to 1 (see unit_value); a one-hot block for each other; 0 where
/// inactive.
template <DecisionSpace Space>
constexpr void encode_numeric(const Space& space, const typename Space::genotype_type& genotype,
                              std::span<double> features) {
    detail::encode_numbers(space, genotype, 1, features,
                           [](double value, std::span<double> first) { first[0] = value; });
}

/// Features of the quadratic encoding: two for each numeric decision, the cardinality of each other.
template <DecisionSpace Space>
constexpr std::size_t quadratic_size(const Space& space) {
    return detail::numbers_size(space, 2);
}

/// The numeric encoding with the square of each unit value's distance from the middle, (2 value - 1)^2, beside it: a linear model
/// of these is a parabola in each, the response surface of Box and Wilson (1951), and so has room for a best value between the
/// ends. Rank correlation of accuracy_predictor after 20 and 100 random trainings (two tables of HPOBench, then six decisions of
/// 256 levels, a rotated quadratic; means of 6):
///
///                  hpobench_mlp_australian   credit_g      256 levels
///     one-hot      0.40 0.72                 0.45 0.75     0.05 0.11
///     numeric      0.37 0.40                 0.41 0.46     0.46 0.59
///     quadratic    0.68 0.80                 0.73 0.82     0.54 0.68
template <DecisionSpace Space>
constexpr void encode_quadratic(const Space& space, const typename Space::genotype_type& genotype,
                                std::span<double> features) {
    detail::encode_numbers(space, genotype, 2, features, [](double value, std::span<double> both) {
        both[0] = value;
        both[1] = (2 * value - 1) * (2 * value - 1);
    });
}

/// Length of the vector that `encode` fills.
template <EncodableSpace Space>
constexpr std::size_t encoding_size(const Space& space) {
    if constexpr (HasEncode<Space>) {
        return space.encoding_size();
    } else {
        return quadratic_size(space);
    }
}

/// The features a surrogate sees: the space's own `encode`, or the quadratic encoding of its decisions, which is the one-hot
/// encoding where none is numeric. `features` holds `encoding_size(space)` numbers.
template <EncodableSpace Space>
constexpr void encode(const Space& space, const arch_t<Space>& arch, std::span<double> features) {
    if constexpr (HasEncode<Space>) {
        space.encode(arch, features);
    } else if (has_numeric(space)) {
        encode_quadratic(space, space.genotype(arch), features);
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

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <nas/core/decision.hpp>
#include <nas/core/fingerprint.hpp>
#include <nas/core/rng.hpp>
#include <nas/core/space.hpp>
#include <nas/operators/decisions.hpp>

namespace nas {

/// A distribution over the genotypes of a space that can be trained: it makes one decision after the other, each from a
/// distribution over what the decision may be, which may depend on the decisions before. Made for a space, which all its
/// members get; not to be used with another.
///
/// - `parameters()`: what is trained, one flat array;
/// - `sample(space, random)`: a genotype, always a valid one;
/// - `log_probability(space, genotype)`: natural logarithm, the sum over the steps (see for_each_step);
/// - `entropy(space, genotype)`: in nats, the sum of the entropies of the distributions that the genotype's steps were drawn
///   from;
/// - `add_gradient(space, genotypes, weight, entropy_weight, gradient)`: adds to `gradient`, which is as long as the
///   parameters, that of the loss  sum_k weight_k log P(genotype_k) + entropy_weight sum_k entropy(genotype_k), which is to be
///   made smaller: what is good has a negative weight. weight_k = `weight(k, log P(genotype_k))`, a constant to the derivative:
///   for a policy gradient the advantage, for a ratio of probabilities the advantage times the ratio. A policy may add a loss
///   of its own (nas::lstm_policy's `regularization`);
/// - `change(step)`: calls `step(parameters)`, which may change them.
// clang-format off
template <class P, class Space>
concept SequencePolicy =
    DecisionSpace<Space> && std::floating_point<typename P::scalar_type> && std::constructible_from<P, const Space&> &&
    requires(P& policy, const P& fixed, const Space& space, const typename Space::genotype_type& genotype,
             std::span<const typename Space::genotype_type> genotypes, double (*weight)(std::size_t, double),
             std::span<typename P::scalar_type> gradient, void (*step)(std::span<typename P::scalar_type>), rng& random) {
        { fixed.parameters() } -> std::convertible_to<std::span<const typename P::scalar_type>>;
        { fixed.sample(space, random) } -> std::convertible_to<typename Space::genotype_type>;
        { fixed.log_probability(space, genotype) } -> std::convertible_to<double>;
        { fixed.entropy(space, genotype) } -> std::convertible_to<double>;
        { policy.add_gradient(space, genotypes, weight, 0.0, gradient) } -> std::same_as<void>;
        { policy.change(step) } -> std::same_as<void>;
    };
// clang-format on

/// Calls `visit(i, choices)` for each decision of a valid `genotype` at which there was something to choose, in order: those
/// that are active and have at least two choices, which are `choices`.
template <DecisionSpace Space, class Visit>
void for_each_step(const Space& space, const typename Space::genotype_type& genotype, Visit&& visit) {
    const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!is_active(space, all, i)) continue;
        if (space.cardinality(i) == 1) continue;
        const choice_mask choices = choices_of(space, all, i);
        if (!MaskedSpace<Space> || choices.count() > 1) visit(i, choices);
    }
}

namespace detail {

/// A fingerprint of a policy's parameters, bit by bit.
template <class Policy>
fingerprint weights_of(const Policy& policy) {
    using scalar_type = typename Policy::scalar_type;
    fingerprint print;
    for (const scalar_type parameter : std::span<const scalar_type>(policy.parameters())) {
        if constexpr (sizeof(scalar_type) == sizeof(std::uint32_t)) {
            print.add(std::bit_cast<std::uint32_t>(parameter));
        } else {
            print.add(std::bit_cast<std::uint64_t>(static_cast<double>(parameter)));
        }
    }
    return print;
}

}  // namespace detail

/// Throws std::invalid_argument where `policy` is seen to be made for another space: it has not as many parameters as one for
/// `space`, or says so by an optional member `fits(space)`. `owner` (`nas::reinforce`) starts the sentence.
template <class Policy, DecisionSpace Space>
void check_policy(std::string_view owner, const Policy& policy, const Space& space) {
    const std::size_t wanted = [&] {
        if constexpr (requires { Policy(space, policy.options()); }) {
            return Policy(space, policy.options()).parameters().size();
        } else {
            return Policy(space).parameters().size();
        }
    }();
    if (policy.parameters().size() != wanted)
        throw std::invalid_argument(std::string(owner) + ": the policy has " +
                                    std::to_string(policy.parameters().size()) +
                                    " parameters; one for this space has " + std::to_string(wanted));
    if constexpr (requires { policy.fits(space); }) {
        if (!policy.fits(space))
            throw std::invalid_argument(std::string(owner) +
                                        ": the policy was made for other decisions than those of this space");
    }
}

}  // namespace nas

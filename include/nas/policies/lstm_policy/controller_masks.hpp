// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

#include <nas/core/decision.hpp>
#include <nas/core/space.hpp>
#include <nas/operators/decisions.hpp>
#include <nas/policies/lstm_policy/controller_plan.hpp>
#include <nas/policies/lstm_policy_options.hpp>

/// What a step of a controller may decide, given the decisions before it: what the space allows, less what the policy's
/// options forbid.
namespace nas {

/// The choices of decision `i`; {0} where it is inactive.
template <DecisionSpace Space>
choice_mask step_choices(const Space& space, std::span<const std::uint8_t> prefix, std::size_t i) {
    if (!has_dependences(space)) return choice_mask::first(space.cardinality(i));
    return is_active(space, prefix, i) ? choices_of(space, prefix, i) : choice_mask{0};
}

/// Those of bit j of a step of inputs or skips, or of an output block. With unique_inputs a block that was read is not read
/// again, and in the last layer one that was not must be; with unique_skips a layer that was read is not read again. Where
/// that would leave nothing, the space has its way.
template <DecisionSpace Space>
choice_mask bit_choices(const Space& space, const controller_plan& plan, const lstm_policy_options& options,
                        const controller_step& step, std::span<const std::uint8_t> prefix, std::size_t j) {
    const choice_mask allowed = step_choices(space, prefix, step.first + j);
    const bool unique = (step.kind == step_kind::inputs && options.unique_inputs) ||
                        (step.kind == step_kind::skips && options.unique_skips);
    if (!unique) return allowed;
    bool read = false;
    bool last = step.kind == step_kind::inputs;
    for (const controller_step& other : plan.steps) {
        if (other.kind != step.kind) continue;
        if (other.first < step.first && j < other.count && prefix[other.first + j] != 0) read = true;
        if (other.first > step.first) last = false;
    }
    choice_mask left = allowed;
    if (read) left.erase(1);
    if (!read && last) left.erase(0);
    return left.count() > 0 ? left : allowed;
}

/// The layers of which an output block may read one and no other. Throws std::invalid_argument where the space allows none.
template <DecisionSpace Space>
choice_mask output_choices(const Space& space, const controller_step& block,
                           const typename Space::genotype_type& genotype) {
    choice_mask layers = choice_mask::first(block.count);
    if (!has_dependences(space)) return layers;
    auto candidate = genotype;
    const std::span<const std::uint8_t> all(candidate.data(), candidate.size());
    for (std::size_t layer = 0; layer < block.count; ++layer) {
        for (std::size_t j = 0; j < block.count; ++j) candidate[block.first + j] = j == layer ? 1 : 0;
        for (std::size_t i = block.first; i < block.first + block.count; ++i)
            if (!step_choices(space, all, i).contains(candidate[i])) layers.erase(layer);
    }
    if (layers.count() == 0)
        throw std::invalid_argument(
            "nas::lstm_policy: unique_outputs needs a space that allows the output block at decision " +
            std::to_string(block.first) + " to read one layer only");
    return layers;
}

/// The layer that an output block reads; the number of layers where it does not read exactly one.
template <class Genotype>
std::size_t layer_read(const controller_step& block, const Genotype& genotype) {
    std::size_t read = block.count;
    for (std::size_t j = 0; j < block.count; ++j) {
        if (genotype[block.first + j] == 0) continue;
        if (read < block.count) return block.count;
        read = j;
    }
    return read;
}

}  // namespace nas

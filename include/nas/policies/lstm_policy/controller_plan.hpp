// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <nas/core/decision.hpp>
#include <nas/core/space.hpp>

namespace nas {

/// What a controller decides in one step.
enum class step_kind : std::uint8_t {
    choice,   ///< one decision
    inputs,   ///< which input blocks a layer reads: one bit each
    skips,    ///< which earlier layers a layer reads: one bit each
    outputs,  ///< which layers an output block reads: one bit for each layer
};

struct controller_step {
    step_kind kind;
    std::size_t first;  ///< its first decision
    std::size_t count;  ///< its numbers: choices of the decision, or bits
    std::size_t layer;  ///< that it belongs to; of an output block: its number
    std::size_t at;     ///< its first number among those of all steps and output blocks
    bool ends_layer = false;

    friend bool operator==(const controller_step&, const controller_step&) = default;
};

/// How a controller goes through the decisions of a space, by their tags: one step of its recurrent network for each
/// decision, but one for all the inputs and one for all the skips of a layer, and none for outputs.
///
/// Each `operation` decision begins a layer. A run of `skip` decisions of 2 choices, as many as there are earlier layers, is
/// the layer's step of skips: bit j says whether it reads layer j. A run of `input` decisions of 2 choices, as many in every
/// layer, is its step of inputs. A run of `output` decisions of 2 choices at the end is cut into output blocks of a bit for
/// each layer. Whatever does not fit is decided like anything else, one decision a step.
struct controller_plan {
    std::vector<controller_step> steps;
    std::vector<controller_step> outputs;
    std::size_t layers = 0;
    std::size_t inputs = 0;   ///< input blocks; 0: no layer has a step of inputs
    bool skips = false;       ///< whether any layer has a step of skips
    std::size_t numbers = 0;  ///< of all steps and output blocks

    /// Calls `visit(step)` for each step, then each output block.
    template <class Visit>
    void for_each(Visit&& visit) const {
        for (const controller_step& step : steps) visit(step);
        for (const controller_step& block : outputs) visit(block);
    }

    /// One past the steps that can be computed together, from step `first` on, where what is decided is known: what comes
    /// after skips reads layers that must be computed before.
    std::size_t end_of_segment(std::size_t first) const noexcept {
        while (first < steps.size() && steps[first].kind != step_kind::skips) ++first;
        return first < steps.size() ? first + 1 : first;
    }

    friend bool operator==(const controller_plan&, const controller_plan&) = default;
};

template <DecisionSpace Space>
controller_plan make_controller_plan(const Space& space) {
    controller_plan plan;
    const std::size_t decisions = space.decisions();
    // Decisions of 2 choices from `first` on, where a run of one tag begins there and all of it are.
    const auto run_of_bits = [&](std::size_t first) {
        if (first > 0 && space.tag(first - 1) == space.tag(first)) return std::size_t{0};
        std::size_t end = first;
        while (end < decisions && space.tag(end) == space.tag(first) && space.cardinality(end) == 2) ++end;
        return end < decisions && space.tag(end) == space.tag(first) ? 0 : end - first;
    };
    const auto add = [&](std::vector<controller_step>& to, step_kind kind, std::size_t first, std::size_t count,
                         std::size_t layer) {
        to.push_back({kind, first, count, layer, plan.numbers});
        plan.numbers += count;
    };
    bool has_inputs = false;  // the layer
    bool has_skips = false;
    for (std::size_t i = 0; i < decisions;) {
        const decision_tag tag = space.tag(i);
        if (plan.layers == 0 || tag == decision_tag::operation) {
            if (plan.layers > 0) plan.steps.back().ends_layer = true;
            ++plan.layers;
            has_inputs = has_skips = false;
        }
        const std::size_t layer = plan.layers - 1;
        const std::size_t bits = run_of_bits(i);
        if (!plan.steps.empty() && tag == decision_tag::skip && bits > 0 && bits == layer && !has_skips) {
            add(plan.steps, step_kind::skips, i, bits, layer);
            plan.skips = has_skips = true;
            i += bits;
        } else if (!plan.steps.empty() && tag == decision_tag::input && bits > 0 && !has_inputs &&
                   (plan.inputs == 0 || bits == plan.inputs)) {
            add(plan.steps, step_kind::inputs, i, bits, layer);
            plan.inputs = bits;
            has_inputs = true;
            i += bits;
        } else if (!plan.steps.empty() && tag == decision_tag::output && bits > 0 && i + bits == decisions &&
                   bits % plan.layers == 0) {
            for (; i < decisions; i += plan.layers)
                add(plan.outputs, step_kind::outputs, i, plan.layers, plan.outputs.size());
        } else {
            add(plan.steps, step_kind::choice, i, space.cardinality(i), layer);
            ++i;
        }
    }
    if (!plan.steps.empty()) plan.steps.back().ends_layer = true;
    return plan;
}

}  // namespace nas

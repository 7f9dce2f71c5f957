// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <nas/policies/lstm_policy.hpp>
#include <nas/spaces/choice_space.hpp>

/// Spaces of layers, in AMBER's order of tokens, and AMBER's way to fill a controller with numbers.
namespace layer_table {

struct layers {
    std::vector<std::size_t> operations;
    std::size_t inputs = 0;
    bool skips = false;
    std::size_t outputs = 0;
};

inline std::vector<nas::decision> decisions(const layers& of) {
    std::vector<nas::decision> table;
    const auto add = [&](const std::string& path, std::size_t choices, nas::decision_tag tag) {
        table.push_back({path, choices, {}, tag});
    };
    for (std::size_t l = 0; l < of.operations.size(); ++l) {
        const std::string start = "layers/" + std::to_string(l) + "/";
        add(start + "operation", of.operations[l], nas::decision_tag::operation);
        for (std::size_t i = 0; i < of.inputs; ++i)
            add(start + "input/" + std::to_string(i), 2, nas::decision_tag::input);
        for (std::size_t j = 0; of.skips && j < l; ++j)
            add(start + "skip/" + std::to_string(j), 2, nas::decision_tag::skip);
    }
    for (std::size_t o = 0; o < of.outputs; ++o)
        for (std::size_t l = 0; l < of.operations.size(); ++l)
            add("outputs/" + std::to_string(o) + "/" + std::to_string(l), 2, nas::decision_tag::output);
    return table;
}

inline nas::choice_space<> space(const layers& of) { return nas::choice_space<>(decisions(of)); }

/// AMBER's parameter tensors are numbered; number i, from 0, of tensor t, row by row, is s sin(0.37 (i + 1) + 1.3 t). Its
/// softmax weights have a row for each unit, ours one for each choice.
template <class Scalar>
void fill(nas::lstm_policy<Scalar>& policy, double s) {
    policy.change([&](std::span<Scalar> weights) {
        const std::size_t units = policy.options().units;
        std::size_t at = 0;
        std::size_t tensor = 0;
        const auto value = [&](std::size_t i) {
            return static_cast<Scalar>(s *
                                       std::sin(0.37 * static_cast<double>(i + 1) + 1.3 * static_cast<double>(tensor)));
        };
        const auto rows = [&](std::size_t count) {
            for (std::size_t i = 0; i < count; ++i) weights[at++] = value(i);
            ++tensor;
        };
        for (std::size_t k = 0; k < policy.options().layers; ++k) rows(8 * units * units);
        rows(units);
        for (const auto& step : policy.plan().steps)
            if (step.kind == nas::step_kind::choice) rows(step.count * units);
        for (const auto& step : policy.plan().steps) {
            if (step.kind != nas::step_kind::choice) continue;
            for (std::size_t choice = 0; choice < step.count; ++choice)
                for (std::size_t unit = 0; unit < units; ++unit) weights[at++] = value(unit * step.count + choice);
            ++tensor;
        }
        if (!policy.plan().skips) return;
        rows(units * units);
        rows(units * units);
        rows(units);
    });
}

template <class Scalar>
void set_all(nas::lstm_policy<Scalar>& policy, double value) {
    policy.change([&](std::span<Scalar> weights) {
        for (Scalar& weight : weights) weight = static_cast<Scalar>(value);
    });
}

}  // namespace layer_table

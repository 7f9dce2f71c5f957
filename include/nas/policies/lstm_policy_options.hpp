// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstddef>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include <nas/core/options.hpp>
#include <nas/policies/lstm_policy/controller_plan.hpp>
#include <nas/spaces/mlp_layer.hpp>

namespace nas {

/// Of decisions: the earlier one whose embedding and softmax weights each uses. As an option's text `3:1+4:1`, or `none`.
struct decision_sharing : std::map<std::size_t, std::size_t> {
    using std::map<std::size_t, std::size_t>::map;
};
inline std::string write_option(const decision_sharing& sharing) {
    std::string text;
    for (const auto& [decision, earlier] : sharing) {
        if (!text.empty()) text += '+';
        text += std::to_string(decision) + ":" + std::to_string(earlier);
    }
    return text.empty() ? "none" : text;
}
inline bool read_option(std::string_view text, decision_sharing& sharing) {
    sharing.clear();
    if (text == "none") return true;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (true) {
        std::size_t decision = 0;
        std::size_t earlier = 0;
        const auto [colon, wrong] = std::from_chars(at, end, decision);
        if (wrong != std::errc{} || colon == end || *colon != ':') return false;
        const auto [plus, wrong_too] = std::from_chars(colon + 1, end, earlier);
        if (wrong_too != std::errc{} || !sharing.emplace(decision, earlier).second) return false;
        if (plus == end) return true;
        if (*plus != '+') return false;
        at = plus + 1;
    }
}
inline std::string allowed_option(const decision_sharing&) { return "none, or decision:earlier+decision:earlier+..."; }

struct lstm_policy_options {
    std::size_t units = 32;
    std::size_t layers = 2;
    double initial = 0.1;
    double temperature = 1;
    double tanh_constant = 0;
    double dropout = 0;
    bool share_alike = false;
    bool unique_inputs = false;
    bool unique_skips = false;
    bool unique_outputs = false;
    double skip_target = 0.8;
    double skip_weight = 0;
    double diversity_weight = 0;
    std::size_t descriptor = 0;
    std::size_t descriptor_units = 0;
    activation descriptor_activation = activation::relu;
    double descriptor_l1 = 0;
    double descriptor_l2 = 0;
    double critic = 0;
    decision_sharing share = {};

    static constexpr void fields(auto&& visit) {
        using self = lstm_policy_options;
        visit(&self::units, field{"units", 1, 4096, "AMBER: 32", "of each layer of the network"});
        visit(&self::layers, field{"layers", 1, 64, "AMBER: 2; nas::controller: measured", "of the network"});
        visit(&self::initial,
              field{"initial", 0, 10, "AMBER: 0.1; nas::controller: measured", "weights begin uniform in +-initial"});
        visit(&self::temperature, field{"temperature", 1e-6, 1e6, "AMBER: none", "logits are divided by it"});
        visit(&self::tanh_constant, field{"tanh_constant", 0, 1e6, "AMBER: none",
                                          "c: logits become c tanh(logit), after that; 0: they do not"});
        visit(&self::dropout,
              field{"dropout", 0, 0.99, "AMBER: 0", "share of what layers put out that is dropped while learning"});
        visit(&self::share_alike, field{"share_alike", 0, 0, "AMBER: false",
                                        "decisions of one tag and number of choices share one embedding and softmax"});
        visit(&self::unique_inputs, field{"unique_inputs", 0, 0, "AMBER: true, as a layer_space has it",
                                          "each input block is read by exactly one layer"});
        visit(&self::unique_skips,
              field{"unique_skips", 0, 0, "AMBER: false", "each layer is read by at most one skip connection"});
        visit(&self::unique_outputs, field{"unique_outputs", 0, 0, "AMBER: true, as a layer_space has it",
                                           "each output block reads exactly one layer"});
        visit(&self::skip_target,
              field{"skip_target", 1e-6, 0.999999, "AMBER: 0.8", "wanted probability of a skip connection"});
        visit(&self::skip_weight, field{"skip_weight", 0, 1e6, "AMBER: 0", "of the distance from skip_target"});
        visit(&self::diversity_weight,
              field{"diversity_weight", 0, 1e6, "AMBER: 0", "of how differently the output blocks choose"});
        visit(&self::descriptor,
              field{"descriptor", 0, 1e6, "AMBER: 0", "numbers that describe the task, which the policy depends on"});
        visit(&self::descriptor_units,
              field{"descriptor_units", 0, 4096, "AMBER: 0", "of the hidden layer that reads them; 0: there is none"});
        visit(&self::descriptor_activation,
              field{"descriptor_activation", 0, 0, "AMBER's examples: relu", "of that hidden layer; not softmax"});
        visit(&self::descriptor_l1,
              field{"descriptor_l1", 0, 1e6, "AMBER: 0", "weight of the sum of their weights' magnitudes"});
        visit(&self::descriptor_l2,
              field{"descriptor_l2", 0, 1e6, "AMBER: 0", "weight of the sum of their weights' squares"});
        visit(&self::critic, field{"critic", 0, 1e6, "AMBER: none; NNI's PPO: 0.5",
                                   "weight of the squared error of a critic; 0: there is none"});
        visit(&self::share, field{"share", 0, 0, "AMBER: none",
                                  "decisions that share the embedding and softmax of an earlier one each"});
    }
};

/// Throws std::invalid_argument where an option is out of range, needs what the plan does not have, or a decision would share
/// with what is not an earlier decision of as many choices.
inline void check_lstm_policy(const lstm_policy_options& options, const controller_plan& plan) {
    check_options("nas::lstm_policy", options);
    const auto need = [](bool there, const std::string& option, const std::string& what) {
        if (!there) throw std::invalid_argument("nas::lstm_policy: " + option + " needs a space with " + what);
    };
    need(plan.skips || options.skip_weight == 0, "skip_weight", "skip connections");
    need(plan.skips || !options.unique_skips, "unique_skips", "skip connections");
    need(plan.inputs > 0 || !options.unique_inputs, "unique_inputs", "input blocks");
    need(!plan.outputs.empty() || !options.unique_outputs, "unique_outputs", "output blocks");
    need(plan.outputs.size() > 1 || options.diversity_weight == 0, "diversity_weight", "at least 2 output blocks");
    if (options.descriptor_activation == activation::softmax)
        throw std::invalid_argument("nas::lstm_policy: descriptor_activation (softmax) must not be softmax");
    const auto choices = [&](std::size_t decision) {
        for (const controller_step& step : plan.steps)
            if (step.kind == step_kind::choice && step.first == decision) return step.count;
        return std::size_t{0};
    };
    for (const auto& [decision, earlier] : options.share) {
        const std::string start = "nas::lstm_policy: decision " + std::to_string(decision) + " shares with decision " +
                                  std::to_string(earlier) + ", which ";
        if (earlier >= decision) throw std::invalid_argument(start + "is not an earlier one");
        if (choices(decision) == 0 || choices(decision) != choices(earlier))
            throw std::invalid_argument(start +
                                        "does not have the same number of choices, decided in a step of its own");
    }
}

}  // namespace nas

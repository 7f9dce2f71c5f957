// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>
#include <utility>

#include <nas/core/options.hpp>
#include <nas/rewards/finished_model.hpp>

namespace nas {

struct knowledge_penalty_options {
    double weight = 1;
    double loss_constant = 0;
    double knowledge_constant = 0;

    static constexpr void fields(auto&& visit) {
        visit(&knowledge_penalty_options::weight,
              field{"weight", 0, 1e9, "AMBER: Lambda", "what the knowledge counts beside the loss"});
        visit(
            &knowledge_penalty_options::loss_constant,
            field{"loss_constant", 0, 1e9, "AMBER: loss_c", "0: the loss L counts as -L; above: as loss_constant / L"});
        visit(&knowledge_penalty_options::knowledge_constant,
              field{"knowledge_constant", 0, 1e9, "AMBER: knowledge_c",
                    "0: the knowledge K counts as -K; above: as knowledge_constant / K"});
    }
};

/// The validation loss, and how far what the model learned is from what is known (AMBER's KnowledgeReward):
///
///     reward = L' + weight * K'    L' = -L, or loss_constant / L    K' = -K, or knowledge_constant / K
///
/// L is the loss of the weights that were kept, K = `knowledge(model)`. **Both are costs: lower is better.** Where more
/// knowledge is better, the reward is knowledge_bonus_reward. With constants, a loss or knowledge of 0 is worth
/// infinity, which is a failed trial.
template <class Knowledge>
class knowledge_penalty_reward {
    static_assert(std::is_invocable_r_v<double, const Knowledge&, const finished_model&>,
                  "nas: the knowledge must be callable as `double (const nas::finished_model&) const`");

  public:
    static constexpr bool needs_accuracy = nas::needs_accuracy<Knowledge>();

    /// Throws std::invalid_argument where an option is out of its range.
    explicit knowledge_penalty_reward(Knowledge knowledge, knowledge_penalty_options options = {})
        : knowledge_(std::move(knowledge)), options_(options) {
        check_options("nas::knowledge_penalty_reward", options_);
    }

    const knowledge_penalty_options& options() const noexcept { return options_; }

    double operator()(const finished_model& model) const {
        return gain(model.loss(), options_.loss_constant) +
               options_.weight * gain(static_cast<double>(knowledge_(model)), options_.knowledge_constant);
    }

  private:
    static double gain(double cost, double constant) { return constant == 0 ? -cost : constant / cost; }

    Knowledge knowledge_;
    knowledge_penalty_options options_;
};

}  // namespace nas

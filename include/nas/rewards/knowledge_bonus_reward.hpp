// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>
#include <utility>

#include <nas/core/options.hpp>
#include <nas/rewards/finished_model.hpp>

namespace nas {

struct knowledge_bonus_options {
    double weight = 1;
    double base_scale = 1;
    double knowledge_scale = 1;

    static constexpr void fields(auto&& visit) {
        visit(&knowledge_bonus_options::weight,
              field{"weight", 0, 1e9, "AMBER: Lambda", "what the knowledge counts beside the base reward"});
        visit(&knowledge_bonus_options::base_scale,
              field{"base_scale", 1e-9, 1e9, "AMBER: loss_c", "what the base reward is divided by"});
        visit(&knowledge_bonus_options::knowledge_scale,
              field{"knowledge_scale", 1e-9, 1e9, "AMBER: knowledge_c", "what the knowledge is divided by"});
    }
};

/// Another reward, such as roc_auc_reward, and how well what the model learned agrees with what is known (AMBER's
/// LossAucReward):
///
///     reward = base(model) / base_scale + weight * knowledge(model) / knowledge_scale
///
/// **Both are gains: higher is better.** Where the knowledge is a distance, the reward is knowledge_penalty_reward.
template <class Base, class Knowledge>
class knowledge_bonus_reward {
    static_assert(Reward<Base>, "nas: the base reward must be callable as `double (const nas::finished_model&) const`");
    static_assert(std::is_invocable_r_v<double, const Knowledge&, const finished_model&>,
                  "nas: the knowledge must be callable as `double (const nas::finished_model&) const`");

  public:
    static constexpr bool needs_accuracy = nas::needs_accuracy<Base>() || nas::needs_accuracy<Knowledge>();

    /// Throws std::invalid_argument where an option is out of its range.
    explicit knowledge_bonus_reward(Base base, Knowledge knowledge, knowledge_bonus_options options = {})
        : base_(std::move(base)), knowledge_(std::move(knowledge)), options_(options) {
        check_options("nas::knowledge_bonus_reward", options_);
    }

    const knowledge_bonus_options& options() const noexcept { return options_; }

    double operator()(const finished_model& model) const {
        return static_cast<double>(base_(model)) / options_.base_scale +
               options_.weight * static_cast<double>(knowledge_(model)) / options_.knowledge_scale;
    }

  private:
    Base base_;
    Knowledge knowledge_;
    knowledge_bonus_options options_;
};

}  // namespace nas

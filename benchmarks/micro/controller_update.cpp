// SPDX-License-Identifier: Apache-2.0

// One update of an LSTM controller, float: REINFORCE (a batch of architectures drawn, gradient of the policy, clipping by the
// global norm, Adam) and PPO (drawn once, four such steps with clipped ratios). Names are network, decisions, batch and what is
// measured: H32x2_S6_B1 is two layers of 32 units, 6 decisions of 5 choices, 1 architecture an update; 20 decisions are of 8
// choices. `ours` draws a batch together and learns from what that computed; `ours_singly` draws one architecture after another,
// and computes again. `ours_search` is a batch of trials of nas::search with nas::reinforce, which draws ahead.
// peers/torch_controller.cpp is the same in libtorch.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <nas/core/dynamic_genotype.hpp>
#include <nas/networks/gradient.hpp>
#include <nas/networks/optimizers.hpp>
#include <nas/policies/lstm_policy.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/reinforce.hpp>
#include <nas/spaces/choice_space.hpp>

#include "controller_sizes.hpp"

namespace {

class controller {
  public:
    controller(const controller_sizes::size& of, bool together)
        : space_(of.decisions, of.choices),
          policy_(space_, {.units = of.units, .layers = of.layers}),
          optimizer_(policy_.parameters().size()),
          gradient_(policy_.parameters().size()),
          architectures_(of.batch),
          before_(of.batch),
          together_(together) {
        for (std::size_t k = 0; k < of.batch; ++k) randoms_.emplace_back(k);
    }

    void sample() {
        if (together_) return policy_.draw(space_, std::span(randoms_), std::span(architectures_));
        for (std::size_t k = 0; k < architectures_.size(); ++k) architectures_[k] = policy_.sample(space_, randoms_[k]);
    }

    void reinforce() {
        sample();
        step([&](std::size_t k, double) { return share() * controller_sizes::advantage(k); });
    }

    void ppo() {
        sample();
        for (int epoch = 0; epoch < controller_sizes::epochs; ++epoch)
            step([&](std::size_t k, double now) {
                if (epoch == 0) before_[k] = now;
                const double ratio = std::exp(now - before_[k]);
                const double advantage = controller_sizes::advantage(k);
                const bool clipped =
                    advantage > 0 ? ratio > 1 + controller_sizes::ratio_clip : ratio < 1 - controller_sizes::ratio_clip;
                return clipped ? 0 : share() * ratio * advantage;
            });
    }

  private:
    double share() const { return -1 / static_cast<double>(architectures_.size()); }

    template <class Weight>
    void step(Weight&& weight) {
        std::fill(gradient_.begin(), gradient_.end(), 0.0F);
        policy_.add_gradient(space_, std::span<const nas::dynamic_genotype>(architectures_), weight, 0.0,
                             std::span(gradient_));
        nas::clip_to_norm(std::span(gradient_), controller_sizes::norm_clip);
        policy_.change(
            [&](std::span<float> weights) { optimizer_.step(weights, gradient_, controller_sizes::learning_rate); });
    }

    nas::choice_space<> space_;
    nas::lstm_policy<float> policy_;
    nas::adam<float> optimizer_;
    std::vector<float> gradient_;
    std::vector<nas::dynamic_genotype> architectures_;
    std::vector<nas::rng> randoms_;
    std::vector<double> before_;
    bool together_;
};

/// The same update within a search.
class searching {
    struct rewards {
        std::size_t trial = 0;
        double operator()(const nas::dynamic_genotype&) { return controller_sizes::advantage(trial++); }
    };
    using space_type = nas::choice_space<>;
    using policy_type = nas::lstm_policy<float>;

  public:
    explicit searching(const controller_sizes::size& of)
        : batch_(of.batch), search_(searcher(of), rewards{}, {.seed = 1}) {}

    void reinforce() { search_.run({.trials = search_.history().size() + batch_}); }

  private:
    static nas::reinforce<space_type, policy_type> searcher(const controller_sizes::size& of) {
        const space_type space(of.decisions, of.choices);
        return {space,
                {.batch = of.batch,
                 .repeats = true,
                 .transform = nas::reward_transform::none,
                 .learning_rate = controller_sizes::learning_rate,
                 .baseline = nas::baseline_kind::constant,
                 .constant = 0,
                 .scale = nas::advantage_scale::none,
                 .entropy = 0,
                 .gradient_norm = controller_sizes::norm_clip},
                policy_type(space, {.units = of.units, .layers = of.layers})};
    }

    std::size_t batch_;
    nas::search<nas::reinforce<space_type, policy_type>, rewards> search_;
};

[[maybe_unused]] const bool added = [] {
    for (const controller_sizes::size& of : controller_sizes::all) {
        const auto add = [&](const std::string& who, bool together, void (controller::*call)()) {
            controller_sizes::add(of.name() + '/' + who, [=] {
                return [made = controller(of, together), call]() mutable { (made.*call)(); };
            });
        };
        add("ours", true, &controller::reinforce);
        add("ours_ppo", true, &controller::ppo);
        add("ours_sample", true, &controller::sample);
        controller_sizes::add(of.name() + "/ours_search",
                              [=] { return [made = searching(of)]() mutable { made.reinforce(); }; });
        if (of.batch > 1) add("ours_singly", false, &controller::reinforce);
    }
    return true;
}();

}  // namespace

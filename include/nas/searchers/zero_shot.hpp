// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/options.hpp>
#include <nas/core/rng.hpp>
#include <nas/core/searcher.hpp>
#include <nas/core/trial.hpp>
#include <nas/networks/optimizers.hpp>
#include <nas/policies/advantages.hpp>
#include <nas/policies/lstm_policy.hpp>
#include <nas/spaces/task_space.hpp>

namespace nas {

struct zero_shot_options {
    std::size_t batch = 10;
    optimizer_kind optimizer = optimizer_kind::adam;
    double learning_rate = 0.02;
    double momentum = 0.9;
    double advantage_limit = 3;
    double entropy = 0.1;
    lstm_policy_options network = {};

    static constexpr void fields(auto&& visit) {
        using self = zero_shot_options;
        visit(&self::batch, field{"batch", 1, 1e6, "measured", "trials told before the policy is changed"});
        visit(&self::optimizer, field{"optimizer", 0, 0, "AMBER: adam", "how it is changed"});
        visit(&self::learning_rate, field{"learning_rate", 0, 1e6, "measured; AMBER: 0.001", "how much it is changed"});
        visit(&self::momentum, field{"momentum", 0, 0.9999999, "NATS-Bench: 0.9",
                                     "how much of each task's averages, of rewards and of squares, is kept"});
        visit(&self::advantage_limit, field{"advantage_limit", 0, 1e300, "AMBER: 3",
                                            "advantages are clipped to +-advantage_limit; 0: they are not"});
        visit(&self::entropy, field{"entropy", 0, 1e6, "measured; AMBER: 0",
                                    "weight of the policy's entropy, which keeps it exploring"});
        visit(&self::network, field{"network", 0, 0, "", "of the recurrent policy"});
    }
};

/// The zero-shot controller of AMBIENT (Zhang et al. 2021): one recurrent policy, which reads numbers that describe a task
/// (a data set), is trained on several tasks at once; for a task never seen it then draws architectures without a trial.
///
///     ask:   the tasks in turn: return a sample of the policy for the task's descriptor
///     tell:  collect the trial; with `batch` of them, of whatever tasks:
///            advantage = (reward - baseline of its task) / scale of its task, clipped
///            loss = -1/batch * sum over the trials (advantage * log P(architecture) + entropy weight * entropy)
///            one step of the optimizer along the gradient of the loss
///
/// A task's baseline is the moving average of its rewards, its scale the root of that of the squared differences: tasks whose
/// rewards are of different sizes count alike. A trial that is not completed counts as the worst completed one of its task so
/// far, and not at all before there is one. Enqueued and imported trials are learned from like others.
/// The space must be a task_space. One objective. The best trial of the history is the best over all tasks, of whatever use
/// that is where their rewards cannot be compared.
template <class Space, std::floating_point Scalar = float>
class zero_shot {
    static_assert(
        requires { typename Space::inner_space_type; },
        "nas: nas::zero_shot needs a nas::task_space, made of a space and the names of the tasks");

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using inner_space_type = typename Space::inner_space_type;
    using policy_type = lstm_policy<Scalar>;
    using options_type = zero_shot_options;

    /// `descriptors` are those of the tasks, one each, all of one length, which is what options.network.descriptor becomes
    /// where it is 0. Numbers of size 1, such as standardised ones, suit the network best.
    zero_shot(Space space, std::vector<std::vector<double>> descriptors, zero_shot_options options = {})
        : zero_shot(space, descriptors, options, make_policy(space.inner(), descriptors, options.network)) {
        own_policy_ = true;
        given_weights_.reset();
    }

    /// From a policy that was made for the inner space, as one that was loaded, whose options take the place of
    /// options.network. Throws std::invalid_argument where an option is out of range, there is not one descriptor for each
    /// task, one has not as many finite numbers as the policy wants, or the policy was made for another space (see
    /// check_policy).
    zero_shot(Space space, std::vector<std::vector<double>> descriptors, zero_shot_options options, policy_type policy)
        : space_(std::move(space)),
          descriptors_(std::move(descriptors)),
          options_(std::move(options)),
          policy_(std::move(policy)),
          given_weights_(detail::weights_of(policy_)),
          optimizer_(options_.optimizer, policy_.parameters().size()),
          learning_(space_.tasks().size(), learning_of_task(options_)),
          gradient_(policy_.parameters().size()) {
        options_.network = policy_.options();
        check_options("nas::zero_shot", options_);
        check_descriptors();
        check_policy("nas::zero_shot", policy_, space_.inner());
        genotypes_.reserve(options_.batch);
        tasks_.reserve(options_.batch);
        advantages_.reserve(options_.batch);
        own_.reserve(options_.batch);
        read_.reserve(options_.batch * policy_.options().descriptor);
    }

    /// Draws the first weights of a policy of its own; one that was given keeps its.
    void begin(rng& random) {
        if (own_policy_) return policy_.initialize(random);
        policy_.reseed(random);
    }

    const Space& space() const noexcept { return space_; }
    /// The descriptor of each task.
    const std::vector<std::vector<double>>& descriptors() const noexcept { return descriptors_; }
    const policy_type& policy() const noexcept { return policy_; }
    const std::optional<detail::fingerprint>& given_weights() const noexcept { return given_weights_; }
    /// How often the policy was changed.
    std::size_t changes() const noexcept { return changes_; }

    /// Options, those of the network and the descriptors: all that a resumed search must have in common.
    std::string options_text() const {
        std::string text = to_text(options_);
        for (std::size_t t = 0; t < descriptors_.size(); ++t) {
            text += ",descriptor." + std::to_string(t) + "=";
            for (std::size_t i = 0; i < descriptors_[t].size(); ++i) {
                if (i > 0) text += ' ';  // not " " + ...: g++ 12 warns of it at -O3
                text += detail::option_text(descriptors_[t][i]);
            }
        }
        return text;
    }

    /// An architecture for the task that `descriptor` describes, as the policy is now. Throws std::invalid_argument where the
    /// descriptor is not as long as those of the tasks.
    arch_t<inner_space_type> sample_policy(std::span<const double> descriptor, rng& random) const {
        return space_.inner().architecture(policy_.sample(space_.inner(), random, descriptor));
    }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        const std::size_t task = view.asked % descriptors_.size();
        return propose(arch_type{static_cast<std::uint8_t>(task), sample_policy(descriptors_[task], random)});
    }

    void tell(const trial<arch_type>& told, rng&) {
        const double reward = learning_[told.arch.task].reward(told);
        if (reward != reward) return;
        genotypes_.push_back(space_.inner().genotype(told.arch.arch));
        tasks_.push_back(told.arch.task);
        advantages_.push_back(reward);
        if (genotypes_.size() < options_.batch) return;
        learn();
        genotypes_.clear();
        tasks_.clear();
        advantages_.clear();
    }

  private:
    using genotype_type = typename inner_space_type::genotype_type;

    /// What is known of one task.
    struct task_learning {
        reward_or_worst reward;
        advantages advantage;
    };

    [[noreturn]] static void fail(const std::string& what) { throw std::invalid_argument("nas::zero_shot: " + what); }

    static policy_type make_policy(const inner_space_type& space, const std::vector<std::vector<double>>& descriptors,
                                   lstm_policy_options network) {
        if (network.descriptor == 0 && !descriptors.empty()) network.descriptor = descriptors[0].size();
        return policy_type(space, std::move(network));
    }
    static task_learning learning_of_task(const zero_shot_options& options) {
        return {{},
                {{baseline_kind::moving_average, 0, options.momentum},
                 advantage_scale::running,
                 options.momentum,
                 options.advantage_limit}};
    }

    void check_descriptors() const {
        if (descriptors_.size() != space_.tasks().size())
            fail("there are " + std::to_string(descriptors_.size()) + " descriptors for " +
                 std::to_string(space_.tasks().size()) + " tasks");
        const std::size_t wanted = policy_.options().descriptor;
        if (wanted == 0) fail("descriptors must have at least 1 number");
        for (std::size_t t = 0; t < descriptors_.size(); ++t) {
            const std::string start = "the descriptor of task '" + space_.tasks()[t] + "' ";
            if (descriptors_[t].size() != wanted)
                fail(start + "(" + std::to_string(descriptors_[t].size()) + " numbers) must have " +
                     std::to_string(wanted) + " numbers, as the policy's");
            for (const double number : descriptors_[t])
                if (!std::isfinite(number)) fail(start + "must be finite");
        }
    }

    [[gnu::noinline]] void learn() {  // as that of policy_learner
        read_.clear();
        for (const std::size_t task : tasks_)
            read_.insert(read_.end(), descriptors_[task].begin(), descriptors_[task].end());
        for (std::size_t task = 0; task < learning_.size(); ++task) compare_within(task);
        const double share = -1 / static_cast<double>(genotypes_.size());
        std::fill(gradient_.begin(), gradient_.end(), Scalar{0});
        policy_.add_gradient(
            space_.inner(), std::span<const genotype_type>(genotypes_),
            [&](std::size_t k, double, double expected) { return share * (advantages_[k] - expected); },
            share * options_.entropy, std::span<Scalar>(gradient_), read_, advantages_);
        policy_.change(
            [&](std::span<Scalar> parameters) { optimizer_.step(parameters, gradient_, options_.learning_rate); });
        ++changes_;
    }

    /// Turns the rewards of one task's trials in the batch into advantages.
    void compare_within(std::size_t task) {
        own_.clear();
        for (std::size_t k = 0; k < tasks_.size(); ++k)
            if (tasks_[k] == task) own_.push_back(advantages_[k]);
        if (own_.empty()) return;
        learning_[task].advantage(own_);
        auto next = own_.begin();
        for (std::size_t k = 0; k < tasks_.size(); ++k)
            if (tasks_[k] == task) advantages_[k] = *next++;
    }

    Space space_;
    std::vector<std::vector<double>> descriptors_;
    zero_shot_options options_;
    policy_type policy_;
    bool own_policy_ = false;
    std::optional<detail::fingerprint> given_weights_;
    any_optimizer<Scalar> optimizer_;
    std::vector<task_learning> learning_;
    std::size_t changes_ = 0;
    // The batch, and what is needed while learning from it.
    std::vector<genotype_type> genotypes_;
    std::vector<std::size_t> tasks_;
    std::vector<double> advantages_;  // rewards at first
    std::vector<double> own_;
    std::vector<double> read_;
    std::vector<Scalar> gradient_;
};

}  // namespace nas

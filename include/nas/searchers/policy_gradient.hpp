// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include <nas/core/checks.hpp>
#include <nas/core/rng.hpp>
#include <nas/core/trial.hpp>
#include <nas/operators/told_networks.hpp>
#include <nas/policies/policy.hpp>
#include <nas/policies/policy_learner.hpp>

namespace nas {

namespace detail {

/// How often a policy is asked for a network that was not told before the search goes on around what it proposes. 10 to 1000
/// find the same; a recurrent policy's samples are dear.
inline constexpr std::size_t policy_draws = 20;

}  // namespace detail

/// What nas::reinforce, nas::ppo and nas::controller have in common: they propose samples of a policy, and train it on what
/// these are worth. `Options` are a nas::learner_options.
template <class Space, class Policy, class Options>
class policy_gradient {
    static_assert(check_decision_space<Space>());
    static_assert(SequencePolicy<Policy, Space>,
                  "nas: nas::reinforce and nas::ppo need a policy over the decisions of their space: see "
                  "nas::SequencePolicy for its members");

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using policy_type = Policy;
    using options_type = Options;

    const Space& space() const noexcept { return learner_.space(); }
    const Options& options() const noexcept { return learner_.options(); }
    const Policy& policy() const noexcept { return learner_.policy(); }
    /// Of a policy that was given: what its weights were, for headers of histories.
    const auto& given_weights() const noexcept { return learner_.given_weights(); }
    /// A policy of its own is uniform, or drawn at random, until it is changed by the first batch.
    std::size_t initial_trials() const noexcept { return given_weights() ? 0 : options().batch; }
    /// How often the policy was changed.
    std::size_t changes() const noexcept { return learner_.changes(); }

    void begin(rng& random) {
        learner_.begin(random);
        learner_.draw_ahead(random);
    }

    /// An architecture as the policy is now.
    arch_type sample_policy(rng& random) const { return learner_.sample(random); }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        if (options().repeats || learner_.converged()) return learner_.ask(view, random);
        ask_view<arch_type> next = view;
        return told_.propose_new(space(), view, random, detail::policy_draws, [&](rng& own) {
            proposal<arch_type> drawn = *learner_.ask(next, own);
            ++next.attempt;  // only the first one was drawn ahead
            return drawn;
        });
    }

    void tell(const trial<arch_type>& told, rng& random) {
        if (!options().repeats) told_.insert(space(), told);
        if constexpr (requires { options().clip > 0; }) {
            learner_.tell(told, random, [clip = options().clip](double advantage, double log_ratio) {
                return clip > 0 ? clipped_weight(advantage, log_ratio, clip) : advantage;
            });
        } else {
            learner_.tell(told, random, [](double advantage) { return advantage; });
        }
        learner_.draw_ahead(random);
    }

  protected:
    /// See nas::policy_learner.
    policy_gradient(std::string_view owner, Space space, Options options, Policy policy, bool own_policy)
        : learner_(owner, std::move(space), std::move(options), std::move(policy), own_policy) {}

  private:
    policy_learner<Space, Policy, Options> learner_;
    told_networks<Space> told_;
};

}  // namespace nas

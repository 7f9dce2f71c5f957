// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <span>

#include <nas/core/rng.hpp>
#include <nas/core/space.hpp>
#include <nas/core/trial.hpp>
#include <nas/searchers/gp_search/acquisition_cycle.hpp>
#include <nas/searchers/learned_trials.hpp>

namespace nas {

// clang-format off

/// What gp_search knows its trials by. It learns them one by one, also those that failed, and then says, for one step and while
/// `pending` have no value yet, what it believes: of each architecture, and what is the best to improve on.
template <class S, class Space>
concept Surrogate =
    std::default_initializable<typename S::beliefs> &&
    requires(S& surrogate, const S& learned, const Space& space, const trial<arch_t<Space>>& told, rng& random,
             const acquisition_step& step, std::span<const proposal<arch_t<Space>>> pending,
             typename S::beliefs& beliefs, std::span<const arch_t<Space>> archs, std::span<belief> out) {
        { surrogate.learn(space, told, random) } -> std::same_as<void>;
        { learned.trials() } -> std::same_as<const learned_trials<arch_t<Space>>&>;
        { learned.believe(step, space, pending, beliefs) } -> std::same_as<void>;
        { beliefs.of(space, archs, out) } -> std::same_as<void>;
        { beliefs.best() } -> std::convertible_to<double>;
    };

/// It believes something of all architectures of the space at once, by their index, where `enumerated_size()` is not 0.
template <class S, class Space>
concept PooledSurrogate =
    Surrogate<S, Space> && requires(const S& learned, const typename S::beliefs& beliefs, std::size_t index) {
        { learned.enumerated_size() } -> std::convertible_to<std::size_t>;
        { beliefs.of_index(index) } -> std::same_as<belief>;
        { beliefs.most_deviation() } -> std::convertible_to<double>;
    };

// clang-format on

}  // namespace nas

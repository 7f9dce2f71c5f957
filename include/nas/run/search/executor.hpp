// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <nas/core/evaluator.hpp>

namespace nas {

/// An evaluator that may be called from several threads at once: callable as const.
template <class E, class Arch>
concept ConcurrentEvaluator = Evaluator<typename detail::callee<E>::type, Arch>;

namespace detail {

/// What runs the tasks of a batch, as nas::threads does.
template <class T>
inline constexpr bool runs_tasks = requires(T& executor, void (*task)(std::size_t)) {
    executor.for_each(std::size_t{}, task);
};

/// Runs tasks one after the other.
struct serial_executor {
    template <class Task>
    void for_each(std::size_t count, Task&& task) const {
        for (std::size_t i = 0; i < count; ++i) task(i);
    }
};

}  // namespace detail

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <utility>

#include <nas/core/context.hpp>
#include <nas/evaluators/adapter.hpp>

namespace nas {

/// An evaluator whose values, and those of its learning curves, are better the lower they are: all change their sign, since
/// higher is better everywhere else. `nas::minimize(loss)` makes one.
/// May be called from several threads where the evaluator may. Any number of objectives: all of them change.
template <class E>
class minimized_evaluator : public detail::adapter<E> {
  public:
    using detail::adapter<E>::adapter;

    template <class Arch>
        requires detail::ConstEvaluator<E, Arch>
    auto operator()(const Arch& arch, const context& about) const { return negated(this->evaluator_, arch, about); }
    template <class Arch>
        requires detail::SerialEvaluator<E, Arch>
    auto operator()(const Arch& arch, const context& about) { return negated(this->evaluator_, arch, about); }

  private:
    template <class Callee, class Arch>
    static auto negated(Callee& evaluator, const Arch& arch, const context& about) {
        const detail::recording_context recorded(about, -1);
        auto result = detail::call_wrapped(evaluator, arch, recorded.inner());
        for (double& value : result.values) value = -value;
        return result;
    }
};

template <class E>
minimized_evaluator<E> minimize(E evaluator) {
    return minimized_evaluator<E>(std::move(evaluator));
}

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nas/core/evaluator.hpp>

/// What evaluators that wrap another one have in common.
namespace nas::detail {

/// The evaluator may be called from several threads at once, and so may a wrapper without state.
template <class E, class Arch>
concept ConstEvaluator = Evaluator<typename callee<E>::type, Arch>;
template <class E, class Arch>
concept SerialEvaluator = Evaluator<E, Arch> && !ConstEvaluator<E, Arch>;

/// Calls `evaluator` in whichever of its forms it has. Does not catch.
template <class E, class Arch>
auto call_wrapped(E& evaluator, const Arch& arch, const context& about) {
    if constexpr (CallableWithContext<E, Arch>) {
        return evaluation<objectives_of<E, Arch>>(evaluator(arch, about));
    } else {
        return evaluation<objectives_of<E, Arch>>(evaluator(arch));
    }
}

/// The wrapped evaluator, whose metrics and noise are the wrapper's.
template <class E>
class adapter {
  public:
    explicit adapter(E evaluator) : evaluator_(std::move(evaluator)) {}
    const E& evaluator() const noexcept { return evaluator_; }
    std::vector<std::string> metric_names() const { return metric_names_of(evaluator_); }
    evaluation_noise noise() const { return noise_of(evaluator_); }

  protected:
    E evaluator_;
};

/// Reports the points of `curve`, each value times `sign`.
inline void replay(const learning_curve& curve, const context& to, double sign = 1) {
    if (curve.empty()) return;
    const std::size_t width = curve.values.size() / curve.steps.size();
    std::vector<double> values(width);
    for (std::size_t point = 0; point < curve.steps.size(); ++point) {
        for (std::size_t i = 0; i < width; ++i) values[i] = sign * curve.values[point * width + i];
        to.report(curve.steps[point], values);
    }
}

/// Stands between an evaluator and its `outer` context: what is reported to `inner()` is seen here, and passed on, times
/// `sign`, at the end of its life, also where an exception ends it.
class recording_context {
  public:
    explicit recording_context(const context& outer, double sign = 1) noexcept
        : outer_(outer),
          sign_(sign),
          inner_(outer.id(), outer.seed(), outer.fidelity(), &curve_, {&wants_stop, this}, &gave_up_,
                 outer.objectives()) {}
    recording_context(const recording_context&) = delete;
    recording_context& operator=(const recording_context&) = delete;
    ~recording_context() { replay(curve_, outer_, sign_); }

    const context& inner() const noexcept { return inner_; }
    const learning_curve& curve() const noexcept { return curve_; }
    /// Whether the evaluator was told to stop, so that its answer is not to be used.
    bool gave_up() const noexcept { return gave_up_; }

  private:
    static bool wants_stop(const void* self) {
        return static_cast<const recording_context*>(self)->outer_.stop_requested();
    }

    const context& outer_;
    double sign_;
    learning_curve curve_;
    bool gave_up_ = false;
    context inner_;
};

}  // namespace nas::detail

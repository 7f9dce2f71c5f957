// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <exception>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <nas/core/context.hpp>
#include <nas/core/evaluator.hpp>
#include <nas/core/machine_limit.hpp>
#include <nas/core/rng.hpp>
#include <nas/core/trial.hpp>

namespace nas::detail {

/// Why an evaluation's metrics do not fit an evaluator that names `names` of them; empty where they do.
template <std::size_t Objectives>
std::string wrong_metrics(const evaluation<Objectives>& result, std::size_t names) {
    if (result.metrics.empty() || result.metrics.size() == names) return {};
    return "nas::search: the evaluation has " + std::to_string(result.metrics.size()) +
           " metrics, but the evaluator's metric_names() has " + std::to_string(names);
}

/// Makes a failed trial of one whose values are not finite, or whose cost is no number of seconds.
template <std::size_t Objectives>
void fail_unless_sound(evaluation<Objectives>& result) {
    if (!(result.cost >= 0 && result.cost - result.cost == 0)) {  // NaN and infinity fail the second
        result.cost = 0;
        result.status = trial_status::failed;
        result.reason = "the evaluator's cost is not a finite number of seconds >= 0";
    } else if (result.completed() && !all_finite(result.values)) {
        result.status = trial_status::failed;
        result.reason = "the evaluator's value is not finite";
    }
}

/// `result` is new, or what the trial before left: a plain number touches neither its string nor its vector.
template <std::size_t Objectives, class Answer>
void assign(evaluation<Objectives>& result, Answer&& answer) {
    using plain = std::remove_cvref_t<Answer>;
    if constexpr (std::is_same_v<plain, evaluation<Objectives>>) {
        const bool numbers_only =
            result.metrics.empty() && result.reason.empty() && answer.metrics.empty() && answer.reason.empty();
        if (!numbers_only) {
            result = std::forward<Answer>(answer);
            return;
        }
        result.values = answer.values;
        result.cost = answer.cost;
        result.status = answer.status;
    } else {
        if (!result.completed()) result = evaluation<Objectives>();
        if constexpr (std::is_arithmetic_v<plain>) {
            result.values[0] = static_cast<double>(answer);
        } else {
            result.values = answer;
        }
    }
}

/// Makes an answer what is recorded; `metrics`: how many the evaluator names. Throws fatal_error where it has others.
template <std::size_t Objectives>
void check_answer(evaluation<Objectives>& result, std::size_t metrics) {
    if (!result.metrics.empty())
        if (const std::string wrong = wrong_metrics(result, metrics); !wrong.empty()) throw fatal_error(wrong);
    fail_unless_sound(result);
}

/// Calls `evaluate()`. What it throws is a failed trial, and goes to `failed` as its reason, or else a fatal_error.
template <class Evaluate, class Failed>
void catch_failure(const char* who, Evaluate&& evaluate, Failed&& failed) {
    try {
        evaluate();
    } catch (const fatal_error&) {
        throw;
    } catch (const std::exception& error) {
        if (is_machine_limit(error)) throw fatal_error(who + (": " + machine_limit_text(error)));
        failed(error.what());
    } catch (...) {
        failed("the evaluator threw something that is not a std::exception");
    }
}

/// Evaluates one proposal, with the generator of its number; lets fatal errors out. `metrics`: how many the evaluator names.
/// `gave_up`: it was told that the search is interrupted, and `result` means nothing.
template <class Evaluator, class Arch, std::size_t Objectives>
void evaluate(Evaluator& evaluator, const proposal<Arch>& asked, const streams& random, const stop_query& stop,
              std::size_t metrics, evaluation<Objectives>& result, learning_curve& curve, bool& gave_up) {
    catch_failure(
        "nas::search",
        [&] {
            if constexpr (CallableWithContext<Evaluator, Arch>) {
                const context about(asked.id, random.seed(asked.id, purpose::evaluate), asked.fidelity, &curve, stop,
                                    &gave_up, Objectives);
                assign(result, evaluator(asked.arch, about));
            } else {
                assign(result, evaluator(asked.arch));
            }
        },
        [&](const char* reason) { result = evaluation<Objectives>::failure(reason); });
    check_answer(result, metrics);
}

/// Calls evaluate_batch. One that throws has failed for all; one with too few answers is a mistake in the set-up.
template <std::size_t Objectives, class Evaluator, class Arch>
std::vector<evaluation<Objectives>> evaluate_together(const char* who, const Evaluator& evaluator,
                                                      std::span<const Arch> archs, std::span<const context> abouts) {
    std::vector<evaluation<Objectives>> answers;
    catch_failure(
        who, [&] { answers = unwrapped(evaluator).evaluate_batch(archs, abouts); },
        [&](const char* reason) { answers.assign(archs.size(), evaluation<Objectives>::failure(reason)); });
    if (answers.size() != archs.size())
        throw fatal_error(std::string(who) + ": the evaluator's evaluate_batch was given " +
                          std::to_string(archs.size()) + " architectures and answered " +
                          std::to_string(answers.size()));
    return answers;
}

}  // namespace nas::detail

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/history.hpp>
#include <nas/testing/answer.hpp>
#include <nas/testing/histories.hpp>
#include <nas/testing/report.hpp>

namespace nas::testing {

struct evaluator_law_options {
    std::uint64_t seed = 1;
    std::size_t samples = 50;         ///< random architectures that are evaluated
    double fidelity = full_fidelity;  ///< at which
};

namespace detail {

template <std::size_t Objectives>
std::string difference(const evaluation<Objectives>& a, const evaluation<Objectives>& b) {
    if (a.status != b.status) return "statuses differ";
    if (a.reason != b.reason) return "reasons '" + a.reason + "' and '" + b.reason + "'";
    if (!same_numbers(a.values, b.values))
        return "values " + std::to_string(a.values[0]) + " and " + std::to_string(b.values[0]);
    if (!same_number(a.cost, b.cost)) return "costs " + std::to_string(a.cost) + " and " + std::to_string(b.cost);
    if (!same_numbers(a.metrics, b.metrics)) return "metrics differ";
    return "";
}

}  // namespace detail

/// What an evaluator does against the laws of evaluators: `law: how`; nothing where all hold. The same architecture and
/// context give the same evaluation and learning curve, in any order and after any others; costs are finite and not negative;
/// there is a metric for each name; an evaluation that is not completed says why; what evaluate_batch answers are the same
/// evaluations. An exception is an answer like another.
template <class Evaluator, SearchSpace Space>
std::vector<std::string> evaluator_violations(Evaluator& evaluator, const Space& space,
                                              const evaluator_law_options& options = {}) {
    static_assert(check_evaluator<Evaluator, arch_t<Space>>());
    constexpr std::size_t objectives = objectives_of<Evaluator, arch_t<Space>>;
    struct answer {
        evaluation<objectives> result;
        learning_curve curve;
    };
    law_report report;
    rng random{options.seed};
    std::vector<arch_t<Space>> archs;
    for (std::size_t i = 0; i < options.samples; ++i) archs.push_back(space.sample(random));

    const auto ask = [&](std::size_t i) {
        answer given;
        try {
            const context about(static_cast<trial_id>(i), streams{options.seed}.seed(i, purpose::evaluate),
                                options.fidelity, &given.curve);
            given.result = detail::answer_of(evaluator, archs[i], about);
        } catch (const std::exception& error) {
            given.result = evaluation<objectives>::failure(error.what());
        }
        return given;
    };
    std::vector<answer> first;
    for (std::size_t i = 0; i < archs.size(); ++i) first.push_back(ask(i));
    for (std::size_t i = archs.size(); i-- > 0;) {
        const answer again = ask(i);
        const std::string difference = detail::difference(first[i].result, again.result);
        report.expect(difference.empty() && first[i].curve == again.curve,
                      "the same architecture and context give the same evaluation", [&] {
                          return std::string(space.describe(archs[i])) + ": " +
                                 (difference.empty() ? "curves differ" : difference);
                      });
    }
    std::size_t metrics = 0;
    if constexpr (HasMetricNames<Evaluator>) metrics = evaluator.metric_names().size();
    for (std::size_t i = 0; i < archs.size(); ++i) {
        const evaluation<objectives>& result = first[i].result;
        const auto here = [&] { return std::string(space.describe(archs[i])); };
        report.expect(result.cost >= 0 && result.cost - result.cost == 0, "costs are finite and not negative",
                      [&] { return here() + " costs " + std::to_string(result.cost); });
        report.expect(result.metrics.empty() || result.metrics.size() == metrics, "there is a metric for each name",
                      [&] {
                          return here() + " has " + std::to_string(result.metrics.size()) + " for " +
                                 std::to_string(metrics) + " names";
                      });
        report.expect(result.completed() || !result.reason.empty(), "what is not completed says why", here);
        report.expect(first[i].curve.values.size() == objectives * first[i].curve.steps.size(),
                      "reports have a value for each objective", here);
    }
    if constexpr (BatchEvaluator<Evaluator, arch_t<Space>>) {
        std::vector<learning_curve> curves(archs.size());
        std::vector<context> abouts;
        for (std::size_t i = 0; i < archs.size(); ++i)
            abouts.emplace_back(static_cast<trial_id>(i), streams{options.seed}.seed(i, purpose::evaluate),
                                options.fidelity, &curves[i]);
        const auto results =
            nas::detail::unwrapped(evaluator).evaluate_batch(std::span<const arch_t<Space>>(archs), abouts);
        report.expect(results.size() == archs.size(), "evaluate_batch has an answer for each",
                      [&] { return std::to_string(results.size()) + " for " + std::to_string(archs.size()); });
        for (std::size_t i = 0; i < archs.size() && results.size() == archs.size(); ++i) {
            const std::string difference = detail::difference(first[i].result, results[i]);
            report.expect(difference.empty() && first[i].curve == curves[i],
                          "evaluate_batch answers what single calls answer", [&] {
                              return std::string(space.describe(archs[i])) + ": " +
                                     (difference.empty() ? "curves differ" : difference);
                          });
        }
    }
    return std::move(report).violations();
}

}  // namespace nas::testing

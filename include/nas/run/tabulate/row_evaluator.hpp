// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/context.hpp>
#include <nas/core/evaluator.hpp>
#include <nas/core/options.hpp>
#include <nas/core/utf8.hpp>
#include <nas/run/search/evaluate.hpp>
#include <nas/run/tabulate/tabulated.hpp>

namespace nas::detail {

/// Evaluates rows of a table.
template <class Space, class E>
class row_evaluator {
    using arch_type = arch_t<Space>;
    static_assert(check_evaluator<E, arch_type>());
    static_assert(check_visible_callee<E>());
    static_assert(
        Evaluator<typename callee<E>::type, arch_type>,
        "nas: this evaluator changes when it is called, so that rows would depend on their order; make its call "
        "operator const");
    static constexpr std::size_t objectives = objectives_of<const E, arch_type>;
    using evaluation_type = evaluation<objectives>;

  public:
    using row_type = tabulated<arch_type, objectives>;

    row_evaluator(const Space& space, const E& evaluator, const tabulate_options& options)
        : space_(space), evaluator_(evaluator), options_(options), fidelities_(options.fidelities) {
        if (fidelities_.empty()) fidelities_ = {full_fidelity};
    }

    /// How many rows one call evaluates.
    std::size_t batch() const noexcept { return BatchEvaluator<E, arch_type> ? options_.batch : 1; }

    /// Rows `first` to `first` + `count`; without those whose evaluator was told to stop. Throws fatal_error.
    std::vector<row_type> operator()(std::uint64_t first, std::size_t count, stop_query stop) const {
        std::vector<started> all(count);
        for (std::size_t i = 0; i < count; ++i) start(first + i, all[i]);
        evaluate(all, stop);
        std::vector<row_type> rows;
        for (started& one : all) {
            if (!one.gave_up) finish(one, stop);
            if (!one.gave_up) rows.push_back(std::move(one.row));
        }
        return rows;
    }

  private:
    struct started {
        row_type row = {};
        learning_curve curve = {};
        bool gave_up = false;
    };

    void start(std::uint64_t number, started& one) const {
        row_type& row = one.row;
        row.number = number;
        row.index = number / options_.repeats;
        row.repeat = static_cast<std::size_t>(number % options_.repeats);
        row.seed = tabulated_seed(options_.seed, row.index, row.repeat);
        row.arch = space_.at(row.index);
        row.values.resize(fidelities_.size());
    }

    static context about(started& one, double fidelity, learning_curve* curve, stop_query stop) {
        return {static_cast<trial_id>(one.row.number), one.row.seed, fidelity, curve, stop, &one.gave_up, objectives};
    }

    // At the largest fidelity.
    void evaluate(std::vector<started>& all, stop_query stop) const {
        if constexpr (BatchEvaluator<E, arch_type>) {
            std::vector<arch_type> archs;
            std::vector<context> abouts;
            for (started& one : all) {
                archs.push_back(one.row.arch);
                abouts.push_back(about(one, fidelities_.back(), &one.curve, stop));
            }
            auto results =
                evaluate_together<objectives>("nas::tabulate", evaluator_, std::span<const arch_type>(archs), abouts);
            for (std::size_t i = 0; i < all.size(); ++i) all[i].row.result = std::move(results[i]);
        } else {
            for (started& one : all)
                one.row.result = call(one.row.arch, about(one, fidelities_.back(), &one.curve, stop));
        }
    }

    // What the curve says of lower fidelities, or else the evaluator.
    void finish(started& one, stop_query stop) const {
        row_type& row = one.row;
        for (std::size_t i = fidelities_.size(); i-- > 0 && row.result.completed() && !one.gave_up;) {
            if (find(one.curve, fidelities_[i], row.values[i])) continue;
            if (i + 1 == fidelities_.size()) {
                row.values[i] = row.result.values;
            } else if (one.curve.empty()) {
                evaluation_type less = call(row.arch, about(one, fidelities_[i], nullptr, stop));
                row.values[i] = less.values;
                if (!less.completed()) row.result = std::move(less);
            } else {
                throw fatal_error("nas::tabulate: the learning curve of " + std::string(space_.describe(row.arch)) +
                                  " has no step " + option_text(fidelities_[i]));
            }
        }
        fail_unless_sound(row.result);
        for (const auto& values : row.values)
            if (row.result.completed() && !all_finite(values))
                row.result = evaluation_type::failure("the evaluator's value is not finite", row.result.cost);
        row.result.reason = valid_utf8(std::move(row.result.reason));  // whatever a program or an exception said
        if (!row.result.completed())
            for (auto& values : row.values) values.fill(std::numeric_limits<double>::quiet_NaN());
    }

    evaluation_type call(const arch_type& arch, const context& about) const {
        evaluation_type answer;
        catch_failure(
            "nas::tabulate",
            [&] {
                if constexpr (CallableWithContext<const E, arch_type>) {
                    answer = evaluation_type(evaluator_(arch, about));
                } else {
                    answer = evaluation_type(evaluator_(arch));
                }
            },
            [&](const char* reason) { answer = evaluation_type::failure(reason); });
        return answer;
    }

    /// The values that were reported at `step`, the last time.
    static bool find(const learning_curve& curve, double step, std::array<double, objectives>& values) {
        for (std::size_t i = curve.steps.size(); i-- > 0;) {
            if (curve.steps[i] != step) continue;
            std::copy_n(curve.values.begin() + static_cast<std::ptrdiff_t>(i * objectives), objectives, values.begin());
            return true;
        }
        return false;
    }

    const Space& space_;
    const E& evaluator_;
    const tabulate_options& options_;
    std::vector<double> fidelities_;
};

}  // namespace nas::detail

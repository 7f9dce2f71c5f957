// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nas/report/search_outcome.hpp>
#include <nas/run/stop_rules.hpp>

#include "options.hpp"

namespace mock_bench {

/// What is searched, in words and numbers. Values are as the table has them, also where lower is better.
struct problem_facts {
    std::string title;       ///< what it is called
    std::string detail;      ///< how large it is, one line
    std::string space = {};  ///< what says what the decisions are: --space, or a file; empty: the codes
    std::string reward_name;
    std::string recommendation = {};        ///< the rule's name; empty where searches take their best trials home
    std::string score_name;                 ///< what searchers are compared by: the first report, or the reward
    std::vector<std::string> report_names;  ///< further columns, the first of them the score where there are any
    bool higher_is_better = true;
    bool has_cost = false;
    bool draws = false;          ///< whether a search may see other values of an architecture the next time
    bool has_gaps = false;       ///< whether there are architectures without a row that do not end a search
    double optimum = 0;          ///< the best score there is
    bool proven = true;          ///< whether there is no better one; otherwise it is the best that is known
    std::string predictor = {};  ///< of architectures without a row; empty where they have no value
    std::optional<double> predictor_kendall = std::nullopt;  ///< its rank correlation with rows, cross-validated
    std::string predictor_remark = {};                       ///< a line on it, for people
    // Of all architectures, where they can be listed:
    std::string optimum_code = {};                 ///< the first that has the best score
    std::optional<double> average = std::nullopt;  ///< their mean score
    double architectures = 0;                      ///< how many have a value
    double space_size = 0;                         ///< how many the space has
    std::size_t decisions = 0;
    std::size_t rows = 0;  ///< of a table, replicates included
};

/// A search of which no trial is completed.
class no_result : public usage_error {
  public:
    using usage_error::usage_error;
};

/// How long a search took its thread.
struct step_time {
    std::size_t trials = 0;
    double seconds = 0;  ///< of the whole search
    double evaluator_seconds =
        0;  ///< of the evaluator alone, called again for the same architectures in the same order
};

/// A space with an evaluator, and searchers on it: hides the type of the space. `run` and `measure` may be called from
/// several threads.
class problem {
  public:
    virtual ~problem() = default;
    problem(const problem&) = delete;
    problem& operator=(const problem&) = delete;

    const problem_facts& facts() const noexcept { return facts_; }

    /// The registered searchers that can search this space.
    virtual std::vector<std::string> known_searchers() const = 0;

    /// Adds `name:option=value,...`. Returns it without searches, named by what it was given beyond the defaults. Throws
    /// std::invalid_argument.
    virtual nas::contestant add_searcher(std::string_view text) = 0;

    /// How many trials that searcher samples before it learns.
    virtual std::size_t initial_trials(std::size_t searcher) const = 0;

    /// One search by the searcher that was added as number `searcher`, as it stands where each of `limits` ends it: they rise,
    /// and a history is the beginning of every longer one. Nothing where it was interrupted (nas::interrupt). Throws no_result
    /// where no trial is completed by the first of them, nas::fatal_error.
    virtual std::optional<std::vector<nas::search_outcome>> run(std::size_t searcher, std::uint64_t seed,
                                                                std::span<const nas::run_options> limits) const = 0;

    /// The same search with a clock beside it. Nothing where it was interrupted.
    virtual std::optional<step_time> measure(std::size_t searcher, std::uint64_t seed,
                                             const nas::run_options& limits) const = 0;

  protected:
    explicit problem(problem_facts facts) : facts_(std::move(facts)) {}

  private:
    problem_facts facts_;
};

/// Reads the table or makes the landscape. Throws usage_error, nas::csv_error, std::invalid_argument.
std::unique_ptr<problem> open_problem(const bench_options& options);

/// Searchers, and what to tell of them and of others.
struct added_searchers {
    std::vector<nas::contestant> all;
    std::string remarks;  ///< what presets are, and why others are not among them: a line each
};

/// Adds the searchers that the options name, in this order; `all` is those that do not refuse the space, as grid search
/// refuses one of 2^64 architectures. Throws usage_error where one comes twice, std::invalid_argument.
added_searchers add_searchers(problem& where, const std::vector<std::string>& texts);

/// A line for each of these searchers, in the order of adding, that is random search as long as there are no more than `trials`.
std::string sampling_only(const problem& where, const std::vector<nas::contestant>& searchers, std::size_t trials);

/// Searchers, landscapes and spaces with their options, for people.
std::string list_everything();

}  // namespace mock_bench

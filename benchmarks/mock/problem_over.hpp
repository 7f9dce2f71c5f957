// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/rng.hpp>
#include <nas/operators/identity.hpp>
#include <nas/report/leaderboard.hpp>
#include <nas/report/recommend.hpp>
#include <nas/run/interrupt.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/registry.hpp>

#include "cpu_time.hpp"
#include "problem.hpp"

namespace mock_bench {

/// An evaluator over `Space`, its type hidden.
template <class Space>
struct hidden_evaluator {
    std::function<nas::evaluation<>(const nas::arch_t<Space>&, const nas::context&)> call;
    nas::evaluation_noise kind = nas::evaluation_noise::none;

    nas::evaluation<> operator()(const nas::arch_t<Space>& arch, const nas::context& about) const {
        return call(arch, about);
    }
    nas::evaluation_noise noise() const { return kind; }
};

/// An evaluator and what is known of its architectures.
template <class Space>
struct judged_evaluator {
    using arch_type = nas::arch_t<Space>;
    hidden_evaluator<Space> evaluate = {};
    std::function<double(const arch_type&)>
        reward;  ///< the mean over replicates or noise, in the table's own direction
    std::function<std::vector<double>(const arch_type&)> reports;  ///< as problem_facts::report_names
    std::function<bool(const arch_type&)> knows = {};              ///< whether it has a row; empty where all have
    std::function<bool(const arch_type&)> predicts = {};  ///< whether its value is predicted; empty where none is
    std::vector<double> scores = {};  ///< of all architectures, best first; empty where they cannot be listed
};

/// A searcher's text with those options only that are not at their defaults.
inline std::string short_name(std::string_view name, const std::string& options, const std::string& defaults) {
    std::string kept;
    std::string_view rest = options;
    const std::string all = ',' + defaults + ',';
    while (!rest.empty()) {
        const std::string_view item = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), item.size() + 1));
        if (all.find(',' + std::string(item) + ',') == std::string::npos)
            kept += (kept.empty() ? "" : ",") + std::string(item);
    }
    return nas::join_searcher_text(name, kept);
}

template <class Space>
class problem_over final : public problem {
    using arch_type = nas::arch_t<Space>;

  public:
    problem_over(problem_facts facts, Space space, judged_evaluator<Space> evaluator)
        : problem(std::move(facts)), space_(std::move(space)), evaluator_(std::move(evaluator)) {
        if (nas::recommendation_rule rule{}; nas::detail::parse_option(this->facts().recommendation, rule))
            rule_ = rule;
    }

    std::vector<std::string> known_searchers() const override {
        std::vector<std::string> names;
        for (const auto& info : nas::searchers<Space>())
            if (info.obstacle.empty()) names.push_back(info.name);
        return names;
    }

    nas::contestant add_searcher(std::string_view text) override {
        auto made = nas::make_searcher(space_, text);
        const std::string defaults = nas::make_searcher(space_, made.name()).options_text();
        nas::contestant added{short_name(made.name(), made.options_text(), defaults), made.options_text(), {}};
        searchers_.push_back(std::move(made));
        return added;
    }

    std::size_t initial_trials(std::size_t searcher) const override { return searchers_[searcher].initial_trials(); }

    std::optional<std::vector<nas::search_outcome>> run(std::size_t searcher, std::uint64_t seed,
                                                        std::span<const nas::run_options> limits) const override {
        auto search = make_search(searcher, seed);
        std::vector<nas::search_outcome> outcomes;
        for (const nas::run_options& limit : limits) {
            if (search.run(limit) == nas::stop_reason::interrupted) return std::nullopt;
            outcomes.push_back(look_at(search, searcher, seed));
        }
        return outcomes;
    }

    std::optional<step_time> measure(std::size_t searcher, std::uint64_t seed,
                                     const nas::run_options& limits) const override {
        auto search = make_search(searcher, seed);
        const double start = thread_seconds();
        if (search.run(limits) == nas::stop_reason::interrupted) return std::nullopt;
        step_time time{.trials = search.history().size(), .seconds = thread_seconds() - start};

        std::vector<arch_type> archs;
        archs.reserve(time.trials);
        for (std::size_t row = 0; row < time.trials; ++row) archs.push_back(search.history().arch(row));
        const nas::streams streams(seed);
        double sum = 0;
        const double again = thread_seconds();
        for (std::size_t row = 0; row < time.trials; ++row) {
            const auto id = static_cast<nas::trial_id>(row);
            sum += evaluator_
                       .evaluate(archs[row],
                                 nas::context(id, streams.seed(id, nas::purpose::evaluate), nas::full_fidelity))
                       .values[0];
        }
        time.evaluator_seconds = thread_seconds() - again;
        volatile double used = sum;  // keeps the loop
        static_cast<void>(used);
        return time;
    }

  private:
    auto make_search(std::size_t searcher, std::uint64_t seed) const {
        nas::search search{searchers_[searcher], std::cref(evaluator_.evaluate), {.seed = seed}};
        search.stop_when(nas::interrupt_requested);
        return search;
    }

    template <class Search>
    nas::search_outcome look_at(const Search& search, std::size_t searcher, std::uint64_t seed) const {
        const auto& history = search.history();
        if (!history.has_best())
            throw no_result("none of the " + std::to_string(history.size()) + " trials of '" +
                            searchers_[searcher].name() + "' with seed " + std::to_string(seed) + " is completed" +
                            (history.empty() ? std::string() : ": " + history.reason(0)));
        nas::search_outcome outcome;
        outcome.seed = seed;
        outcome.course = nas::trace_best(history, [this](const arch_type& arch) { return score(arch); });
        const std::size_t best = history.best_row();
        outcome.incumbent = judge(history.arch(best), history.value(best));
        if (rule_) outcome.recommended = recommend(history, search.searcher());
        if (search.searcher().has_policy()) outcome.policy_reward = policy_reward(search.searcher(), seed);
        count_trials(history, outcome);
        return outcome;
    }

    /// By the rule; by the default one where it asks for a policy and there is none.
    nas::finding recommend(const auto& history, const nas::any_searcher<Space>& searcher) const {
        using nas::recommendation_rule;
        const bool lacks_policy = *rule_ == recommendation_rule::final_policy && !searcher.has_policy();
        const auto found = nas::recommend(history, searcher, lacks_policy ? nas::default_recommendation : *rule_);
        return judge(found->arch, found->value);
    }

    /// `value` is what the search takes it to be worth.
    nas::finding judge(const arch_type& arch, double value) const {
        nas::finding found;
        found.code = space_.describe(arch);
        found.seen = sign() * value;
        found.score = score(arch);
        found.reward = evaluator_.reward(arch);
        found.reports = evaluator_.reports(arch);
        const auto& all = evaluator_.scores;
        const auto better = [this](double a, double b) { return sign() * a > sign() * b; };
        if (!all.empty())
            found.rank =
                static_cast<double>(1 + (std::lower_bound(all.begin(), all.end(), found.score, better) - all.begin()));
        return found;
    }

    /// How many networks there are among the trials, how many trials failed, have no row or are predicted, which was the first of an optimum, and
    /// the digest of all.
    template <class History>
    void count_trials(const History& history, nas::search_outcome& outcome) const {
        nas::identity_set<nas::network_t<Space>> networks;
        std::uint64_t digest = history.size();
        for (std::size_t row = 0; row < history.size(); ++row) {
            const arch_type arch = history.arch(row);
            auto identity = nas::identity_of(space_, arch);
            digest = nas::detail::mix64(digest ^ nas::detail::hash_of(identity));
            if constexpr (nas::KeyedSpace<Space>) {
                networks.insert(nas::network_of(space_, arch));
            } else {
                networks.insert(std::move(identity));
            }
            if (history.completed(row)) {
                digest = nas::detail::mix64(digest + std::bit_cast<std::uint64_t>(history.value(row)));
            } else {
                ++outcome.failed;
            }
            if (evaluator_.predicts && evaluator_.predicts(arch)) ++outcome.predicted;
            if (evaluator_.knows && !evaluator_.knows(arch)) {
                ++outcome.unknown;
            } else if (!outcome.first_hit && history.completed(row) && is_optimum(worth(history, row, arch))) {
                outcome.first_hit = row + 1;
            }
        }
        outcome.distinct = networks.size();
        outcome.digest = digest;
    }

    /// Of 200 architectures, drawn with a stream that no trial has.
    double policy_reward(const nas::any_searcher<Space>& searcher, std::uint64_t seed) const {
        constexpr int samples = 200;
        nas::rng random = nas::streams(seed)(nas::no_trial, nas::purpose::ask);
        double sum = 0;
        for (int i = 0; i < samples; ++i) sum += evaluator_.reward(searcher.sample_policy(random));
        return sum / samples;
    }

    /// The score of a trial's architecture, which need not be asked for where the trial saw it: a prediction takes its time.
    template <class History>
    double worth(const History& history, std::size_t row, const arch_type& arch) const {
        const bool seen = !facts().draws && facts().report_names.empty();
        return seen ? sign() * history.value(row) : score(arch);
    }

    /// Better ones there are where the optimum is only the best that is known.
    bool is_optimum(double score) const {
        const double optimum = facts().optimum;
        return sign() * score > sign() * optimum || nas::detail::same_score(score, optimum);
    }

    double sign() const { return facts().higher_is_better ? 1 : -1; }

    double score(const arch_type& arch) const {
        return facts().report_names.empty() ? evaluator_.reward(arch) : evaluator_.reports(arch)[0];
    }

    Space space_;
    judged_evaluator<Space> evaluator_;
    std::optional<nas::recommendation_rule> rule_ = std::nullopt;
    std::vector<nas::any_searcher<Space>> searchers_;
};

}  // namespace mock_bench

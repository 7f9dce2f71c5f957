// SPDX-License-Identifier: Apache-2.0
#include "study.hpp"

#include <algorithm>
#include <atomic>

#include <nas/report/csv_writer.hpp>
#include <nas/report/statistics.hpp>
#include <nas/run/interrupt.hpp>
#include <nas/run/parallel.hpp>

namespace mock_bench {

namespace {

/// Takes the seeds out with which a search has no result: `missing` says why, by searcher + seed * searchers.
std::string leave_out(const std::vector<std::string>& missing, std::vector<searches_at>& looks) {
    const auto first = std::find_if(missing.begin(), missing.end(), [](const auto& why) { return !why.empty(); });
    if (first == missing.end()) return "";
    const std::size_t count = looks.front().searchers.size();
    const std::size_t seeds = missing.size() / count;
    std::size_t left = 0;
    for (std::size_t seed = 0; seed < seeds; ++seed) {
        const auto begin = missing.begin() + static_cast<std::ptrdiff_t>(seed * count);
        if (std::any_of(begin, begin + static_cast<std::ptrdiff_t>(count),
                        [](const auto& why) { return !why.empty(); }))
            continue;
        if (seed != left)
            for (searches_at& look : looks)
                for (nas::contestant& one : look.searchers) one.searches[left] = std::move(one.searches[seed]);
        ++left;
    }
    if (left == 0) throw usage_error(*first);
    for (searches_at& look : looks)
        for (nas::contestant& one : look.searchers) one.searches.resize(left);
    return std::to_string(seeds - left) + " of " + std::to_string(seeds) + " seeds " +
           (seeds - left == 1 ? "is" : "are") + " left out, the first because " + *first + ".\n";
}

}  // namespace

std::optional<study_result> run_searches(const problem& where, const bench_options& options,
                                         const std::vector<nas::contestant>& searchers, progress& shown) {
    const std::size_t count = searchers.size();
    study_result result;
    std::vector<nas::run_options> limits;
    for (const std::size_t trials : options.trials) {
        limits.push_back({.trials = trials, .cost = options.budget});
        result.looks.push_back({trials, searchers});
        for (nas::contestant& one : result.looks.back().searchers) one.searches.resize(options.seeds);
    }
    std::vector<std::string> missing(count * options.seeds);  // why a search has no result
    std::atomic<bool> cut_short = false;
    nas::threads pool(std::min(options.threads, count * options.seeds));
    pool.for_each(count * options.seeds, [&](std::size_t task) {
        if (cut_short) return;
        const std::size_t searcher = task % count;
        const std::size_t seed = task / count;
        try {
            auto outcomes = where.run(searcher, options.seed + seed, limits);
            if (!outcomes) {
                cut_short = true;
                return;
            }
            for (std::size_t i = 0; i < limits.size(); ++i)
                result.looks[i].searchers[searcher].searches[seed] = std::move((*outcomes)[i]);
        } catch (const no_result& error) {
            missing[task] = error.what();
        } catch (...) {
            cut_short = true;  // the others need not be run to say what is wrong
            throw;
        }
        shown.step();
    });
    if (cut_short) return std::nullopt;
    result.left_out = leave_out(missing, result.looks);
    return result;
}

std::string raise_optimum(problem_facts& facts, const std::vector<searches_at>& looks) {
    if (facts.proven) return "";
    const double sign = facts.higher_is_better ? 1 : -1;
    const double known = facts.optimum;
    std::size_t better = 0;
    std::size_t searches = 0;
    for (const nas::contestant& one : looks.back().searchers) {
        for (const nas::search_outcome& search : one.searches) {
            double best = known;
            for (const auto& step : search.course.steps)
                if (sign * step.value > sign * best) best = step.value;
            if (sign * best > sign * facts.optimum) facts.optimum = best;
            better += best != known ? 1U : 0U;
            ++searches;
        }
    }
    if (better == 0) return "";
    return std::to_string(better) + " of " + std::to_string(searches) + " searches found better than " +
           nas::csv_number(known) +
           ", the best that climbing from the best rows finds: hits are what is at least as good as " +
           "that, regret is the distance to the best of them.\n";
}

std::optional<std::vector<step_timing>> time_steps(const problem& where, const bench_options& options,
                                                   const std::vector<nas::contestant>& searchers) {
    constexpr std::size_t most_searches = 21;
    constexpr double most_seconds = 0.5;  // of one searcher
    const nas::run_options limits{.trials = options.trials.back(), .cost = options.budget};
    std::vector<std::vector<double>> steps(searchers.size());
    std::vector<double> spent(searchers.size(), 0);
    std::vector<step_timing> timings(searchers.size());
    for (std::size_t round = 0; round < most_searches; ++round) {
        for (std::size_t i = 0; i < searchers.size(); ++i) {
            if (spent[i] > most_seconds) continue;
            const auto time = where.measure(i, options.seed + round % options.seeds, limits);
            if (!time) return std::nullopt;
            if (time->trials == 0) continue;
            const auto trials = static_cast<double>(time->trials);
            steps[i].push_back(std::max(0.0, time->seconds - time->evaluator_seconds) / trials * 1e9);
            timings[i].trials_mean += trials;
            spent[i] += time->seconds + time->evaluator_seconds;
        }
    }
    for (std::size_t i = 0; i < searchers.size(); ++i) {
        timings[i].searcher = searchers[i].name;
        timings[i].searches = steps[i].size();
        if (steps[i].empty()) continue;
        timings[i].trials_mean /= static_cast<double>(steps[i].size());
        timings[i].step_ns_median = nas::quantile(steps[i], 0.5);
    }
    return timings;
}

}  // namespace mock_bench

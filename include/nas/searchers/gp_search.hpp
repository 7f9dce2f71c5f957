// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/options.hpp>
#include <nas/networks/scratch.hpp>
#include <nas/operators/neighbors.hpp>
#include <nas/operators/told_networks.hpp>
#include <nas/predictors/acquisitions.hpp>
#include <nas/predictors/gaussian_process/growing_process.hpp>
#include <nas/predictors/normal_scores.hpp>

namespace nas {

struct gp_search_options {
    std::size_t initial = 10;
    std::size_t enumerated = 1U << 18U;
    std::size_t candidates = 500;
    std::size_t climbs = 20;
    std::size_t iterations = 8;
    std::size_t fitted = 128;
    double fit_growth = 0.2;
    std::size_t observations = 1000;

    static constexpr void fields(auto&& visit) {
        using o = gp_search_options;
        visit(&o::initial, field{"initial", 2, 1e6, "measured: 5 to 10 are alike", "random architectures at first"});
        visit(&o::enumerated, field{"enumerated", 0, 1e7, "40 ms a step",
                                    "architectures of a space, up to which all are compared at each step"});
        visit(&o::candidates, field{"candidates", 1, 1e6, "", "random architectures that are compared in larger ones"});
        visit(&o::climbs, field{"climbs", 0, 1e4, "", "steps to better neighbours from the best of these, at most"});
        visit(&o::iterations, field{"iterations", 1, 1e4, "", "steps of a fit of the hyper-parameters, twice as many of the first"});
        visit(&o::fitted, field{"fitted", 2, 4096, "", "networks to fit these to, at most"});
        visit(&o::fit_growth, field{"fit_growth", 0, 10, "", "more observations than at the last fit, as a share, before the next"});
        visit(&o::observations, field{"observations", 16, 1e4, "", "networks that it remembers, at most; then it keeps half"});
    }
};

template <class Space>
class gp_search {
    static_assert(check_decision_space<Space>());
    static_assert(check_neighbor_space<Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = gp_search_options;

    explicit gp_search(Space space, gp_search_options options = {})
        : space_(std::move(space)), options_(options), process_(space_, options.enumerated) {
        check_options("nas::gp_search", options_);
    }

    const Space& space() const noexcept { return space_; }
    const gp_search_options& options() const noexcept { return options_; }
    std::size_t initial_trials() const noexcept { return options_.initial; }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        if (completed_ < 2 || process_.size() + view.pending.size() < options_.initial)
            return told_.sample_new(space_, view, random);
        std::optional<arch_type> best;
        scratch_.lend([&](work& w) { best = choose(view, random, w); });
        if (best) return propose(std::move(*best));
        return told_.sample_new(space_, view, random);
    }

    void tell(const trial<arch_type>& told, rng&) {
        told_.insert(space_, told);
        if (told.fidelity != full_fidelity) return;
        archs_.push_back(told.arch);
        values_.push_back(told.completed() ? told.value() : std::numeric_limits<double>::quiet_NaN());
        completed_ += told.completed() ? 1 : 0;
        process_.append(space_, told.arch);
        if constexpr (EnumerableSpace<Space>)
            if (process_.enumerated()) {
                if (seen_.empty()) seen_.resize(process_.enumerated_size());
                seen_[space_.index(told.arch)] = true;
            }
        if (process_.size() >= options_.initial && completed_ >= 2 && process_.size() >= next_fit_) fit();
    }

  private:
    static constexpr std::size_t ways = 5;

    struct work {
        typename detail::growing_process<Space>::rows rows;
        std::vector<std::array<float, 4>> means;
        std::vector<double> solve;
        std::vector<std::size_t> ties;
        std::vector<std::uint8_t> pending;
    };

    static bool is_number(double value) { return value == value; }

    std::vector<std::size_t> completed() const {
        std::vector<std::size_t> rows;
        for (std::size_t i = 0; i < values_.size(); ++i)
            if (is_number(values_[i])) rows.push_back(i);
        return rows;
    }

    /// The values of these rows as the model sees them: normal scores, or the better half as it is, standardised.
    std::vector<double> targets(std::span<const std::size_t> rows, bool half) const {
        std::vector<double> values;
        for (const std::size_t i : rows) values.push_back(values_[i]);
        std::vector<double> scores = half ? half_ranks(values) : normal_scores(values);
        const auto n = static_cast<double>(scores.size());
        double mean = 0;
        for (const double score : scores) mean += score / n;
        double square = 0;
        for (double& score : scores) {
            score -= mean;
            square += score * score / n;
        }
        if (square > 0)
            for (double& score : scores) score /= std::sqrt(square);
        return scores;
    }

    void fit() {
        const std::vector<std::size_t> rows = completed();
        const std::vector<double> scores = targets(rows, process_.size() % 2 == 1);
        const std::vector<std::size_t> part = detail::representatives(scores, options_.fitted);
        std::vector<std::size_t> chosen;
        std::vector<double> values;
        for (const std::size_t k : part) {
            chosen.push_back(rows[k]);
            values.push_back(scores[k]);
        }
        process_.fit(chosen, values, next_fit_ == 0 ? 2 * options_.iterations : options_.iterations);
        const std::size_t n = process_.size();
        next_fit_ = n + std::max<std::size_t>(4, static_cast<std::size_t>(options_.fit_growth * static_cast<double>(n)));
    }

    std::optional<arch_type> choose(const ask_view<arch_type>& view, rng& random, work& w) const {
        const std::size_t way = view.asked % ways;
        const bool half = way == 2 || way == 3;
        const std::vector<std::size_t> rows = completed();
        const std::vector<double> scores = targets(rows, half);
        std::vector<double> values(process_.size());
        for (std::size_t k = 0; k < rows.size(); ++k) values[rows[k]] = scores[k];
        const auto worth = process_.solve(values, [&](std::size_t i) { return is_number(values_[i]); });
        // Chances to complete: 1 where all did.
        const bool failures = rows.size() < process_.size();
        const double share = static_cast<double>(rows.size() + 1) / static_cast<double>(process_.size() + 2);
        std::vector<typename detail::growing_process<Space>::solution> solutions{worth};
        if (failures) {
            for (std::size_t i = 0; i < values.size(); ++i) values[i] = (is_number(values_[i]) ? 1 : 0) - share;
            solutions.push_back(process_.solve(values, [](std::size_t) { return true; }));
        }
        typename detail::growing_process<Space>::mean_function mean_of(process_, worth);
        // The best so far, or what is expected of the best.
        double best = -std::numeric_limits<double>::infinity();
        if (way == 1 || way == 3) {
            for (const std::size_t i : rows)
                best = std::max(best, mean_of(process_.known().levels.data() + i * process_.decisions()));
        } else {
            for (const double score : scores) best = std::max(best, score);
        }
        const auto* given = &process_.known();
        if (!view.pending.empty()) {
            w.rows = process_.known();
            for (const auto& other : view.pending) process_.append(space_, other.arch, w.rows);
            given = &w.rows;
        }
        const double signal = worth.signal;
        const auto promise = [&](double mean, double variance, double chance) {
            const double deviation = std::sqrt(signal * std::max(variance, 1e-9));
            double p = 1;
            if (failures) p = std::clamp(share + chance, 0.05, 1.0);
            if (way == 4) {
                boost::random::normal_distribution<double> normal;
                return mean + deviation * normal(random) + (failures ? 2 * (p - 1) : 0);
            }
            return detail::log_improvement((mean - best) / deviation) + std::log(deviation) + (failures ? std::log(p) : 0);
        };
        if constexpr (EnumerableSpace<Space>)
            if (process_.enumerated()) {
                process_.means(solutions, w.means);
                w.pending.assign(seen_.begin(), seen_.end());
                for (const auto& other : view.pending) w.pending[space_.index(other.arch)] = 1;
                double most = -std::numeric_limits<double>::infinity();
                w.ties.clear();
                const auto look = [&](std::size_t i) {
                    if (w.pending[i]) return;
                    const double value = promise(w.means[i][0], given->variances[i], w.means[i][1]);
                    if (value < most) return;
                    if (value > most) w.ties.clear();
                    most = value;
                    w.ties.push_back(i);
                };
                if (way == 2) {
                    std::vector<std::size_t> order(rows.begin(), rows.end());
                    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values_[a] > values_[b]; });
                    std::vector<arch_type> around;
                    for (std::size_t k = 0; k < std::min<std::size_t>(3, order.size()); ++k)
                        neighbors(space_, archs_[order[k]], random, around);
                    for (const arch_type& arch : around) look(space_.index(arch));
                }
                if (w.ties.empty())
                    for (std::size_t i = 0; i < w.means.size(); ++i) look(i);
                if (w.ties.empty()) return std::nullopt;
                return space_.at(w.ties[below(random, w.ties.size())]);
            }
        // candidates
        std::optional<typename detail::growing_process<Space>::mean_function> chance_of;
        if (failures) chance_of.emplace(process_, solutions[1]);
        std::vector<std::uint16_t> levels(process_.decisions());
        const auto score_of = [&](const arch_type& arch) {
            process_.levels_of(space_, arch, levels.data());
            return promise(mean_of(levels.data()), process_.variance(*given, levels.data(), w.solve), failures ? (*chance_of)(levels.data()) : 0);
        };
        std::optional<arch_type> top;
        double most = -std::numeric_limits<double>::infinity();
        const auto look = [&](const arch_type& arch) {
            if (!told_.is_new(space_, view, arch)) return;
            const double value = score_of(arch);
            if (value > most || !top) {
                most = value;
                top = arch;
            }
        };
        std::vector<std::size_t> order(rows.begin(), rows.end());
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values_[a] > values_[b]; });
        std::vector<arch_type> around;
        for (std::size_t k = 0; k < std::min<std::size_t>(way == 2 ? 3 : 5, order.size()); ++k)
            neighbors(space_, archs_[order[k]], random, around);
        for (const arch_type& arch : around) look(arch);
        if (way != 2 || !top)
            for (std::size_t k = 0; k < options_.candidates; ++k) look(space_.sample(random));
        if (way != 2)
            for (std::size_t climb = 0; climb < options_.climbs && top; ++climb) {
                around.clear();
                neighbors(space_, *top, random, around);
                const double before = most;
                for (const arch_type& arch : around) look(arch);
                if (!(most > before)) break;
            }
        return top;
    }

    Space space_;
    gp_search_options options_;
    detail::growing_process<Space> process_;
    std::vector<arch_type> archs_;
    std::vector<double> values_;
    std::size_t completed_ = 0;
    std::size_t next_fit_ = 0;
    std::vector<bool> seen_;
    told_networks<Space> told_;
    scratch<work> scratch_;
};

}  // namespace nas

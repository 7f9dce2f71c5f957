// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
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
#include <nas/predictors/gaussian_process/growing_process.hpp>
#include <nas/predictors/normal_scores.hpp>
#include <nas/searchers/gp_search/promise.hpp>

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
                seen_[space_.index(told.arch)] = 1;
            }
        if (process_.size() >= options_.initial && completed_ >= 2 && process_.size() >= next_fit_) fit();
    }

  private:
    using process_type = detail::growing_process<Space>;
    using solution = typename process_type::solution;

    struct work {
        typename process_type::rows rows;
        std::vector<std::array<float, 4>> means;
        std::vector<double> solve;
        std::vector<std::uint8_t> taken;
        std::vector<arch_type> around;
    };

    /// What a step needs of the model.
    struct beliefs {
        solution worth;
        std::optional<solution> chance;  // to complete; where all did, there is none
        double best;
        double share;                            // that completed
        const typename process_type::rows* rows;  // with those that are pending
    };

    static bool is_number(double value) { return value == value; }

    std::vector<std::size_t> completed_rows() const {
        std::vector<std::size_t> rows;
        for (std::size_t i = 0; i < values_.size(); ++i)
            if (is_number(values_[i])) rows.push_back(i);
        return rows;
    }

    /// The values of these rows as the model sees them, with mean 0 and variance 1.
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

    [[gnu::noinline]] void fit() {
        const std::vector<std::size_t> rows = completed_rows();
        const std::vector<double> scores = targets(rows, process_.size() % 2 == 1);
        std::vector<std::size_t> chosen;
        std::vector<double> values;
        for (const std::size_t k : detail::representatives(scores, options_.fitted)) {
            chosen.push_back(rows[k]);
            values.push_back(scores[k]);
        }
        process_.fit(chosen, values, next_fit_ == 0 ? 2 * options_.iterations : options_.iterations);
        const auto more = static_cast<std::size_t>(options_.fit_growth * static_cast<double>(process_.size()));
        next_fit_ = process_.size() + std::max<std::size_t>(4, more);
    }

    beliefs believe(const detail::acquisition_step& step, const ask_view<arch_type>& view, work& w) const {
        const std::vector<std::size_t> rows = completed_rows();
        const std::vector<double> scores = targets(rows, step.half_ranks);
        std::vector<double> values(process_.size());
        for (std::size_t k = 0; k < rows.size(); ++k) values[rows[k]] = scores[k];
        beliefs found{process_.solve(values, [&](std::size_t i) { return is_number(values_[i]); }), std::nullopt,
                      *std::max_element(scores.begin(), scores.end()), 1, &process_.known()};
        if (step.expected_best) {
            const typename process_type::mean_function mean(process_, found.worth);
            found.best = -std::numeric_limits<double>::infinity();
            for (const std::size_t i : rows) found.best = std::max(found.best, mean(process_.levels_of_row(i)));
        }
        if (rows.size() < process_.size()) {
            found.share = static_cast<double>(rows.size() + 1) / static_cast<double>(process_.size() + 2);
            for (std::size_t i = 0; i < values.size(); ++i) values[i] = (is_number(values_[i]) ? 1 : 0) - found.share;
            found.chance = process_.solve(values, [](std::size_t) { return true; });
        }
        if (!view.pending.empty()) {
            w.rows = process_.known();
            for (const proposal<arch_type>& other : view.pending) process_.append(space_, other.arch, w.rows);
            found.rows = &w.rows;
        }
        return found;
    }

    /// The neighbours of the best, `count` of them.
    void look_around_best(std::size_t count, rng& random, std::vector<arch_type>& around) const {
        std::vector<std::size_t> rows = completed_rows();
        count = std::min(count, rows.size());
        std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(count), rows.end(),
                          [&](std::size_t a, std::size_t b) {
                              return values_[a] != values_[b] ? values_[a] > values_[b] : a < b;
                          });
        around.clear();
        for (std::size_t k = 0; k < count; ++k) neighbors(space_, archs_[rows[k]], random, around);
    }

    [[gnu::noinline]] std::optional<arch_type> choose(const ask_view<arch_type>& view, rng& random, work& w) const {
        const detail::acquisition_step& step = detail::acquisition_cycle[view.asked % detail::acquisition_cycle.size()];
        const beliefs found = believe(step, view, w);
        if constexpr (EnumerableSpace<Space>)
            if (process_.enumerated()) return choose_of_all(step, found, view, random, w);
        return choose_of_some(step, found, view, random, w);
    }

    std::optional<arch_type> choose_of_all(const detail::acquisition_step& step, const beliefs& found,
                                           const ask_view<arch_type>& view, rng& random, work& w) const {
        std::array<const solution*, 2> solutions{&found.worth, found.chance ? &*found.chance : nullptr};
        process_.means(solutions, w.means);
        w.taken = seen_;
        for (const proposal<arch_type>& other : view.pending) w.taken[space_.index(other.arch)] = 1;
        const std::vector<float>& variances = found.rows->variances;
        const detail::promise promise(step.thompson, found.best, found.worth.signal,
                                      *std::max_element(variances.begin(), variances.end()), found.share);
        double most = -std::numeric_limits<double>::infinity();
        std::size_t best = 0;
        std::uint64_t equal = 0;  // that are as promising
        const auto look = [&](std::size_t i) {
            const auto& [mean, chance, none, never] = w.means[i];
            if (w.taken[i] != 0 || promise.is_below(most, mean, variances[i])) return;
            const double value = promise(mean, variances[i], chance, random);
            if (value < most) return;
            equal = value > most ? 1 : equal + 1;
            most = value;
            if (equal == 1 || below(random, equal) == 0) best = i;
        };
        if (step.around_best) {
            look_around_best(3, random, w.around);
            for (const arch_type& arch : w.around) look(space_.index(arch));
        }
        if (equal == 0)
            for (std::size_t i = 0; i < w.means.size(); ++i) look(i);
        if (equal == 0) return std::nullopt;
        return space_.at(best);
    }

    std::optional<arch_type> choose_of_some(const detail::acquisition_step& step, const beliefs& found,
                                            const ask_view<arch_type>& view, rng& random, work& w) const {
        const typename process_type::mean_function mean(process_, found.worth);
        std::optional<typename process_type::mean_function> chance;
        if (found.chance) chance.emplace(process_, *found.chance);
        const detail::promise promise(step.thompson, found.best, found.worth.signal, 1, found.share);
        std::vector<std::uint16_t> levels(process_.decisions());
        std::optional<arch_type> best;
        double most = -std::numeric_limits<double>::infinity();
        const auto look = [&](const arch_type& arch) {
            if (!told_.is_new(space_, view, arch)) return;
            process_.levels_of(space_, arch, levels.data());
            const double value = promise(mean(levels.data()), process_.variance(*found.rows, levels.data(), w.solve),
                                         chance ? (*chance)(levels.data()) : 0, random);
            if (best && !(value > most)) return;
            most = value;
            best = arch;
        };
        look_around_best(step.around_best ? 3 : 5, random, w.around);
        for (const arch_type& arch : w.around) look(arch);
        if (step.around_best && best) return best;
        for (std::size_t k = 0; k < options_.candidates; ++k) look(space_.sample(random));
        for (std::size_t climb = 0; climb < options_.climbs && best; ++climb) {
            const double before = most;
            w.around.clear();
            neighbors(space_, *best, random, w.around);
            for (const arch_type& arch : w.around) look(arch);
            if (!(most > before)) break;
        }
        return best;
    }

    Space space_;
    gp_search_options options_;
    detail::growing_process<Space> process_;
    std::vector<arch_type> archs_;
    std::vector<double> values_;
    std::size_t completed_ = 0;
    std::size_t next_fit_ = 0;
    std::vector<std::uint8_t> seen_;
    told_networks<Space> told_;
    scratch<work> scratch_;
};

}  // namespace nas

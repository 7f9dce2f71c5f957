// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/options.hpp>
#include <nas/core/trial.hpp>
#include <nas/networks/normal_quantile.hpp>
#include <nas/predictors/gaussian_process/growing_process.hpp>
#include <nas/predictors/gaussian_process/process_data.hpp>
#include <nas/predictors/normal_scores.hpp>
#include <nas/searchers/gp_search/acquisition_cycle.hpp>
#include <nas/searchers/gp_search/process_surrogate_options.hpp>
#include <nas/searchers/gp_search/surrogate.hpp>
#include <nas/searchers/learned_trials.hpp>

namespace nas {

/// The surrogate of gp_search: a Gaussian process of the values of the trials that it was told, with an analysis of variance over
/// the decisions as its covariance, and where some did not complete another one of which do.
template <class Space>
class process_surrogate {
    static_assert(check_decision_space<Space>());
    using process_type = detail::growing_process<Space>;
    using solution = typename process_type::solution;
    using rows_type = typename process_type::rows;

  public:
    using arch_type = arch_t<Space>;

    explicit process_surrogate(const Space& space, const process_surrogate_options& options = {})
        : options_(checked(options)), process_(space, options.enumerated, true) {}

    const learned_trials<arch_type>& trials() const noexcept { return trials_; }
    /// How many architectures the space has, where it believes something of all of them at once; else 0.
    std::size_t enumerated_size() const noexcept { return process_.enumerated_size(); }

    void learn(const Space& space, const trial<arch_type>& told, rng&) {
        if (size() == options_.observations) forget();
        trials_.add(told);
        process_.append(space, told.arch);
        if (completion_) {
            completion_->append(space, told.arch);
        } else if (trials_.completed() < size()) {
            completion_.emplace(space, options_.enumerated, false);
            for (const arch_type& arch : trials_.archs()) completion_->append(space, arch);
        }
        if (trials_.completed() >= 2 && trials_.told() >= options_.initial && size() >= next_fit_) fit();
    }

    /// What it expects at one step, until it learns more. Of a process of its own only what it is asked for.
    class beliefs {
      public:
        /// `out` has as many as `archs`.
        void of(const Space& space, std::span<const arch_type> archs, std::span<belief> out) {
            predictions_.resize(archs.size());
            process_->predict_all(space, archs, worth_, *rows_, predictions_, work_);
            for (std::size_t i = 0; i < archs.size(); ++i)
                out[i] = {predictions_[i].mean, deviation_of(predictions_[i].variance), 1};
            if (!chance_) return;
            completion_->predict_all(space, archs, *chance_, completion_->known(), predictions_, work_);
            for (std::size_t i = 0; i < archs.size(); ++i) out[i].completes = completes(predictions_[i].mean);
        }
        belief of_index(std::size_t i) const {
            return {means_[i], deviation_of(rows_->variances[i]), chance_ ? completes(chances_[i]) : 1};
        }
        double best() const noexcept { return best_; }
        double most_deviation() const {
            return deviation_of(*std::max_element(rows_->variances.begin(), rows_->variances.end()));
        }

      private:
        friend process_surrogate;
        static constexpr double least_variance = 1e-9;

        double deviation_of(double variance) const {
            return deviation_ * std::sqrt(std::max(variance, least_variance));
        }
        double completes(double chance) const { return share_ < 1 ? std::clamp(share_ + chance, 0.05, 1.0) : 1; }

        const process_type* process_ = nullptr;
        const process_type* completion_ = nullptr;
        const rows_type* rows_ = nullptr;  // those told and those pending
        rows_type room_;                   // for these where some are pending
        solution worth_;
        double deviation_ = 1;            // of the signal
        std::optional<solution> chance_;  // to complete, less `share_`; nothing where all did
        double share_ = 1;                // of the trials that completed
        double best_ = 0;                 // what is to be improved on
        std::vector<float> means_;        // of all architectures
        std::vector<float> chances_;
        std::vector<typename process_type::prediction> predictions_;
        std::vector<detail::lane_block> work_;
    };
    [[gnu::noinline]] void believe(const acquisition_step& step, const Space& space,
                                   std::span<const proposal<arch_type>> pending, beliefs& found) const {
        const std::vector<std::size_t> rows = completed_rows();
        const targets aims = targets_of(rows, step.tail_scores);
        std::vector<double> values(size());
        for (std::size_t k = 0; k < rows.size(); ++k) values[rows[k]] = aims.scores[k];
        found.process_ = &process_;
        found.worth_ = process_.solve(values, [this](std::size_t i) { return trials_.completed(i); });
        found.deviation_ = std::sqrt(found.worth_.signal);
        found.best_ = -std::numeric_limits<double>::infinity();
        for (const std::size_t i : rows)
            found.best_ =
                std::max(found.best_, step.expected_best ? process_.mean_at(i, values[i], found.worth_) : values[i]);
        found.best_ += aims.gain;
        process_.means(found.worth_, found.means_);
        found.share_ = completion_ ? share() : 1;
        found.completion_ = completion_ ? &*completion_ : nullptr;
        found.chance_.reset();
        if (completion_) {
            found.chance_ = completion_->solve(completions(found.share_), [](std::size_t) { return true; });
            completion_->means(*found.chance_, found.chances_);
        }
        found.rows_ = &process_.known();
        if (!pending.empty()) {
            found.room_ = process_.known();
            std::vector<arch_type> archs;
            for (const proposal<arch_type>& other : pending) archs.push_back(other.arch);
            process_.append(space, archs, found.room_);
            found.rows_ = &found.room_;
        }
    }

  private:
    static constexpr std::ptrdiff_t many_equal = 40;  // measured: at 10 and 20 plateaus are left too soon

    static process_surrogate_options checked(const process_surrogate_options& options) {
        check_options("nas::process_surrogate", options);
        return options;
    }

    std::size_t size() const noexcept { return trials_.size(); }

    std::vector<std::size_t> completed_rows() const {
        std::vector<std::size_t> rows;
        for (std::size_t i = 0; i < size(); ++i)
            if (trials_.completed(i)) rows.push_back(i);
        return rows;
    }

    struct targets {
        std::vector<double> scores;  // with mean 0 and variance 1; 0 where all are equal
        double gain = 0;             // by which a value better than all would have a better score than the best one
    };
    /// The values of these rows as the model sees them. Many that are equally good share a score of which a better value would be
    /// far above: else the search stays among such, which are all there is where every step from them leads down.
    targets targets_of(std::span<const std::size_t> rows, bool tail) const {
        std::vector<double> values;
        for (const std::size_t i : rows) values.push_back(trials_.value(i));
        targets found{tail ? tail_scores(values) : normal_scores(values)};
        const auto best = std::max_element(values.begin(), values.end());
        const auto n = static_cast<double>(values.size());
        if (std::count(values.begin(), values.end(), *best) >= many_equal)
            found.gain = std::max(
                0.0, normal_quantile(1 - 0.5 / n) - found.scores[static_cast<std::size_t>(best - values.begin())]);
        double mean = 0;
        for (const double score : found.scores) mean += score / n;
        double square = 0;
        for (double& score : found.scores) {
            score -= mean;
            square += score * score / n;
        }
        for (double& score : found.scores) score = square > 0 ? score / std::sqrt(square) : 0;
        found.gain = square > 0 ? found.gain / std::sqrt(square) : 0;
        return found;
    }

    double share() const { return static_cast<double>(trials_.completed() + 1) / static_cast<double>(size() + 2); }
    std::vector<double> completions(double share) const {
        std::vector<double> values;
        for (std::size_t i = 0; i < size(); ++i) values.push_back((trials_.completed(i) ? 1 : 0) - share);
        return values;
    }

    /// By turns to ranks and to tail_scores.
    [[gnu::noinline]] void fit() {
        const std::size_t iterations = next_fit_ == 0 ? 2 * options_.iterations : options_.iterations;
        const auto fit_to = [&](process_type& process, const auto& row_of, const std::vector<double>& values) {
            std::vector<std::size_t> rows;
            std::vector<double> chosen;
            for (const std::size_t k : detail::representatives(values, options_.fitted)) {
                rows.push_back(row_of(k));
                chosen.push_back(values[k]);
            }
            process.fit(rows, chosen, iterations);
        };
        const std::vector<std::size_t> completed = completed_rows();
        fit_to(
            process_, [&](std::size_t k) { return completed[k]; }, targets_of(completed, size() % 2 == 1).scores);
        if (completion_)
            fit_to(
                *completion_, [](std::size_t k) { return k; }, completions(share()));
        const double more = options_.fit_growth * static_cast<double>(size());
        next_fit_ = size() + std::max<std::size_t>(4, static_cast<std::size_t>(more));
    }

    /// Keeps half of the trials: the best, others of all ranks, and where too few completed, the latest that did not.
    void forget() {
        const std::size_t most = options_.observations / 2;
        const std::vector<std::size_t> rows = completed_rows();
        std::vector<double> values;
        for (const std::size_t i : rows) values.push_back(trials_.value(i));
        std::vector<std::size_t> kept;
        for (const std::size_t k : detail::representatives(values, most)) kept.push_back(rows[k]);
        for (std::size_t i = size(); i-- > 0 && kept.size() < most;)
            if (!trials_.completed(i)) kept.push_back(i);
        std::sort(kept.begin(), kept.end());
        trials_.keep(kept);
        process_.keep(kept);
        if (completion_) completion_->keep(kept);
        next_fit_ = kept.size();
    }

    process_surrogate_options options_;
    process_type process_;
    std::optional<process_type> completion_;
    learned_trials<arch_type> trials_;  // a row of the process each
    std::size_t next_fit_ = 0;
};

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/options.hpp>
#include <nas/evaluators/table.hpp>
#include <nas/operators/identity.hpp>
#include <nas/predictors/cross_validate.hpp>
#include <nas/predictors/normal_scores.hpp>
#include <nas/predictors/predictor.hpp>

namespace nas {

/// What an architecture without a row gets beside its prediction: how far one of the rows is from what the others predict of it.
enum class prediction_noise : std::uint8_t {
    none,
    network,  ///< always the same one: the networks are as rugged as those with rows
    trial,    ///< one that is drawn for each trial: evaluations are noisy
};
constexpr std::array<std::string_view, 3> enum_names(prediction_noise) { return {"none", "network", "trial"}; }

struct predicted_table_options {
    prediction_noise noise = prediction_noise::none;
    bool rows = true;
    bool scores = true;
    std::size_t folds = 10;
    std::size_t seed = 0;

    static constexpr void fields(auto&& visit) {
        using o = predicted_table_options;
        visit(&o::noise, field{"noise", 0, 0, "by choice", "what is added to a prediction of the rows' residuals"});
        visit(&o::rows, field{"rows", 0, 1, "by choice", "whether an architecture that has rows gets what they say"});
        visit(&o::scores, field{"scores", 0, 1, "measured",
                                "whether the predictor learns tail_scores of the values, else the values as they are"});
        visit(&o::folds,
              field{"folds", 0, 1e9, "custom",
                    "parts of the table, each predicted from the others, for the residuals; 0: one a network"});
        visit(&o::seed, field{"seed", 0, 1e18, "by choice", "of these parts, and of which network has which residual"});
    }
};

namespace detail {

/// From tail_scores back to the values that have them: between two of them on a straight line, above the best on that through it and
/// the best tenth, below the worst as the worst.
class score_scale {
  public:
    score_scale() = default;
    score_scale(std::span<const double> scores, std::span<const double> values) {
        std::vector<std::pair<double, double>> all;
        for (std::size_t i = 0; i < scores.size(); ++i) all.emplace_back(scores[i], values[i]);
        std::sort(all.begin(), all.end());
        for (const auto& [score, value] : all) {
            if (!scores_.empty() && score == scores_.back()) continue;
            scores_.push_back(score);
            values_.push_back(value);
        }
        const auto& [score, value] = all[all.size() - 1 - all.size() / 10];
        if (score < scores_.back()) slope_ = (values_.back() - value) / (scores_.back() - score);
    }

    double value(double score) const {
        if (!(score < scores_.back())) return values_.back() + slope_ * (score - scores_.back());
        const auto above = std::upper_bound(scores_.begin(), scores_.end(), score);
        if (above == scores_.begin()) return values_.front();
        const auto i = static_cast<std::size_t>(above - scores_.begin());
        const double part = (score - scores_[i - 1]) / (scores_[i] - scores_[i - 1]);
        return values_[i - 1] + part * (values_[i] - values_[i - 1]);
    }

  private:
    std::vector<double> scores_;  // rising, each once
    std::vector<double> values_;  // of these
    double slope_ = 0;
};

}  // namespace detail

/// A table that answers for architectures without a row too, by a predictor that is fitted to its rows: a few thousand rows of a
/// space of 10^11 networks become a benchmark (Zela et al. 2022, "Surrogate NAS benchmarks": NAS-Bench-301).
///
///     const nas::predicted_table benchmark(nas::read_table("sample.csv", {.reward = "accuracy"}), nas::random_forest{space});
///     nas::quality_of(benchmark.held_out()).kendall;  // how well rows are predicted from the others
///     nas::search search{searcher, std::cref(benchmark), {.seed = 1}};
///
/// The predictor learns the mean of each architecture's rows, by default as tail_scores, which rewards that span decades need: what is
/// far below the best counts by its rank, and no prediction is far above the best row. A prediction is smoother than what it predicts;
/// `noise` adds what it misses: one of the residuals of the tenth of the rows that are predicted most alike, by a function of the
/// network and `seed`, or of the trial's own stream. A row of the table says what the table says, or, without `rows`, no more than any other architecture.
/// What is asked costs a prediction; unknown architectures cost the mean of the table's costs. Fidelity is ignored.
/// May be called from several threads where the predictor may be asked from several.
template <class Space, class P>
class predicted_table {
    static_assert(check_predictor<P, Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = predicted_table_options;

    /// Fits `predictor`, made for the table's space, to the table. Throws std::invalid_argument where the table has fewer than two
    /// networks, or the predictor gives no finite mean.
    predicted_table(table_evaluator<Space> table, P predictor, predicted_table_options options = {})
        : table_(std::move(table)), predictor_(std::move(predictor)), options_(options) {
        check_options("nas::predicted_table", options_);
        const std::vector<arch_type> archs = table_.architectures();
        std::vector<double> means;
        means.reserve(archs.size());
        for (const arch_type& arch : archs) means.push_back(table_.mean(arch));
        unit_ = unit_of(means);
        std::vector<double> scaled = means;
        for (double& value : scaled) value /= unit_;
        const std::vector<double> learned = options_.scores ? tail_scores(scaled) : scaled;
        if (options_.scores) scale_ = detail::score_scale(learned, scaled);
        held_out_ = cross_validate(predictor_, space(), std::span<const arch_type>(archs),
                                   std::span<const double>(learned), {.folds = options_.folds, .seed = options_.seed});
        for (const prediction& one : held_out_.predicted)
            if (!std::isfinite(one.mean))
                throw std::invalid_argument(
                    "nas::predicted_table: the predictor's mean of an architecture is not finite");
        sort_residuals();
        for (prediction& one : held_out_.predicted)
            one = {value_of(one.mean), value_of(one.mean + one.deviation) / 2 - value_of(one.mean - one.deviation) / 2};
        held_out_.values = means;
        rng random(options_.seed);
        fit(predictor_, space(), std::span<const arch_type>(archs), std::span<const double>(learned), random);
    }

    const table_evaluator<Space>& table() const noexcept { return table_; }
    const Space& space() const noexcept { return table_.space(); }
    const P& predictor() const noexcept { return predictor_; }
    const predicted_table_options& options() const noexcept { return options_; }
    /// What was predicted of each of the table's architectures from the others.
    const held_out_predictions& held_out() const noexcept { return held_out_; }

    evaluation<> operator()(const arch_type& arch, const context& about) const {
        if (has_row(arch)) return table_(arch, about);
        if (options_.noise != prediction_noise::trial) return {mean(arch), table_.average_cost()};
        rng random = about.random();
        return {value_of(with_residual(predictor_.predict(space(), arch), random)), table_.average_cost()};
    }

    evaluation_noise noise() const noexcept {
        return options_.noise == prediction_noise::trial ? evaluation_noise::some
               : options_.rows                           ? table_.noise()
                                                         : evaluation_noise::none;
    }

    /// Whether an architecture gets a prediction, and not what its rows say.
    bool predicts(const arch_type& arch) const { return !has_row(arch); }

    /// What an architecture is worth: the mean of its rows, or what is predicted, around which trials lie.
    double mean(const arch_type& arch) const {
        if (has_row(arch)) return table_.mean(arch);
        const double predicted = predictor_.predict(space(), arch);
        if (options_.noise != prediction_noise::network) return value_of(predicted);
        rng random(detail::mix64(options_.seed) ^ detail::hash_of(network_of(space(), arch)));
        return value_of(with_residual(predicted, random));
    }

  private:
    bool has_row(const arch_type& arch) const { return options_.rows && table_.contains(arch); }

    /// Of rewards of which differences and sums may be no numbers, else 1: nothing is lost by dividing by it.
    static double unit_of(std::span<const double> rewards) {
        const double unit = detail::binary_unit(rewards);
        return unit > 0x1p500 ? unit : 1;
    }

    double value_of(double learned) const {
        const double value = options_.scores ? scale_.value(learned) : learned;
        constexpr double most = std::numeric_limits<double>::max();
        return std::isfinite(value) ? std::clamp(value * unit_, -most, most) : value;
    }

    /// By what was predicted, as it was learned.
    void sort_residuals() {
        const std::size_t count = held_out_.values.size();
        std::vector<std::size_t> order(count);
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return std::pair(held_out_.predicted[a].mean, a) < std::pair(held_out_.predicted[b].mean, b);
        });
        for (const std::size_t i : order) {
            predicted_.push_back(held_out_.predicted[i].mean);
            residuals_.push_back(held_out_.values[i] - held_out_.predicted[i].mean);
        }
        alike_ = std::min(count, std::max<std::size_t>(20, count / 10));
    }

    /// Less the mean of those that are drawn from, so that nothing is added on average.
    double with_residual(double predicted, rng& random) const {
        const auto equal = std::equal_range(predicted_.begin(), predicted_.end(), predicted);
        const auto near =
            static_cast<std::size_t>((equal.first - predicted_.begin() + (equal.second - predicted_.begin())) / 2);
        const std::size_t half = alike_ / 2;
        const std::size_t first = std::min(near > half ? near - half : 0, residuals_.size() - alike_);
        double sum = 0;
        for (std::size_t i = first; i < first + alike_; ++i) sum += residuals_[i];
        return predicted + residuals_[first + below(random, alike_)] - sum / static_cast<double>(alike_);
    }

    table_evaluator<Space> table_;
    P predictor_;
    predicted_table_options options_;
    double unit_ = 1;            // of rewards, as they were learned
    detail::score_scale scale_;  // of these
    held_out_predictions held_out_;
    std::vector<double> predicted_;  // rising
    std::vector<double> residuals_;  // in that order
    std::size_t alike_ = 0;          // how many of them count as predicted alike
};

}  // namespace nas

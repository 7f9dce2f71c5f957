// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/history.hpp>
#include <nas/core/number_text.hpp>
#include <nas/core/options.hpp>
#include <nas/networks/normal_quantile.hpp>
#include <nas/operators/identity.hpp>
#include <nas/predictors/predictor.hpp>
#include <nas/report/statistics.hpp>

namespace nas {

struct predictor_quality_options {
    std::size_t folds = 10;
    std::size_t seed = 0;

    static constexpr void fields(auto&& visit) {
        using o = predictor_quality_options;
        visit(
            &o::folds,
            field{"folds", 0, 1e9, "custom",
                  "parts, each predicted from the others; 0: one for each network, in closed form where there is one"});
        visit(&o::seed, field{"seed", 0, 1e18, "by choice", "of the parts, and of predictors that draw"});
    }
};

/// What was predicted of architectures that the predictor had not seen, and what they were worth.
struct held_out_predictions {
    std::vector<prediction> predicted;
    std::vector<double> values;
};

/// How good a predictor is, by predictions of what it has not seen.
struct predictor_quality {
    static constexpr std::array levels{0.5, 0.8, 0.9, 0.95};

    std::size_t count = 0;
    double kendall = 0;  ///< rank correlations of predictions and values; NaN where all of either are equal
    double spearman = 0;
    double error = 0;              ///< root of the mean squared error, in the unit of the values
    double error_of_the_mean = 0;  ///< that of whoever predicts the mean of all values
    /// Of each of `levels` the share of values in the interval that should have it, were they normal around the predicted mean with
    /// the predicted deviation. That has no noise of a trial in it: where evaluations are noisy, fewer values lie in there.
    std::array<double, levels.size()> coverage{};

    /// One line.
    std::string text() const {
        std::string all = "Kendall " + detail::number_text(kendall, 3) + ", Spearman " +
                          detail::number_text(spearman, 3) + ", error " + detail::number_text(error, 3) +
                          " (of the mean " + detail::number_text(error_of_the_mean, 3) + "), within";
        for (std::size_t i = 0; i < levels.size(); ++i)
            all += (i == 0 ? " " : ", ") + detail::number_text(100 * levels[i], 3) +
                   " %: " + detail::number_text(100 * coverage[i], 3) + " %";
        return all + ", of " + std::to_string(count);
    }
};

/// The share of values in the interval mean -+ z deviation that a normal variable is in with probability `level` in (0, 1).
inline double coverage(const held_out_predictions& held_out, double level) {
    if (!(level > 0 && level < 1))
        throw std::invalid_argument("nas::coverage: level (" + std::to_string(level) + ") must be in (0, 1)");
    const double z = normal_quantile((1 + level) / 2);
    std::size_t inside = 0;
    for (std::size_t i = 0; i < held_out.values.size(); ++i) {
        const prediction& one = held_out.predicted[i];
        inside += std::abs(held_out.values[i] - one.mean) <= z * one.deviation ? 1U : 0U;
    }
    return static_cast<double>(inside) / static_cast<double>(held_out.values.size());
}

/// Throws std::invalid_argument where there are fewer than two, not as many predictions as values, or one is not finite.
inline predictor_quality quality_of(const held_out_predictions& held_out) {
    std::vector<double> means;
    for (const prediction& one : held_out.predicted) means.push_back(one.mean);
    detail::require_pairs(means, held_out.values, "quality_of");
    predictor_quality quality;
    quality.count = means.size();
    quality.kendall = kendall_tau_b(means, held_out.values);
    quality.spearman = spearman(means, held_out.values);
    const double mean = detail::mean(held_out.values);
    double errors = 0;
    double squares = 0;
    for (std::size_t i = 0; i < means.size(); ++i) {
        errors += (held_out.values[i] - means[i]) * (held_out.values[i] - means[i]);
        squares += (held_out.values[i] - mean) * (held_out.values[i] - mean);
    }
    quality.error = std::sqrt(errors / static_cast<double>(means.size()));
    quality.error_of_the_mean = std::sqrt(squares / static_cast<double>(means.size()));
    for (std::size_t i = 0; i < quality.levels.size(); ++i) quality.coverage[i] = coverage(held_out, quality.levels[i]);
    return quality;
}

/// Each value predicted by a copy of `made` that was fitted to the values of the other parts. All values of a network are in one
/// part. `made` is a predictor of `space`, fitted or not. With a part for each network a LeaveOneOutPredictor is fitted once, to
/// all: only its hyper-parameters have seen the value that is left out. Throws std::invalid_argument where there are fewer than
/// two networks, or a value is not finite.
template <class P, class Space>
held_out_predictions cross_validate(const P& made, const Space& space, std::span<const arch_t<Space>> archs,
                                    std::span<const double> values, predictor_quality_options options = {}) {
    static_assert(check_predictor<P, Space>());
    check_options("nas::cross_validate", options);
    detail::check_observations("nas::cross_validate", archs.size(), values);
    identity_set<network_t<Space>> networks;
    std::vector<std::size_t> network(archs.size());
    for (std::size_t i = 0; i < archs.size(); ++i) {
        networks.insert(network_of(space, archs[i]));
        network[i] = networks.find(network_of(space, archs[i]));
    }
    const std::size_t count = networks.size();
    if (count < 2)
        throw std::invalid_argument("nas::cross_validate: there must be at least two different networks, there " +
                                    std::string(count == 1 ? "is one" : "is none"));
    const std::size_t folds = options.folds == 0 ? count : std::clamp<std::size_t>(options.folds, 2, count);
    rng random(options.seed);
    std::vector<std::size_t> place(count);
    std::iota(place.begin(), place.end(), std::size_t{0});
    shuffle(std::span(place), random);

    held_out_predictions held_out{std::vector<prediction>(archs.size()),
                                  std::vector<double>(values.begin(), values.end())};
    if constexpr (LeaveOneOutPredictor<P, Space>) {
        if (options.folds == 0) {
            P predictor = made;
            nas::fit(predictor, space, archs, values, random);
            for (std::size_t i = 0; i < archs.size(); ++i)
                held_out.predicted[i] = predictor.leave_one_out(space, archs[i]);
            return held_out;
        }
    }
    for (std::size_t fold = 0; fold < folds; ++fold) {
        std::vector<arch_t<Space>> known;
        std::vector<double> known_values;
        std::vector<arch_t<Space>> unknown;
        std::vector<std::size_t> rows;
        for (std::size_t i = 0; i < archs.size(); ++i) {
            if (place[network[i]] % folds == fold) {
                unknown.push_back(archs[i]);
                rows.push_back(i);
            } else {
                known.push_back(archs[i]);
                known_values.push_back(values[i]);
            }
        }
        P predictor = made;
        nas::fit(predictor, space, std::span<const arch_t<Space>>(known), std::span<const double>(known_values),
                 random);
        std::vector<prediction> out(rows.size());
        nas::predict_all(predictor, space, std::span<const arch_t<Space>>(unknown), std::span<prediction>(out));
        for (std::size_t k = 0; k < rows.size(); ++k) held_out.predicted[rows[k]] = out[k];
    }
    return held_out;
}

/// The same for the completed trials of a history at full fidelity, by their first objective.
template <class P, class Space, std::size_t Objectives>
held_out_predictions cross_validate(const P& made, const history<Space, Objectives>& past,
                                    predictor_quality_options options = {}) {
    std::vector<arch_t<Space>> archs;
    std::vector<double> values;
    for (std::size_t row = 0; row < past.size(); ++row) {
        if (!past.completed(row) || past.fidelity(row) != full_fidelity) continue;
        archs.push_back(past.arch(row));
        values.push_back(past.value(row));
    }
    return cross_validate(made, past.space(), std::span<const arch_t<Space>>(archs), std::span<const double>(values),
                          options);
}

}  // namespace nas

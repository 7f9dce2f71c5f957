// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/data/dataset.hpp>
#include <nas/data/split.hpp>

namespace nas {

struct standardize_options {
    bool targets = true;  ///< whether the targets of a regression are standardised too
};

/// Gives each feature mean 0 and standard deviation 1 over the rows it was fitted on: x' = (x - mean) / scale. Scale is
/// the population's standard deviation (divided by n, as scikit-learn's StandardScaler), or 1 for a feature with one
/// value in all those rows, which becomes 0 there. Both are computed in double, in two passes. The same with each target of
/// a regression, as a network that begins near 0 would spend its first epochs on the way to their mean otherwise; the data
/// set tells what they were (dataset::target), and mlp_trainer reports losses and scores in that unit.
class standardizer {
  public:
    /// Fits on `rows` of `data` alone: the training rows, so that nothing is learned from held-out ones. Throws
    /// std::invalid_argument where there are no rows, or one does not exist. `data` must be one that check_dataset
    /// accepts.
    standardizer(const dataset& data, std::span<const std::uint32_t> rows, standardize_options options = {}) {
        if (rows.empty() || *std::max_element(rows.begin(), rows.end()) >= data.rows())
            throw std::invalid_argument("nas::standardizer: rows to fit on must be some, each below the rows of " +
                                        data.name + " (" + std::to_string(data.rows()) + ")");
        fit(data.inputs, data.features(), rows, means_, scales_);
        for (std::size_t j = 0; j < means_.size(); ++j) means_[j] += data.input_offset(j);
        if (data.task != learning_task::regression || !options.targets) return;
        fit(data.targets, data.outputs(), rows, target_means_, target_scales_);
        for (std::size_t k = 0; k < target_means_.size(); ++k) {
            target_means_[k] = data.target_offset(k) + data.target_scale(k) * target_means_[k];
            target_scales_[k] *= data.target_scale(k);
        }
    }

    /// One a feature.
    const std::vector<double>& means() const noexcept { return means_; }
    /// One a feature, above 0.
    const std::vector<double>& scales() const noexcept { return scales_; }
    /// One an output where targets are standardised; none otherwise.
    const std::vector<double>& target_means() const noexcept { return target_means_; }
    const std::vector<double>& target_scales() const noexcept { return target_scales_; }

    /// `data`, which must have as many features (and outputs, where targets are standardised), standardised; move it in to
    /// spare the copy. Throws std::invalid_argument where it has not, or a value is so far out that it leaves a float's range.
    dataset apply(dataset data) const {
        check_count("features", data, data.features(), means_.size());
        for (std::size_t i = 0; i < data.inputs.size(); ++i) {
            const std::size_t j = i % means_.size();
            data.inputs[i] = scaled(
                static_cast<double>(data.inputs[i]), data.input_offset(j) - means_[j], scales_[j],
                [&] { return "feature '" + data.feature_names[j] + "' of row "; }, i / means_.size(), data.name);
        }
        data.input_offsets.clear();
        if (target_means_.empty()) return data;
        check_count("outputs", data, data.task == learning_task::regression ? data.outputs() : 0, target_means_.size());
        for (std::size_t i = 0; i < data.targets.size(); ++i) {
            const std::size_t k = i % target_means_.size();
            data.targets[i] = scaled(
                data.target_scale(k) * static_cast<double>(data.targets[i]), data.target_offset(k) - target_means_[k],
                target_scales_[k], [&] { return "target '" + data.output_names[k] + "' of row "; },
                i / target_means_.size(), data.name);
        }
        data.target_offsets = target_means_;
        data.target_scales = target_scales_;
        return data;
    }

  private:
    /// Means and deviations of row-major [row][column] numbers.
    static void fit(const std::vector<float>& numbers, std::size_t columns, std::span<const std::uint32_t> rows,
                    std::vector<double>& means, std::vector<double>& scales) {
        means.assign(columns, 0.0);
        scales.assign(columns, 0.0);
        const auto count = static_cast<double>(rows.size());
        for (const std::uint32_t row : rows) {
            const float* const values = numbers.data() + row * columns;
            for (std::size_t j = 0; j < columns; ++j) means[j] += static_cast<double>(values[j]);
        }
        for (double& mean : means) mean /= count;
        for (const std::uint32_t row : rows) {
            const float* const values = numbers.data() + row * columns;
            for (std::size_t j = 0; j < columns; ++j) {
                const double deviation = static_cast<double>(values[j]) - means[j];
                scales[j] += deviation * deviation;
            }
        }
        for (double& scale : scales) {
            scale = std::sqrt(scale / count);
            if (scale == 0) scale = 1;  // exact: a double sums 2^29 equal floats without rounding
        }
    }

    static void check_count(const std::string& what, const dataset& data, std::size_t count, std::size_t fitted) {
        if (count != fitted)
            throw std::invalid_argument("nas::standardizer: the " + what + " of " + data.name + " (" +
                                        std::to_string(count) + ") must be as many as it was fitted on (" +
                                        std::to_string(fitted) + ")");
    }

    template <class Name>
    static float scaled(double number, double shift, double scale, const Name& name, std::size_t row,
                        const std::string& file) {
        const double value = (number + shift) / scale;
        if (!(std::abs(value) <= static_cast<double>(std::numeric_limits<float>::max())))
            throw std::invalid_argument("nas::standardizer: " + name() + std::to_string(row) + " of " + file +
                                        " must stay in a float's range; it is too far from the rows fitted on");
        return static_cast<float>(value);
    }

    std::vector<double> means_;
    std::vector<double> scales_;
    std::vector<double> target_means_;
    std::vector<double> target_scales_;
};

/// `data` standardised by its training rows. Throws std::invalid_argument where standardizer, check_dataset or
/// check_split does.
inline dataset standardize(dataset data, const data_split& split, standardize_options options = {}) {
    check_dataset(data);
    check_split(data, split);
    const standardizer scaler(data, split.train, options);
    return scaler.apply(std::move(data));
}

}  // namespace nas

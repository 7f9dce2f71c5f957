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

/// Gives each feature mean 0 and standard deviation 1 over the rows it was fitted on: x' = (x - mean) / scale. Scale is
/// the population's standard deviation (divided by n, as scikit-learn's StandardScaler), or 1 for a feature with one
/// value in all those rows, which becomes 0 there. Both are computed in double, in two passes.
class standardizer {
  public:
    /// Fits on `rows` of `data` alone: the training rows, so that nothing is learned from held-out ones. Throws
    /// std::invalid_argument where there are no rows, or one does not exist. `data` must be one that check_dataset
    /// accepts.
    standardizer(const dataset& data, std::span<const std::uint32_t> rows)
        : means_(data.features(), 0.0), scales_(data.features(), 0.0) {
        if (rows.empty() || *std::max_element(rows.begin(), rows.end()) >= data.rows())
            throw std::invalid_argument("nas::standardizer: rows to fit on must be some, each below the rows of " +
                                        data.name + " (" + std::to_string(data.rows()) + ")");
        const auto count = static_cast<double>(rows.size());
        for (const std::uint32_t row : rows) {
            const std::span<const float> values = data.row(row);
            for (std::size_t j = 0; j < values.size(); ++j) means_[j] += static_cast<double>(values[j]);
        }
        for (double& mean : means_) mean /= count;
        for (const std::uint32_t row : rows) {
            const std::span<const float> values = data.row(row);
            for (std::size_t j = 0; j < values.size(); ++j) {
                const double deviation = static_cast<double>(values[j]) - means_[j];
                scales_[j] += deviation * deviation;
            }
        }
        for (double& scale : scales_) {
            scale = std::sqrt(scale / count);
            if (scale == 0) scale = 1;  // exact: a double sums 2^29 equal floats without rounding
        }
    }

    /// One a feature.
    const std::vector<double>& means() const noexcept { return means_; }
    /// One a feature, above 0.
    const std::vector<double>& scales() const noexcept { return scales_; }

    /// `data`, which must have as many features, with standardised inputs; move it in to spare the copy. Throws
    /// std::invalid_argument where it has another number of features, or a value so far out that it leaves a float's
    /// range.
    dataset apply(dataset data) const {
        const std::size_t features = means_.size();
        if (data.features() != features)
            throw std::invalid_argument("nas::standardizer: the features of " + data.name + " (" +
                                        std::to_string(data.features()) + ") must be as many as it was fitted on (" +
                                        std::to_string(features) + ")");
        for (std::size_t i = 0; i < data.inputs.size(); ++i) {
            const std::size_t j = i % features;
            const double value = (static_cast<double>(data.inputs[i]) - means_[j]) / scales_[j];
            if (!(std::abs(value) <= static_cast<double>(std::numeric_limits<float>::max())))
                throw std::invalid_argument("nas::standardizer: feature '" + data.feature_names[j] + "' of row " +
                                            std::to_string(i / features) + " of " + data.name +
                                            " must stay in a float's range; it is too far from the rows fitted on");
            data.inputs[i] = static_cast<float>(value);
        }
        return data;
    }

  private:
    std::vector<double> means_;
    std::vector<double> scales_;
};

/// `data` standardised by its training rows. Throws std::invalid_argument where standardizer, check_dataset or
/// check_split does.
inline dataset standardize(dataset data, const data_split& split) {
    check_dataset(data);
    check_split(data, split);
    const standardizer scaler(data, split.train);
    return scaler.apply(std::move(data));
}

}  // namespace nas

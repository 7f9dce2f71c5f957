// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/options.hpp>
#include <nas/core/space.hpp>
#include <nas/operators/encode.hpp>
#include <nas/predictors/predictor.hpp>

namespace nas {

struct k_nearest_neighbors_options {
    std::size_t neighbors = 5;

    static constexpr void fields(auto&& visit) {
        visit(&k_nearest_neighbors_options::neighbors,
              field{"neighbors", 1, 1e9, "scikit-learn: 5", "nearest ones, whose mean is predicted"});
    }
};

/// Nearest neighbours (Fix and Hodges 1951): the mean of the `neighbors` nearest that were learned, and of all that are as near as
/// the last of them; the deviation is that of their values from this mean. Near is by the squared distance of features: of one-hot
/// decisions, twice the number that differ. The least that a predictor must beat: no assumption but that near ones are alike.
/// Incremental: a value costs its encoding. A prediction costs features x observations.
/// The space must be an EncodableSpace.
template <class Space, class Encoding = usual_encoding>
class k_nearest_neighbors {
    static_assert(
        EncodableSpace<Space>,
        "nas: nas::k_nearest_neighbors needs features: the space needs `std::size_t encoding_size() const` and "
        "`void encode(const arch_type&, std::span<double>) const`, or decisions");

  public:
    using arch_type = arch_t<Space>;

    explicit k_nearest_neighbors(const Space& space, k_nearest_neighbors_options options = {})
        : options_(options), features_(Encoding::size(space)) {
        check_options("nas::k_nearest_neighbors", options_);
    }

    const k_nearest_neighbors_options& options() const noexcept { return options_; }

    /// Learns these values, and forgets all others. Throws std::invalid_argument where there are not as many architectures as
    /// values, or a value is not finite.
    void fit(const Space& space, std::span<const arch_type> archs, std::span<const double> values) {
        detail::check_observations("nas::k_nearest_neighbors", archs.size(), values);
        rows_.clear();
        values_.clear();
        for (std::size_t i = 0; i < archs.size(); ++i) learn(space, archs[i], values[i]);
    }
    /// `value` must be finite.
    void learn(const Space& space, const arch_type& arch, double value) {
        rows_.resize(rows_.size() + features_);
        Encoding::encode(space, arch, std::span<double>(rows_).last(features_));
        values_.push_back(value);
    }

    double predict(const Space& space, const arch_type& arch) const { return both(space, arch).mean; }
    double deviation(const Space& space, const arch_type& arch) const { return both(space, arch).deviation; }
    void predict_all(const Space& space, std::span<const arch_type> archs, std::span<prediction> out) const {
        for (std::size_t i = 0; i < archs.size(); ++i) out[i] = both(space, archs[i]);
    }

  private:
    prediction both(const Space& space, const arch_type& arch) const {
        if (values_.empty())
            return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
        std::vector<double> own(features_);
        Encoding::encode(space, arch, std::span<double>(own));
        std::vector<double> distances(values_.size());
        for (std::size_t k = 0; k < distances.size(); ++k)
            for (std::size_t i = 0; i < features_; ++i) {
                const double difference = rows_[k * features_ + i] - own[i];
                distances[k] += difference * difference;
            }
        std::vector<double> sorted = distances;
        const std::size_t wanted = std::min(options_.neighbors, sorted.size());
        std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(wanted - 1), sorted.end());
        const double farthest = sorted[wanted - 1];
        double count = 0;
        double sum = 0;
        for (std::size_t k = 0; k < distances.size(); ++k) {
            if (distances[k] > farthest) continue;
            ++count;
            sum += values_[k] - values_[0];
        }
        const double mean = values_[0] + sum / count;
        double squares = 0;
        for (std::size_t k = 0; k < distances.size(); ++k)
            if (distances[k] <= farthest) squares += (values_[k] - mean) * (values_[k] - mean);
        return {mean, std::sqrt(squares / count)};
    }

    k_nearest_neighbors_options options_;
    std::size_t features_;
    std::vector<double> rows_;  // row-major [observation][feature]
    std::vector<double> values_;
};

}  // namespace nas

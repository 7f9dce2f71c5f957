// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/container/small_vector.hpp>
#include <boost/random/normal_distribution.hpp>
#include <cstddef>
#include <span>
#include <vector>

#include <nas/core/history.hpp>
#include <nas/core/rng.hpp>
#include <nas/core/space.hpp>
#include <nas/operators/encode.hpp>
#include <nas/predictors/ridge_regression.hpp>

namespace nas {

/// Predicts what an architecture will be worth from those that were evaluated: ridge regression on the features of the
/// space's encoding. Made for a space, which its members get; not to be used with another.
/// The space must be an EncodableSpace.
template <class Space>
class accuracy_predictor {
    static_assert(
        EncodableSpace<Space>,
        "nas: nas::accuracy_predictor needs features: the space needs `std::size_t encoding_size() const` and "
        "`void encode(const arch_type&, std::span<double>) const`, or decisions");

  public:
    using arch_type = arch_t<Space>;

    explicit accuracy_predictor(const Space& space, ridge_regression_options options = {})
        : model_(encoding_size(space), options) {}

    const ridge_regression& model() const noexcept { return model_; }

    /// NaN before the first value.
    double predict(const Space& space, const arch_type& arch) const {
        features all(model_.features());
        return model_.predict(encoded(space, arch, all));
    }
    /// What it may well be worth: a draw from the normal distribution of the prediction and its deviation, NaN before the
    /// first value. Whoever goes by such draws tries what is uncertain too (Thompson 1933).
    [[gnu::noinline]] double draw(const Space& space, const arch_type& arch, rng& random) const {
        features all(model_.features());
        const std::span<const double> given = encoded(space, arch, all);
        boost::random::normal_distribution<double> normal;
        return model_.predict(given) + model_.deviation(given) * normal(random);
    }
    /// `value` must be finite.
    [[gnu::noinline]] void learn(const Space& space, const arch_type& arch, double value) {
        features all(model_.features());
        model_.learn(encoded(space, arch, all), value);
    }

  private:
    // On the stack for usual spaces: no allocation in a search.
    using features = boost::container::small_vector<double, 256>;

    static std::span<const double> encoded(const Space& space, const arch_type& arch, features& all) {
        const std::span<double> out(all.data(), all.size());
        encode(space, arch, out);
        return out;
    }

    ridge_regression model_;
};

/// What an accuracy_predictor would have said of each trial of a history before it was told, learning from the completed ones
/// in the order of telling: NaN before it had any. For the correlation of predicted and real values.
template <class Space>
std::vector<double> prequential_predictions(const history<Space>& past, ridge_regression_options options = {}) {
    accuracy_predictor<Space> predictor(past.space(), options);
    std::vector<double> predictions;
    predictions.reserve(past.size());
    for (std::size_t row = 0; row < past.size(); ++row) {
        const auto arch = past.arch(row);
        predictions.push_back(predictor.predict(past.space(), arch));
        if (past.completed(row)) predictor.learn(past.space(), arch, past.value(row));
    }
    return predictions;
}

}  // namespace nas

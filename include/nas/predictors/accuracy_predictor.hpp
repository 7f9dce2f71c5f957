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
#include <nas/policies/reward_ranks.hpp>
#include <nas/predictors/predictor.hpp>
#include <nas/predictors/ridge_regression.hpp>

namespace nas {

struct accuracy_predictor_options {
    double ridge = ridge_regression_options{}.ridge;
    reward_transform transform = reward_transform::none;
};

/// Predicts what an architecture will be worth from those that were evaluated: ridge regression on the features of the
/// space's encoding, of the values or, with a transform, of the normal scores of their ranks: predictions are then such scores.
/// Ranks change with every value. All scores are computed again whenever there are a sixteenth more, and the model fitted to
/// them, so that a value costs the same however many there are; what is learned in between has its rank of then. Incremental: a
/// value costs the square of the features.
///
/// Made for a space, which its members get; not to be used with another.
/// The space must be an EncodableSpace.
template <class Space>
class accuracy_predictor {
    static_assert(
        EncodableSpace<Space>,
        "nas: nas::accuracy_predictor needs features: the space needs `std::size_t encoding_size() const` and "
        "`void encode(const arch_type&, std::span<double>) const`, or decisions");

  public:
    using arch_type = arch_t<Space>;

    explicit accuracy_predictor(const Space& space, accuracy_predictor_options options = {})
        : transform_(options.transform), model_(encoding_size(space), {options.ridge}) {}

    const ridge_regression& model() const noexcept { return model_; }

    /// NaN before the first value.
    double predict(const Space& space, const arch_type& arch) const {
        features all(model_.features());
        return model_.predict(encoded(space, arch, all));
    }
    /// See nas::ridge_regression; NaN before the first value.
    double deviation(const Space& space, const arch_type& arch) const {
        features all(model_.features());
        return model_.deviation(encoded(space, arch, all));
    }
    /// What it may well be worth: a draw from the normal distribution of the prediction and its deviation, NaN before the
    /// first value. Whoever goes by such draws tries what is uncertain too (Thompson 1933).
    [[gnu::noinline]] double draw(const Space& space, const arch_type& arch, rng& random) const {
        features all(model_.features());
        const std::span<const double> given = encoded(space, arch, all);
        boost::random::normal_distribution<double> normal;
        return model_.predict(given) + model_.deviation(given) * normal(random);
    }
    /// Learns these values, and forgets all others. Throws std::invalid_argument where there are not as many architectures as
    /// values, or a value is not finite.
    void fit(const Space& space, std::span<const arch_type> archs, std::span<const double> values) {
        detail::check_observations("nas::accuracy_predictor", archs.size(), values);
        *this = accuracy_predictor(space, {model_.options().ridge, transform_});
        for (std::size_t i = 0; i < archs.size(); ++i) learn(space, archs[i], values[i]);
        if (ranked_ < values_.size()) rank_again();
    }
    /// `value` must be finite.
    [[gnu::noinline]] void learn(const Space& space, const arch_type& arch, double value) {
        features all(model_.features());
        const std::span<const double> given = encoded(space, arch, all);
        if (transform_ == reward_transform::none) return model_.learn(given, value);
        ranks_.add(value);
        values_.push_back(value);
        for (std::size_t i = 0; i < given.size(); ++i)
            if (given[i] != 0) used_.push_back({i, given[i]});
        ends_.push_back(used_.size());
        model_.learn(given, ranks_.score(value));
        if (values_.size() >= ranked_ + ranked_ / 16 + 1) rank_again();
    }

  private:
    // On the stack for usual spaces: no allocation in a search.
    using features = boost::container::small_vector<double, 256>;

    static std::span<const double> encoded(const Space& space, const arch_type& arch, features& all) {
        const std::span<double> out(all.data(), all.size());
        encode(space, arch, out);
        return out;
    }

    struct used_feature {
        std::size_t number;
        double value;
    };

    void rank_again() {
        ranked_ = values_.size();
        moments_.assign(model_.features() + 1, 0);
        double squares = 0;
        for (std::size_t k = 0, at = 0; k < values_.size(); ++k) {
            const double score = ranks_.score(values_[k]);
            for (; at < ends_[k]; ++at) moments_[used_[at].number] += used_[at].value * score;
            moments_.back() += score;
            squares += score * score;
        }
        model_.refit(moments_, squares);
    }

    reward_transform transform_;
    ridge_regression model_;
    // For ranks: all that was learned, and of each the features that are not 0, up to an end.
    reward_ranks ranks_;
    std::vector<double> values_;
    std::vector<used_feature> used_;
    std::vector<std::size_t> ends_;
    std::vector<double> moments_;
    std::size_t ranked_ = 0;  // values when all were ranked
};

/// What an accuracy_predictor would have said of each trial of a history before it was told, learning from the completed ones
/// in the order of telling: NaN before it had any. For the correlation of predicted and real values.
template <class Space>
std::vector<double> prequential_predictions(const history<Space>& past, accuracy_predictor_options options = {}) {
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

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/options.hpp>
#include <nas/core/rounded.hpp>
#include <nas/core/space.hpp>
#include <nas/predictors/predictor.hpp>
#include <nas/predictors/random_forest/regression_tree.hpp>
#include <nas/predictors/random_forest/tree_columns.hpp>

namespace nas {

struct random_forest_options {
    std::size_t trees = 10;
    double features = 1;
    std::size_t split = 2;
    std::size_t leaf = 1;
    bool bootstrap = true;
    std::size_t seed = 0;

    static constexpr void fields(auto&& visit) {
        using o = random_forest_options;
        visit(&o::trees, field{"trees", 1, 1e5, "SMAC3: 10; scikit-learn: 100", "trees, whose mean is predicted"});
        visit(&o::features, field{"features", 1e-9, 1, "SMAC3 and scikit-learn: 1",
                                  "share of the decisions, drawn for each node, by which it may split; at least one"});
        visit(&o::split, field{"split", 2, 1e9, "SMAC3 and scikit-learn: 2", "observations that a node is split from"});
        visit(&o::leaf, field{"leaf", 1, 1e9, "SMAC3 and scikit-learn: 1", "observations that each side keeps"});
        visit(&o::bootstrap, field{"bootstrap", 0, 1, "Breiman 2001",
                                   "whether a tree is grown from a draw, with replacement, of the observations"});
        visit(&o::seed, field{"seed", 0, 1e18, "by choice", "of its draws, where a fit is given no generator"});
    }
};

/// A random forest (Breiman 2001): regression trees, each grown from a bootstrap sample, whose mean is predicted.
///
///     fit:      for each tree: draw as many observations as there are, with replacement
///                   split nodes by the decision, and the two sets of its choices, that leave least squared errors
///     predict:  the mean of the leaves' means
///     deviation:  by the law of total variance over the trees (Hutter et al. 2014, SMAC): the variance of the leaves' means and
///                 the mean of the leaves' variances
///
/// A choice of a conditional decision is one, being inactive another; numeric decisions, and the space's own features, where it
/// encodes itself, are split by thresholds. Nothing that no tree has seen is extrapolated. Not incremental: a fit costs trees x n log n x decisions, 1 ms for
/// 10 trees of 300 observations of 6 decisions; a prediction 0.7 us. Results depend on no transcendental function.
/// The space must be an EncodableSpace.
template <class Space>
class random_forest {
    static_assert(EncodableSpace<Space>,
                  "nas: nas::random_forest needs features: the space needs `std::size_t encoding_size() const` and "
                  "`void encode(const arch_type&, std::span<double>) const`, or decisions");

  public:
    using arch_type = arch_t<Space>;

    explicit random_forest(const Space& space, random_forest_options options = {})
        : options_(options), columns_(space) {
        check_options("nas::random_forest", options_);
    }

    const random_forest_options& options() const noexcept { return options_; }

    /// Learns these values, and forgets all others. Throws std::invalid_argument where there are not as many architectures as
    /// values, or a value is not finite.
    void fit(const Space& space, std::span<const arch_type> archs, std::span<const double> values) {
        rng random(options_.seed);
        fit(space, archs, values, random);
    }
    void fit(const Space& space, std::span<const arch_type> archs, std::span<const double> values, rng& random) {
        detail::check_observations("nas::random_forest", archs.size(), values);
        trees_.resize(archs.empty() ? 0 : options_.trees);
        std::vector<double> rows(archs.size() * columns_.size());
        for (std::size_t i = 0; i < archs.size(); ++i)
            columns_.read(space, archs[i], rows.data() + i * columns_.size());
        const detail::tree_data data{columns_.levels(), rows, values};
        const detail::tree_limits limits{
            .least_split = options_.split, .least_leaf = options_.leaf, .columns = options_.features};
        std::vector<std::uint32_t> chosen(archs.size());
        for (detail::regression_tree& tree : trees_) {
            std::iota(chosen.begin(), chosen.end(), std::uint32_t{0});
            if (options_.bootstrap)
                for (std::uint32_t& row : chosen) row = static_cast<std::uint32_t>(below(random, archs.size()));
            tree.grow(data, chosen, limits, random);
        }
    }

    double predict(const Space& space, const arch_type& arch) const { return both(space, arch).mean; }
    double deviation(const Space& space, const arch_type& arch) const { return both(space, arch).deviation; }
    void predict_all(const Space& space, std::span<const arch_type> archs, std::span<prediction> out) const {
        for (std::size_t i = 0; i < archs.size(); ++i) out[i] = both(space, archs[i]);
    }

    /// Its trees.
    std::size_t members() const noexcept { return trees_.size(); }
    void predict_member(const Space& space, std::size_t member, std::span<const arch_type> archs,
                        std::span<double> out) const {
        boost::container::small_vector<double, 64> row(columns_.size());
        for (std::size_t i = 0; i < archs.size(); ++i) {
            columns_.read(space, archs[i], row.data());
            out[i] = trees_[member].leaf(row.data()).mean;
        }
    }

  private:
    prediction both(const Space& space, const arch_type& arch) const {
        if (trees_.empty()) return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
        boost::container::small_vector<double, 64> row(columns_.size());
        columns_.read(space, arch, row.data());
        const auto count = static_cast<double>(trees_.size());
        boost::container::small_vector<double, 128> means;
        const double first = trees_.front().leaf(row.data()).mean;
        double sum = 0;
        double variances = 0;
        for (const detail::regression_tree& tree : trees_) {
            const auto& leaf = tree.leaf(row.data());
            means.push_back(leaf.mean);
            sum += leaf.mean - first;
            variances += leaf.variance;
        }
        const double mean = first + sum / count;
        double squares = 0;
        for (const double each : means) squares += detail::rounded((each - mean) * (each - mean));
        return {mean, std::sqrt((variances + squares) / count)};
    }

    random_forest_options options_;
    detail::tree_columns<Space> columns_;
    std::vector<detail::regression_tree> trees_;
};

}  // namespace nas

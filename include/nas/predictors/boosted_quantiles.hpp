// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <boost/container/small_vector.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/options.hpp>
#include <nas/core/space.hpp>
#include <nas/networks/normal_quantile.hpp>
#include <nas/predictors/predictor.hpp>
#include <nas/predictors/random_forest/regression_tree.hpp>
#include <nas/predictors/random_forest/tree_columns.hpp>

namespace nas {

struct boosted_quantiles_options {
    std::size_t trees = 100;
    double learning_rate = 0.1;
    std::size_t depth = 3;
    double coverage = 0.8;
    double calibration = 0.25;
    std::size_t seed = 0;

    static constexpr void fields(auto&& visit) {
        using o = boosted_quantiles_options;
        visit(&o::trees, field{"trees", 0, 1e5, "scikit-learn: 100", "of each quantile"});
        visit(&o::learning_rate, field{"learning_rate", 0, 1, "scikit-learn: 0.1", "what each tree adds of its step"});
        visit(&o::depth, field{"depth", 1, 64, "scikit-learn: 3", "decisions that a tree asks for, at most"});
        visit(&o::coverage, field{"coverage", 0.01, 0.999, "by choice", "share of values that its intervals hold"});
        visit(&o::calibration, field{"calibration", 0, 0.9, "by choice",
                                     "share of the observations that correct the intervals, and train no tree"});
        visit(&o::seed, field{"seed", 0, 1e18, "by choice", "of its draws, where a fit is given no generator"});
    }
};

/// The interval in which the value of an architecture lies.
struct value_interval {
    double low = 0;
    double high = 0;
};

/// Quantiles by gradient boosting (Friedman 2001), their interval corrected so that it holds what it should, whatever the values are
/// distributed like (conformalized quantile regression; Romano, Patterson and Candes 2019).
///
///     fit:       draw the part of the observations that trains no tree
///                for the quantiles (1 - coverage) / 2, 1/2 and (1 + coverage) / 2: begin at that of all values;
///                    add `trees` trees, each grown on the sign of the errors, with the quantile of the errors in each leaf
///                correction: the quantile of how far the other part lies outside of its intervals
///     predict:   the median
///     interval:  the outer two, wider by the correction (or narrower); it holds `coverage` of values that come from where
///                the observations came from. With too few to correct by, all train and nothing is corrected
///     deviation: that of a normal distribution with this interval
///
/// Unlike other predictors' deviations this one has the noise of a trial in it. Not incremental: a fit costs 3 x trees x depth x
/// n x decisions. The space must be an EncodableSpace.
template <class Space>
class boosted_quantiles {
    static_assert(EncodableSpace<Space>,
                  "nas: nas::boosted_quantiles needs features: the space needs `std::size_t encoding_size() const` and "
                  "`void encode(const arch_type&, std::span<double>) const`, or decisions");

  public:
    using arch_type = arch_t<Space>;

    explicit boosted_quantiles(const Space& space, boosted_quantiles_options options = {})
        : options_(options), columns_(space) {
        check_options("nas::boosted_quantiles", options_);
    }

    const boosted_quantiles_options& options() const noexcept { return options_; }

    /// Learns these values, and forgets all others. Throws std::invalid_argument where there are not as many architectures as
    /// values, or a value is not finite.
    void fit(const Space& space, std::span<const arch_type> archs, std::span<const double> values) {
        rng random(options_.seed);
        fit(space, archs, values, random);
    }
    void fit(const Space& space, std::span<const arch_type> archs, std::span<const double> values, rng& random) {
        detail::check_observations("nas::boosted_quantiles", archs.size(), values);
        fitted_ = !archs.empty();
        correction_ = 0;
        if (!fitted_) return;
        std::vector<double> rows(archs.size() * columns_.size());
        for (std::size_t i = 0; i < archs.size(); ++i)
            columns_.read(space, archs[i], rows.data() + i * columns_.size());
        std::vector<std::uint32_t> order(archs.size());
        std::iota(order.begin(), order.end(), std::uint32_t{0});
        shuffle(std::span(order), random);
        auto apart = static_cast<std::size_t>(options_.calibration * static_cast<double>(archs.size()));
        // The place of the wanted quantile among them, counted from 1, must be one of them.
        const auto place = [&] {
            return static_cast<std::size_t>(std::ceil(options_.coverage * static_cast<double>(apart + 1)));
        };
        if (place() > apart) apart = 0;
        const std::span<const std::uint32_t> others = std::span(order).first(apart);
        const std::array levels{(1 - options_.coverage) / 2, 0.5, (1 + options_.coverage) / 2};
        for (std::size_t k = 0; k < levels.size(); ++k)
            boost(quantiles_[k], levels[k], rows, values, std::span(order).subspan(apart), random);
        if (apart == 0) return;
        std::vector<double> outside;
        for (const std::uint32_t i : others) {
            const value_interval held = raw(rows.data() + i * columns_.size());
            outside.push_back(std::max(held.low - values[i], values[i] - held.high));
        }
        std::sort(outside.begin(), outside.end());
        correction_ = outside[place() - 1];
    }

    double predict(const Space& space, const arch_type& arch) const {
        if (!fitted_) return std::numeric_limits<double>::quiet_NaN();
        return sum_of(quantiles_[1], read(space, arch).data());
    }
    double deviation(const Space& space, const arch_type& arch) const {
        const value_interval held = interval(space, arch);
        return (held.high - held.low) / (2 * normal_quantile((1 + options_.coverage) / 2));
    }
    /// NaN where nothing was learned; never empty.
    value_interval interval(const Space& space, const arch_type& arch) const {
        if (!fitted_) return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
        const value_interval held = raw(read(space, arch).data());
        const double low = held.low - correction_;
        const double high = held.high + correction_;
        return low <= high ? value_interval{low, high} : value_interval{(low + high) / 2, (low + high) / 2};
    }

  private:
    struct quantile_trees {
        double start = 0;
        std::vector<detail::regression_tree> trees;
        std::vector<std::vector<double>> steps;  // of each tree's nodes
    };

    auto read(const Space& space, const arch_type& arch) const {
        boost::container::small_vector<double, 64> row(columns_.size());
        columns_.read(space, arch, row.data());
        return row;
    }

    static double sum_of(const quantile_trees& all, const double* row) {
        double sum = all.start;
        for (std::size_t t = 0; t < all.trees.size(); ++t)
            sum += all.steps[t][static_cast<std::size_t>(&all.trees[t].leaf(row) - all.trees[t].nodes().data())];
        return sum;
    }

    value_interval raw(const double* row) const { return {sum_of(quantiles_[0], row), sum_of(quantiles_[2], row)}; }

    /// The value below which a share `level` of them lies; they come back in another order.
    static double quantile_of(std::vector<double>& values, double level) {
        const double position = level * static_cast<double>(values.size());
        const auto at = std::min(static_cast<std::size_t>(position), values.size() - 1);
        std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
        return values[at];
    }

    void boost(quantile_trees& made, double level, std::span<const double> rows, std::span<const double> values,
               std::span<const std::uint32_t> known, rng& random) const {
        made = {};
        std::vector<double> errors;
        for (const std::uint32_t i : known) errors.push_back(values[i]);
        made.start = quantile_of(errors, level);
        std::vector<double> sums(values.size(), made.start);
        std::vector<double> slopes(values.size());
        for (std::size_t t = 0; t < options_.trees; ++t) {
            for (const std::uint32_t i : known) slopes[i] = values[i] > sums[i] ? level : level - 1;
            std::vector<std::uint32_t> own(known.begin(), known.end());
            detail::regression_tree tree;
            tree.grow({columns_.levels(), rows, slopes}, own, {.depth = options_.depth}, random);
            std::vector<std::vector<double>> in_leaf(tree.nodes().size());
            const auto leaf_of = [&](std::uint32_t i) {
                return static_cast<std::size_t>(&tree.leaf(rows.data() + i * columns_.size()) - tree.nodes().data());
            };
            for (const std::uint32_t i : known) in_leaf[leaf_of(i)].push_back(values[i] - sums[i]);
            std::vector<double> steps(tree.nodes().size());
            for (std::size_t node = 0; node < steps.size(); ++node)
                if (!in_leaf[node].empty()) steps[node] = options_.learning_rate * quantile_of(in_leaf[node], level);
            for (const std::uint32_t i : known) sums[i] += steps[leaf_of(i)];
            made.trees.push_back(std::move(tree));
            made.steps.push_back(std::move(steps));
        }
    }

    boosted_quantiles_options options_;
    detail::tree_columns<Space> columns_;
    std::array<quantile_trees, 3> quantiles_;
    double correction_ = 0;
    bool fitted_ = false;
};

}  // namespace nas

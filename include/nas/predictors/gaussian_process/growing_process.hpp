// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/space.hpp>
#include <nas/operators/enumerate.hpp>
#include <nas/predictors/gaussian_process/anova_kernel.hpp>
#include <nas/predictors/gaussian_process/anova_lanes.hpp>
#include <nas/predictors/gaussian_process/anova_pairs.hpp>
#include <nas/predictors/gaussian_process/anova_sum.hpp>
#include <nas/predictors/gaussian_process/enumerated_pool.hpp>
#include <nas/predictors/gaussian_process/lane_predictions.hpp>
#include <nas/predictors/gaussian_process/marginal_likelihood.hpp>
#include <nas/predictors/gaussian_process/pool_variances.hpp>
#include <nas/predictors/gaussian_process/process_data.hpp>
#include <nas/predictors/gaussian_process/process_rows.hpp>
#include <nas/predictors/gaussian_process/space_kernel.hpp>

namespace nas::detail {

/// A Gaussian process over the decisions of a space that learns architecture by architecture, and what it says of all
/// architectures of a space that can be enumerated. What values the architectures have is said anew at each prediction: only
/// the fit of the hyper-parameters depends on them.
///
///     append:   one row of the factor, n^2 / 2 multiplications; one addition to the variances of all, see anova_sum
///     fit:      hyper-parameters as in marginal_likelihood, from the last ones on; then the factor and the variances anew
///     predict:  coefficients K^-1 values, n^2 multiplications, of which the mean is a sum of kernels
///
/// An architecture without a value, because its trial failed or has not ended, is taken for what is expected of it given the
/// earlier ones: then the mean stays and the variances fall.
template <DecisionSpace Space>
class growing_process {
  public:
    using arch_type = arch_t<Space>;

    /// `variances`: whether it is asked for those of all architectures, which are most of its work.
    growing_process(const Space& space, std::size_t most_enumerated, bool variances)
        : kernel_(kernel_of(space, false)), parameters_(start()), variances_(variances) {
        if constexpr (EnumerableSpace<Space>)
            if (space.size() <= most_enumerated)
                pool_ = enumerated_pool(static_cast<std::size_t>(space.size()), kernel_.anova.decisions(),
                                        [&](std::size_t index, std::span<std::uint16_t> levels) {
                                            set_levels(space, space.at(index), kernel_, levels.data());
                                        });
        factor_anew(0);
    }

    std::size_t size() const noexcept { return rows_.factor.size(); }
    bool enumerated() const noexcept { return pool_.size() > 0; }
    std::size_t enumerated_size() const noexcept { return pool_.size(); }
    const process_parameters& parameters() const noexcept { return parameters_; }
    /// Rows whose variance had to be taken to be larger than it is, for the matrix to be positive definite.
    std::size_t raised() const noexcept { return rows_.factor.raised().size(); }
    double nugget() const { return parameters_.nugget_variance(); }

    using rows = process_rows;
    const rows& known() const noexcept { return rows_; }

    void append(const Space& space, const arch_type& arch) { append(space, arch, rows_); }
    [[gnu::noinline]] void append(const Space& space, const arch_type& arch, rows& to) const {
        describe(space, arch, to);
        append_row(to, to.factor.size());
        subtract(to, to.factor.size() - 1);
    }
    /// Several at once: the same up to rounding, and sixteen of them cost about what two do one by one.
    [[gnu::noinline]] void append(const Space& space, std::span<const arch_type> archs, rows& to) const {
        const std::size_t before = to.factor.size();
        if (archs.size() == 1) return append(space, archs[0], to);
        for (const arch_type& arch : archs) describe(space, arch, to);
        anova_lanes lanes(kernel_.anova, covariance_);
        std::vector<lane_block> work;
        for (std::size_t first = before; first < before + archs.size(); first += lane_block::lanes) {
            const std::size_t end = std::min(first + lane_block::lanes, before + archs.size());
            for (std::size_t i = first; i < end; ++i) lanes.set(i - first, levels(to, i), vector(to, i));
            work.resize(end);
            for (std::size_t i = 0; i < end; ++i) work[i] = lanes(levels(to, i), vector(to, i));
            for (std::size_t i = first; i < end; ++i) work[i].set(i - first, work[i][i - first] + nugget());
            to.factor.append_block(end - first, work, nugget());
            for (std::size_t i = first; i < end; ++i) add_sums(to, i);
        }
        subtract(to, before);
    }

    /// Forgets all but these rows, in ascending order.
    void keep(std::span<const std::size_t> chosen) {
        rows_.keep(chosen, kernel_.anova.decisions(), kernel_.anova.vector_size());
        factor_anew(chosen.size());
    }

    /// Fits the hyper-parameters to the rows of `chosen`, whose values are `values`, and takes them.
    void fit(std::span<const std::size_t> chosen, std::span<const double> values, std::size_t iterations) {
        process_data all{rows_.levels, rows_.vectors, std::vector<double>(size()), {}, {}};
        all.trials.assign(size(), 1);
        all.squares.assign(size(), 0);
        process_data part = part_of(all, chosen);
        part.means.assign(values.begin(), values.end());
        parameters_ = likelihood_of(part).maximize(parameters_, iterations);
        factor_anew(size());
    }

    /// What the values say: where `has_value`, that of the row; the others have none.
    using solution = process_solution;
    template <class HasValue>
    solution solve(std::span<const double> values, HasValue has_value) const {
        return rows_.solve(values, has_value);
    }

    /// The mean at row i, which has a value.
    double mean_at(std::size_t i, double value, const solution& what) const {
        return value - nugget() * what.coefficients[i];
    }

    /// The means over all architectures of the space.
    [[gnu::noinline]] void means(const solution& what, std::vector<float>& out) const {
        std::vector<double> table;
        sums_.sum(size(), rows_.sums.data(), what.coefficients.data(), table);
        std::vector<pack> tables;
        for (const double number : table) tables.push_back(pack{static_cast<float>(number)});
        out.resize(pool_.size());
        pool_.for_each(sums_, tables.data(), [&](std::size_t i, const pack& values) { out[i] = values[0]; });
    }

    /// What a solution and the rows say of one architecture.
    using prediction = process_prediction;
    /// Of each of `archs`, into `out`, which has as many. What is said of one does not depend on the others. `work`: memory to work in.
    [[gnu::noinline]] void predict_all(const Space& space, std::span<const arch_type> archs, const solution& what,
                                       const rows& given, std::span<prediction> out,
                                       std::vector<lane_block>& work) const {
        constexpr std::size_t width = lane_block::lanes;
        const std::size_t n = given.factor.size();
        anova_lanes lanes(kernel_.anova, covariance_);
        for (std::size_t first = 0; first < archs.size(); first += lane_predictions::most) {
            const std::size_t count = std::min(lane_predictions::most, archs.size() - first);
            work.clear();
            for (std::size_t k = 0; k < count; ++k) {
                const described_architecture one(space, archs[first + k], kernel_);
                out[first + k].variance = variance_of(one);
                lanes.set(k % width, one.levels.data(), one.vector.data());
                if (k + 1 < count && (k + 1) % width != 0) continue;
                for (std::size_t i = 0; i < n; ++i) work.push_back(lanes(levels(given, i), vector(given, i)));
            }
            const auto row = [&](std::size_t i) { return given.factor.row(i); };
            const lane_predictions found(n, row, what.coefficients, work, variances_);
            for (std::size_t k = 0; k < count; ++k) {
                out[first + k].mean = found.means[k];
                out[first + k].variance = variances_ ? out[first + k].variance - found.known[k] : 0;
            }
        }
    }

  private:
    using pack = enumerated_pool::pack;

    marginal_likelihood<anova_pairs> likelihood_of(const process_data& data) const {
        return {anova_pairs(kernel_.anova, data), data, std::numeric_limits<double>::infinity()};
    }
    process_parameters start() const {
        const process_data nothing;
        return likelihood_of(nothing).start();
    }

    /// All that depends on hyper-parameters, of n rows whose levels and vectors are there.
    [[gnu::noinline]] void factor_anew(std::size_t n) {
        covariance_ = weighted(kernel_.anova, parameters_.kernel);
        if (enumerated()) sums_ = anova_sum(kernel_.anova, covariance_);
        rows_.factor.shrink(0);
        rows_.sums.clear();
        for (std::size_t i = 0; i < n; ++i) append_row(rows_, i);
        if (!enumerated() || !variances_) return;
        set_variances(kernel_.anova, covariance_, pool_, rows_.variances);
        subtract(rows_, 0);
    }

    double variance_of(const described_architecture& one) const {
        return covariance_(one.levels.data(), one.vector.data(), one.levels.data(), one.vector.data());
    }
    const std::uint16_t* levels(const rows& of, std::size_t i) const {
        return of.levels.data() + i * kernel_.anova.decisions();
    }
    const double* vector(const rows& of, std::size_t i) const {
        return of.vectors.data() + i * kernel_.anova.vector_size();
    }

    /// Levels and vector of one more row.
    void describe(const Space& space, const arch_type& arch, rows& to) const {
        const described_architecture one(space, arch, kernel_);
        to.levels.insert(to.levels.end(), one.levels.begin(), one.levels.end());
        to.vectors.insert(to.vectors.end(), one.vector.begin(), one.vector.end());
    }

    /// The factor's row of row i, whose levels and vector are there.
    [[gnu::noinline]] void append_row(rows& to, std::size_t i) const {
        std::vector<double> covariances;  // with the earlier ones, and its variance
        covariances.reserve(i + 1);
        for (std::size_t j = 0; j <= i; ++j)
            covariances.push_back(covariance_(levels(to, i), vector(to, i), levels(to, j), vector(to, j)));
        covariances.back() += nugget();
        to.factor.append(covariances.data(), nugget());
        add_sums(to, i);
    }

    void add_sums(rows& to, std::size_t i) const {
        if (!enumerated()) return;
        to.sums.resize((i + 1) * sums_.row_size());
        sums_.describe(to.levels.data() + i * kernel_.anova.decisions(), to.sums.data() + i * sums_.row_size());
    }

    void subtract(rows& to, std::size_t first) const {
        if (!enumerated() || !variances_) return;
        subtract_rows(to.factor, sums_, to.sums.data(), pool_, first, to.variances);
    }

    space_kernel kernel_;
    process_parameters parameters_;
    bool variances_;
    anova_kernel::weighted covariance_;
    anova_sum sums_;
    enumerated_pool pool_;
    rows rows_;
};

}  // namespace nas::detail

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <nas/networks/packs.hpp>
#include <nas/predictors/gaussian_process/anova_kernel.hpp>
#include <nas/predictors/gaussian_process/lane_block.hpp>

namespace nas::detail {

/// What makes a sum of kernels a table. A sum over architectures X_i with coefficients c_i is, as a function of x,
///
///     sum of c_i k(X_i, x) = constant + sum over decisions e of A_e[x_e] + sum over pairs e < f of B_ef[x_e, x_f]
///
/// however many X_i there are, because the kernel is an analysis of variance of second order: a posterior mean, and each row of
/// the inverse of the factor times the covariances with x, costs as many additions as there are pairs of decisions, or few where
/// neighbours in an enumeration share them. The kernel must be one without features.
///
/// A row stands for an X_i: T and U, a number for each level of each decision, and H, a number for each level of each group:
///
///     H_G[a] = weight * what the group's feature a of X_i adds where a decision of the group takes level a
///     T_e[a] = factor of decision e between a and X_i, plus H_G[a] of the groups that e is in
///     U_e[a] = T_e[a] + interactions * (T_e[a]^2 - the squares of the parts that it is the sum of) / 2
///     A = sum of c U,   B_ef[a, b] = interactions * sum of c (T_e[a] T_f[b] - H_G[a] H_G[b] of groups with both)
class anova_sum {
  public:
    anova_sum() = default;
    anova_sum(const anova_kernel& kernel, const anova_kernel::weighted& weighted) : groups_(kernel.groups()) {
        interactions_ = weighted.interactions();
        for (std::size_t e = 0; e < kernel.decisions(); ++e) {
            begin_.push_back(levels_);
            levels_ += kernel.levels(e);
        }
        begin_.push_back(levels_);
        tables_.resize(kernel.decisions());
        factors<anova_sum> read{*this};
        weighted.for_each_factor(read);
        for (const auto& group : groups_) {
            group_begin_.push_back(group_levels_);
            group_levels_ += kernel.levels(group.front());
        }
        for (std::size_t r = 0, e = 0; r < levels_; ++r) {
            while (r >= begin_[e + 1]) ++e;
            pair_begin_.push_back(pairs_ - begin_[e + 1]);  // of column 0, which is not there
            pairs_ += levels_ - begin_[e + 1];
        }
    }

    std::size_t decisions() const noexcept { return tables_.size(); }
    /// Numbers of a row, and of the tables of a sum.
    std::size_t row_size() const noexcept { return 2 * levels_ + group_levels_; }
    std::size_t table_size() const noexcept { return 1 + levels_ + pairs_; }
    /// Where A_e[0] is in the tables; and B_ef[a, 0], a a level of e, f > e.
    std::size_t single_at(std::size_t e) const noexcept { return 1 + begin_[e]; }
    std::size_t pair_at(std::size_t e, std::size_t a, std::size_t f) const noexcept {
        return 1 + levels_ + pair_begin_[begin_[e] + a] + begin_[f];
    }
    std::size_t levels(std::size_t e) const noexcept { return begin_[e + 1] - begin_[e]; }

    /// The row of an architecture with these levels of its decisions.
    void describe(const std::uint16_t* levels, double* row) const {
        double* const together = row;
        double* const single = row + levels_;
        double* const grouped = row + 2 * levels_;
        std::fill_n(row, row_size(), 0.0);
        for (std::size_t g = 0; g < groups_.size(); ++g) {
            const std::size_t k = this->levels(groups_[g].front());
            const auto size = static_cast<double>(groups_[g].size());
            const double mean = size / static_cast<double>(k);
            double* const features = grouped + group_begin_[g];
            for (const std::size_t e : groups_[g]) features[levels[e]] += 1;
            for (std::size_t a = 0; a < k; ++a) features[a] = group_weights_[g] * (features[a] - mean) / (size - mean);
        }
        for (std::size_t e = 0; e < decisions(); ++e) {
            const std::size_t k = this->levels(e);
            for (std::size_t a = 0; a < k; ++a) {
                const double own = tables_[e].empty() ? 0 : tables_[e][a * k + levels[e]];
                together[begin_[e] + a] = own;
                single[begin_[e] + a] = -own * own;
            }
        }
        for (std::size_t g = 0; g < groups_.size(); ++g)
            for (const std::size_t e : groups_[g])
                for (std::size_t a = 0; a < this->levels(e); ++a) {
                    const double part = grouped[group_begin_[g] + a];
                    together[begin_[e] + a] += part;
                    single[begin_[e] + a] -= part * part;
                }
        for (std::size_t r = 0; r < levels_; ++r)
            single[r] = together[r] + interactions_ / 2 * (single[r] + together[r] * together[r]);
    }

    /// The tables of the sum over rows 0 to n - 1, one after the other in `rows`, with coefficients `c`.
    void sum(std::size_t n, const double* rows, const double* c, std::vector<double>& tables) const {
        tables.assign(table_size(), 0.0);
        double* const pairs = tables.data() + 1 + levels_;
        std::vector<double> both(group_levels_ == 0 ? 0 : group_levels_ * group_levels_);
        for (std::size_t i = 0; i < n; ++i, rows += row_size()) {
            tables[0] += c[i];
            add_times(levels_, c[i], rows + levels_, tables.data() + 1);
            const double weight = c[i] * interactions_;
            for (std::size_t e = 0, r = 0; e + 1 < decisions(); ++e)
                for (; r < begin_[e + 1]; ++r)
                    add_times(levels_ - begin_[e + 1], weight * rows[r], rows + begin_[e + 1],
                              pairs + (pair_begin_[r] + begin_[e + 1]));
            for (std::size_t g = 0; g < groups_.size(); ++g) {
                const std::size_t k = levels(groups_[g].front());
                const double* const part = rows + 2 * levels_ + group_begin_[g];
                for (std::size_t a = 0; a < k; ++a)
                    add_times(k, weight * part[a], part, both.data() + (group_begin_[g] + a) * group_levels_);
            }
        }
        subtract_groups(both.data(), tables.data(),
                        [](std::size_t k, const double* from, double* to) { add_times(k, -1.0, from, to); });
    }

    /// The same of as many sums at once as a block has lanes: a coefficient of each for every row.
    void sum(std::size_t n, const double* rows, const lane_block* c, std::vector<lane_block>& tables) const {
        tables.assign(table_size(), {});
        lane_block* const pairs = tables.data() + 1 + levels_;
        std::vector<lane_block> both(group_levels_ * group_levels_);
        const auto scaled = [this](const lane_block& block, double factor) {
            lane_block product;
            product.add_times(factor * interactions_, block);
            return product;
        };
        // Two rows at a time: tables are read and written half as often.
        const lane_block none;
        for (std::size_t i = 0; i < n; i += 2) {
            const bool second = i + 1 < n;
            const double* const a = rows + i * row_size();
            const double* const b = second ? a + row_size() : a;
            const lane_block of_a = c[i];
            const lane_block of_b = second ? c[i + 1] : none;
            const auto add = [](double first, const lane_block& with, double other, const lane_block& other_with,
                                lane_block& to) {
                lane_block sum = to;
                sum.add_times(first, with);
                sum.add_times(other, other_with);
                to = sum;
            };
            add(1, of_a, 1, of_b, tables[0]);
            for (std::size_t r = 0; r < levels_; ++r) add(a[levels_ + r], of_a, b[levels_ + r], of_b, tables[1 + r]);
            for (std::size_t e = 0, r = 0; e + 1 < decisions(); ++e)
                for (; r < begin_[e + 1]; ++r) {
                    const lane_block weight_a = scaled(of_a, a[r]);
                    const lane_block weight_b = scaled(of_b, b[r]);
                    for (std::size_t column = begin_[e + 1]; column < levels_; ++column)
                        add(a[column], weight_a, b[column], weight_b, pairs[pair_begin_[r] + column]);
                }
            for (std::size_t g = 0; g < groups_.size(); ++g) {
                const std::size_t first = 2 * levels_ + group_begin_[g];
                for (std::size_t x = 0; x < levels(groups_[g].front()); ++x) {
                    const lane_block weight_a = scaled(of_a, a[first + x]);
                    const lane_block weight_b = scaled(of_b, b[first + x]);
                    for (std::size_t y = 0; y < levels(groups_[g].front()); ++y)
                        add(a[first + y], weight_a, b[first + y], weight_b,
                            both[(group_begin_[g] + x) * group_levels_ + y]);
                }
            }
        }
        subtract_groups(both.data(), tables.data(), [](std::size_t k, const lane_block* from, lane_block* to) {
            for (std::size_t x = 0; x < k; ++x) to[x].subtract_times(1, from[x]);
        });
    }

  private:
    /// From the pairs of decisions of one group what their parts in it have in common.
    template <class Number, class Subtract>
    void subtract_groups(const Number* both, Number* tables, Subtract&& subtract) const {
        for (std::size_t g = 0; g < groups_.size(); ++g) {
            const std::size_t k = levels(groups_[g].front());
            for (std::size_t i = 0; i < groups_[g].size(); ++i)
                for (std::size_t j = i + 1; j < groups_[g].size(); ++j)
                    for (std::size_t a = 0; a < k; ++a)
                        subtract(k, both + (group_begin_[g] + a) * group_levels_,
                                 tables + pair_at(groups_[g][i], a, groups_[g][j]));
        }
    }

    template <class Owner>
    struct factors {
        Owner& owner;
        void operator()(std::size_t decision, std::size_t levels, const double* table) const {
            owner.tables_[decision].assign(table, table + levels * levels);
        }
        void operator()(std::size_t, double weight) const { owner.group_weights_.push_back(weight); }
    };

    std::vector<std::vector<std::size_t>> groups_;
    std::vector<std::vector<double>> tables_;  // of each decision: its factor, levels x levels
    std::vector<double> group_weights_;
    double interactions_ = 1;
    std::size_t levels_ = 0;  // of all decisions
    std::size_t group_levels_ = 0;
    std::size_t pairs_ = 0;
    std::vector<std::size_t> begin_;        // of each decision, among the levels of all
    std::vector<std::size_t> group_begin_;  // of each group, among those of all groups
    std::vector<std::size_t>
        pair_begin_;  // of each level of each decision: its row of pairs, less where its columns begin
};

}  // namespace nas::detail

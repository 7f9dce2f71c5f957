// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <nas/networks/packs.hpp>

namespace nas::detail {

/// A decision as a kernel sees it.
struct kernel_decision {
    std::size_t levels = 0;          ///< values that it has
    std::size_t ordered_levels = 0;  ///< how many of these, the first, are numbers in order; 0: none
};

/// How alike architectures are, in the sense of an analysis of variance of second order:
///
///     k(x, y) = 1 + E1 + interactions * E2,    E1 = sum of the factors, E2 = sum over pairs of them of their products
///
/// A factor is a decision, a group of decisions that have the same list of options, or features. A factor is the sum of its
/// components, each times a weight of its own:
///
///     nominal      S(a, b) = [a = b] for values of a decision
///     ordered      S(a, b) = 1 - |a - b| / (k - 1), besides, where k > 2 values are numbers in order
///     composition  of x and y: how often they choose the same, wherever in the group
///     features     the scalar product, of what a space says of its architectures
///
/// S is centred by rows and columns, so that it says nothing of the mean, and scaled to a mean of 1 on the diagonal (the
/// additive kernels of Duvenaud et al. 2011, made orthogonal as by Durrande et al. 2013).
///
/// It says nothing of hyper-parameters: they are arguments.
class anova_kernel {
  public:
    /// `groups`: the decisions of each, two or more, all with as many levels. `features`: how many there are.
    anova_kernel(std::vector<kernel_decision> decisions, std::vector<std::vector<std::size_t>> groups,
                 std::size_t features)
        : decisions_(std::move(decisions)), groups_(std::move(groups)) {
        for (std::size_t i = 0; i < decisions_.size(); ++i) {
            const std::size_t k = decisions_[i].levels;
            if (k < 2) continue;
            add_component(i, k, 0, [](std::size_t a, std::size_t b) { return a == b ? 1.0 : 0.0; });
            if (const std::size_t numbers = decisions_[i].ordered_levels; numbers > 2)
                add_component(i, k, numbers, [numbers](std::size_t a, std::size_t b) {
                    if (a >= numbers || b >= numbers) return a == b ? 1.0 : 0.0;
                    return 1 -
                           std::abs(static_cast<double>(a) - static_cast<double>(b)) / static_cast<double>(numbers - 1);
                });
            ++factors_;
        }
        for (const auto& group : groups_) {
            const std::size_t k = decisions_[group.front()].levels;
            components_.push_back({factors_++, no_decision, 0, {}, vector_size_, k});
            vector_size_ += k;
        }
        if (features > 0) components_.push_back({factors_++, no_decision, 0, {}, vector_size_, features});
        features_ = features;
    }

    std::size_t decisions() const noexcept { return decisions_.size(); }
    std::size_t levels(std::size_t decision) const noexcept { return decisions_[decision].levels; }
    const std::vector<std::vector<std::size_t>>& groups() const noexcept { return groups_; }
    std::size_t factors() const noexcept { return factors_; }
    std::size_t components() const noexcept { return components_.size(); }
    std::size_t factor_of(std::size_t component) const noexcept { return components_[component].factor; }
    /// Numbers that stand for an architecture beside its decisions.
    std::size_t vector_size() const noexcept { return vector_size_ + features_; }

    /// What the groups need of an architecture; features come after.
    void set_vector(std::span<const std::uint16_t> values, double* out) const {
        for (const auto& group : groups_) {
            const std::size_t k = decisions_[group.front()].levels;
            const auto size = static_cast<double>(group.size());
            const double share = 1 / static_cast<double>(k);
            const double scale = 1 / std::sqrt(size * (1 - share));
            for (std::size_t level = 0; level < k; ++level) {
                double count = 0;
                for (const std::size_t i : group) count += values[i] == level ? 1 : 0;
                *out++ = (count - size * share) * scale;
            }
        }
    }

    /// One component between two architectures.
    double similarity(std::size_t component, const std::uint16_t* x, const double* x_vector, const std::uint16_t* y,
                      const double* y_vector) const {
        const part& one = components_[component];
        if (one.decision != no_decision) return (*one.table)[x[one.decision] * one.levels + y[one.decision]];
        return dot(one.size, x_vector + one.begin, y_vector + one.begin);
    }

    /// The kernel with weights that stay the same for many pairs.
    class weighted {
      public:
        weighted() = default;
        weighted(const anova_kernel& kernel, std::span<const double> weights, double interactions)
            : interactions_(interactions) {
            for (std::size_t c = 0; c < kernel.components(); ++c) {
                const part& one = kernel.components_[c];
                if (one.decision == no_decision) {
                    vectors_.push_back({one.begin, one.size, weights[c]});
                    continue;
                }
                if (tables_.empty() || tables_.back().decision != one.decision)
                    tables_.push_back({one.decision, one.levels, std::vector<double>(one.table->size())});
                for (std::size_t i = 0; i < one.table->size(); ++i)
                    tables_.back().sums[i] += weights[c] * (*one.table)[i];
            }
        }
        double operator()(const std::uint16_t* x, const double* x_vector, const std::uint16_t* y,
                          const double* y_vector) const {
            double single = 0;
            double pairs = 0;
            for (const table& one : tables_) {
                const double factor = one.sums[x[one.decision] * one.levels + y[one.decision]];
                pairs += factor * single;
                single += factor;
            }
            for (const vector& one : vectors_) {
                const double factor = one.weight * dot(one.size, x_vector + one.begin, y_vector + one.begin);
                pairs += factor * single;
                single += factor;
            }
            return 1 + single + interactions_ * pairs;
        }
        double interactions() const noexcept { return interactions_; }
        /// Calls `visit(decision, levels, table)` for the factors that are decisions, and `visit(group, weight)` for the groups.
        template <class Visit>
        void for_each_factor(Visit&& visit) const {
            for (const table& one : tables_) visit(one.decision, one.levels, one.sums.data());
            for (std::size_t group = 0; group < vectors_.size(); ++group) visit(group, vectors_[group].weight);
        }

      private:
        struct table {
            std::size_t decision;
            std::size_t levels;
            std::vector<double> sums;
        };
        struct vector {
            std::size_t begin;
            std::size_t size;
            double weight;
        };
        double interactions_ = 1;
        std::vector<table> tables_;
        std::vector<vector> vectors_;
    };

  private:
    static constexpr std::size_t no_decision = static_cast<std::size_t>(-1);

    struct part {
        std::size_t factor;
        std::size_t decision;
        std::size_t levels;
        std::shared_ptr<const std::vector<double>> table;  // levels x levels; decisions that are alike share it
        std::size_t begin = 0;                             // in the vector
        std::size_t size = 0;
        std::size_t numbers = 0;  // levels in order; 0 where none is
    };

    /// `numbers`: how many of the `k` levels are in order.
    template <class Similarity>
    void add_component(std::size_t decision, std::size_t k, std::size_t numbers, Similarity similarity) {
        for (const part& other : components_)
            if (other.levels == k && other.numbers == numbers) {
                components_.push_back({factors_, decision, k, other.table, 0, 0, numbers});
                return;
            }
        std::vector<double> table(k * k);
        std::vector<double> rows(k);
        const auto count = static_cast<double>(k);
        double all = 0;
        for (std::size_t a = 0; a < k; ++a) {
            for (std::size_t b = 0; b < k; ++b) rows[a] += (table[a * k + b] = similarity(a, b)) / count;
            all += rows[a] / count;
        }
        double diagonal = 0;
        for (std::size_t a = 0; a < k; ++a) {
            for (std::size_t b = 0; b < k; ++b) table[a * k + b] += all - rows[a] - rows[b];
            diagonal += table[a * k + a] / count;
        }
        for (double& entry : table) entry /= diagonal;
        auto shared = std::make_shared<const std::vector<double>>(std::move(table));
        components_.push_back({factors_, decision, k, std::move(shared), 0, 0, numbers});
    }

    std::vector<kernel_decision> decisions_;
    std::vector<std::vector<std::size_t>> groups_;
    std::vector<part> components_;
    std::size_t factors_ = 0;
    std::size_t vector_size_ = 0;
    std::size_t features_ = 0;
};

}  // namespace nas::detail

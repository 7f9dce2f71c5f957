// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <nas/networks/packs.hpp>
#include <nas/predictors/gaussian_process/anova_kernel.hpp>
#include <nas/predictors/gaussian_process/lane_block.hpp>

namespace nas::detail {

/// The kernel between as many architectures as a block has lanes, and others one after the other: what a level of another's
/// decision has in common with each lane lies side by side. In the order of anova_kernel::weighted's operations, so it says the
/// same, in a twentieth of the time. The kernel must be one without features.
class anova_lanes {
  public:
    /// `covariance` of that kernel; it must outlive this.
    anova_lanes(const anova_kernel& kernel, const anova_kernel::weighted& covariance)
        : interactions_(covariance.interactions()), vectors_(kernel.vector_size()) {
        for (const auto& group : kernel.groups()) groups_.push_back({kernel.levels(group.front()), 0});
        covariance.for_each_factor(read_factors{*this});
    }

    /// What a lane is.
    void set(std::size_t lane, const std::uint16_t* levels, const double* vector) {
        lane_block* to = likeness_.data();
        for (const table& one : tables_) {
            const double* const row = one.sums + levels[one.decision] * one.levels;
            for (std::size_t level = 0; level < one.levels; ++level) to++->set(lane, row[level]);
        }
        for (lane_block& feature : vectors_) feature.set(lane, *vector++);
    }

    /// Of all lanes with another architecture.
    lane_block operator()(const std::uint16_t* levels, const double* vector) const {
        lane_block single;
        lane_block pairs;
        const auto add = [&](const lane_block& factor) {
            pairs.add_products(factor, single);
            single.add(factor);
        };
        const lane_block* from = likeness_.data();
        for (const table& one : tables_) {
            add(from[levels[one.decision]]);
            from += one.levels;
        }
        const lane_block* feature = vectors_.data();
        for (const grouped& one : groups_) {
            lane_block factor = product(one.size, feature, vector);
            factor.multiply(one.weight);
            add(factor);
            feature += one.size;
            vector += one.size;
        }
        lane_block sum;
        lane_block::for_each(
            [this](auto& to, const auto& one, const auto& two) { to = 1.0 + one + interactions_ * two; }, sum, single,
            pairs);
        return sum;
    }

  private:
    /// Added up as by `dot`.
    static lane_block product(std::size_t size, const lane_block* a, const double* b) {
        constexpr std::size_t width = widest_pack / sizeof(double);
        lane_block sums[width];
        for (std::size_t k = 0; k < size; ++k) sums[k % width].add_times(b[k], a[k]);
        for (std::size_t half = width / 2; half > 0; half /= 2)
            for (std::size_t k = 0; k < half; ++k) sums[k].add(sums[k + half]);
        return sums[0];
    }

    struct table {
        std::size_t decision;
        std::size_t levels;
        const double* sums;
    };
    struct grouped {
        std::size_t size;
        double weight;
    };
    struct read_factors {
        anova_lanes& to;
        void operator()(std::size_t decision, std::size_t levels, const double* sums) const {
            to.tables_.push_back({decision, levels, sums});
            to.likeness_.resize(to.likeness_.size() + levels);
        }
        void operator()(std::size_t group, double weight) const { to.groups_[group].weight = weight; }
    };

    double interactions_;
    std::vector<table> tables_;
    std::vector<grouped> groups_;
    std::vector<lane_block> likeness_;  // [table][level of another]
    std::vector<lane_block> vectors_;
};

}  // namespace nas::detail

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace nas {

/// Gaussian kernels over the levels of a numeric decision. The kernel at level m gives level c the mass that a normal
/// distribution around m, truncated to [0, 1], has in the cell of c: what is nearer to c than to another level.
///
///     mass(m, c) = (F(right of c) - F(left of c)) / (F(1) - F(0)),   F(x) = Phi((x - position of m) / bandwidth)
///
/// Masses are multiples of 2^-24, so that sums of 5e8 of them in double are exact: what was added can be taken away again, in
/// any order. All masses are computed once: 8 bytes for each pair of levels.
class parzen_levels {
  public:
    /// `positions`: of each level in [0, 1], only rising or only falling; `bandwidth` > 0, as a share of the range.
    parzen_levels(std::span<const double> positions, double bandwidth)
        : parzen_levels(positions, std::vector<double>(positions.size(), bandwidth)) {}
    /// With a bandwidth for the kernel at each level.
    parzen_levels(std::span<const double> positions, const std::vector<double>& bandwidths) : size_(positions.size()) {
        for (const double bandwidth : bandwidths)
            if (!(bandwidth > 0))
                throw std::invalid_argument("nas::parzen_levels: bandwidth (" + std::to_string(bandwidth) +
                                            ") must be above 0");
        const std::vector<double> edges = cell_edges(positions);
        masses_.resize(size_ * size_);
        for (std::size_t m = 0; m < size_; ++m) fill(positions[m], bandwidths[m], edges, m);
        for (const float mass : masses_) largest_ = std::max(largest_, mass);
        likeness_.resize(size_ * (size_ + 1));
        for (std::size_t c = 0; c < size_; ++c) {
            likeness_[c * (size_ + 1)] = uniform();
            for (std::size_t m = 0; m < size_; ++m)
                likeness_[c * (size_ + 1) + m + 1] = masses_[m * size_ + c] / largest_;
        }
    }

    std::size_t size() const noexcept { return size_; }

    /// The kernel at level `m`: a mass for each level, together 1.
    std::span<const float> masses(std::size_t m) const noexcept { return {masses_.data() + m * size_, size_}; }
    /// The mass of each level without a kernel, relative to the largest mass of any kernel.
    float uniform() const noexcept { return 1 / (static_cast<float>(size_) * largest_); }
    /// What level `c` has of the kernel at each level m, at place m + 1, and of none at place 0, relative to the largest mass.
    const float* likeness(std::size_t c) const noexcept { return likeness_.data() + c * (size_ + 1); }

  private:
    static std::vector<double> cell_edges(std::span<const double> positions) {
        const std::size_t count = positions.size();
        std::vector<double> edges(count + 1);
        for (std::size_t i = 1; i < count; ++i) edges[i] = (positions[i - 1] + positions[i]) / 2;
        const bool falls = count > 1 && positions[0] > positions[1];
        edges.front() = falls ? 1 : 0;
        edges.back() = falls ? 0 : 1;
        return edges;
    }

    void fill(double at, double bandwidth, const std::vector<double>& edges, std::size_t m) {
        // The upper tail, so that what is far above the kernel keeps its digits.
        const auto beyond = [&](double x) { return std::erfc((x - at) / (bandwidth * std::sqrt(2.0))); };
        const double all = std::fabs(beyond(edges.front()) - beyond(edges.back()));
        double before = beyond(edges.front());
        double left = 1;
        for (std::size_t c = 0; c < size_; ++c) {
            const double after = beyond(edges[c + 1]);
            const double mass = std::floor(std::fabs(before - after) / all * 0x1p24) * 0x1p-24;
            masses_[m * size_ + c] = static_cast<float>(mass);
            left -= mass;
            before = after;
        }
        masses_[m * size_ + m] += static_cast<float>(left);  // what rounding took
    }

    std::size_t size_;
    float largest_ = 0;
    std::vector<float> masses_;    // [kernel][level]
    std::vector<float> likeness_;  // [level][1 + kernel]
};

}  // namespace nas

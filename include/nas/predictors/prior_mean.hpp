// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include <nas/core/number_text.hpp>
#include <nas/core/space.hpp>

namespace nas {

/// What is believed of architectures before any trial. At first a constant; or what is cheap to say of them, parameters, FLOPs, a
/// zero-cost proxy:
///
///     a + b * score             prior_mean<space>([](const arch& a) { return std::log(parameters_of(a)); })
///     a + b1 * f1 + b2 * f2     prior_mean<space>(2, [](const space&, const arch& a, std::span<double> f) { ... })
///
/// a and the b are fitted: only how scores rank architectures, and how far apart, counts. Scores must be finite, at most 1e150, as
/// they are squared, and the same each time.
template <class Space>
class prior_mean {
  public:
    using arch_type = arch_t<Space>;

    prior_mean() = default;
    template <class Score>
        requires std::is_invocable_r_v<double, const Score&, const arch_type&> ||
            std::is_invocable_r_v<double, const Score&, const Space&, const arch_type&>
            prior_mean(Score score)  // a score is a prior mean
            : prior_mean(1,
                         [score = std::move(score)](const Space& space, const arch_type& arch, std::span<double> out) {
                             if constexpr (std::is_invocable_r_v<double, const Score&, const arch_type&>) {
                                 out[0] = score(arch);
                             } else {
                                 out[0] = score(space, arch);
                             }
                         }) {}
        /// `read` writes as many numbers as there are features.
        prior_mean(std::size_t features, std::function<void(const Space&, const arch_type&, std::span<double>)> read)
            : features_(features), read_(std::move(read)) {}

        /// 0: constant.
        std::size_t features() const noexcept { return features_; }
        /// Throws std::invalid_argument where one is not finite, or too large.
        void read(const Space& space, const arch_type& arch, std::span<double> out) const {
            if (features_ == 0) return;
            read_(space, arch, out);
            for (std::size_t i = 0; i < features_; ++i) {
                if (out[i] >= -1e150 && out[i] <= 1e150) continue;
                const std::string which = "nas::prior_mean: score " + std::to_string(i);
                const std::string whose = " of " + std::string(space.describe(arch));
                if (!(out[i] - out[i] == 0)) throw std::invalid_argument(which + whose + " is not finite");
                throw std::invalid_argument(which + " (" + detail::number_text(out[i]) + ')' + whose +
                                            " must be in [-1e+150, 1e+150], as its square is needed; only how scores "
                                            "rank architectures, and how far apart, counts: divide them");
            }
        }

      private:
        std::size_t features_ = 0;
        std::function<void(const Space&, const arch_type&, std::span<double>)> read_;
};

namespace detail {

/// What fitted factors of scores are as a covariance: normal priors of a and the b, so wide that they are generalised least squares
/// but for about one in 10^4 (Rasmussen and Williams 2006, 2.7), in units of the signal's variance. Nothing where there are no
/// scores.
inline constexpr double mean_variance = 1e4;
inline double mean_covariance(std::size_t scores, const double* x, const double* y) {
    if (scores == 0) return 0;
    double sum = 1;
    for (std::size_t i = 0; i < scores; ++i) sum += x[i] * y[i];
    return mean_variance * sum;
}

}  // namespace detail

}  // namespace nas

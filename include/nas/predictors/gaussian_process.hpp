// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/options.hpp>
#include <nas/core/space.hpp>
#include <nas/networks/packs.hpp>
#include <nas/operators/identity.hpp>
#include <nas/predictors/gaussian_process/anova.hpp>
#include <nas/predictors/gaussian_process/cholesky.hpp>
#include <nas/predictors/gaussian_process/gaussian_process_options.hpp>
#include <nas/predictors/gaussian_process/lane_predictions.hpp>
#include <nas/predictors/gaussian_process/marginal_likelihood.hpp>
#include <nas/predictors/gaussian_process/process_data.hpp>
#include <nas/predictors/gaussian_process/process_kernel.hpp>
#include <nas/predictors/kernels.hpp>
#include <nas/predictors/normal_scores.hpp>
#include <nas/predictors/predictor.hpp>
#include <nas/predictors/prior_mean.hpp>

namespace nas {

/// A Gaussian process over the networks of a space: what each may be worth, and how sure that is, given trials of some.
///
/// The covariance of two networks is 1 + what `Kernel` says of them, at first an analysis of variance of second order over the
/// space's decisions and the space's own features where it encodes itself (anova); kernels.hpp and kernel_algebra.hpp have others.
/// What that cannot explain is a variance of each network's own and the noise of each trial: a network of m trials counts as one of
/// their mean, with noise / m. Repeats tell the two apart; without any, noise_share does.
///
///     fit:      values are shifted and scaled; those of one network become their mean
///               hyper-parameters: the largest posterior density, the variance of the signal integrated out, by iRprop-, on
///               `fitted` of the networks, half of them the best, the others spread over the ranks of the rest
///               factor the covariances of `networks` of them, chosen likewise
///     predict:  the posterior mean of what further trials of the network are worth
///
/// The prior mean is a constant, or grows with what is cheap to say of architectures (prior_mean): factors are fitted.
///
///     nas::gaussian_process<space, nas::matern<space>> process(made);    // another kernel
///     nas::gaussian_process<space> process(made, {}, [](const arch& a) { return std::log(parameters_of(a)); });    // a score
///
/// A fit costs n^3 / 6 multiplications for n = `networks`, and 16 times n^3 / 2 for n = `fitted`: 2 ms for 100 networks, 4 ms
/// for 300. Results do not depend on addresses. Made for a space, which its members get; not to be used with another.
/// The space must be an EncodableSpace. Values are expected to have the same noise everywhere: see tail_scores.
template <class Space, class Kernel = anova<Space>>
class gaussian_process {
    static_assert(EncodableSpace<Space>,
                  "nas: nas::gaussian_process needs features: the space needs `std::size_t encoding_size() const` and "
                  "`void encode(const arch_type&, std::span<double>) const`, or decisions");
    static_assert(check_kernel<Kernel, Space>());

  public:
    using arch_type = arch_t<Space>;

    explicit gaussian_process(const Space& space, gaussian_process_options options = {}, prior_mean<Space> mean = {})
        : options_(options), kernel_(space), mean_(std::move(mean)) {
        check_options("nas::gaussian_process", options_);
    }
    std::string name() const { return detail::name_with_kernel<Kernel, anova<Space>>("gaussian_process"); }
    const gaussian_process_options& options() const noexcept { return options_; }
    /// The hyper-parameters of the last fit.
    const detail::process_parameters& parameters() const noexcept { return parameters_; }
    /// What the prior mean grows by for each of its scores, as fitted.
    std::vector<double> mean_factors() const {
        std::vector<double> factors(mean_.features(), 0.0);
        for (std::size_t i = 0; i < factors.size() && size() > 0; ++i) {
            for (std::size_t k = 0; k < size(); ++k) factors[i] += solved_[k] * scores(k)[i];
            factors[i] *= detail::mean_variance * units_.scale * score_scales_.factors[i];
        }
        return factors;
    }
    /// How often the last fit had to multiply the nugget by ten, for the matrix to be positive definite.
    std::size_t raised() const noexcept { return raised_; }
    /// Networks that it remembers.
    std::size_t size() const noexcept { return data_.size(); }
    bool remembers(const Space& space, const arch_type& arch) const { return known_.contains(network_of(space, arch)); }

    /// Learns these values, and forgets all others. Throws std::invalid_argument where there are not as many architectures as
    /// values, or a value is not finite.
    void fit(const Space& space, std::span<const arch_type> archs, std::span<const double> values) {
        detail::check_observations("nas::gaussian_process", archs.size(), values);
        remember(space, archs, values);
        if (size() == 0) return;
        const auto chosen = detail::representatives(data_.means, options_.fitted);
        const detail::process_data part = detail::part_of(data_, chosen);
        detail::marginal_likelihood likelihood(kernel_.pairs(part), part,
                                               std::log(options_.noise_share) - std::log1p(-options_.noise_share));
        parameters_ = likelihood.maximize(likelihood.start(), options_.iterations);
        factor();
    }

    /// The mean of what trials of this network are worth; NaN where nothing was learned.
    double predict(const Space& space, const arch_type& arch) const {
        if (size() == 0) return std::nan("");
        return units_.origin + units_.scale * detail::dot(size(), of(space, arch).covariances.data(), solved_.data());
    }
    /// The standard deviation of that mean: without the noise of a trial. NaN where nothing was learned.
    double deviation(const Space& space, const arch_type& arch) const {
        if (size() == 0) return std::nan("");
        view one = of(space, arch);
        detail::solve_lower(size(), factor_.data(), one.covariances.data());
        return deviation_of(one.variance - detail::dot(size(), one.covariances.data(), one.covariances.data()));
    }
    /// Both of many, up to rounding: several at once.
    void predict_all(const Space& space, std::span<const arch_type> archs, std::span<prediction> out) const {
        if (size() == 0) return std::fill(out.begin(), out.end(), prediction{std::nan(""), std::nan("")});
        const auto row = [this](std::size_t i) { return factor_.data() + i * size(); };
        constexpr std::size_t width = detail::lane_block::lanes;
        std::vector<detail::lane_block> work;
        for (std::size_t first = 0; first < archs.size(); first += detail::lane_predictions::most) {
            const std::size_t count = std::min(detail::lane_predictions::most, archs.size() - first);
            work.resize((count + width - 1) / width * size());
            for (std::size_t k = 0; k < count; ++k) {
                const view one = of(space, archs[first + k]);
                for (std::size_t i = k / width * size(); double c : one.covariances) work[i++].set(k % width, c);
                out[first + k].deviation = one.variance;
            }
            const detail::lane_predictions found(size(), row, solved_, work, true);
            for (std::size_t k = 0; k < count; ++k)
                out[first + k] = {units_.origin + units_.scale * found.means[k],
                                  deviation_of(out[first + k].deviation - found.known[k])};
        }
    }
    /// What it would say of this network had it learned nothing of it, with the hyper-parameters as they are, in closed form
    /// (Rasmussen and Williams 2006, 5.4.2); of one that it does not remember, what it says. As costly as a deviation.
    prediction leave_one_out(const Space& space, const arch_type& arch) const {
        const std::size_t k = known_.find(network_of(space, arch));
        if (k == known_.npos) return {predict(space, arch), deviation(space, arch)};
        std::vector<double> column(size());  // of L^-1
        column[k] = 1;
        detail::solve_lower(size(), factor_.data(), column.data());
        const double precision = detail::dot(size(), column.data(), column.data());
        const double residual = solved_[k] / precision;
        const double squares = noise_ > 0 ? data_.squares[k] / noise_ : 0;
        const double trials = data_.total_trials() + 1;
        const double signal = (signal_ * trials - residual * solved_[k] - squares) / (trials - data_.trials[k]);
        const double variance = std::max(0.0, 1 / precision - noise_ / data_.trials[k]);
        return {units_.origin + units_.scale * (data_.means[k] - residual),
                units_.scale * std::sqrt(std::max(0.0, signal) * variance)};
    }
    /// The standard deviation of a trial from the mean of its network.
    double noise() const noexcept { return units_.scale * std::sqrt(signal_ * noise_); }

  private:
    struct view {
        double variance;                  // before anything was seen
        std::vector<double> covariances;  // with the networks that are remembered
    };
    double deviation_of(double variance) const { return units_.scale * std::sqrt(signal_ * std::max(0.0, variance)); }

    void remember(const Space& space, std::span<const arch_type> archs, std::span<const double> values) {
        const double unit = detail::binary_unit(values);
        std::vector<double> scaled(values.begin(), values.end());
        for (double& value : scaled) value /= unit;
        const detail::grouped_values groups = detail::group_by_network<Space>(space, archs, scaled);
        const auto chosen = detail::representatives(groups.data.means, options_.networks);
        data_ = detail::part_of(groups.data, chosen);
        units_ = detail::standardization(data_);
        units_.origin *= unit;
        units_.scale *= unit;
        known_ = {};
        const std::size_t levels = kernel_.levels();
        const std::size_t width = kernel_.vector_size();
        data_.levels.resize(chosen.size() * levels);
        data_.vectors.resize(chosen.size() * width);
        data_.scores.resize(chosen.size() * mean_.features());
        for (std::size_t k = 0; k < chosen.size(); ++k) {
            const arch_type& arch = archs[groups.first[chosen[k]]];
            known_.insert(network_of(space, arch));
            kernel_.describe(space, arch, data_.levels.data() + k * levels, data_.vectors.data() + k * width);
            mean_.read(space, arch, std::span(data_.scores).subspan(k * mean_.features(), mean_.features()));
        }
        kernel_.adapt(data_.vectors);
        score_scales_ = detail::feature_scales(data_.scores, mean_.features(), mean_.features());
    }

    const std::uint16_t* levels(std::size_t k) const { return data_.levels.data() + k * kernel_.levels(); }
    const double* vector(std::size_t k) const { return data_.vectors.data() + k * kernel_.vector_size(); }
    const double* scores(std::size_t k) const { return data_.scores.data() + k * mean_.features(); }

    /// Factors with `parameters_`.
    void factor() {
        const std::size_t n = size();
        kernel_.set(parameters_.kernel);
        factor_.resize(n * n);
        // More, where rounding shows, or a kernel is not positive definite.
        for (raised_ = 0;; ++raised_, parameters_.nugget += std::log(10.0)) {
            if (!(parameters_.nugget < 30))
                throw std::invalid_argument(
                    "nas::gaussian_process: the kernel must give finite covariances that are positive definite");
            noise_ = parameters_.noise_variance();
            own_ = parameters_.nugget_variance() - noise_;
            for (std::size_t i = 0; i < n; ++i) {
                for (std::size_t j = 0; j <= i; ++j)
                    factor_[i * n + j] = kernel_(levels(i), vector(i), levels(j), vector(j)) +
                                         detail::mean_covariance(mean_.features(), scores(i), scores(j));
                factor_[i * n + i] += own_ + noise_ / data_.trials[i];
            }
            if (detail::cholesky(n, factor_.data())) break;
        }
        solved_ = data_.means;
        detail::solve_lower(n, factor_.data(), solved_.data());
        const double squares = noise_ > 0 ? data_.total_squares() / noise_ : 0;
        signal_ = (detail::dot(n, solved_.data(), solved_.data()) + squares + 1) / (data_.total_trials() + 1);
        detail::solve_lower_transposed(n, factor_.data(), solved_.data());
    }

    view of(const Space& space, const arch_type& arch) const {
        std::vector<std::uint16_t> own_levels(kernel_.levels());
        std::vector<double> own_vector(kernel_.vector_size());
        kernel_.describe(space, arch, own_levels.data(), own_vector.data());
        kernel_.scale(own_vector);
        std::vector<double> own_scores(mean_.features());
        mean_.read(space, arch, own_scores);
        score_scales_.apply(own_scores);
        const auto with = [&](const std::uint16_t* other_levels, const double* other_vector, const double* other) {
            return kernel_(own_levels.data(), own_vector.data(), other_levels, other_vector) +
                   detail::mean_covariance(own_scores.size(), own_scores.data(), other);
        };
        view one{with(own_levels.data(), own_vector.data(), own_scores.data()) + own_, std::vector<double>(size())};
        for (std::size_t k = 0; k < size(); ++k) one.covariances[k] = with(levels(k), vector(k), scores(k));
        if (const std::size_t k = known_.find(network_of(space, arch)); k != known_.npos) one.covariances[k] += own_;
        return one;
    }

    gaussian_process_options options_;
    detail::process_kernel<Space, Kernel> kernel_;
    prior_mean<Space> mean_;
    detail::feature_scales score_scales_;
    detail::process_data data_;
    detail::standardization units_;
    identity_set<network_t<Space>> known_;
    detail::process_parameters parameters_;
    std::vector<double> factor_;  // of the covariances of the observed means, in units of `signal_`
    std::vector<double> solved_;  // their inverse times the means
    double own_ = 0;              // variance of what is a network's own
    double noise_ = 0;            // of one trial
    double signal_ = 1;
    std::size_t raised_ = 0;
};

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <Eigen/Dense>

#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/predictors/gaussian_process/marginal_likelihood.hpp>
#include <nas/predictors/gaussian_process/process_data.hpp>
#include <nas/predictors/gaussian_process/space_kernel.hpp>
#include <nas/spaces/choice_space.hpp>

/// The kernel of Gaussian processes once more, dense and without tricks, and what it learns from.
namespace nas::tests {

using cells = nas::choice_space<>;

/// Two decisions with numbers in order, one of which counts only where the first says so, and two of one list of operations.
inline cells mixed_cells() {
    return cells(std::vector<nas::decision>{{"width", 4, {"8", "16", "32", "64"}},
                                            {"first", 3, {"conv", "pool", "skip"}},
                                            {"second", 3, {"conv", "pool", "skip"}},
                                            {"rate", 3, {"1", "0.1", "0.01"}, {}, nas::condition{1, {0}}}});
}

/// The kernel of mixed_cells between a pair, and its derivatives by the logarithms of the weights, and by that of what products
/// weigh.
struct plain_covariance {
    double value = 0;
    std::vector<double> slopes;
};

inline plain_covariance plain_kernel(const cells& space, const nas::detail::process_parameters& of,
                                     const cells::arch_type& x, const cells::arch_type& y) {
    const auto centred = [](std::size_t k, std::size_t a, std::size_t b, auto similarity) {
        const auto n = static_cast<Eigen::Index>(k);
        Eigen::MatrixXd s(n, n);
        for (std::size_t i = 0; i < k; ++i)
            for (std::size_t j = 0; j < k; ++j)
                s(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = similarity(i, j);
        const Eigen::MatrixXd h =
            Eigen::MatrixXd::Identity(n, n) - Eigen::MatrixXd::Constant(n, n, 1.0 / static_cast<double>(k));
        const Eigen::MatrixXd c = h * s * h;
        return c(static_cast<Eigen::Index>(a), static_cast<Eigen::Index>(b)) / (c.trace() / static_cast<double>(k));
    };
    const auto same = [](std::size_t a, std::size_t b) { return a == b ? 1.0 : 0.0; };
    const auto line = [](std::size_t k) {
        return [k](std::size_t a, std::size_t b) {
            if (a >= k || b >= k) return a == b ? 1.0 : 0.0;
            return 1 - std::abs(static_cast<double>(a) - static_cast<double>(b)) / static_cast<double>(k - 1);
        };
    };
    const auto level = [&](const cells::arch_type& arch, std::size_t i) -> std::size_t {
        return i == 3 && arch[1] != 0 ? 3 : arch[i];
    };
    const auto nominal = [&](std::size_t i) {
        return centred(i == 3 ? 4 : space.cardinality(i), level(x, i), level(y, i), same);
    };
    const double counts = [&] {
        double sum = 0;
        for (std::uint8_t o = 0; o < 3; ++o)
            sum += ((x[1] == o) + (x[2] == o) - 2.0 / 3) * ((y[1] == o) + (y[2] == o) - 2.0 / 3);
        return sum / (2 * (1 - 1.0 / 3));
    }();
    std::vector<double> components{nominal(0), centred(4, x[0], y[0], line(4)),
                                   nominal(1), nominal(2),
                                   nominal(3), centred(4, level(x, 3), level(y, 3), line(3)),
                                   counts};
    const std::vector<std::size_t> factor_of{0, 0, 1, 2, 3, 3, 4};
    std::vector<double> factors(5);
    for (std::size_t c = 0; c < components.size(); ++c)
        factors[factor_of[c]] += components[c] *= std::exp(of.kernel[c]);
    double single = 0;
    double pairs = 0;
    for (std::size_t i = 0; i < factors.size(); ++i) {
        single += factors[i];
        for (std::size_t j = 0; j < i; ++j) pairs += factors[i] * factors[j];
    }
    const double interactions = std::exp(of.kernel.back());
    plain_covariance found{1 + single + interactions * pairs, {}};
    for (std::size_t c = 0; c < components.size(); ++c)
        found.slopes.push_back(components[c] * (1 + interactions * (single - factors[factor_of[c]])));
    found.slopes.push_back(interactions * pairs);
    return found;
}

/// The covariances of these architectures; `slope`: their derivatives by a parameter of the kernel instead.
inline Eigen::MatrixXd plain_matrix(const cells& space, const nas::detail::process_parameters& of,
                                    const std::vector<cells::arch_type>& archs, int slope = -1) {
    const auto n = static_cast<Eigen::Index>(archs.size());
    return Eigen::MatrixXd::NullaryExpr(n, n, [&](Eigen::Index i, Eigen::Index j) {
        const auto one =
            plain_kernel(space, of, archs[static_cast<std::size_t>(i)], archs[static_cast<std::size_t>(j)]);
        return slope < 0 ? one.value : one.slopes[static_cast<std::size_t>(slope)];
    });
}

struct example {
    std::vector<cells::arch_type> archs;
    std::vector<double> values;

    example(const cells& space, std::size_t n, std::uint64_t seed, double noise = 0.1) {
        nas::rng random(seed);
        for (std::size_t i = 0; i < n; ++i) {
            archs.push_back(space.sample(random));
            values.push_back(worth(archs.back()) + noise * (nas::unit(random) - 0.5));
        }
    }
    static double worth(const cells::arch_type& arch) {
        double sum = 0;
        for (std::size_t i = 0; i < arch.size(); ++i) sum += static_cast<double>(arch[i] * (i + 1)) / 4;
        return sum + (arch[0] == arch[1] ? 1 : 0);
    }
};

inline nas::detail::process_data data_of(const cells& space, const nas::detail::space_kernel& kernel,
                                         const example& of) {
    auto groups = nas::detail::group_by_network<cells>(space, of.archs, of.values);
    nas::detail::process_data& data = groups.data;
    const std::size_t d = kernel.anova.decisions();
    const std::size_t v = kernel.anova.vector_size();
    data.levels.resize(data.size() * d);
    data.vectors.resize(data.size() * v);
    for (std::size_t k = 0; k < data.size(); ++k)
        nas::detail::describe_to_kernel(space, of.archs[groups.first[k]], kernel, data.levels.data() + k * d,
                                        data.vectors.data() + k * v);
    nas::detail::standardization units(data);
    return data;
}

}  // namespace nas::tests

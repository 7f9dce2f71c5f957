// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <nas/networks/packs.hpp>
#include <nas/predictors/gaussian_process/growing_process.hpp>
#include <nas/searchers/gp_search.hpp>
#include <nas/spaces/choice_space.hpp>

#include "searches.hpp"

// The Gaussian process of gp_search and what a step of it costs, beside the same from anew by Eigen. Names are what/who/trials; the
// counter `call` is seconds of one. 20 decisions of 8 choices where all architectures are too many, else 6 of 5 (15,625) and 9 of
// 2 to 6 (62,208).
namespace {

using space_type = nas::choice_space<>;
using arch_type = space_type::arch_type;
using process_type = nas::detail::growing_process<space_type>;

space_type large_space() { return space_type(20, 8); }
space_type mixed_space() { return space_type(std::vector<std::size_t>{6, 4, 2, 2, 2, 6, 6, 3, 3}); }

std::vector<arch_type> samples(const space_type& space, std::size_t count) {
    nas::rng random{5};
    std::vector<arch_type> archs;
    for (std::size_t i = 0; i < count; ++i) archs.push_back(space.sample(random));
    return archs;
}
double value_of(const arch_type& arch) {
    double sum = 0;
    for (std::size_t i = 0; i < arch.size(); ++i) sum += std::sin(static_cast<double>(arch.data()[i] + i));
    return sum;
}

/// `make()` returns what is then called again and again.
template <class Make>
void add(const std::string& what, const std::string& who, std::size_t trials, Make make) {
    benchmark::RegisterBenchmark(
        (what + '/' + who + '/' + std::to_string(trials)).c_str(), [=](benchmark::State& state) {
            auto call = make();
            for (auto _ : state) call();
            state.counters["call"] =
                benchmark::Counter(1, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
        });
}

/// A process of `trials` random architectures, and what it knows of them, to which rows are added and taken back.
struct learned {
    learned(space_type of, std::size_t trials, std::size_t most_enumerated)
        : space(std::move(of)), process(space, most_enumerated, true), archs(samples(space, trials + 8)) {
        for (std::size_t i = 0; i < trials; ++i) {
            process.append(space, archs[i]);
            values.push_back(value_of(archs[i]));
        }
        rows = process.known();
    }

    /// Architectures that come after the first ones become rows.
    void append(std::size_t count) {
        const std::span<const arch_type> added = std::span<const arch_type>(archs).subspan(values.size(), count);
        process.append(space, added, rows);
    }
    void take_back() {
        const std::size_t n = values.size();
        const std::size_t more = rows.factor.size();
        rows.factor.shrink(n);
        rows.levels.resize(rows.levels.size() / more * n);
        rows.vectors.resize(rows.vectors.size() / more * n);
        rows.sums.resize(rows.sums.size() / more * n);
    }

    space_type space;
    process_type process;
    std::vector<arch_type> archs;
    std::vector<double> values;
    process_type::rows rows;
    std::vector<float> means;
};

auto make_tell(std::size_t trials, std::size_t count) {
    return [=] {
        return [made = std::make_shared<learned>(large_space(), trials, 0), count] {
            made->append(count);
            made->take_back();
        };
    };
}

/// A row, the coefficients of all values, and means and variances of all architectures.
auto make_step(space_type (*space)(), std::size_t trials) {
    return [=] {
        return [made = std::make_shared<learned>(space(), trials, std::size_t{1} << 17)] {
            made->append(1);
            made->process.means(made->process.solve(made->values, [](std::size_t) { return true; }), made->means);
            benchmark::DoNotOptimize(made->means.data());
            made->take_back();
        };
    };
}

/// A proposal among 300 random architectures and the neighbours of the best five, 700, none of which was seen before.
auto make_ask(std::size_t trials) {
    struct asking {
        explicit asking(std::size_t trials)
            : searcher(large_space(), {.candidates = 300, .climbs = 0, .observations = 4096}) {
            const std::vector<arch_type> archs = samples(searcher.space(), trials);
            for (nas::trial_id id = 0; id < trials; ++id) {
                nas::trial<arch_type> told;
                told.id = id;
                told.arch = archs[id];
                told.result = value_of(archs[id]);
                searcher.tell(told, random);
            }
        }
        nas::gp_search<space_type> searcher;
        nas::rng random{1};
    };
    return [=] {
        return [made = std::make_shared<asking>(trials), id = static_cast<nas::trial_id>(trials)] {
            benchmark::DoNotOptimize(made->searcher.ask({.id = id, .told = id, .asked = id}, made->random));
        };
    };
}

/// From anew: the covariances of all trials, their factor and coefficients; with `pool` architectures what these have in
/// common with the trials, means and variances.
auto make_refit(space_type (*space)(), std::size_t trials, std::size_t pool) {
    struct refit {
        refit(const space_type& of, std::size_t trials, std::size_t pool)
            : archs(samples(of, trials + pool)), width(of.decisions()), values(static_cast<Eigen::Index>(trials)) {
            for (std::size_t i = 0; i < trials; ++i) values[static_cast<Eigen::Index>(i)] = value_of(archs[i]);
            for (std::size_t d = 0; d <= width; ++d) likeness.push_back(std::exp(-static_cast<double>(d) / 4));
        }
        double covariance(std::size_t i, std::size_t j) const {
            std::size_t differing = 0;
            for (std::size_t d = 0; d < width; ++d) differing += archs[i].data()[d] != archs[j].data()[d] ? 1U : 0U;
            return likeness[differing];
        }
        void operator()() {
            const Eigen::Index n = values.size();
            const auto count = static_cast<std::size_t>(n);
            Eigen::MatrixXd matrix(n, n);
            for (Eigen::Index i = 0; i < n; ++i)
                for (Eigen::Index j = i; j < n; ++j)
                    matrix(j, i) = covariance(static_cast<std::size_t>(i), static_cast<std::size_t>(j));
            matrix.diagonal().array() += 1e-3;
            const Eigen::LLT<Eigen::MatrixXd> factor(matrix);
            Eigen::VectorXd coefficients = factor.solve(values);
            benchmark::DoNotOptimize(coefficients.data());
            if (archs.size() == count) return;
            Eigen::MatrixXd common(n, static_cast<Eigen::Index>(archs.size() - count));
            for (Eigen::Index j = 0; j < common.cols(); ++j)
                for (Eigen::Index i = 0; i < n; ++i)
                    common(i, j) = covariance(static_cast<std::size_t>(i), count + static_cast<std::size_t>(j));
            Eigen::VectorXd means = common.transpose() * coefficients;
            factor.matrixL().solveInPlace(common);
            Eigen::VectorXd variances = 1 - common.colwise().squaredNorm().transpose().array();
            benchmark::DoNotOptimize(means.data());
            benchmark::DoNotOptimize(variances.data());
        }
        std::vector<arch_type> archs;
        std::size_t width;
        Eigen::VectorXd values;
        std::vector<double> likeness;
    };
    return [=] { return refit(space(), trials, pool); };
}

/// What a tell at least does: reads a packed factor once.
auto make_read(std::size_t trials) {
    return [=] {
        return [numbers = std::vector<double>(trials * (trials + 1) / 2, 0.5)] {
            benchmark::DoNotOptimize(nas::detail::sum_of_squares(numbers.size(), numbers.data()));
        };
    };
}

/// What an ask at least does: solves for all candidates at once, with Eigen.
template <class Scalar>
auto make_solve(std::size_t trials, std::size_t candidates) {
    using matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
    return [=] {
        const auto n = static_cast<Eigen::Index>(trials);
        const auto columns = static_cast<Eigen::Index>(candidates);
        matrix lower = matrix::Constant(n, n, static_cast<Scalar>(1e-3));
        lower.diagonal().setOnes();
        return [lower, given = matrix(matrix::Ones(n, columns)), solved = matrix(n, columns)]() mutable {
            solved = given;
            lower.template triangularView<Eigen::Lower>().solveInPlace(solved);
            benchmark::DoNotOptimize(solved.data());
        };
    };
}

[[maybe_unused]] const bool added = [] {
    const auto cells = [] { return space_type(6, 5); };
    for (const std::size_t trials : {std::size_t{250}, std::size_t{500}, std::size_t{1000}, std::size_t{2000}}) {
        add("tell", "ours", trials, make_tell(trials, 1));
        add("tell", "read", trials, make_read(trials));
    }
    add("tell", "hand", 1000, make_refit(large_space, 1000, 0));
    add("tell_8", "ours", 1000, make_tell(1000, 8));
    add("ask_1000", "ours", 1000, make_ask(1000));
    add("ask_1000", "hand", 1000, make_refit(large_space, 1000, 1000));
    add("ask_1000", "solve_double", 1000, make_solve<double>(1000, 1000));
    add("ask_1000", "solve_float", 1000, make_solve<float>(1000, 1000));
    add("step_15625", "ours", 300, make_step(cells, 300));
    add("step_15625", "hand", 300, make_refit(cells, 300, 15'625));
    add("step_62208", "ours", 300, make_step(mixed_space, 300));
    return true;
}();

}  // namespace

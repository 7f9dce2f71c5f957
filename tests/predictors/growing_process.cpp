// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/gaussian_process/growing_process.hpp>

#include <doctest/doctest.h>

#include <Eigen/Cholesky>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/predictors/gaussian_process/anova_lanes.hpp>
#include <nas/predictors/gaussian_process/anova_sum.hpp>
#include <nas/predictors/gaussian_process/enumerated_pool.hpp>
#include <nas/predictors/gaussian_process/lane_block.hpp>
#include <nas/predictors/gaussian_process/packed_cholesky.hpp>
#include <nas/spaces/choice_space.hpp>

namespace {

using nas::detail::anova_kernel, nas::detail::anova_sum, nas::detail::enumerated_pool, nas::detail::packed_cholesky;

/// Decisions of all kinds: numbers in order, one list of options for several, a condition, a single choice.
nas::choice_space<> mixed_space() {
    const std::vector<std::string> operations{"conv", "pool", "none"};
    return nas::choice_space<>{std::vector<nas::decision>{
        {"a", 3, operations},
        {"units", 4, {"16", "32", "64", "128"}},
        {"b", 3, operations},
        {"fixed", 1},
        {"flag", 2},
        {"c", 3, operations, nas::decision_tag::generic, nas::condition{4, {1}}},
    }};
}

/// A kernel with weights, and `count` random architectures of it.
struct sample {
    anova_kernel kernel{{{5, 0}, {5, 0}, {3, 3}, {4, 4}, {5, 0}, {1, 0}, {3, 3}, {2, 0}}, {{0, 1, 4}, {2, 6}}, 0};
    anova_kernel::weighted weighted;
    std::vector<std::uint16_t> levels;
    std::vector<double> vectors;

    explicit sample(std::size_t count, std::uint64_t seed = 3) {
        nas::rng random{seed};
        std::vector<double> weights(kernel.components());
        for (double& weight : weights) weight = 0.1 + nas::unit(random);
        weighted = anova_kernel::weighted(kernel, weights, 0.7);
        for (std::size_t i = 0; i < count; ++i) {
            std::vector<std::uint16_t> one;
            for (std::size_t e = 0; e < kernel.decisions(); ++e)
                one.push_back(static_cast<std::uint16_t>(nas::below(random, kernel.levels(e))));
            std::vector<double> vector(kernel.vector_size());
            kernel.set_vector(one, vector.data());
            levels.insert(levels.end(), one.begin(), one.end());
            vectors.insert(vectors.end(), vector.begin(), vector.end());
        }
    }
    const std::uint16_t* levels_of(std::size_t i) const { return levels.data() + i * kernel.decisions(); }
    const double* vector_of(std::size_t i) const { return vectors.data() + i * kernel.vector_size(); }
    double operator()(std::size_t i, std::size_t j) const {
        return weighted(levels_of(i), vector_of(i), levels_of(j), vector_of(j));
    }
};

/// The sum that the tables stand for, at an architecture.
double value_at(const anova_sum& sums, const std::vector<double>& tables, const std::uint16_t* levels) {
    double total = tables[0];
    for (std::size_t e = 0; e < sums.decisions(); ++e) {
        total += tables[sums.single_at(e) + levels[e]];
        for (std::size_t f = e + 1; f < sums.decisions(); ++f)
            total += tables[sums.pair_at(e, levels[e], f) + levels[f]];
    }
    return total;
}

}  // namespace

TEST_CASE("anova_lanes: side by side the kernel is what it is of each") {
    const sample drawn(40);
    nas::detail::anova_lanes lanes(drawn.kernel, drawn.weighted);
    // A second time, as what they were before must not stay.
    for (std::size_t first = 0; first + nas::detail::lane_block::lanes <= 40; first += nas::detail::lane_block::lanes) {
        for (std::size_t lane = 0; lane < nas::detail::lane_block::lanes; ++lane)
            lanes.set(lane, drawn.levels_of(first + lane), drawn.vector_of(first + lane));
        for (std::size_t i = 0; i < 40; ++i) {
            const nas::detail::lane_block with = lanes(drawn.levels_of(i), drawn.vector_of(i));
            for (std::size_t lane = 0; lane < nas::detail::lane_block::lanes; ++lane)
                CHECK(with[lane] == doctest::Approx(drawn(first + lane, i)).epsilon(1e-14));
        }
    }
}

TEST_CASE("solve_lower: several blocks of right-hand sides at once are solved as each is alone, to the bit") {
    using nas::detail::lane_block;
    nas::rng random{7};
    for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{8}, std::size_t{29}}) {
        std::vector<double> lower(n * n);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j <= i; ++j) lower[i * n + j] = nas::unit(random) + (i == j ? 1 : 0);
        const auto row = [&](std::size_t i) { return lower.data() + i * n; };
        std::vector<lane_block> given(3 * n);
        for (lane_block& one : given)
            for (std::size_t lane = 0; lane < lane_block::lanes; ++lane) one.set(lane, nas::unit(random) - 0.5);
        std::vector<lane_block> together = given;
        nas::detail::solve_lower(n, row, std::span<lane_block>(together));
        std::vector<lane_block> alone = given;
        for (std::size_t block = 0; block < 3; ++block)
            nas::detail::solve_lower(n, row, std::span(alone).subspan(block * n, n));
        for (std::size_t block = 0; block < 3; ++block)
            for (std::size_t lane = 0; lane < lane_block::lanes; ++lane)
                for (std::size_t i = 0; i < n; ++i) {
                    REQUIRE(together[block * n + i][lane] == alone[block * n + i][lane]);
                    double product = 0;
                    for (std::size_t j = 0; j <= i; ++j) product += row(i)[j] * alone[block * n + j][lane];
                    REQUIRE(std::abs(product - given[block * n + i][lane]) < 1e-10);
                }
    }
}

TEST_CASE("anova_sum: the tables say what the sum of kernels says") {
    const sample drawn(40);
    const anova_sum sums(drawn.kernel, drawn.weighted);
    std::vector<double> rows(30 * sums.row_size());
    std::vector<double> coefficients(30);
    nas::rng random{4};
    for (std::size_t i = 0; i < 30; ++i) {
        sums.describe(drawn.levels_of(i), rows.data() + i * sums.row_size());
        coefficients[i] = nas::unit(random) - 0.5;
    }
    std::vector<double> tables;
    sums.sum(30, rows.data(), coefficients.data(), tables);
    for (std::size_t x = 0; x < 40; ++x) {
        double direct = 0;
        for (std::size_t i = 0; i < 30; ++i) direct += coefficients[i] * drawn(i, x);
        CHECK(value_at(sums, tables, drawn.levels_of(x)) == doctest::Approx(direct).epsilon(1e-12));
    }
}

TEST_CASE("packed_cholesky: after 2,000 appends, blocks and pops it is a fresh one") {
    const sample drawn(2000);
    const auto entry = [&](std::size_t i, std::size_t j) { return drawn(i, j) + (i == j ? 0.1 : 0); };
    packed_cholesky factor;
    std::vector<std::size_t> order;  // which architecture each row is
    std::vector<double> row;
    const auto append = [&](packed_cholesky& to, std::size_t place) {
        row.clear();
        for (std::size_t j = 0; j <= place; ++j) row.push_back(entry(order[place], order[j]));
        CHECK(to.append(row.data(), 1e-9));
    };
    nas::rng random{5};
    for (std::size_t next = 0; next < 2000;) {
        // A block of up to eight comes, and rows of earlier blocks go with some of it.
        for (std::size_t more = 1 + nas::below(random, 8); more > 0 && next < 2000; --more) {
            order.push_back(next++);
            append(factor, order.size() - 1);
        }
        order.resize(order.size() - nas::below(random, std::min<std::size_t>(order.size(), 9)));
        factor.shrink(order.size());
    }
    const std::size_t n = order.size();
    REQUIRE(n > 150);
    REQUIRE(n < 600);
    REQUIRE(order.front() < 100);
    CHECK(factor.raised().empty());
    packed_cholesky fresh;
    for (std::size_t i = 0; i < n; ++i) append(fresh, i);
    const Eigen::MatrixXd dense = Eigen::MatrixXd::NullaryExpr(
        Eigen::Index(n), Eigen::Index(n),
        [&](Eigen::Index i, Eigen::Index j) { return entry(order[std::size_t(i)], order[std::size_t(j)]); });
    const Eigen::MatrixXd lower = dense.llt().matrixL();
    double largest = 0;
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            CHECK(factor.row(i)[j] == fresh.row(i)[j]);
            largest = std::max(largest, std::abs(factor.row(i)[j] - lower(Eigen::Index(i), Eigen::Index(j))));
        }
    CHECK(largest < 1e-8);

    const Eigen::VectorXd b = Eigen::VectorXd::LinSpaced(Eigen::Index(n), -1, 1);
    std::vector<double> solved(b.begin(), b.end());
    factor.solve(solved.data());
    factor.solve_transposed(n, solved.data());
    const Eigen::VectorXd expected = dense.llt().solve(b);
    for (std::size_t i = 0; i < n; ++i) CHECK(solved[i] == doctest::Approx(expected(Eigen::Index(i))).epsilon(1e-8));
}

TEST_CASE("packed_cholesky: what is no covariance matrix gets a larger variance, and says so") {
    packed_cholesky factor;
    const std::array<double, 3> rows{1, 2, 1};  // of 1 2, 2 1
    CHECK(factor.append(rows.data(), 0.25));
    CHECK_FALSE(factor.append(rows.data() + 1, 0.25));
    CHECK(factor.row(1)[1] == 0.5);
    CHECK(factor.raised() == std::vector<std::size_t>{1});
    factor.shrink(1);
    CHECK(factor.raised().empty());
    CHECK(factor.append(std::array{0.5, 1.0}.data(), 0.25));
    CHECK(factor.raised().empty());
}

TEST_CASE("packed_cholesky: duplicates without any noise are raised by what rounding leaves, others by nothing") {
    const sample drawn(30);
    packed_cholesky factor;
    std::vector<double> row;
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < 60; ++i) order.push_back(i / 2);
    for (std::size_t i = 0; i < order.size(); ++i) {
        row.clear();
        for (std::size_t j = 0; j <= i; ++j) row.push_back(drawn(order[i], order[j]));
        CHECK(factor.append(row.data(), 0) == (i % 2 == 0));
        CHECK(factor.row(i)[i] > 0);
        CHECK(factor.row(i)[i] * factor.row(i)[i] >= 1e-16 * row[i]);
        if (i % 2 == 1) CHECK(factor.row(i)[i] * factor.row(i)[i] < 1e-13 * row[i]);
    }
    CHECK(factor.raised().size() == 30);
    packed_cholesky block;
    for (std::size_t first = 0; first < 60; first += 6) {
        std::vector<nas::detail::lane_block> covariances(first + 6);
        for (std::size_t i = first; i < first + 6; ++i)
            for (std::size_t j = 0; j <= i; ++j) covariances[j].set(i - first, drawn(order[i], order[j]));
        block.append_block(6, covariances, 0);
    }
    CHECK(block.raised() == factor.raised());
    // What was learned twice is met all the same.
    std::vector<double> solved(60);
    for (std::size_t i = 0; i < 60; ++i) solved[i] = static_cast<double>(order[i] % 7) - 3;
    factor.solve(solved.data());
    factor.solve_transposed(60, solved.data());
    for (std::size_t x = 0; x < 30; ++x) {
        double mean = 0;
        for (std::size_t i = 0; i < 60; ++i) mean += solved[i] * drawn(x, order[i]);
        CHECK(mean == doctest::Approx(static_cast<double>(x % 7) - 3).epsilon(1e-6));
    }
}

TEST_CASE("enumerated_pool: each architecture gets the value of its levels, in order") {
    const sample drawn(20);
    const anova_sum sums(drawn.kernel, drawn.weighted);
    std::vector<double> rows(20 * sums.row_size());
    for (std::size_t i = 0; i < 20; ++i) sums.describe(drawn.levels_of(i), rows.data() + i * sums.row_size());
    std::vector<std::vector<double>> tables(2);
    sums.sum(20, rows.data(), std::vector<double>(20, 0.1).data(), tables[0]);
    sums.sum(7, rows.data(), std::vector<double>(7, -0.3).data(), tables[1]);
    std::vector<enumerated_pool::pack> packs(sums.table_size(), enumerated_pool::pack{});
    for (std::size_t k = 0; k < packs.size(); ++k)
        for (std::size_t lane = 0; lane < 2; ++lane) packs[k][lane] = static_cast<float>(tables[lane][k]);

    // Any architectures in any order, some of them alike.
    std::vector<std::vector<std::uint16_t>> all;
    for (std::size_t i = 0; i < 200; ++i) {
        const std::uint16_t* const levels = drawn.levels_of((i / 3) % 20);
        all.emplace_back(levels, levels + drawn.kernel.decisions());
        all.back().back() = static_cast<std::uint16_t>(i % 2);
    }
    const enumerated_pool pool(all.size(), drawn.kernel.decisions(), [&](std::size_t i, std::span<std::uint16_t> out) {
        std::copy(all[i].begin(), all[i].end(), out.begin());
    });
    REQUIRE(pool.size() == 200);
    std::size_t next = 0;
    pool.for_each(sums, packs.data(), [&](std::size_t i, const enumerated_pool::pack& values) {
        REQUIRE(i == next++);
        for (std::size_t lane = 0; lane < 2; ++lane)
            CHECK(double(values[lane]) == doctest::Approx(value_at(sums, tables[lane], all[i].data())).epsilon(1e-4));
    });
    CHECK(next == 200);
    pool.for_each_levels(
        [&](std::size_t i, const std::uint16_t* levels) { CHECK(std::equal(all[i].begin(), all[i].end(), levels)); });
}

TEST_CASE("growing_process: without variances it says means alone") {
    const auto space = mixed_space();
    nas::detail::growing_process<nas::choice_space<>> process(space, 0, false);
    nas::rng random{6};
    std::vector<double> values;
    std::vector<nas::dynamic_genotype> archs;
    for (std::size_t i = 0; i < 20; ++i) {
        archs.push_back(space.sample(random));
        values.push_back(nas::unit(random));
        process.append(space, archs.back());
    }
    const auto solution = process.solve(values, [](std::size_t) { return true; });
    std::vector<nas::detail::process_prediction> out(20);
    std::vector<nas::detail::lane_block> lanes;
    process.predict_all(space, std::span<const nas::dynamic_genotype>(archs), solution, process.known(), std::span(out),
                        lanes);
    for (std::size_t i = 0; i < 20; ++i) {
        CHECK(out[i].mean == doctest::Approx(process.mean_at(i, values[i], solution)).epsilon(1e-10));
        CHECK(out[i].variance == 0);
    }
}

TEST_CASE("growing_process: what it says of all architectures at once is what it says of each") {
    const auto space = mixed_space();
    nas::detail::growing_process<nas::choice_space<>> process(space, 1000, true);
    REQUIRE(process.enumerated_size() == space.size());
    nas::rng random{6};
    std::vector<nas::dynamic_genotype> archs;
    std::vector<double> values;
    const auto learn = [&] {
        archs.push_back(space.sample(random));
        values.push_back(nas::unit(random) - 0.5);
        process.append(space, archs.back());
    };
    for (std::size_t i = 0; i < 21; ++i) learn();
    std::vector<std::size_t> chosen;
    std::vector<double> of_chosen;
    for (std::size_t i = 0; i < archs.size(); i += 2) {
        chosen.push_back(i);
        of_chosen.push_back(values[i]);
    }
    std::vector<nas::detail::lane_block> lanes;
    const auto alone = [&](const auto& arch, const auto& solution, const auto& given) {
        nas::detail::process_prediction said;
        process.predict_all(space, std::span(&arch, 1), solution, given, std::span(&said, 1), lanes);
        return said;
    };
    const auto check = [&] {
        const auto solution = process.solve(values, [](std::size_t) { return true; });
        std::vector<float> means;
        process.means(solution, means);
        for (std::size_t i = 0; i < space.size(); ++i) {
            const auto direct = alone(space.at(i), solution, process.known());
            REQUIRE(double(means[i]) == doctest::Approx(direct.mean).epsilon(1e-4));
            REQUIRE(double(process.known().variances[i]) == doctest::Approx(direct.variance).epsilon(1e-3));
            REQUIRE(direct.variance > 0);
        }
        // And of many at once: any number, and with fewer coefficients than rows.
        auto given = process.known();
        process.append(space, space.at(5), given);
        std::vector<nas::dynamic_genotype> all;
        for (std::size_t i = 0; i < 137; ++i) all.push_back(space.at((7 * i) % space.size()));
        std::vector<nas::detail::process_prediction> out(all.size());
        process.predict_all(space, std::span<const nas::dynamic_genotype>(all), solution, given, std::span(out), lanes);
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto index = static_cast<std::size_t>(space.index(all[i]));
            REQUIRE(out[i].mean == doctest::Approx(double(means[index])).epsilon(1e-4));
            REQUIRE(out[i].variance == doctest::Approx(double(given.variances[index])).epsilon(1e-3));
            // To the bit what is said of it alone.
            const auto direct = alone(all[i], solution, given);
            REQUIRE(out[i].mean == direct.mean);
            REQUIRE(out[i].variance == direct.variance);
        }
        for (std::size_t i = 0; i < archs.size(); ++i)
            CHECK(alone(archs[i], solution, process.known()).mean ==
                  doctest::Approx(process.mean_at(i, values[i], solution)).epsilon(1e-8));
    };
    check();
    process.fit(chosen, of_chosen, 8);
    check();
    for (std::size_t i = 0; i < 20; ++i) learn();
    check();

    SUBCASE("rows without a value are what was expected, and leave the means as they were") {
        const auto before = process.solve(values, [](std::size_t) { return true; });
        auto pending = process.known();
        const nas::dynamic_genotype arch = space.at(11);
        process.append(space, arch, pending);
        const auto index = static_cast<std::size_t>(space.index(arch));
        CHECK(pending.variances[index] < process.known().variances[index]);
        process.append(space, arch);
        values.push_back(std::numeric_limits<double>::quiet_NaN());
        const auto after = process.solve(values, [&](std::size_t i) { return i + 1 < values.size(); });
        for (std::size_t i = 0; i < space.size(); ++i)
            CHECK(alone(space.at(i), after, process.known()).mean ==
                  doctest::Approx(alone(space.at(i), before, process.known()).mean).epsilon(1e-8));
        CHECK(process.known().variances == pending.variances);
    }
    SUBCASE("several at once are as one after the other") {
        for (const std::size_t count : {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{17}}) {
            std::vector<nas::dynamic_genotype> more;
            for (std::size_t i = 0; i < count; ++i) more.push_back(space.sample(random));
            more.back() = more.front();
            nas::detail::growing_process<nas::choice_space<>>::rows singly = process.known();
            nas::detail::growing_process<nas::choice_space<>>::rows together = process.known();
            for (const auto& arch : more) process.append(space, arch, singly);
            process.append(space, std::span<const nas::dynamic_genotype>(more), together);
            REQUIRE(together.factor.size() == archs.size() + count);
            CHECK(together.levels == singly.levels);
            CHECK(together.vectors == singly.vectors);
            CHECK(together.sums == singly.sums);
            for (std::size_t i = 0; i < together.factor.size(); ++i)
                for (std::size_t j = 0; j <= i; ++j)
                    REQUIRE(std::abs(together.factor.row(i)[j] - singly.factor.row(i)[j]) < 1e-10);
            for (std::size_t i = 0; i < space.size(); ++i)
                REQUIRE(std::abs(together.variances[i] - singly.variances[i]) < 1e-5);
        }
        auto unchanged = process.known();
        process.append(space, std::span<const nas::dynamic_genotype>(), unchanged);
        CHECK(unchanged.factor.size() == archs.size());
        CHECK(unchanged.variances == process.known().variances);
    }
    SUBCASE("what it keeps is as if it had learned no more") {
        std::vector<std::size_t> kept{0, 3, 4, 20, 33};
        process.keep(kept);
        for (std::size_t k = 0; k < kept.size(); ++k) {
            archs[k] = archs[kept[k]];
            values[k] = values[kept[k]];
        }
        archs.resize(kept.size());
        values.resize(kept.size());
        CHECK(process.size() == 5);
        check();
    }
    SUBCASE("a hundred times the same is no reason to raise a variance") {
        for (std::size_t i = 0; i < 100; ++i) {
            archs.push_back(archs[0]);
            values.push_back(values[0]);
            process.append(space, archs[0]);
        }
        CHECK(process.raised() == 0);
        check();
    }
}

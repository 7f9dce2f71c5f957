// SPDX-License-Identifier: Apache-2.0
#include <nas/report/statistics.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

// Expected numbers come from SciPy 1.17 and NumPy, but where a closed form is named.

namespace {

using numbers = std::vector<double>;

/// i -> f(i) for i below n
numbers make(int n, double (*f)(int)) {
    numbers values;
    for (int i = 0; i < n; ++i) {
        values.push_back(f(i));
    }
    return values;
}

doctest::Approx near(double value) { return doctest::Approx(value).epsilon(1e-12); }

/// tau-b by looking at all pairs
double slow_tau(const numbers& x, const numbers& y) {
    double agree = 0;
    double pairs_x = 0;
    double pairs_y = 0;
    const auto sign = [](double a, double b) { return a < b ? -1 : (a > b ? 1 : 0); };
    for (std::size_t i = 0; i < x.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            agree += sign(x[i], x[j]) * sign(y[i], y[j]);
            pairs_x += x[i] != x[j] ? 1 : 0;
            pairs_y += y[i] != y[j] ? 1 : 0;
        }
    }
    return agree / std::sqrt(pairs_x * pairs_y);
}

/// Two-sided exact p-value by going through all ways to choose which values are the first sample's.
double slow_mann_whitney(const numbers& first, const numbers& second) {
    numbers all = first;
    all.insert(all.end(), second.begin(), second.end());
    const auto u_of = [&](std::uint32_t members) {
        double u = 0;
        for (std::size_t i = 0; i < all.size(); ++i) {
            for (std::size_t j = 0; j < all.size(); ++j) {
                u += (members >> i & 1U) != 0 && (members >> j & 1U) == 0 && all[i] > all[j] ? 1 : 0;
            }
        }
        return u;
    };
    const double middle = static_cast<double>(first.size() * second.size()) / 2;
    const double seen = std::abs(u_of((std::uint32_t{1} << first.size()) - 1) - middle);
    double ways = 0;
    double extreme = 0;
    for (std::uint32_t members = 0; members < (std::uint32_t{1} << all.size()); ++members) {
        std::size_t count = 0;
        for (std::size_t i = 0; i < all.size(); ++i) {
            count += members >> i & 1U;
        }
        if (count == first.size()) {
            ways += 1;
            extreme += std::abs(u_of(members) - middle) >= seen ? 1 : 0;
        }
    }
    return extreme / ways;
}

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("statistics: summary") {
    const nas::sample_summary s = nas::summarize(numbers{3.5, -1, 2, 2, 10, 7.25, 0.125});
    CHECK(s.count == 7);
    CHECK(s.mean == near(3.4107142857142856));
    CHECK(s.deviation == near(3.9242264933905857));
    CHECK(s.minimum == -1);
    CHECK(s.lower_quartile == 1.0625);
    CHECK(s.median == 2);
    CHECK(s.upper_quartile == 5.375);
    CHECK(s.maximum == 10);

    const nas::sample_summary one = nas::summarize(numbers{0.1});
    CHECK(one.mean == 0.1);
    CHECK(std::isnan(one.deviation));
    CHECK(one.lower_quartile == 0.1);
    CHECK(one.maximum == 0.1);

    const nas::sample_summary equal = nas::summarize(numbers(10, 0.1));
    CHECK(equal.mean == 0.1);
    CHECK(equal.deviation == 0);

    CHECK_THROWS_WITH_AS(nas::summarize(numbers{}), "nas::summarize: 0 values, needs at least 1",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::summarize(numbers{1, not_a_number}), "nas::summarize: a value is NaN or infinite",
                         std::invalid_argument);
}

TEST_CASE("statistics: quantiles") {
    const numbers values{4, 1, 3, 2};
    CHECK(nas::quantile(values, 0) == 1);
    CHECK(nas::quantile(values, 0.1) == near(1.3));
    CHECK(nas::quantile(values, 0.25) == 1.75);
    CHECK(nas::quantile(values, 0.5) == 2.5);
    CHECK(nas::quantile(values, 1) == 4);
    CHECK_THROWS_AS(nas::quantile(values, 1.1), std::invalid_argument);
    CHECK_THROWS_AS(nas::quantile(values, not_a_number), std::invalid_argument);
    CHECK_THROWS_AS(nas::quantile(numbers{}, 0.5), std::invalid_argument);
}

TEST_CASE("statistics: midranks") {
    CHECK(nas::midranks(numbers{3, 1, 2, 3, 3, 0}) == numbers{5, 2, 3, 5, 5, 1});
    CHECK(nas::midranks(numbers{1, 1}) == numbers{1.5, 1.5});
    CHECK(nas::midranks(numbers{}).empty());
    CHECK_THROWS_AS(nas::midranks(numbers{infinity}), std::invalid_argument);
}

TEST_CASE("statistics: Mann-Whitney, exact") {
    const numbers a{1.1, 2.2, 3.3, 4.4, 5.5};
    const numbers b{2.0, 3.1, 6.0, 7.2, 8.4, 9.9};
    const nas::rank_test ab = nas::mann_whitney(a, b);
    CHECK(ab.exact);
    CHECK(ab.u == 7);
    CHECK(ab.superiority == near(7.0 / 30));
    CHECK(ab.p_value == near(0.17748917748917747));
    CHECK(ab.p_value == near(slow_mann_whitney(a, b)));
    const nas::rank_test ba = nas::mann_whitney(b, a);
    CHECK(ba.u == 23);
    CHECK(ba.p_value == near(ab.p_value));

    CHECK(nas::mann_whitney(numbers{1, 2, 3}, numbers{4, 5, 6}).p_value == near(0.1));  // 2 / (6 over 3)
    CHECK(nas::mann_whitney(numbers{1}, numbers{2}).p_value == 1);
    CHECK(nas::mann_whitney(numbers{1.5}, make(20, [](int i) { return double(i); })).p_value == near(6.0 / 21));

    const numbers x = make(30, [](int i) { return i * i % 37 + i / 100.0; });
    const numbers y = make(30, [](int i) { return i * 7 % 41 + 5 + i / 1000.0; });
    const nas::rank_test xy = nas::mann_whitney(x, y);
    CHECK(xy.exact);
    CHECK(xy.u == 340);
    CHECK(xy.p_value == near(0.10581165948246943));

    const nas::rank_test apart =
        nas::mann_whitney(make(50, [](int i) { return i + 0.5; }), make(50, [](int i) { return i + 100.0; }));
    CHECK(apart.exact);
    CHECK(apart.u == 0);
    CHECK(apart.p_value == near(1.9823306042836686e-29));
}

TEST_CASE("statistics: Mann-Whitney, normal approximation") {
    const nas::rank_test ties = nas::mann_whitney(numbers{1, 2, 2, 3, 5}, numbers{2, 4, 4, 5, 5, 6});
    CHECK(!ties.exact);
    CHECK(ties.u == 6);
    CHECK(ties.p_value == near(0.1130499788563229));

    const nas::rank_test many = nas::mann_whitney(make(60, [](int i) { return i * i % 101 / 7.0 + i / 1000.0; }),
                                                  make(50, [](int i) { return i * 3 % 89 / 7.0 + 1 + i / 1e6; }));
    CHECK(!many.exact);
    CHECK(many.u == 1676);
    CHECK(many.p_value == near(0.2920995744389039));

    const nas::rank_test equal = nas::mann_whitney(numbers{3, 3, 3}, numbers{3, 3});
    CHECK(equal.superiority == 0.5);
    CHECK(equal.p_value == 1);
    CHECK_THROWS_AS(nas::mann_whitney(numbers{}, numbers{1}), std::invalid_argument);
    CHECK_THROWS_AS(nas::mann_whitney(numbers{1}, numbers{not_a_number}), std::invalid_argument);
}

TEST_CASE("statistics: Holm's correction") {
    const auto corrected = nas::holm(numbers{0.01, 0.04, 0.03, 0.005});  // times 3, 1, 2, 4, then made monotonic
    REQUIRE(corrected.size() == 4);
    CHECK(corrected[0] == near(0.03));
    CHECK(corrected[1] == near(0.06));
    CHECK(corrected[2] == near(0.06));
    CHECK(corrected[3] == near(0.02));
    CHECK(nas::holm(numbers{0.6, 0.7}) == numbers{1, 1});
    CHECK(nas::holm(numbers{}).empty());
    CHECK_THROWS_AS(nas::holm(numbers{1.5}), std::invalid_argument);
    CHECK_THROWS_AS(nas::holm(numbers{not_a_number}), std::invalid_argument);
}

TEST_CASE("statistics: rank correlations") {
    CHECK(nas::kendall_tau_b(numbers{1, 2, 3, 4}, numbers{1, 3, 2, 4}) == near(2.0 / 3));
    CHECK(nas::spearman(numbers{1, 2, 3, 4}, numbers{1, 3, 2, 4}) == near(0.8));
    CHECK(nas::kendall_tau_b(numbers{1, 2, 2, 3}, numbers{1, 2, 3, 4}) == near(0.912870929175277));
    CHECK(nas::spearman(numbers{1, 2, 2, 3}, numbers{1, 2, 3, 4}) == near(0.9486832980505139));
    const numbers x{1, 2, 2, 3, 5, 5, 5, 8};
    const numbers y{2, 1, 1, 4, 4, 9, 3, 7};
    CHECK(nas::kendall_tau_b(x, y) == near(0.6004805767690768));
    CHECK(nas::spearman(x, y) == near(0.7827445953659216));

    const numbers up = make(100, [](int i) { return i * 0.1; });
    const numbers down = make(100, [](int i) { return -i * 3.0; });
    CHECK(nas::kendall_tau_b(up, down) == -1);
    CHECK(nas::spearman(up, down) == -1);
    CHECK(nas::kendall_tau_b(up, up) == 1);
    CHECK(nas::spearman(up, up) == 1);

    const numbers flat(x.size(), 7);
    CHECK(std::isnan(nas::kendall_tau_b(x, flat)));
    CHECK(std::isnan(nas::kendall_tau_b(flat, x)));
    CHECK(std::isnan(nas::spearman(x, flat)));
    CHECK_THROWS_WITH_AS(nas::spearman(numbers{1, 2}, numbers{1}),
                         "nas::spearman: 2 and 1 values, needs as many of both", std::invalid_argument);
    CHECK_THROWS_AS(nas::kendall_tau_b(numbers{1}, numbers{1}), std::invalid_argument);
    CHECK_THROWS_AS(nas::kendall_tau_b(numbers{1, not_a_number}, numbers{1, 2}), std::invalid_argument);
}

TEST_CASE("statistics: the fast Kendall agrees with all pairs") {
    std::uint32_t state = 1;
    const auto draw = [&](std::uint32_t n) {
        state = state * 1664525U + 1013904223U;
        return static_cast<double>((state >> 8) % n);
    };
    for (const std::uint32_t values : {3U, 10U, 100000U}) {
        for (std::size_t n = 2; n < 60; ++n) {
            numbers x{0, 1};
            numbers y{1, 0};  // so that neither is all the same
            while (x.size() < n) {
                x.push_back(draw(values));
                y.push_back(draw(values));
            }
            CHECK(nas::kendall_tau_b(x, y) == near(slow_tau(x, y)));
        }
    }
}

TEST_CASE("statistics: median ranks of searchers over seeds") {
    const std::vector<numbers> results{{3, 3, 1}, {2, 3, 3}, {1, 1, 2}};
    CHECK(nas::median_ranks(results) == numbers{1.5, 1.5, 3});
    CHECK(nas::median_ranks({}).empty());
    CHECK_THROWS_AS(nas::median_ranks({{1, 2}, {1}}), std::invalid_argument);
    CHECK_THROWS_AS(nas::median_ranks(std::vector<numbers>(1)), std::invalid_argument);
    CHECK_THROWS_AS(nas::median_ranks({numbers{not_a_number}}), std::invalid_argument);
}

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace nas {

/// A sample in eight numbers, all in the sample's unit.
struct sample_summary {
    std::size_t count = 0;
    double mean = 0;
    /// The sample standard deviation (divisor count - 1); NaN for a single value, which has none.
    double deviation = 0;
    double minimum = 0;
    double lower_quartile = 0;
    double median = 0;
    double upper_quartile = 0;
    double maximum = 0;
};

/// Whether the values of one sample tend to be higher than those of another.
struct rank_test {
    /// The pairs in which the first sample's value is higher, ties counted by half; in [0, n1 * n2].
    double u = 0;
    /// u / (n1 * n2): the chance that a value of the first sample beats one of the second. 0.5 is no difference.
    double superiority = 0.5;
    /// Two-sided: the chance of a difference as large as this in either direction if there is none.
    double p_value = 1;
    /// Whether p_value is exact, not the normal approximation.
    bool exact = false;
};

namespace detail {

inline void require_numbers(std::span<const double> values, std::size_t least, const char* function) {
    if (values.size() < least) {
        throw std::invalid_argument(std::string("nas::") + function + ": " + std::to_string(values.size()) +
                                    " values, needs at least " + std::to_string(least));
    }
    if (std::any_of(values.begin(), values.end(), [](double v) { return !std::isfinite(v); })) {
        throw std::invalid_argument(std::string("nas::") + function + ": a value is NaN or infinite");
    }
}

inline void require_pairs(std::span<const double> x, std::span<const double> y, const char* function) {
    if (x.size() != y.size()) {
        throw std::invalid_argument(std::string("nas::") + function + ": " + std::to_string(x.size()) + " and " +
                                    std::to_string(y.size()) + " values, needs as many of both");
    }
    require_numbers(x, 2, function);
    require_numbers(y, 2, function);
}

/// Measured from the first value, so that equal values have exactly that mean, and a deviation of 0.
inline double mean(std::span<const double> values) {
    double sum = 0;
    for (const double v : values) {
        sum += v - values[0];
    }
    return values[0] + sum / static_cast<double>(values.size());
}

inline double sorted_quantile(std::span<const double> sorted, double probability) {
    const double position = probability * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

/// Calls `visit(first, last)` for each run of equal values in a sorted range of indices.
template <class Equal, class Visit>
void for_each_tie(std::size_t size, Equal equal, Visit visit) {
    for (std::size_t first = 0; first < size;) {
        std::size_t last = first + 1;
        while (last < size && equal(first, last)) {
            ++last;
        }
        visit(first, last);
        first = last;
    }
}

/// P(U <= u) for samples of n1 and n2 values without ties: the coefficients of the Gaussian binomial (n1 + n2 over n1)
/// count the orders that give each U. They are whole numbers, of which the lower ones, that matter, are exact.
inline double mann_whitney_tail(std::size_t n1, std::size_t n2, std::size_t u) {
    std::vector<double> ways(u + 1, 0.0);
    ways[0] = 1;
    double all = 1;
    for (std::size_t i = 1; i <= n1; ++i) {
        for (std::size_t k = u + 1; k-- > n2 + i;) {  // times 1 - q^(n2 + i)
            ways[k] -= ways[k - n2 - i];
        }
        for (std::size_t k = i; k <= u; ++k) {  // divided by 1 - q^i
            ways[k] += ways[k - i];
        }
        all *= static_cast<double>(n2 + i) / static_cast<double>(i);
    }
    return std::accumulate(ways.begin(), ways.end(), 0.0) / all;
}

}  // namespace detail

/// The value below which a share `probability` in [0, 1] of `values` lies: linear between the two nearest values in
/// order, at position probability * (n - 1) (Hyndman and Fan's rule 7, as NumPy and R have it by default). Throws
/// std::invalid_argument without values, or with one that is not finite.
inline double quantile(std::span<const double> values, double probability) {
    detail::require_numbers(values, 1, "quantile");
    if (!(probability >= 0 && probability <= 1)) {
        throw std::invalid_argument("nas::quantile: probability (" + std::to_string(probability) +
                                    ") must be in [0, 1]");
    }
    std::vector<double> sorted(values.begin(), values.end());
    std::sort(sorted.begin(), sorted.end());
    return detail::sorted_quantile(sorted, probability);
}

/// Mean, deviation and quartiles (as `quantile` has them). Throws std::invalid_argument without values, or with one
/// that is not finite.
inline sample_summary summarize(std::span<const double> values) {
    detail::require_numbers(values, 1, "summarize");
    std::vector<double> sorted(values.begin(), values.end());
    std::sort(sorted.begin(), sorted.end());
    sample_summary s;
    s.count = values.size();
    s.mean = detail::mean(sorted);  // of the sorted values, so that their order does not change the last digit
    double squares = 0;
    for (const double v : sorted) {
        squares += (v - s.mean) * (v - s.mean);
    }
    s.deviation =
        s.count > 1 ? std::sqrt(squares / static_cast<double>(s.count - 1)) : std::numeric_limits<double>::quiet_NaN();
    s.minimum = sorted.front();
    s.lower_quartile = detail::sorted_quantile(sorted, 0.25);
    s.median = detail::sorted_quantile(sorted, 0.5);
    s.upper_quartile = detail::sorted_quantile(sorted, 0.75);
    s.maximum = sorted.back();
    return s;
}

/// The rank of each value, 1 for the lowest; equal values share the mean of their ranks. Throws std::invalid_argument
/// where a value is not finite.
inline std::vector<double> midranks(std::span<const double> values) {
    detail::require_numbers(values, 0, "midranks");
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    std::vector<double> ranks(values.size());
    detail::for_each_tie(
        order.size(), [&](std::size_t a, std::size_t b) { return values[order[a]] == values[order[b]]; },
        [&](std::size_t first, std::size_t last) {
            for (std::size_t i = first; i < last; ++i) {
                ranks[order[i]] = 0.5 * static_cast<double>(first + 1 + last);
            }
        });
    return ranks;
}

/// The Mann-Whitney U test (Wilcoxon's rank sum), two-sided, of independent samples. Exact where no two values are
/// equal and n1 * n2 <= 2500; else the normal approximation, corrected for ties and for continuity. Throws
/// std::invalid_argument where a sample is empty or a value is not finite.
inline rank_test mann_whitney(std::span<const double> first, std::span<const double> second) {
    detail::require_numbers(first, 1, "mann_whitney");
    detail::require_numbers(second, 1, "mann_whitney");
    std::vector<double> all(first.begin(), first.end());
    all.insert(all.end(), second.begin(), second.end());
    const std::vector<double> ranks = midranks(all);
    const auto n1 = static_cast<double>(first.size());
    const auto n2 = static_cast<double>(second.size());
    const double n = n1 + n2;

    rank_test result;
    result.u = std::accumulate(ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(first.size()), 0.0) -
               n1 * (n1 + 1) / 2;
    result.superiority = result.u / (n1 * n2);

    std::sort(all.begin(), all.end());
    double ties = 0;  // the sum of t^3 - t over runs of t equal values
    detail::for_each_tie(
        all.size(), [&](std::size_t a, std::size_t b) { return all[a] == all[b]; },
        [&](std::size_t a, std::size_t b) {
            const auto t = static_cast<double>(b - a);
            ties += t * t * t - t;
        });
    constexpr double most_exact = 2500;
    if (ties == 0 && n1 * n2 <= most_exact) {
        const double lower = std::min(result.u, n1 * n2 - result.u);  // whole, as there are no ties
        result.exact = true;
        result.p_value =
            std::min(1.0, 2 * detail::mann_whitney_tail(first.size(), second.size(), static_cast<std::size_t>(lower)));
        return result;
    }
    const double variance = n1 * n2 / 12 * (n + 1 - ties / (n * (n - 1)));
    const double distance = std::max(0.0, std::abs(result.u - n1 * n2 / 2) - 0.5);
    result.p_value = variance > 0 ? std::erfc(distance / std::sqrt(2 * variance)) : 1;  // all values equal: no evidence
    return result;
}

/// Holm's step-down correction for testing several hypotheses: p-values, in the order given, that may each be compared
/// with the level that the whole family shall keep. Throws std::invalid_argument where one is outside [0, 1].
inline std::vector<double> holm(std::span<const double> p_values) {
    if (!std::all_of(p_values.begin(), p_values.end(), [](double p) { return p >= 0 && p <= 1; })) {
        throw std::invalid_argument("nas::holm: a p-value is outside [0, 1]");
    }
    std::vector<std::size_t> order(p_values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
    std::vector<double> corrected(p_values.size());
    double highest = 0;  // corrected values keep the order of the raw ones
    for (std::size_t i = 0; i < order.size(); ++i) {
        highest = std::max(highest, static_cast<double>(order.size() - i) * p_values[order[i]]);
        corrected[order[i]] = std::min(1.0, highest);
    }
    return corrected;
}

/// Spearman's rank correlation in [-1, 1], with midranks for ties; NaN where all x or all y are equal. Throws
/// std::invalid_argument where the numbers of values differ or are below 2, or a value is not finite.
inline double spearman(std::span<const double> x, std::span<const double> y) {
    detail::require_pairs(x, y, "spearman");
    const std::vector<double> rx = midranks(x);
    const std::vector<double> ry = midranks(y);
    const double mean = 0.5 * static_cast<double>(x.size() + 1);
    double xx = 0;
    double yy = 0;
    double xy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        xx += (rx[i] - mean) * (rx[i] - mean);
        yy += (ry[i] - mean) * (ry[i] - mean);
        xy += (rx[i] - mean) * (ry[i] - mean);
    }
    if (xx == 0 || yy == 0) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    return std::clamp(xy / (std::sqrt(xx) * std::sqrt(yy)), -1.0, 1.0);
}

/// Kendall's rank correlation tau-b in [-1, 1], in n log n steps (Knight 1966); NaN where all x or all y are equal.
/// Throws std::invalid_argument where the numbers of values differ or are below 2, or a value is not finite.
inline double kendall_tau_b(std::span<const double> x, std::span<const double> y) {
    detail::require_pairs(x, y, "kendall_tau_b");
    const std::size_t n = x.size();
    const auto pairs = [](std::size_t k) { return static_cast<double>(k) * (static_cast<double>(k) - 1) / 2; };
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return x[a] != x[b] ? x[a] < x[b] : y[a] < y[b]; });
    const auto same_x = [&](std::size_t a, std::size_t b) { return x[order[a]] == x[order[b]]; };
    double tied_x = 0;
    double tied_both = 0;
    detail::for_each_tie(n, same_x, [&](std::size_t a, std::size_t b) { tied_x += pairs(b - a); });
    detail::for_each_tie(
        n, [&](std::size_t a, std::size_t b) { return same_x(a, b) && y[order[a]] == y[order[b]]; },
        [&](std::size_t a, std::size_t b) { tied_both += pairs(b - a); });

    // By x, then y: the discordant pairs are those that a merge sort by y has to swap.
    std::vector<double> sorted(n);
    std::transform(order.begin(), order.end(), sorted.begin(), [&](std::size_t i) { return y[i]; });
    std::vector<double> merged(n);
    double discordant = 0;
    for (std::size_t width = 1; width < n; width *= 2) {
        for (std::size_t start = 0; start < n; start += 2 * width) {
            const std::size_t middle = std::min(start + width, n);
            const std::size_t end = std::min(start + 2 * width, n);
            std::size_t left = start;
            std::size_t right = middle;
            for (std::size_t out = start; out < end; ++out) {
                const bool take_right = left == middle || (right < end && sorted[right] < sorted[left]);
                discordant += take_right ? static_cast<double>(middle - left) : 0;
                merged[out] = take_right ? sorted[right++] : sorted[left++];
            }
        }
        sorted.swap(merged);
    }
    double tied_y = 0;
    detail::for_each_tie(
        n, [&](std::size_t a, std::size_t b) { return sorted[a] == sorted[b]; },
        [&](std::size_t a, std::size_t b) { tied_y += pairs(b - a); });

    const double untied_x = pairs(n) - tied_x;
    const double untied_y = pairs(n) - tied_y;
    if (untied_x == 0 || untied_y == 0) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    const double concordant = pairs(n) - tied_x - tied_y + tied_both - discordant;
    return std::clamp((concordant - discordant) / (std::sqrt(untied_x) * std::sqrt(untied_y)), -1.0, 1.0);
}

/// Ranks searchers by their results on the same seeds. `results[searcher][seed]`, higher is better: for each searcher
/// the median over the seeds of its rank among the searchers, 1 for the best, equal results sharing the mean of their
/// ranks. Throws std::invalid_argument where searchers have no seeds or not equally many, or a result is not finite.
inline std::vector<double> median_ranks(const std::vector<std::vector<double>>& results) {
    std::vector<std::vector<double>> ranks(results.size());
    const std::size_t seeds = results.empty() ? 0 : results.front().size();
    for (const std::vector<double>& one : results) {
        if (one.size() != seeds || seeds == 0) {
            throw std::invalid_argument(
                "nas::median_ranks: every searcher needs a result for the same seeds, at least "
                "one; got " +
                std::to_string(seeds) + " and " + std::to_string(one.size()));
        }
    }
    std::vector<double> of_seed(results.size());
    for (std::size_t seed = 0; seed < seeds; ++seed) {
        for (std::size_t i = 0; i < results.size(); ++i) {
            of_seed[i] = -results[i][seed];  // the highest result gets rank 1
        }
        const std::vector<double> ranked = midranks(of_seed);
        for (std::size_t i = 0; i < results.size(); ++i) {
            ranks[i].push_back(ranked[i]);
        }
    }
    std::vector<double> medians;
    for (const std::vector<double>& one : ranks) {
        medians.push_back(quantile(one, 0.5));
    }
    return medians;
}

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/core/rounded.hpp>
#include <nas/predictors/random_forest/exact_targets.hpp>

namespace nas::detail {

struct tree_limits {
    std::size_t least_split = 2;  ///< observations that a node needs to be split
    std::size_t least_leaf = 1;   ///< that each side keeps
    std::size_t depth = 1U << 20U;
    double columns = 1;  ///< share of the columns that a node looks at
};

/// What is grown from: rows of numbers, and what each is worth.
struct tree_data {
    std::span<const std::size_t> levels;  // of the columns
    std::span<const double> rows;         // row-major [row][column]
    std::span<const double> targets;

    double at(std::size_t row, std::size_t column) const { return rows[row * levels.size() + column]; }
};

/// A regression tree (Breiman et al. 1984): each node splits by the column that leaves least squared errors. The values of a
/// decision are split in two sets: in the order of their means one of the cuts is the best of all sets (Fisher 1958). Inactive is a
/// value like others. A value that none of the node's rows had goes to a side at random, so that trees differ there. Of splits that
/// are equally good the first that is looked at is taken: sums are exact, so that rounding has no say.
class regression_tree {
  public:
    /// `rows` may name a row more than once, and come back in another order. At least one.
    void grow(const tree_data& data, std::vector<std::uint32_t>& rows, const tree_limits& limits, rng& random) {
        nodes_.assign(1, {});
        sides_.clear();
        columns_.resize(data.levels.size());
        std::iota(columns_.begin(), columns_.end(), std::uint32_t{0});
        std::vector<pending> open{{0, 0, static_cast<std::uint32_t>(rows.size()), 0}};
        while (!open.empty()) {
            const pending now = open.back();
            open.pop_back();
            const std::span<std::uint32_t> own(rows.data() + now.first, now.last - now.first);
            describe(data, own, nodes_[now.node]);
            if (own.size() < limits.least_split || now.depth == limits.depth || nodes_[now.node].variance == 0 ||
                !exact_.read(data.targets, own))
                continue;
            if (!find_split(data, own, limits, random)) continue;
            const std::uint32_t child = take_split(data, nodes_[now.node], random);
            const auto to_left = [&](std::uint32_t row) {
                return goes_left(nodes_[now.node], data.at(row, nodes_[now.node].column));
            };
            const auto middle = std::partition(own.begin(), own.end(), to_left);
            const auto cut = now.first + static_cast<std::uint32_t>(middle - own.begin());
            open.push_back({child + 1, cut, now.last, now.depth + 1});
            open.push_back({child, now.first, cut, now.depth + 1});
        }
    }

    struct node {
        double mean = 0;
        double variance = 0;      ///< of its targets
        std::uint32_t child = 0;  ///< the left one, the right one follows; 0 for a leaf
        std::uint32_t column = 0;
        std::uint32_t sides = 0;  ///< where the bits of the values that go left begin
        double threshold = 0;     ///< of a column of real numbers: below, to the left
    };

    std::span<const node> nodes() const noexcept { return nodes_; }
    /// The leaf of a row.
    const node& leaf(const double* row) const {
        const node* at = nodes_.data();
        while (at->child != 0) at = nodes_.data() + at->child + (goes_left(*at, row[at->column]) ? 0 : 1);
        return *at;
    }

  private:
    struct pending {
        std::uint32_t node;
        std::uint32_t first;
        std::uint32_t last;
        std::size_t depth;
    };
    struct group {
        std::uint32_t level;
        std::uint32_t count;
        double value;      // a real number, or the mean of exact targets
        std::int64_t sum;  // of these
    };

    bool goes_left(const node& at, double value) const {
        if (at.sides == no_sides) return value < at.threshold;
        const auto level = static_cast<std::size_t>(value);
        return ((sides_[at.sides + level / 64] >> (level % 64)) & 1U) != 0;
    }

    static void describe(const tree_data& data, std::span<const std::uint32_t> rows, node& at) {
        const auto count = static_cast<double>(rows.size());
        const double origin = data.targets[rows[0]];  // so that equal targets have exactly that mean
        double sum = 0;
        for (const std::uint32_t row : rows) sum += data.targets[row] - origin;
        at.mean = origin + sum / count;
        double squares = 0;
        for (const std::uint32_t row : rows)
            squares += rounded((data.targets[row] - at.mean) * (data.targets[row] - at.mean));
        at.variance = squares / count;
    }

    // The values of the column among these rows, with what their exact targets sum up to, in the order in which they may be cut.
    void group_rows(const tree_data& data, std::span<const std::uint32_t> rows, std::size_t column) {
        groups_.clear();
        const std::size_t levels = data.levels[column];
        if (levels == 0) {
            for (std::size_t i = 0; i < rows.size(); ++i)
                groups_.push_back({0, 1, data.at(rows[i], column), exact_[i]});
            std::stable_sort(groups_.begin(), groups_.end(),
                             [](const group& a, const group& b) { return a.value < b.value; });
            std::size_t last = 0;
            for (std::size_t i = 1; i < groups_.size(); ++i) {
                if (groups_[i].value != groups_[last].value) {
                    groups_[++last] = groups_[i];
                } else {
                    groups_[last].sum += groups_[i].sum;
                    ++groups_[last].count;
                }
            }
            groups_.resize(last + 1);
            return;
        }
        if (by_level_.size() < levels) by_level_.resize(levels, {0, 0, 0, 0});
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const auto level = static_cast<std::uint32_t>(data.at(rows[i], column));
            group& own = by_level_[level];
            if (own.count++ == 0) groups_.push_back({level, 0, 0, 0});
            own.sum += exact_[i];
        }
        for (group& each : groups_) {
            group& own = by_level_[each.level];
            each.count = own.count;
            each.sum = own.sum;
            each.value = static_cast<double>(own.sum) / own.count;
            own = {0, 0, 0, 0};
        }
        const auto before = [](const group& a, const group& b) {
            return a.value != b.value ? a.value < b.value : a.level < b.level;
        };
        // Few: by insertion.
        for (std::size_t i = 1; i < groups_.size(); ++i) {
            const group moving = groups_[i];
            std::size_t to = i;
            for (; to > 0 && before(moving, groups_[to - 1]); --to) groups_[to] = groups_[to - 1];
            groups_[to] = moving;
        }
    }

    bool find_split(const tree_data& data, std::span<const std::uint32_t> rows, const tree_limits& limits,
                    rng& random) {
        const auto wanted = static_cast<std::size_t>(limits.columns * static_cast<double>(columns_.size()));
        const double all = exact_.most();
        double most = -1;
        std::size_t looked = 0;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            std::swap(columns_[i], columns_[i + below(random, columns_.size() - i)]);
            group_rows(data, rows, columns_[i]);
            if (groups_.size() < 2) continue;
            std::size_t left = 0;
            std::int64_t sum = 0;
            bool better = false;
            for (std::size_t cut = 1; cut < groups_.size(); ++cut) {
                left += groups_[cut - 1].count;
                sum += groups_[cut - 1].sum;
                const std::size_t right = rows.size() - left;
                if (left < limits.least_leaf || right < limits.least_leaf) continue;
                const double gain = exact_.gain(left, sum);
                if (!(gain > most)) continue;
                most = gain;
                cut_ = cut;
                better = true;
            }
            if (better) {
                column_ = columns_[i];
                best_.swap(groups_);
            }
            if ((++looked >= wanted && most >= 0) || most >= all) break;  // of two rows, any that tells them apart
        }
        return most >= 0;
    }

    std::uint32_t take_split(const tree_data& data, node& at, rng& random) {
        at.column = column_;
        const std::size_t levels = data.levels[column_];
        if (levels == 0) {
            at.sides = no_sides;
            // Between the two, and not the lower one though they be neighbours.
            const double low = best_[cut_ - 1].value;
            const double high = best_[cut_].value;
            at.threshold = low / 2 + high / 2;
            if (!(at.threshold > low)) at.threshold = high;
        } else {
            at.sides = static_cast<std::uint32_t>(sides_.size());
            for (std::size_t word = 0; word < (levels + 63) / 64; ++word) sides_.push_back(random());
            for (std::size_t i = 0; i < best_.size(); ++i) {
                std::uint64_t& word = sides_[at.sides + best_[i].level / 64];
                const std::uint64_t bit = std::uint64_t{1} << (best_[i].level % 64);
                word = i < cut_ ? word | bit : word & ~bit;
            }
        }
        const auto child = static_cast<std::uint32_t>(nodes_.size());
        at.child = child;
        nodes_.resize(nodes_.size() + 2);  // `at` is gone
        return child;
    }

    static constexpr std::uint32_t no_sides = static_cast<std::uint32_t>(-1);

    std::vector<node> nodes_;
    std::vector<std::uint64_t> sides_;
    // While it grows.
    std::vector<std::uint32_t> columns_;
    exact_targets exact_;  // of a node's rows
    std::vector<group> by_level_;
    std::vector<group> groups_;
    std::vector<group> best_;
    std::uint32_t column_ = 0;
    std::size_t cut_ = 0;
};

}  // namespace nas::detail

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <queue>
#include <tuple>
#include <utility>
#include <vector>

#include <nas/core/rng.hpp>

namespace nas::detail {

/// The parts in the order train, validation, test.
using part_sizes = std::array<std::size_t, 3>;

/// floor(rows * fraction), where 0.29 * 100 is 29 and not the 28.999999999999996 of binary fractions.
inline std::size_t floor_part(std::size_t rows, double fraction) {
    return std::min(rows, static_cast<std::size_t>(std::floor(static_cast<double>(rows) * fraction + 1e-6)));
}

/// The largest remainder method: each part gets its share rounded down, the rows left go one each to the parts that
/// lost most by it, the first of equals first.
inline part_sizes cut_by_largest_remainder(std::size_t rows, const std::array<double, 3>& parts) {
    part_sizes sizes{};
    std::array<double, 3> lost{};
    for (std::size_t i = 0; i < 3; ++i) {
        sizes[i] = floor_part(rows, parts[i]);
        lost[i] = static_cast<double>(rows) * parts[i] - static_cast<double>(sizes[i]);
    }
    for (std::size_t left = rows - sizes[0] - sizes[1] - sizes[2]; left > 0; --left) {
        const auto most = static_cast<std::size_t>(std::max_element(lost.begin(), lost.end()) - lost.begin());
        ++sizes[most];
        lost[most] -= 1;
    }
    return sizes;
}

/// Sizes of the parts of each class, such that classes in parts and parts as a whole are their shares rounded down or up.
///
///     round each class by itself, by the largest remainder
///     while a part has too many rows or too few:
///         move one row of a class, where it changes that class's rounding least, of equals at random,
///         or two rows of two classes by way of the third part
///
/// As long as a part is off there is such a move: rows of classes and parts are a transport problem, whose shares are a
/// solution in fractions, so that there is one in whole numbers between their roundings. n log n in the number of classes.
class class_cuts {
  public:
    class_cuts(const std::vector<std::size_t>& counts, const std::array<double, 3>& parts, rng& random) {
        std::size_t rows = 0;
        for (const std::size_t count : counts) {
            cut_class one{.sizes = cut_by_largest_remainder(count, parts)};
            for (std::size_t part = 0; part < 3; ++part) {
                one.floors[part] = floor_part(count, parts[part]);
                one.lost[part] = static_cast<double>(count) * parts[part] - static_cast<double>(one.floors[part]);
                totals_[part] += one.sizes[part];
            }
            rows += count;
            classes_.push_back(one);
        }
        for (std::size_t part = 0; part < 3; ++part) {
            least_[part] = floor_part(rows, parts[part]);
            const bool whole = static_cast<double>(rows) * parts[part] - static_cast<double>(least_[part]) <= nothing;
            most_[part] = least_[part] + (whole ? 0U : 1U);
        }
        if (balanced()) return;
        for (cut_class& one : classes_) one.tie = random();
        for (std::size_t of = 0; of < classes_.size(); ++of) offer_moves(of);
        while (improve()) {
        }
    }

    const part_sizes& operator[](std::size_t of) const { return classes_[of].sizes; }

  private:
    static constexpr double nothing = 1e-6;  // what floor_part takes for rounding

    struct cut_class {
        part_sizes sizes;
        part_sizes floors = {};
        std::array<double, 3> lost = {};  // by rounding down
        std::uint64_t tie = 0;

        bool can_move(std::size_t from, std::size_t to) const {
            return sizes[from] > floors[from] && sizes[to] == floors[to] && lost[to] > nothing;
        }
    };

    struct move {
        double loss = std::numeric_limits<double>::infinity();
        std::uint64_t tie = 0;
        std::size_t of = 0;
    };
    struct is_worse {
        bool operator()(const move& a, const move& b) const {
            return std::tie(a.loss, a.tie, a.of) > std::tie(b.loss, b.tie, b.of);
        }
    };
    using moves = std::priority_queue<move, std::vector<move>, is_worse>;

    bool balanced() const {
        for (std::size_t part = 0; part < 3; ++part)
            if (totals_[part] < least_[part] || totals_[part] > most_[part]) return false;
        return true;
    }

    void offer_moves(std::size_t of) {
        const cut_class& one = classes_[of];
        for (std::size_t from = 0; from < 3; ++from)
            for (std::size_t to = 0; to < 3; ++to)
                if (from != to && one.can_move(from, to))
                    moves_[from][to].push({one.lost[from] - one.lost[to], one.tie, of});
    }

    // The best that is still possible; an infinite loss where there is none.
    move best(std::size_t from, std::size_t to) {
        moves& all = moves_[from][to];
        while (!all.empty() && !classes_[all.top().of].can_move(from, to)) all.pop();
        return all.empty() ? move{} : all.top();
    }

    void make(const move& chosen, std::size_t from, std::size_t to) {
        --classes_[chosen.of].sizes[from];
        ++classes_[chosen.of].sizes[to];
        --totals_[from];
        ++totals_[to];
        offer_moves(chosen.of);
    }

    // Takes a row from one part to another where that brings one nearer and puts none off.
    bool improve() {
        double least = std::numeric_limits<double>::infinity();
        std::array<std::size_t, 3> path{};  // the middle is the end where the way is straight
        for (std::size_t from = 0; from < 3; ++from) {
            for (std::size_t to = 0; to < 3; ++to) {
                if (from == to || totals_[from] <= least_[from] || totals_[to] >= most_[to]) continue;
                if (totals_[from] <= most_[from] && totals_[to] >= least_[to]) continue;
                const std::size_t middle = 3 - from - to;
                const double straight = best(from, to).loss;
                const double around = best(from, middle).loss + best(middle, to).loss;
                if (std::min(straight, around) >= least) continue;
                least = std::min(straight, around);
                path = {from, around < straight ? middle : to, to};
            }
        }
        if (least == std::numeric_limits<double>::infinity()) return false;
        const bool two = path[1] != path[2];
        const move second = two ? best(path[1], path[2]) : move{};
        make(best(path[0], path[1]), path[0], path[1]);
        if (two) make(second, path[1], path[2]);
        return true;
    }

    std::vector<cut_class> classes_;
    part_sizes totals_{};
    part_sizes least_{};
    part_sizes most_{};
    std::array<std::array<moves, 3>, 3> moves_;
};

}  // namespace nas::detail

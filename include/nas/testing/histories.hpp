// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include <nas/core/history.hpp>

namespace nas::testing {

namespace detail {

// NaN equals NaN here: a failed trial's values are NaN in both histories.
inline bool same_number(double a, double b) noexcept { return a == b || (std::isnan(a) && std::isnan(b)); }

template <class Range>
bool same_numbers(const Range& a, const Range& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_number);
}

}  // namespace detail

/// The first difference between two histories of one space, in words; empty where every column of every row is equal.
template <class Space, std::size_t Objectives>
std::string difference(const history<Space, Objectives>& a, const history<Space, Objectives>& b) {
    for (std::size_t row = 0; row < std::min(a.size(), b.size()); ++row) {
        const std::string at = "row " + std::to_string(row) + ": ";
        const auto both = [&](const auto& x, const auto& y) {
            return at + std::to_string(x) + " and " + std::to_string(y);
        };
        if (!(a.arch(row) == b.arch(row)))
            return at + "architectures " + std::string(a.space().describe(a.arch(row))) + " and " +
                   std::string(b.space().describe(b.arch(row)));
        if (a.id(row) != b.id(row)) return both(a.id(row), b.id(row)) + " are the ids";
        if (a.parent(row) != b.parent(row)) return both(a.parent(row), b.parent(row)) + " are the parents";
        if (a.origin(row) != b.origin(row)) return at + "the origins differ";
        if (a.status(row) != b.status(row)) return at + "the statuses differ";
        if (a.reason(row) != b.reason(row)) return at + "reasons '" + a.reason(row) + "' and '" + b.reason(row) + "'";
        if (!detail::same_numbers(a.values(row), b.values(row)))
            return both(a.value(row), b.value(row)) + " are the values";
        if (!detail::same_number(a.cost(row), b.cost(row))) return both(a.cost(row), b.cost(row)) + " are the costs";
        if (!detail::same_number(a.fidelity(row), b.fidelity(row)))
            return both(a.fidelity(row), b.fidelity(row)) + " are the fidelities";
        if (a.told_when_asked(row) != b.told_when_asked(row))
            return both(a.told_when_asked(row), b.told_when_asked(row)) + " trials were told when it was asked";
        if (a.batch_rest(row) != b.batch_rest(row))
            return both(a.batch_rest(row), b.batch_rest(row)) + " more were asked in its batch";
        if (!detail::same_numbers(a[row].result.metrics, b[row].result.metrics)) return at + "the metrics differ";
        if (!detail::same_numbers(a.curve(row).steps, b.curve(row).steps) ||
            !detail::same_numbers(a.curve(row).values, b.curve(row).values))
            return at + "the learning curves differ";
    }
    if (a.size() != b.size()) return std::to_string(a.size()) + " and " + std::to_string(b.size()) + " rows";
    return "";
}

/// The first `rows` <= all.size() rows of a history, as a crash would leave them.
template <class Space, std::size_t Objectives>
history<Space, Objectives> first_rows(const history<Space, Objectives>& all, std::size_t rows) {
    history<Space, Objectives> first(all.space(), all.metric_names());
    for (std::size_t row = 0; row < rows; ++row) {
        learning_curve curve = all.curve(row);
        first.append(all[row], all.told_when_asked(row), curve, all.batch_rest(row));
    }
    return first;
}

}  // namespace nas::testing

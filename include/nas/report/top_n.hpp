// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <nas/core/history.hpp>
#include <nas/operators/identity.hpp>
#include <nas/report/csv_writer.hpp>

namespace nas {

/// What may stand in a list of the best trials.
enum class top_entries : std::uint8_t {
    trials,         ///< an architecture as often as it was evaluated
    architectures,  ///< each architecture once, by its best trial
};

/// Rows of the `n` best completed trials, by their first objective, best first; of equal ones the earlier id. Fewer
/// where there are not as many.
///
///     for (const std::size_t row : nas::top_n(past, 5)) std::cout << past.space().describe(past.arch(row)) << '\n';
template <class Space, std::size_t Objectives>
std::vector<std::size_t> top_n(const history<Space, Objectives>& past, std::size_t n,
                               top_entries entries = top_entries::trials) {
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < past.size(); ++row)
        if (past.completed(row)) rows.push_back(row);
    std::sort(rows.begin(), rows.end(), [&](std::size_t a, std::size_t b) {
        return past.value(a) != past.value(b) ? past.value(a) > past.value(b) : past.id(a) < past.id(b);
    });
    if (entries == top_entries::architectures) {
        identity_set<identity_t<Space>> seen;
        rows.erase(
            std::remove_if(rows.begin(), rows.end(),
                           [&](std::size_t row) { return !seen.insert(identity_of(past.space(), past.arch(row))); }),
            rows.end());
    }
    if (rows.size() > n) rows.resize(n);
    return rows;
}

/// These rows of a history as a table: rank (from 1), trial (its id), value, cost (seconds), architecture.
template <class Space, std::size_t Objectives>
std::string top_csv(const history<Space, Objectives>& past, std::span<const std::size_t> rows) {
    csv_writer table;
    for (const char* name : {"rank", "trial", "value", "cost", "architecture"}) table.add(name);
    table.end_row();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::size_t row = rows[i];
        table.add(i + 1).add(past.id(row)).add(past.value(row)).add(past.cost(row));
        table.add(std::string(past.space().describe(past.arch(row)))).end_row();
    }
    return table.text();
}

}  // namespace nas

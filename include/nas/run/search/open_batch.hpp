// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/core/history.hpp>
#include <nas/run/stop_rules.hpp>

namespace nas::detail {

/// The batch that a history ends within, if it does: a run was stopped between its first tell and its last.
struct open_batch {
    std::size_t told_when_asked = static_cast<std::size_t>(-1);
    trial_id last = 0;                   ///< of the batch
    std::vector<trial_id> missing = {};  ///< asked and not told, ascending; empty where the history ends with a batch
};

template <class History>
open_batch open_batch_of(const History& past) {
    std::size_t row = past.size();
    do {
        if (row == 0) return {};
    } while (past.batch_rest(--row) == 0);
    if (past.batch_rest(row) >= most_batch)
        throw std::invalid_argument("nas::search: trial " + std::to_string(past.id(row)) +
                                    " of the history to resume says that " + std::to_string(past.batch_rest(row)) +
                                    " more were asked in its batch; a batch has " + std::to_string(most_batch) +
                                    " at most");
    // Only the last batch can be open. Its trials are told in the order of their numbers, but for those that were handed out.
    open_batch found{past.told_when_asked(row), past.id(row) + static_cast<trial_id>(past.batch_rest(row))};
    trial_id first = past.id(row);
    for (row = found.told_when_asked; row < past.size(); ++row)
        if (past.batch_rest(row) > 0 && past.batch_rest(row) < most_batch && past.id(row) < first &&
            past.id(row) + past.batch_rest(row) == found.last)
            first = past.id(row);
    std::vector<bool> told(found.last - first + 1);
    for (row = found.told_when_asked; row < past.size(); ++row)
        if (past.id(row) >= first && past.id(row) <= found.last) told[past.id(row) - first] = true;
    for (trial_id id = first; id <= found.last; ++id)
        if (!told[id - first]) found.missing.push_back(id);
    return found.missing.empty() ? open_batch{} : found;
}

/// What was asked and not told, as far as `past` tells it, when the first of `cut.missing` was asked: `cut`'s batch, and what was
/// asked by hand before it. Ascending by number.
template <class History>
std::vector<proposal<typename History::arch_type>> open_then(const History& past, const open_batch& cut) {
    std::vector<proposal<typename History::arch_type>> open;
    for (std::size_t row = cut.told_when_asked; row < past.size(); ++row) {
        if (past.origin(row) == trial_origin::imported || past.told_when_asked(row) > cut.told_when_asked) continue;
        auto at = open.end();
        while (at != open.begin() && past.id(row) < (at - 1)->id) --at;
        open.insert(at, past[row]);
    }
    return open;
}

}  // namespace nas::detail

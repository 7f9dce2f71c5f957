// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

namespace nas::detail {

/// Hands rows on in their order, whatever the order in which they come.
template <class Row, class Sink>
class ordered_rows {
  public:
    ordered_rows(std::uint64_t first, Sink& sink) : next_(first), sink_(sink) {}

    /// May be called from several threads. Nothing is handed on after the sink has thrown.
    void add(Row row) {
        const std::lock_guard lock(mutex_);
        waiting_.emplace(row.number, std::move(row));
        while (!waiting_.empty() && waiting_.begin()->first == next_) {
            const auto ready = waiting_.extract(waiting_.begin());
            sink_(ready.mapped());
            ++next_;  // not reached where the sink throws, so that no later row is the next one
        }
    }

    std::uint64_t next() const noexcept { return next_; }

  private:
    std::uint64_t next_;
    Sink& sink_;
    std::mutex mutex_;
    std::map<std::uint64_t, Row> waiting_;
};

}  // namespace nas::detail

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>

namespace mock_bench {

/// Says on standard error how far a study is: in one line that is written over where that is a terminal, in a line now and
/// then where it is not. `step` may be called from several threads.
class progress {
  public:
    progress(std::size_t searches, bool quiet);
    /// Wipes the line.
    ~progress();
    progress(const progress&) = delete;
    progress& operator=(const progress&) = delete;

    /// A search has ended.
    void step();

    /// Replaces the number of searches by what is done now; nothing where that is no terminal.
    void say(const char* what);

  private:
    using clock = std::chrono::steady_clock;

    void show(std::size_t done, double seconds);
    void wipe();

    const std::size_t searches_;
    const bool quiet_;
    const bool terminal_;
    const clock::time_point start_ = clock::now();
    std::atomic<std::size_t> done_ = 0;
    std::mutex mutex_;
    clock::time_point shown_ = start_;
    bool written_ = false;
};

}  // namespace mock_bench

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>

namespace tabulate {

/// Says on standard error how many rows are there: in one line that is written over where that is a terminal, in a line now
/// and then where it is not.
class progress {
  public:
    progress(std::uint64_t done, std::uint64_t total, bool quiet)
        : first_(done), total_(total), quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}
    /// Wipes the line.
    ~progress() {
        if (written_) std::fputs("\r\033[K", stderr);
    }
    progress(const progress&) = delete;
    progress& operator=(const progress&) = delete;

    void show(std::uint64_t done) {
        const auto now = clock::now();
        if (quiet_ || now - shown_ < (terminal_ ? std::chrono::milliseconds(200) : std::chrono::seconds(30))) return;
        shown_ = now;
        const double seconds = std::chrono::duration<double>(now - start_).count();
        const double left = seconds / static_cast<double>(done - first_) * static_cast<double>(total_ - done);
        std::fprintf(
            stderr,
            terminal_ ? "\r\033[K%llu of %llu rows, about %.0f s left" : "%llu of %llu rows, about %.0f s left\n",
            static_cast<unsigned long long>(done), static_cast<unsigned long long>(total_), left);
        std::fflush(stderr);
        written_ = terminal_;
    }

  private:
    using clock = std::chrono::steady_clock;

    const std::uint64_t first_;
    const std::uint64_t total_;
    const bool quiet_;
    const bool terminal_;
    const clock::time_point start_ = clock::now();
    clock::time_point shown_ = start_;
    bool written_ = false;
};

}  // namespace tabulate

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>

namespace nas {

/// Where the wall-clock seconds of a search went. All are 0 unless `search_options.measure_times` is set. What is left of `total`
/// went into the observers (files, progress) and the driver itself.
struct search_times {
    double total = 0;        ///< within run, ask, tell, resume and warm_start of the search
    double ask = 0;          ///< within the searcher's ask
    double evaluate = 0;     ///< while a run was waiting for evaluations
    double evaluations = 0;  ///< how long these took each, added up: more than `evaluate` where several run at once
    double tell = 0;         ///< within the searcher's tell
};

namespace detail {

inline double monotonic_seconds() noexcept {  // <chrono> costs a user's compile 0.4 s
    std::timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Adds the seconds that it lives to a sum; where there is none it does not look at the clock.
class stopwatch {
  public:
    explicit stopwatch(double* sum) noexcept : sum_(sum), start_(sum == nullptr ? 0 : monotonic_seconds()) {}
    stopwatch(const stopwatch&) = delete;
    stopwatch& operator=(const stopwatch&) = delete;
    ~stopwatch() {
        if (sum_ != nullptr) *sum_ += monotonic_seconds() - start_;
    }

  private:
    double* sum_;
    double start_;
};

}  // namespace detail

}  // namespace nas

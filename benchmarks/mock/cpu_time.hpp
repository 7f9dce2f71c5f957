// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>

namespace mock_bench {

/// Seconds that the processor has spent on the calling thread: what others do on the same machine does not count.
inline double thread_seconds() {
    std::timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace mock_bench

// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include <unistd.h>

#include <cstdio>
#include <string>

#include "format.hpp"

namespace mock_bench {

progress::progress(std::size_t searches, bool quiet)
    : searches_(searches), quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

progress::~progress() { wipe(); }

void progress::step() {
    const std::size_t done = ++done_;
    if (quiet_) return;
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return;
    const auto now = clock::now();
    if (now - shown_ < (terminal_ ? std::chrono::milliseconds(100) : std::chrono::seconds(10))) return;
    shown_ = now;
    show(done, std::chrono::duration<double>(now - start_).count());
}

void progress::say(const char* what) {
    if (quiet_ || !terminal_) return;
    wipe();
    std::fprintf(stderr, "%s ...", what);
    std::fflush(stderr);
    written_ = true;
}

void progress::show(std::size_t done, double seconds) {
    const double share = static_cast<double>(done) / static_cast<double>(searches_);
    const std::string text = grouped(static_cast<double>(done)) + " of " + grouped(static_cast<double>(searches_)) +
                             " searches, " + fixed(100 * share, 0) + " %, about " +
                             fixed(seconds / share - seconds, 0) + " s left";
    wipe();
    std::fprintf(stderr, terminal_ ? "%s" : "%s\n", text.c_str());
    std::fflush(stderr);
    written_ = terminal_;
}

void progress::wipe() {
    if (!written_) return;
    std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
    written_ = false;
}

}  // namespace mock_bench

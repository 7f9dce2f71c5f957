// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <csignal>

namespace nas {

namespace detail {

inline std::atomic<bool> interrupt_flag = false;
static_assert(std::atomic<bool>::is_always_lock_free, "nas: a signal handler may touch lock-free atomics only");

inline void on_interrupt(int signal) {
    if (!interrupt_flag.exchange(true)) return;
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

}  // namespace detail

/// Whether SIGINT or SIGTERM came since the living nas::interrupt was made or cleared. May be called from any thread.
inline bool interrupt_requested() noexcept { return detail::interrupt_flag.load(); }

/// While it lives, Ctrl-C (SIGINT) and SIGTERM ask for the end instead of ending the process; a second one ends it, as it
/// would have without, and with it the programs that run_process started. One may live at a time.
///
///     nas::interrupt ctrl_c;
///     search.stop_when(nas::interrupt_requested);
///     if (search.run({.trials = 1000}) == nas::stop_reason::interrupted) ...  // what was told is kept
class interrupt {
  public:
    interrupt() {
        clear();
        struct sigaction action {};
        action.sa_handler = detail::on_interrupt;
        action.sa_flags = SA_RESTART;  // what an evaluator reads or waits for goes on
        sigemptyset(&action.sa_mask);
        sigaction(SIGINT, &action, &old_int_);
        sigaction(SIGTERM, &action, &old_term_);
    }
    ~interrupt() {
        sigaction(SIGINT, &old_int_, nullptr);
        sigaction(SIGTERM, &old_term_, nullptr);
        clear();
    }
    interrupt(const interrupt&) = delete;
    interrupt& operator=(const interrupt&) = delete;

    bool requested() const noexcept { return interrupt_requested(); }

    /// Forgets the request, so that the search can go on.
    void clear() noexcept { detail::interrupt_flag.store(false); }

  private:
    struct sigaction old_int_ {};
    struct sigaction old_term_ {};
};

}  // namespace nas

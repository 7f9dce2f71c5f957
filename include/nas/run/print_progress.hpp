// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include <nas/core/number_text.hpp>
#include <nas/core/trial.hpp>
#include <nas/run/search/search_times.hpp>
#include <nas/run/stop_rules.hpp>

namespace nas {

struct print_progress_options {
    std::size_t trials = 0;  ///< how many there will be, where that is to be said
    double every = 0;  ///< seconds between two lines; 0: 0.1 on a terminal, where one is written over, and 10 elsewhere
    std::FILE* to = stderr;
};

/// An observer that says now and then how far a search is: trials, best so far, time, trials a second, and in the end why a run
/// ended.
///
///     search.observe(nas::print_progress{{.trials = 1000}});
///     search.run({.trials = 1000});
///
/// prints `412 of 1000 trials, best 0.943 (trial 388), 12 s, 34 trials/s` on standard error. It looks at the clock at every trial
/// and changes no history. What a resume told is counted as trials, and not in what there are a second; imported trials count for
/// neither, as for stop rules: `12 of 1000 trials and 40 imported, ...`.
class print_progress {
  public:
    explicit print_progress(print_progress_options options = {})
        : options_(options), line_(options.to), start_(detail::monotonic_seconds()) {
        if (options_.every <= 0) options_.every = line_.on_terminal() ? 0.1 : 10;
        shown_ = start_;
    }
    void operator()(const auto& history) {
        if (rows_ == 0) look_back(history, history.size() - 1);
        count(history, history.size());
        const double now = detail::monotonic_seconds();
        if (now - shown_ < options_.every) return;
        shown_ = now;
        line_.print(text(history, now), false);
    }

    void ended(const auto& history, stop_reason why) {
        if (rows_ == 0) look_back(history, history.size());  // a run without a trial
        const double now = detail::monotonic_seconds();
        if (!line_.open() && now - said_end_ < 1) return;  // of many short runs
        said_end_ = shown_ = now;
        line_.print(text(history, now) + "; " + std::string(to_string(why)), true);
    }

  private:
    /// Where a terminal writes: a line is open there until the last one.
    class output {
      public:
        explicit output(std::FILE* to) : to_(to), terminal_(isatty(fileno(to)) == 1) {}
        output(output&& other) noexcept
            : to_(other.to_), terminal_(other.terminal_), open_(std::exchange(other.open_, false)) {}
        output& operator=(output&&) = delete;
        ~output() {
            if (open_) std::fputc('\n', to_);
        }

        bool on_terminal() const noexcept { return terminal_; }
        bool open() const noexcept { return open_; }

        void print(std::string_view text, bool last) {
            constexpr std::size_t width = 79;  // what wraps cannot be written over
            if (open_) std::fputs("\r\033[K", to_);
            open_ = terminal_ && !last;
            std::fprintf(to_, open_ ? "%s" : "%s\n", std::string(open_ ? text.substr(0, width) : text).c_str());
            std::fflush(to_);
        }

      private:
        std::FILE* to_;
        bool terminal_;
        bool open_ = false;
    };

    /// Counts the rows up to `end` that are new.
    void count(const auto& history, std::size_t end) {
        for (; rows_ < end; ++rows_) {
            if (history.origin(rows_) == trial_origin::imported) {
                ++imported_;
                continue;
            }
            ++own_;
            not_completed_ += history.completed(rows_) ? 0 : 1;
        }
    }
    /// Rows before `end` were told before this observer.
    void look_back(const auto& history, std::size_t end) {
        count(history, end);
        before_ = own_;
    }

    std::string text(const auto& history, double now) const {
        std::string text = std::to_string(own_);
        if (options_.trials > 0) text += " of " + std::to_string(options_.trials);
        text += own_ == 1 && options_.trials == 0 ? " trial" : " trials";
        if (imported_ > 0) text += " and " + std::to_string(imported_) + " imported";
        if (history.has_best()) {
            const std::size_t best = history.best_row();
            text += ", best " + detail::number_text(history.value(best)) + " (trial " +
                    std::to_string(history.id(best)) + ')';
        }
        if (not_completed_ > 0) text += ", " + std::to_string(not_completed_) + " not completed";
        const double seconds = now - start_;
        text += ", " + detail::seconds_text(seconds);
        const auto trials = static_cast<double>(own_ - before_);
        if (trials > 0 && seconds > 0) text += ", " + rate_text(trials / seconds);
        return text;
    }

    static std::string rate_text(double rate) {
        if (rate < 1) return detail::seconds_text(1 / rate) + " a trial";
        char text[32];
        std::snprintf(text, sizeof text, rate < 99.95 ? "%.3g trials/s" : "%.0f trials/s", rate);
        return text;
    }

    print_progress_options options_;
    output line_;
    double start_;
    double shown_;
    double said_end_ = -1e9;
    std::size_t rows_ = 0;      // that are counted
    std::size_t imported_ = 0;  // of them
    std::size_t own_ = 0;       // the others, and of these:
    std::size_t before_ = 0;    // told before this observer
    std::size_t not_completed_ = 0;
};

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

#include <nas/run/search/search_times.hpp>

namespace nas::detail {

/// A call of a search that changes it. Refuses what an observer or an evaluator may not do: change the search that is calling it.
class entered {
  public:
    /// `seconds`: where its length is added, if anywhere.
    entered(bool& busy, double* seconds, const char* what) : busy_(busy), watch_(busy ? nullptr : seconds) {
        if (busy_) refuse(what);
        busy_ = true;
    }
    entered(const entered&) = delete;
    entered& operator=(const entered&) = delete;
    ~entered() { busy_ = false; }

  private:
    [[noreturn, gnu::noinline]] static void refuse(const char* what) {
        throw std::logic_error(std::string("nas::search: '") + what +
                               "' cannot be called by an observer or an evaluator of the same search");
    }

    bool& busy_;
    stopwatch watch_;
};

}  // namespace nas::detail

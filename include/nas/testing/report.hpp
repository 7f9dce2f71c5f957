// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Laws that every space, searcher and evaluator must keep, for any test framework: each check returns its violations as
/// sentences, none where the laws hold.
namespace nas::testing {

/// Collects violations: the first `most` of each law, so that one mistake does not drown the others.
class law_report {
  public:
    static constexpr std::size_t most = 3;

    /// Notes that `law` is broken where `holds` is false; `detail()` says how and is called only then. Returns `holds`.
    template <class Detail>
    bool expect(bool holds, std::string_view law, Detail&& detail) {
        if (!holds) violated(law, detail());
        return holds;
    }

    void violated(std::string_view law, const std::string& detail) {
        std::size_t* seen = nullptr;
        for (auto& [name, count] : counts_)
            if (name == law) seen = &count;
        if (seen == nullptr) seen = &counts_.emplace_back(std::string(law), 0).second;
        if (++*seen <= most) violations_.push_back(std::string(law) + (detail.empty() ? "" : ": " + detail));
    }

    /// `law: detail`, in the order of finding.
    const std::vector<std::string>& violations() const& noexcept { return violations_; }
    std::vector<std::string> violations() && { return std::move(violations_); }

  private:
    std::vector<std::string> violations_;
    std::vector<std::pair<std::string, std::size_t>> counts_;
};

}  // namespace nas::testing

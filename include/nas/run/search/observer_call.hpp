// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

#include <nas/core/checks.hpp>
#include <nas/run/stop_rules.hpp>

namespace nas::detail {

/// An observer as a search calls it: after each trial told with stop_reason::none, and at the end of a run with why it ended,
/// which is for those with a member `ended`.
template <class F, class History>
struct observer_call {
    static constexpr bool hears_ends = requires(F & told, const History& history) {
        told.ended(history, stop_reason::none);
    };
    static_assert(std::is_invocable_v<F&, const History&>,
                  "nas: an observer must be callable as `observer(history)`, with a reference to the const history");
    static_assert(hears_ends || !names_ended<F>(),
                  "nas: the observer's ended must be `void ended(const auto& history, nas::stop_reason)`");

    void operator()(const History& history, stop_reason ended) {
        if (ended == stop_reason::none) {
            observer(history);
        } else if constexpr (hears_ends) {
            observer.ended(history, ended);
        } else if constexpr (requires { observer.get().ended(history, ended); }) {  // passed by std::ref
            observer.get().ended(history, ended);
        }
    }

    F observer;
};

}  // namespace nas::detail

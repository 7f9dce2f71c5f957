// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/options.hpp>
#include <nas/searchers/any_searcher.hpp>
#include <nas/searchers/registry/entries.hpp>
#include <nas/searchers/searcher_text.hpp>

/// All searchers (nas/searchers/registry/entries.hpp is their list): programs choose from them by name, and they drive laws,
/// expected outputs and benchmarks.
namespace nas {

namespace detail {

template <class Entry, class Space, std::size_t Objectives>
consteval bool searcher_fits() {
    if constexpr (Entry::template fits<Space>) {
        return Searcher<typename Entry::template type<Space>, Objectives>;
    } else {
        return false;
    }
}

template <class Visit, class... Entries>
constexpr void for_each_registered(Visit&& visit, registered::list<Entries...>) {
    (visit(Entries{}), ...);
}

/// Why a registered searcher cannot search `Space` for `Objectives` objectives; empty where it can.
template <class Entry, class Space, std::size_t Objectives>
std::string obstacle() {
    if constexpr (searcher_fits<Entry, Space, Objectives>()) {
        return "";
    } else if constexpr (Entry::template fits<Space>) {
        return "it does not work for " + std::to_string(Objectives) + " objectives";
    } else {
        return "the space must have " + std::string(Entry::needs);
    }
}

template <class Entry, class Space, std::size_t Objectives>
any_searcher<Space, Objectives> make_registered(const Space& space, std::string_view options) {
    const std::string name(Entry::name);
    if constexpr (searcher_fits<Entry, Space, Objectives>()) {
        using searcher = typename Entry::template type<Space>;
        return {name, searcher(space, parse_options<typename Entry::options_type>("nas::" + name, options))};
    } else {
        throw std::invalid_argument("nas::" + name +
                                    ": it cannot search this space: " + obstacle<Entry, Space, Objectives>());
    }
}

template <class Entry, class Space, std::size_t Objectives>
using wrapped = typename Entry::template type<any_searcher<Space, Objectives>>;

/// Why a registered wrapper does not work; empty where it does.
template <class Entry, class Space, std::size_t Objectives>
std::string wrapper_obstacle() {
    if constexpr (Searcher<wrapped<Entry, Space, Objectives>, Objectives>) return "";
    return "it does not work for " + std::to_string(Objectives) + " objectives on this space";
}

template <class Entry, class Space, std::size_t Objectives>
any_searcher<Space, Objectives> make_wrapped(any_searcher<Space, Objectives> inner, std::string_view options) {
    const std::string name(Entry::name);
    if constexpr (Searcher<wrapped<Entry, Space, Objectives>, Objectives>) {
        std::string whole = name + '(' + inner.name() + ')';
        return {std::move(whole),
                wrapped<Entry, Space, Objectives>(
                    std::move(inner), parse_options<typename Entry::options_type>("nas::" + name, options))};
    } else {
        throw std::invalid_argument("nas::" + name + ": " + wrapper_obstacle<Entry, Space, Objectives>());
    }
}

/// Names of registered searchers or wrappers, as one text.
template <class... Entries>
std::string registered_names(registered::list<Entries...> entries, std::string_view suffix = "") {
    std::string names;
    for_each_registered(
        [&](auto entry) { names += (names.empty() ? "" : ", ") + std::string(entry.name) + std::string(suffix); },
        entries);
    return names;
}

[[noreturn]] inline void throw_unknown_searcher(std::string_view wanted) {
    std::string_view nearest;
    std::size_t distance = wanted.size() / 2 + 1;  // farther is no slip of the pen
    const auto compare = [&](auto entry) {
        const std::size_t here = edit_distance(wanted, entry.name);
        if (here >= distance) return;
        distance = here;
        nearest = entry.name;
    };
    for_each_registered(compare, registered::all{});
    for_each_registered(compare, registered::wrappers{});
    throw std::invalid_argument("nas: there is no searcher '" + std::string(wanted) + "'" +
                                (nearest.empty() ? "" : " (did you mean '" + std::string(nearest) + "'?)") +
                                "; there is " + registered_names(registered::all{}) + ", and around a searcher " +
                                registered_names(registered::wrappers{}, "(...)"));
}

}  // namespace detail

/// Calls `visit(entry)` for each registered searcher that can search `Space` for `Objectives` objectives, at compile time:
///
///     nas::for_each_searcher<Space>([&](auto entry) {
///         using searcher = typename decltype(entry)::template type<Space>;
///         std::cout << entry.name << ": " << entry.summary << '\n';
///     });
template <class Space, std::size_t Objectives = 1, class Visit>
constexpr void for_each_searcher(Visit&& visit) {
    detail::for_each_registered(
        [&]<class Entry>(Entry entry) {
            if constexpr (detail::searcher_fits<Entry, Space, Objectives>()) visit(entry);
        },
        registered::all{});
}

/// A registered searcher, as seen by a program.
template <class Space, std::size_t Objectives = 1>
struct searcher_info {
    std::string name;
    std::string summary;                      ///< one line
    std::vector<option_description> options;  ///< with the defaults as values
    std::string obstacle;                     ///< why it cannot search the space; empty where it can
    /// The searcher with options `name=value,name=value` (those left out have their defaults). Throws std::invalid_argument
    /// where an option is wrong, or there is an obstacle.
    any_searcher<Space, Objectives> (*make)(const Space& space, std::string_view options);
    std::vector<preset_description> presets = {};  ///< named settings: `preset=name` as the first option
};

/// All registered searchers, those that cannot search `Space` included.
template <class Space, std::size_t Objectives = 1>
std::vector<searcher_info<Space, Objectives>> searchers() {
    std::vector<searcher_info<Space, Objectives>> all;
    detail::for_each_registered(
        [&]<class Entry>(Entry) {
            all.push_back(
                {std::string(Entry::name), std::string(Entry::summary),
                 describe_options(typename Entry::options_type{}), detail::obstacle<Entry, Space, Objectives>(),
                 &detail::make_registered<Entry, Space, Objectives>, describe_presets<typename Entry::options_type>()});
        },
        registered::all{});
    return all;
}

/// A registered searcher around another one, as seen by a program.
template <class Space, std::size_t Objectives = 1>
struct wrapper_info {
    std::string name;
    std::string summary;                      ///< one line
    std::vector<option_description> options;  ///< with the defaults as values
    std::string obstacle;                     ///< why it does not work; empty where it does
    /// The wrapper around a searcher. Throws as that of searcher_info.
    any_searcher<Space, Objectives> (*make)(any_searcher<Space, Objectives> inner, std::string_view options);
    std::vector<preset_description> presets = {};  ///< as those of searcher_info
};

/// All registered wrappers.
template <class Space, std::size_t Objectives = 1>
std::vector<wrapper_info<Space, Objectives>> wrappers() {
    std::vector<wrapper_info<Space, Objectives>> all;
    detail::for_each_registered(
        [&]<class Entry>(Entry) {
            all.push_back(
                {std::string(Entry::name), std::string(Entry::summary),
                 describe_options(typename Entry::options_type{}), detail::wrapper_obstacle<Entry, Space, Objectives>(),
                 &detail::make_wrapped<Entry, Space, Objectives>, describe_presets<typename Entry::options_type>()});
        },
        registered::wrappers{});
    return all;
}

/// The searcher that `text` names (see searcher_text): `random_search`, with options `regularized_evolution:population=10`, or
/// around another one, to any depth, `deduplicated(ppo:batch=10):retries=50`.
/// Throws std::invalid_argument where there is no such searcher or option, an option's value is wrong, the searcher cannot
/// search this space, or parentheses do not match.
template <class Space, std::size_t Objectives = 1>
any_searcher<Space, Objectives> make_searcher(const Space& space, std::string_view text) {
    const searcher_text parts = split_searcher_text(text);
    const std::string name(parts.name);
    std::optional<any_searcher<Space, Objectives>> made;
    detail::for_each_registered(
        [&]<class Entry>(Entry) {
            if (Entry::name != name) return;
            if (parts.inner)
                throw std::invalid_argument(
                    "nas::" + name + ": it is around no other searcher, take the parentheses away; those that are: " +
                    detail::registered_names(registered::wrappers{}));
            made.emplace(detail::make_registered<Entry, Space, Objectives>(space, parts.options));
        },
        registered::all{});
    detail::for_each_registered(
        [&]<class Entry>(Entry) {
            if (Entry::name != name) return;
            if (!parts.inner || parts.inner->empty())
                throw std::invalid_argument("nas::" + name + ": it needs a searcher in parentheses, as in " + name +
                                            "(random_search)");
            made.emplace(detail::make_wrapped<Entry, Space, Objectives>(
                make_searcher<Space, Objectives>(space, *parts.inner), parts.options));
        },
        registered::wrappers{});
    if (!made) detail::throw_unknown_searcher(name);
    return *std::move(made);
}

}  // namespace nas

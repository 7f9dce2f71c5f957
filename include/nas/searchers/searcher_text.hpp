// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nas {

/// What a text says of a searcher. All programs and `make_searcher` read
///
///     searcher = name [ "(" searcher ")" ] [ ":" option=value,option=value,... ]
///
/// so `ppo:batch=10`, and `deduplicated(ppo:batch=10):retries=50` for a searcher around another one. Its own options come last.
/// A shell wants parentheses in quotes.
struct searcher_text {
    std::string_view name;
    std::optional<std::string_view> inner;  ///< what stands in the parentheses; nothing where there are none
    std::string_view options;
};

/// Takes the outermost searcher of `text` apart. Throws std::invalid_argument where parentheses do not match, or something else
/// than options follows them.
inline searcher_text split_searcher_text(std::string_view text) {
    constexpr std::size_t most_levels = 100;  // each costs some of the stack
    const auto fail = [&](const std::string& what) {
        throw std::invalid_argument("nas: searcher '" + std::string(text) + "': " + what);
    };
    const std::size_t name_end = std::min(text.find_first_of("(:"), text.size());
    std::size_t level = 0;
    std::size_t closed = name_end;  // behind the parenthesis that closes the first
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '(' && ++level > most_levels) fail("more than 100 searchers around one another");
        if (text[at] != ')') continue;
        if (level == 0) fail("a ')' without its '('");
        if (--level == 0 && closed == name_end) closed = at + 1;
    }
    if (level > 0) fail("a '(' without its ')'");
    searcher_text parts{text.substr(0, name_end), std::nullopt, {}};
    std::string_view rest = text.substr(name_end);
    if (rest.starts_with('(')) {
        parts.inner = text.substr(name_end + 1, closed - name_end - 2);
        rest = text.substr(closed);
        if (!rest.empty() && rest[0] != ':')
            fail("'" + std::string(rest) +
                 "' behind the ')'; options follow a colon, as in deduplicated(ppo):retries=50");
    }
    if (rest.find('(') != rest.npos)
        fail("a '(' among the options; they come last, as in deduplicated(ppo):retries=50");
    if (!rest.empty()) parts.options = rest.substr(1);
    return parts;
}

/// The inverse, of a name as `deduplicated(ppo)` and options as `retries=50,searcher.batch=10`, which is how any_searcher has
/// them: `deduplicated(ppo:batch=10):retries=50`.
inline std::string join_searcher_text(std::string_view name, std::string_view options) {
    const searcher_text parts = split_searcher_text(name);
    std::string own;
    std::string inner;
    constexpr std::string_view of_inner = "searcher.";
    while (!options.empty()) {
        std::string_view item = options.substr(0, options.find(','));
        options.remove_prefix(std::min(options.size(), item.size() + 1));
        const bool deeper = parts.inner && item.starts_with(of_inner);
        if (deeper) item.remove_prefix(of_inner.size());
        std::string& list = deeper ? inner : own;
        list += (list.empty() ? "" : ",") + std::string(item);
    }
    std::string text(parts.name);
    if (parts.inner) text += '(' + join_searcher_text(*parts.inner, inner) + ')';
    return own.empty() ? text : text + ':' + own;
}

namespace detail {

/// Levenshtein's distance: letters to insert, delete or replace.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

}  // namespace detail

}  // namespace nas

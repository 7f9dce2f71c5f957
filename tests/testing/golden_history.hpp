// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <nas/run/search.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/testing/easy_landscape.hpp>

/// The searches whose histories are in tests/golden/<searcher>.txt.
namespace nas::tests {

using golden_space = choice_space<>;

inline std::vector<std::pair<std::string, golden_space>> golden_spaces() {
    return {{"plain", golden_space{6, 5}},
            {"conditional", golden_space{std::vector<nas::decision>{
                                {"op", 3},
                                {"kernel", 4, {}, nas::decision_tag::size, nas::condition{0, {0, 1}}},
                                {"heads", 6, {}, nas::decision_tag::size, nas::condition{0, {2}}},
                                {"dilation", 3, {}, nas::decision_tag::generic, nas::condition{1, {1, 2}}},
                                {"head", 8},
                            }}}};
}

template <class Searcher>
std::string history_text(const Searcher& searcher, std::size_t batch) {
    nas::search search{
        searcher, nas::testing::easy_landscape<typename Searcher::space_type>(searcher.space()), {.seed = 7}};
    search.run({.trials = 150, .batch = batch});
    const auto& history = search.history();
    std::string text;
    std::uint64_t hash = 0;
    const auto add = [&hash](std::uint64_t word) { hash = nas::detail::mix64(hash ^ word) + 1; };
    for (std::size_t row = 0; row < history.size(); ++row) {
        for (const std::uint8_t value : history.arch(row)) add(value);
        add(std::bit_cast<std::uint64_t>(history.value(row)));
        add(history.parent(row));
        add(history.told_when_asked(row));
        if (row >= 8) continue;
        char line[200];
        std::snprintf(line, sizeof line, "%s %.17g %s\n", history.space().describe(history.arch(row)).c_str(),
                      history.value(row),
                      history.parent(row) == nas::no_trial ? "-" : std::to_string(history.parent(row)).c_str());
        text += line;
    }
    char line[100];
    std::snprintf(line, sizeof line, "%zu rows, hash %016llx\n", history.size(), static_cast<unsigned long long>(hash));
    return text + line;
}

}  // namespace nas::tests

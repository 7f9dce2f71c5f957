// SPDX-License-Identifier: Apache-2.0
#include "spaces.hpp"

#include <cstddef>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/options.hpp>
#include <nas/io/read_json.hpp>
#include <nas/io/space_json.hpp>

#include "options.hpp"

namespace mock_bench {

namespace {

constexpr std::size_t most_decisions = 10'000;

nlohmann::ordered_json read_file(const std::filesystem::path& path) {
    try {
        return nas::read_json(path);
    } catch (const std::runtime_error& error) {
        throw usage_error(error.what());
    }
}

nas::choice_space<> space_of(const nlohmann::ordered_json& json, const std::filesystem::path& path) {
    try {
        return nas::choice_space_from_json(json);
    } catch (const std::invalid_argument& error) {
        throw usage_error(path.string() + ": " + error.what());
    }
}

/// What nas_tabulate wrote of a space; nothing where it wrote none.
const nlohmann::ordered_json* tabulated(const nlohmann::ordered_json& json) {
    if (!json.is_object() || !json.contains("nas_table") || !json.contains("space")) return nullptr;
    return &json["space"];
}

/// Appends the decisions of `6x5`, `5`, `6x1..4` or `1..4`. Returns whether it is one of these.
bool add_decisions(std::string_view text, std::vector<nas::decision>& table) {
    const auto number = [](std::string_view digits, std::size_t least, std::size_t most) {
        std::size_t value = 0;
        const bool good = nas::detail::parse_option(digits, value) && value >= least && value <= most;
        return good ? std::optional(value) : std::nullopt;
    };
    std::size_t times = 1;
    if (const std::size_t cross = text.find('x'); cross != text.npos) {
        const auto given = number(text.substr(0, cross), 1, most_decisions);
        if (!given) return false;
        times = *given;
        text.remove_prefix(cross + 1);
    }
    nas::decision row;
    if (const std::size_t dots = text.find(".."); dots != text.npos) {
        const auto first = number(text.substr(0, dots), 0, 1'000'000);
        const auto last = number(text.substr(dots + 2), 0, 1'000'000);
        if (!first || !last || *last < *first || *last - *first >= nas::max_cardinality) return false;
        for (std::size_t value = *first; value <= *last; ++value) row.values.push_back(static_cast<double>(value));
        row.cardinality = row.values.size();
    } else {
        const auto choices = number(text, 1, nas::max_cardinality);
        if (!choices) return false;
        row.cardinality = *choices;
    }
    if (table.size() + times > most_decisions) return false;
    for (std::size_t i = 0; i < times; ++i) {
        row.path = std::to_string(table.size());
        table.push_back(row);
    }
    return true;
}

}  // namespace

nas::choice_space<> read_space(const std::string& text) {
    if (text.ends_with(".json")) {
        const auto json = read_file(text);
        const auto* const made = tabulated(json);
        return space_of(made ? *made : json, text);
    }
    std::vector<nas::decision> table;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        if (!add_decisions(std::string_view(text).substr(begin, end - begin), table))
            throw usage_error(
                "--space ('" + text +
                "') must be mlp, nasbench201, FILE.json, or decisions as 12x4 or 2,3x5,1..4: so many of so "
                "many choices, or of numbers in order (at most 10000x256)");
        begin = end + 1;
    }
    // Without numbers architectures keep their codes as texts.
    std::vector<std::size_t> choices;
    for (const nas::decision& row : table) {
        if (!row.values.empty()) return nas::choice_space<>(std::move(table));
        choices.push_back(row.cardinality);
    }
    return nas::choice_space<>(choices);
}

std::filesystem::path beside(const std::filesystem::path& table) {
    std::filesystem::path name = table;
    return name += ".json";
}

std::optional<nas::choice_space<>> space_beside(const std::filesystem::path& table) {
    const std::filesystem::path path = beside(table);
    if (!std::filesystem::is_regular_file(path)) return std::nullopt;
    const auto json = read_file(path);
    const auto* const made = tabulated(json);
    if (!made || !made->is_object() || made->contains("masked") ||
        !(made->contains("decisions") || made->contains("choices")))
        return std::nullopt;
    return space_of(*made, path);
}

}  // namespace mock_bench

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <nas/data/parse_json.hpp>
#include <nas/operators/decisions.hpp>
#include <nas/spaces/aggregate_space.hpp>

namespace nas {

/// The architecture that `space.to_json` wrote, or a hand did: a JSON object with exactly the members that count, in any
/// order; numbers compare by value (3 and 3.0 are the same). Throws std::invalid_argument where the text is no such object
/// (with line and column where it is no JSON), a member is missing, unknown or does not count, or its value is no choice.
template <class... Members>
arch_t<aggregate_space<Members...>> architecture_from_json(const aggregate_space<Members...>& space,
                                                           std::string_view text) {
    const auto fail = [](const std::string& what) -> void {
        throw std::invalid_argument("nas::architecture_from_json: " + what);
    };
    const auto text_of = [](const nlohmann::json& value) {  // dump is recursive, and a file may nest without end
        return value.is_structured() ? std::string(value.type_name()) : value.dump();
    };
    nlohmann::json object;
    try {
        object = detail::parse_json(text);
    } catch (const detail::json_error& error) {
        fail(error.in("the text"));
    }
    if (!object.is_object()) fail("the text must be an object, as in {\"kernel\":3}, not " + text_of(object));
    typename aggregate_space<Members...>::genotype_type genotype{};
    for (std::size_t i = 0; i < space.decisions(); ++i) {
        const auto found = object.find(space.path(i));
        if (!is_active(space, genotype, i)) continue;
        if (found == object.end()) fail("'" + space.path(i) + "' is missing");
        std::string choices;
        std::size_t choice = 0;
        for (; choice < space.cardinality(i); ++choice) {
            if (detail::parse_json(space.json_value(i, choice)) == *found) break;
            choices += (choices.empty() ? "" : ", ") + space.json_value(i, choice);
        }
        if (choice == space.cardinality(i))
            fail("'" + space.path(i) + "' (" + text_of(*found) + ") must be one of " + choices);
        genotype[i] = static_cast<std::uint8_t>(choice);
        object.erase(found);
    }
    if (!object.empty())
        fail("'" + object.begin().key() +
             "' is no member of the space, or does not count beside the values of the others");
    return space.architecture(genotype);
}

}  // namespace nas

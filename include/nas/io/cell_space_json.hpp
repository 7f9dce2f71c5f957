// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <nas/core/options.hpp>
#include <nas/io/json_place.hpp>
#include <nas/spaces/cell_space.hpp>

/// The options of a `cell_space` as JSON:
///
///     {"blocks": 5, "min_blocks": 1, "operations": ["identity", "3x3 dconv", "3x3 maxpool"], "lookback": 2,
///      "lookforward": null, "output": "unused", "combination": "add"}
///
/// What a document leaves out has its default.
namespace nas {

namespace detail {

/// Reads the options of a space.
class cell_space_reader {
    using json = nlohmann::ordered_json;

  public:
    static cell_space_options read(const json& all, cell_space_options options) {
        const json_place at("nas::cell_space_from_json");
        at.check_object(all, "a space",
                        {"blocks", "min_blocks", "operations", "lookback", "lookforward", "output", "combination"});
        const auto read_one = [&](const char* key, auto& option, auto read) {
            if (all.contains(key)) option = read(all[key], at / key, option);
        };
        read_one("blocks", options.blocks, read_count);
        read_one("min_blocks", options.min_blocks, read_count);
        read_one("operations", options.operations, read_operations);
        read_one("lookback", options.lookback, read_count);
        if (all.contains("lookforward")) {
            options.lookforward.reset();
            if (!all["lookforward"].is_null())
                options.lookforward = read_count(all["lookforward"], at / "lookforward", 0);
        }
        read_one("output", options.output, read_name<cell_output>);
        read_one("combination", options.combination, read_name<block_combination>);
        return options;
    }

  private:
    static std::size_t read_count(const json& value, const json_place& at, std::size_t) {
        if (!value.is_number_unsigned()) at.fail("it must be a whole number from 0 on");
        return value.get<std::size_t>();
    }

    static std::vector<std::string> read_operations(const json& value, const json_place& at,
                                                    const std::vector<std::string>&) {
        if (!value.is_array()) at.fail("it must be an array");
        std::vector<std::string> names;
        for (const json& name : value) {
            if (!name.is_string()) (at / names.size()).fail("it must be a string");
            names.push_back(name.get<std::string>());
        }
        return names;
    }

    template <class Enum>
    static Enum read_name(const json& value, const json_place& at, Enum read) {
        if (!value.is_string() || !parse_option(value.get<std::string>(), read))
            at.fail("it must be " + allowed_text<Enum>({}));
        return read;
    }
};

}  // namespace detail

/// All options of the space.
inline nlohmann::ordered_json cell_space_to_json(const cell_space& space) {
    const cell_space_options& options = space.options();
    nlohmann::ordered_json all = {{"blocks", options.blocks},
                                  {"min_blocks", options.min_blocks},
                                  {"operations", options.operations},
                                  {"lookback", options.lookback},
                                  {"lookforward", nullptr},
                                  {"output", detail::option_text(options.output)},
                                  {"combination", detail::option_text(options.combination)}};
    if (options.lookforward) all["lookforward"] = *options.lookforward;
    return all;
}

/// Inverse of `cell_space_to_json`; `defaults` stand for what the document leaves out. Throws std::invalid_argument; the
/// sentence has the JSON pointer of what is wrong (`/operations/2`), or is that of `cell_space` where options are
/// impossible.
inline cell_space cell_space_from_json(const nlohmann::ordered_json& all, cell_space_options defaults = {}) {
    return cell_space(detail::cell_space_reader::read(all, std::move(defaults)));
}

}  // namespace nas

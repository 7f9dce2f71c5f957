// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace nas::detail {

/// Where a reader of JSON is. What it tells users starts with its name and the JSON pointer (RFC 6901) of the place.
class json_place {
    using json = nlohmann::ordered_json;

  public:
    /// The whole document, as `reader` (`nas::layer_space_from_json`) sees it.
    explicit json_place(std::string reader) : reader_(std::move(reader)) {}

    json_place operator/(const std::string& key) const { return {reader_, pointer_ / key}; }
    json_place operator/(std::size_t index) const { return {reader_, pointer_ / index}; }

    /// Throws std::invalid_argument.
    [[noreturn]] void fail(const std::string& what) const {
        throw std::invalid_argument(reader_ + ": " + (pointer_.empty() ? "/" : pointer_.to_string()) + ": " + what);
    }

    /// Fails unless `value` is an object whose keys are some of `known`; `what` is `a space`.
    void check_object(const json& value, const std::string& what, const std::vector<std::string>& known) const {
        if (!value.is_object()) fail(what + " must be an object");
        for (const auto& [key, member] : value.items()) {
            if (std::find(known.begin(), known.end(), key) != known.end()) continue;
            std::string names;
            for (const std::string& name : known) names += (names.empty() ? "" : ", ") + name;
            (*this / key).fail("there is no such key; there is " + names);
        }
    }

    /// The member `key` of `object`; fails where there is none.
    const json& need(const json& object, const std::string& key) const {
        const auto found = object.find(key);
        if (found == object.end()) fail('"' + key + "\" is missing");
        return *found;
    }

  private:
    json_place(std::string reader, json::json_pointer pointer)
        : reader_(std::move(reader)), pointer_(std::move(pointer)) {}

    std::string reader_;
    json::json_pointer pointer_;
};

}  // namespace nas::detail

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <nas/networks/network_plan.hpp>
#include <nas/spaces/layer_operation.hpp>

namespace nas::detail {

/// Reads what a layer says of itself; what nobody read is refused at the end. All sentences begin with the layer.
class attribute_reader {
  public:
    /// Keeps references.
    attribute_reader(const layer_operation& layer, const std::vector<std::string>& ignored)
        : layer_(layer), ignored_(ignored) {}

    [[noreturn]] void fail(const std::string& what) const {
        throw std::invalid_argument("nas::layer_plans: " + layer_.text() + ": " + what);
    }

    /// An integer of at least 1. Without a value for what is missing it must be there.
    std::size_t count(std::string_view name, std::optional<std::size_t> otherwise = std::nullopt) {
        const attribute_value* const value = find(name, otherwise.has_value());
        if (value == nullptr) return *otherwise;
        const auto* const number = std::get_if<std::int64_t>(value);
        if (number == nullptr) must_be(name, "an integer");
        return positive(name, *number);
    }
    /// Of images one integer for both, or two; of sequences one, which is the width.
    plan_extent extent(std::string_view name, bool sequence, std::optional<plan_extent> otherwise = std::nullopt) {
        const attribute_value* const value = find(name, otherwise.has_value());
        if (value == nullptr) return *otherwise;
        std::vector<std::int64_t> numbers;
        if (const auto* const one = std::get_if<std::int64_t>(value)) numbers = {*one};
        if (const auto* const several = std::get_if<std::vector<std::int64_t>>(value)) numbers = *several;
        if (numbers.empty() || numbers.size() > (sequence ? 1U : 2U))
            must_be(name, sequence ? "an integer" : "one integer or two");
        const std::size_t last = positive(name, numbers.back());
        return {sequence ? 1 : positive(name, numbers.front()), last};
    }
    double number(std::string_view name, std::optional<double> otherwise = std::nullopt) {
        const attribute_value* const value = find(name, otherwise.has_value());
        if (value == nullptr) return *otherwise;
        if (const auto* const whole = std::get_if<std::int64_t>(value)) return static_cast<double>(*whole);
        if (const auto* const real = std::get_if<double>(value)) return *real;
        must_be(name, "a number");
    }
    bool flag(std::string_view name, bool otherwise) {
        const attribute_value* const value = find(name, true);
        if (value == nullptr) return otherwise;
        if (const auto* const set = std::get_if<bool>(value)) return *set;
        must_be(name, "True or False");
    }
    /// The number of the word among `words`.
    std::size_t word(std::string_view name, const std::vector<std::string_view>& words, std::size_t otherwise) {
        const attribute_value* const value = find(name, true);
        if (value == nullptr) return otherwise;
        std::string known;
        const auto* const text = std::get_if<std::string>(value);
        for (std::size_t i = 0; i < words.size(); ++i) {
            if (text != nullptr && *text == words[i]) return i;
            known += (i == 0 ? "" : i + 1 < words.size() ? ", " : " or ") + std::string(words[i]);
        }
        must_be(name, known);
    }

    /// What a network does not have is no reason to refuse one that has 0 of it.
    void accept_zero(std::string_view name) {
        const attribute_value* const value = layer_.find(name);
        if (value != nullptr && (*value == attribute_value(std::int64_t{0}) || *value == attribute_value(0.0)))
            read_.emplace_back(name);
    }

    /// Refuses what was not read. A name changes nothing.
    void finish() const {
        for (const layer_attribute& one : layer_.attributes()) {
            const auto is = [&](const auto& other) { return one.name == other; };
            if (is("name") || std::any_of(read_.begin(), read_.end(), is) ||
                std::any_of(ignored_.begin(), ignored_.end(), is))
                continue;
            fail("no network has the attribute '" + one.name +
                 "' of this layer; list it in the option ignored to build it without");
        }
    }

  private:
    const attribute_value* find(std::string_view name, bool optional) {
        read_.emplace_back(name);
        const attribute_value* const value = layer_.find(name);
        if (value == nullptr && !optional) fail("it needs the attribute '" + std::string(name) + "'");
        return value;
    }
    [[noreturn]] void must_be(std::string_view name, const std::string& what) const {
        fail("the attribute '" + std::string(name) + "' must be " + what);
    }
    std::size_t positive(std::string_view name, std::int64_t number) const {
        if (number < 1) must_be(name, "at least 1");
        return static_cast<std::size_t>(number);
    }

    const layer_operation& layer_;
    const std::vector<std::string>& ignored_;
    std::vector<std::string> read_;
};

}  // namespace nas::detail

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <nas/operators/text.hpp>
#include <nas/spaces/layer_operation/layer_attribute.hpp>

namespace nas {

/// What a layer may be, as AMBER (Zhang et al. 2021, "An automated framework for efficiently designing deep convolutional
/// neural networks in genomics") has it: a type, and attributes in the order in which they were given. An attribute that is
/// missing has the default of what builds the network.
///
///     const nas::layer_operation conv("conv1d", {{"filters", 64}, {"kernel_size", 8}, {"activation", "relu"}});
///     conv.text();        // conv1d:{'filters': 64, 'kernel_size': 8, 'activation': 'relu'}
///     conv.short_name();  // conv_f64_k8_relu
///
/// Equal operations have the same type and the same attributes, in any order.
class layer_operation {
  public:
    /// The type is kept in lower case. Throws std::invalid_argument where it is empty or has a ':' in it, a name is empty or
    /// repeats, a number is not finite, a text is a number ("64" would look like 64 everywhere, and be another operation), or
    /// one of them is not UTF-8.
    explicit layer_operation(std::string type, std::vector<layer_attribute> attributes = {})
        : type_(std::move(type)), attributes_(std::move(attributes)) {
        for (char& letter : type_)
            if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
        check();
    }

    const std::string& type() const noexcept { return type_; }
    const std::vector<layer_attribute>& attributes() const noexcept { return attributes_; }

    /// The value of an attribute; null where there is none of that name.
    const attribute_value* find(std::string_view name) const noexcept {
        for (const layer_attribute& one : attributes_)
            if (one.name == name) return &one.value;
        return nullptr;
    }

    /// `type:{...}` with the attributes as Python writes a dict: the key of AMBER's tables of results.
    std::string text() const {
        std::string text = type_ + ":{";
        for (std::size_t i = 0; i < attributes_.size(); ++i) {
            if (i > 0) text += ", ";
            text += detail::python_text(std::string_view(attributes_[i].name));
            text += ": ";
            text += detail::python_text(attributes_[i].value);
        }
        return text += '}';
    }

    /// Inverse of text; std::invalid_argument names the column and what was expected.
    static layer_operation parse(std::string_view text) {
        detail::python_reader reader("nas::layer_operation", text);
        std::string type(reader.until(':'));
        std::vector<layer_attribute> attributes;
        reader.expect('{');
        while (!reader.skip('}')) {
            if (!attributes.empty()) reader.expect(',');
            std::string name = reader.string();
            reader.expect(':');
            attributes.push_back({std::move(name), reader.value()});
        }
        if (!reader.at_end()) reader.fail("the end of the text");
        return layer_operation(std::move(type), std::move(attributes));
    }

    /// AMBER's name for files and plots: `conv_f64_k8_relu`, `regconv2d_f3_k8`, `dense_u10_relu`; the type alone of pooling,
    /// flatten, identity and sfc; the whole text of other types. Throws std::invalid_argument where an attribute that is part
    /// of the name is missing.
    std::string short_name() const {
        if (const std::string_view missing = missing_in_short_name(); !missing.empty())
            fail("the short name of " + text() + " needs the attribute '" + std::string(missing) + "'");
        std::string name;
        for (const auto& [type, start] : short_types)
            if (type == type_) name = start;
        if (name.empty()) return text();
        for (const short_part& part : short_parts) {
            const attribute_value* value = part.type == type_ ? find(part.attribute) : nullptr;
            if (value == nullptr) continue;
            const auto* words = std::get_if<std::string>(value);
            name += part.before;
            name += words != nullptr ? *words : detail::python_text(*value);
        }
        return name;
    }
    /// The first attribute that the short name would need and that is missing; empty where there is none.
    std::string_view missing_in_short_name() const noexcept {
        for (const short_part& part : short_parts)
            if (part.required && part.type == type_ && find(part.attribute) == nullptr) return part.attribute;
        return {};
    }

    friend bool operator==(const layer_operation& a, const layer_operation& b) {
        if (a.type_ != b.type_ || a.attributes_.size() != b.attributes_.size()) return false;
        return std::all_of(a.attributes_.begin(), a.attributes_.end(), [&](const layer_attribute& one) {
            const attribute_value* other = b.find(one.name);
            return other != nullptr && *other == one.value;
        });
    }

  private:
    [[noreturn]] static void fail(const std::string& what) {
        throw std::invalid_argument("nas::layer_operation: " + what);
    }

    static void check_utf8(const std::string& text, const std::string& what) {
        detail::check_utf8(text, "nas::layer_operation: " + what);
    }

    void check() const {
        if (type_.empty()) fail("the type must not be empty");
        check_utf8(type_, "the type");
        if (type_.find(':') != std::string::npos) fail("the type '" + type_ + "' must have no ':' in it");
        for (std::size_t i = 0; i < attributes_.size(); ++i) {
            const std::string& name = attributes_[i].name;
            if (name.empty()) fail("an attribute of " + type_ + " has no name");
            check_utf8(name, "the name of an attribute of " + type_);
            if (const auto* text = std::get_if<std::string>(&attributes_[i].value)) {
                check_utf8(*text, "the attribute '" + name + "' of " + type_);
                if (detail::is_number(*text))
                    fail("the attribute '" + name + "' of " + type_ + " is the text '" + *text +
                         "', which looks like a number; write " + *text);
            }
            if (find(name) != &attributes_[i].value) fail(type_ + " has the attribute '" + name + "' twice");
            const auto* number = std::get_if<double>(&attributes_[i].value);
            if (number != nullptr && !std::isfinite(*number))
                fail("the attribute '" + name + "' of " + type_ + " (" + std::to_string(*number) + ") must be finite");
        }
    }

    static constexpr std::array<std::pair<std::string_view, std::string_view>, 10> short_types{
        {{"conv1d", "conv"},
         {"denovo", "regconv2d"},
         {"dense", "dense"},
         {"maxpool1d", "maxpool1d"},
         {"avgpool1d", "avgpool1d"},
         {"flatten", "flatten"},
         {"identity", "identity"},
         {"globalmaxpool1d", "globalmaxpool1d"},
         {"globalavgpool1d", "globalavgpool1d"},
         {"sfc", "sfc"}}};

    struct short_part {
        std::string_view type;
        std::string_view before;
        std::string_view attribute;
        bool required;
    };
    static constexpr std::array<short_part, 9> short_parts{{{"conv1d", "_f", "filters", true},
                                                            {"conv1d", "_k", "kernel_size", true},
                                                            {"conv1d", "_", "activation", true},
                                                            {"conv1d", "_d", "dilation", false},
                                                            {"conv1d", "_d", "dilation_rate", false},
                                                            {"denovo", "_f", "filters", true},
                                                            {"denovo", "_k", "kernel_size", true},
                                                            {"dense", "_u", "units", true},
                                                            {"dense", "_", "activation", true}}};

    std::string type_;
    std::vector<layer_attribute> attributes_;
};

namespace detail {

/// `name=value`, a tuple's integers with an x between them.
inline std::string plain_attribute(const layer_attribute& attribute) {
    std::string text = attribute.name + "=";
    if (const auto* words = std::get_if<std::string>(&attribute.value)) return text + *words;
    const auto* numbers = std::get_if<std::vector<std::int64_t>>(&attribute.value);
    if (numbers == nullptr) return text + python_text(attribute.value);
    for (std::size_t i = 0; i < numbers->size(); ++i) {
        if (i > 0) text += 'x';
        text += std::to_string((*numbers)[i]);
    }
    return text;
}

/// Letters, digits and _.=+- stay, all else becomes _.
inline std::string plain_text(std::string text) {
    for (char& character : text) {
        const bool plain = (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
                           (character >= '0' && character <= '9') ||
                           std::string_view("_.=+-").find(character) != std::string_view::npos;
        if (!plain) character = '_';
    }
    return text;
}

/// The short name, or type and all attributes where that is the whole text or an attribute is missing in it.
inline std::string plain_name(const layer_operation& operation) {
    if (operation.missing_in_short_name().empty())
        if (const std::string name = operation.short_name(); name != operation.text()) return plain_text(name);
    std::string name = operation.type();
    for (const layer_attribute& one : operation.attributes()) {
        name += '_';
        name += plain_attribute(one);
    }
    return plain_text(name);
}

}  // namespace detail

/// A label for each operation of one layer, all different, of letters, digits and _.=+-# only: its short name;
/// `conv2d_filters=8_kernel_size=3` where there is none; with the attributes in which they differ where several operations
/// would have the same (`maxpool1d_pool_size=4`); with #2, #3, ... where that is not enough.
inline std::vector<std::string> layer_labels(const std::vector<layer_operation>& operations) {
    std::vector<std::string> names;
    for (const layer_operation& one : operations) names.push_back(detail::plain_name(one));
    const auto all_have = [&](const std::string& name, const layer_attribute& attribute) {
        for (std::size_t i = 0; i < operations.size(); ++i) {
            if (names[i] != name) continue;
            const attribute_value* value = operations[i].find(attribute.name);
            if (value == nullptr || !(*value == attribute.value)) return false;
        }
        return true;
    };
    std::vector<std::string> labels;
    for (std::size_t i = 0; i < operations.size(); ++i) {
        std::string label = names[i];
        for (const layer_attribute& one : operations[i].attributes()) {
            if (all_have(names[i], one)) continue;
            label += '_';
            label += detail::plain_text(detail::plain_attribute(one));
        }
        const std::string first = label + "#";
        for (std::size_t number = 2; std::find(labels.begin(), labels.end(), label) != labels.end(); ++number)
            label = first + std::to_string(number);
        labels.push_back(std::move(label));
    }
    return labels;
}

}  // namespace nas

template <>
struct std::hash<nas::layer_operation> {
    std::size_t operator()(const nas::layer_operation& operation) const noexcept {
        std::size_t sum = 0;  // the same in any order
        for (const nas::layer_attribute& one : operation.attributes())
            sum += mix(mix(text_(one.name) + one.value.index()) ^
                       std::visit([](const auto& value) { return of(value); }, one.value));
        return mix(text_(operation.type()) ^ sum);
    }

  private:
    // The last steps of SplitMix64.
    static std::size_t mix(std::uint64_t value) noexcept {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
        return static_cast<std::size_t>(value ^ (value >> 31));
    }
    template <class Value>
    static std::size_t of(const Value& value) noexcept {
        if constexpr (std::is_same_v<Value, std::vector<std::int64_t>>) {
            std::size_t all = value.size();
            for (const std::int64_t number : value) all = mix(all + static_cast<std::uint64_t>(number));
            return all;
        } else {
            return std::hash<Value>{}(value);
        }
    }
    static constexpr std::hash<std::string> text_{};
};

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <nas/core/dynamic_genotype.hpp>
#include <nas/spaces/layer_space/layer_decisions.hpp>

/// The texts of a `layer_space`: `conv_f64_k8_relu(in0) maxpool1d(in1+0) dense_u10_relu(1) out0(2)`. They have neither commas
/// nor quotes, which files of tables and shells would have to escape.
namespace nas::detail {

using layer_label_lists = std::vector<std::vector<std::string>>;

inline std::string describe_layers(const layer_decisions& table, const layer_label_lists& labels,
                                   const dynamic_genotype& arch) {
    std::string text;
    for (const layer_group& group : table.groups()) {
        if (group.tag == decision_tag::operation) {
            if (group.index > 0) text += ' ';
            text += labels[group.index][arch[group.first]];
            continue;
        }
        if (group.tag == decision_tag::output) {
            text += " out";
            text += std::to_string(group.index);
        }
        for (std::size_t k = 0; k < group.count; ++k) {
            if (arch[group.first + k] == 0) continue;
            if (text.back() == ')') {  // of the inputs, which share their layer's brackets with the skips
                text.back() = '+';
            } else {
                text += '(';
            }
            if (group.tag == decision_tag::input) text += "in";
            text += std::to_string(k);
            text += ')';
        }
    }
    return text;
}

/// Reads one text. What it gives can break the rules of the space's sets.
class layer_parser {
  public:
    layer_parser(const layer_decisions& table, const layer_label_lists& labels, std::string_view text)
        : table_(table), labels_(labels), text_(text), arch_(table.size()) {}

    /// Throws std::invalid_argument, with the word that is wrong.
    dynamic_genotype parse() {
        const std::size_t words = table_.layers() + table_.options().output_blocks;
        std::string_view rest = text_;
        for (std::size_t w = 0; w < words; ++w) {
            const std::string_view word = rest.substr(0, rest.find(' '));
            const bool last = word.size() == rest.size();
            if (last != (w + 1 == words))
                fail("there must be " + std::to_string(words) + " words, one for each layer and each output");
            rest.remove_prefix(last ? word.size() : word.size() + 1);
            read(word, w);
        }
        return arch_;
    }

  private:
    [[noreturn]] void fail(const std::string& what) const {
        throw std::invalid_argument("nas::layer_space: '" + std::string(text_) + "': " + what);
    }
    [[noreturn]] void fail(std::string_view word, const std::string& what) const {
        fail("'" + std::string(word) + "' " + what);
    }

    void read(std::string_view word, std::size_t number) {
        const std::string_view name = word.substr(0, word.find('('));
        const bool is_layer = number < table_.layers();
        const std::size_t block = number - table_.layers();  // where it is an output
        if (is_layer) {
            arch_[table_.operation(number)] = static_cast<std::uint8_t>(operation(name, number));
        } else if (name != "out" + std::to_string(block)) {
            fail(word, "must be out" + std::to_string(block) + " and its layers");
        }
        if (name.size() == word.size()) return;
        if (!word.ends_with(')')) fail(word, "must end with ')'");
        std::string_view sources = word.substr(name.size() + 1, word.size() - name.size() - 2);
        while (true) {
            const std::string_view source = sources.substr(0, sources.find('+'));
            const std::size_t i = is_layer ? source_of_layer(source, number)
                                           : below_limit(source, table_.layers(), table_.output(block, 0));
            if (i == arch_.size() || arch_[i] == 1) fail(word, "must not read '" + std::string(source) + "'");
            arch_[i] = 1;
            if (source.size() == sources.size()) return;
            sources.remove_prefix(source.size() + 1);
        }
    }

    std::size_t operation(std::string_view name, std::size_t layer) const {
        const std::vector<std::string>& names = labels_[layer];
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end())
            fail(name,
                 "is none of the " + std::to_string(names.size()) + " operations of layer " + std::to_string(layer));
        return static_cast<std::size_t>(found - names.begin());
    }

    /// The decision that a source of a layer stands for; the number of decisions where there is none.
    std::size_t source_of_layer(std::string_view source, std::size_t layer) const {
        if (source.starts_with("in"))
            return below_limit(source.substr(2), table_.options().input_blocks, table_.input(layer, 0));
        return below_limit(source, table_.options().skips ? layer : 0, table_.skip(layer, 0));
    }
    std::size_t below_limit(std::string_view digits, std::size_t limit, std::size_t first) const {
        std::size_t number = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        const bool read = error == std::errc{} && end == digits.data() + digits.size();
        return read && number < limit ? first + number : arch_.size();
    }

    const layer_decisions& table_;
    const layer_label_lists& labels_;
    std::string_view text_;
    dynamic_genotype arch_;
};

}  // namespace nas::detail

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/dynamic_genotype.hpp>
#include <nas/operators/enumerate.hpp>
#include <nas/operators/indexed_range.hpp>
#include <nas/spaces/decision_space.hpp>
#include <nas/spaces/mlp_layer.hpp>

namespace nas {

/// The vocabulary and the rules of an `mlp_space`. Defaults: MLPNAS (Sable 2020, "Neural architecture search", Paperspace).
struct mlp_space_options {
    std::vector<std::size_t> units{8, 16, 32, 64, 128, 256, 512};  ///< of a hidden layer, each at least 1
    std::vector<activation> activations{activation::sigmoid, activation::tanh, activation::relu, activation::elu};
    bool dropout = true;                ///< whether dropout can follow a layer
    std::size_t max_length = 3;         ///< layers of a network at most, its output layer counted, in [2, 1000]
    bool dropout_before_output = true;  ///< whether dropout may be what the output layer reads
    mlp_layer output = {3, activation::softmax};  ///< what every network ends with; sigmoid(1) for two classes

    friend bool operator==(const mlp_space_options&, const mlp_space_options&) = default;
};

/// The output layer for `classes` >= 2 exclusive classes: softmax(classes), and sigmoid(1) for two.
constexpr mlp_layer classifier_output(std::size_t classes) {
    return classes == 2 ? mlp_layer{1, activation::sigmoid} : mlp_layer{classes, activation::softmax};
}

/// Multilayer perceptrons as sequences of layers (MLPNAS): a hidden layer, then hidden layers and dropout in any order, then
/// the output layer. Of at most 3 layers there are 840.
///
///     nas::mlp_space space;
///     const auto arch = space.parse("relu(128) dropout softmax(3)");
///     space.layers(arch);          // what to build
///     space.parameters(arch, 11);  // 1923, with 11 input features
///
/// An architecture has a decision for each layer before the output. Its value is the layer's token: 1 + i * A + j for units i
/// and activation j of A, then one for dropout; 0 where the network has ended. Tokens end with that of the output layer, one
/// above dropout's: `{19, 30}` is a network of two layers in the default vocabulary of 30 tokens.
class mlp_space : public decision_space<mlp_space, dynamic_genotype> {
  public:
    /// Throws std::invalid_argument where there are no units or activations, one repeats or is impossible, the vocabulary has
    /// more than 256 tokens, or networks have no room for a hidden layer.
    explicit mlp_space(mlp_space_options options = {}) : options_(std::move(options)) {
        check();
        for (const std::size_t units : options_.units)
            for (const activation function : options_.activations) hidden_.push_back({units, function});
        count_completions();
    }

    const mlp_space_options& options() const noexcept { return options_; }

    std::size_t decisions() const noexcept { return options_.max_length - 1; }
    std::size_t cardinality(std::size_t) const noexcept { return vocabulary_size(); }
    static std::string path(std::size_t i) { return "layers/" + std::to_string(i); }
    static constexpr decision_tag tag(std::size_t) noexcept { return decision_tag::operation; }
    /// `end` for 0.
    std::string label(std::size_t, std::size_t token) const { return token == 0 ? "end" : nas::describe(layer(token)); }

    void allowed(std::span<const std::uint8_t> prefix, std::size_t i, choice_mask& mask) const {
        if (i == 0) {
            mask.erase(0);
            if (options_.dropout) mask.erase(dropout_token());
        } else if (prefix[i - 1] == 0) {
            mask = {0};
        } else {
            if (is_dropout(prefix[i - 1]) && !options_.dropout_before_output) mask.erase(0);
            if (options_.dropout && completions_[i + 1][1] == 0) mask.erase(dropout_token());
        }
    }

    /// Number of networks; `uncountable` if there are 2^64 - 1 or more. In the order of their tokens, lexicographically.
    std::uint64_t size() const noexcept { return detail::saturating_product(hidden_.size(), completions_[1][0]); }
    arch_type at(std::uint64_t index) const {
        if (index >= size() || size() == uncountable)
            throw std::out_of_range("nas::mlp_space: there is no architecture " + std::to_string(index) + " of " +
                                    std::to_string(size()));
        arch_type arch(decisions());
        std::uint8_t before = 0;
        for (std::size_t i = 0; i < decisions(); ++i) {
            std::size_t token = 0;
            for (; index >= ways(i, before, token); ++token) index -= ways(i, before, token);
            arch[i] = static_cast<std::uint8_t>(token);
            if (token == 0) break;
            before = arch[i];
        }
        return arch;
    }
    std::uint64_t index(const arch_type& arch) const {
        std::uint64_t index = 0;
        for (std::size_t i = 0; i < decisions(); ++i) {
            const std::uint8_t before = i == 0 ? std::uint8_t{0} : arch[i - 1];
            for (std::size_t token = 0; token < arch[i]; ++token) index += ways(i, before, token);
            if (arch[i] == 0) break;
        }
        return index;
    }

    /// The layers' texts with blanks between them: `relu(128) dropout softmax(3)`.
    std::string describe(const arch_type& arch) const {
        std::string text;
        for (const mlp_layer& one : layers(arch)) {
            if (!text.empty()) text += ' ';
            text += nas::describe(one);
        }
        return text;
    }
    /// Inverse of describe; std::invalid_argument says which layer is wrong.
    arch_type parse(std::string_view text) const {
        std::vector<std::size_t> tokens;
        while (true) {
            const std::string_view word = text.substr(0, text.find(' '));
            const bool last = word.size() == text.size();
            tokens.push_back(token_of(word, last));
            if (last) break;
            text.remove_prefix(word.size() + 1);
        }
        return from_tokens(tokens);
    }

    /// Tokens of the vocabulary: hidden layers, dropout, output layer. The output's is the largest; 0 is not among them.
    std::size_t vocabulary_size() const noexcept { return hidden_.size() + (options_.dropout ? 2 : 1); }
    /// The layer that a token in [1, vocabulary_size()] stands for.
    const mlp_layer& layer(std::size_t token) const noexcept {
        if (token <= hidden_.size()) return hidden_[token - 1];
        return token == vocabulary_size() ? options_.output : dropout_layer;
    }

    /// The tokens of a network, the output layer's last.
    std::vector<std::size_t> tokens(const arch_type& arch) const {
        std::vector<std::size_t> all;
        for (std::size_t i = 0; i < decisions() && arch[i] != 0; ++i) all.push_back(arch[i]);
        all.push_back(vocabulary_size());
        return all;
    }
    /// Inverse of tokens; std::invalid_argument says what is wrong.
    arch_type from_tokens(std::span<const std::size_t> tokens) const {
        const auto fail_at = [&](std::size_t i, const std::string& what) {
            fail("token " + std::to_string(tokens[i]) + " at position " + std::to_string(i) + " " + what);
        };
        if (tokens.size() < 2 || tokens.size() > options_.max_length)
            fail("a network has 2 to " + std::to_string(options_.max_length) +
                 " layers, its output layer counted, not " + std::to_string(tokens.size()));
        arch_type arch(decisions());
        for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
            if (tokens[i] < 1 || tokens[i] >= vocabulary_size())
                fail_at(i, "must be a hidden layer or dropout, in [1, " + std::to_string(vocabulary_size() - 1) + "]");
            if (i == 0 && is_dropout(tokens[i])) fail_at(i, "is dropout; the first layer must be a hidden one");
            arch[i] = static_cast<std::uint8_t>(tokens[i]);
        }
        if (tokens.back() != vocabulary_size())
            fail_at(tokens.size() - 1, "must be the output layer, " + std::to_string(vocabulary_size()));
        if (!options_.dropout_before_output && is_dropout(tokens[tokens.size() - 2]))
            fail_at(tokens.size() - 2, "is dropout, which may not come before the output layer");
        return arch;
    }

    /// The layers of a network, its output layer last.
    std::vector<mlp_layer> layers(const arch_type& arch) const {
        std::vector<mlp_layer> all;
        for (const std::size_t token : tokens(arch)) all.push_back(layer(token));
        return all;
    }

    /// Weights and biases of a network with `inputs` features.
    std::size_t parameters(const arch_type& arch, std::size_t inputs) const {
        std::size_t total = 0;
        for (const mlp_layer& one : layers(arch)) {
            if (one.is_dropout()) continue;
            total += (inputs + 1) * one.units;
            inputs = one.units;
        }
        return total;
    }

    /// The networks of one hidden layer.
    auto roots() const {
        return indexed_range(hidden_.size(), [this](std::size_t i) {
            arch_type arch(decisions());
            arch[0] = static_cast<std::uint8_t>(i + 1);
            return arch;
        });
    }
    /// Those with one layer more before the output. Where dropout may not come before it, dropout and a hidden layer come
    /// together, with as many dropouts as there is room for.
    auto grow(const arch_type& arch) const {
        const std::size_t length = blocks(arch);
        const std::size_t room = decisions() - length;
        std::size_t count = 0;
        if (room > 0) count = hidden_.size() + (options_.dropout && options_.dropout_before_output ? 1 : 0);
        if (options_.dropout && !options_.dropout_before_output) count = hidden_.size() * room;
        return indexed_range(count, [this, arch, length](std::size_t i) {
            arch_type larger = arch;
            std::size_t end = length;
            if (i == hidden_.size() && options_.dropout_before_output) {
                larger[end] = static_cast<std::uint8_t>(dropout_token());
            } else {
                for (std::size_t n = i / hidden_.size(); n > 0; --n)
                    larger[end++] = static_cast<std::uint8_t>(dropout_token());
                larger[end] = static_cast<std::uint8_t>(1 + i % hidden_.size());
            }
            return larger;
        });
    }

    /// Blocks are the layers before the output, of two tokens: units, of which one more stands for dropout, and activation, of
    /// which one more stands for none.
    static constexpr std::size_t block_tokens() noexcept { return 2; }
    static constexpr std::size_t token_kinds() noexcept { return 2; }
    static constexpr std::size_t token_kind(std::size_t k) noexcept { return k; }
    std::size_t kind_size(std::size_t kind) const noexcept {
        return (kind == 0 ? options_.units.size() : options_.activations.size()) + 1;
    }
    static std::string kind_name(std::size_t kind) { return kind == 0 ? "units" : "activation"; }
    std::string token_label(std::size_t kind, std::size_t token) const {
        if (token + 1 == kind_size(kind)) return kind == 0 ? "dropout" : "none";
        if (kind == 0) return std::to_string(options_.units[token]);
        return std::string(enum_names(activation{})[static_cast<std::size_t>(options_.activations[token])]);
    }
    void append_blocks(const arch_type& arch, std::vector<std::uint8_t>& tokens) const {
        const std::size_t activations = options_.activations.size();
        for (std::size_t i = 0; i < blocks(arch); ++i) {
            const bool dropout = is_dropout(arch[i]);
            const std::size_t hidden = arch[i] - std::size_t{1};
            tokens.push_back(static_cast<std::uint8_t>(dropout ? options_.units.size() : hidden / activations));
            tokens.push_back(static_cast<std::uint8_t>(dropout ? activations : hidden % activations));
        }
    }

    /// For each decision which units, which activation, dropout, or whether the network has ended: all 0 or 1. What a
    /// surrogate learns of one layer of 64 units then holds for another; of tokens it would have to learn each.
    std::size_t encoding_size() const noexcept { return decisions() * features_of_decision(); }
    void encode(const arch_type& arch, std::span<double> features) const {
        const std::size_t activations = options_.activations.size();
        for (std::size_t i = 0; i < decisions(); ++i) {
            const std::span<double> mine = features.subspan(i * features_of_decision(), features_of_decision());
            for (double& feature : mine) feature = 0;
            if (arch[i] == 0) {
                mine.back() = 1;
            } else if (is_dropout(arch[i])) {
                mine[mine.size() - 2] = 1;
            } else {
                mine[(arch[i] - std::size_t{1}) / activations] = 1;
                mine[options_.units.size() + (arch[i] - std::size_t{1}) % activations] = 1;
            }
        }
    }

    friend bool operator==(const mlp_space&, const mlp_space&) = default;

  private:
    [[noreturn]] static void fail(const std::string& what) { throw std::invalid_argument("nas::mlp_space: " + what); }

    // The largest that nas::mlp builds.
    static void check_units(std::size_t units) {
        constexpr std::size_t most = std::size_t{1} << 20;
        if (units < 1 || units > most)
            fail("units (" + std::to_string(units) + ") must be in [1, " + std::to_string(most) + "]");
    }

    void check() const {
        if (options_.units.empty()) fail("there must be at least one number of units");
        if (options_.activations.empty()) fail("there must be at least one activation");
        for (std::size_t i = 0; i < options_.units.size(); ++i) {
            check_units(options_.units[i]);
            for (std::size_t k = 0; k < i; ++k)
                if (options_.units[k] == options_.units[i])
                    fail("units (" + std::to_string(options_.units[i]) + ") must not repeat");
        }
        for (std::size_t i = 0; i < options_.activations.size(); ++i) {
            const activation function = options_.activations[i];
            const std::string name(enum_names(function)[static_cast<std::size_t>(function)]);
            if (function == activation::softmax) fail("softmax is an activation of output layers, not of hidden ones");
            for (std::size_t k = 0; k < i; ++k)
                if (options_.activations[k] == function) fail("the activation " + name + " must not repeat");
        }
        const std::size_t tokens = options_.units.size() * options_.activations.size() + (options_.dropout ? 2 : 1);
        if (tokens > max_cardinality)
            fail("the vocabulary has " + std::to_string(tokens) + " tokens; it must have at most 256");
        if (options_.max_length < 2 || options_.max_length > 1000)
            fail("max_length (" + std::to_string(options_.max_length) + ") must be in [2, 1000]");
        if (options_.output.is_dropout()) fail("the output layer must have at least 1 unit");
        check_units(options_.output.units);
        if (options_.output == mlp_layer{1, activation::softmax})
            fail("the output layer softmax(1) is 1 for every input; for two classes it is sigmoid(1)");
    }

    // Layers before the output.
    std::size_t blocks(const arch_type& arch) const noexcept {
        std::size_t length = 0;
        while (length < decisions() && arch[length] != 0) ++length;
        return length;
    }

    std::size_t features_of_decision() const noexcept {
        return options_.units.size() + options_.activations.size() + (options_.dropout ? 2 : 1);
    }

    std::size_t dropout_token() const noexcept { return hidden_.size() + 1; }
    bool is_dropout(std::size_t token) const noexcept { return options_.dropout && token == dropout_token(); }

    // completions_[i][d]: ways to go on with decisions i, i + 1, ..., where the network has not ended and the layer before is
    // dropout (d = 1) or not.
    void count_completions() {
        const std::uint64_t end_after_dropout = options_.dropout_before_output ? 1 : 0;
        completions_.assign(decisions() + 1, {1, end_after_dropout});
        for (std::size_t i = decisions(); i-- > 0;)
            for (std::size_t d = 0; d < 2; ++d)
                completions_[i][d] = detail::saturating_sum(
                    d == 0 ? 1 : end_after_dropout,
                    detail::saturating_sum(detail::saturating_product(hidden_.size(), completions_[i + 1][0]),
                                           options_.dropout ? completions_[i + 1][1] : 0));
    }

    // Networks with `token` at decision i, after the token `before`.
    std::uint64_t ways(std::size_t i, std::size_t before, std::size_t token) const noexcept {
        if (token == 0) return i > 0 && (options_.dropout_before_output || !is_dropout(before)) ? 1 : 0;
        if (is_dropout(token)) return i > 0 ? completions_[i + 1][1] : 0;
        return completions_[i + 1][0];
    }

    // A hidden layer may read like the output layer, sigmoid(8) for one: the last of a network is the output layer.
    std::size_t token_of(std::string_view word, bool last) const {
        if (last && word == nas::describe(options_.output)) return vocabulary_size();
        for (std::size_t token = 1; token <= vocabulary_size(); ++token)
            if (nas::describe(layer(token)) == word) return token;
        fail("there is no layer '" + std::string(word) + "' in the vocabulary");
    }

    mlp_space_options options_;
    std::vector<mlp_layer> hidden_;
    std::vector<std::array<std::uint64_t, 2>> completions_;
};

}  // namespace nas

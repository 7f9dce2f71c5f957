// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/dynamic_genotype.hpp>
#include <nas/core/options.hpp>
#include <nas/spaces/decision_space.hpp>
#include <nas/spaces/layer_space/layer_decisions.hpp>
#include <nas/spaces/layer_space/layer_text.hpp>
#include <nas/spaces/model_space.hpp>

namespace nas {

/// An architecture of a `layer_space` of N layers, taken apart. Bits are 0 or 1.
struct layer_graph {
    std::vector<std::size_t> operations;             ///< N numbers of operations, each of its layer's
    std::vector<std::vector<std::uint8_t>> skips;    ///< N - 1 lists, of layers 1 to N - 1: a bit for each layer before
    std::vector<std::vector<std::uint8_t>> inputs;   ///< N lists, of the layers: a bit for each input block
    std::vector<std::vector<std::uint8_t>> outputs;  ///< a list for each output block: a bit for each layer

    friend bool operator==(const layer_graph&, const layer_graph&) = default;
};

namespace detail {

template <class Graph>  // constant or not
auto& bits_of(Graph& graph, decision_tag tag) noexcept {
    return tag == decision_tag::skip ? graph.skips : tag == decision_tag::input ? graph.inputs : graph.outputs;
}

}  // namespace detail

/// Networks of a fixed number of layers, each with an operation of its own list (a `model_space`), wired by skip connections
/// from earlier layers and, with several inputs and outputs, by which layers read and make which (AMBER, Zhang et al. 2021;
/// skip connections as in ENAS, Pham et al. 2018).
///
///     nas::layer_space space{model, {.input_blocks = 2, .output_blocks = 1}};
///     const auto arch = space.sample(random);
///     space.describe(arch);  // conv_f64_k8_relu(in0) maxpool1d(in1+0) dense_u10_relu(1) out0(2)
///     space.layers(arch);    // the operations
///     space.graph(arch);     // their numbers and the wiring
///
/// An architecture is AMBER's sequence of tokens: for layer l its operation, a bit for each input block, a bit for each of the
/// l layers before it; then for each output block a bit for each layer. Paths: `layers/2/operation`, `layers/2/input/0`,
/// `layers/2/skip/1`, `outputs/0/2`.
///
/// Every input is read by a layer and every output made from one, by exactly one where they are unique: the last bit that
/// could is 1 where none before it was, and those after the only one are 0. With unique skips a layer is
/// the source of at most one. Every architecture is equally likely in `sample`.
class layer_space : public decision_space<layer_space, dynamic_genotype> {
  public:
    /// Throws std::invalid_argument where the model has gaps, no layers, or layers with no operation or more than 256, and
    /// where an option is out of its range or unique_skips stands without skips.
    explicit layer_space(model_space model, const layer_space_options& options = {})
        : model_(std::move(model)), table_(check(model_, options), options) {
        for (std::size_t l = 0; l < model_.layers(); ++l) labels_.push_back(layer_labels(operations(l)));
    }

    const model_space& model() const noexcept { return model_; }
    const layer_space_options& options() const noexcept { return table_.options(); }

    std::size_t decisions() const noexcept { return table_.size(); }
    std::size_t cardinality(std::size_t i) const noexcept { return table_.group(i).choices; }
    decision_tag tag(std::size_t i) const noexcept { return table_.group(i).tag; }
    std::string path(std::size_t i) const {
        const layer_group& group = table_.group(i);
        const std::string index = std::to_string(group.index);
        const std::string member = std::to_string(table_[i].member);
        switch (group.tag) {
            case decision_tag::input:
                return "layers/" + index + "/input/" + member;
            case decision_tag::skip:
                return "layers/" + index + "/skip/" + member;
            case decision_tag::output:
                return "outputs/" + index + "/" + member;
            default:
                return "layers/" + index + "/operation";
        }
    }
    /// An operation's label, see layer_labels; 0 and 1 of bits.
    std::string label(std::size_t i, std::size_t choice) const {
        const layer_group& group = table_.group(i);
        return group.tag == decision_tag::operation ? labels_[group.index][choice] : std::to_string(choice);
    }
    void allowed(std::span<const std::uint8_t> prefix, std::size_t i, choice_mask& mask) const {
        table_.allowed(prefix, i, mask);
    }

    /// The runs of decisions of one kind, in order: what a controller decides in one step.
    const std::vector<layer_group>& groups() const noexcept { return table_.groups(); }

    // Where the decisions are.
    std::size_t operation_decision(std::size_t layer) const noexcept { return table_.operation(layer); }
    std::size_t input_decision(std::size_t layer, std::size_t block) const noexcept {
        return table_.input(layer, block);
    }
    /// Whether `layer` reads the earlier layer `source`.
    std::size_t skip_decision(std::size_t layer, std::size_t source) const noexcept {
        return table_.skip(layer, source);
    }
    std::size_t output_decision(std::size_t block, std::size_t layer) const noexcept {
        return table_.output(block, layer);
    }

    arch_type sample(rng& random) const { return table_.sample(random); }

    /// Number of architectures; `uncountable` if there are 2^64 - 1 or more. Operations count most in the order, then skips,
    /// inputs and outputs.
    std::uint64_t size() const noexcept { return table_.count(); }
    /// Architecture number `index`; std::out_of_range where there is none.
    arch_type at(std::uint64_t index) const { return table_.at(index); }
    std::uint64_t index(const arch_type& arch) const { return table_.index(arch); }

    /// The operations of an architecture, one for each layer.
    std::vector<layer_operation> layers(const arch_type& arch) const {
        std::vector<layer_operation> all;
        for (std::size_t l = 0; l < labels_.size(); ++l) all.push_back(operations(l)[arch[operation_decision(l)]]);
        return all;
    }

    /// An architecture taken apart.
    layer_graph graph(const arch_type& arch) const {
        layer_graph parts;
        for (const layer_group& group : groups()) {
            const std::uint8_t* const first = arch.data() + group.first;
            if (group.tag == decision_tag::operation) {
                parts.operations.push_back(*first);
            } else {
                detail::bits_of(parts, group.tag).emplace_back(first, first + group.count);
            }
        }
        return parts;
    }
    /// Inverse of graph. Throws std::invalid_argument where the graph has another shape or breaks a rule.
    arch_type from_graph(const layer_graph& graph) const {
        const std::size_t count = labels_.size();
        check_shape("operations", graph.operations.size(), count);
        check_shape("lists of skips", graph.skips.size(), options().skips ? count - 1 : 0);
        check_shape("lists of inputs", graph.inputs.size(), options().input_blocks > 0 ? count : 0);
        check_shape("lists of outputs", graph.outputs.size(), options().output_blocks);
        arch_type arch(decisions());
        for (const layer_group& group : groups()) {
            if (group.tag == decision_tag::operation) {
                const std::size_t choice = graph.operations[group.index];
                if (choice >= group.choices)
                    fail(path(group.first) + " (" + std::to_string(choice) + ") must be below " +
                         std::to_string(group.choices));
                arch[group.first] = static_cast<std::uint8_t>(choice);
                continue;
            }
            const std::size_t list = group.index - (group.tag == decision_tag::skip ? 1U : 0U);
            const std::vector<std::uint8_t>& bits = detail::bits_of(graph, group.tag)[list];
            const std::string first = path(group.first);
            check_shape("bits in " + first.substr(0, first.rfind('/')), bits.size(), group.count);
            std::copy(bits.begin(), bits.end(), arch.data() + group.first);
        }
        check_rules(arch);
        return arch;
    }

    /// The one-hot form, for each group the rows of its decisions, `count` of `choices` numbers each: operations [1, n],
    /// inputs [I, 2], skips [l, 2], outputs [N, 2].
    std::vector<std::vector<double>> one_hot(const arch_type& arch) const {
        std::vector<std::vector<double>> all;
        for (const layer_group& group : groups()) {
            std::vector<double>& rows = all.emplace_back(group.count * group.choices);
            for (std::size_t k = 0; k < group.count; ++k) rows[k * group.choices + arch[group.first + k]] = 1;
        }
        return all;
    }
    /// Inverse of one_hot. Throws std::invalid_argument where the shape is another, a row is not one 1 and else 0, or a rule is
    /// broken.
    arch_type from_one_hot(std::span<const std::vector<double>> all) const {
        check_shape("groups", all.size(), groups().size());
        arch_type arch(decisions());
        for (std::size_t g = 0; g < all.size(); ++g) {
            const layer_group& group = groups()[g];
            check_shape("numbers in group " + std::to_string(g), all[g].size(), group.count * group.choices);
            for (std::size_t k = 0; k < group.count; ++k)
                arch[group.first + k] = static_cast<std::uint8_t>(
                    hot_of(group.first + k, std::span(all[g]).subspan(k * group.choices, group.choices)));
        }
        check_rules(arch);
        return arch;
    }

    /// Layers, then outputs, with blanks between them: each with its label and, in brackets, what it reads: `in0` an input
    /// block, `0` a layer.
    std::string describe(const arch_type& arch) const { return detail::describe_layers(table_, labels_, arch); }
    /// Inverse of describe; std::invalid_argument says which word is wrong. Sources may come in any order.
    arch_type parse(std::string_view text) const {
        const arch_type arch = detail::layer_parser(table_, labels_, text).parse();
        check_rules(arch, "'" + std::string(text) + "': ");
        return arch;
    }

    friend bool operator==(const layer_space&, const layer_space&) = default;

  private:
    [[noreturn]] static void fail(const std::string& what) { throw std::invalid_argument("nas::layer_space: " + what); }

    static std::vector<std::size_t> check(const model_space& model, const layer_space_options& options) {
        check_options("nas::layer_space", options);
        if (options.unique_skips && !options.skips) fail("unique_skips needs skips");
        model.check("nas::layer_space");
        std::vector<std::size_t> sizes = model.sizes();
        for (std::size_t l = 0; l < sizes.size(); ++l)
            if (sizes[l] > max_cardinality)
                fail("layer " + std::to_string(l) + " has " + std::to_string(sizes[l]) +
                     " operations; it must have at most 256");
        return sizes;
    }

    const std::vector<layer_operation>& operations(std::size_t layer) const {
        return model_.layer(static_cast<std::ptrdiff_t>(layer));
    }

    static void check_shape(const std::string& what, std::size_t count, std::size_t expected) {
        if (count != expected)
            fail("there are " + std::to_string(count) + " " + what + "; there must be " + std::to_string(expected));
    }

    void check_rules(const arch_type& arch, const std::string& start = {}) const {
        const std::span<const std::uint8_t> all(arch.data(), arch.size());
        for (std::size_t i = 0; i < all.size(); ++i) {
            const choice_mask choices = choices_of(*this, all, i);
            if (all[i] < cardinality(i) && choices.contains(all[i])) continue;
            fail(start + path(i) + " (" + std::to_string(all[i]) + ") must be " +
                 (choices.count() > 1 ? "0 or 1" : std::to_string(choices.nth(0)) + " after the decisions before it"));
        }
    }

    std::size_t hot_of(std::size_t i, std::span<const double> row) const {
        std::size_t hot = row.size();
        for (std::size_t choice = 0; choice < row.size(); ++choice) {
            if (row[choice] == 0) continue;
            if (row[choice] != 1 || hot != row.size()) fail("the row of " + path(i) + " must be one 1 and else 0");
            hot = choice;
        }
        if (hot == row.size()) fail("the row of " + path(i) + " must be one 1 and else 0");
        return hot;
    }

    model_space model_;
    detail::layer_decisions table_;
    std::vector<std::vector<std::string>> labels_;
};

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#include <nas/spaces/layer_space.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nas/core/checks.hpp>
#include <nas/core/rng.hpp>
#include <nas/evaluators/amber_table.hpp>
#include <nas/operators/decisions.hpp>
#include <nas/operators/encode.hpp>
#include <nas/spaces/branched_model_space.hpp>

#include "data_dir.hpp"

namespace {

using nas::decision_tag;
using nas::layer_graph;
using nas::layer_operation;
using nas::layer_space;
using nas::layer_space_options;
using nas::model_space;
using genotype = nas::dynamic_genotype;
using texts = std::vector<std::string>;

static_assert(nas::check_decision_space<layer_space>() && nas::check_enumerable_space<layer_space>());
static_assert(nas::MaskedSpace<layer_space> && !nas::ConditionalSpace<layer_space>);

model_space model_of(const std::vector<std::size_t>& choices) {
    model_space model;
    for (std::size_t l = 0; l < choices.size(); ++l)
        for (std::size_t k = 0; k < choices[l]; ++k) {
            std::string type(1, static_cast<char>('a' + k));
            type += std::to_string(l);
            model.add_operation(static_cast<std::ptrdiff_t>(l), layer_operation(type));
        }
    return model;
}

/// Every combination of values of all decisions.
template <class Visit>
void for_each_combination(const layer_space& space, Visit visit) {
    genotype all(space.decisions());
    while (true) {
        visit(all);
        std::size_t i = space.decisions();
        while (i > 0 && all[i - 1] + 1U == space.cardinality(i - 1)) all[--i] = 0;
        if (i == 0) return;
        ++all[i - 1];
    }
}

std::size_t sum(const std::vector<std::uint8_t>& bits) {
    std::size_t total = 0;
    for (const std::uint8_t bit : bits) total += bit;
    return total;
}
/// Of lists of the same length, what all have at `k`.
std::size_t sum_at(const std::vector<std::vector<std::uint8_t>>& lists, std::size_t k) {
    std::size_t total = 0;
    for (const auto& bits : lists) total += k < bits.size() ? bits[k] : 0U;
    return total;
}

/// The rules in words, on the parts.
bool keeps_rules(const layer_graph& graph, const layer_space_options& options) {
    for (std::size_t b = 0; b < options.input_blocks; ++b) {
        const std::size_t readers = sum_at(graph.inputs, b);
        if (readers == 0 || (options.unique_inputs && readers > 1)) return false;
    }
    for (const auto& bits : graph.outputs)
        if (sum(bits) == 0 || (options.unique_outputs && sum(bits) > 1)) return false;
    if (options.unique_skips)
        for (std::size_t source = 0; source < graph.operations.size(); ++source)
            if (sum_at(graph.skips, source) > 1) return false;
    return true;
}

const std::vector<layer_space_options> every_wiring = [] {
    std::vector<layer_space_options> all;
    for (const bool skips : {false, true})
        for (const bool unique_skips : {false, true})
            for (const std::size_t inputs : {0U, 1U, 2U})
                for (const bool unique_inputs : {false, true})
                    for (const std::size_t outputs : {0U, 1U, 2U})
                        for (const bool unique_outputs : {false, true})
                            if ((skips || !unique_skips) && (inputs > 0 || unique_inputs) &&
                                (outputs > 0 || unique_outputs) && inputs + outputs < 4)
                                all.push_back({skips, unique_skips, inputs, unique_inputs, outputs, unique_outputs});
    return all;
}();

}  // namespace

TEST_CASE("layer_space: AMBER's order of tokens") {
    const layer_space plain(model_of({3, 2, 4}), {.skips = false});
    REQUIRE(plain.decisions() == 3);
    CHECK(plain.path(2) == "layers/2/operation");

    const layer_space space(model_of({3, 2, 4}), {.input_blocks = 2, .output_blocks = 2});
    texts paths;
    for (std::size_t i = 0; i < space.decisions(); ++i) paths.push_back(space.path(i));
    CHECK(paths == texts{"layers/0/operation", "layers/0/input/0", "layers/0/input/1", "layers/1/operation",
                         "layers/1/input/0", "layers/1/input/1", "layers/1/skip/0", "layers/2/operation",
                         "layers/2/input/0", "layers/2/input/1", "layers/2/skip/0", "layers/2/skip/1", "outputs/0/0",
                         "outputs/0/1", "outputs/0/2", "outputs/1/0", "outputs/1/1", "outputs/1/2"});
    const std::string tags = "oiioiisoiissOOOOOO";
    for (std::size_t i = 0; i < space.decisions(); ++i) {
        CHECK(space.tag(i) == (tags[i] == 'o'   ? decision_tag::operation
                               : tags[i] == 'i' ? decision_tag::input
                               : tags[i] == 's' ? decision_tag::skip
                                                : decision_tag::output));
        CHECK(space.cardinality(i) == (i == 0 ? 3U : i == 7 ? 4U : 2U));
    }
    CHECK(space.label(0, 1) == "b0");
    CHECK(space.label(7, 3) == "d2");
    CHECK(space.label(1, 1) == "1");
    CHECK(space.operation_decision(2) == 7);
    CHECK(space.input_decision(1, 1) == 5);
    CHECK(space.skip_decision(2, 1) == 11);
    CHECK(space.output_decision(1, 2) == 17);
    CHECK(space.groups().size() == 3 + 3 + 2 + 2);
    CHECK(space.groups()[1] == nas::layer_group{decision_tag::input, 0, 1, 2, 2});
    CHECK(space.groups()[4] == nas::layer_group{decision_tag::skip, 1, 6, 1, 2});
    CHECK(space.groups()[5] == nas::layer_group{decision_tag::operation, 2, 7, 1, 4});
    CHECK(space.groups()[9] == nas::layer_group{decision_tag::output, 1, 15, 3, 2});

    // AMBER oracle 11, and N(1+I) + N(N-1)/2 + O*N of section 3.2.
    CHECK(layer_space(model_of(std::vector<std::size_t>(12, 7))).decisions() == 78);
    for (const std::size_t inputs : {0U, 1U, 3U})
        for (const std::size_t outputs : {0U, 1U, 3U})
            for (std::size_t n = 1; n < 6; ++n) {
                const layer_space any(model_of(std::vector<std::size_t>(n, 2)),
                                      {.input_blocks = inputs, .output_blocks = outputs});
                CHECK(any.decisions() == n * (1 + inputs) + n * (n - 1) / 2 + outputs * n);
            }
}

TEST_CASE("layer_space: AMBER oracle 15 tokens are taken apart and put together") {
    const layer_space skips(model_of({3, 2, 4}));
    const genotype tokens{2, 0, 1, 3, 0, 1};
    const layer_graph graph{.operations = {2, 0, 3}, .skips = {{1}, {0, 1}}, .inputs = {}, .outputs = {}};
    CHECK(skips.graph(tokens) == graph);
    CHECK(skips.from_graph(graph) == tokens);
    CHECK(skips.describe(tokens) == "c0 a1(0) d2(1)");

    // Input 0 is read twice.
    const layer_space wired(model_of({4, 4, 4}), {.input_blocks = 2, .unique_inputs = false, .output_blocks = 2});
    const genotype all{1, 1, 0, 2, 0, 1, 1, 3, 1, 0, 0, 1, 0, 0, 1, 1, 0, 0};
    const layer_graph parts{.operations = {1, 2, 3},
                            .skips = {{1}, {0, 1}},
                            .inputs = {{1, 0}, {0, 1}, {1, 0}},
                            .outputs = {{0, 0, 1}, {1, 0, 0}}};
    CHECK(wired.graph(all) == parts);
    CHECK(wired.from_graph(parts) == all);
    CHECK(wired.describe(all) == "b0(in0) c1(in1+0) d2(in0+1) out0(2) out1(0)");
    CHECK(wired.parse("b0(in0) c1(0+in1) d2(1+in0) out0(2) out1(0)") == all);
    CHECK(wired.layers(all) ==
          std::vector<layer_operation>{layer_operation("b0"), layer_operation("c1"), layer_operation("d2")});
}

TEST_CASE("layer_space: sizes and rules against all combinations") {
    std::size_t spaces = 0;
    for (const layer_space_options& options : every_wiring)
        for (const auto& choices : {std::vector<std::size_t>{2}, {2, 1}, {1, 2, 1}}) {
            const layer_space space(model_of(choices), options);
            if (space.decisions() > 15) continue;
            ++spaces;
            std::uint64_t count = 0;
            std::set<std::uint64_t> indices;
            bool as_in_words = true;
            bool comes_back = true;
            for_each_combination(space, [&](const genotype& arch) {
                const layer_graph graph = space.graph(arch);
                const bool inside = space.contains(arch);
                as_in_words = as_in_words && inside == keeps_rules(graph, options);
                if (!inside) return;
                ++count;
                const std::uint64_t index = space.index(arch);
                indices.insert(index);
                comes_back = comes_back && index < space.size() && space.at(index) == arch &&
                             space.from_graph(graph) == arch && space.parse(space.describe(arch)) == arch &&
                             space.from_one_hot(space.one_hot(arch)) == arch;
            });
            CAPTURE(nas::to_text(options));
            CAPTURE(choices.size());
            CHECK(as_in_words);
            CHECK(comes_back);
            CHECK(space.size() == count);
            CHECK(indices.size() == count);
        }
    CHECK(spaces > 100);
}

TEST_CASE("layer_space: sizes in closed form") {
    const auto size = [](std::size_t layers, std::size_t operations, const layer_space_options& options) {
        return layer_space(model_of(std::vector<std::size_t>(layers, operations)), options).size();
    };
    CHECK(size(4, 3, {.skips = false}) == 81);
    CHECK(size(4, 3, {}) == 81 * 64);                      // 2^(N (N - 1) / 2)
    CHECK(size(4, 3, {.unique_skips = true}) == 81 * 24);  // N!
    CHECK(size(4, 3, {.skips = false, .input_blocks = 3}) == 81 * 64);
    CHECK(size(4, 3, {.skips = false, .input_blocks = 3, .unique_inputs = false}) == 81 * 15 * 15 * 15);
    CHECK(size(4, 3, {.skips = false, .output_blocks = 2}) == 81 * 16);
    CHECK(size(4, 3, {.skips = false, .output_blocks = 2, .unique_outputs = false}) == 81 * 15 * 15);
    CHECK(size(12, 1, {}) == nas::uncountable);  // 2^66
    CHECK(size(64, 1, {.skips = false, .output_blocks = 1, .unique_outputs = false}) == nas::uncountable);
    CHECK(size(63, 1, {.skips = false, .output_blocks = 1, .unique_outputs = false}) == (std::uint64_t{1} << 63) - 1);
    CHECK_THROWS_AS((void)layer_space(model_of(std::vector<std::size_t>(12, 1))).at(0), std::out_of_range);
    CHECK_THROWS_AS((void)layer_space(model_of({2, 2})).at(8), std::out_of_range);
}

TEST_CASE("layer_space: masks leave a choice after any prefix and what follows them is inside") {
    nas::rng random{3};
    for (const layer_space_options& options : every_wiring) {
        const layer_space space(model_of({2, 3, 1, 2}), options);
        bool inside = true;
        for (int i = 0; i < 20; ++i) {
            inside = inside && space.contains(nas::sample_decisions(space, random));
            genotype any(space.decisions());
            for (std::size_t k = 0; k < any.size(); ++k) {
                inside = inside && nas::choices_of(space, {any.data(), any.size()}, k).count() > 0;
                any[k] = static_cast<std::uint8_t>(nas::below(random, space.cardinality(k)));
            }
        }
        CAPTURE(nas::to_text(options));
        CHECK(inside);
    }
}

TEST_CASE("layer_space: an input that is taken is not taken again and one that is left is forced") {
    const layer_space space(model_of({1, 1, 1}), {.skips = false, .input_blocks = 2});
    const auto choices = [&](const genotype& prefix) {
        return nas::choices_of(space, {prefix.data(), prefix.size()}, prefix.size());
    };
    CHECK(choices({0}) == nas::choice_mask{0, 1});
    CHECK(choices({0, 1, 0, 0}) == nas::choice_mask{0});           // unlike AMBER's, in the last layer as well:
    CHECK(choices({0, 1, 0, 0, 0, 0, 0}) == nas::choice_mask{0});  // its masks let input 0 be read a second time
    CHECK(choices({0, 1, 0, 0, 0, 0, 0, 0}) == nas::choice_mask{1});
    CHECK(layer_space(model_of({1}), {.input_blocks = 2}).size() == 1);  // one layer reads all
}

TEST_CASE("layer_space: every architecture is equally likely") {
    for (const layer_space_options& options :
         {layer_space_options{.skips = true, .unique_skips = false, .input_blocks = 1},
          layer_space_options{.unique_skips = true, .output_blocks = 1, .unique_outputs = false},
          layer_space_options{.skips = false, .input_blocks = 2, .unique_inputs = false}}) {
        const layer_space space(model_of({1, 1, 1}), options);
        nas::rng random{7};
        std::vector<double> counts(space.size());
        const double each = 400;
        const auto draws = static_cast<std::size_t>(each) * counts.size();
        for (std::size_t i = 0; i < draws; ++i) ++counts[space.index(space.sample(random))];
        double chi_square = 0;
        for (const double count : counts) chi_square += (count - each) * (count - each) / each;
        const auto freedom = static_cast<double>(counts.size() - 1);
        CAPTURE(nas::to_text(options));
        CHECK(chi_square < freedom + 4 * std::sqrt(2 * freedom));
        CHECK(chi_square > freedom - 4 * std::sqrt(2 * freedom));
    }
}

TEST_CASE("layer_space: the one-hot form by group") {
    const layer_space space(model_of({3, 2}), {.input_blocks = 2, .output_blocks = 1});
    const genotype arch{2, 1, 0, 0, 0, 1, 1, 0, 1};
    std::vector<std::vector<double>> hot = space.one_hot(arch);
    CHECK(hot == std::vector<std::vector<double>>{{0, 0, 1}, {0, 1, 1, 0}, {1, 0}, {1, 0, 0, 1}, {0, 1}, {1, 0, 0, 1}});
    CHECK(space.from_one_hot(hot) == arch);
    // The groups in a row are what encode gives a surrogate.
    std::vector<double> features(nas::encoding_size(space));
    nas::encode(space, arch, std::span<double>(features));
    std::vector<double> joined;
    for (const auto& group : hot) joined.insert(joined.end(), group.begin(), group.end());
    CHECK(features == joined);

    const auto refuses = [&](std::vector<std::vector<double>> wrong, const std::string& sentence) {
        CHECK_THROWS_WITH_AS((void)space.from_one_hot(wrong), ("nas::layer_space: " + sentence).c_str(),
                             std::invalid_argument);
    };
    const auto changed = [&](std::size_t group, std::vector<double> rows) {
        auto copy = hot;
        copy[group] = std::move(rows);
        return copy;
    };
    refuses({}, "there are 0 groups; there must be 6");
    refuses(changed(0, {0, 1}), "there are 2 numbers in group 0; there must be 3");
    for (const auto& row : {std::vector<double>{0, 0, 0}, {1, 0, 1}, {0, 0.5, 0.5}, {0, 0, 2}, {0, 0, std::nan("")}})
        refuses(changed(0, row), "the row of layers/0/operation must be one 1 and else 0");
    refuses(changed(3, {1, 0, 1, 0}), "layers/1/input/1 (0) must be 1 after the decisions before it");
}

TEST_CASE("layer_space: graphs that are none") {
    const layer_space space(model_of({3, 2}), {.input_blocks = 2, .output_blocks = 1});
    const layer_graph good{.operations = {2, 0}, .skips = {{1}}, .inputs = {{1, 0}, {0, 1}}, .outputs = {{0, 1}}};
    CHECK(space.graph(space.from_graph(good)) == good);
    const auto refuses = [&](auto change, const std::string& sentence) {
        layer_graph graph = good;
        change(graph);
        CHECK_THROWS_WITH_AS((void)space.from_graph(graph), ("nas::layer_space: " + sentence).c_str(),
                             std::invalid_argument);
    };
    refuses([](auto& g) { g.operations.pop_back(); }, "there are 1 operations; there must be 2");
    refuses([](auto& g) { g.operations[1] = 2; }, "layers/1/operation (2) must be below 2");
    refuses([](auto& g) { g.operations[1] = 256; }, "layers/1/operation (256) must be below 2");
    refuses([](auto& g) { g.skips.push_back({}); }, "there are 2 lists of skips; there must be 1");
    refuses([](auto& g) { g.skips[0].clear(); }, "there are 0 bits in layers/1/skip; there must be 1");
    refuses([](auto& g) { g.skips[0][0] = 2; }, "layers/1/skip/0 (2) must be 0 or 1");
    refuses([](auto& g) { g.inputs.clear(); }, "there are 0 lists of inputs; there must be 2");
    refuses([](auto& g) { g.inputs[1].push_back(0); }, "there are 3 bits in layers/1/input; there must be 2");
    refuses([](auto& g) { g.inputs[1][0] = 1; }, "layers/1/input/0 (1) must be 0 after the decisions before it");
    refuses([](auto& g) { g.inputs[1][1] = 0; }, "layers/1/input/1 (0) must be 1 after the decisions before it");
    refuses([](auto& g) { g.outputs[0] = {1}; }, "there are 1 bits in outputs/0; there must be 2");
    refuses([](auto& g) { g.outputs[0] = {1, 1}; }, "outputs/0/1 (1) must be 0 after the decisions before it");
    refuses([](auto& g) { g.outputs.push_back({0, 1}); }, "there are 2 lists of outputs; there must be 1");
}

TEST_CASE("layer_space: texts that are no architecture") {
    const layer_space space(model_of({3, 2}), {.input_blocks = 2, .output_blocks = 1});
    CHECK(space.describe(space.parse("c0(in0) a1(in1+0) out0(1)")) == "c0(in0) a1(in1+0) out0(1)");
    const auto refuses = [&](const std::string& text, const std::string& sentence) {
        CHECK_THROWS_WITH_AS((void)space.parse(text), ("nas::layer_space: '" + text + "': " + sentence).c_str(),
                             std::invalid_argument);
    };
    const std::string words = "there must be 3 words, one for each layer and each output";
    refuses("", words);
    refuses("c0(in0) a1(in1)", words);
    refuses("c0(in0) a1(in1) out0(1) ", words);
    refuses("x0(in0) a1(in1) out0(1)", "'x0' is none of the 3 operations of layer 0");
    refuses("c0(in0)  out0(1)", "'' is none of the 2 operations of layer 1");
    refuses("c0(in0 a1(in1) out0(1)", "'c0(in0' must end with ')'");
    refuses("c0( a1(in1) out0(1)", "'c0(' must end with ')'");
    refuses("c0() a1(in1) out0(1)", "'c0()' must not read ''");
    refuses("c0(in2) a1(in1) out0(1)", "'c0(in2)' must not read 'in2'");
    refuses("c0(0) a1(in1) out0(1)", "'c0(0)' must not read '0'");
    refuses("c0(in0) a1(in1+1) out0(1)", "'a1(in1+1)' must not read '1'");
    refuses("c0(in0+in0) a1(in1) out0(1)", "'c0(in0+in0)' must not read 'in0'");
    refuses("c0(in0) a1(in1) out1(1)", "'out1(1)' must be out0 and its layers");
    refuses("c0(in0) a1(in1) out0(2)", "'out0(2)' must not read '2'");
    refuses("c0(in0) a1(in1) out0(in1)", "'out0(in1)' must not read 'in1'");
    refuses("c0(in0) a1(in0) out0(1)", "layers/1/input/0 (1) must be 0 after the decisions before it");
    refuses("c0(in0) a1(in1) out0", "outputs/0/1 (0) must be 1 after the decisions before it");
}

TEST_CASE("layer_space: what cannot be one") {
    const auto refuses = [](const model_space& model, const layer_space_options& options, const std::string& sentence) {
        CHECK_THROWS_WITH_AS(layer_space(model, options), ("nas::layer_space: " + sentence).c_str(),
                             std::invalid_argument);
    };
    refuses(model_space{}, {}, "there must be at least one layer");
    model_space model = model_of({2, 2, 2});
    refuses(model, {.input_blocks = 1001}, "input_blocks (1001) must be in [0, 1000]");
    refuses(model, {.output_blocks = static_cast<std::size_t>(-1)},
            "output_blocks (18446744073709551615) must be in [0, 1000]");
    refuses(model, {.skips = false, .unique_skips = true}, "unique_skips needs skips");
    model.delete_layer(1);
    refuses(model, {}, "the layers must be 0, 1, ... without a gap; there is no layer 1");
    model.add_layer(1);
    refuses(model, {}, "layer 1 must have at least one operation");
    model.add_layer(1, model_space::layer_type(257, layer_operation("a")));
    refuses(model, {}, "layer 1 has 257 operations; it must have at most 256");
    model.delete_operation(1, 0);
    CHECK(layer_space(model).cardinality(1) == 256);
}

TEST_CASE("layer_space: equal where models and wiring are") {
    const layer_space space(model_of({2, 2}));
    CHECK(space == layer_space(model_of({2, 2})));
    CHECK(space != layer_space(model_of({2, 3})));
    CHECK(space != layer_space(model_of({2, 2}), {.unique_skips = true}));
    CHECK(space.model() == model_of({2, 2}));
    CHECK(layer_space(model_of({2, 2}), {.input_blocks = 3}).options().input_blocks == 3);
    // Branches are searched as one flat list of layers.
    const nas::branched_model_space branched({model_of({2}), model_of({2, 3})}, model_of({4}));
    CHECK(layer_space(branched.flat(), {.skips = false}).size() == 48);
}

TEST_CASE("layer_space: AMBER's mock table is found by the texts of the operations") {
    const auto path = nas::tests::data_file("amber_mock_black_box.csv.gz");
    if (!path) return;
    const auto table = nas::read_amber_table({*path});
    const auto& keys = table.space();

    model_space model;
    const auto named = [&](std::ptrdiff_t layer, const char* type, std::vector<nas::layer_attribute> attributes) {
        model.add_operation(layer, layer_operation(type, std::move(attributes)));
    };
    for (const int size : {8, 14, 20})
        named(0, "conv1d",
              {{"filters", 3},
               {"kernel_size", size},
               {"kernel_initializer", "glorot_uniform"},
               {"activation", "relu"},
               {"name", "conv1"}});
    for (const int size : {8, 14, 20})
        named(0, "denovo",
              {{"filters", 3},
               {"kernel_size", size},
               {"lambda_pos", 1e-4},
               {"lambda_l1", 1e-4},
               {"lambda_filter", 1e-8},
               {"name", "conv1"}});
    named(1, "Identity", {});
    named(1, "maxpool1d", {{"pool_size", 8}, {"strides", 8}});
    named(1, "avgpool1d", {{"pool_size", 8}, {"strides", 8}});
    for (const char* type : {"Flatten", "GlobalMaxPool1D", "GlobalAvgPool1D"}) named(2, type, {});
    named(2, "SFC",
          {{"output_dim", 10},
           {"symmetric", true},
           {"smoothness_penalty", 1.},
           {"smoothness_l1", true},
           {"smoothness_second_diff", true},
           {"curvature_constraint", 10.},
           {"name", "sfc"}});
    for (const int units : {3, 10}) named(3, "Dense", {{"units", units}, {"activation", "relu"}});
    named(3, "Identity", {});

    const layer_space space(model, {.skips = false});
    REQUIRE(space.size() == 216);
    for (std::uint64_t i = 0; i < space.size(); ++i) {
        const genotype arch = space.at(i);
        const auto layers = space.layers(arch);
        std::string text;
        for (std::size_t l = 0; l < 4; ++l)
            text += (l > 0 ? ", L" : "L") + std::to_string(l + 1) + "=" + nas::detail::escaped(layers[l].text());
        CHECK(table.replicates(keys.parse(text)) == 20);
        CHECK(keys.index(keys.parse(text)) == i);  // the same order, so that the same tokens are the same architecture
        for (const layer_operation& one : layers) CHECK(layer_operation::parse(one.text()) == one);
    }
    CHECK(space.describe(space.at(58)) == "conv_f3_k14_relu maxpool1d sfc dense_u10_relu");
}

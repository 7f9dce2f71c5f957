// SPDX-License-Identifier: Apache-2.0
#include <nas/io/predictor_file.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <nas/predictors/block_lstm_ensemble.hpp>
#include <nas/predictors/block_mlp_ensemble.hpp>
#include <nas/spaces/cell_space.hpp>
#include <nas/spaces/mlp_space.hpp>
#include <support/temporary_folder.hpp>

#include "predictors/block_spaces.hpp"

using namespace nas::tests;

namespace {

using ensemble = nas::block_mlp_ensemble<example_cells>;
using cell = example_cells::arch_type;

const example_cells space{.blocks = 3};
const nas::block_mlp_options small{.members = 2, .embedding = 2, .units = 3, .epochs = 2};

const ensemble& fitted() {
    static const ensemble made = [] {
        const seen_cells seen = see_cells(space, 30, 1);
        ensemble of(space, small);
        of.fit(space, seen.archs, seen.values);
        return of;
    }();
    return made;
}

/// The sentence that refuses a file of this content; nothing where it is read.
template <class Predictor, class Space>
std::string fault(const std::string& text, Predictor predictor, const Space& over) {
    try {
        nas::detail::parse_predictor_file(text, "w", predictor, over);
    } catch (const nas::predictor_file_error& error) {
        const std::string line = error.what();
        CHECK(line.starts_with("w: "));
        CHECK(line.find('\n') == std::string::npos);
        return line.substr(3);
    }
    return "";
}
std::string fault(const std::string& text) { return fault(text, ensemble(space), space); }

/// A file with other words in its first line, whose checksum is right.
std::string with(std::string from, const std::string& words, const std::string& others) {
    from.resize(from.size() - 4);
    REQUIRE(from.find(words) != std::string::npos);
    from.replace(from.find(words), words.size(), others);
    nas::detail::seal(from);
    return from;
}

}  // namespace

TEST_CASE("a predictor is read as it was written and predicts the same bits") {
    const support::temporary_folder folder;
    const auto path = folder.path() / "surrogate";
    nas::save_predictor(path, fitted());
    ensemble loaded(space);
    nas::load_predictor(path, loaded, space);
    CHECK(loaded.options().units == 3);
    CHECK(loaded.members() == 2);
    CHECK(loaded.vocabulary() == fitted().vocabulary());
    CHECK(loaded.state().origin == fitted().state().origin);
    CHECK(loaded.state().scale == fitted().state().scale);
    for (const cell& arch : see_cells(space, 50, 2).archs) {
        CHECK(loaded.predict(space, arch) == fitted().predict(space, arch));
        CHECK(loaded.deviation(space, arch) == fitted().deviation(space, arch));
    }
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);

    nas::block_lstm_ensemble<example_cells> recurrent(space, {.members = 2, .embedding = 3, .units = 4, .epochs = 1});
    const seen_cells seen = see_cells(space, 20, 1);
    recurrent.fit(space, seen.archs, seen.values);
    nas::save_predictor(path, recurrent);
    nas::block_lstm_ensemble<example_cells> same(space);
    nas::load_predictor(path, same, space);
    for (const cell& arch : seen.archs) CHECK(same.predict(space, arch) == recurrent.predict(space, arch));
    CHECK_THROWS_WITH_AS(nas::load_predictor(path, loaded, space),
                         (path.string() + ": it is of a block_lstm_ensemble, not of a block_mlp_ensemble").c_str(),
                         nas::predictor_file_error);

    // One that has learned nothing is one too.
    nas::save_predictor(path, ensemble(space, small));
    nas::load_predictor(path, loaded, space);
    CHECK(loaded.members() == 0);
}

TEST_CASE("a file of a predictor is a line of JSON and little-endian numbers and a CRC-32") {
    const example_cells tiny{.blocks = 1, .operations = 2, .flat = true};
    ensemble made(tiny, {.members = 1, .embedding = 1, .layers = 1, .units = 1, .epochs = 0});
    made.restore({.origin = 0.1, .scale = 2.5, .members = {{1, -2, 0.5F, 0, 0, 0, 0, 0, 0, 3}}});
    const std::string text = nas::detail::predictor_file_text(made);
    const std::string line = R"({"nas_predictor":1,"nas":")" + std::string(nas::version) +
                             R"(","predictor":{"name":"block_mlp_ensemble","options":{"members":1,"share":0.8,)";
    CHECK(text.substr(0, line.size()) == line);
    const std::string end = R"("seed":0}},"block_tokens":[0,1,0,1],"kinds":[{"name":"input","size":1},)"
                            R"({"name":"operation","size":2}],"origin":0.1,"scale":2.5,"members":1,"parameters":10})"
                            "\n";
    const std::size_t at = text.find(end);
    REQUIRE(at != std::string::npos);
    CHECK(text.size() == at + end.size() + 10 * 4 + 4);
    CHECK(text.substr(at + end.size(), 8) == std::string("\0\0\x80\x3f\0\0\0\xc0", 8));
    CHECK(fault(text, ensemble(tiny), tiny).empty());
}

TEST_CASE("a predictor is used for longer architectures, as long as it knows their tokens") {
    const support::temporary_folder folder;
    const auto path = folder.path() / "surrogate";
    nas::save_predictor(path, fitted());
    const example_cells larger{.blocks = 5, .operations = 6};
    ensemble loaded(larger);
    nas::load_predictor(path, loaded, larger);
    const cell known{0, 1, 1, 2, 0, 0, 0, 4, 1, 1, 1, 1, 2, 0, 3, 3, 3, 2, 3, 2};
    CHECK(loaded.predict(larger, known) == fitted().predict(larger, known));
    CHECK_THROWS_WITH_AS(
        loaded.predict(larger, {0, 1, 0, 5}),
        "nas::block_mlp_ensemble: operation 5 is not in the model's vocabulary, which has 5, from 0 on",
        std::invalid_argument);

    const nas::mlp_space layers({.units = {8, 16}, .activations = {nas::activation::relu}});
    const nas::mlp_space others({.units = {8, 32}, .activations = {nas::activation::relu}});
    nas::block_mlp_ensemble<nas::mlp_space> of_layers(layers, small);
    const std::string text = nas::detail::predictor_file_text(of_layers);
    CHECK(fault(text, of_layers, layers).empty());
    CHECK(fault(text, of_layers, others) ==
          "the predictor is not for this space: units 1 is 16 in the file, but 32 in the space");
    CHECK(fault(text, ensemble(space), space) ==
          "the predictor is not for this space: the number of a block's tokens is 2 in the file, but 4 in the space");
}

TEST_CASE("a file of a predictor that is damaged or cut off anywhere is refused") {
    const std::string text = nas::detail::predictor_file_text(fitted());
    REQUIRE(fault(text).empty());
    for (std::size_t size = 0; size < text.size(); ++size) CHECK(!fault(text.substr(0, size)).empty());
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string other = text;
        other[at] = static_cast<char>(other[at] ^ 4);
        CHECK(!fault(other).empty());
    }
    CHECK(fault(text + "x") == "the file is cut off or damaged: its checksum is wrong");
    CHECK(fault("{}") == "this is not a file of a predictor");
}

TEST_CASE("a file of a predictor whose first line is wrong is refused in one sentence") {
    const std::string text = nas::detail::predictor_file_text(fitted());
    const auto wrong = [&](const std::string& words, const std::string& others) {
        const std::string line = fault(with(text, words, others));
        const std::string start = "the first line is wrong: ";
        return line.starts_with(start) ? line.substr(start.size()) : line;
    };
    CHECK(wrong("block_mlp_ensemble", "block_lstm_ensemble") ==
          "it is of a block_lstm_ensemble, not of a block_mlp_ensemble");
    CHECK(wrong(R"("units":3)", R"("units":0)") == "block_mlp_ensemble: units (0) must be in [1, 65536]");
    CHECK(wrong(R"("units":3)", R"("unit":3)").starts_with("block_mlp_ensemble: no option 'unit'; there is "));
    CHECK(wrong(R"("units":3)", R"("units":60000)") ==
          "nas::block_mlp_ensemble: a member has 61 parameters; it must have 3600660019");
    CHECK(wrong(R"("name":"input","size":4)", R"("name":"input","size":0)") == "a kind has 1 to 256 tokens");
    CHECK(
        wrong(R"("name":"input")", R"("name":"source")") ==
        "the predictor is not for this space: token 0 of a block is source (kind 0) in the file, but input (kind 0) in "
        "the space");
    CHECK(wrong("[0,1,0,1]", "[0,1,0,2]") == "a token of a block is of a kind that is not there");
    CHECK(wrong("[0,1,0,1]", "[]") == "a block has 1 to 256 tokens");
    CHECK(wrong(R"("members":2,"p)", R"("members":3,"p)").ends_with("not those of 3 members of 61"));
    CHECK(wrong(R"("members":2,"p)", R"("members":-1,"p)").find("bytes of parameters") != std::string::npos);
    CHECK(wrong(R"("parameters":61)", R"("parameters":18446744073709551615)").find("bytes of parameters") !=
          std::string::npos);
    CHECK(wrong(R"("origin")", R"("orogin")").find("origin") != std::string::npos);
    CHECK(wrong(R"("nas":)", "nas:").starts_with("bad JSON: "));
    CHECK(fault(with(text, R"("nas_predictor":1)", R"("nas_predictor":2)")) ==
          "this file of a predictor has a format that nas " + std::string(nas::version) + " does not read");

    const support::temporary_folder folder;
    ensemble kept = fitted();
    CHECK_THROWS_WITH_AS(
        nas::load_predictor(folder.path() / "none", kept, space),
        ((folder.path() / "none").string() + ": the file cannot be read: No such file or directory").c_str(),
        nas::predictor_file_error);
    CHECK(kept.state().members == fitted().state().members);
}

TEST_CASE("a predictor's file says of what class it is, and what tokens it knows") {
    const support::temporary_folder folder;
    const auto path = folder.path() / "surrogate";
    const nas::cell_space cells{{.blocks = 3, .operations = {"a", "b"}, .lookback = 2}};
    nas::block_lstm_ensemble<nas::cell_space> of_cells(cells, {.members = 1, .embedding = 2, .units = 3, .epochs = 1});
    const std::vector<nas::cell_space::arch_type> archs{cells.parse("(-1, a, -2, b)"), cells.parse("(-1, a, -1, a)")};
    of_cells.fit(cells, archs, std::vector<double>{0.5, 0.6});
    nas::save_predictor(path, of_cells);
    const nas::predictor_facts facts = nas::read_predictor_facts(path);
    CHECK(facts.name == "block_lstm_ensemble");
    CHECK(facts.vocabulary == of_cells.vocabulary());
    CHECK(facts.vocabulary.kinds()[0].labels == std::vector<std::string>{"-2", "-1", "0", "1"});
    CHECK(facts.vocabulary.kinds()[1].labels == std::vector<std::string>{"a", "b"});
    // Of operations that stand for something else it is not read.
    const nas::cell_space others{{.blocks = 3, .operations = {"b", "a"}, .lookback = 2}};
    CHECK(fault(support::content(path), nas::block_lstm_ensemble<nas::cell_space>(others), others) ==
          "the predictor is not for this space: operation 0 is a in the file, but b in the space");
    CHECK_THROWS_AS(nas::read_predictor_facts(folder.path() / "none"), nas::predictor_file_error);
    std::string text = support::content(path);
    text[20] = 'x';
    CHECK_THROWS_WITH_AS(nas::detail::parse_predictor_facts(text, "w"),
                         "w: the file is cut off or damaged: its checksum is wrong", nas::predictor_file_error);
    CHECK_THROWS_AS(nas::detail::parse_predictor_facts(with(support::content(path), "\"name\"", "\"nome\""), "w"),
                    nas::predictor_file_error);
}

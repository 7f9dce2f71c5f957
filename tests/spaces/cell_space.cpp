// SPDX-License-Identifier: Apache-2.0
#include <nas/spaces/cell_space.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <unordered_set>
#include <vector>

#include <doctest/doctest.h>
#include <nas/core/checks.hpp>
#include <nas/core/draws.hpp>

#include "data_dir.hpp"
#include "spaces/cell_space.hpp"

namespace {

using nas::cell_block;
using nas::cell_space;
using nas::cell_space_options;
using indices = std::vector<std::size_t>;
using arch_type = cell_space::arch_type;

static_assert(nas::check_decision_space<cell_space>() && nas::check_enumerable_space<cell_space>());
static_assert(nas::KeyedSpace<cell_space> && nas::GrowableSpace<cell_space> && nas::BlockSpace<cell_space>);
static_assert(!nas::MaskedSpace<cell_space> && !nas::HasEncode<cell_space>);
static_assert(std::is_same_v<cell_space::arch_type, nas::dynamic_genotype>);

std::vector<std::string> names(std::size_t operations) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < operations; ++i) all.push_back(std::string(1, static_cast<char>('a' + i)));
    return all;
}

/// Small spaces of every kind: with one and two previous cells, with and without a limit to what is read, flat.
std::vector<cell_space> small_spaces() {
    std::vector<cell_space> all;
    all.emplace_back(cell_space_options{.blocks = 3, .operations = names(2), .lookback = 1});
    all.emplace_back(cell_space_options{.blocks = 4, .operations = names(1), .lookback = 1});
    all.emplace_back(cell_space_options{.blocks = 4, .operations = names(1), .lookback = 2});
    all.emplace_back(cell_space_options{.blocks = 3, .operations = names(2), .lookback = 1, .lookforward = 1});
    all.emplace_back(cell_space_options{.blocks = 4, .operations = names(2), .lookback = 1, .lookforward = 1});
    all.emplace_back(cell_space_options{.blocks = 4, .operations = names(1), .lookback = 1, .lookforward = 2});
    all.emplace_back(cell_space_options{.blocks = 3, .operations = names(1), .lookback = 2, .lookforward = 0});
    all.emplace_back(cell_space_options{.blocks = 4, .operations = names(2), .lookback = 0, .lookforward = 0});
    return all;
}

/// Calls `visit` for every architecture of `blocks` blocks.
template <class Visit>
void for_each_architecture(const cell_space& space, std::size_t blocks, Visit visit) {
    arch_type arch(space.decisions());
    arch[0] = static_cast<std::uint8_t>(blocks - space.options().min_blocks);
    while (true) {
        visit(arch);
        std::size_t i = 4 * blocks;
        while (i > 0 && arch[i] + 1U == space.cardinality(i)) arch[i--] = 0;
        if (i == 0) return;
        ++arch[i];
    }
}

template <class Range>
std::vector<arch_type> listed(const Range& range) {
    std::vector<arch_type> all;
    for (const auto& arch : range) all.push_back(arch);
    return all;
}

void refuses(cell_space_options options, const std::string& sentence) {
    CHECK_THROWS_WITH_AS(cell_space{options}, ("nas::cell_space: " + sentence).c_str(), std::invalid_argument);
}
template <class Call>
void fails(Call call, const std::string& sentence) {
    CHECK_THROWS_WITH_AS(call(), ("nas::cell_space: " + sentence).c_str(), std::invalid_argument);
}

}  // namespace

TEST_CASE("cell_space: the table of decisions of the paper's cells") {
    const cell_space space;
    CHECK(space.decisions() == 21);
    CHECK(space.path(0) == "blocks");
    CHECK(space.path(1) == "blocks/0/input1");
    CHECK(space.path(4) == "blocks/0/operation2");
    CHECK(space.path(19) == "blocks/4/input2");
    CHECK(space.tag(0) == nas::decision_tag::size);
    CHECK(space.tag(3) == nas::decision_tag::input);
    CHECK(space.tag(8) == nas::decision_tag::operation);
    CHECK(space.cardinality(0) == 5);
    CHECK((space.numeric() && space.values(0)[0] == 1 && space.values(0)[4] == 5 && space.values(1).empty()));
    CHECK(space.label(0, 4) == "5");
    CHECK((space.cardinality(1) == 2 && space.cardinality(5) == 3 && space.cardinality(19) == 6));
    CHECK(space.cardinality(20) == 8);
    CHECK((space.label(19, 0) == "-2" && space.label(19, 1) == "-1" && space.label(19, 2) == "0"));
    CHECK((space.label(2, 0) == "identity" && space.label(2, 5) == "3x3 dilated conv"));
    CHECK(space.label(2, 7) == "3x3 avgpool");  // oracle 7
    // A block counts where the cell is that large.
    CHECK((space.conditional() && !space.when(4)));
    CHECK(space.when(5) == nas::condition{0, {1, 2, 3, 4}});
    CHECK(space.when(20) == nas::condition{0, {4}});
    CHECK(cell_space{{.operations = nas::plain_pnas_operations()}}.label(2, 5) == "3x3 conv");

    const cell_space two({.blocks = 2, .min_blocks = 2});
    CHECK((!two.conditional() && !two.numeric() && two.cardinality(0) == 1 && !two.when(8)));
    const cell_space between({.blocks = 4, .min_blocks = 3});
    CHECK((!between.when(12) && between.when(13) == nas::condition{0, {1}}));
}

TEST_CASE("cell_space: inputs that blocks have (PNAS oracle 6)") {
    const auto offered = [](std::size_t lookback, std::optional<std::size_t> lookforward, std::size_t block) {
        const cell_space space({.lookback = lookback, .lookforward = lookforward});
        std::vector<int> all;
        for (std::size_t i = 0; i < space.inputs_of(block); ++i) all.push_back(space.input(i));
        return all;
    };
    using inputs = std::vector<int>;
    CHECK((offered(1, {}, 0) == inputs{-1} && offered(1, {}, 2) == inputs{-1, 0, 1}));
    CHECK((offered(2, {}, 0) == inputs{-2, -1} && offered(2, {}, 2) == inputs{-2, -1, 0, 1}));
    CHECK((offered(0, 0, 0) == inputs{0} && offered(0, 0, 2) == inputs{0}));
    CHECK((offered(2, 0, 0) == inputs{-2, -1} && offered(2, 0, 2) == inputs{-2, -1}));
    CHECK((offered(2, 1, 0) == inputs{-2, -1} && offered(2, 1, 2) == inputs{-2, -1, 0}));
    CHECK((offered(2, 9, 1) == inputs{-2, -1, 0}));
}

TEST_CASE("cell_space: the cell of PNASNet-5 in all its forms (PNAS oracles 7, 8)") {
    const cell_space space({.output = nas::cell_output::all});
    const auto arch = space.parse(cells::pnasnet5);
    CHECK(space.contains(arch));
    CHECK(space.describe(arch) == cells::pnasnet5);
    const indices all{0, 2, 0, 6, 1, 3, 1, 6, 1, 2, 1, 1, 4, 1, 1, 6, 0, 1, 1, 0};
    CHECK(space.indices(arch) == all);
    CHECK(space.from_indices(all) == arch);
    CHECK(space.from_fields(space.fields(arch)) == arch);
    CHECK(space.fields(arch)[12] == "2");
    CHECK(space.fields(arch)[13] == "3x3 dconv");
    CHECK(space.block_count(arch) == 5);
    CHECK(space.blocks(arch)[3] == cell_block{2, 1, -1, 6});
    CHECK(space.outputs(arch) == indices{0, 1, 2, 3, 4});  // as released
    CHECK(cell_space{}.outputs(arch) == indices{0, 1, 3, 4});
}

TEST_CASE("cell_space: a flat cell of two operations (PNAS oracles 5, 8)") {
    const cell_space space(
        {.blocks = 3, .operations = {"3x3 maxpool", "1x7-7x1 conv"}, .lookback = 0, .lookforward = 0});
    const auto arch = space.parse("(0, 3x3 maxpool, 0, 1x7-7x1 conv)");
    CHECK(space.indices(arch) == indices{0, 0, 0, 1});
    CHECK(space.from_indices(indices{0, 0, 0, 1}) == arch);
    CHECK(space.blocks(arch)[0] == cell_block{0, 0, 0, 1});
    std::vector<std::string> all;
    for (const auto& root : space.roots()) all.push_back(space.describe(root));
    CHECK(all == std::vector<std::string>{"(0, 3x3 maxpool, 0, 3x3 maxpool)", "(0, 3x3 maxpool, 0, 1x7-7x1 conv)",
                                          "(0, 1x7-7x1 conv, 0, 1x7-7x1 conv)"});
    // A 0 is no block here.
    CHECK(space.outputs(space.parse("(0, 3x3 maxpool, 0, 3x3 maxpool) (0, 3x3 maxpool, 0, 3x3 maxpool)")) ==
          indices{0, 1});
}

TEST_CASE("cell_space: the 292 cells that the original trained (PNAS oracle 10)") {
    const auto path = nas::tests::data_file("pnas_train_history_292rows.csv");
    if (!path) return;
    const cell_space space(
        {.operations = {"3x3 dconv", "5x5 dconv", "7x7 dconv", "1x7-7x1 conv", "3x3 maxpool", "3x3 avgpool"},
         .lookback = 0,
         .lookforward = 0});
    std::ifstream file(*path);
    std::array<std::size_t, 6> rows{};
    std::unordered_set<nas::cell_key> keys;
    for (std::string line; std::getline(file, line);) {
        std::vector<std::string> fields;
        for (std::size_t at = line.find(','); at != std::string::npos;) {
            const std::size_t end = line.find(',', at + 1);
            fields.push_back(line.substr(at + 1, end == std::string::npos ? end : end - at - 1));
            at = end;
        }
        const auto arch = space.from_fields(fields);
        CHECK(space.fields(arch) == fields);
        CHECK(space.from_indices(space.indices(arch)) == arch);
        ++rows[space.block_count(arch)];
        keys.insert(space.key(arch));
    }
    CHECK(rows == std::array<std::size_t, 6>{0, 36, 64, 64, 64, 64});
    // It trained mirror images, and the same blocks in another order, as if they were others.
    CHECK(keys.size() == 210);
}

TEST_CASE("cell_space: what is no cell (PNAS oracle 9)") {
    const cell_space space({.blocks = 2, .operations = {"conv", "pool"}});
    const auto text = [&](const std::string& one) { return [&space, one] { return space.parse(one); }; };
    fails(text(""), "column 1 of '': expected '('");
    fails(text("conv"), "column 1 of 'conv': expected '('");
    fails(text("(-2, conv)"), "column 10 of '(-2, conv)': expected ', '");
    fails(text("(-2, conv, -1, pool"), "'(-2, conv, -1, pool' must end with ')'");
    fails(text("(-2, conv, -1, pool) "), "column 20 of '(-2, conv, -1, pool) ': expected ') ('");
    fails(text("(-2, conv, -1, pool)(-1, pool, -1, pool)"),
          "column 20 of '(-2, conv, -1, pool)(-1, pool, -1, pool)': expected ') ('");
    fails(text("(-2, conv, -1, pool) (0, conv, 1, pool)"),
          "blocks/1/input2 ('1') must be one of -2, -1, 0");  // its own output
    fails(text("(0, conv, -1, pool) (0, conv, -1, pool)"), "blocks/0/input1 ('0') must be one of -2, -1");
    fails(text("(-3, conv, -1, pool)"), "blocks/0/input1 ('-3') must be one of -2, -1");
    fails(text("(-02, conv, -1, pool)"), "blocks/0/input1 ('-02') must be one of -2, -1");
    fails(text("(-2, conv, -1, tool)"), "blocks/0/operation2 ('tool') must be one of conv, pool");
    const std::string block = "(-2, conv, -1, pool)";
    fails(text(block + " " + block + " " + block), "the number of blocks (3) must be in [1, 2]");
    fails(
        [&] {
            return space.from_indices(indices{0, 0, 0});
        },
        "a block is 4 inputs and operations, so that 3 are no cell");
    fails([&] { return space.from_indices(indices{}); }, "the number of blocks (0) must be in [1, 2]");
    fails([&] { return space.from_indices(indices{0, 0, 0, 2}); }, "blocks/0/operation2 (2) must be below 2");
    fails([&] { return space.from_indices(indices{0, 0, 2, 0}); }, "blocks/0/input2 (2) must be below 2");
    CHECK_FALSE(space.contains(arch_type{0, 0, 0, 0, 0, 1, 0, 0, 0}));  // beyond its one block
    CHECK_FALSE(space.contains(arch_type{1, 0, 0, 0, 0, 3, 0, 0, 0}));
    CHECK(space.contains(arch_type{1, 0, 0, 0, 0, 2, 0, 0, 0}));
}

TEST_CASE("cell_space: of damaged texts only those are cells that describe gives") {
    const cell_space space;
    nas::rng random{3};
    const std::string letters = "(),- 0123x";
    std::size_t read = 0;
    for (std::size_t n = 0; n < 4000; ++n) {
        std::string text = cells::pnasnet5;
        for (std::uint64_t edits = 1 + nas::below(random, 2); edits > 0; --edits) {
            const std::size_t at = nas::below(random, text.size());
            switch (nas::below(random, 4)) {
                case 0:
                    text.erase(at, 1);
                    break;
                case 1:
                    text.erase(at);
                    text += ')';
                    break;
                case 2:
                    text.insert(at, 1, letters[nas::below(random, letters.size())]);
                    break;
                default:
                    text[at] = letters[nas::below(random, letters.size())];
            }
        }
        try {
            const arch_type arch = space.parse(text);
            ++read;
            CHECK(space.contains(arch));
            CHECK(space.describe(arch) == text);
        } catch (const std::invalid_argument&) {
        }
    }
    CHECK(read > 50);
    CHECK(read < 1000);
}

TEST_CASE("cell_space: options that are refused") {
    refuses({.blocks = 0}, "blocks (0) must be in [1, 12]");
    refuses({.blocks = 13}, "blocks (13) must be in [1, 12]");
    refuses({.min_blocks = 0}, "min_blocks (0) must be in [1, 5]");
    refuses({.min_blocks = 6}, "min_blocks (6) must be in [1, 5]");
    refuses({.operations = {}}, "the number of operations (0) must be in [1, 256]");
    refuses({.operations = {"a", "b", "a"}}, "the operation 'a' must not repeat");
    refuses({.operations = {"a", std::string("b\0c", 3)}}, "the name of operation 1 must not have NUL bytes");
    for (const std::string name : {"", "a, b", "conv(3)", "a\nb"})
        refuses({.operations = {"a", name}},
                "the name of operation 1 ('" + name + "') must not be empty, nor have commas, brackets or line ends");
    refuses({.operations = {"\xff"}}, "the name of operation 0 ('\xef\xbf\xbd') is not UTF-8");
    refuses({.lookback = 101}, "lookback (101) must be in [0, 100]");
    refuses({.lookback = 0}, "lookback 0 needs lookforward 0: its one input has no name that blocks could not have");
    refuses({.lookback = 0, .lookforward = 1},
            "lookback 0 needs lookforward 0: its one input has no name that blocks could not have");
    refuses({.blocks = 10}, "10 blocks of 11 inputs and 8 operations need keys of 141 bits, of which there are 128");
    CHECK(cell_space{{.blocks = 9}}.decisions() == 37);
    CHECK(cell_space{{.blocks = 12, .operations = {"a"}, .lookback = 1}}.decisions() == 49);
    CHECK(cell_space{{}} == cell_space{});
    CHECK_FALSE(cell_space{{.output = nas::cell_output::all}} == cell_space{});
}

TEST_CASE("cell_space: canonical cells are the smallest of all orders, and keys tell cells apart") {
    for (const cell_space& space : small_spaces())
        for (std::size_t blocks = 1; blocks <= space.options().blocks; ++blocks) {
            CAPTURE(space.options().blocks);
            CAPTURE(blocks);
            std::set<indices> cells;
            std::unordered_set<nas::cell_key> keys;
            for_each_architecture(space, blocks, [&](const arch_type& arch) {
                const arch_type canonical = space.canonical(arch);
                const indices smallest = cells::smallest_order(space, arch);
                if (space.indices(canonical) != smallest || !space.contains(canonical)) FAIL(space.describe(arch));
                cells.insert(smallest);
                keys.insert(space.key(arch));
                if (space.key(arch) != space.key(canonical)) FAIL(space.describe(arch));
            });
            CHECK(keys.size() == cells.size());
            CHECK(space.unique_cells(blocks) == cells.size());
        }
}

TEST_CASE("cell_space: canonical cells of larger spaces, by all orders") {
    nas::rng random{7};
    std::size_t ties = 0;
    for (const std::size_t operations : {1U, 2U, 8U})
        for (const std::size_t lookforward : {2U, 3U, 9U}) {
            const cell_space space(
                {.blocks = 6, .operations = names(operations), .lookback = 1, .lookforward = lookforward});
            for (std::size_t n = 0; n < 60; ++n) {
                const arch_type arch = space.sample(random);
                const arch_type canonical = space.canonical(arch);
                CHECK(space.indices(canonical) == cells::smallest_order(space, arch));
                CHECK(space.canonical(canonical) == canonical);
                const auto form = space.blocks(canonical);
                for (std::size_t b = 1; b < form.size(); ++b) ties += form[b] == form[b - 1] ? 1U : 0U;
            }
        }
    CHECK(ties > 50);  // so that equal blocks were among them
}

TEST_CASE("cell_space: the forms of PNASNet-5 have one key (PNAS oracle 9)") {
    const cell_space space;
    const auto arch = space.parse(cells::pnasnet5);
    CHECK(space.describe(space.canonical(arch)) ==
          "(-2, 3x3 dconv, -1, identity) (-2, 5x5 dconv, -2, 3x3 maxpool) (-1, 3x3 dconv, -1, 5x5 dconv) "
          "(-1, 7x7 dconv, -1, 3x3 maxpool) (-1, 3x3 maxpool, 2, 3x3 dconv)");
    // Halves swapped, blocks 0 and 1 swapped, block 2 first: what reads it is renumbered.
    for (const char* other :
         {"(-2, 3x3 maxpool, -2, 5x5 dconv) (-1, 3x3 maxpool, -1, 7x7 dconv) (-1, 3x3 dconv, -1, 5x5 dconv) "
          "(-1, 3x3 maxpool, 2, 3x3 dconv) (-1, identity, -2, 3x3 dconv)",
          "(-1, 7x7 dconv, -1, 3x3 maxpool) (-2, 5x5 dconv, -2, 3x3 maxpool) (-1, 5x5 dconv, -1, 3x3 dconv) "
          "(2, 3x3 dconv, -1, 3x3 maxpool) (-2, 3x3 dconv, -1, identity)",
          "(-1, 5x5 dconv, -1, 3x3 dconv) (0, 3x3 dconv, -1, 3x3 maxpool) (-2, 5x5 dconv, -2, 3x3 maxpool) "
          "(-1, 7x7 dconv, -1, 3x3 maxpool) (-2, 3x3 dconv, -1, identity)"}) {
        CHECK(space.key(space.parse(other)) == space.key(arch));
        CHECK(space.canonical(space.parse(other)) == space.canonical(arch));
    }
    // Another cell: block 3 reads block 1.
    CHECK(space.key(space.parse("(-2, 5x5 dconv, -2, 3x3 maxpool) (-1, 7x7 dconv, -1, 3x3 maxpool) "
                                "(-1, 5x5 dconv, -1, 3x3 dconv) (1, 3x3 dconv, -1, 3x3 maxpool) "
                                "(-2, 3x3 dconv, -1, identity)")) != space.key(arch));
    // A cell and the same with a block more are different, whatever the block.
    const cell_space one({.blocks = 3, .operations = {"a"}, .lookback = 1});
    CHECK(one.key(one.parse("(-1, a, -1, a)")) != one.key(one.parse("(-1, a, -1, a) (-1, a, -1, a)")));
}

TEST_CASE("cell_space: grows by every block, to every cell, canonical (PNAS oracle 3)") {
    const cell_space paper;
    CHECK(paper.roots().size() == 136);
    auto arch = *paper.roots().begin();
    for (const std::size_t count : {300U, 528U, 820U, 1176U}) {
        const auto range = paper.grow(arch);
        CHECK(range.size() == count);
        nas::rng random{count};
        auto chosen = range.begin();
        for (std::uint64_t skip = nas::below(random, count); skip > 0; --skip) ++chosen;
        arch = *chosen;
    }
    CHECK(paper.grow(arch).size() == 0);

    for (const cell_space& space : small_spaces()) {
        std::vector<arch_type> level = listed(space.roots());
        for (std::size_t blocks = 1;; ++blocks) {
            CAPTURE(blocks);
            CHECK(level.size() == space.unique_cells(blocks));
            if (blocks == space.options().blocks) break;
            std::unordered_set<nas::cell_key> seen;
            std::vector<arch_type> larger;
            for (const auto& parent : level)
                for (const auto& child : space.grow(parent)) {
                    if (child != space.canonical(child) || !space.contains(child)) FAIL(space.describe(child));
                    if (space.block_count(child) != blocks + 1) FAIL(space.describe(child));
                    if (seen.insert(space.key(child)).second) larger.push_back(child);
                }
            level = larger;
        }
    }
}

TEST_CASE("cell_space: a cell grows the same whatever form it is in, and roots may have several blocks") {
    const cell_space space;
    const auto arch =
        space.parse("(-1, 3x3 dconv, -2, identity) (-2, identity, -2, identity) (0, identity, -1, identity)");
    REQUIRE(space.canonical(arch) != arch);
    CHECK(listed(space.grow(arch)) == listed(space.grow(space.canonical(arch))));

    const cell_space larger({.blocks = 3, .min_blocks = 2});
    const auto roots = larger.roots();
    CHECK(roots.size() == 31'620);
    CHECK(larger.block_count(*roots.begin()) == 2);
    CHECK(larger.grow(*roots.begin()).size() == 528);
    CHECK_THROWS_WITH_AS((cell_space{{.blocks = 3, .min_blocks = 3}}.roots()),
                         "nas::cell_space: there are 10979688 cells of min_blocks (3) blocks; to grow from, at most "
                         "1048576 are listed",
                         std::length_error);
}

TEST_CASE("cell_space: blocks are inputs and operations, the same in a space of more blocks") {
    const cell_space three({.blocks = 3});
    const cell_space five;
    CHECK((three.block_tokens() == 4 && three.token_kinds() == 2 && three.token_kind(2) == 0));
    CHECK((three.kind_size(0) == 4 && five.kind_size(0) == 6 && five.kind_size(1) == 8));
    CHECK((three.kind_name(0) == "input" && three.kind_name(1) == "operation"));
    CHECK(
        (three.token_label(0, 0) == "-2" && three.token_label(0, 3) == "1" && five.token_label(1, 7) == "3x3 avgpool"));
    const std::string text = "(-2, identity, -1, 3x3 avgpool) (0, 3x3 dconv, -2, identity)";
    for (const cell_space& space : {three, five}) {
        std::vector<std::uint8_t> tokens{77};
        space.append_blocks(space.parse(text), tokens);
        CHECK(tokens == std::vector<std::uint8_t>{77, 0, 0, 1, 7, 2, 1, 0, 0});
    }
}

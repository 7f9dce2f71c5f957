// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/block_ensemble.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/predictors/block_mlp_ensemble.hpp>

#include "predictors/block_spaces.hpp"

using namespace nas::tests;

namespace {

using cell = example_cells::arch_type;

const nas::block_mlp_options small{.members = 2, .embedding = 4, .units = 8, .epochs = 3};

/// Whose tokens have names.
struct named_cells : example_cells {
    static std::string token_label(std::size_t kind, std::size_t token) {
        return (kind == 0 ? "H" : "conv") + std::to_string(token);
    }
};
/// Whose blocks are operations first.
struct turned_cells : example_cells {
    static std::size_t token_kind(std::size_t k) { return (k + 1) % 2; }
};

}  // namespace

TEST_CASE("block ensemble: one that gets the state of another predicts what it does, bit by bit") {
    const example_cells space{.blocks = 3};
    const seen_cells seen = see_cells(space, 30, 1);
    nas::block_mlp_ensemble<example_cells> made(space, small);
    made.fit(space, seen.archs, seen.values);

    nas::block_mlp_ensemble<example_cells> other(space, small);
    other.restore(made.state());
    CHECK(other.state().members == made.state().members);
    const example_cells shorter{.blocks = 1};
    nas::block_mlp_ensemble<example_cells> taught(shorter);
    taught.restore(made.options(), made.vocabulary(), made.state());
    CHECK(taught.options().units == 8);
    for (const cell& arch : see_cells(space, 20, 2).archs) {
        CHECK(other.predict(space, arch) == made.predict(space, arch));
        CHECK(other.deviation(space, arch) == made.deviation(space, arch));
        CHECK(taught.predict(space, arch) == made.predict(space, arch));
    }

    nas::block_ensemble_state wrong = made.state();
    wrong.members[1].pop_back();
    const std::size_t parameters = 9 * 4 + (16 * 8 + 8) + (8 * 8 + 8) + (8 + 1);
    CHECK_THROWS_WITH_AS(taught.restore(wrong),
                         ("nas::block_mlp_ensemble: a member has " + std::to_string(parameters - 1) +
                          " parameters; it must have " + std::to_string(parameters))
                             .c_str(),
                         std::invalid_argument);
    CHECK(taught.predict(space, seen.archs[0]) == made.predict(space, seen.archs[0]));
}

TEST_CASE("block ensemble: its vocabulary is that of the space it was made for") {
    const named_cells space{{.blocks = 2, .operations = 3}};
    nas::block_mlp_ensemble<named_cells> made(space, small);
    CHECK(made.vocabulary().block_tokens() == 4);
    CHECK(made.vocabulary().kinds() ==
          std::vector<nas::block_vocabulary::kind>{{"input", 3, {"H0", "H1", "H2"}},
                                                   {"operation", 3, {"conv0", "conv1", "conv2"}}});
    const named_cells larger{{.blocks = 2, .operations = 5}};
    made.fit(space, std::vector<cell>{{0, 0, 0, 0}, {0, 1, 0, 0}}, std::vector<double>{1, 2});
    CHECK_THROWS_WITH_AS(
        made.predict(larger, {0, 0, 0, 4}),
        "nas::block_mlp_ensemble: operation 4 (conv4) is not in the model's vocabulary, which has 3, from 0 on",
        std::invalid_argument);
}

TEST_CASE("block ensemble: blocks of other tokens are refused") {
    const turned_cells space;
    nas::block_mlp_ensemble<example_cells> made{example_cells{}};
    const nas::block_vocabulary turned(space);
    const nas::block_vocabulary usual(example_cells{});
    CHECK(turned.same_blocks(space));
    CHECK(usual.same_blocks(example_cells{.blocks = 7, .operations = 2}));
    CHECK(!usual.same_blocks(space));
    made.restore(small, turned, {});
    CHECK_THROWS_WITH_AS(
        made.fit(example_cells{}, std::vector<cell>{{0, 0, 0, 0}}, std::vector<double>{1}),
        "nas::block_mlp_ensemble: the blocks of this space are not described by the tokens that it was made for",
        std::invalid_argument);
}

TEST_CASE("block ensemble: blocks are sorted by all their tokens") {
    nas::block_rows rows;
    rows.tokens = {3, 0, 1, 9, 1, 2, 1, 2, 0, 7, 6, 5};
    rows.first = {0, 8, 12};
    nas::sort_blocks(2, rows);
    CHECK(rows.tokens == std::vector<std::uint8_t>{1, 2, 1, 2, 1, 9, 3, 0, 0, 7, 6, 5});
    CHECK(rows.first == std::vector<std::size_t>{0, 8, 12});
}

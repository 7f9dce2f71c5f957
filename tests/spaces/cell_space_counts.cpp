// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nas/operators/enumerate.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/deduplicated.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/cell_space.hpp>

#include "spaces/cell_space.hpp"

namespace {

using nas::cell_space;
using arch_type = cell_space::arch_type;
using counts = std::vector<std::uint64_t>;

counts unique(const cell_space& space) {
    counts all;
    for (std::size_t b = 1; b <= space.options().blocks; ++b) all.push_back(space.unique_cells(b));
    return all;
}
counts raw(const cell_space& space) {
    counts all;
    for (std::size_t b = 1; b <= space.options().blocks; ++b) all.push_back(space.raw_cells(b));
    return all;
}

/// Each cell once, canonical, as many as counted.
void check_enumeration(const cell_space& space, std::size_t blocks) {
    CAPTURE(blocks);
    std::unordered_set<nas::cell_key> keys;
    std::uint64_t visits = 0;
    space.for_each_unique_cell(blocks, [&](const arch_type& arch) {
        ++visits;
        keys.insert(space.key(arch));
        if (space.block_count(arch) != blocks || !space.contains(arch) || space.canonical(arch) != arch)
            FAIL(space.describe(arch));
    });
    CHECK(visits == space.unique_cells(blocks));
    CHECK(keys.size() == visits);
}

}  // namespace

TEST_CASE("cell_space: how many cells the paper has (PNAS oracles 1, 2)") {
    const cell_space space;
    CHECK(unique(space) == counts{136, 31'620, 10'979'688, 5'194'395'866, 3'147'356'952'080});
    CHECK(raw(space) == counts{256, 147'456, 150'994'944, 241'591'910'400, 556'627'761'561'600});
    std::uint64_t all = 0;
    for (const std::uint64_t cells : raw(space)) all += cells;
    CHECK(space.size() == all);
    CHECK(cell_space{{.min_blocks = 5}}.size() == 556'627'761'561'600);
}

TEST_CASE("cell_space: how many flat cells there are (PNAS A2)") {
    const auto flat = [](std::vector<std::string> operations) {
        return cell_space({.operations = std::move(operations), .lookback = 0, .lookforward = 0});
    };
    CHECK(unique(flat({"a", "b"})) == counts{3, 6, 10, 15, 21});
    CHECK(unique(flat({"a", "b", "c", "d", "e", "f"})) == counts{21, 231, 1771, 10'626, 53'130});
    CHECK(raw(flat({"a", "b"})) == counts{4, 16, 64, 256, 1024});
    CHECK(raw(flat({"a", "b", "c", "d", "e", "f"})) == counts{36, 1296, 46'656, 1'679'616, 60'466'176});
    CHECK(raw(flat(nas::pnas_operations())) == counts{64, 4096, 262'144, 16'777'216, 1'073'741'824});
}

TEST_CASE("cell_space: cells that progressive search trains (PNAS oracle 10)") {
    CHECK(cell_space{}.total_models(5, 256) == 1160);
    CHECK(cell_space{}.total_models(1, 256) == 136);
    CHECK(cell_space{}.total_models(2, 100'000) == 136 + 31'620);
    CHECK(cell_space{{.min_blocks = 2}}.total_models(3, 7) == 31'620 + 7);
    // Those of the original's files: it took a block and its mirror image for two.
    const cell_space two({.operations = {"a", "b"}, .lookback = 0, .lookforward = 0});
    CHECK(two.raw_cells(1) + 2 * 8 == 20);
    CHECK(two.total_models(3, 8) == 3 + 6 + 8);
    const cell_space six({.operations = {"a", "b", "c", "d", "e", "f"}, .lookback = 0, .lookforward = 0});
    CHECK(six.raw_cells(1) + 4 * 64 == 292);
    CHECK(six.total_models(5, 64) == 21 + 4 * 64);
}

TEST_CASE("cell_space: enumeration meets each cell once, as many as are counted") {
    const cell_space paper;
    check_enumeration(paper, 1);
    check_enumeration(paper, 2);
    for (const std::optional<std::size_t> lookforward : {std::optional<std::size_t>{}, {0}, {1}, {2}})
        for (const std::size_t lookback : {1U, 2U}) {
            CAPTURE(lookback);
            const cell_space space(
                {.blocks = 4, .operations = {"a"}, .lookback = lookback, .lookforward = lookforward});
            for (std::size_t blocks = 1; blocks <= 4; ++blocks) check_enumeration(space, blocks);
            const cell_space more(
                {.blocks = 3, .operations = {"a", "b"}, .lookback = lookback, .lookforward = lookforward});
            check_enumeration(more, 3);
        }
    check_enumeration(cell_space{{.blocks = 5, .operations = {"a", "b"}, .lookback = 0, .lookforward = 0}}, 5);
    // From min_blocks on only: smaller cells are none of the space's.
    const cell_space larger({.blocks = 3, .min_blocks = 2, .operations = {"a", "b"}});
    check_enumeration(larger, 3);
    CHECK_THROWS_WITH_AS(larger.for_each_unique_cell(1, [](const arch_type&) {}),
                         "nas::cell_space: blocks (1) must be in [2, 3]", std::invalid_argument);
    CHECK_THROWS_WITH_AS((void)larger.unique_cells(4), "nas::cell_space: blocks (4) must be in [1, 3]",
                         std::invalid_argument);
}

TEST_CASE("cell_space: searchers that repeat no network train each cell once") {
    const cell_space space({.blocks = 2, .operations = {"a", "b"}, .lookback = 1});
    const auto check = [&](auto searcher) {
        nas::search search{std::move(searcher), [](const arch_type&) { return 1.0; }, {.seed = 5}};
        CHECK(search.run({.trials = 1000}) == nas::stop_reason::exhausted);
        std::unordered_set<nas::cell_key> keys;
        for (std::size_t row = 0; row < search.history().size(); ++row)
            keys.insert(space.key(search.history().arch(row)));
        CHECK(keys.size() == search.history().size());
        CHECK(keys.size() == space.unique_cells(1) + space.unique_cells(2));
    };
    check(nas::random_search{space, {.replacement = false}});
    check(nas::deduplicated{nas::random_search{space}, {.retries = 20'000}});
}

TEST_CASE("cell_space: counts that 64 bits do not hold") {
    const cell_space space({.blocks = 9});
    CHECK(space.raw_cells(6) == 556'627'761'561'600 * 56 * 56);
    CHECK(space.raw_cells(7) == nas::uncountable);
    CHECK(space.unique_cells(6) < nas::uncountable);
    CHECK(space.unique_cells(6) > 556'627'761'561'600 * 56 * 56 / 64 / 720);
    CHECK(space.unique_cells(9) == nas::uncountable);
    CHECK(space.total_models(9, nas::uncountable) == nas::uncountable);
    CHECK(cell_space{{.blocks = 3, .operations = std::vector<std::string>{"a", "b"}, .lookback = 100}}.unique_cells(3) >
          0);
}

// SPDX-License-Identifier: Apache-2.0
#include <nas/run/score_levels.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <nas/core/rng.hpp>

namespace {

using arch_type = nas::cell_space::arch_type;

/// Any score of a cell, the same for all its architectures, of `values` different ones.
struct any_score {
    std::uint64_t values = 1'000'000;

    any_score() = default;
    explicit any_score(std::uint64_t count) : values(count) {}
    explicit any_score(const nas::cell_space&) {}

    void fit(const nas::cell_space&, std::span<const arch_type>, std::span<const double>) {}
    double predict(const nas::cell_space& space, const arch_type& arch) const {
        return static_cast<double>(nas::detail::hash_of(space.key(arch)) % values);
    }
    double deviation(const nas::cell_space&, const arch_type&) const { return 0; }
};

nas::cell_space flat(std::size_t operations, std::size_t blocks) {
    nas::cell_space_options options{.blocks = blocks, .operations = {}, .lookback = 0, .lookforward = 0};
    for (std::size_t i = 0; i < operations; ++i) options.operations.push_back("op" + std::to_string(i));
    return nas::cell_space(options);
}

std::vector<std::uint64_t> cells_of(const std::vector<nas::scored_level>& levels) {
    std::vector<std::uint64_t> cells;
    for (const nas::scored_level& level : levels) cells.push_back(level.cells);
    return cells;
}

const auto nothing = [](std::size_t, const arch_type&, double) {};

using key_text = std::pair<std::size_t, std::string>;

/// The same, with all of a level at once.
std::map<std::size_t, std::set<std::string>> by_sorting(const nas::cell_space& space, const any_score& scores,
                                                        std::size_t beam) {
    std::map<std::size_t, std::set<std::string>> levels;
    std::vector<arch_type> growing;
    for (const arch_type& root : space.roots()) growing.push_back(root);
    for (std::size_t blocks = 2; blocks <= space.options().blocks; ++blocks) {
        std::vector<arch_type> candidates;
        for (const arch_type& arch : growing)
            for (const arch_type& larger : space.grow(arch))
                if (levels[blocks].insert(space.describe(larger)).second) candidates.push_back(larger);
        std::stable_sort(candidates.begin(), candidates.end(), [&](const arch_type& a, const arch_type& b) {
            return scores.predict(space, a) > scores.predict(space, b);
        });
        if (beam > 0 && candidates.size() > beam) candidates.resize(beam);
        growing = candidates;
    }
    return levels;
}

}  // namespace

TEST_CASE("score_levels: all levels of two operations without inputs, each cell once") {
    // The original writes 16, 64, 256 and 1024 rows, as it has (a, b) and (b, a), and blocks in any order.
    const nas::cell_space space = flat(2, 5);
    const auto levels = nas::score_levels(space, any_score{}, {.beam = 0}, nothing);
    CHECK(cells_of(levels) == std::vector<std::uint64_t>{6, 10, 15, 21});
    for (const nas::scored_level& level : levels) {
        CHECK(level.cells == space.unique_cells(level.blocks));
        CHECK(level.best.size() == level.cells);
        CHECK(std::is_sorted(level.scores.rbegin(), level.scores.rend()));
    }
    // A beam that holds all is no other.
    CHECK(cells_of(nas::score_levels(space, any_score{}, {.beam = 100}, nothing)) == cells_of(levels));
}

TEST_CASE("score_levels: a beam of eight over six operations without inputs") {
    // The original: 1296 rows, and 8 x 36 = 288 from eight parents, which may share children.
    const nas::cell_space space = flat(6, 3);
    std::vector<std::pair<std::size_t, std::string>> visited;
    const auto levels = nas::score_levels(space, any_score{}, {.beam = 8},
                                          [&](std::size_t blocks, const arch_type& arch, double score) {
                                              CHECK(arch == space.canonical(arch));
                                              CHECK(space.block_count(arch) == blocks);
                                              CHECK(score == any_score{}.predict(space, arch));
                                              visited.emplace_back(blocks, space.describe(arch));
                                          });
    CHECK(levels[0].cells == 231);
    CHECK(levels[1].cells <= 8 * 21);
    CHECK(levels[1].cells > 8 * 21 / 2);
    CHECK(levels[0].best.size() == 8);
    CHECK(visited.size() == levels[0].cells + levels[1].cells);
    CHECK(std::set<key_text>(visited.begin(), visited.end()).size() == visited.size());
}

TEST_CASE("score_levels: cells of one beam, each once, are those of a sort of all, with ties") {
    const std::vector<nas::cell_space> spaces{
        nas::cell_space{{.blocks = 4, .operations = {"a", "b"}, .lookback = 2}},
        nas::cell_space{{.blocks = 4, .operations = {"a", "b"}, .lookback = 1, .lookforward = 1}},
        nas::cell_space{{.blocks = 4, .operations = {"a", "b"}, .lookback = 1, .lookforward = 2}},
        nas::cell_space{{.blocks = 3, .operations = {"a", "b", "c"}, .lookback = 2, .lookforward = 0}}, flat(3, 4)};
    for (const nas::cell_space& space : spaces)
        for (const std::uint64_t values : {3U, 1'000'000U})
            for (const std::size_t beam : {1U, 7U, 40U}) {
                const any_score scores{values};
                std::map<std::size_t, std::set<std::string>> levels;
                nas::score_levels(space, scores, {.beam = beam},
                                  [&](std::size_t blocks, const arch_type& arch, double) {
                                      CHECK(levels[blocks].insert(space.describe(arch)).second);
                                  });
                CHECK(levels == by_sorting(space, scores, beam));
            }
}

TEST_CASE("score_levels: a space that begins with larger cells") {
    const nas::cell_space space{{.blocks = 3, .min_blocks = 2, .operations = {"a", "b"}, .lookback = 1}};
    const auto levels = nas::score_levels(space, any_score{}, {.beam = 0}, nothing);
    REQUIRE(levels.size() == 1);
    CHECK(levels[0].blocks == 3);
    CHECK(levels[0].cells == space.unique_cells(3));
}

TEST_CASE("score_levels: what cannot be scored is said") {
    const auto refuses = [](const nas::cell_space& space, const nas::score_levels_options& options,
                            const std::string& sentence) {
        CHECK_THROWS_WITH_AS(nas::score_levels(space, any_score{}, options, nothing), sentence.c_str(),
                             std::invalid_argument);
    };
    refuses(nas::cell_space{}, {.beam = 0},
            "nas::score_levels: level 3 has 10979688 cells, and all are wanted; set beam, or raise most (1000000)");
    refuses(flat(2, 5), {.beam = 0, .most = 14},
            "nas::score_levels: level 4 has 15 cells, and all are wanted; set beam, or raise most (14)");
    refuses(
        flat(2, 1), {},
        "nas::score_levels: there is no level to score: cells of 1 block, the smallest, are trained and not scored; "
        "raise blocks");
    refuses(flat(2, 2), {.most = 0}, "nas::score_levels: most (0) must be in [1, 1e+08]");
    struct no_score : any_score {
        using any_score::any_score;
        double score = std::numeric_limits<double>::quiet_NaN();
        double predict(const nas::cell_space&, const arch_type&) const { return score; }
    };
    no_score infinite;  // files of scores hold none
    infinite.score = std::numeric_limits<double>::infinity();
    for (const no_score& predictor : {no_score{}, infinite})
        CHECK_THROWS_WITH_AS(nas::score_levels(flat(2, 2), predictor, {}, nothing),
                             "nas::score_levels: the surrogate has no score for (0, op0, 0, op0) (0, op0, 0, op0); was "
                             "it fitted?",
                             std::invalid_argument);
}

// SPDX-License-Identifier: Apache-2.0
#include <nas/io/cell_space_json.hpp>

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>
#include <nas/io/history_file.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/regularized_evolution.hpp>

#include "support/temporary_folder.hpp"

namespace {

using nlohmann::ordered_json;

void refuses(const std::string& text, const std::string& sentence) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(nas::cell_space_from_json(ordered_json::parse(text)), sentence.c_str(), std::invalid_argument);
}
void refuses_at(const std::string& text, const std::string& sentence) {
    refuses(text, "nas::cell_space_from_json: " + sentence);
}

}  // namespace

TEST_CASE("cell_space_json: a space goes to JSON and back") {
    CHECK(nas::cell_space_to_json(nas::cell_space{}).dump() ==
          R"({"blocks":5,"min_blocks":1,"operations":["identity","3x3 dconv","5x5 dconv","7x7 dconv","1x7-7x1 conv",)"
          R"("3x3 dilated conv","3x3 maxpool","3x3 avgpool"],"lookback":2,"lookforward":null,"output":"unused",)"
          R"("combination":"add"})");
    const nas::cell_space flat{{.blocks = 3,
                                .min_blocks = 2,
                                .operations = {"conv", "pool \"3x3\""},
                                .lookback = 0,
                                .lookforward = 0,
                                .output = nas::cell_output::all,
                                .combination = nas::block_combination::concat}};
    for (const nas::cell_space& space : {nas::cell_space{}, flat})
        CHECK(nas::cell_space_from_json(ordered_json::parse(nas::cell_space_to_json(space).dump())) == space);
}

TEST_CASE("cell_space_json: what is left out has its default") {
    CHECK(nas::cell_space_from_json(ordered_json::parse("{}")) == nas::cell_space{});
    const nas::cell_space_options defaults{.blocks = 3, .lookforward = 1, .output = nas::cell_output::all};
    CHECK(nas::cell_space_from_json(ordered_json::parse(R"({"blocks": 4})"), defaults) ==
          nas::cell_space{{.blocks = 4, .lookforward = 1, .output = nas::cell_output::all}});
    CHECK(nas::cell_space_from_json(ordered_json::parse(R"({"lookforward": null})"), defaults) ==
          nas::cell_space{{.blocks = 3, .output = nas::cell_output::all}});
}

TEST_CASE("cell_space_json: what is wrong is said with its place") {
    refuses_at("[]", "/: a space must be an object");
    refuses_at(R"({"block": 5})",
               "/block: there is no such key; there is blocks, min_blocks, operations, lookback, lookforward, output, "
               "combination");
    refuses_at(R"({"blocks": -1})", "/blocks: it must be a whole number from 0 on");
    refuses_at(R"({"lookback": "2"})", "/lookback: it must be a whole number from 0 on");
    refuses_at(R"({"lookforward": 1.5})", "/lookforward: it must be a whole number from 0 on");
    refuses_at(R"({"operations": "conv"})", "/operations: it must be an array");
    refuses_at(R"({"operations": ["conv", 3]})", "/operations/1: it must be a string");
    refuses_at(R"({"output": "none"})", "/output: it must be one of unused, all");
    refuses_at(R"({"combination": true})", "/combination: it must be one of add, concat");
    refuses(R"({"blocks": 0})", "nas::cell_space: blocks (0) must be in [1, 12]");
    refuses(R"({"lookback": 0})",
            "nas::cell_space: lookback 0 needs lookforward 0: its one input has no name that blocks could not have");
}

TEST_CASE("cell_space_json: a search over cells goes on from its file") {
    const support::temporary_folder folder;
    const auto begun = [](const nas::cell_space& space) {
        const auto blocks = [space](const nas::cell_space::arch_type& arch) {
            return static_cast<double>(space.block_count(arch));
        };
        return nas::search{nas::regularized_evolution{space, {.population = 5, .tournament = 2}}, blocks, {.seed = 3}};
    };
    const nas::cell_space space({.blocks = 3});
    auto whole = begun(space);
    whole.run({.trials = 40});
    {
        auto first = begun(space);
        nas::resume(first, folder.path() / "cells.jsonl");
        first.run({.trials = 17});
    }
    {
        auto second = begun(space);
        CHECK(nas::resume(second, folder.path() / "cells.jsonl") == 17);
        second.run({.trials = 40});
        REQUIRE(second.history().size() == 40);
        for (std::size_t row = 0; row < 40; ++row) CHECK(second.history().arch(row) == whole.history().arch(row));
    }
    // Other cells, and the same cells in other networks.
    const auto refused = [&](const nas::cell_space& different) {
        auto other = begun(different);
        try {
            nas::resume(other, folder.path() / "cells.jsonl");
        } catch (const nas::history_error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    CHECK(refused(space) == "");
    CHECK(refused(nas::cell_space({.blocks = 4})).find("space: decisions is ") != std::string::npos);
    CHECK(refused(nas::cell_space({.blocks = 3, .output = nas::cell_output::all})).find("space: rules is ") !=
          std::string::npos);
    CHECK(refused(nas::cell_space({.blocks = 3, .combination = nas::block_combination::concat}))
              .find("space: rules is ") != std::string::npos);
}

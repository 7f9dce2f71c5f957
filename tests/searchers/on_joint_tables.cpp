// SPDX-License-Identifier: Apache-2.0

// What searchers are worth on the tables that ship: multilayer perceptrons and how they are trained, 15,876 of them, each trained
// twice. A search sees one training's accuracy; what it recommends is judged by the mean of both.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nas/data/csv.hpp>
#include <nas/evaluators/read_table.hpp>
#include <nas/io/gzip_file.hpp>
#include <nas/io/read_json.hpp>
#include <nas/io/space_json.hpp>
#include <nas/report/recommend.hpp>
#include <nas/report/statistics.hpp>
#include <nas/run/search.hpp>
#include <nas/run/tabulate.hpp>
#include <nas/searchers/gp_search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/searchers/regularized_evolution.hpp>
#include <nas/spaces/choice_space.hpp>

namespace {

using table = nas::table_evaluator<nas::choice_space<>>;

std::string path_of(const std::string& name) {
    return NAS_SOURCE_DIR "/benchmarks/tables/joint_mlp_" + name + ".csv.gz";
}

table read(const std::string& name, const std::string& column) {
    const nas::choice_space<> space = nas::choice_space_from_json(nas::read_json(path_of(name) + ".json")["space"]);
    return nas::read_table(space, path_of(name), {.reward = column});
}

/// What searches of 100 trials take home, on seeds by which no default was chosen.
template <class Searcher>
std::vector<double> found_by(const Searcher& searcher, const table& networks) {
    std::vector<double> found;
    for (std::uint64_t seed = 5000; seed < 5120; ++seed) {
        nas::search search{searcher, std::cref(networks), {.seed = seed}};
        search.run({.trials = 100});
        found.push_back(networks.mean(nas::recommend(search.history())->arch));
    }
    return found;
}

void check_better(const std::vector<double>& ours, const std::vector<double>& theirs) {
    const auto test = nas::mann_whitney(ours, theirs);
    CAPTURE(test.superiority);
    CHECK(test.superiority > 0.5);
    CHECK(test.p_value < 0.01);
}

}  // namespace

TEST_CASE("joint tables: all networks of one space, trained twice") {
    if (!nas::detail::has_zlib) return;
    for (const char* const data : {"digits", "wine"}) {
        CAPTURE(data);
        const table networks = read(data, "accuracy_32");
        const auto& space = networks.space();
        CHECK(space == read("digits", "accuracy_1").space());
        CHECK(space.size() == 15876);
        CHECK(networks.size() == 15876);
        CHECK(networks.rows() == 2 * 15876);
        CHECK(nas::read_json(path_of(data) + ".json")["rows"] == 2 * 15876);
        const auto file = nas::csv_table::read(path_of(data));
        REQUIRE(file.rows() == 2 * 15876);
        std::size_t wrong = 0;
        for (std::size_t row = 0; row < file.rows(); ++row) {
            const std::uint64_t index = row / 2;
            const auto arch = space.at(index);
            std::string code;
            for (const std::uint8_t choice : space.genotype(arch)) code += static_cast<char>('0' + choice);
            const bool right =
                file.field(row, file.column("index")) == std::to_string(index) &&
                file.field(row, file.column("arch")) == space.describe(arch) &&
                file.field(row, file.column("code")) == code &&
                file.field(row, file.column("seed")) == std::to_string(nas::tabulated_seed(1, index, row % 2)) &&
                file.field(row, file.column("reason")).empty();
            wrong += right ? 0U : 1U;
        }
        CHECK(wrong == 0);
    }
}

TEST_CASE("joint tables: a model is ahead of evolution, and evolution ahead of random search") {
    if (!nas::detail::has_zlib) return;
    const table networks = read("digits", "accuracy_32");
    const auto& space = networks.space();
    const auto random = found_by(nas::random_search{space}, networks);
    const auto evolution = found_by(nas::regularized_evolution{space}, networks);
    check_better(evolution, random);
    check_better(found_by(nas::gp_search{space}, networks), evolution);
}

// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <nas/run/search.hpp>
#include <nas/searchers/registry.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/spaces/mlp_space.hpp>
#include <nas/testing/easy_landscape.hpp>

#include "testing/law_driver.hpp"

// A history is a promise: the same seed gives it tomorrow. tests/golden/<searcher>.txt holds the first rows of some and a
// hash of 150; where a change of an algorithm is meant, NAS_UPDATE_GOLDEN=1 in the environment writes them anew.
namespace {

using space = nas::choice_space<>;

std::vector<std::pair<std::string, space>> golden_spaces() {
    return {{"plain", space{6, 5}},
            {"conditional", space{std::vector<nas::decision>{
                                {"op", 3},
                                {"kernel", 4, {}, nas::decision_tag::size, nas::condition{0, {0, 1}}},
                                {"heads", 6, {}, nas::decision_tag::size, nas::condition{0, {2}}},
                                {"dilation", 3, {}, nas::decision_tag::generic, nas::condition{1, {1, 2}}},
                                {"head", 8},
                            }}}};
}

template <class Searcher>
std::string history_text(const Searcher& searcher, std::size_t batch) {
    nas::search search{
        searcher, nas::testing::easy_landscape<typename Searcher::space_type>(searcher.space()), {.seed = 7}};
    search.run({.trials = 150, .batch = batch});
    const auto& history = search.history();
    std::string text;
    std::uint64_t hash = 0;
    const auto add = [&hash](std::uint64_t word) { hash = nas::detail::mix64(hash ^ word) + 1; };
    for (std::size_t row = 0; row < history.size(); ++row) {
        for (const std::uint8_t value : history.arch(row)) add(value);
        add(std::bit_cast<std::uint64_t>(history.value(row)));
        add(history.parent(row));
        add(history.told_when_asked(row));
        if (row >= 8) continue;
        char line[200];
        std::snprintf(line, sizeof line, "%s %.17g %s\n", history.space().describe(history.arch(row)).c_str(),
                      history.value(row),
                      history.parent(row) == nas::no_trial ? "-" : std::to_string(history.parent(row)).c_str());
        text += line;
    }
    char line[100];
    std::snprintf(line, sizeof line, "%zu rows, hash %016llx\n", history.size(), static_cast<unsigned long long>(hash));
    return text + line;
}

/// With all options of the laws.
template <class Space>
std::string histories_text(const nas::searcher_info<Space>& info, const std::string& name, const Space& searched) {
    std::string text;
    for (const std::string& options : nas::tests::law_options(info.name))
        for (const std::size_t batch : {std::size_t{1}, std::size_t{3}}) {
            const auto searcher = info.make(searched, options);
            text += "# " + name + ", batch " + std::to_string(batch) + ", " + searcher.options_text() + "\n";
            text += history_text(searcher, batch);
        }
    return text;
}

void compare(const std::string& name, const std::string& text) {
    CAPTURE(name);
    const std::filesystem::path path = std::filesystem::path(NAS_SOURCE_DIR) / "tests/golden" / (name + ".txt");
    if (std::getenv("NAS_UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << text;
    std::ifstream file(path, std::ios::binary);
    const std::string expected{std::istreambuf_iterator<char>(file), {}};
    CHECK(text == expected);
}

}  // namespace

TEST_CASE("golden: the histories of all searchers are those of the files") {
    for (const auto& info : nas::searchers<space>()) {
        if (!info.obstacle.empty()) continue;  // see below
        std::string text;
        for (const auto& [name, searched] : golden_spaces()) text += histories_text(info, name, searched);
        compare(info.name, text);
    }
}

TEST_CASE("golden: the histories of searchers that grow networks are those of the files") {
    using layers = nas::mlp_space;
    using entry = nas::registered::progressive;
    compare("progressive", histories_text<layers>(
                               {std::string(entry::name), {}, {}, {}, &nas::detail::make_registered<entry, layers, 1>},
                               "layers", layers{{.units = {4, 9, 20}, .max_length = 5}}));
}

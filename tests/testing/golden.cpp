// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <nas/searchers/registry.hpp>
#include <nas/spaces/mlp_space.hpp>

#include "testing/golden_history.hpp"
#include "testing/law_driver.hpp"

// A history is a promise: the same seed gives it tomorrow. tests/golden/<searcher>.txt holds the first rows of some and a
// hash of 150; where a change of an algorithm is meant, NAS_UPDATE_GOLDEN=1 in the environment writes them anew.
namespace {

/// With all options of the laws.
template <class Space>
std::string histories_text(const nas::searcher_info<Space>& info, const std::string& name, const Space& searched) {
    std::string text;
    for (const std::string& options : nas::tests::law_options(info.name))
        for (const std::size_t batch : {std::size_t{1}, std::size_t{3}}) {
            const auto searcher = info.make(searched, options);
            text += "# " + name + ", batch " + std::to_string(batch) + ", " + searcher.options_text() + "\n";
            text += nas::tests::history_text(searcher, batch);
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
    for (const auto& info : nas::searchers<nas::tests::golden_space>()) {
        if (!info.obstacle.empty()) continue;  // see below
        std::string text;
        for (const auto& [name, searched] : nas::tests::golden_spaces()) text += histories_text(info, name, searched);
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

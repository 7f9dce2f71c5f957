// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

#include <nas/core/options.hpp>
#include <nas/searchers/smac.hpp>
#include <nas/searchers/tpe.hpp>

#include "testing/golden_history.hpp"

// Where the CPU multiplies and adds with one rounding, the last digit of what is computed is another one. What compares such
// numbers, and so decides what is tried next, rounds in between (nas::detail::rounded) or does not round at all.
namespace {

/// The searches of a file, whose headers say the space, the batch and the options, again.
template <class Searcher>
void check_golden(const std::string& name) {
    std::ifstream file(std::filesystem::path(NAS_SOURCE_DIR) / "tests/golden" / (name + ".txt"), std::ios::binary);
    std::string line;
    std::getline(file, line);
    int searches = 0;
    while (file) {
        const std::string header = line;
        CAPTURE(header);
        std::string expected;
        while (std::getline(file, line) && line[0] != '#') expected += line + "\n";
        for (const auto& [space, searched] : nas::tests::golden_spaces()) {
            const std::string start = "# " + space + ", batch ";
            if (!header.starts_with(start)) continue;
            std::size_t digits = 0;
            const std::size_t batch = std::stoul(header.substr(start.size()), &digits);
            const std::string options = header.substr(start.size() + digits + 2);
            CHECK(nas::tests::history_text(
                      Searcher(searched, nas::parse_options<typename Searcher::options_type>("nas::" + name, options)),
                      batch) == expected);
            ++searches;
        }
    }
    CHECK(searches >= 4);
}

}  // namespace

TEST_CASE("golden: forests and densities decide the same on this machine's CPU") {
    check_golden<nas::smac<nas::tests::golden_space>>("smac");
    check_golden<nas::tpe<nas::tests::golden_space>>("tpe");
}

// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fuzz/read_dataset.hpp"

TEST_CASE("read_dataset: the corpus of its fuzzer whole and cut off at every byte") {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(NAS_SOURCE_DIR "/tests/fuzz/corpus/read_dataset")) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        CAPTURE(entry.path().filename().string());
        for (std::size_t size = 0; size <= content.size(); ++size)
            CHECK_NOTHROW(nas::fuzz::read_any_dataset(content.substr(0, size)));
        ++files;
    }
    CHECK(files >= 20);
}

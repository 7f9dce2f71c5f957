// SPDX-License-Identifier: Apache-2.0
#include <nas/io/read_json.hpp>

#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string>

#include <sys/stat.h>

#include <doctest/doctest.h>

#include <nas/io/space_json.hpp>

#include "support/temporary_folder.hpp"

TEST_CASE("read_json: a document, in the order of its keys") {
    const support::temporary_folder folder;
    const auto file = folder.path() / "space.json";
    std::ofstream(file) << "{\"class\": \"x\",\n \"choices\": [2, 3]}\n";
    CHECK(nas::read_json(file).dump() == R"({"class":"x","choices":[2,3]})");
    CHECK(nas::choice_space_from_json(nas::read_json(file)).size() == 6);
}

TEST_CASE("read_json: what is no document is refused, with its place") {
    const support::temporary_folder folder;
    const auto file = folder.path() / "space.json";
    const auto refused = [](const std::filesystem::path& path, const std::string& sentence) {
        CHECK_THROWS_WITH_AS(nas::read_json(path), (path.string() + sentence).c_str(), std::runtime_error);
    };
    refused(file, ": the file cannot be read: No such file or directory");
    refused(folder.path(), ": the file cannot be read: Is a directory");
    refused("/dev/zero", ": the file cannot be read: it is a device, a pipe or a socket");
    REQUIRE(::mkfifo((folder.path() / "pipe").c_str(), 0600) == 0);
    refused(folder.path() / "pipe", ": the file cannot be read: it is a device, a pipe or a socket");
    std::ofstream(file) << "{\"a\": 1,\n \"b\" 2}";
    refused(file,
            ":2:6: bad JSON: syntax error while parsing object separator - unexpected number literal; expected ':'");
    for (const std::size_t depth : {70'000U, 10'000'000U}) {
        // The key after it is what makes nlohmann's own parser copy what came before, by recursion.
        std::ofstream(file) << "{\"a\":" << std::string(depth, '[') << std::string(depth, ']') << ",\n\"b\":1}";
        refused(file, ":1:105: bad JSON: more than 100 arrays and objects lie within each other");
    }
}

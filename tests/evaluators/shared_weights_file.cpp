// SPDX-License-Identifier: Apache-2.0
#if __has_include(<nlohmann/json.hpp>)  // as nas::io, an option

#include <nas/evaluators/shared_weights_file.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <sys/stat.h>

#include <support/small_disk.hpp>
#include <support/temporary_folder.hpp>

namespace {

using nas::activation;

/// Numbers that a text would be wrong about among them.
nas::stored_weights example() {
    nas::stored_weights stored;
    stored.table.put({2, std::nullopt, 2, activation::relu}, std::vector<float>{0.1F, -0.0F, 1e-44F, 3e38F, 1, 2});
    stored.table.put({2, activation::relu, 1, activation::sigmoid}, std::vector<float>{-0.3F, 16777217.0F, 5});
    stored.origin.add(3, 0.5);
    stored.origin.add(7, 2.0 / 3);
    return stored;
}

/// The sentence that refuses a file of this content; nothing where it is read.
std::string fault(const std::string& text) {
    try {
        (void)nas::detail::parse_weights_file(text, "w");
    } catch (const nas::shared_weights_error& error) {
        const std::string line = error.what();
        CHECK(line.starts_with("w: "));
        CHECK(line.find('\n') == std::string::npos);
        return line.substr(3);
    }
    return "";
}

/// With the checksum that belongs to it.
std::string sealed(std::string text) {
    nas::detail::append_little_endian(text, nas::detail::crc32_of(text));
    return text;
}

std::string header(const std::string& layers) {
    return R"({"nas_shared_weights":1,"trials":0,"last":0,"digest":0,"layers":[)" + layers + "]}\n";
}
std::string layer(const std::string& before, const std::string& inputs, const std::string& function,
                  const std::string& units) {
    return R"({"before":")" + before + R"(","inputs":)" + inputs + R"(,"function":")" + function + R"(","units":)" +
           units + "}";
}

bool same(const nas::stored_weights& a, const nas::stored_weights& b) {
    if (a.origin != b.origin || a.table.entries().size() != b.table.entries().size()) return false;
    for (const auto& [key, parameters] : a.table.entries()) {
        const auto other = b.table.entries().find(key);
        if (other == b.table.entries().end() || other->second.size() != parameters.size()) return false;
        for (std::size_t i = 0; i < parameters.size(); ++i)
            if (std::bit_cast<std::uint32_t>(parameters[i]) != std::bit_cast<std::uint32_t>(other->second[i]))
                return false;
    }
    return true;
}

}  // namespace

TEST_CASE("shared weights are read as they were written bit by bit") {
    const support::temporary_folder folder;
    const auto path = folder.path() / "weights";
    for (const auto& stored : {nas::stored_weights{}, example()}) {
        nas::write_shared_weights(path, stored);
        CHECK(same(nas::read_shared_weights(path), stored));
    }
    CHECK_FALSE(same(nas::read_shared_weights(path), {}));
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a file of shared weights is a line of JSON and little-endian floats and a CRC-32") {
    nas::stored_weights stored;
    stored.table.put({1, std::nullopt, 1, activation::elu}, std::vector<float>{1, -2});
    stored.origin = {12, 34, 56};
    const std::string text = nas::detail::weights_file_text(stored);
    const std::string line = R"({"nas_shared_weights":1,"nas":")" + std::string(nas::version) +
                             R"(","trials":12,"last":34,"digest":56,"layers":[{"before":"input","inputs":1,)"
                             R"("function":"elu","units":1}]})"
                             "\n";
    CHECK(text.substr(0, line.size()) == line);
    CHECK(text.substr(line.size(), 8) == std::string("\0\0\x80\x3f\0\0\0\xc0", 8));
    CHECK(text.size() == line.size() + 12);
    CHECK(nas::detail::crc32_of("123456789") == 0xCBF43926U);  // the check value of CRC-32
}

TEST_CASE("a file of shared weights cut off anywhere or changed in any bit is refused") {
    const std::string whole = nas::detail::weights_file_text(example());
    CHECK(fault(whole).empty());
    const std::size_t start = 23;  // of which the format's version is the last
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK(fault(whole.substr(0, size)) ==
              (size < 22 ? "this is not a file of shared weights"
               : size <= start
                   ? "this file of shared weights has a format that nas " + std::string(nas::version) + " does not read"
                   : "the file is cut off or damaged: its checksum is wrong"));
    }
    std::string text = whole;
    for (std::size_t i = 0; i < whole.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            text[i] = static_cast<char>(text[i] ^ (1 << bit));
            CAPTURE(i);
            CHECK(!fault(text).empty());
            text[i] = whole[i];
        }
    }
    CHECK(!fault(whole + '\0').empty());
}

TEST_CASE("a file of shared weights that was made otherwise is refused") {
    CHECK(fault(sealed(header(""))).empty());
    CHECK(fault(sealed(header(layer("input", "1", "relu", "1")) + std::string(8, '\0'))).empty());

    const auto refuses = [](const std::string& layers, std::size_t bytes, const std::string& sentence) {
        CHECK(fault(sealed(header(layers) + std::string(bytes, '\0'))) == sentence);
    };
    refuses("", 1, "there is more than the layers' weights");
    refuses(layer("input", "1", "relu", "1"), 7, "input(1) -> relu(1) does not fit what the file has left");
    refuses(layer("input", "1", "relu", "1"), 9, "there is more than the layers' weights");
    refuses(layer("input", "0", "relu", "1"), 8, "input(0) -> relu(1) does not fit what the file has left");
    refuses(layer("tanh", "1", "relu", "0"), 8, "tanh(1) -> dropout does not fit what the file has left");
    refuses(layer("input", "1", "relu", "9223372036854775808"), 8,
            "input(1) -> relu(9223372036854775808) does not fit what the file has left");
    refuses(layer("input", "18446744073709551615", "relu", "1"), 8,
            "input(18446744073709551615) -> relu(1) does not fit what the file has left");
    refuses(layer("input", "1", "relu", "1") + "," + layer("input", "1", "relu", "1"), 16,
            "input(1) -> relu(1) is there twice");
    refuses(layer("input", "1", "swish", "1"), 8, "there is no activation 'swish'");
    refuses(layer("inputs", "1", "relu", "1"), 8, "there is no activation 'inputs'");
    CHECK(fault(sealed(header(layer("input", "1", "relu", "1")) + std::string("\0\0\x80\x7f\0\0\0\0", 8))) ==
          "a weight of input(1) -> relu(1) is not finite");

    CHECK(fault(sealed("{\"nas_shared_weights\":1,\n")).starts_with("the first line is wrong: "));
    CHECK(fault(sealed("{\"nas_shared_weights\":1,\"trials\":0}\n")).starts_with("the first line is wrong: "));
    CHECK(fault(sealed(header(R"({"before":7,"inputs":1,"function":"relu","units":1})")))
              .starts_with("the first line is wrong: "));
    CHECK(fault(sealed("{\"nas_shared_weights\":1,\"layers\":" + std::string(1000000, '['))) != "");
    for (const std::size_t depth : {70'000U, 10'000'000U})
        for (const std::string& close : {std::string(), std::string(depth, ']') + '}'})
            CHECK(fault(sealed("{\"nas_shared_weights\":1,\"layers\":" + std::string(depth, '[') + close + '\n')) ==
                  "the first line is wrong: bad JSON: more than 100 arrays and objects lie within each other");
}

TEST_CASE("a file of shared weights that cannot be read or written leaves what there was") {
    const support::temporary_folder folder;
    const auto absent = folder.path() / "absent" / "weights";
    CHECK_THROWS_WITH_AS(nas::read_shared_weights(absent),
                         (absent.string() + ": the file cannot be read: No such file or directory").c_str(),
                         nas::shared_weights_error);
    CHECK_THROWS_WITH_AS(nas::write_shared_weights(absent, example()),
                         (absent.string() + ": the file cannot be written: the folder '" +
                          absent.parent_path().string() + "' does not exist; make it first")
                             .c_str(),
                         nas::shared_weights_error);
    const auto full = folder.path() / "weights";
    nas::write_shared_weights(full, example());
    std::filesystem::create_directory(folder.path() / "weights.new");  // so that there is no place for a draft
    CHECK_THROWS_WITH_AS(nas::write_shared_weights(full, {}),
                         (full.string() + ".new: the file cannot be written: Is a directory").c_str(),
                         nas::shared_weights_error);
    CHECK(same(nas::read_shared_weights(full), example()));
}

TEST_CASE("shared weights are in a file and nothing else") {
    const support::temporary_folder folder;
    std::filesystem::create_directory(folder.path() / "folder");
    REQUIRE(::mkfifo((folder.path() / "pipe").c_str(), 0600) == 0);
    const auto check = [&](const std::filesystem::path& path, const std::string& why) {
        CHECK_THROWS_WITH_AS(nas::read_shared_weights(path),
                             (path.string() + ": the file cannot be read: " + why).c_str(), nas::shared_weights_error);
        CHECK_THROWS_WITH_AS(nas::write_shared_weights(path, example()),
                             (path.string() + ": the file cannot be written: " + why).c_str(),
                             nas::shared_weights_error);
    };
    check(folder.path() / "folder", "Is a directory");
    for (const auto& path : {folder.path() / "pipe", std::filesystem::path("/dev/zero"),
                             std::filesystem::path("/dev/full"), std::filesystem::path("/dev/null")})
        check(path, "it is a device, a pipe or a socket");
}

TEST_CASE("a full disk leaves the earlier shared weights") {
    const support::temporary_folder folder;
    const auto path = folder.path() / "weights";
    nas::write_shared_weights(path, example());
    {
        const support::small_disk disk(100);
        CHECK_THROWS_WITH_AS(nas::write_shared_weights(path, example()),
                             (path.string() + ".new: the file cannot be written: File too large").c_str(),
                             nas::shared_weights_error);
    }
    CHECK(same(nas::read_shared_weights(path), example()));
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

#endif

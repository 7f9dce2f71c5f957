// SPDX-License-Identifier: Apache-2.0
#include <nas/data/read_cifar10.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

namespace {

void write(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

// A row whose pixel i of channel c is (row + i + 7 c) % 256.
std::string row_of(std::size_t row, char label) {
    std::string bytes(1, label);
    for (std::size_t channel = 0; channel < 3; ++channel)
        for (std::size_t i = 0; i < 1024; ++i) bytes += static_cast<char>((row + i + 7 * channel) % 256);
    return bytes;
}

std::string fault(const std::filesystem::path& path) {
    try {
        nas::read_cifar10(path);
    } catch (const nas::cifar10_error& error) {
        return error.what();
    }
    return "";
}

TEST_CASE("read_cifar10: rows, channels and pixels in the order of the file") {
    const support::temporary_folder folder;
    const auto path = folder.path() / "small.bin";
    write(path, row_of(0, 9) + row_of(1, 0) + row_of(2, 3));
    const nas::dataset data = nas::read_cifar10(path, {.standardized = false});
    nas::check_dataset(data);
    CHECK(data.name == path.string());
    CHECK(data.task == nas::learning_task::classification);
    CHECK(data.rows() == 3);
    CHECK(data.features() == 3072);
    CHECK(data.labels == std::vector<std::uint32_t>{9, 0, 3});
    CHECK(data.output_names[9] == "truck");
    CHECK(data.output_names[0] == "airplane");
    CHECK(data.feature_names[0] == "red_0_0");
    CHECK(data.feature_names[1024 + 32 + 2] == "green_1_2");
    CHECK(data.feature_names.back() == "blue_31_31");
    for (std::size_t row = 0; row < 3; ++row)
        for (std::size_t i = 0; i < 3072; i += 101)
            CHECK(data.row(row)[i] == static_cast<float>((row + i % 1024 + 7 * (i / 1024)) % 256) / 255.0F);
}

TEST_CASE("read_cifar10: channels standardized by the means of the training images") {
    const support::temporary_folder folder;
    const auto path = folder.path() / "small.bin";
    write(path, row_of(0, 9) + row_of(255, 1));
    const nas::dataset data = nas::read_cifar10(path);
    CHECK(data.row(0)[0] == doctest::Approx(-0.4914 / 0.2470));
    CHECK(data.row(1)[0] == doctest::Approx((1 - 0.4914) / 0.2470));  // 255
    CHECK(data.row(0)[1024] == doctest::Approx((7.0 / 255 - 0.4822) / 0.2435));
    CHECK(data.row(0)[2048] == doctest::Approx((14.0 / 255 - 0.4465) / 0.2616));
}

TEST_CASE("read_cifar10: several files one after the other, by the names of the original") {
    const support::temporary_folder folder;
    const auto files = nas::cifar10_files(folder.path());
    REQUIRE(files.size() == 6);
    for (std::size_t i = 0; i < files.size(); ++i) write(files[i], row_of(i, static_cast<char>(i)));
    CHECK(std::filesystem::exists(folder.path() / "data_batch_1.bin"));
    CHECK(std::filesystem::exists(folder.path() / "data_batch_5.bin"));
    CHECK(std::filesystem::exists(folder.path() / "test_batch.bin"));
    const nas::dataset data = nas::read_cifar10(files);
    CHECK(data.labels == std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5});
    CHECK(data.name == files[0].string() + " and 5 more");
    write(files[3], row_of(3, 10));
    CHECK_THROWS_WITH_AS(nas::read_cifar10(files),
                         (files[3].string() + ": the class of row 0, at byte 0, is 10; it must be below 10").c_str(),
                         nas::cifar10_error);
}

TEST_CASE("read_cifar10: a file cut off at any byte is refused in one sentence") {
    const support::temporary_folder folder;
    const auto path = folder.path() / "cut.bin";
    const std::string whole = row_of(0, 1) + row_of(1, 2);
    write(path, whole);
    for (std::size_t size = whole.size() - 1; size > 0; --size) {
        if (size == 3073) continue;
        std::filesystem::resize_file(path, size);
        const std::size_t begin = size < 3073 ? 0 : 3073;
        REQUIRE(fault(path) == path.string() + ": the row that begins at byte " + std::to_string(begin) + " has " +
                                   std::to_string(size - begin) +
                                   " bytes of 3073; the file is cut off, or none of CIFAR-10's binary version");
    }
    write(path, "");
    CHECK(fault(path) == path.string() + ": the file is empty");
    write(path, whole.substr(0, 3073));
    CHECK(fault(path) ==
          path.string() + ": all rows are of the class 'automobile'; there must be rows of two classes at least");
}

TEST_CASE("read_cifar10: what is none of its files") {
    const support::temporary_folder folder;
    const auto path = folder.path() / "wrong.bin";
    write(path, row_of(0, 1) + row_of(1, static_cast<char>(200)));
    CHECK(fault(path) == path.string() + ": the class of row 1, at byte 3073, is 200; it must be below 10");
    CHECK(fault(folder.path() / "none.bin").find("none.bin: the file cannot be read: ") != std::string::npos);
    CHECK(fault(folder.path()).find(": the file cannot be read: ") != std::string::npos);
    CHECK_THROWS_WITH_AS(nas::read_cifar10(std::vector<std::filesystem::path>{}),
                         "nas::read_cifar10: there must be at least one file", std::invalid_argument);
}

}  // namespace

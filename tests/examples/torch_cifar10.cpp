// SPDX-License-Identifier: Apache-2.0

// Runs the example 12_torch_cifar10 on small files of CIFAR-10's form.

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/data/read_cifar10.hpp>
#include <nas/evaluators/process.hpp>

#include "support/temporary_folder.hpp"

#ifdef NAS_EXAMPLE_TORCH_CIFAR10

namespace {

// Images of class 1 are brighter than those of class 0, which no pixel tells by itself.
void write_images(const std::filesystem::path& folder) {
    nas::rng random{1};
    for (const std::filesystem::path& file : nas::cifar10_files(folder)) {
        std::string bytes;
        for (std::size_t row = 0; row < 20; ++row) {
            const std::size_t label = row / 2 % 2;
            bytes += static_cast<char>(label);
            for (std::size_t i = 0; i < 3072; ++i) bytes += static_cast<char>(nas::below(random, 200) + 56 * label);
        }
        std::ofstream(file, std::ios::binary) << bytes;
    }
}

}  // namespace

TEST_CASE("example torch_cifar10: trains, judges by the test rows, keeps the network") {
    const support::temporary_folder folder;
    write_images(folder.path());
    const std::string winner = (folder.path() / "winner").string();
    const auto result = nas::run_process({NAS_EXAMPLE_TORCH_CIFAR10, folder.path().string(), winner, "12", "4", "1"},
                                         {}, {.timeout = 200});
    CHECK(result.error == "");
    REQUIRE(result.code == 0);
    CHECK(result.output.find("epoch 12: validation loss ") != std::string::npos);
    CHECK(result.output.find("\ntest accuracy 1.0000\ncheckpoint and network are equal\n") != std::string::npos);
    CHECK(std::filesystem::file_size(winner + ".nas") > 1000);
    CHECK(std::filesystem::file_size(winner + ".pt") > 1000);
}

TEST_CASE("example torch_cifar10: says what is wrong") {
    const support::temporary_folder folder;
    const std::string winner = (folder.path() / "winner").string();
    const auto missing =
        nas::run_process({NAS_EXAMPLE_TORCH_CIFAR10, folder.path().string(), winner}, {}, {.timeout = 60});
    CHECK(missing.code == 2);
    CHECK(missing.error.find("data_batch_1.bin") != std::string::npos);
    write_images(folder.path());
    const auto unknown = nas::run_process(
        {NAS_EXAMPLE_TORCH_CIFAR10, folder.path().string(), winner, "6", "4", "1", "|conv~0|"}, {}, {.timeout = 60});
    CHECK(unknown.code == 2);
    CHECK(unknown.error.find('\n') == unknown.error.size() - 1);
}

#endif

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace nas::tests {

/// A file of the folder that the environment variable NAS_DATA_DIR names, or nothing. A test that gets nothing returns
/// at once; the line printed here makes ctest report it as skipped.
///
///     const auto table = nas::tests::data_file("nb201.csv");
///     if (!table) return;
inline std::optional<std::filesystem::path> data_file(const std::string& name) {
    const char* folder = std::getenv("NAS_DATA_DIR");
    if (folder != nullptr && *folder != '\0') {
        const auto path = std::filesystem::path{folder} / name;
        if (std::filesystem::exists(path)) {
            return path;
        }
    }
    std::printf("NAS_SKIP: no %s in NAS_DATA_DIR (%s)\n", name.c_str(), folder != nullptr ? folder : "not set");
    return std::nullopt;
}

}  // namespace nas::tests

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>

#include <filesystem>
#include <fstream>
#include <ios>
#include <string_view>
#include <system_error>

namespace nas::detail {

/// What a file is called until it is whole.
inline std::filesystem::path draft_of(std::filesystem::path file) { return file += ".new"; }

/// Writes a file in place of an earlier one, which is whole until the new one is. Why not, where that is not possible.
inline std::error_code replace_file(const std::filesystem::path& file, std::string_view text) {
    const std::filesystem::path draft = draft_of(file);
    errno = 0;
    std::ofstream out(draft, std::ios::binary);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.close();
    if (!out) return {errno, std::generic_category()};
    std::error_code error;
    std::filesystem::rename(draft, file, error);
    return error;
}

}  // namespace nas::detail

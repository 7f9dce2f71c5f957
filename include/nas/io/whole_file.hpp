// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#if defined(NAS_HAS_ZLIB) && NAS_HAS_ZLIB
#include <zlib.h>
#endif

#include <nas/data/replace_file.hpp>

/// Files that are read and written as a whole: there is never half of one under its name.
namespace nas::detail {

#if defined(NAS_HAS_ZLIB) && NAS_HAS_ZLIB
inline constexpr bool has_zlib = true;
#else
inline constexpr bool has_zlib = false;
#endif

[[noreturn]] inline void fail_with_errno(const std::filesystem::path& file, std::string_view what) {
    throw std::runtime_error(file.string() + ": " + std::string(what) + ": " + std::generic_category().message(errno));
}

/// Throws std::runtime_error where it cannot be read.
inline std::string read_whole_file(const std::filesystem::path& file) {
    errno = 0;
    std::ifstream in(file, std::ios::binary);
    if (!in) fail_with_errno(file, "cannot be read");
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Throws std::runtime_error where it cannot be written.
inline void write_whole_file(const std::filesystem::path& file, std::string_view text) {
    const std::error_code error = replace_file(file, text);
    if (error) throw std::runtime_error(draft_of(file).string() + ": cannot be written: " + error.message());
}

#if defined(NAS_HAS_ZLIB) && NAS_HAS_ZLIB
/// Writes what gzip makes of `from`, a function of its content alone, to `to`. Throws std::runtime_error where that fails.
inline void gzip_whole_file(const std::filesystem::path& from, const std::filesystem::path& to) {
    const std::filesystem::path draft = draft_of(to);
    errno = 0;
    std::ifstream in(from, std::ios::binary);
    if (!in) fail_with_errno(from, "cannot be read");
    const gzFile out = gzopen(draft.c_str(), "wb9");
    if (out == nullptr) fail_with_errno(draft, "cannot be written");
    std::vector<char> buffer(std::size_t{1} << 16);
    bool good = true;
    while (good && (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), in.gcount() > 0))
        good = gzwrite(out, buffer.data(), static_cast<unsigned>(in.gcount())) > 0;
    if (gzclose(out) != Z_OK || !good) fail_with_errno(draft, "cannot be written");
    std::filesystem::rename(draft, to);
}
#else
inline void gzip_whole_file(const std::filesystem::path&, const std::filesystem::path& to) {
    throw std::runtime_error(to.string() + ": cannot be compressed by a program that was built without zlib");
}
#endif

}  // namespace nas::detail

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#if defined(NAS_HAS_ZLIB) && NAS_HAS_ZLIB
#include <zlib.h>
#endif

#include <nas/data/open_file.hpp>
#include <nas/data/replace_file.hpp>

/// Files that are compressed as a whole: there is never half of one under its name.
namespace nas::detail {

#if defined(NAS_HAS_ZLIB) && NAS_HAS_ZLIB
inline constexpr bool has_zlib = true;

/// Writes what gzip makes of `from`, a function of its content alone, in place of `to`. Whoever calls holds the lock of `to`.
/// Throws file_error.
inline void gzip_file(const std::filesystem::path& from, const std::filesystem::path& to) {
    const std::string text = read_whole_file(from);
    const std::filesystem::path draft = draft_of(to);
    open_file whole = open_file::to_write(draft);  // which refuses what is no file
    errno = 0;
    const gzFile out = gzopen(draft.c_str(), "wb9e");
    if (out == nullptr) fail_file(draft, "written", why_not_made(draft, errno));
    constexpr std::size_t piece = std::size_t{1} << 16;
    bool good = true;
    for (std::string_view rest = text; good && !rest.empty(); rest.remove_prefix(std::min(rest.size(), piece)))
        good = gzwrite(out, rest.data(), static_cast<unsigned>(std::min(rest.size(), piece))) > 0;
    if (gzclose(out) != Z_OK || !good) {
        const int error = errno;
        std::filesystem::remove(draft);
        fail_file(draft, "written", error);
    }
    whole.sync();
    put_in_place(draft, to, to);
}
#else
inline constexpr bool has_zlib = false;

inline void gzip_file(const std::filesystem::path&, const std::filesystem::path& to) {
    fail_file(to, "written", "this program was built without zlib");
}
#endif

}  // namespace nas::detail

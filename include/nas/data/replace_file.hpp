// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <cstdio>

#include <cerrno>
#include <filesystem>
#include <string_view>

#include <nas/data/file_lock.hpp>
#include <nas/data/open_file.hpp>

namespace nas::detail {

/// What a file is called until it is whole.
inline std::filesystem::path draft_of(std::filesystem::path file) { return file += ".new"; }

/// Gives a file its name, in place of what had it: whole, or not at all, also after a loss of power. `what` is whose name is
/// in sentences. Throws file_error.
inline void put_in_place(const std::filesystem::path& from, const std::filesystem::path& to,
                         const std::filesystem::path& what) {
    if (std::rename(from.c_str(), to.c_str()) != 0) fail_file(what, "written", errno);
    sync_folder(to.parent_path());
}

/// Writes a file in place of an earlier one, which is whole until the new one is. Of several who do so at the same time the
/// last one wins. Throws file_error.
inline void replace_file(const std::filesystem::path& file, std::string_view text) {
    constexpr double patience = 10;  // seconds, for another's draft of the same name
    const file_lock lock(file, patience);
    const std::filesystem::path target = meant_by(file);
    const std::filesystem::path draft = draft_of(target);
    open_file out = open_file::to_write(draft);
    try {
        out.append(text);
        out.sync();
    } catch (const file_error&) {
        ::unlink(draft.c_str());
        throw;
    }
    put_in_place(draft, target, file);
}

}  // namespace nas::detail

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <new>
#include <string>
#include <system_error>

namespace nas {

/// Whether an error says that the machine lacks something just now, which is no property of an architecture: open files
/// (EMFILE, ENFILE), processes or threads (EAGAIN), memory (ENOMEM) or room on a disk (ENOSPC).
inline bool is_machine_limit(const std::error_code& error) noexcept {
    for (const std::errc limit :
         {std::errc::too_many_files_open, std::errc::too_many_files_open_in_system,
          std::errc::resource_unavailable_try_again, std::errc::not_enough_memory, std::errc::no_space_on_device})
        if (error == limit) return true;
    return false;
}

/// Whether what an evaluator threw says so: std::bad_alloc, or a std::system_error (std::filesystem's included) of such a
/// code. Not std::bad_array_new_length: a size that cannot be is no lack of memory.
inline bool is_machine_limit(const std::exception& error) noexcept {
    if (const auto* system = dynamic_cast<const std::system_error*>(&error)) return is_machine_limit(system->code());
    return dynamic_cast<const std::bad_alloc*>(&error) != nullptr &&
           dynamic_cast<const std::bad_array_new_length*>(&error) == nullptr;
}

/// The sentence with which a search or a table ends for it.
inline std::string machine_limit_text(const std::exception& error) {
    return std::string(
               "the machine lacks memory, files, processes or room on its disk, which is no property of an "
               "architecture (") +
           error.what() + "); free some, raise the limit (ulimit) or use fewer threads, and go on";
}

}  // namespace nas

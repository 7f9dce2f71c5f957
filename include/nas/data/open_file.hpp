// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace nas::detail {

/// What went wrong with a file; the sentence starts with its name. `with_error` makes it the exception that a format documents.
class file_error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

[[noreturn]] inline void fail_file(const std::filesystem::path& path, const char* what, const std::string& why) {
    throw file_error(path.string() + ": the file cannot be " + what + ": " + why);
}
[[noreturn]] inline void fail_file(const std::filesystem::path& path, const char* what, int error) {
    fail_file(path, what, std::generic_category().message(error));
}

/// Why a file cannot be made: what the system says, or which folder must be made first.
inline std::string why_not_made(const std::filesystem::path& path, int error) {
    std::error_code unknown;
    const std::filesystem::path folder = path.parent_path();
    if (error == ENOENT && !folder.empty() && !std::filesystem::exists(folder, unknown))
        return "the folder '" + folder.string() + "' does not exist; make it first";
    return std::generic_category().message(error);
}

/// Calls `work`, with `Error` in place of file_error.
template <class Error, class Work>
decltype(auto) with_error(Work&& work) {
    try {
        return work();
    } catch (const file_error& error) {
        throw Error(error.what());
    }
}

/// Throws file_error where there is something that is no file: a folder, or a pipe, a device or a socket, of which reading
/// might never end.
inline void check_file(const std::filesystem::path& path, const char* what) {
    struct ::stat about {};
    if (::stat(path.c_str(), &about) != 0 || S_ISREG(about.st_mode)) return;
    if (S_ISDIR(about.st_mode)) fail_file(path, what, EISDIR);
    fail_file(path, what, "it is a device, a pipe or a socket");
}

/// A regular file, open until the object goes. Programs that are started meanwhile do not get it. All functions throw
/// file_error.
class open_file {
  public:
    open_file() = default;
    open_file(open_file&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}
    open_file& operator=(open_file&& other) noexcept {
        std::swap(path_, other.path_);
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~open_file() {
        if (fd_ >= 0) ::close(fd_);
    }

    static open_file to_read(const std::filesystem::path& path) { return {path, O_RDONLY, "read"}; }
    /// Begins an empty file, whatever there was.
    static open_file to_write(const std::filesystem::path& path) {
        return {path, O_WRONLY | O_CREAT | O_TRUNC, "written"};
    }
    /// Goes on at the end of a file, which is made where there is none.
    static open_file to_append(const std::filesystem::path& path) {
        return {path, O_WRONLY | O_CREAT | O_APPEND, "written"};
    }

    /// All that is there.
    std::string read() const {
        std::string text(static_cast<std::size_t>(size("read")) + 1, '\0');  // one more, to see the end
        std::size_t used = 0;
        for (;;) {
            const ::ssize_t got = ::read(fd_, text.data() + used, text.size() - used);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) fail_file(path_, "read", errno);
            if (got == 0) break;
            used += static_cast<std::size_t>(got);
            if (used == text.size()) text.resize(2 * text.size());  // it grows while it is read
        }
        text.resize(used);
        return text;
    }

    /// Writes all of `text` at the end, or nothing.
    void append(std::string_view text) {
        std::size_t done = 0;
        while (done < text.size()) {
            const ::ssize_t written = ::write(fd_, text.data() + done, text.size() - done);
            if (written >= 0) {
                done += static_cast<std::size_t>(written);
            } else if (errno != EINTR) {
                const int error = errno;
                if (done > 0 && ::ftruncate(fd_, size("written") - static_cast<::off_t>(done)) != 0)
                    fail_file(path_, "written, and ends in the middle of a line", error);
                fail_file(path_, "written", error);
            }
        }
    }

    /// Returns when all that was written would be there after a loss of power.
    void sync() {
        while (::fsync(fd_) != 0) {
            if (errno == EINTR) continue;
            if (errno == EINVAL || errno == ENOTSUP) return;  // a file system without it
            fail_file(path_, "written", errno);
        }
    }

  private:
    open_file(const std::filesystem::path& path, int flags, const char* what) : path_(path) {
        check_file(path, what);
        do {
            fd_ = ::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
        } while (fd_ < 0 && errno == EINTR);
        if (fd_ < 0 && (flags & O_CREAT) != 0) fail_file(path, what, why_not_made(path, errno));
        if (fd_ < 0) fail_file(path, what, errno);
    }

    ::off_t size(const char* what) const {
        struct ::stat about {};
        if (::fstat(fd_, &about) != 0) fail_file(path_, what, errno);
        return about.st_size;
    }

    std::filesystem::path path_;
    int fd_ = -1;
};

/// The file that a path means, with symbolic links followed as far as there is something.
inline std::filesystem::path meant_by(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::path meant = std::filesystem::weakly_canonical(std::filesystem::absolute(path, error), error);
    // A link to what does not exist yet is where it will be.
    for (int links = 0; !error && links < 40 && std::filesystem::is_symlink(std::filesystem::symlink_status(meant));
         ++links)
        meant =
            std::filesystem::weakly_canonical(meant.parent_path() / std::filesystem::read_symlink(meant, error), error);
    return error ? path : meant;
}

/// All bytes of a file. Throws file_error.
inline std::string read_whole_file(const std::filesystem::path& path) { return open_file::to_read(path).read(); }

/// Makes the names of a folder as lasting as open_file::sync makes a file, where the file system can.
inline void sync_folder(const std::filesystem::path& folder) noexcept {
    const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    ::fsync(fd);
    ::close(fd);
}

}  // namespace nas::detail

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <ctime>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <nas/data/open_file.hpp>

namespace nas::detail {

/// Keeps all others, in this process and elsewhere, from writing a file: FILE.nas_lock beside it is locked (flock), and says who
/// does so. The system gives the lock up when the process ends, however it ends, so that one that was killed leaves no more
/// than the name; FILE.nas_lock goes with the object otherwise.
///
/// A program that is started meanwhile does not hold the lock. A process that was forked does, as it can write to what was
/// open: until it ends too. On NFS the lock is the server's, and holds between machines. On a file system that knows no
/// locks (ENOSYS, EOPNOTSUPP) there is none.
class file_lock {
  public:
    file_lock() = default;
    file_lock(file_lock&& other) noexcept
        : name_(std::move(other.name_)), fd_(std::exchange(other.fd_, -1)), owner_(other.owner_) {}
    file_lock& operator=(file_lock&& other) noexcept {
        std::swap(name_, other.name_);
        std::swap(fd_, other.fd_);
        std::swap(owner_, other.owner_);
        return *this;
    }
    ~file_lock() {
        if (fd_ < 0) return;
        if (owner_ == ::getpid()) ::unlink(name_.c_str());  // while it is locked: nobody else's
        ::close(fd_);
    }

    /// Throws file_error where `file` is written elsewhere, still after `patience` seconds, or is no file.
    explicit file_lock(const std::filesystem::path& file, double patience = 0)
        : name_(meant_by(file) += ".nas_lock"), owner_(::getpid()) {
        check_file(file, "written");
        wait(file, "file", patience);
    }

    /// Of all files in a folder, for those who take it: by the file `.nas_lock` in it. Throws file_error.
    static file_lock of_folder(const std::filesystem::path& folder) {
        file_lock lock;
        lock.name_ = meant_by(folder) / of_a_folder;
        lock.owner_ = ::getpid();
        lock.wait(folder, "folder", 0);
        return lock;
    }

  private:
    static constexpr const char* of_a_folder = ".nas_lock";

    void wait(const std::filesystem::path& what, const char* kind, double patience) {
        constexpr double pause = 0.02;
        for (double waited = 0; !take(what, kind); waited += pause) {
            if (waited >= patience) fail_taken(what, kind);
            const std::timespec time{0, static_cast<long>(1e9 * pause)};
            ::nanosleep(&time, nullptr);
        }
    }

    // Whether the lock is ours now; false where it is another's.
    bool take(const std::filesystem::path& what, const char* kind) {
        for (;;) {
            fd_ = ::open(name_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
            if (fd_ < 0) fail(what, kind);
            while (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
                if (errno == ENOSYS || errno == EOPNOTSUPP) break;
                if (errno == EINTR) continue;
                if (errno != EWOULDBLOCK) fail(what, kind);
                ::close(std::exchange(fd_, -1));
                return false;
            }
            struct ::stat ours {};
            struct ::stat named {};
            // Else who held it before has removed the name since we opened it.
            if (::fstat(fd_, &ours) == 0 && ::stat(name_.c_str(), &named) == 0 && ours.st_ino == named.st_ino &&
                ours.st_dev == named.st_dev)
                break;
            ::close(std::exchange(fd_, -1));
        }
        // Where this fails (a full disk) the lock is as good, and others hear of "another process".
        const std::string who = std::to_string(owner_) + ' ' + host() + '\n';
        if (::ftruncate(fd_, 0) == 0) (void)!::pwrite(fd_, who.data(), who.size(), 0);
        return true;
    }

    [[noreturn]] void fail(const std::filesystem::path& what, const char* kind) {
        const int error = errno;
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
        std::string why = why_not_made(name_.filename() == of_a_folder ? what / of_a_folder : what, error);
        if (error != ENOENT && error != ENOTDIR) why += " (" + name_.filename().string() + ')';
        throw file_error(what.string() + ": the " + kind + " cannot be written: " + why);
    }

    [[noreturn]] void fail_taken(const std::filesystem::path& what, const char* kind) const {
        std::string who = "another process";
        try {
            const std::string text = read_whole_file(name_);
            const std::size_t blank = text.find(' ');
            ::pid_t process = 0;
            std::from_chars(text.data(), text.data() + text.size(), process);
            if (process > 0 && blank != std::string::npos && text.ends_with('\n')) {
                const std::string machine = text.substr(blank + 1, text.size() - blank - 2);
                who = process == owner_ && machine == host() ? "this process"
                                                             : "process " + std::to_string(process) + " on " + machine;
            }
        } catch (const file_error&) {  // it has just ended
        }
        throw file_error(what.string() + ": " + who + " is writing this " + kind +
                         "; wait for its end, or choose another name");
    }

    static std::string host() {
        char name[256] = {};
        return ::gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "an unknown machine";
    }

    std::filesystem::path name_;
    int fd_ = -1;
    ::pid_t owner_ = 0;
};

}  // namespace nas::detail

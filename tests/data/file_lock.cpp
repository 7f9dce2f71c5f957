// SPDX-License-Identifier: Apache-2.0
#include <nas/data/file_lock.hpp>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <nas/evaluators/process.hpp>

#include "support/other_process.hpp"
#include "support/temporary_folder.hpp"

namespace {

using nas::detail::file_error;
using nas::detail::file_lock;
namespace fs = std::filesystem;

int flock_error = 0;  // what the next locks fail with

std::string refused(const fs::path& file) {
    try {
        const file_lock lock(file);
    } catch (const file_error& error) {
        const std::string sentence = error.what();
        const std::string start = file.string() + ": ";
        REQUIRE(sentence.starts_with(start));
        return sentence.substr(start.size());
    }
    return "";
}

const std::string what_to_do = " is writing this file; wait for its end, or choose another name";
std::string process_on_host(pid_t pid) { return "process " + std::to_string(pid) + " on " + support::host_name(); }

}  // namespace

// In place of the system's, which it calls.
extern "C" int flock(int fd, int operation) noexcept {
    if (flock_error != 0) {
        errno = flock_error;
        return -1;
    }
    return static_cast<int>(::syscall(SYS_flock, fd, operation));
}

TEST_CASE("file_lock: one at a time in a process, by whatever name") {
    const support::temporary_folder folder;
    const auto file = folder.path() / "file";
    fs::create_directory_symlink(folder.path(), folder.path() / "link");
    {
        const file_lock lock(file);
        CHECK(refused(file) == "this process" + what_to_do);
        CHECK(refused(folder.path() / "link" / "file") == "this process" + what_to_do);
        CHECK(refused(folder.path() / "link" / ".." / folder.path().filename() / "file") ==
              "this process" + what_to_do);
        CHECK(refused(folder.path() / "other") == "");
        CHECK_FALSE(fs::exists(file));
        CHECK(support::content(file.string() + ".nas_lock") ==
              std::to_string(::getpid()) + ' ' + support::host_name() + '\n');
    }
    CHECK(refused(file) == "");
    fs::remove(folder.path() / "link");
    CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("file_lock: a link to what does not exist yet is where it will be") {
    const support::temporary_folder folder;
    fs::create_directory(folder.path() / "scratch");
    fs::create_symlink("scratch/second", folder.path() / "first");
    fs::create_symlink("file", folder.path() / "scratch" / "second");
    const file_lock lock(folder.path() / "first");
    CHECK(fs::exists(folder.path() / "scratch" / "file.nas_lock"));
    std::ofstream(folder.path() / "scratch" / "file") << "begun";
    for (const char* name : {"first", "scratch/second", "scratch/file"})
        CHECK(refused(folder.path() / name) == "this process" + what_to_do);
}

TEST_CASE("file_lock: it moves, and goes with the last owner") {
    const support::temporary_folder folder;
    const auto file = folder.path() / "file";
    file_lock first(file);
    file_lock second(std::move(first));
    file_lock third;
    CHECK(refused(file) != "");
    third = std::move(second);
    CHECK(refused(file) != "");
    third = {};
    CHECK(refused(file) == "");
}

TEST_CASE("file_lock: another process is named, and its end frees the lock, however it ends") {
    const support::temporary_folder folder;
    const auto file = folder.path() / "file";
    for (const bool killed : {true, false}) {
        support::other_process other([&](auto& self) {
            const file_lock lock(file);
            self.ready();
            if (killed) ::pause();
            ::usleep(200'000);
        });
        REQUIRE(other.wait_until_ready());
        CHECK(refused(file) == process_on_host(other.pid()) + what_to_do);
        if (killed) {
            other.kill();
            CHECK(fs::exists(file.string() + ".nas_lock"));  // the name of a lock that nobody has
        } else {
            const file_lock lock(file, 10);  // waits for its end
            CHECK(other.wait() == 0);
        }
        CHECK(refused(file) == "");
        CHECK(fs::is_empty(folder.path()));
    }
}

TEST_CASE("file_lock: of many processes one at a time has it") {
    const support::temporary_folder folder;
    const auto file = folder.path() / "file";
    const auto inside = folder.path() / "inside";
    std::vector<std::unique_ptr<support::other_process>> others;
    for (int i = 0; i < 4; ++i)
        others.push_back(std::make_unique<support::other_process>([&](auto&) {
            for (int k = 0; k < 40; ++k) {
                const file_lock lock(file, 60);
                if (!fs::create_directory(inside)) ::_exit(2);
                fs::remove(inside);
            }
        }));
    for (const auto& other : others) CHECK(other->wait() == 0);
    CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("file_lock: a program that was started meanwhile does not have it") {
    const support::temporary_folder folder;
    const auto file = folder.path() / "file";
    const std::string mark = (folder.path() / "mark").string();
    support::other_process other([&](auto&) {
        const file_lock lock(file);
        (void)nas::run_process(
            {"sh", "-c", "echo $$ > '" + mark + ".new'; mv '" + mark + ".new' '" + mark + "'; sleep 60"});
    });
    for (int i = 0; i < 1000 && !fs::exists(mark); ++i) ::usleep(10'000);
    REQUIRE(fs::exists(mark));
    CHECK(refused(file) == process_on_host(other.pid()) + what_to_do);
    other.kill();
    CHECK(refused(file) == "");
    ::kill(std::stoi(support::content(mark)), SIGKILL);
}

TEST_CASE("file_lock: a child that was forked does not give it up when it ends") {
    const support::temporary_folder folder;
    const auto file = folder.path() / "file";
    file_lock lock(file);
    support::other_process other([&](auto&) { const file_lock ended = std::move(lock); });
    CHECK(other.wait() == 0);
    CHECK(refused(file) == "this process" + what_to_do);
    CHECK(fs::exists(file.string() + ".nas_lock"));
}

TEST_CASE("file_lock: a folder as a whole") {
    const support::temporary_folder folder;
    {
        const file_lock lock = file_lock::of_folder(folder.path());
        CHECK_THROWS_WITH_AS(
            file_lock::of_folder(folder.path()),
            (folder.path().string() + ": this process is writing this folder; wait for its end, or choose another name")
                .c_str(),
            file_error);
        CHECK(refused(folder.path() / "file") == "");
    }
    CHECK(fs::is_empty(folder.path()));
    const auto absent = folder.path() / "absent";
    CHECK_THROWS_WITH_AS(file_lock::of_folder(absent),
                         (absent.string() + ": the folder cannot be written: the folder '" + absent.string() +
                          "' does not exist; make it first")
                             .c_str(),
                         file_error);
}

TEST_CASE("file_lock: where there can be no file there is no lock") {
    const support::temporary_folder folder;
    CHECK(refused(folder.path()) == "the file cannot be written: Is a directory");
    CHECK(refused("/dev/full") == "the file cannot be written: it is a device, a pipe or a socket");
    CHECK(refused("/nonexistent/file") ==
          "the file cannot be written: the folder '/nonexistent' does not exist; make it first");
    CHECK(refused("/proc/file") == "the file cannot be written: No such file or directory");
    const auto file = folder.path() / "file";
    fs::create_directory(file.string() + ".nas_lock");
    CHECK(refused(file) == "the file cannot be written: Is a directory (file.nas_lock)");
}

TEST_CASE("file_lock: a file system that knows no locks has none, and one that should is an error") {
    const support::temporary_folder folder;
    const auto file = folder.path() / "file";
    for (const int error : {ENOSYS, EOPNOTSUPP}) {
        flock_error = error;
        CHECK(refused(file) == "");
    }
    flock_error = ENOLCK;
    CHECK(refused(file) == "the file cannot be written: No locks available (file.nas_lock)");
    flock_error = 0;
    CHECK(refused(file) == "");
}

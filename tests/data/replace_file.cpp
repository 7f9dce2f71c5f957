// SPDX-License-Identifier: Apache-2.0
#include <nas/data/replace_file.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "support/other_process.hpp"
#include "support/small_disk.hpp"
#include "support/temporary_folder.hpp"

namespace {

using nas::detail::file_error;
using nas::detail::replace_file;
namespace fs = std::filesystem;

struct synced {
    std::string what;
    std::string content;  // of the file watched, at that time
};
std::vector<synced> syncs;
fs::path watched;

}  // namespace

// In place of the system's, which it calls.
extern "C" int fsync(int fd) {
    if (!watched.empty()) {
        std::error_code none;
        syncs.push_back({fs::read_symlink("/proc/self/fd/" + std::to_string(fd), none).filename().string(),
                         support::content(watched)});
    }
    return static_cast<int>(::syscall(SYS_fsync, fd));
}

TEST_CASE("replace_file: the new text is on the disk before it has the name, and then the name is") {
    const support::temporary_folder folder;
    watched = folder.path() / "file";
    replace_file(watched, "one");
    syncs.clear();
    replace_file(watched, "two");
    const fs::path path = std::exchange(watched, {});
    REQUIRE(syncs.size() == 2);
    CHECK(syncs[0].what == "file.new");
    CHECK(syncs[0].content == "one");
    CHECK(syncs[1].what == folder.path().filename().string());
    CHECK(syncs[1].content == "two");
    CHECK(support::content(path) == "two");
    CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("replace_file: several processes at once leave one of their texts, whole") {
    const support::temporary_folder folder;
    const auto path = folder.path() / "file";
    std::vector<std::unique_ptr<support::other_process>> others;
    for (const char letter : {'a', 'b', 'c'})
        others.push_back(std::make_unique<support::other_process>([&, letter](auto&) {
            for (int i = 0; i < 10; ++i) {
                const std::string text(static_cast<std::size_t>(100'000 * (letter - 'a' + 1)), letter);
                replace_file(path, text);
                const std::string now = support::content(path);  // of another one, as a rule
                if (now.size() != 100'000U * static_cast<unsigned>(now[0] - 'a' + 1) ||
                    now.find_first_not_of(now[0]) != std::string::npos)
                    ::_exit(2);
            }
        }));
    for (const auto& other : others) CHECK(other->wait() == 0);
    CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("replace_file: a draft that was left does not matter, and what cannot be written leaves none") {
    const support::temporary_folder folder;
    const auto path = folder.path() / "file";
    replace_file(path, "one");
    nas::detail::open_file::to_write(path.string() + ".new").append("half of something longer");
    replace_file(path, "two");
    CHECK(support::content(path) == "two");
    {
        const support::small_disk disk(10);
        CHECK_THROWS_WITH_AS(replace_file(path, std::string(100, 'x')),
                             (path.string() + ".new: the file cannot be written: File too large").c_str(), file_error);
    }
    CHECK(support::content(path) == "two");
    CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
    fs::create_directory(path.string() + ".new");
    CHECK_THROWS_WITH_AS(replace_file(path, "three"),
                         (path.string() + ".new: the file cannot be written: Is a directory").c_str(), file_error);
    CHECK(support::content(path) == "two");
}

TEST_CASE("replace_file: what is no file is not replaced, and a link leads to the file") {
    const support::temporary_folder folder;
    const auto pipe = folder.path() / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    for (const fs::path& path : {pipe, fs::path("/dev/null"), folder.path()}) {
        const auto type = fs::status(path).type();
        CHECK_THROWS_AS(replace_file(path, "x"), file_error);
        CHECK(fs::status(path).type() == type);
    }
    fs::create_directory(folder.path() / "far");
    replace_file(folder.path() / "far" / "file", "one");
    fs::create_symlink("far/file", folder.path() / "link");
    replace_file(folder.path() / "link", "two");
    CHECK(fs::is_symlink(folder.path() / "link"));
    CHECK(support::content(folder.path() / "far" / "file") == "two");
}

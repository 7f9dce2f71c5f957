// SPDX-License-Identifier: Apache-2.0
#include <nas/data/open_file.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <sys/stat.h>

#include <doctest/doctest.h>

#include <nas/evaluators/process.hpp>

#include "support/small_disk.hpp"
#include "support/temporary_folder.hpp"

namespace {

using nas::detail::file_error;
using nas::detail::open_file;

const std::string no_file = "it is a device, a pipe or a socket";

}  // namespace

TEST_CASE("open_file: what is appended is read") {
    const support::temporary_folder folder;
    const auto path = folder.path() / "file";
    CHECK_THROWS_WITH_AS(nas::detail::read_whole_file(path),
                         (path.string() + ": the file cannot be read: No such file or directory").c_str(), file_error);
    const std::string all(300'000, 'x');
    {
        open_file file = open_file::to_append(path);
        file.append("a\n");
        file.append("");
        file.append(std::string("\0b", 2));
        open_file moved = std::move(file);
        moved.append(all);
        moved.sync();
    }
    CHECK(nas::detail::read_whole_file(path) == std::string("a\n\0b", 4) + all);
    open_file::to_append(path).append("!");
    CHECK(nas::detail::read_whole_file(path).size() == 300'005);
    open_file::to_write(path).append("new");
    CHECK(nas::detail::read_whole_file(path) == "new");
    CHECK(nas::detail::read_whole_file("/proc/self/stat").size() > 10);  // whose size is 0 to those who ask
}

TEST_CASE("open_file: a folder, a pipe and a device are refused at once") {
    const support::temporary_folder folder;
    const auto pipe = folder.path() / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    const auto link = folder.path() / "link";
    std::filesystem::create_symlink("/dev/full", link);
    const auto refused = [](const std::filesystem::path& path, const std::string& why) {
        const std::string read = path.string() + ": the file cannot be read: " + why;
        const std::string written = path.string() + ": the file cannot be written: " + why;
        CHECK_THROWS_WITH_AS(open_file::to_read(path), read.c_str(), file_error);
        CHECK_THROWS_WITH_AS(open_file::to_write(path), written.c_str(), file_error);
        CHECK_THROWS_WITH_AS(open_file::to_append(path), written.c_str(), file_error);
    };
    refused(folder.path(), "Is a directory");
    refused(pipe, no_file);
    for (const char* device : {"/dev/zero", "/dev/full", "/dev/null"}) refused(device, no_file);
    refused(link, no_file);
}

TEST_CASE("open_file: a folder that is not there is named where a file is to be made") {
    const support::temporary_folder folder;
    const auto path = folder.path() / "no" / "file";
    const std::string start = path.string() + ": the file cannot be ";
    const std::string written =
        start + "written: the folder '" + path.parent_path().string() + "' does not exist; make it first";
    CHECK_THROWS_WITH_AS(open_file::to_write(path), written.c_str(), file_error);
    CHECK_THROWS_WITH_AS(open_file::to_append(path), written.c_str(), file_error);
    CHECK_THROWS_WITH_AS(open_file::to_read(path), (start + "read: No such file or directory").c_str(), file_error);
    std::filesystem::create_symlink("gone", folder.path() / "link");  // what it leads to can be made
    CHECK_NOTHROW(open_file::to_write(folder.path() / "link"));
}

TEST_CASE("open_file: what does not fit a disk leaves what there was") {
    const support::temporary_folder folder;
    const auto path = folder.path() / "file";
    open_file file = open_file::to_append(path);
    file.append("12345");
    {
        const support::small_disk disk(8);
        CHECK_THROWS_WITH_AS(file.append("67890"),
                             (path.string() + ": the file cannot be written: File too large").c_str(), file_error);
        CHECK(nas::detail::read_whole_file(path) == "12345");
        file.append("678");
    }
    file.append("90");
    CHECK(nas::detail::read_whole_file(path) == "1234567890");
}

TEST_CASE("open_file: programs that are started do not get it") {
    const support::temporary_folder folder;
    const auto path = folder.path() / "file";
    const open_file file = open_file::to_append(path);
    bool found = false;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code none;
        if (std::filesystem::read_symlink(entry.path(), none) != path) continue;
        found = true;
        const std::string number = entry.path().filename().string();
        const auto flags = support::content("/proc/self/fdinfo/" + number);
        CHECK((std::stoul(flags.substr(flags.find("flags:") + 6), nullptr, 8) & O_CLOEXEC) != 0);
    }
    CHECK(found);
}

TEST_CASE("open_file: a path is what its links mean") {
    const support::temporary_folder folder;
    const auto root = std::filesystem::canonical(folder.path());
    std::filesystem::create_directory(root / "real");
    std::filesystem::create_symlink("real", root / "link");
    CHECK(nas::detail::meant_by(root / "link" / "file") == root / "real" / "file");
    CHECK(nas::detail::meant_by(root / "link" / ".." / "x" / "file") == root / "x" / "file");
    std::filesystem::create_symlink(root / "real" / "file", root / "name");
    open_file::to_write(root / "real" / "file");
    CHECK(nas::detail::meant_by(root / "name") == root / "real" / "file");
    CHECK(nas::detail::meant_by("some file").is_absolute());
}

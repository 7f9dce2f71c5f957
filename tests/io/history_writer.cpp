// SPDX-License-Identifier: Apache-2.0
#include <nas/io/history_writer.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <nas/data/replace_file.hpp>
#include <nas/evaluators/command_evaluator.hpp>
#include <nas/evaluators/process.hpp>
#include <nas/io/history_file.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/testing/histories.hpp>

#include "support/other_process.hpp"
#include "support/small_disk.hpp"
#include "support/temporary_folder.hpp"

namespace {

namespace fs = std::filesystem;
using space_type = nas::choice_space<4>;
const space_type space{3};

double digit_sum(const space_type::arch_type& arch) { return arch[0] + arch[1] + arch[2] + arch[3]; }

auto fresh() { return nas::search{nas::random_search{space}, digit_sum, {.seed = 3}}; }

nas::history<space_type> whole(std::size_t trials) {
    auto search = fresh();
    search.run({.trials = trials});
    return search.history();
}

/// The sentence with which a search cannot go on with the file, without the file's name; nothing where it can.
std::string refused(const fs::path& file) {
    auto search = fresh();
    try {
        nas::resume(search, file);
    } catch (const nas::history_error& error) {
        CHECK(search.history().empty());
        const std::string line = error.what();
        CHECK(line.starts_with(file.string() + ":"));
        return line.substr(file.string().size() + 1);
    }
    return "";
}

const std::string what_to_do = " is writing this file; wait for its end, or choose another name";

}  // namespace

TEST_CASE("history_writer: of two searches in a process one writes the file") {
    const support::temporary_folder folder;
    const auto file = folder.path() / "run.jsonl";
    {
        auto first = fresh();
        nas::resume(first, file);
        first.run({.trials = 2});
        CHECK(refused(file) == " this process" + what_to_do);
        const auto second = fresh();
        CHECK_THROWS_AS((nas::history_writer{file, second}), nas::history_error);
        CHECK_THROWS_AS(nas::history_writer::append(file, 2), nas::history_error);
        first.run({.trials = 5});
        CHECK(nas::testing::difference(nas::read_history(file, space), whole(5)) == "");  // readers need no lock
    }
    CHECK(refused(file) == "");
    CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("history_writer: of two processes the second hears of the first, and goes on when that was killed") {
    const support::temporary_folder folder;
    const auto file = folder.path() / "run.jsonl";
    support::other_process other([&](auto& self) {
        auto search = fresh();
        nas::resume(search, file);
        search.run({.trials = 3});
        self.ready();
        ::pause();
    });
    REQUIRE(other.wait_until_ready());
    const std::string before = support::content(file);
    CHECK(refused(file) == " process " + std::to_string(other.pid()) + " on " + support::host_name() + what_to_do);
    CHECK(support::content(file) == before);
    other.kill();
    auto search = fresh();
    CHECK(nas::resume(search, file) == 3);
    search.run({.trials = 6});
    CHECK(nas::testing::difference(nas::read_history(file, space), whole(6)) == "");
}

TEST_CASE("history_writer: jobs that start over and over at the same time leave one history") {
    const support::temporary_folder folder;
    const auto file = folder.path() / "run.jsonl";
    constexpr std::size_t trials = 200;
    std::vector<std::unique_ptr<support::other_process>> others;
    for (int i = 0; i < 4; ++i)
        others.push_back(std::make_unique<support::other_process>([&](auto&) {
            for (std::size_t done = 0; done < trials;) {
                auto search = fresh();
                try {
                    nas::resume(search, file);
                    search.run({.trials = search.history().size() + 7});
                    done = search.history().size();
                } catch (const nas::history_error&) {
                    ::usleep(1000);
                }
            }
        }));
    for (const auto& other : others) CHECK(other->wait() == 0);
    const auto past = nas::read_history(file, space);
    CHECK(past.size() >= trials);
    CHECK(nas::testing::difference(past, whole(past.size())) == "");
}

TEST_CASE("history_writer: a program of a killed search does not keep the file") {
    const support::temporary_folder folder;
    const auto file = folder.path() / "run.jsonl";
    const std::string mark = (folder.path() / "mark").string();
    const std::string script = "echo $$ > '" + mark + ".new'; mv '" + mark + ".new' '" + mark + "'; exec sleep 60";
    const auto with_program = [&] {
        return nas::search{nas::random_search{space}, nas::command_evaluator{space, {"sh", "-c", script}}, {.seed = 3}};
    };
    support::other_process other([&](auto&) {
        auto search = with_program();
        nas::resume(search, file);
        search.run({.trials = 1});
    });
    for (int i = 0; i < 1000 && !fs::exists(mark); ++i) ::usleep(10'000);
    REQUIRE(fs::exists(mark));
    CHECK(refused(file).starts_with(" process " + std::to_string(other.pid()) + " on "));
    other.kill();
    CHECK(refused(file) == "");
    ::kill(std::stoi(support::content(mark)), SIGKILL);
}

TEST_CASE("history_writer: a folder, a pipe and a device are refused at once, to read and to write") {
    const support::temporary_folder folder;
    const auto pipe = folder.path() / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    fs::create_directory(folder.path() / "empty");
    const auto link = folder.path() / "link";
    fs::create_symlink("/dev/full", link);
    const std::string device = "it is a device, a pipe or a socket";
    const auto check = [&](const fs::path& path, const std::string& why) {
        CAPTURE(path.string());
        const auto search = fresh();
        const std::string read = path.string() + ": the file cannot be read: " + why;
        const std::string written = path.string() + ": the file cannot be written: " + why;
        CHECK_THROWS_WITH_AS(nas::read_history(path, space), read.c_str(), nas::history_error);
        CHECK_THROWS_WITH_AS((nas::history_writer{path, search}), written.c_str(), nas::history_error);
        CHECK(refused(path) == " the file cannot be written: " + why);
    };
    check(folder.path(), "Is a directory");
    check(folder.path() / "empty", "Is a directory");
    check(pipe, device);
    check(link, device);
    for (const char* path : {"/dev/full", "/dev/zero", "/dev/null"}) check(path, device);
}

TEST_CASE("history_writer: a full disk loses nothing that was there, and the search goes on where there is room") {
    const support::temporary_folder folder;
    const auto file = folder.path() / "run.jsonl";
    const std::string no_room = file.string() + ": the file cannot be written: File too large";
    auto search = fresh();
    nas::resume(search, file);
    search.run({.trials = 4});
    for (std::size_t room = 1; room < 30; room += 4) {
        CAPTURE(room);
        const std::size_t rows = search.history().size();
        const std::string before = support::content(file);
        {
            const support::small_disk disk(before.size() + room);
            CHECK_THROWS_WITH_AS(search.run({.trials = rows + 1}), no_room.c_str(), nas::history_error);
        }
        CHECK(support::content(file) == before);
        CHECK(nas::read_history(file, space).size() == rows);
        search.run({.trials = rows + 2});  // with the row that did not fit
        CHECK(nas::testing::difference(nas::read_history(file, space), whole(rows + 2)) == "");
    }
    // Nor is half a header left.
    const auto other = folder.path() / "other.jsonl";
    {
        const support::small_disk disk(20);
        CHECK_THROWS_AS((nas::history_writer{other, search}), nas::history_error);
    }
    CHECK(fs::file_size(other) == 0);
    CHECK(refused(other) == "");
}

TEST_CASE("history_writer: the command that repairs a torn file does, whatever the file is called") {
    const support::temporary_folder folder;
    for (const char* name : {"run.jsonl", "my run.jsonl", "it's \"mine\".jsonl", "-n", "$HOME;`id`&*?[a].jsonl",
                             "back\\slash\\", "two\nlines", "''", "\xC3\xA4"}) {
        CAPTURE(name);
        const auto file = folder.path() / name;
        {
            auto search = fresh();
            nas::resume(search, file);
            search.run({.trials = 4});
        }
        const std::string bytes = support::content(file);
        const std::size_t header = bytes.find('\n') + 1;
        for (const std::size_t cut : {bytes.size() - 1, bytes.size() - 9, header + 1, header - 1, std::size_t{20}}) {
            CAPTURE(cut);
            fs::resize_file(file, cut);
            // From the folder, so that the name may begin with a dash.
            support::other_process other([&](auto&) {
                fs::current_path(folder.path());
                try {
                    nas::read_history(name, fresh().space());
                } catch (const nas::history_error& error) {
                    const std::string line = error.what();
                    const std::string command = line.substr(line.find(": ", line.find("was cut off")) + 2);
                    const auto shell = nas::run_process({"sh", "-c", command});
                    if (!shell.ok() || !shell.output.empty() || !shell.error.empty()) ::_exit(3);
                    auto again = fresh();
                    const std::size_t rows = nas::resume(again, name);
                    const std::size_t lines = static_cast<std::size_t>(
                        std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(cut), '\n'));
                    if (rows + 1 != std::max<std::size_t>(lines, 1)) ::_exit(4);
                    again.run({.trials = 4});
                    ::_exit(0);
                }
                ::_exit(5);
            });
            CHECK(other.wait() == 0);
            CHECK(support::content(file) == bytes);
        }
    }
}

TEST_CASE("history_writer: a line cut off by a kill is taken away by resume, at every byte") {
    const support::temporary_folder folder;
    const auto file = folder.path() / "run.jsonl";
    {
        auto search = fresh();
        nas::resume(search, file);
        search.run({.trials = 3});
    }
    const std::string bytes = support::content(file);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
        CAPTURE(cut);
        fs::resize_file(file, cut);
        auto search = fresh();
        const auto lines =
            static_cast<std::size_t>(std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(cut), '\n'));
        CHECK(nas::resume(search, file) == (lines == 0 ? 0 : lines - 1));
        search.run({.trials = 3});
        CHECK(support::content(file) == bytes);
    }
    // What is no history is left as it is.
    for (const char* text : {"no history", "no history\nat all", "[1, 2]"}) {
        fs::remove(file);
        std::ofstream(file) << text;
        auto search = fresh();
        CHECK_THROWS_AS(nas::resume(search, file), nas::history_error);
        CHECK(support::content(file) == text);
    }
}

TEST_CASE("history_writer: what is nested without end is refused with file:line:column") {
    const support::temporary_folder folder;
    const auto file = folder.path() / "run.jsonl";
    {
        auto search = fresh();
        nas::resume(search, file);
        search.run({.trials = 1});
    }
    const std::string bytes = support::content(file);
    const std::string header = bytes.substr(0, bytes.find('\n') + 1);
    const std::string sentence = "bad JSON: more than 100 arrays and objects lie within each other";
    const auto check = [&](const std::string& text, const std::string& place) {
        nas::detail::replace_file(file, text);
        CHECK(refused(file) == place + ": " + sentence);
        CHECK_THROWS_WITH_AS(nas::read_history(file, space), (file.string() + ":" + place + ": " + sentence).c_str(),
                             nas::history_error);
    };
    for (const std::size_t depth : {70'000U, 10'000'000U}) {
        const std::string deep = std::string(depth, '[') + std::string(depth, ']');
        for (const std::string key : {"seed", "metrics", "searcher", "space", "enqueue"}) {
            std::string changed = header;
            const std::size_t value = changed.find("\"" + key + "\":") + key.size() + 3;
            changed.insert(value, deep + ",\"x\":");
            check(changed, "1:" + std::to_string(value + 100));
            if (depth > 100'000) break;
        }
        for (const std::string key : {"row", "arch", "value", "metrics", "curve", "reason", "unknown"}) {
            check(header + "{\"" + key + "\":" + deep + "}\n", "2:" + std::to_string(key.size() + 104));
            check(header + "{\"" + key + "\":" + deep.substr(0, depth) + "\n", "2:" + std::to_string(key.size() + 104));
            if (depth > 100'000) break;
        }
        nas::detail::replace_file(file, deep + '\n');
        CHECK(refused(file) == "1:1: this is not a history file of nas");
    }
}

TEST_CASE("history_writer: NaN, null and no metrics are missing metrics") {
    const support::temporary_folder folder;
    const auto file = folder.path() / "run.jsonl";
    struct some {
        nas::evaluation<> operator()(const space_type::arch_type& arch, const nas::context& about) const {
            nas::evaluation<> result(digit_sum(arch));
            if (about.id() == 1) result.metrics = {std::numeric_limits<double>::quiet_NaN(), 2};
            return result;
        }
        std::vector<std::string> metric_names() const { return {"a", "b"}; }
    };
    nas::search search{nas::random_search{space}, some{}, {.seed = 3}};
    nas::resume(search, file);
    search.run({.trials = 3});
    const auto past = nas::read_history(file, space);
    CHECK(nas::testing::difference(past, search.history()) == "");
    CHECK(std::isnan(past.metrics(0)[0]));
    CHECK(std::isnan(past.metrics(1)[0]));
    CHECK(past.metrics(1)[1] == 2);
}

// SPDX-License-Identifier: Apache-2.0
#include <nas/io/run_folder.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <nas/run/search.hpp>
#include <nas/searchers/grid_search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/testing/histories.hpp>
#include <support/other_process.hpp>
#include <support/small_disk.hpp>
#include <support/temporary_folder.hpp>

namespace {

using space = nas::choice_space<2>;

/// 9 trials, of which two fail; the worth of an architecture is its digits' sum.
struct digit_sum {
    nas::evaluation<> operator()(const space::arch_type& arch) const {
        if (arch[0] == 1 && arch[1] != 1) throw std::runtime_error("no luck");
        nas::evaluation<> result(arch[0] + arch[1], 0.5);
        result.metrics = {arch[0] == 2 ? std::numeric_limits<double>::quiet_NaN() : 0.25};
        return result;
    }
    std::vector<std::string> metric_names() const { return {"loss"}; }
};

auto grid() { return nas::search{nas::grid_search{space{3}}, digit_sum{}, {.seed = 9}}; }
auto random_order() { return nas::search{nas::random_search{space{3}}, digit_sum{}, {.seed = 9}}; }

}  // namespace

TEST_CASE("run_folder: numbers rise, and the largest is the latest") {
    const support::temporary_folder folder;
    const auto root = folder.path() / "all" / "runs";
    CHECK(!nas::latest_run(root));
    const nas::run_folder first = nas::new_run(root);
    CHECK(first.number == 1);
    CHECK(first.path == root / "run-0001");
    CHECK(std::filesystem::is_empty(first.path));
    CHECK(nas::new_run(root).number == 2);
    CHECK(nas::new_run(root).path == root / "run-0003");

    // The latest by number, not by time: the first was changed last.
    std::filesystem::last_write_time(first.path, std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
    const auto latest = nas::latest_run(root);
    REQUIRE(latest);
    CHECK(latest->number == 3);
    CHECK(latest->path == root / "run-0003");

    std::filesystem::remove(root / "run-0002");  // a gap is not filled
    CHECK(nas::new_run(root).number == 4);
    std::filesystem::create_directory(root / "run-9999");
    CHECK(nas::new_run(root).path == root / "run-10000");
    CHECK(nas::latest_run(root)->number == 10000);
}

TEST_CASE("run_folder: what is no run does not count, but no name is used twice") {
    const support::temporary_folder folder;
    const auto& root = folder.path();
    for (const char* name : {"run-7", "run-00008", "run-0009x", "run--0010", "run-", "Run-0011", "xrun-0012",
                             "run-0000", "run-99999999999999999999999"})
        std::filesystem::create_directory(root / name);
    CHECK(!nas::latest_run(root));
    std::ofstream(root / "run-0004") << "a file";
    CHECK(!nas::latest_run(root));
    CHECK(nas::new_run(root).number == 5);
    CHECK(nas::latest_run(root)->number == 5);
}

TEST_CASE("run_folder: processes that begin at the same time get different runs") {
    const support::temporary_folder folder;
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            try {
                for (int k = 0; k < 25; ++k) {
                    const nas::run_folder run = nas::new_run(folder.path());
                    if (!std::filesystem::create_directory(run.path / "mine")) ::_exit(1);
                }
            } catch (...) {
                ::_exit(2);
            }
            ::_exit(0);
        }
        children.push_back(child);
    }
    for (const pid_t child : children) {
        int status = 0;
        ::waitpid(child, &status, 0);
        CHECK(status == 0);
    }
    CHECK(nas::latest_run(folder.path())->number == 100);
}

TEST_CASE("run_folder: what cannot be done is one sentence") {
    const support::temporary_folder folder;
    const auto file = folder.path() / "file";
    std::ofstream(file) << "x";
    CHECK_THROWS_WITH_AS(nas::new_run(file),
                         ("nas::run_folder: '" + file.string() + "' cannot be made: Not a directory").c_str(),
                         std::runtime_error);
    CHECK_THROWS_WITH_AS(nas::latest_run(file),
                         ("nas::run_folder: '" + file.string() + "' cannot be read: Not a directory").c_str(),
                         std::runtime_error);
    const nas::run_folder gone{1, folder.path() / "gone"};
    CHECK_THROWS_WITH_AS(nas::write_summary(gone, grid()),
                         (gone.summary().string() + ": the file cannot be written: the folder '" +
                          gone.summary().parent_path().string() + "' does not exist; make it first")
                             .c_str(),
                         std::runtime_error);
    const nas::run_folder run = nas::new_run(folder.path());
    std::filesystem::create_directory(run.summary());
    CHECK_THROWS_WITH_AS(nas::write_summary(run, grid()),
                         (run.summary().string() + ": the file cannot be written: Is a directory").c_str(),
                         std::runtime_error);
    const nas::run_folder other = nas::new_run(folder.path());
    std::filesystem::create_symlink("/dev/null", other.summary());
    CHECK_THROWS_WITH_AS(
        nas::write_summary(other, grid()),
        (other.summary().string() + ": the file cannot be written: it is a device, a pipe or a socket").c_str(),
        std::runtime_error);
}

TEST_CASE("run_folder: of two processes that go on with the latest run one does") {
    const support::temporary_folder folder;
    nas::new_run(folder.path());
    const auto go_on = [&] {
        auto search = random_order();
        nas::resume(search, nas::latest_run(folder.path())->history());
        return search;
    };
    support::other_process other([&](auto& self) {
        auto search = go_on();
        search.run({.trials = 3});
        self.ready();
        ::pause();
    });
    REQUIRE(other.wait_until_ready());
    CHECK_THROWS_WITH_AS(go_on(), doctest::Contains(("process " + std::to_string(other.pid()) + " on ").c_str()),
                         nas::history_error);
    other.kill();
    CHECK(go_on().history().size() == 3);
}

TEST_CASE("run_folder: a full disk leaves the earlier summary") {
    const support::temporary_folder folder;
    const nas::run_folder run = nas::new_run(folder.path());
    nas::write_summary(run, grid());
    const std::string before = support::content(run.summary());
    auto search = grid();
    search.run();
    {
        const support::small_disk disk(before.size());
        CHECK_THROWS_WITH_AS(nas::write_summary(run, search), doctest::Contains("cannot be written: File too large"),
                             std::runtime_error);
    }
    CHECK(support::content(run.summary()) == before);
    CHECK(std::distance(std::filesystem::directory_iterator(run.path), {}) == 1);
}

TEST_CASE("run_folder: each trial is saved when it is told, and the latest run goes on") {
    const support::temporary_folder folder;
    auto whole = random_order();
    whole.run({.trials = 20});
    {
        auto search = random_order();
        const nas::run_folder run = nas::new_run(folder.path());
        CHECK(nas::resume(search, run.history()) == 0);
        for (std::size_t trials = 1; trials <= 7; ++trials) {
            search.run({.trials = trials});
            CHECK(nas::read_history(run.history(), search.space()).size() == trials);
        }
    }
    auto search = random_order();
    const auto run = nas::latest_run(folder.path());
    REQUIRE(run);
    CHECK(nas::resume(search, run->history()) == 7);
    search.run({.trials = 20});
    CHECK(nas::testing::difference(whole.history(), search.history()) == "");
    CHECK(nas::testing::difference(whole.history(), nas::read_history(run->history(), search.space())) == "");
}

TEST_CASE("run_folder: the summary") {
    const support::temporary_folder folder;
    const nas::run_folder run = nas::new_run(folder.path());
    auto search = grid();
    nas::write_summary(run, search);
    CHECK(nlohmann::json::parse(support::content(run.summary()))["top"].empty());
    CHECK(nlohmann::json::parse(support::content(run.summary()))["ended"] == "it has not ended");
    search.run();
    nas::write_summary(run, search, 3);  // in place of the first
    CHECK(!std::filesystem::exists(run.path / "summary.json.new"));
    const auto expected = nlohmann::json::parse(R"({
        "run": 1, "nas": ")" + std::string(nas::version) +
                                                R"(", "seed": 9,
        "searcher": {"name": "grid_search", "options": {"shuffled": false}},
        "trials": {"all": 9, "completed": 7, "pruned": 0, "infeasible": 0, "failed": 2},
        "cost": 3.5, "ended": "the searcher has nothing more to propose",
        "top": [{"trial": 8, "arch": "22", "value": 4.0, "cost": 0.5, "metrics": {"loss": null}},
                {"trial": 7, "arch": "21", "value": 3.0, "cost": 0.5, "metrics": {"loss": null}},
                {"trial": 2, "arch": "02", "value": 2.0, "cost": 0.5, "metrics": {"loss": 0.25}}]})");
    CHECK(nlohmann::json::parse(support::content(run.summary())) == expected);
    CHECK(support::content(run.summary()).substr(0, 13) == "{\n  \"run\": 1,");
}

TEST_CASE("run_folder: the summary of several objectives") {
    const support::temporary_folder folder;
    const nas::run_folder run = nas::new_run(folder.path());
    nas::search search{nas::random_search{space{3}},
                       [](const space::arch_type& arch) {
                           return std::array<double, 2>{1.0 + arch[0], -1.0 * arch[1]};
                       },
                       {.seed = 1}};
    search.run({.trials = 4});
    nas::write_summary(run, search, 1);
    const auto top = nlohmann::json::parse(support::content(run.summary()))["top"];
    REQUIRE(top.size() == 1);
    CHECK(top[0]["values"] == nlohmann::json(search.history().best().result.values));
    CHECK(!top[0].contains("value"));
    CHECK(!top[0].contains("metrics"));
}

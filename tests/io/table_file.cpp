// SPDX-License-Identifier: Apache-2.0
#include <nas/io/table_file.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>
#include <nas/evaluators/read_table.hpp>
#include <nas/io/mlp_space_json.hpp>
#include <nas/io/space_json.hpp>

#include "support/other_process.hpp"
#include "support/small_disk.hpp"
#include "support/temporary_folder.hpp"

namespace {

using json = nlohmann::ordered_json;
using texts = std::vector<std::string>;
namespace fs = std::filesystem;

struct folder : support::temporary_folder {
    fs::path operator/(const std::string& name) const { return path() / name; }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(path() / name, std::ios::binary) << text;
    }
    std::string read(const std::string& name) const { return support::content(path() / name); }
    texts names() const {
        texts all;
        for (const auto& entry : fs::directory_iterator(path())) all.push_back(entry.path().filename().string());
        std::sort(all.begin(), all.end());
        return all;
    }
};

struct serial {
    template <class Task>
    void for_each(std::size_t count, Task&& task) const {
        for (std::size_t i = 0; i < count; ++i) task(i);
    }
};

const nas::choice_space<> space{std::vector<nas::decision>{{"op", 3, {"conv", "pool", "a,b"}}, {"width", 2}}};
using arch_type = nas::choice_space<>::arch_type;

nas::evaluation<> evaluate(const arch_type& arch, const nas::context& about) {
    if (arch[0] == 1 && arch[1] == 1) return nas::evaluation<>::failure("no\nluck, \"really\"", 2);
    for (const double epoch : {1.0, 2.0, 4.0}) about.report(epoch, arch[0] + epoch / 3);
    nas::evaluation<> result(arch[0] + 4.0 / 3, 0.25);
    result.metrics = {1e6 + arch[1], static_cast<double>(about.seed() % 97) / 7};
    return result;
}

const nas::tabulate_options options{.seed = 5, .repeats = 2, .fidelities = {1, 4}};
const nas::table_file_options columns{.objectives = {"accuracy"}, .metrics = {"parameters", "loss"}, .digits = 4};
const json recipe{{"about", "a test"}, {"space", nas::space_to_json(space)}, {"evaluator", {{"name", "test"}}}};

/// Goes on with the table until it is complete, or until `most` more rows are there.
void go_on(const fs::path& path, std::uint64_t most = 1'000'000) {
    nas::table_file file{path, space, options, columns, recipe};
    nas::tabulate_options rest = options;
    rest.first_row = file.rows();
    const std::uint64_t end = most < file.total() - file.rows() ? file.rows() + most : file.total();
    nas::tabulate(space, evaluate, rest, serial{}, file, [&] { return file.rows() >= end; });
    CHECK(file.rows() == end);
}

void refuses(const fs::path& path, const nas::tabulate_options& how, const nas::table_file_options& what,
             const json& with, const std::string& sentence) {
    CHECK_THROWS_WITH_AS((nas::table_file{path, space, how, what, with}), (path.string() + sentence).c_str(),
                         nas::table_file_error);
}

}  // namespace

TEST_CASE("table_file: a table with all its columns") {
    const folder here;
    go_on(here / "t.csv");
    CHECK(here.names() == texts{"t.csv", "t.csv.json"});
    const auto table = nas::csv_table::read(here / "t.csv");
    CHECK(table.names() == texts{"index", "code", "arch", "repeat", "seed", "accuracy_1", "accuracy_4", "seconds",
                                 "parameters", "loss", "reason"});
    REQUIRE(table.rows() == 12);
    const auto row = [&](std::size_t i) {
        texts all;
        for (std::size_t column = 0; column < table.columns(); ++column) all.emplace_back(table.field(i, column));
        return all;
    };
    const auto seed = [](std::uint64_t index, std::size_t repeat) { return nas::tabulated_seed(5, index, repeat); };
    const auto loss = [&](std::uint64_t index, std::size_t repeat) {
        return nas::detail::table_number(static_cast<double>(seed(index, repeat) % 97) / 7, 4);
    };
    CHECK(row(0) == texts{"0", "00", "op=conv, width=0", "0", std::to_string(seed(0, 0)), "0.3333", "1.333", "0.25",
                          "1000000", loss(0, 0), ""});
    CHECK(row(11) == texts{"5", "21", "op=a,b, width=1", "1", std::to_string(seed(5, 1)), "2.333", "3.333", "0.25",
                           "1000001", loss(5, 1), ""});
    CHECK(row(7) == texts{"3", "11", "op=pool, width=1", "1", std::to_string(seed(3, 1)), "", "", "2", "", "",
                          "failed: no luck, \"really\""});

    const json facts = json::parse(here.read("t.csv.json"));
    CHECK(facts["nas_table"] == 1);
    CHECK(facts["nas"] == std::string(nas::version));
    CHECK(facts["about"] == "a test");
    CHECK(nas::choice_space_from_json(facts["space"]) == space);
    CHECK(facts["evaluator"]["name"] == "test");
    CHECK(facts["seed"] == 5);
    CHECK(facts["repeats"] == 2);
    CHECK(facts["fidelities"] == json({1.0, 4.0}));
    CHECK(facts["digits"] == 4);
    CHECK(facts["rows"] == 12);
    CHECK(facts["columns"] == json(table.names()));
}

TEST_CASE("table_file: read_table reads it, and a compressed one") {
    const folder here;
    const nas::mlp_space mlps{{.units = {4, 8}}};
    const auto worth = [&](const nas::mlp_space::arch_type& arch) {
        return static_cast<double>(mlps.parameters(arch, 7)) / 64;
    };
    for (const std::string name : {"m.csv", "m.csv.gz"}) {
        if (name == "m.csv.gz" && !nas::detail::has_zlib) continue;
        nas::table_file file{here / name, mlps, {}, {}, {{"space", nas::mlp_space_to_json(mlps)}}};
        CHECK(file.total() == mlps.size());
        nas::tabulate(mlps, worth, {}, serial{}, file);
        CHECK_FALSE(fs::exists(here / (name + ".part")));
        for (const std::string arch : {"", "arch"}) {
            const auto table = nas::read_table(mlps, here / name, {.reward = "value", .cost = "seconds", .arch = arch});
            CHECK(table.size() == mlps.size());
            for (std::uint64_t i = 0; i < mlps.size(); ++i) CHECK(table.mean(mlps.at(i)) == worth(mlps.at(i)));
        }
    }
    if (nas::detail::has_zlib) CHECK(here.read("m.csv.gz").starts_with("\x1f\x8b"));
}

TEST_CASE("table_file: no codes where a decision has more than 36 choices") {
    const folder here;
    const nas::choice_space<> wide{1, 37};
    nas::table_file file{here / "t.csv", wide, {}, {}, json::object()};
    nas::tabulate(
        wide, [](const auto&) { return 1; }, {}, serial{}, file);
    CHECK(here.read("t.csv").starts_with("index,arch,repeat,seed,value,seconds,reason\n0,0,0,"));
}

TEST_CASE("table_file: an interruption at every row changes no byte") {
    const folder here;
    go_on(here / "whole.csv");
    const std::string bytes = here.read("whole.csv");
    for (std::uint64_t row = 0; row <= 12; ++row) {
        CAPTURE(row);
        go_on(here / "t.csv", row);
        CHECK(fs::exists(here / "t.csv") == (row == 12));
        go_on(here / "t.csv", 2);
        go_on(here / "t.csv");
        CHECK(here.read("t.csv") == bytes);
        CHECK(here.read("t.csv.json") == here.read("whole.csv.json"));
        CHECK(here.names() == texts{"t.csv", "t.csv.json", "whole.csv", "whole.csv.json"});
        fs::remove(here / "t.csv");
        fs::remove(here / "t.csv.json");
    }
}

TEST_CASE("table_file: a file cut at every byte goes on to the same bytes") {
    const folder here;
    go_on(here / "t.csv");
    const std::string bytes = here.read("t.csv");
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        CAPTURE(size);
        fs::remove(here / "t.csv");
        fs::remove(here / "t.csv.part");
        here.write("t.csv.part", bytes.substr(0, size));
        {
            nas::table_file file{here / "t.csv", space, options, columns, recipe};
            const auto lines = static_cast<std::uint64_t>(
                std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size), '\n'));
            CHECK(file.rows() == (lines == 0 ? 0 : lines - 1));
            CHECK(file.dropped_line() == (size > 0 && bytes[size - 1] != '\n'));
        }
        if (size % 23 != 0) continue;  // what is promised to outlive a loss of power takes milliseconds
        go_on(here / "t.csv");
        CHECK(here.read("t.csv") == bytes);
    }
}

TEST_CASE("table_file: a tail of other bytes is dropped as long as it is no line") {
    const folder here;
    go_on(here / "t.csv", 3);
    const std::string before = here.read("t.csv.part");
    here.write("t.csv.part", before + std::string(100, '\0'));
    nas::table_file file{here / "t.csv", space, options, columns, recipe};
    CHECK(file.rows() == 3);
    CHECK(file.dropped_line());
    CHECK(here.read("t.csv.part") == before);
}

TEST_CASE("table_file: a complete table stays as it is") {
    const folder here;
    go_on(here / "t.csv");
    const std::string bytes = here.read("t.csv");
    here.write("t.csv.part", "left by a crash");
    nas::table_file file{here / "t.csv", space, options, columns, recipe};
    CHECK(file.rows() == file.total());
    CHECK(here.read("t.csv") == bytes);
    CHECK(here.names() == texts{"t.csv", "t.csv.json"});
}

TEST_CASE("table_file: a table that was made in another way is refused") {
    for (const bool complete : {false, true}) {
        CAPTURE(complete);
        const folder here;
        go_on(here / "t.csv", complete ? 12 : 4);
        const auto check = [&](auto change, const std::string& difference) {
            nas::tabulate_options how = options;
            nas::table_file_options what = columns;
            json with = recipe;
            change(how, what, with);
            refuses(here / "t.csv", how, what, with, ".json: the table was begun with another " + difference);
        };
        using how_type = nas::tabulate_options;
        using what_type = nas::table_file_options;
        check([](how_type& how, what_type&, json&) { how.seed = 6; }, "/seed, 5 and not 6");
        check([](how_type& how, what_type&, json&) { how.repeats = 3; }, "/repeats, 2 and not 3");
        check([](how_type&, what_type& what, json&) { what.digits = 0; }, "/digits, 4 and not 0");
        check([](how_type&, what_type&, json& with) { with["evaluator"]["name"] = "other"; },
              "/evaluator/name, \"test\" and not \"other\"");
        check([](how_type&, what_type&, json& with) { with["evaluator"]["rate"] = 0.5; },
              "/evaluator/rate, absent and not 0.5");
        check([](how_type&, what_type&, json& with) { with.erase("evaluator"); },
              "/evaluator, {\"name\":\"test\"} and not absent");
        check([](how_type&, what_type&, json& with) { with["flags"] = "-O3"; }, "/flags, absent and not \"-O3\"");
        check(
            [](how_type& how, what_type&, json&) {
                how.fidelities = {1, 8};
            },
            "/columns, [\"index\",\"code\",\"arch\",\"repeat\",\"seed\",\"accuracy_1\",\"accuracy_4\",\"seconds\","
            "\"parameters\",\"loss\",\"reason\"] and not [\"index\",\"code\",\"arch\",\"repeat\",\"seed\","
            "\"accuracy_1\",\"accuracy_8\",\"seconds\",\"parameters\",\"loss\",\"reason\"]");
        // What is said of it may change.
        json other = recipe;
        other["about"] = "still a test";
        other["date"] = "2030-01-01";
        CHECK_NOTHROW(nas::table_file{here / "t.csv", space, options, columns, other});
    }
}

TEST_CASE("table_file: files that are not a table's are refused and kept") {
    const folder here;
    const auto refused = [&](const std::string& sentence) {
        refuses(here / "t.csv", options, columns, recipe, sentence);
    };
    here.write("t.csv", "mine");
    refused(".json: the file is missing that says how the table was made");
    here.write("t.csv.json", "{}");
    refused(".json: the file exists, but does not describe a table");
    fs::remove(here / "t.csv");
    refused(".json: the file exists, but does not describe a table");
    CHECK(here.read("t.csv.json") == "{}");
    here.write("t.csv.json", "not JSON");
    refused(".json: the file exists, but does not describe a table");
    fs::remove(here / "t.csv.json");

    go_on(here / "t.csv", 4);
    const std::string rows = here.read("t.csv.part");
    const std::string header = rows.substr(0, rows.find('\n') + 1);
    for (const std::string& wrong : {std::string("a,b\n1,2\n"), std::string("\n")}) {
        here.write("t.csv.part", wrong);
        refused(".part: there is something else where the table has its header");
        here.write("t.csv.part", header + wrong);
        refused(".part: there is something else where the table has its row 0");
        here.write("t.csv.part", rows + wrong);
        refused(".part: there is something else where the table has its row 4");
        CHECK(here.read("t.csv.part") == rows + wrong);
    }
    here.write("t.csv.part", rows);
    go_on(here / "t.csv");
    fs::rename(here / "t.csv", here / "t.csv.part");
    here.write("t.csv.part", here.read("t.csv.part") + "more\n");
    refused(".part: there is more than the table's last row");
    CHECK_THROWS_WITH_AS((nas::table_file{here / "no" / "t.csv", space, options, columns, recipe}),
                         ((here / "no" / "t.csv").string() + ": the file cannot be written: the folder '" +
                          (here / "no").string() + "' does not exist; make it first")
                             .c_str(),
                         nas::table_file_error);
}

TEST_CASE("table_file: metadata that were written alone are no obstacle") {
    const folder here;
    go_on(here / "t.csv", 1);
    fs::remove(here / "t.csv.part");
    json other = recipe;
    other["evaluator"] = "another";
    nas::table_file file{here / "t.csv", space, options, columns, other};
    CHECK(file.rows() == 0);
    CHECK(json::parse(here.read("t.csv.json"))["evaluator"] == "another");
}

TEST_CASE("table_file: of two processes one writes a table, and when it was killed another goes on") {
    const folder here;
    go_on(here / "whole.csv");
    for (const std::string name : {"t.csv", "t.csv.gz"}) {
        if (name == "t.csv.gz" && !nas::detail::has_zlib) continue;
        support::other_process other([&](auto& self) {
            nas::table_file file{here / name, space, options, columns, recipe};
            nas::tabulate(space, evaluate, options, serial{}, file, [&] { return file.rows() == 5; });
            self.ready();
            ::pause();
        });
        REQUIRE(other.wait_until_ready());
        const std::string part = here.read(name + ".part");
        const std::string what_to_do = " is writing this file; wait for its end, or choose another name";
        refuses(here / name, options, columns, recipe,
                ": process " + std::to_string(other.pid()) + " on " + support::host_name() + what_to_do);
        CHECK(here.read(name + ".part") == part);
        other.kill();
        {
            nas::table_file file{here / name, space, options, columns, recipe};
            CHECK(file.rows() == 5);
            refuses(here / name, options, columns, recipe, ": this process" + what_to_do);
        }
        go_on(here / name);
        CHECK(nas::csv_table::read(here / name).rows() == 12);
    }
    CHECK(here.read("t.csv") == here.read("whole.csv"));
    CHECK(here.names().size() == (nas::detail::has_zlib ? 6 : 4));
}

TEST_CASE("table_file: processes that start over and over at the same time leave one table") {
    const folder here;
    go_on(here / "whole.csv");
    std::vector<std::unique_ptr<support::other_process>> others;
    for (int i = 0; i < 4; ++i)
        others.push_back(std::make_unique<support::other_process>([&](auto&) {
            for (bool complete = false; !complete;) {
                try {
                    nas::table_file file{here / "t.csv", space, options, columns, recipe};
                    nas::tabulate_options rest = options;
                    rest.first_row = file.rows();
                    const std::uint64_t end = file.rows() + 1;
                    nas::tabulate(space, evaluate, rest, serial{}, file, [&] { return file.rows() >= end; });
                    complete = file.rows() == file.total();
                } catch (const nas::table_file_error&) {
                    ::usleep(1000);
                }
            }
        }));
    for (const auto& other : others) CHECK(other->wait() == 0);
    CHECK(here.read("t.csv") == here.read("whole.csv"));
    CHECK(here.names() == texts{"t.csv", "t.csv.json", "whole.csv", "whole.csv.json"});
}

TEST_CASE("table_file: a full disk loses no row, wherever it is full") {
    const folder here;
    go_on(here / "whole.csv");
    const std::string bytes = here.read("whole.csv");
    for (const std::string name : {"t.csv", "t.csv.gz"}) {
        if (name == "t.csv.gz" && !nas::detail::has_zlib) continue;
        const std::size_t meta = here.read("whole.csv.json").size();
        std::uint64_t rows = 0;
        for (std::size_t size = meta / 2; size < bytes.size(); size += 61) {
            CAPTURE(size);
            {
                const support::small_disk disk(size);
                CHECK_THROWS_AS(go_on(here / name), nas::table_file_error);
            }
            const std::string part = here.read(name + ".part");
            CHECK(bytes.starts_with(part));
            CHECK((part.empty() || part.ends_with('\n')));
            nas::table_file file{here / name, space, options, columns, recipe};
            CHECK(file.rows() >= rows);
            CHECK_FALSE(file.dropped_line());
            rows = file.rows();
        }
        go_on(here / name);
        CHECK(nas::csv_table::read(here / name).rows() == 12);
    }
    CHECK(here.read("t.csv") == bytes);
}

TEST_CASE("table_file: where compressing does not fit, all rows stay") {
    if (!nas::detail::has_zlib) return;
    const folder here;
    go_on(here / "t.csv.gz", 11);
    const std::string part = here.read("t.csv.gz.part");
    {
        nas::table_file file{here / "t.csv.gz", space, options, columns, recipe};
        nas::tabulate_options rest = options;
        rest.first_row = 11;
        fs::create_directory(here / "t.csv.gz.new");  // so that there is no place for the draft
        CHECK_THROWS_AS(nas::tabulate(space, evaluate, rest, serial{}, file), nas::table_file_error);
        fs::remove(here / "t.csv.gz.new");
    }
    CHECK(here.read("t.csv.gz.part").starts_with(part));
    CHECK_FALSE(fs::exists(here / "t.csv.gz"));
    go_on(here / "t.csv.gz", 0);
    CHECK(nas::csv_table::read(here / "t.csv.gz").rows() == 12);
    CHECK(here.names() == texts{"t.csv.gz", "t.csv.gz.json"});
}

TEST_CASE("table_file: a folder, a pipe and a device are refused at once") {
    for (const std::string end : {"", ".part", ".json"}) {
        const folder here;
        const auto check = [&](const std::string& why) {
            refuses(here / "t.csv", options, columns, recipe, end + ": the file cannot be written: " + why);
            fs::remove(here / ("t.csv" + end));
        };
        fs::create_directory(here / ("t.csv" + end));
        check("Is a directory");
        REQUIRE(::mkfifo((here / ("t.csv" + end)).c_str(), 0600) == 0);
        check("it is a device, a pipe or a socket");
        fs::create_symlink("/dev/zero", here / ("t.csv" + end));
        check("it is a device, a pipe or a socket");
    }
}

TEST_CASE("table_file: a description that is nested without end is none") {
    const folder here;
    go_on(here / "t.csv", 3);
    for (const std::size_t depth : {70'000U, 10'000'000U}) {
        here.write("t.csv.json",
                   "{\"nas_table\":1,\"space\":" + std::string(depth, '[') + std::string(depth, ']') + '}');
        refuses(here / "t.csv", options, columns, recipe, ".json: the file exists, but does not describe a table");
    }
}

TEST_CASE("table_file: what is not UTF-8 becomes so in texts, and is refused in names") {
    const folder here;
    const auto failing = [](const arch_type&) -> double { throw std::runtime_error("Schl\xFCssel"); };
    json with = recipe;
    with["about"] = "f\xFCr alle";
    {
        nas::table_file file{here / "t.csv", space, {}, {}, with};
        nas::tabulate(space, failing, {}, serial{}, file, [&] { return file.rows() == 3; });
    }
    {
        nas::table_file file{here / "t.csv", space, {}, {}, with};  // is the same
        nas::tabulate(space, failing, {.first_row = 3}, serial{}, file);
    }
    CHECK(nas::detail::is_utf8(here.read("t.csv")));
    CHECK(nas::csv_table::read(here / "t.csv").field(0, 7) == "failed: Schl\xEF\xBF\xBDssel");
    CHECK(json::parse(here.read("t.csv.json"))["about"] == "f\xEF\xBF\xBDr alle");
    CHECK_THROWS_WITH_AS((nas::table_file{here / "u.csv",
                                          space,
                                          {},
                                          {.metrics = {"Gr\xF6\xDF"
                                                       "e"}},
                                          recipe}),
                         "nas::table_file: the column 'Gr\xEF\xBF\xBD\xEF\xBF\xBD"
                         "e' must have a name in UTF-8",
                         std::invalid_argument);
}

TEST_CASE("table_file: what a program gets wrong") {
    const folder here;
    const auto refused = [&](const nas::table_file_options& what, const char* sentence) {
        CHECK_THROWS_WITH_AS((nas::table_file{here / "t.csv", space, options, what, recipe}), sentence,
                             std::invalid_argument);
    };
    refused({.objectives = {"a", "b"}}, "nas::table_file: there must be 1 names of objectives, not 2");
    refused({.metrics = {"loss", "seed"}}, "nas::table_file: there would be two columns 'seed'");
    refused({.digits = 18}, "nas::table_file: digits (18) must be in [0, 17]");
    refused({.digits = -1}, "nas::table_file: digits (-1) must be in [0, 17]");
    if (!nas::detail::has_zlib)
        CHECK_THROWS_AS((nas::table_file{here / "t.csv.gz", space, options, columns, recipe}), nas::table_file_error);
    CHECK_THROWS_WITH_AS((nas::table_file{here / "t.csv", space, options, columns, {1, 2}}),
                         "nas::table_file: the recipe must be a JSON object", std::invalid_argument);
    CHECK(here.names().empty());
    { const nas::table_file without{here / "u.csv", space, options, columns, {}}; }

    nas::table_file file{here / "t.csv", space, options, columns, recipe};
    decltype(file)::row_type row;
    row.number = 1;
    row.arch = space.at(0);
    row.values = {{1}, {2}};
    row.seed = nas::tabulated_seed(options.seed, 0, 0);
    CHECK_THROWS_WITH_AS(file(row), "nas::table_file: row 1 where row 0 of 12 was expected", std::logic_error);
    row.number = 0;
    const auto check_other = [&](const auto& other) {
        CHECK_THROWS_WITH_AS(file(other), "nas::table_file: the row was made with other options than the table's",
                             std::logic_error);
    };
    auto other = row;
    other.values = {{1}};
    check_other(other);
    other = row;
    other.seed = nas::tabulated_seed(options.seed + 1, 0, 0);
    check_other(other);
    row.result.metrics = {1};
    CHECK_THROWS_WITH_AS(file(row), "nas::table_file: the evaluation has 1 metrics, but the table 2", std::logic_error);
    CHECK(file.rows() == 0);
}

TEST_CASE("table_file: numbers") {
    using nas::detail::table_number;
    CHECK(table_number(271'363, 5) == "271363");
    CHECK(table_number(-3, 2) == "-3");
    CHECK(table_number(-0.0, 2) == "0");
    CHECK(table_number(1.0 / 3, 5) == "0.33333");
    CHECK(table_number(1.0 / 3, 0) == "0.3333333333333333");
    CHECK(table_number(0.1, 0) == "0.1");
    CHECK(table_number(1e300, 3) == "1e+300");
    CHECK(table_number(std::numeric_limits<double>::quiet_NaN(), 3) == "");
    CHECK(table_number(std::numeric_limits<double>::infinity(), 3) == "");
}

// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <nas/core/utf8.hpp>
#include <nas/data/csv.hpp>
#include <nas/evaluators/landscapes.hpp>
#include <nas/evaluators/process.hpp>
#include <nas/evaluators/read_table.hpp>
#include <nas/io/mlp_space_json.hpp>
#include <nas/io/space_json.hpp>
#include <nas/io/table_file.hpp>
#include <nas/run/tabulate.hpp>

#include "data_dir.hpp"
#include "support/other_process.hpp"
#include "support/temporary_folder.hpp"

// Runs the program NAS_TABULATE as a user does, on files that are written here.

namespace {

using texts = std::vector<std::string>;

struct folder : support::temporary_folder {
    std::string operator/(const std::string& name) const { return (path() / name).string(); }
    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(path() / name, std::ios::binary) << text;
        return *this / name;
    }
    std::string read(const std::string& name) const { return support::content(path() / name); }
    bool has(const std::string& name) const { return std::filesystem::exists(path() / name); }
};

nas::process_result run(const texts& arguments) {
    texts all{NAS_TABULATE};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return nas::run_process(all, {}, {.timeout = 120});
}

void succeeds(const texts& arguments) {
    const auto result = run(arguments);
    CHECK(result.error == "");
    REQUIRE(result.code == 0);
}

void refuses(const texts& arguments, const std::string& sentence) {
    CAPTURE(sentence);
    const auto result = run(arguments);
    CHECK(result.code == 2);
    CHECK(result.error == "nas_tabulate: " + sentence + "\n");
    CHECK(result.output == "");
}

double number(const nas::csv_table& table, std::size_t row, const std::string& column) {
    return table.number(row, table.column(column));
}

/// In a program's script: nas_tabulate's number, as the program's parent is a supervisor.
const std::string tabulating = "$(cut -d' ' -f4 /proc/$PPID/stat)";

/// A program that answers 1000 * first decision + the last digit of the seed, does what `script` says before, and cannot
/// count: it fails for `b=2`.
texts command(const folder& here, const std::string& script) {
    const std::string program = here.write(
        "train.sh",
        "read line\n" + script +
            "\ncase \"$line\" in *'\"b\":\"2\"'*) echo out of numbers >&2; exit 3;; esac\n"
            "a=${line#*'\"a\":\"'}; a=${a%%'\"'*}; seed=${line#*'\"seed\":'}; seed=${seed%%,*}\n"
            "value=$((1000 * a)); digit=${seed#\"${seed%?}\"}\n"
            "echo \"{\\\"value\\\": $((value + digit)), \\\"cost\\\": 0.5, \\\"metrics\\\": {\\\"size\\\": $a}}\"\n");
    const std::string space =
        here.write("space.json", R"({"decisions": [{"path": "a", "choices": 3}, {"path": "b", "choices": 3}]})");
    return {"--command", "sh '" + program + "'", "--space", space, "--metrics", "size", "--threads", "1"};
}

texts with(texts all, const texts& more) {
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

/// Forty rows of two features, the class is whether they have the same sign; `leak` is the class.
std::string quadrants() {
    std::string text = "x,y,leak,class\n";
    for (int i = 0; i < 40; ++i) {
        const int x = (i % 2 == 0 ? 1 : -1) * (1 + i % 7);
        const int y = (i / 2 % 2 == 0 ? 1 : -1) * (1 + i % 5);
        const std::string same = (x > 0) == (y > 0) ? "1" : "0";
        text += std::to_string(x) + ',' + std::to_string(y) + ',' + same + (same == "1" ? ",same\n" : ",other\n");
    }
    return text;
}

}  // namespace

TEST_CASE("nas_tabulate: a landscape whose table reads as what it is") {
    const folder here;
    succeeds({"--landscape", "nk:neighbors=2,seed=4", "--space", "5x3", "--out", here / "nk.csv", "--repeats", "2"});
    const nas::choice_space<> space{5, 3};
    const auto table = nas::read_table(space, here / "nk.csv", {.reward = "value", .cost = "seconds"});
    CHECK(table.size() == 243);
    CHECK(table.rows() == 486);
    nas::visit_landscape("nk:neighbors=2,seed=4", space, [&](const auto& landscape) {
        for (std::uint64_t i = 0; i < space.size(); ++i) {
            const auto arch = space.at(i);
            CHECK(table.mean(arch) == landscape.mean(arch));  // numbers are written so that they come back
        }
        CHECK(table.optimum() == landscape.optimum());
    });
    const auto facts = nlohmann::json::parse(here.read("nk.csv.json"));
    CHECK(facts["evaluator"]["landscape"] == "nk:neighbors=2,seed=4");
    CHECK(facts["space"]["choices"].size() == 5);
    CHECK_FALSE(facts["compiler"].get<std::string>().empty());
    CHECK(facts.contains("flags"));
}

TEST_CASE("nas_tabulate: threads change no byte") {
    const folder here;
    const texts common{"--landscape", "noisy:sigma=0.5", "--space", "3x4",         "--repeats", "3", "--digits",
                       "4",           "--seed",          "9",       "--objective", "worth"};
    succeeds(with(common, {"--threads", "1", "--out", here / "one.csv"}));
    succeeds(with(common, {"--threads", "3", "--out", here / "three.csv"}));
    succeeds(with(common, {"--threads", "3", "--out", here / "three.csv"}));  // is complete
    CHECK(here.read("one.csv") == here.read("three.csv"));
    CHECK(here.read("one.csv.json") == here.read("three.csv.json"));
    const auto table = nas::csv_table::read(here / "one.csv");
    REQUIRE(table.rows() == 192);
    CHECK(number(table, 0, "worth") != number(table, 1, "worth"));
    CHECK(table.field(5, table.column("seed")) == std::to_string(nas::tabulated_seed(9, 1, 2)));
}

TEST_CASE("nas_tabulate: a program that is interrupted at every row") {
    const folder here;
    const texts arguments =
        with(command(here, "[ -e '" + here / "stop" + "' ] && kill -INT " + tabulating), {"--repeats", "2"});
    const auto whole = run(with(arguments, {"--out", here / "whole.csv"}));
    REQUIRE(whole.code == 0);
    CHECK(whole.output.find(
              "6 rows are not completed, the first of them row 4: sh exited with code 3: out of numbers.") !=
          std::string::npos);
    const auto table = nas::csv_table::read(here / "whole.csv");
    CHECK(table.names() == texts{"index", "code", "arch", "repeat", "seed", "value", "seconds", "size", "reason"});
    REQUIRE(table.rows() == 18);
    CHECK(table.field(4, table.column("value")) == "");
    CHECK(table.field(4, table.column("reason")) == "failed: sh exited with code 3: out of numbers");
    CHECK(table.field(7, table.column("arch")) == "a=1, b=0");
    CHECK(number(table, 7, "value") == 1000 + static_cast<double>(nas::tabulated_seed(0, 3, 1) % 10));
    CHECK(number(table, 7, "size") == 1);
    CHECK(number(table, 7, "seconds") == 0.5);
    // Those that were not completed are no rows of the benchmark.
    const auto benchmark = nas::read_table(here / "whole.csv", {.reward = "value", .report = {"size"}});
    CHECK(benchmark.rows() == 12);
    CHECK(benchmark.size() == 6);

    here.write("stop", "");
    std::size_t runs = 1;
    for (; runs < 100; ++runs) {
        const auto result = run(with(arguments, {"--out", here / "t.csv", "--quiet"}));
        CHECK(result.error == "");
        CHECK(result.output == "");
        if (result.code == 0) break;
        REQUIRE(result.code == 130);
        CHECK(here.has("t.csv.part"));
    }
    CHECK(runs == 18);
    CHECK(here.read("t.csv") == here.read("whole.csv"));
    CHECK(here.read("t.csv.json") == here.read("whole.csv.json"));
    CHECK_FALSE(here.has("t.csv.part"));
}

TEST_CASE("nas_tabulate: a program that is killed goes on") {
    const folder here;
    const std::string mark = here.write("kill", "");
    const texts arguments = command(
        here, "case \"$line\" in *'\"trial\":5,'*) [ -e '" + mark + "' ] && kill -KILL " + tabulating + ";; esac");
    CHECK(run(with(arguments, {"--out", here / "t.csv"})).end != nas::process_end::exited);
    CHECK_FALSE(here.has("t.csv"));
    const std::string part = here.read("t.csv.part");
    here.write("t.csv.part", part + "5,12,\"a=1");  // as if it had been writing
    std::filesystem::remove(mark);
    const auto again = run(with(arguments, {"--out", here / "t.csv"}));
    REQUIRE(again.code == 0);
    CHECK(again.output.starts_with("An interrupted line was dropped.\nGoing on after 5 of 9 rows.\n"));
    succeeds(with(arguments, {"--out", here / "whole.csv", "--quiet"}));
    CHECK(here.read("t.csv") == here.read("whole.csv"));
}

TEST_CASE("nas_tabulate: a second one on the same table ends at once and says who is writing, and the rows are whole") {
    const folder here;
    const std::string mark = here / "mark";
    const texts arguments =
        command(here, "case \"$line\" in *'\"trial\":4,'*) [ -e '" + here / "go" + "' ] || { echo " + tabulating +
                          " > '" + mark + ".new'; mv '" + mark + ".new' '" + mark + "'; exec sleep 60; };; esac");
    support::other_process first([&](auto&) { (void)run(with(arguments, {"--out", here / "t.csv"})); });
    for (int i = 0; i < 1000 && !here.has("mark"); ++i) ::usleep(10'000);
    REQUIRE(here.has("mark"));
    const int pid = std::stoi(here.read("mark"));
    const std::string part = here.read("t.csv.part");
    refuses(with(arguments, {"--out", here / "t.csv"}),
            here / "t.csv" + ": process " + std::to_string(pid) + " on " + support::host_name() +
                " is writing this file; wait for its end, or choose another name");
    CHECK(here.read("t.csv.part") == part);
    ::kill(pid, SIGKILL);
    first.wait();
    here.write("go", "");
    const auto again = run(with(arguments, {"--out", here / "t.csv"}));
    CHECK(again.code == 0);
    CHECK(again.output.starts_with("Going on after 4 of 9 rows.\n"));
    succeeds(with(arguments, {"--out", here / "whole.csv", "--quiet"}));
    CHECK(here.read("t.csv") == here.read("whole.csv"));
}

TEST_CASE("nas_tabulate: a full disk is exit code 2, and the rows that were there stay") {
    const folder here;
    const texts arguments{"--landscape", "nk:neighbors=2", "--space", "5x3", "--out", here / "t.csv"};
    const auto with_shell = [&](const std::string& script, const texts& more) {
        texts all{"sh", "-c", script, NAS_TABULATE};
        all.insert(all.end(), more.begin(), more.end());
        return nas::run_process(all, {}, {.timeout = 120});
    };
    const auto small = with_shell("trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"", arguments);
    CHECK(small.code == 2);
    CHECK(small.error == "nas_tabulate: " + here / "t.csv.part" + ": the file cannot be written: File too large\n");
    const std::string part = here.read("t.csv.part");
    CHECK(part.size() > 3500);
    CHECK(part.ends_with('\n'));
    succeeds(arguments);
    CHECK(here.read("t.csv").starts_with(part));
    // What it says may have no place either: then the table is there all the same.
    const auto silent = with_shell("exec \"$0\" \"$@\" > /dev/full",
                                   {"--landscape", "nk:neighbors=2", "--space", "5x3", "--out", here / "u.csv"});
    CHECK(silent.code == 2);
    CHECK(silent.error == "nas_tabulate: standard output cannot be written; is the disk full?\n");
    CHECK(here.read("u.csv") == here.read("t.csv"));
    CHECK(with_shell("exec \"$0\" --help > /dev/full", {}).code == 2);
}

TEST_CASE("nas_tabulate: what programs say becomes UTF-8") {
    const folder here;
    const texts arguments =
        command(here,
                "case \"$line\" in *'\"trial\":2,'*) printf 'Schl\\374ssel\\n' >&2; exit 1;; esac\n"
                "case \"$line\" in *'\"trial\":3,'*) printf '%0119d\\303\\244 and more' 0; exit 0;; esac");
    succeeds(with(arguments, {"--out", here / "t.csv", "--quiet", "--about", "f\xFCr alle"}));
    const std::string text = here.read("t.csv");
    CHECK(nas::detail::is_utf8(text));
    CHECK(nas::detail::is_utf8(here.read("t.csv.json")));
    CHECK(text.find("sh exited with code 1: Schl\xEF\xBF\xBDssel") != std::string::npos);
    CHECK(text.find(std::string(119, '0') + "...") != std::string::npos);
    refuses(with(arguments, {"--out", here / "u.csv", "--objective",
                             "Gr\xF6\xDF"
                             "e"}),
            "nas::table_file: the column 'Gr\xEF\xBF\xBD\xEF\xBF\xBD"
            "e' must have a name in UTF-8");
}

TEST_CASE("nas_tabulate: files that are none, or nested without end") {
    const folder here;
    const auto check = [&](const std::string& space, const std::string& sentence) {
        refuses({"--landscape", "separable", "--space", space, "--out", here / "t.csv"}, space + sentence);
    };
    check("/dev/zero", ": the file cannot be read: it is a device, a pipe or a socket");
    check(here.path().string(), ": the file cannot be read: Is a directory");
    check(
        here.write("broken.json", "{\"choices\":\n [3,"),
        ":2:5: bad JSON: syntax error while parsing value - unexpected end of input; expected '[', '{', or a literal");
    for (const std::size_t depth : {70'000U, 10'000'000U})
        check(here.write("deep.json", "{\"choices\": " + std::string(depth, '[') + std::string(depth, ']') + '}'),
              ":1:112: bad JSON: more than 100 arrays and objects lie within each other");
    refuses({"--landscape", "separable", "--space", "2x2", "--out", here.path().string()},
            here.path().string() + ": the file cannot be written: Is a directory");
    refuses({"--landscape", "separable", "--space", "2x2", "--out", "/dev/null"},
            "/dev/null: the file cannot be written: it is a device, a pipe or a socket");
    CHECK(std::filesystem::is_character_file("/dev/null"));
}

TEST_CASE("nas_tabulate: a program that cannot be started ends it") {
    const folder here;
    refuses({"--command", "no_such_program_1234", "--space", "2x2", "--out", here / "t.csv", "--threads", "1"},
            "nas::command_evaluator: no_such_program_1234 cannot be started: No such file or directory");
    CHECK_FALSE(here.has("t.csv"));
}

TEST_CASE("nas_tabulate: networks trained on a file") {
    const folder here;
    const std::string data = here.write("quadrants.csv", quadrants());
    const std::string space =
        here.write("space.json", R"({"units": [3, 5], "activations": ["relu"], "dropout": false, "max_length": 3})");
    const texts common{"--mlp",        data,
                       "--label",      "class",
                       "--drop",       "leak",
                       "--split",      "train=0.5,validation=0.25,test=0.25",
                       "--split-seed", "3",
                       "--space",      space,
                       "--trainer",    "test_metric=true,batch=4",
                       "--fidelities", "1,3,8",
                       "--repeats",    "2",
                       "--digits",     "5",
                       "--about",      "four quadrants",
                       "--date",       "2030-01-01"};
    const std::string out = nas::detail::has_zlib ? "t.csv.gz" : "t.csv";
    succeeds(with(common, {"--out", here / out}));
    const auto table = nas::csv_table::read(here / out);
    CHECK(table.names() == texts{"index", "code", "arch", "repeat", "seed", "accuracy_1", "accuracy_3", "accuracy_8",
                                 "seconds", "parameters", "validation_loss", "test_accuracy", "reason"});
    REQUIRE(table.rows() == 12);
    const auto facts = nlohmann::ordered_json::parse(here.read(out + ".json"));
    const nas::mlp_space read = nas::mlp_space_from_json(facts["space"]);
    CHECK(read.options().output == nas::mlp_layer{1, nas::activation::sigmoid});
    CHECK(read.size() == 6);
    for (std::size_t row = 0; row < table.rows(); ++row) {
        const auto arch = read.parse(table.field(row, table.column("arch")));
        CHECK(read.index(arch) == row / 2);
        CHECK(number(table, row, "parameters") == static_cast<double>(read.parameters(arch, 2)));
        CHECK(table.field(row, table.column("reason")) == "");
        for (const char* column : {"accuracy_1", "accuracy_3", "accuracy_8", "test_accuracy"}) {
            const double tenths = 10 * number(table, row, column);  // ten rows
            CHECK(tenths == doctest::Approx(std::round(tenths)));
            CHECK(tenths <= 10);
        }
    }
    CHECK(facts["about"] == "four quadrants");
    CHECK(facts["date"] == "2030-01-01");
    CHECK(facts["evaluator"]["data"]["file"] == "quadrants.csv");
    CHECK(facts["evaluator"]["data"]["features"] == nlohmann::ordered_json({"x", "y"}));

    // Other data of the same shape are refused.
    std::string other = quadrants();
    other[other.find("1,1,")] = '9';
    here.write("quadrants.csv", other);
    const auto result = run(with(common, {"--out", here / out}));
    CHECK(result.code == 2);
    CHECK(result.error.find("the table was begun with another /evaluator/data/crc32, ") != std::string::npos);
}

TEST_CASE("nas_tabulate: networks and how they are trained") {
    const folder here;
    const std::string decisions = R"({"decisions": [{"path": "layers", "values": [1, 2]},
        {"path": "units_1", "values": [2, 5]},
        {"path": "units_2", "values": [3, 4], "when": {"decision": "layers", "is": ["2"]}},
        {"path": "learning_rate", "values": [0.001, 0.1], "scale": "logarithmic"}]})";
    const texts common{
        "--mlp",   here.write("quadrants.csv", quadrants()), "--label",   "class",   "--drop",       "leak",
        "--split", "train=0.5,validation=0.25,test=0.25",    "--trainer", "batch=4", "--fidelities", "1,4"};
    succeeds(with(common, {"--space", here.write("space.json", decisions), "--repeats", "2", "--out", here / "t.csv"}));
    const auto table = nas::csv_table::read(here / "t.csv");
    REQUIRE(table.rows() == 2 * 12);
    const auto facts = nlohmann::ordered_json::parse(here.read("t.csv.json"));
    const nas::choice_space<> space = nas::choice_space_from_json(facts["space"]);
    CHECK(space == nas::choice_space_from_json(nlohmann::ordered_json::parse(decisions)));
    CHECK(table.field(0, table.column("arch")) == "layers=1, units_1=2, learning_rate=0.001");
    CHECK(table.field(0, table.column("code")) == "0000");
    CHECK(number(table, 0, "parameters") == 2 * 2 + 2 + 2 + 1);
    CHECK(table.field(23, table.column("arch")) == "layers=2, units_1=5, units_2=4, learning_rate=0.1");
    CHECK(table.field(23, table.column("code")) == "1111");
    CHECK(number(table, 23, "parameters") == 2 * 5 + 5 + 5 * 4 + 4 + 4 + 1);
    CHECK(number(table, 20, "validation_loss") != number(table, 22, "validation_loss"));  // by the learning rate

    // What it wrote beside the table says what the space was, for another table.
    succeeds(with(common, {"--space", here / "t.csv.json", "--repeats", "2", "--out", here / "again.csv"}));
    CHECK(here.read("again.csv") == here.read("t.csv"));
    const auto refused = [&](const std::string& text, const std::string& sentence) {
        refuses(with(common, {"--space", here.write("bad.json", text), "--out", here / "bad.csv"}), sentence);
    };
    refused(R"({"decisions": [{"path": "units", "values": [0, 8]}]})",
            "nas::joint_mlp_trainer: 'units' ('0') must be a whole number in [1, 1048576]");
    refused(
        R"({"choices": [3, 3]})",
        "nas::joint_mlp_trainer: there is nothing that the decision '0' can be; there is layers, units, units_1 to "
        "units_9, activation, activation_1 to activation_9, batch, optimizer, learning_rate, momentum, weight_decay, "
        "dropout");
    refuses(with(common, {"--space", here / "t.csv.json", "--cuda", "--out", here / "bad.csv"}),
            "--cuda trains networks of layers, not those of a table of decisions");
    refused(R"({"decisions": 3})", "nas::choice_space_from_json: /decisions: it must be an array");
    CHECK_FALSE(here.has("bad.csv.json"));
}

TEST_CASE("nas_tabulate: what is wrong with the arguments is one line") {
    const folder here;
    const std::string out = here / "t.csv";
    const texts landscape{"--landscape", "separable", "--space", "2x2"};
    refuses({}, "one of --mlp, --command and --landscape must say what is evaluated");
    refuses({"--landscape", "nk", "--command", "x"}, "--command and --landscape exclude each other");
    refuses({"--landscape", "nk", "--out", out}, "--landscape needs --space");
    refuses(landscape, "--out must name the table");
    refuses({"--mlp", "x.csv", "--out", out}, "--mlp needs --label, the column to be learned");
    refuses(with(landscape, {"--out", out, "--trainer", "epochs=3"}), "--trainer needs --mlp");
    refuses(with(landscape, {"--out", out, "--timeout", "3"}), "--timeout needs --command");
    refuses(with(landscape, {"--out", out, "--cuda"}), "--cuda needs --mlp");
    refuses(with(landscape, {"--wrong"}), "unknown argument '--wrong'; --help lists the options");
    refuses(with(landscape, {"--out", "--quiet"}),
            "--out: a value is missing before '--quiet'; --help lists the options");
    refuses(with(landscape, {"--out", out, "--repeats", "0"}),
            "--repeats: ('0') must be a whole number in [1, 1000000]; --help lists the options");
    refuses(with(landscape, {"--out", out, "--seed", "-1"}),
            "--seed: ('-1') must be a whole number in [0, 18446744073709551615]; --help lists the options");
    refuses(with(landscape, {"--out", out, "--fidelities", "1,x"}),
            "--fidelities: ('x') must be a number above 0; --help lists the options");
    refuses(with(landscape, {"--out", out, "--fidelities", "2,1"}),
            "nas::tabulate: fidelities (1 after 2) must rise from above 0, and be finite");
    refuses(with(landscape, {"--out", out, "--digits", "18"}),
            "--digits: ('18') must be a whole number in [1, 17]; --help lists the options");
    refuses({"--landscape", "nk", "--space", "33x2", "--out", out},
            "--space ('33x2') must be a file, or DECISIONSxCHOICES of at most 32x256");
    refuses({"--landscape", "nk", "--space", here / "none.json", "--out", out},
            here / "none.json" + ": the file cannot be read: No such file or directory");
    refuses({"--landscape", "nk", "--space", here.write("s.json", R"({"choices": [0]})"), "--out", out},
            "nas::choice_space_from_json: /choices/0: the number of choices (0) must be an integer in [1, 256]");
    refuses({"--landscape", "hill", "--space", "2x2", "--out", out},
            "nas::visit_landscape: no landscape 'hill'; there are separable, trap, nk, plateau, noisy");
    refuses({"--landscape", "separable", "--space", "32x256", "--out", out},
            "nas::tabulate: there must be fewer than 2^32 - 1 rows, not those of 1 x 2^64 - 1 or more evaluations");
    refuses(with(landscape, {"--out", out, "--objective", "seed"}),
            "nas::table_file: there would be two columns 'seed'");

    const std::string data = here.write("q.csv", quadrants());
    const texts mlp{"--mlp", data, "--out", out, "--label"};
    refuses(with(mlp, {"size"}), data + ": no column 'size'; the columns are 'x', 'y', 'leak', 'class'");
    refuses(with(mlp, {"class", "--split", "train=2"}), "--split: train (2) must be in [0, 1]");
    refuses(with(mlp, {"class", "--split", "train=0.7"}),
            "nas::stratified_split: train + validation + test (0.7999999999999999) must be 1");
    refuses(with(mlp, {"class", "--drop", "leak", "--trainer", "batch=64"}),
            "nas::mlp_trainer: batch (64) must be at most the 36 training rows");
    refuses(with(mlp, {"class", "--drop", "leak", "--separator", "::"}),
            "--separator: ('::') must be one character; --help lists the options");
    CHECK_FALSE(here.has("t.csv.json"));
    CHECK_FALSE(here.has("t.csv.part"));
}

TEST_CASE("nas_tabulate: two epochs of MLPNAS's smallest networks on white wine") {
    const auto wine = nas::tests::data_file("winequality_white.csv");
    if (!wine) return;
    const folder here;
    const std::string space = here.write("space.json", R"({"units": [16], "activations": ["relu"], "max_length": 2})");
    succeeds({"--mlp", wine->string(), "--label", "quality_label", "--drop", "quality", "--space", space,
              "--fidelities", "1,2", "--out", here / "wine.csv", "--quiet"});
    const auto table = nas::csv_table::read(here / "wine.csv");
    REQUIRE(table.rows() == 1);
    CHECK(number(table, 0, "parameters") == 11 * 16 + 16 + 16 * 3 + 3);
    CHECK(number(table, 0, "accuracy_2") > 0.6);
    CHECK(number(table, 0, "accuracy_2") < 0.8);
}

TEST_CASE("nas_tabulate: help") {
    const auto result = run({"--help"});
    CHECK(result.code == 0);
    CHECK(result.output.find("--fidelities") != std::string::npos);
}

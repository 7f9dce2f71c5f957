// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <nas/data/csv.hpp>
#include <nas/evaluators/process.hpp>
#include <nas/io/gzip_file.hpp>

#include "data_dir.hpp"
#include "support/other_process.hpp"
#include "support/temporary_folder.hpp"

// Runs the program NAS_MOCK_BENCH as a user does, on files that are written here.

namespace {

using texts = std::vector<std::string>;

struct folder : support::temporary_folder {
    std::string operator/(const std::string& name) const { return (path() / name).string(); }
    std::string write(const std::string& name, const std::string& content) const {
        std::ofstream(path() / name, std::ios::binary) << content;
        return *this / name;
    }
    std::string read(const std::string& name) const { return support::content(path() / name); }
};

nas::process_result bench(const texts& arguments) {
    texts all{NAS_MOCK_BENCH};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return nas::run_process(all, {}, {.timeout = 120});
}

/// Runs it into `here`/out without plots, and returns summary.csv.
nas::csv_table summary(const folder& here, texts arguments) {
    arguments.insert(arguments.end(), {"--out", here / "out", "--no-plots", "--quiet"});
    const auto result = bench(arguments);
    CHECK(result.error == "");
    CHECK(result.output == "");
    REQUIRE(result.code == 0);
    return nas::csv_table::read(here / "out/summary.csv");
}

double number(const nas::csv_table& table, std::size_t row, const std::string& column) {
    return table.number(row, table.column(column));
}

std::string text(const nas::csv_table& table, std::size_t row, const std::string& column) {
    return std::string(table.field(row, table.column(column)));
}

/// The lines of a text that contain `part`, each with its end.
std::string lines_with(const std::string& all, const std::string& part) {
    std::string found;
    for (std::size_t begin = 0; begin < all.size();) {
        const std::size_t end = std::min(all.find('\n', begin), all.size() - 1) + 1;
        const std::string line = all.substr(begin, end - begin);
        if (line.find(part) != std::string::npos) found += line;
        begin = end;
    }
    return found;
}

/// What stands between blanks and line ends.
texts words(const std::string& all) {
    std::istringstream stream(all);
    return {std::istream_iterator<std::string>(stream), {}};
}

/// How often `part` is in a text.
std::size_t times(const std::string& all, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = all.find(part); at != std::string::npos; at = all.find(part, at + 1)) ++count;
    return count;
}

/// Nine cells of two decisions: digits a, b are worth 10 a + b, 1 + a seconds, and `test` is 100 - 10 a - b.
std::string nine_cells() {
    std::string text = "code,val,test,seconds\n";
    for (const char a : {'0', '1', '2'}) {
        for (const char b : {'0', '1', '2'}) {
            const int value = 10 * (a - '0') + (b - '0');
            text += {a, b};
            text += ',' + std::to_string(value) + ',' + std::to_string(100 - value) + ',' +
                    std::to_string(1 + a - '0') + '\n';
        }
    }
    return text;
}

}  // namespace

TEST_CASE("nas_mock_bench: the summary of a search that sees all") {
    const folder here;
    const std::string table = here.write("t.csv", nine_cells());
    const auto found = summary(here, {"--table", table, "--reward", "val", "--report", "test", "--cost", "seconds",
                                      "--searcher", "grid_search", "--seeds", "3"});
    CHECK(found.names() == texts{"searcher",
                                 "options",
                                 "trials",
                                 "seeds",
                                 "place",
                                 "deterministic",
                                 "trials_mean",
                                 "cost_mean",
                                 "distinct_mean",
                                 "failed_mean",
                                 "unknown_mean",
                                 "rank_among_searchers_median",
                                 "policy_reward_mean",
                                 "reward_mean",
                                 "reward_std",
                                 "test_mean",
                                 "test_std",
                                 "regret_mean",
                                 "rank_among_architectures_mean",
                                 "optimum_share",
                                 "recommended_reward_mean",
                                 "recommended_reward_std",
                                 "recommended_test_mean",
                                 "recommended_test_std",
                                 "recommended_regret_mean",
                                 "recommended_rank_among_architectures_mean",
                                 "recommended_optimum_share",
                                 "recommended_superiority",
                                 "recommended_p_value"});
    REQUIRE(found.rows() == 1);
    CHECK(found.field(0, 0) == "grid_search");
    CHECK(found.field(0, 1) == "shuffled=false");
    CHECK(number(found, 0, "trials") == 200);
    CHECK(number(found, 0, "seeds") == 3);
    CHECK(number(found, 0, "place") == 1);
    CHECK(number(found, 0, "deterministic") == 1);
    CHECK(number(found, 0, "trials_mean") == 9);
    CHECK(number(found, 0, "distinct_mean") == 9);
    CHECK(number(found, 0, "failed_mean") == 0);
    CHECK(number(found, 0, "unknown_mean") == 0);
    CHECK(number(found, 0, "cost_mean") == 18);
    CHECK(number(found, 0, "reward_mean") == 22);
    CHECK(number(found, 0, "reward_std") == 0);
    CHECK(text(found, 0, "policy_reward_mean") == "");
    CHECK(text(found, 0, "recommended_test_mean") == "");
    CHECK(number(found, 0, "test_mean") == 78);
    CHECK(number(found, 0, "rank_among_architectures_mean") == 9);  // by what it is judged by, and it does not see
    CHECK(number(found, 0, "regret_mean") == 22);                   // of the first reported column, whose best is 100
    CHECK(number(found, 0, "optimum_share") == 0);
}

TEST_CASE("nas_mock_bench: a row for each search") {
    const folder here;
    // Cell 10 is the best; searchers see noise of 3, and costs of 1 or 2.
    const std::string table = here.write("t.csv", "code,r,test,s\n00,1,5,1\n01,2,6,1\n10,9,8,2\n10,3,8,2\n11,4,9,2\n");
    summary(here, {"--table", table, "--reward", "r", "--report", "test", "--cost", "s", "--searcher", "grid_search",
                   "--searcher", "ppo", "--seed", "7", "--seeds", "40", "--trials", "3,100"});
    const auto found = nas::csv_table::read(here / "out/searches.csv");
    CHECK(found.names() == texts{"searcher", "trials", "seed", "incumbent", "incumbent_seen", "incumbent_score",
                                 "incumbent_rank_among_architectures", "recommended", "recommended_seen",
                                 "recommended_score", "recommended_rank_among_architectures", "distinct", "trials_run",
                                 "failed", "unknown", "predicted", "cost", "policy_reward", "first_hit"});
    CHECK(found.rows() == 160);
    double seen = 0;
    for (std::size_t row = 0; row < found.rows(); ++row) {
        if (text(found, row, "searcher") != "grid_search" || text(found, row, "trials") != "3") continue;
        // It made 00, 01 and 10, and saw 3 or 9 of the last, which is worth 8.
        CHECK(text(found, row, "incumbent") == "10");
        CHECK(number(found, row, "incumbent_score") == 8);
        CHECK(number(found, row, "incumbent_rank_among_architectures") == 2);
        CHECK((text(found, row, "incumbent_seen") == "9" || text(found, row, "incumbent_seen") == "3"));
        seen += number(found, row, "incumbent_seen");
        CHECK(text(found, row, "recommended") == "");
        CHECK(number(found, row, "distinct") == 3);
        CHECK(number(found, row, "trials_run") == 3);
        CHECK(number(found, row, "failed") == 0);
        CHECK(number(found, row, "cost") == 4);
        CHECK(text(found, row, "policy_reward") == "");
        CHECK(number(found, row, "seed") >= 7);
        CHECK(number(found, row, "seed") < 47);
    }
    CHECK(seen > 40 * 4.5);
    CHECK(seen < 40 * 7.5);
    // What a search saw has the direction of the table.
    summary(here, {"--table", table, "--reward", "r", "--minimize", "--searcher", "grid_search", "--seeds", "1"});
    const auto lower = nas::csv_table::read(here / "out/searches.csv");
    CHECK(text(lower, 0, "incumbent") == "00");
    CHECK(number(lower, 0, "incumbent_seen") == 1);
    CHECK(number(lower, 0, "incumbent_score") == 1);
    CHECK(number(lower, 0, "incumbent_rank_among_architectures") == 1);
}

TEST_CASE("nas_mock_bench: several budgets in one run are what runs of their own are") {
    const folder here;
    std::string table = "code,r,s\n";
    for (int i = 0; i < 81; ++i) {
        const std::string code{static_cast<char>('0' + i / 27), static_cast<char>('0' + i / 9 % 3),
                               static_cast<char>('0' + i / 3 % 3), static_cast<char>('0' + i % 3)};
        for (int k = 0; k < 2; ++k)
            table += code + ',' + std::to_string(7 * i % 31 + 3 * k) + ',' + std::to_string(1 + i % 4) + '\n';
    }
    const std::string file = here.write("t.csv", table);
    for (const char* budget : {"1000", "100"}) {  // searches spend some 150 s on 60 trials
        CAPTURE(budget);
        const texts common{"--table", file, "--reward", "r", "--cost", "s", "--budget", budget, "--seeds", "4"};
        const auto with = [&](const texts& more) {
            texts all = common;
            all.insert(all.end(), more.begin(), more.end());
            return summary(here, all);
        };
        const auto found = with({"--trials", "60,20"});
        CHECK(found.rows() == 34);
        const std::vector<const char*> files{"summary.csv", "searches.csv", "pairs.csv", "optimum.csv"};
        std::vector<std::string> both;
        for (const char* name : files) both.push_back(here.read(std::string("out/") + name));
        const std::string curves = here.read("out/curves.csv");
        std::vector<std::string> apart(files.size());
        for (const char* trials : {"20", "60"}) {
            with({"--trials", trials});
            for (std::size_t i = 0; i < files.size(); ++i) {
                const std::string one = here.read(std::string("out/") + files[i]);
                apart[i] += apart[i].empty() ? one : one.substr(one.find('\n') + 1);
            }
        }
        CHECK(both == apart);
        CHECK(here.read("out/curves.csv") == curves);
        const bool cut = found.number(0, found.column("trials_mean")) < 20 || number(found, 17, "trials_mean") < 60;
        CHECK(cut == (std::string(budget) == "100"));
    }
    // On the terminal it is a table each.
    const auto result = bench({"--table", file, "--reward", "r", "--searcher", "random_search", "--trials", "5,10",
                               "--seeds", "2", "--out", here / "out", "--no-plots"});
    CHECK(result.output.find("\nAfter 5 trials:\n") < result.output.find("\nAfter 10 trials:\n"));
    CHECK(times(result.output, "random_search") == 2);
}

TEST_CASE("nas_mock_bench: replicates in columns are what replicates in rows are") {
    const folder here;
    const std::string columns =
        here.write("c.csv", "code,v0,v1,v2,test\n00,1,2,6,5\n01,2,2,3,6\n10,9,3,4,8\n11,4,7,1,9\n");
    std::string text_of_rows = "code,v,test\n";
    const auto wide = nas::csv_table::read(columns);
    for (std::size_t row = 0; row < wide.rows(); ++row)
        for (const char* name : {"v0", "v1", "v2"})
            text_of_rows +=
                text(wide, row, "code") + ',' + text(wide, row, name) + ',' + text(wide, row, "test") + '\n';
    const std::string rows = here.write("r.csv", text_of_rows);
    const auto compare = [&](const texts& by_columns, const texts& by_rows) {
        const texts common{"--seeds",       "20",         "--trials",    "6", "--searcher",
                           "random_search", "--searcher", "local_search"};
        texts first{"--table", columns, "--reward", "v0,v1,v2"};
        first.insert(first.end(), by_columns.begin(), by_columns.end());
        first.insert(first.end(), common.begin(), common.end());
        summary(here, first);
        const std::string searches = here.read("out/searches.csv");
        texts second{"--table", rows, "--reward", "v"};
        second.insert(second.end(), by_rows.begin(), by_rows.end());
        second.insert(second.end(), common.begin(), common.end());
        summary(here, second);
        CHECK(searches == here.read("out/searches.csv"));
        return searches;
    };
    const std::string drawn = compare({"--replicates", "columns"}, {});
    CHECK(drawn != compare({"--replicates", "mean"}, {"--replicates", "mean"}));
    CHECK(drawn != compare({"--replicates", "columns", "--report", "test"}, {"--report", "test"}));
    const auto shown = bench({"--table", columns, "--reward", "v0,v1,v2", "--replicates", "columns", "--searcher",
                              "grid_search", "--seeds", "2", "--no-plots", "--out", here / "out"});
    CHECK(shown.output.starts_with(
        "c.csv: 2 decisions, 4 architectures, 12 replicates in columns.\n"
        "Searchers see v* as drawn for each trial, and are compared by its mean.\nHigher is better; optimum 5.33"));
}

TEST_CASE("nas_mock_bench: what is recommended stands beside the incumbent, and is what is compared") {
    const folder here;
    // Cell 0 shows 0 or 10, cell 1 shows 6 or 7: the best trial is cell 0's, cell 1 is worth more.
    const std::string table = here.write("t.csv", "code,r\n0,0\n0,10\n1,6\n1,7\n");
    const texts common{"--table",    table,        "--reward", "r",          "--trials",
                       "600",        "--seeds",    "30",       "--searcher", "random_search:replacement=true",
                       "--searcher", "grid_search"};
    const auto with = [&](const std::string& rule) {
        texts all = common;
        all.insert(all.end(), {"--recommend", rule});
        return summary(here, all);
    };
    const auto found = with("best_mean");
    CHECK(text(found, 0, "searcher").starts_with("random_search"));  // grid search makes two trials
    CHECK(number(found, 0, "reward_mean") == 5);
    CHECK(number(found, 0, "recommended_reward_mean") == 6.5);
    CHECK(number(found, 0, "regret_mean") == 1.5);
    CHECK(number(found, 0, "recommended_regret_mean") == 0);
    CHECK(number(found, 0, "rank_among_architectures_mean") == 2);
    CHECK(number(found, 0, "recommended_rank_among_architectures_mean") == 1);
    CHECK(number(found, 0, "optimum_share") == 0);
    CHECK(number(found, 0, "recommended_optimum_share") == 1);
    const auto pairs = nas::csv_table::read(here / "out/pairs.csv");
    CHECK(number(pairs, 0, "superiority") > 0.6);
    auto searches = nas::csv_table::read(here / "out/searches.csv");
    CHECK(text(searches, 0, "incumbent") == "0");
    CHECK(number(searches, 0, "incumbent_seen") == 10);
    CHECK(number(searches, 0, "incumbent_score") == 5);
    CHECK(text(searches, 0, "recommended") == "1");
    CHECK(number(searches, 0, "recommended_seen") > 5.5);
    CHECK(number(searches, 0, "recommended_seen") < 7);
    CHECK(number(searches, 0, "recommended_score") == 6.5);
    CHECK(here.read("out/problem.csv").find("\nrecommendation,best_mean\n") != std::string::npos);

    const auto trial = with("best_trial");
    searches = nas::csv_table::read(here / "out/searches.csv");
    CHECK(searches.rows() == 60);
    for (std::size_t row = 0; row < searches.rows(); ++row)
        for (const std::string what : {"", "_seen", "_score", "_rank_among_architectures"})
            CHECK(text(searches, row, "recommended" + what) == text(searches, row, "incumbent" + what));
    CHECK(text(trial, 0, "recommended_reward_mean") == text(trial, 0, "reward_mean"));

    // Searches know that the values of a table with one row each are exact: there is nothing to smooth.
    summary(here, {"--table", here.write("exact.csv", nine_cells()), "--reward", "val", "--searcher", "random_search",
                   "--trials", "5,15", "--seeds", "9", "--recommend", "best_posterior"});
    searches = nas::csv_table::read(here / "out/searches.csv");
    CHECK(searches.rows() == 18);
    for (std::size_t row = 0; row < searches.rows(); ++row) {
        CHECK(text(searches, row, "recommended") == text(searches, row, "incumbent"));
        CHECK(text(searches, row, "recommended_seen") == text(searches, row, "incumbent_seen"));
    }

    // A policy for those that have one.
    texts policy = common;
    policy.insert(policy.end(), {"--recommend", "final_policy", "--searcher", "ppo", "--out", here / "out"});
    const auto result = bench(policy);
    CHECK(result.output.find("are compared by its mean for what final_policy recommends.\n") != std::string::npos);
    CHECK(result.output.find(
              "that final_policy recommends (without a policy by the default rule);\nbest trial: mean of") !=
          std::string::npos);
    // Each column has a name of its own.
    const std::size_t end = result.output.find("\n1");
    const std::size_t lower = result.output.rfind('\n', end - 1);
    const std::size_t upper = result.output.rfind('\n', lower - 1);
    CHECK(words(result.output.substr(upper, lower - upper)) ==
          texts{"best", "its", "regret", "final", "network", "searcher", "at", "first", "ns"});
    CHECK(words(result.output.substr(lower, end - lower)) == texts{"searcher", "r", "regret", "trial", "regret", "area",
                                                                   "policy", "rank", "rank", "optimum", "hits", "hit",
                                                                   "trials", "networks", "a", "step"});
    // The label of the axis is as short as the column's name: what is longer may be cut.
    const std::string script = here.read("out/final.gp");
    CHECK(script.find("set xlabel 'r (higher is better)'\n") != std::string::npos);
    CHECK(script.find("'a search counts by what final_policy recommends'") != std::string::npos);
}

TEST_CASE("nas_mock_bench: gaps in a table are an error or skipped") {
    const folder here;
    const std::string table = here.write("t.csv", "code,a,b\n0,1,\n1,nan,4\n2,,\n");
    const texts common{"--table",    table,         "--reward", "a,b", "--replicates", "columns",
                       "--searcher", "grid_search", "--seeds",  "2",   "--out",        here / "out"};
    const auto refused = bench(common);
    CHECK(refused.code == 2);
    CHECK(refused.error ==
          "nas_mock_bench: " + table +
              ":2:5: column 'b': the field is empty; write a number, or have gaps skipped: --gaps skipped\n");
    texts skipped = common;
    skipped.insert(skipped.end(), {"--gaps", "skipped", "--unknown", "failed", "--no-plots"});
    const auto result = bench(skipped);
    CHECK(result.error == "");
    REQUIRE(result.code == 0);
    const auto found = nas::csv_table::read(here / "out/summary.csv");
    CHECK(number(found, 0, "reward_mean") == 4);
    CHECK(number(found, 0, "trials_mean") == 3);
    CHECK(number(found, 0, "failed_mean") == 1);
    CHECK(number(found, 0, "unknown_mean") == 1);
    CHECK(result.output.find("2 of 6 trials (33 %) had no row in the table.\n") != std::string::npos);
    CHECK(result.output.find("no row: ") != std::string::npos);
    // Where none is unknown nothing is said of it.
    skipped[1] = here.write("full.csv", "code,a,b\n0,1,\n1,nan,4\n2,,5\n");
    CHECK(bench(skipped).output.find("no row") == std::string::npos);
}

TEST_CASE("nas_mock_bench: single trainings of NAS-Bench-201") {
    const auto table = nas::tests::data_file("nb201_val200_seeds.csv");
    if (!table) return;
    const folder here;
    const texts common{"--table",      table->string(),
                       "--reward",     "c10_val200_trial0_pct,c10_val200_trial1_pct,c10_val200_trial2_pct",
                       "--replicates", "columns",
                       "--searcher",   "random_search",
                       "--seeds",      "100"};
    texts refused = common;
    refused.insert(refused.end(), {"--out", here / "out"});
    CHECK(bench(refused).error.find("the field is empty; write a number, or have gaps skipped: --gaps skipped") !=
          std::string::npos);
    texts skipped = common;
    skipped.insert(skipped.end(), {"--gaps", "skipped"});
    const auto found = summary(here, skipped);
    CHECK(number(found, 0, "reward_mean") > 90.5);
    CHECK(number(found, 0, "rank_among_architectures_mean") < 1000);
    CHECK(number(found, 0, "rank_among_architectures_mean") > 10);
    const std::string facts = here.read("out/problem.csv");
    CHECK(facts.find("\narchitectures,15625\nrows,39419\nseen,c10_val200_trial*_pct\n") != std::string::npos);
    CHECK(facts.find("\ndrawn,1\n") != std::string::npos);
}

TEST_CASE("nas_mock_bench: equal means share a place, and a searcher without chance is one search") {
    const folder here;
    const std::string table = here.write("t.csv", nine_cells());
    const texts common{"--table",
                       table,
                       "--reward",
                       "val",
                       "--seeds",
                       "30",
                       "--trials",
                       "9",
                       "--out",
                       here / "out",
                       "--no-plots",
                       "--searcher",
                       "grid_search",
                       "--searcher",
                       "random_search:replacement=true",
                       "--searcher",
                       "grid_search:shuffled=true"};
    const auto result = bench(common);
    REQUIRE(result.code == 0);
    const auto found = nas::csv_table::read(here / "out/summary.csv");
    CHECK(text(found, 0, "searcher") == "grid_search");
    CHECK(text(found, 1, "searcher") == "grid_search:shuffled=true");
    CHECK(number(found, 0, "place") == 1);
    CHECK(number(found, 1, "place") == 1);
    CHECK(number(found, 2, "place") == 3);
    CHECK(number(found, 0, "deterministic") == 1);
    CHECK(number(found, 1, "deterministic") == 0);
    CHECK(number(found, 2, "deterministic") == 0);
    CHECK(number(found, 0, "rank_among_architectures_mean") == 1);
    CHECK(number(found, 2, "rank_among_architectures_mean") > 1);
    CHECK(times(result.output, "\n1=   grid_search *  ") == 1);
    CHECK(times(result.output, "\n1=~  grid_search:shuffled=true  ") == 1);
    CHECK(times(result.output, "\n3    random_search") == 1);
    CHECK(lines_with(result.output, "grid_search *").find("±") == std::string::npos);
    CHECK(result.output.find("\n= Equal means share a place.\n") != std::string::npos);
    CHECK(result.output.find("\n~ It cannot be told from the best") != std::string::npos);
    CHECK(result.output.find("\n* Its searches are the same with every seed: they count as one search, not as 30.\n") !=
          std::string::npos);
    const auto pairs = nas::csv_table::read(here / "out/pairs.csv");
    REQUIRE(pairs.rows() == 3);
    CHECK(text(pairs, 0, "test") == "sign");
    CHECK(number(pairs, 0, "p_value") == 1);
    CHECK(text(pairs, 1, "worse").starts_with("random_search"));
    CHECK(text(pairs, 1, "test") == "sign");
    CHECK(text(pairs, 2, "test") == "mann_whitney");

    // Where values are drawn its searches differ.
    const std::string noisy = here.write("n.csv", "code,val\n0,1\n0,3\n1,2\n1,4\n");
    const auto drawn =
        bench({"--table", noisy, "--reward", "val", "--searcher", "grid_search", "--out", here / "out", "--no-plots"});
    CHECK(drawn.output.find("grid_search *") == std::string::npos);
    CHECK(drawn.output.find("* Its searches") == std::string::npos);
}

TEST_CASE("nas_mock_bench: a searcher that does what another does is told of") {
    const folder here;
    const auto result = bench({"--landscape", "separable", "--searcher", "random_search", "--searcher",
                               "regularized_evolution:preset=real_2019,tournament=50", "--trials", "100,110", "--seeds",
                               "3", "--out", here / "out", "--no-plots"});
    CHECK(
        result.output.find("\nregularized_evolution:population=100,initial=100,repeats=true makes the very searches of "
                           "random_search up to 100 trials.\n") != std::string::npos);
    CHECK(times(result.output, "makes the very searches") == 1);
}

TEST_CASE("nas_mock_bench: what is searched, as a table") {
    const folder here;
    const std::string table = here.write("t.csv", nine_cells());
    summary(here, {"--table", table, "--reward", "val", "--report", "test", "--cost", "seconds", "--trials", "5,3",
                   "--seed", "4", "--seeds", "2", "--searcher", "random_search"});
    CHECK(
        here.read("out/problem.csv") ==
        "key,value\ntitle,t.csv\nspace,\ndecisions,2\nspace_size,9\narchitectures,9\nrows,9\nseen,val\nscore,test\nbetter,higher\n"
        "drawn,0\npredictor,\npredictor_kendall,\noptimum,100\noptimum_proven,1\noptimum_architecture,00\nmean,89\nrecommendation,\ntrials,3 5\nbudget,\nfirst_seed,4\nseeds,2\n");
    summary(here, {"--landscape", "noisy", "--space", "12x4", "--searcher", "random_search", "--seeds", "1"});
    const std::string noisy = here.read("out/problem.csv");
    CHECK(noisy.find("\nspace_size,16777216\narchitectures,16777216\nrows,\n") != std::string::npos);
    CHECK(noisy.find("\ndrawn,1\n") != std::string::npos);
    CHECK(noisy.find("\noptimum_architecture,\nmean,\n") != std::string::npos);
}

TEST_CASE("nas_mock_bench: what a table's decisions are, in words") {
    const folder here;
    // The best has digits 3 and 8; the table lacks the last choices of two decisions.
    std::string rows = "code,r\n";
    for (const char* first : {"0", "1"})
        for (int a = 0; a < 4; ++a)
            for (int b = 0; b < 9; ++b)
                rows += first + std::to_string(a) + std::to_string(b) + ',' + std::to_string(a * 10 + b) + '\n';
    const std::string table = here.write("t.csv", rows);
    const auto with = [&](const std::string& space, const texts& more = {}) {
        texts all{"--table", table,        "--reward",   "r",       "--space", space,      "--unknown", "failed",
                  "--out",   here / "out", "--no-plots", "--seeds", "2",       "--trials", "30"};
        all.insert(all.end(), more.begin(), more.end());
        return bench(all);
    };
    const texts one{"--searcher", "random_search"};
    CHECK(with("3,4,10", one).output.starts_with("t.csv: 3 decisions, 72 architectures of 120.\n"));
    CHECK(with("2x4,10", one).output.starts_with("t.csv: 3 decisions, 72 architectures of 160.\n"));
    CHECK(with("2,1..4,0..8", one).output.starts_with("t.csv: 3 decisions (2 numeric), 72 architectures.\n"));
    CHECK(with("2,4,9", {"--searcher", "grid_search", "--trials", "80"}).code == 0);
    CHECK(here.read("out/searches.csv").find("grid_search,80,0,038,") != std::string::npos);
    CHECK(with("2,1..4,10..18", {"--searcher", "grid_search", "--trials", "80"}).code == 0);
    CHECK(here.read("out/searches.csv").find("grid_search,80,0,\"0=0, 1=4, 2=18\",") != std::string::npos);
    // Searchers step along numbers.
    for (const char* searcher : {"gp_search", "tpe", "regularized_evolution:population=5,initial=5,tournament=2"}) {
        CAPTURE(searcher);
        CHECK(with("2,4,9", {"--searcher", searcher}).code == 0);
        const std::string categorical = here.read("out/searches.csv");
        CHECK(with("2,1..4,0..8", {"--searcher", searcher}).code == 0);
        CHECK(here.read("out/searches.csv") != categorical);
    }
    const auto error = [&](const std::string& space) {
        const auto result = with(space, one);
        CHECK(result.code == 2);
        return result.error;
    };
    CHECK(error("2,4,8") == "nas_mock_bench: " + table +
                                ": row 9: the code '008' is no architecture of the space: digit '8' of decision '2' "
                                "must be below 8, the number of its choices\n");
    CHECK(error("2,4") ==
          "nas_mock_bench: " + table +
              ": row 1: the code '000' is no architecture of the space: it has 3 digits for 2 decisions\n");
    for (const char* bad : {"2,,9", "2,4,", "4..1", "0..256", "3x", "x3", "0x3", "-1", "1.5"}) {
        CAPTURE(bad);
        CHECK(error(bad) ==
              "nas_mock_bench: --space ('" + std::string(bad) +
                  "') must be mlp, nasbench201, FILE.json, or decisions as 12x4 or 2,3x5,1..4: so many of so "
                  "many choices, or of numbers in order (at most 10000x256)\n");
    }
}

TEST_CASE("nas_mock_bench: what a table's decisions are, from a file") {
    const folder here;
    // A second layer's size counts where there are two: 3 * 2 and 3 * 3 * 2 networks.
    std::string rows = "code,r\n";
    for (int second = -1; second < 3; ++second)
        for (int first = 0; first < 3; ++first)
            for (int rate = 0; rate < 2; ++rate)
                rows += (second < 0 ? "0" : "1") + std::to_string(first) + std::to_string(std::max(second, 0)) +
                        std::to_string(rate) + ',' + std::to_string(second * 3 + first + 2 * rate) + '\n';
    const std::string space = R"({"decisions": [{"path": "layers", "values": [1, 2]},
        {"path": "first", "labels": ["tanh", "relu", "elu"]},
        {"path": "second", "labels": ["tanh", "relu", "elu"], "when": {"decision": "layers", "is": ["2"]}},
        {"path": "rate", "log_between": [0.001, 0.1, 2]}]})";
    const std::string table = here.write("t.csv", rows);
    const std::string file = here.write("space.json", space);
    const texts common{"--table",    table,     "--reward", "r",        "--out", here / "out",
                       "--no-plots", "--seeds", "2",        "--trials", "40"};
    const auto with = [&](const texts& more) {
        texts all = common;
        all.insert(all.end(), more.begin(), more.end());
        return bench(all);
    };
    const auto said = with({"--space", file});  // by all searchers
    CHECK(said.error == "");
    CHECK(said.code == 0);
    CHECK(said.output.starts_with("t.csv: 4 decisions (2 numeric, 1 conditional), 24 architectures.\n"));
    const auto found = nas::csv_table::read(here / "out/summary.csv");
    CHECK(found.rows() >= 16);
    for (std::size_t row = 0; row < found.rows(); ++row) {
        CAPTURE(found.field(row, 0));
        CHECK(number(found, row, "failed_mean") == 0);
        if (text(found, row, "searcher") == "grid_search") CHECK(number(found, row, "distinct_mean") == 24);
    }
    const std::string searches = here.read("out/searches.csv");
    CHECK(searches.find("\"layers=2, first=elu, second=elu, rate=0.1\"") != std::string::npos);
    CHECK(here.read("out/problem.csv").find("\nspace,space.json\n") != std::string::npos);

    // What nas_tabulate says beside the table is used, also where it is named.
    const auto made = [&](const std::string& of) { return "{\"nas_table\": 1, \"space\": " + of + "}"; };
    const texts three{"--unknown",  "failed", "--searcher", "random_search",
                      "--searcher", "tpe",    "--searcher", "gp_search"};
    CHECK(with(three).output.starts_with("t.csv: 4 decisions, 24 architectures of 36.\n"));
    CHECK(here.read("out/problem.csv").find("\nspace,\n") != std::string::npos);
    here.write("t.csv.json", made(space));
    CHECK(with(three).output.starts_with("t.csv: 4 decisions (2 numeric, 1 conditional), 24 architectures.\n"));
    CHECK(here.read("out/problem.csv").find("\nspace,t.csv.json\n") != std::string::npos);
    const std::string beside = here.read("out/searches.csv");
    texts named = three;
    named.insert(named.end(), {"--space", here / "t.csv.json"});
    CHECK(with(named).code == 0);
    CHECK(here.read("out/searches.csv") == beside);
    // A space of another kind, or what somebody else wrote, is not.
    for (const std::string& other :
         {made("{\"units\": [8, 16]}"), made("{\"decisions\": [], \"masked\": true}"), std::string("[1]")}) {
        here.write("t.csv.json", other);
        CHECK(with({"--searcher", "random_search", "--unknown", "failed"})
                  .output.starts_with("t.csv: 4 decisions, 24 architectures of 36.\n"));
    }

    const auto error = [&](const texts& more) {
        const auto result = with(more);
        CHECK(result.code == 2);
        CHECK(times(result.error, "\n") == 1);
        return result.error;
    };
    here.write("t.csv.json", made("{\"decisions\": [{\"path\": \"a\"}]}"));
    CHECK(error({}) == "nas_mock_bench: " + table +
                           ".json: nas::choice_space_from_json: /decisions/0: \"labels\", \"values\" or \"choices\" is "
                           "missing\n");
    here.write("t.csv.json", made("{\"choices\": [2, 3, 2, 2]}"));
    CHECK(error({}) ==
          "nas_mock_bench: " + table +
              ": row 19: the code '1020' is no architecture of the space: digit '2' of decision '2' must be "
              "below 2, the number of its choices\n");
    here.write("t.csv.json", "{");
    CHECK(error({}).starts_with("nas_mock_bench: " + table + ".json:1:"));
    CHECK(error({"--space", here / "none.json"}).find("none.json: the file cannot be read") != std::string::npos);
}

TEST_CASE("nas_mock_bench: landscapes over mixed decisions") {
    const folder here;
    const auto result = bench({"--landscape", "separable", "--space", "2x3,5,0..8", "--searcher", "tpe", "--seeds", "2",
                               "--out", here / "out", "--no-plots"});
    CHECK(result.error == "");
    CHECK(result.output.starts_with("landscape separable: 4 decisions (1 numeric), 405 architectures.\n"));
}

TEST_CASE("nas_mock_bench: how many queries it takes to try the optimum") {
    const folder here;
    const auto optimum = [&](texts arguments) {
        arguments.insert(arguments.end(), {"--reward", "val"});
        summary(here, std::move(arguments));
        return nas::csv_table::read(here / "out/optimum.csv");
    };
    const std::string table = here.write("t.csv", nine_cells());
    // The grid tries 00, 01, 02, 10, ..., 22; its best so far are 22, 21, 20, 12, 11, 10, 2, 1 and 0 from the optimum.
    const auto grid = optimum({"--table", table, "--searcher", "grid_search", "--trials", "4,8,9,20", "--seeds", "2"});
    REQUIRE(grid.rows() == 4);
    const std::vector<double> areas{75 / 4.0, 99 / 8.0, 99 / 9.0, 99 / 20.0};
    for (std::size_t row = 0; row < 4; ++row) {
        CHECK(number(grid, row, "hits") == (row < 2 ? 0 : 2));
        CHECK(number(grid, row, "hit_share") == (row < 2 ? 0 : 1));
        CHECK(text(grid, row, "first_hit_mean") == (row < 2 ? "" : "9"));
        CHECK(text(grid, row, "first_hit_median") == (row < 2 ? "" : "9"));
        CHECK(number(grid, row, "regret_area") == areas[row]);
    }
    // Any of equal optima counts, in the direction of the table.
    const std::string equal = here.write("e.csv", "code,val\n0,5\n1,2\n2,7\n3,2\n4,7\n");
    const auto either = optimum({"--table", equal, "--searcher", "grid_search", "--seeds", "1"});
    CHECK(text(either, 0, "first_hit_mean") == "3");
    const auto lower = optimum({"--table", equal, "--minimize", "--searcher", "grid_search", "--seeds", "1"});
    CHECK(text(lower, 0, "first_hit_mean") == "2");

    // Cell 1 is the best on average, and tried in the second trial, though cell 0 may look better.
    const std::string noisy = here.write("n.csv", "code,val\n0,0\n0,10\n1,6\n1,7\n");
    const auto drawn = optimum({"--table", noisy, "--searcher", "grid_search", "--seeds", "40"});
    CHECK(number(drawn, 0, "hits") == 40);
    CHECK(number(drawn, 0, "first_hit_mean") == 2);
    CHECK(number(drawn, 0, "reached") < 35);
    CHECK(number(drawn, 0, "reached") > 5);

    // The mean is of the searches that hit: those of which searches.csv says so.
    const auto some = optimum({"--table", table, "--searcher", "random_search", "--trials", "5", "--seeds", "60"});
    const auto searches = nas::csv_table::read(here / "out/searches.csv");
    double hits = 0;
    double sum = 0;
    for (std::size_t row = 0; row < searches.rows(); ++row) {
        const bool hit = text(searches, row, "first_hit") != "";
        CHECK(hit == (text(searches, row, "incumbent") == "22"));
        if (!hit) continue;
        hits += 1;
        sum += number(searches, row, "first_hit");
    }
    CHECK(hits > 20);
    CHECK(hits < 45);
    CHECK(number(some, 0, "hits") == hits);
    CHECK(number(some, 0, "hit_share") == doctest::Approx(hits / 60));
    CHECK(number(some, 0, "first_hit_mean") == doctest::Approx(sum / hits));
    CHECK(number(some, 0, "first_hit_mean") < 4);

    const auto shown = bench({"--table", table, "--reward", "val", "--searcher", "grid_search", "--trials", "8,20",
                              "--seeds", "2", "--no-plots", "--out", here / "out"});
    const std::string lines = lines_with(shown.output, "grid_search *");
    const texts cells = words(lines.substr(0, lines.find('\n')));
    const texts after = words(lines.substr(lines.find('\n')));
    CHECK(std::find(cells.begin(), cells.end(), "12.375") != cells.end());  // 99 / 8
    CHECK(std::find(after.begin(), after.end(), "4.950") != after.end());
    CHECK(std::find(after.begin(), after.end(), "9.0") != after.end());
    // What has no row is not tried.
    const std::string part = here.write("p.csv", "code,val\n00,1\n02,3\n11,2\n");
    const auto gaps = optimum({"--table", part, "--unknown", "worst", "--searcher", "grid_search", "--seeds", "1"});
    CHECK(text(gaps, 0, "first_hit_mean") == "3");
}

TEST_CASE("nas_mock_bench: architectures without a row are predicted from those that have one") {
    const folder here;
    // Some cells of four digits, worth their sum; the best is not among them.
    std::string rows = "code,r\n";
    for (int i = 0; i < 255; i += 2) {
        const int sum = i / 64 + i / 16 % 4 + i / 4 % 4 + i % 4;
        for (const int digit : {i / 64, i / 16 % 4, i / 4 % 4, i % 4}) rows += std::to_string(digit);
        rows += ',' + std::to_string(sum) + '\n';
    }
    const std::string table = here.write("t.csv", rows);
    const auto with = [&](const std::string& unknown, const texts& more) {
        texts all{"--table", table,        "--reward",   "r",       "--unknown", unknown,
                  "--out",   here / "out", "--no-plots", "--seeds", "3"};
        all.insert(all.end(), more.begin(), more.end());
        const auto result = bench(all);
        CHECK(result.error == "");
        CHECK(result.code == 0);
        return result.output;
    };
    const texts grid{"--space", "4x4", "--searcher", "grid_search", "--trials", "300"};
    const std::string listed = with("predicted", grid);
    CHECK(listed.starts_with("t.csv: 4 decisions, 128 architectures of 256, the others predicted by "));
    CHECK(
        listed.find("\nThe predictor, by the rank correlation (Kendall) of rows with what the others predict of them: "
                    "gaussian_process ") != std::string::npos);
    CHECK(listed.find(", boosted_quantiles ") != std::string::npos);
    CHECK(listed.find(", random_forest ") != std::string::npos);
    CHECK(listed.find("; optimum ") != std::string::npos);
    const auto found = nas::csv_table::read(here / "out/summary.csv");
    CHECK(number(found, 0, "trials_mean") == 256);
    CHECK(number(found, 0, "failed_mean") == 0);
    CHECK(number(found, 0, "regret_mean") == 0);
    CHECK(number(found, 0, "rank_among_architectures_mean") == 1);
    const auto searches = nas::csv_table::read(here / "out/searches.csv");
    CHECK(number(searches, 0, "predicted") == 128);
    CHECK(number(searches, 0, "unknown") == 0);
    with("predicted:rows=false,predictor=random_forest", grid);
    CHECK(number(nas::csv_table::read(here / "out/searches.csv"), 0, "predicted") == 256);
    with("worst", grid);
    CHECK(number(nas::csv_table::read(here / "out/searches.csv"), 0, "unknown") == 128);
    CHECK(number(nas::csv_table::read(here / "out/searches.csv"), 0, "predicted") == 0);
    with("predicted", grid);
    const std::string facts = here.read("out/problem.csv");
    CHECK(facts.find("\narchitectures,256\nrows,128\n") != std::string::npos);
    CHECK(facts.find("\npredictor,gaussian_process\npredictor_kendall,0.") != std::string::npos);
    CHECK(facts.find("\noptimum_proven,1\noptimum_architecture,3333\n") != std::string::npos);  // which has no row
    // Lower is better: 0000 has a row, of 0, and no prediction is much below that.
    CHECK(with("predicted:predictor=random_forest", {"--space", "4x4", "--minimize", "--searcher", "grid_search"})
              .find("Lower is better; optimum 0") != std::string::npos);

    // Of a large space the best is looked for. Threads change nothing.
    const texts large{"--space", "4x4,6x3", "--searcher", "random_search", "--searcher", "regularized_evolution"};
    std::string wide = "code,r\n";
    for (const std::string& line : words(rows.substr(rows.find('\n'))))
        wide += line.substr(0, 4) + "012012" + line.substr(4) + '\n';
    here.write("t.csv", wide);
    std::vector<std::string> files;
    for (const char* threads : {"1", "3"}) {
        texts more = large;
        more.insert(more.end(), {"--threads", threads});
        const std::string output = with("predicted:predictor=boosted_quantiles,noise=network", more);
        CHECK(output.find("; best known ") != std::string::npos);
        CHECK(here.read("out/problem.csv").find("\noptimum_proven,0\n") != std::string::npos);
        files.push_back(here.read("out/searches.csv") + here.read("out/summary.csv") + here.read("out/problem.csv"));
    }
    CHECK(files[0] == files[1]);
    with("predicted:predictor=boosted_quantiles,noise=trial", large);
    CHECK(here.read("out/problem.csv").find("\ndrawn,1\n") != std::string::npos);
}

TEST_CASE("nas_mock_bench: timing is the processor's time, not the clock's") {
    const folder here;
    const texts arguments{"--landscape", "separable", "--searcher", "random_search:replacement=true",
                          "--trials",    "40000",     "--seeds",    "1",
                          "--no-plots",  "--quiet",   "--out",      here / "out"};
    const auto step = [&] {
        const auto timing = nas::csv_table::read(here / "out/timing.csv");
        return number(timing, 0, "step_ns_median");
    };
    REQUIRE(bench(arguments).code == 0);
    const double alone = step();
    // It is stopped for nine tenths of its time.
    const std::string script =
        "\"$0\" \"$@\" & while kill -STOP $! 2>/dev/null; do sleep 0.018; kill -CONT $!; sleep 0.002; done; wait $!";
    texts all{"sh", "-c", script, NAS_MOCK_BENCH};
    all.insert(all.end(), arguments.begin(), arguments.end());
    REQUIRE(nas::run_process(all, {}, {.timeout = 120}).code == 0);
    CHECK(step() < 3 * alone);
}

TEST_CASE("nas_mock_bench: what the final policy samples is judged too") {
    const folder here;
    const std::string table = here.write("t.csv", nine_cells());
    const auto found =
        summary(here, {"--table", table, "--reward", "val", "--searcher", "ppo:repeats=true", "--searcher",
                       "reinforce:repeats=true,learning_rate=0", "--searcher", "random_search", "--seeds", "20"});
    for (std::size_t row = 0; row < 3; ++row) {
        if (found.field(row, 0) == "random_search") {
            CHECK(text(found, row, "policy_reward_mean") == "");
        } else if (text(found, row, "searcher") == "ppo:repeats=true") {
            CHECK(number(found, row, "policy_reward_mean") > 19);
            CHECK(number(found, row, "policy_reward_mean") < 22);  // it samples; the best is 22
        } else {
            CHECK(std::abs(number(found, row, "policy_reward_mean") - 11) < 0.5);  // all nine are worth 11
        }
    }
    // In the table's own direction.
    const auto lower =
        summary(here, {"--table", table, "--reward", "val", "--minimize", "--searcher", "ppo:repeats=true"});
    CHECK(number(lower, 0, "policy_reward_mean") < 3);
    CHECK(number(lower, 0, "policy_reward_mean") > 0);
}

TEST_CASE("nas_mock_bench: a budget keeps the trial that crosses it, and combines with trials") {
    const folder here;
    const std::string table = here.write("t.csv", nine_cells());
    const texts common{"--table", table,        "--reward",    "val",     "--cost",
                       "seconds", "--searcher", "grid_search", "--seeds", "1"};
    const auto with = [&](const texts& more) {
        texts all = common;
        all.insert(all.end(), more.begin(), more.end());
        return summary(here, all);
    };
    const auto budget = with({"--budget", "4"});  // costs 1, 1, 1, 2
    CHECK(number(budget, 0, "trials_mean") == 4);
    CHECK(number(budget, 0, "cost_mean") == 5);
    CHECK(number(budget, 0, "reward_mean") == 10);
    const auto scaled = with({"--budget", "4", "--cost-scale", "2.5"});
    CHECK(number(scaled, 0, "trials_mean") == 2);
    CHECK(number(scaled, 0, "cost_mean") == 5);
    CHECK(number(with({"--budget", "4", "--trials", "3"}), 0, "trials_mean") == 3);
    CHECK(number(with({"--budget", "4", "--trials", "5"}), 0, "trials_mean") == 4);
}

TEST_CASE("nas_mock_bench: lower is better") {
    const folder here;
    const std::string table = here.write("t.csv", nine_cells());
    // The grid begins with val 0 and 1, test 100 and 99. Random cells have lower tests: higher vals, which are worse.
    const auto found =
        summary(here, {"--table", table, "--reward", "test", "--report", "val", "--minimize", "--searcher",
                       "grid_search", "--searcher", "random_search", "--trials", "2", "--seeds", "4"});
    CHECK(found.field(0, 0) == "grid_search");
    CHECK(number(found, 0, "reward_mean") == 99);
    CHECK(number(found, 0, "val_mean") == 1);
    CHECK(number(found, 0, "regret_mean") == 1);  // the lowest val is 0
    const auto alone = summary(here, {"--table", table, "--reward", "test", "--minimize", "--searcher", "grid_search"});
    CHECK(number(alone, 0, "regret_mean") == 0);
    CHECK(number(alone, 0, "optimum_share") == 1);
}

TEST_CASE("nas_mock_bench: replicates are drawn, and the incumbent is judged by their mean") {
    const folder here;
    const std::string table = here.write("t.csv", "code,r\n0,0\n0,10\n1,4\n1,6\n");
    const texts common{"--table", table, "--reward", "r", "--searcher", "grid_search", "--seeds", "200"};
    // Architecture 0 shows 0 or 10, architecture 1 shows 4 or 6: the mean of both is 5.
    const auto drawn = summary(here, common);
    CHECK(number(drawn, 0, "reward_mean") == 5);
    CHECK(number(drawn, 0, "optimum_share") == 1);
    texts mean = common;
    mean.insert(mean.end(), {"--replicates", "mean"});
    CHECK(number(summary(here, mean), 0, "reward_mean") == 5);
}

TEST_CASE("nas_mock_bench: AMBER's train histories, with their metrics and lambda") {
    const folder here;
    const std::string first = here.write("a.csv", "1,\"[0.5, 1.0, 2.0]\",-3,a,x\r\n2,\"[0.6, 3.0, 1.0]\",-4,b,x\r\n");
    const std::string second = here.write("b.csv", "1,\"[0.7, 2.0, 2.0]\",-4,a,x\r\n2,\"[0.6, 3.0, 1.0]\",-4,b,x\r\n");
    const texts common{"--table",      first,         "--table",  second, "--metric-names", "acc,knowledge,loss",
                       "--searcher",   "grid_search", "--report", "acc",  "--seeds",        "1",
                       "--replicates", "mean"};
    const auto one = summary(here, common);  // means: a -(2 + 1.5), b -(1 + 3)
    CHECK(number(one, 0, "reward_mean") == -3.5);
    CHECK(number(one, 0, "acc_mean") == 0.6);
    texts lighter = common;
    lighter.insert(lighter.end(), {"--lambda", "0.5"});
    CHECK(number(summary(here, lighter), 0, "reward_mean") == -2.5);  // a -(2 + 0.75), b -(1 + 1.5)
}

TEST_CASE("nas_mock_bench: arch strings of NAS-Bench-201") {
    const folder here;
    const std::string table = here.write("t.csv",
                                         "arch,acc\n"
                                         "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|,10\n"
                                         "|skip_connect~0|+|none~0|none~1|+|none~0|none~1|none~2|,12\n");
    const auto found = summary(here, {"--table", table, "--space", "nasbench201", "--reward", "acc", "--unknown",
                                      "worst", "--searcher", "random_search", "--seeds", "2", "--trials", "5"});
    CHECK(number(found, 0, "trials_mean") == 5);
    const auto missing =
        bench({"--table", table, "--space", "nasbench201", "--reward", "acc", "--out", here / "out", "--quiet"});
    CHECK(missing.code == 2);
    CHECK(
        missing.error ==
        "nas_mock_bench: t.csv has rows of 2 of the 15,625 architectures of its space (nasbench201), and a search would "
        "end at another one; with --unknown failed, worst or predicted it goes on\n");
}

TEST_CASE("nas_mock_bench: all searchers are those that do not refuse the space, and the others are named") {
    const folder here;
    const auto result = bench({"--landscape", "separable", "--space", "40x8", "--trials", "30", "--seeds", "2", "--out",
                               here / "out", "--no-plots"});
    CHECK(result.error.find("nas_mock_bench: ") == std::string::npos);
    REQUIRE(result.code == 0);
    CHECK(result.output.find(
              "\ngrid_search is left out: nas::grid_search: the space's size must be below 2^64 - 1, it is too "
              "large to be counted.\n") != std::string::npos);
    const auto found = nas::csv_table::read(here / "out/summary.csv");
    CHECK(found.rows() == 16);
    for (std::size_t row = 0; row < found.rows(); ++row)
        CHECK(found.field(row, found.column("searcher")) != "grid_search");
    // By name it is refused as before.
    const auto named = bench({"--landscape", "separable", "--space", "40x8", "--searcher", "grid_search"});
    CHECK(named.code == 2);
    CHECK(named.error.find("too large to be counted") != std::string::npos);
}

TEST_CASE("nas_mock_bench: a seed without a completed trial does not end a comparison") {
    const folder here;
    // Of the nine cells the four in the corners have a row.
    const std::string table = here.write("corners.csv", "code,val\n00,1\n02,2\n20,3\n22,4\n");
    const texts arguments{"--table",    table,        "--reward",      "val",        "--unknown",
                          "failed",     "--searcher", "random_search", "--searcher", "regularized_evolution",
                          "--trials",   "2",          "--seeds",       "40",         "--out",
                          here / "out", "--no-plots", "--threads",     "2"};
    const auto result = bench(arguments);
    REQUIRE(result.code == 0);
    const auto found = nas::csv_table::read(here / "out/summary.csv");
    REQUIRE(found.rows() == 2);
    const double seeds = number(found, 0, "seeds");
    CHECK(seeds == number(found, 1, "seeds"));
    CHECK(seeds > 0);
    CHECK(seeds < 40);
    const std::string left = std::to_string(40 - static_cast<int>(seeds)) +
                             " of 40 seeds are left out, the first because "
                             "none of the 2 trials of '";
    CHECK(result.output.find(left) != std::string::npos);
    CHECK(result.output.find(" searches each, of the seeds 0 to 39") != std::string::npos);

    // None is left.
    const std::string one = here.write("one.csv", "code,val\n0000000000,1\n");
    const auto none = bench({"--table", one, "--space", "10x4", "--reward", "val", "--unknown", "failed", "--searcher",
                             "random_search", "--trials", "2", "--seeds", "3", "--out", here / "out"});
    CHECK(none.code == 2);
    CHECK(none.error.find("nas_mock_bench: none of the 2 trials of 'random_search' with seed 0 is completed") !=
          std::string::npos);
}

TEST_CASE("nas_mock_bench: the same bytes for the same seeds, on any number of threads") {
    const folder here;
    const auto run = [&](const std::string& out, const texts& more) {
        texts all{"--landscape", "noisy:sigma=0.2", "--space", "6x3",        "--trials",
                  "60",          "--seeds",         "12",      "--no-plots", "--quiet"};
        all.insert(all.end(), more.begin(), more.end());
        all.insert(all.end(), {"--out", here / out});
        CHECK(bench(all).code == 0);
    };
    run("one", {"--threads", "1"});
    run("again", {"--threads", "1"});
    run("two", {"--threads", "2"});
    run("other", {"--seed", "1"});
    for (const char* name : {"summary.csv", "searches.csv", "curves.csv", "pairs.csv", "optimum.csv", "problem.csv"}) {
        CAPTURE(name);
        const std::string bytes = here.read(std::string("one/") + name);
        CHECK(bytes.size() > 100);
        CHECK(here.read(std::string("again/") + name) == bytes);
        CHECK(here.read(std::string("two/") + name) == bytes);
    }
    CHECK(here.read("other/summary.csv") != here.read("one/summary.csv"));

    // A seed is a search of its own: what came first changes nothing.
    run("first", {"--seeds", "2", "--searcher", "hill_climbing"});
    run("second", {"--seeds", "1", "--seed", "1", "--searcher", "random_search", "--searcher", "hill_climbing"});
    run("zeroth", {"--seeds", "1", "--seed", "0", "--searcher", "hill_climbing"});
    const auto mean = [&](const std::string& out) {
        const auto table = nas::csv_table::read(here / (out + "/summary.csv"));
        for (std::size_t row = 0; row < table.rows(); ++row)
            if (table.field(row, 0) == "hill_climbing") return number(table, row, "reward_mean");
        return 0.0;
    };
    CHECK(mean("first") == doctest::Approx((mean("zeroth") + mean("second")) / 2).epsilon(1e-9));
}

TEST_CASE("nas_mock_bench: curves end where the summary stands") {
    const folder here;
    const auto found = summary(here, {"--landscape", "trap", "--space", "6x3", "--trials", "450", "--seeds", "7",
                                      "--searcher", "regularized_evolution:population=10,tournament=3"});
    CHECK(found.field(0, 0) == "regularized_evolution:population=10,tournament=3");
    CHECK(found.field(0, 1) == "population=10,tournament=3,initial=10,repeats=false,replacement=true");
    const auto curves = nas::csv_table::read(here / "out/curves.csv");
    CHECK(curves.names() == texts{"searcher", "against", "x", "mean", "lower_quartile", "upper_quartile"});
    CHECK(curves.rows() <= 202);
    CHECK(number(curves, 0, "x") == 1);
    CHECK(number(curves, curves.rows() - 1, "x") == 450);
    CHECK(number(curves, curves.rows() - 1, "mean") == number(found, 0, "reward_mean"));
    const auto timing = nas::csv_table::read(here / "out/timing.csv");
    CHECK(number(timing, 0, "step_ns_median") > 0);
    CHECK(number(timing, 0, "step_ns_median") < 1e6);
}

TEST_CASE("nas_mock_bench: a searcher around another one") {
    const folder here;
    const auto found =
        summary(here, {"--landscape", "trap", "--space", "2x3", "--seeds", "3", "--trials", "100", "--searcher",
                       "deduplicated(regularized_evolution:population=10,tournament=3):retries=60"});
    CHECK(found.field(0, 0) == "deduplicated(regularized_evolution:population=10,tournament=3):retries=60");
    CHECK(found.field(0, 1).starts_with("retries=60,searcher.population=10,searcher.tournament=3,searcher."));
    CHECK(number(found, 0, "trials_mean") == 9);
    const auto wrong = bench({"--landscape", "trap", "--searcher", "deduplicated(ppo", "--out", here / "out"});
    CHECK(wrong.code == 2);
    CHECK(wrong.error == "nas_mock_bench: nas: searcher 'deduplicated(ppo': a '(' without its ')'\n");
    CHECK(bench({"--list"}).output.find("\n  deduplicated  ") != std::string::npos);
}

TEST_CASE("nas_mock_bench: says what a preset is") {
    const folder here;
    const auto result =
        bench({"--landscape", "separable", "--seeds", "2", "--trials", "20", "--no-plots", "--out", here / "out",
               "--searcher", "deduplicated(regularized_evolution:preset=nats_bench)", "--searcher", "random_search"});
    CHECK(result.output.find("\ndeduplicated(regularized_evolution:preset=nats_bench) is "
                             "deduplicated(regularized_evolution:population=10,tournament=3,repeats=true).\n") !=
          std::string::npos);
}

TEST_CASE("nas_mock_bench: says who is random search in so few trials") {
    const folder here;
    const auto told = [&](const std::string& trials) {
        return bench({"--landscape", "nk", "--seeds", "2", "--trials", trials, "--out", here / "out", "--no-plots",
                      "--searcher", "deduplicated(regularized_evolution:population=30,initial=30,tournament=3)",
                      "--searcher", "random_search"})
            .output;
    };
    const std::string sentence =
        "\ndeduplicated(regularized_evolution:population=30,tournament=3,initial=30) is random search in 30 trials: it samples 30 "
        "before it learns.\n";
    CHECK(told("30,60").find(sentence) != std::string::npos);
    CHECK(told("31").find("is random search") == std::string::npos);
}

TEST_CASE("nas_mock_bench: --list and --help") {
    const auto list = bench({"--list"});
    CHECK(list.code == 0);
    CHECK(list.error == "");
    for (const char* part : {"random_search", "grid_search", "local_search", "hill_climbing", "simulated_annealing",
                             "regularized_evolution", "genetic_algorithm", "population=100", "in [1, ",
                             "Real et al. 2019", "one of steepest, first", "trap", "plateau", "nasbench201"}) {
        CAPTURE(part);
        CHECK(list.output.find(part) != std::string::npos);
    }
    const auto help = bench({"--help"});
    CHECK(help.code == 0);
    for (const char* option :
         {"--table",     "--landscape", "--reward",       "--report",     "--cost",    "--cost-scale",
          "--minimize",  "--lambda",    "--metric-names", "--searcher",   "--trials",  "--budget",
          "--seeds",     "--seed",      "--threads",      "--replicates", "--unknown", "--gaps",
          "--recommend", "--out",       "--no-plots",     "--quiet",      "--list"}) {
        CAPTURE(option);
        CHECK(help.output.find(option) != std::string::npos);
    }
}

TEST_CASE("nas_mock_bench: what is wrong is one line and exit code 2") {
    const folder here;
    const std::string table = here.write("t.csv", nine_cells());
    const std::string free_table = here.write("free.csv", "code,val,seconds\n0,1,0\n1,2,1\n");
    const std::string bad_table = here.write("bad.csv", "code,val\n0,1\n1,x\n");
    const std::string amber = here.write("amber.csv", "1,\"[0.5, 1.0, 2.0]\",-3,a\n");
    struct wrong {
        texts arguments;
        std::string part;
    };
    const std::vector<wrong> all{
        {{"--speed", "3"}, "unknown argument '--speed'"},
        {{"stray"}, "unknown argument 'stray'"},
        {{"--trials"}, "--trials: a value is missing before '--out'"},
        {{"--trials", "many"}, "--trials ('many') must be a whole number in [1, 1000000000]"},
        {{"--trials", "0"}, "--trials (0) must be a whole number in [1, 1000000000]"},
        {{"--trials", "-5"}, "--trials ('-5') must be a whole number"},
        {{"--trials", "100,50,100"}, "--trials: 100 is given twice"},
        {{"--trials", "100,"}, "--trials ('') must be a whole number in [1, 1000000000]"},
        {{"--recommend", "luck"},
         "--recommend ('luck') must be one of best_trial, best_mean, best_posterior, final_policy"},
        {{"--table", table, "--reward", "val,test"}, "--reward names several columns, which are replicates"},
        {{"--table", table, "--reward", "val,test", "--replicates", "drawn,columns"},
         "--replicates ('drawn,columns') must be one of drawn, mean, columns"},
        {{"--table", table, "--reward", "val,val", "--replicates", "columns"}, "--reward: 'val' is given twice"},
        {{"--table", table, "--reward", "val", "--replicates", "columns"},
         "--replicates columns needs --reward and several columns"},
        {{"--table", table, "--reward", "val", "--gaps", "kept"}, "--gaps ('kept') must be one of error, skipped"},
        {{"--landscape", "nk", "--gaps", "skipped"}, "--gaps needs --table"},
        {{"--seeds", "1e3"}, "--seeds ('1e3') must be a whole number"},
        {{"--seed", "18446744073709551616"},
         "--seed ('18446744073709551616') must be a whole number from 0 to 2^64 - 1"},
        {{"--threads", "0"}, "--threads (0) must be a whole number in [1, 1024]"},
        {{"--searcher", "randomsearch"}, "there is no searcher 'randomsearch' (did you mean 'random_search'?)"},
        {{"--searcher", "random_search:x=1"}, "no option 'x'; there is replacement, retries"},
        {{"--searcher", "regularized_evolution:population=2"}, "tournament (50) must be in [1, population (2)]"},
        {{"--searcher", "all", "--searcher", "grid_search"}, "'grid_search' is given twice"},
        {{"--landscape", "hill"}, "no landscape 'hill'; there are separable, trap, nk, plateau, noisy"},
        {{"--landscape", "nk:k=1"}, "no option 'k'"},
        {{"--space", "12x4"}, "--space needs --table or --landscape"},
        {{"--landscape", "nk", "--space", "12by4"},
         "--space ('12by4') must be mlp, nasbench201, FILE.json, or decisions"},
        {{"--landscape", "nk", "--space", "3x300"}, "--space ('3x300')"},
        {{"--landscape", "nk", "--space", "mlp"}, "--space mlp needs --table"},
        {{"--landscape", "separable", "--space", "70x4", "--searcher", "grid_search"}, "too large to be counted"},
        {{"--reward", "val"}, "--reward needs --table"},
        {{"--landscape", "nk", "--budget", "3"}, "--budget needs --cost"},
        {{"--table", table}, "--table needs --reward"},
        {{"--table", table, "--landscape", "nk", "--reward", "val"}, "--table and --landscape exclude each other"},
        {{"--table", here / "none.csv", "--reward", "val"}, "none.csv: cannot open: No such file or directory"},
        {{"--table", table, "--table", table, "--reward", "val"}, "--table may be given more than once for AMBER"},
        {{"--table", table, "--reward", "acc"}, "no column 'acc'; the columns are 'code', 'val', 'test', 'seconds'"},
        {{"--table", table, "--reward", "val", "--report", "test,x"}, "no column 'x'; the columns are"},
        {{"--table", table, "--reward", "val", "--report", "test,test"}, "--report: 'test' is given twice"},
        {{"--table", table, "--reward", "val", "--cost", "s"}, "no column 's'; the columns are"},
        {{"--table", table, "--reward", "val", "--cost", "seconds", "--cost-scale", "0"},
         "--cost-scale (0) must be a number above 0"},
        {{"--table", table, "--reward", "val", "--cost", "seconds", "--budget", "nan"},
         "--budget ('nan') must be a number above 0"},
        {{"--table", table, "--reward", "val", "--cost-scale", "2"}, "--cost-scale needs --cost"},
        {{"--table", table, "--reward", "val", "--unknown", "ignore"},
         "--unknown ('ignore') must be one of error, worst, failed, predicted"},
        {{"--table", table, "--reward", "val", "--report", "test", "--unknown", "worst"},
         "--unknown worst and --report exclude each other"},
        {{"--table", table, "--reward", "val", "--report", "test", "--unknown", "predicted:noise=trial"},
         "--unknown predicted and --report exclude each other"},
        {{"--table", table, "--reward", "val", "--unknown", "predicted:noise=much"},
         "--unknown predicted: noise ('much') must be one of none, network, trial"},
        {{"--table", table, "--reward", "val", "--unknown", "predicted:x=1"},
         "--unknown predicted: no option 'x'; there is predictor, noise, rows, folds, seed"},
        {{"--table", free_table, "--reward", "val", "--cost", "seconds", "--budget", "9"},
         "--budget needs --trials too"},
        {{"--table", bad_table, "--reward", "val"}, "bad.csv:3:3: column 'val': 'x' is no finite number"},
        {{"--table", amber, "--metric-names", "acc,loss"}, "metric_names must contain 'knowledge'"},
        {{"--table", amber, "--lambda", "1", "--report", "f1"},
         "--report: no metric 'f1'; there are 'acc', 'knowledge', 'loss'"},
        {{"--table", amber, "--lambda", "1", "--reward", "x"}, "--lambda and --reward exclude each other"},
        {{"--table", amber, "--lambda", "much"}, "--lambda ('much') must be a number"},
        {{"--out", table}, "--out: cannot make the folder"},
        {{"--out", "/proc/nas"}, "--out: cannot make the folder '/proc/nas'"},
    };
    for (const wrong& one : all) {
        texts arguments = one.arguments;
        CAPTURE(one.part);
        if (arguments.front() != "--out") arguments.insert(arguments.end(), {"--out", here / "out"});
        const auto result = bench(arguments);
        CHECK(result.code == 2);
        CHECK(result.output == "");
        CAPTURE(result.error);
        CHECK(result.error.starts_with("nas_mock_bench: "));
        CHECK(result.error.find(one.part) != std::string::npos);
        CHECK(result.error.find('\n') == result.error.size() - 1);
    }
}

TEST_CASE("nas_mock_bench: says so where gnuplot is absent") {
    const folder here;
    const texts arguments{"/usr/bin/env",
                          "PATH=/nonexistent",
                          NAS_MOCK_BENCH,
                          "--landscape",
                          "separable",
                          "--space",
                          "4x3",
                          "--seeds",
                          "3",
                          "--trials",
                          "20",
                          "--out",
                          here / "out"};
    const auto result = nas::run_process(arguments, {}, {.timeout = 120});
    CHECK(result.code == 0);
    CHECK(result.error == "");
    CHECK(result.output.find("There are no plots: gnuplot is not installed") != std::string::npos);
    CHECK(result.output.ends_with(
        "\nThe report is in " + (here / "out") +
        ". Open summary.csv first: this table with all columns; searches.csv has a row for each "
        "search.\n"));
    // Of eleven searchers as many lines as can be read, and random search among them.
    const std::string script = here.read("out/curves_trials.gp");
    CHECK(times(script, "using 1:2 with lines") == 8);
    CHECK(times(script, "filledcurves") == 3);
    CHECK(times(script, "title 'random_search'") == 1);
    CHECK(times(script, " more searchers are in curves.csv'") == 1);
    CHECK(times(here.read("out/final.dat"), " 0x8A8A8A '") >= 3);  // boxes without a line
    CHECK(script.find("lines may fall") == std::string::npos);
    CHECK(std::filesystem::exists(here / "out/curves_trials.gp"));
    CHECK(std::filesystem::exists(here / "out/summary.csv"));
}

TEST_CASE("nas_mock_bench: a second one for the same folder ends at once and says who is writing") {
    const folder here;
    const texts arguments{"--landscape", "separable", "--searcher", "random_search",
                          "--no-plots",  "--quiet",   "--out",      here / "out"};
    const auto with = [&](const std::string& trials) {
        texts all = arguments;
        all.insert(all.end(), {"--seeds", "2", "--trials", trials});
        return all;
    };
    support::other_process first([&](auto&) { (void)bench(with("1000000000")); });
    std::string who;
    for (int i = 0; i < 1000 && !who.ends_with('\n'); ++i) {
        ::usleep(10'000);
        who = here.read("out/.nas_lock");
    }
    REQUIRE(who.ends_with('\n'));
    const int pid = std::stoi(who);
    const auto second = bench(with("10"));
    CHECK(second.code == 2);
    CHECK(second.error == "nas_mock_bench: " + here / "out" + ": process " + std::to_string(pid) + " on " +
                              support::host_name() +
                              " is writing this folder; wait for its end, or choose another name\n");
    ::kill(pid, SIGKILL);
    first.wait();
    CHECK(bench(with("10")).code == 0);
    CHECK_FALSE(std::filesystem::exists(here / "out/.nas_lock"));
}

TEST_CASE("nas_mock_bench: a full disk is exit code 2, and the earlier report stays") {
    const folder here;
    const auto run = [&](const std::string& script, const texts& more) {
        texts all{"sh",          "-c",      script, NAS_MOCK_BENCH, "--landscape", "separable", "--searcher",
                  "grid_search", "--seeds", "2",    "--out",        here / "out"};
        all.insert(all.end(), more.begin(), more.end());
        return nas::run_process(all, {}, {.timeout = 120});
    };
    const std::string plain = "exec \"$0\" \"$@\"";
    REQUIRE(run(plain, {"--no-plots"}).code == 0);
    const std::string before = here.read("out/curves.csv");
    REQUIRE(before.size() > 2048);
    const auto small = run("trap '' XFSZ; ulimit -f 2; " + plain, {"--no-plots", "--seed", "9", "--trials", "100"});
    CHECK(small.code == 2);
    CHECK(small.error ==
          "nas_mock_bench: " + here / "out/curves.csv.new" + ": the file cannot be written: File too large\n");
    CHECK(small.output == "");
    CHECK(here.read("out/curves.csv") == before);
    // A plot's numbers are files as others are.
    std::filesystem::create_symlink("/dev/full", here / "out/curves_trials.dat");
    const auto plots = run(plain, {});
    CHECK(plots.code == 2);
    CHECK(plots.error == "nas_mock_bench: " + here / "out/curves_trials.dat" +
                             ": the file cannot be written: it is a device, a pipe or a socket\n");
    const auto silent = run(plain + " > /dev/full", {"--no-plots"});
    CHECK(silent.code == 2);
    CHECK(silent.error == "nas_mock_bench: standard output cannot be written; is the disk full?\n");
    CHECK(nas::run_process({"sh", "-c", "exec \"$0\" --list > /dev/full", NAS_MOCK_BENCH}).code == 2);
}

TEST_CASE("nas_mock_bench: what is interrupted leaves no report") {
    const folder here;
    // Once it works on its folder: by then it hears signals. A shell's background program does not hear SIGINT.
    const std::string script =
        "\"$0\" \"$@\" & while ! [ -e '" + here / "out/.nas_lock" + "' ]; do sleep 0.01; done; kill -TERM $!; wait $!";
    const auto result = nas::run_process({"sh", "-c", script, NAS_MOCK_BENCH, "--searcher", "random_search", "--trials",
                                          "1000000000", "--seeds", "2", "--out", here / "out"},
                                         {}, {.timeout = 120});
    CHECK(result.code == 130);
    CHECK(result.output == "");
    CHECK(result.error == "nas_mock_bench: interrupted; no report was written\n");
    CHECK_FALSE(std::filesystem::exists(here / "out/summary.csv"));
}

TEST_CASE("nas_mock_bench: the protocol and the published rows of NATS-Bench (arXiv 2009.00437, table 5)") {
    const auto table = nas::tests::data_file("nb201.csv");
    if (!table) return;
    struct row {
        const char* data;
        const char* scale;
        const char* budget;
        double random;
        double evolution;
        double tolerance;
    };
    for (const row& published :
         {row{"c10", "1", "20000", 91.07, 91.25, 0.15}, row{"c100", "2.0", "40000", 71.46, 72.28, 0.3},
          row{"in16", "6.068", "120000", 45.03, 45.71, 0.3}}) {
        CAPTURE(published.data);
        const folder here;
        const std::string data = published.data;
        const auto found =
            summary(here, {"--table", table->string(), "--reward", data + "_val12_pct", "--report",
                           data + "_val200_pct," + data + "_test200v1_pct", "--cost", "c10_train12_s", "--cost-scale",
                           published.scale, "--budget", published.budget, "--seeds", "500", "--searcher",
                           "random_search", "--searcher", "regularized_evolution:population=10,tournament=3"});
        CHECK(found.field(0, 0) == "regularized_evolution:population=10,tournament=3");
        CHECK(std::abs(number(found, 0, data + "_val200_pct_mean") - published.evolution) < published.tolerance);
        CHECK(std::abs(number(found, 1, data + "_val200_pct_mean") - published.random) < published.tolerance);
    }
}

TEST_CASE("nas_mock_bench: local search finds the best cell of CIFAR-100 (White et al. 2021: after 127 evaluations)") {
    const auto table = nas::tests::data_file("nb201.csv");
    if (!table) return;
    const folder here;
    const auto found = summary(here, {"--table", table->string(), "--reward", "c100_val200_pct", "--trials", "2000",
                                      "--seeds", "500", "--searcher", "local_search:preset=white_2020", "--searcher",
                                      "local_search:preset=white_2020,improvement=first"});
    CHECK(number(found, 0, "optimum_share") == 1);
    CHECK(number(found, 1, "optimum_share") == 1);
    const auto optimum = nas::csv_table::read(here / "out/optimum.csv");
    CHECK(optimum.field(0, 0).find("steepest") != std::string::npos);
    CHECK(number(optimum, 0, "trials_mean") > 110);
    CHECK(number(optimum, 0, "trials_mean") < 140);
    CHECK(number(optimum, 1, "trials_mean") > 55);
    CHECK(number(optimum, 1, "trials_mean") < 70);
}

TEST_CASE("nas_mock_bench: without a table it is the one that ships") {
    if (!nas::detail::has_zlib) return;
    const folder here;
    const auto result = bench({"--searcher", "grid_search", "--trials", "15876", "--seeds", "1", "--replicates", "mean",
                               "--out", here / "out"});
    CHECK(result.error == "");
    CHECK(result.output.starts_with(
        "joint_mlp_digits.csv.gz: 9 decisions (7 numeric, 2 conditional), 15,876 architectures, 31,752 rows.\n"));
    const auto found = nas::csv_table::read(here / "out/summary.csv");
    CHECK(number(found, 0, "distinct_mean") == 15876);
    CHECK(number(found, 0, "optimum_share") == 1);
    CHECK(number(found, 0, "accuracy_32_mean") == doctest::Approx(0.96885).epsilon(1e-5));
}

TEST_CASE("nas_mock_bench: 840 networks, whose codes are those of a space of networks") {
    const folder here;
    const auto result = bench({"--table",      NAS_SOURCE_DIR "/benchmarks/tables/mlp_wine.csv",
                               "--space",      "mlp",
                               "--reward",     "accuracy_32",
                               "--report",     "accuracy_32,test_accuracy",
                               "--cost",       "seconds",
                               "--searcher",   "grid_search",
                               "--trials",     "840",
                               "--seeds",      "2",
                               "--replicates", "mean",
                               "--out",        here / "out"});
    CHECK(result.error == "");
    CHECK(result.output.starts_with("mlp_wine.csv: 2 decisions, 840 architectures, 2,520 rows.\n"));
    CHECK(result.output.find("\nThe report is in " + (here / "out") + ". Open ") != std::string::npos);
    for (const char* column : {"regret: ", "network rank: ", "searcher rank: ", "at optimum: ", "hits: ", "first hit: ",
                               "its area: ", "networks: ", "ns a step: "}) {
        CAPTURE(column);
        CHECK(times(result.output, column) == 1);  // below the table
    }
    const auto found = nas::csv_table::read(here / "out/summary.csv");
    CHECK(number(found, 0, "trials_mean") == 840);
    CHECK(number(found, 0, "optimum_share") == 1);
    CHECK(number(found, 0, "accuracy_32_mean") == doctest::Approx(0.77245).epsilon(1e-5));
}

TEST_CASE("nas_mock_bench: AMBER's mock benchmark") {
    const auto table = nas::tests::data_file("amber_mock_black_box.csv.gz");
    if (!table) return;
    const folder here;
    const texts common{"--table", table->string(), "--searcher", "grid_search", "--replicates",
                       "mean",    "--seeds",       "1",          "--trials",    "300"};
    for (const auto& [lambda, optimum] : {std::pair{"1", -0.1731637}, {"0.1", -0.1000322}}) {
        texts all = common;
        all.insert(all.end(), {"--lambda", lambda});
        const auto found = summary(here, all);
        CHECK(number(found, 0, "trials_mean") == 216);
        CHECK(number(found, 0, "reward_mean") == doctest::Approx(optimum).epsilon(1e-6));
        CHECK(number(found, 0, "optimum_share") == 1);
    }
}

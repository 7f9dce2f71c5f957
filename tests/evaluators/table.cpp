// SPDX-License-Identifier: Apache-2.0
#include <nas/evaluators/table.hpp>

#include <doctest/doctest.h>

#include <unistd.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/core/between.hpp>
#include <nas/evaluators/read_table.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/mlp_space.hpp>

#include "data_dir.hpp"

namespace {

using small_space = nas::choice_space<2>;
using small_arch = small_space::arch_type;

nas::context trial(nas::trial_id id, std::uint64_t seed = 1) {
    return {id, nas::streams{seed}.seed(id, nas::purpose::evaluate), nas::full_fidelity};
}

// 3 x 3; [0,1] has three replicates, [2,2] two, [1,0] one, the others none.
nas::table_data<small_arch> small_data() {
    return {.archs = {{0, 1}, {2, 2}, {0, 1}, {1, 0}, {2, 2}, {0, 1}},
            .rewards = {1, -4, 2, 3, -2, 9},
            .costs = {10, 1, 20, 5, 3, 30},
            .report_names = {"test", "size"},
            .reports = {0.5, 100, 1, 200, 0.75, 100, 2, 300, 3, 200, 1, 100}};
}

nas::table_evaluator<small_space> small_table(nas::table_options options = {}) {
    return nas::table_evaluator(small_space(3), small_data(), options);
}

// An architecture that is a real number: neither decisions nor indices, a hash only.
struct line_space {
    using arch_type = double;
    double sample(nas::rng& random) const { return nas::unit(random); }
    bool contains(double x) const { return x >= 0 && x <= 1; }
    std::string describe(double x) const { return std::to_string(x); }
    double parse(std::string_view text) const {
        try {
            return std::stod(std::string(text));
        } catch (const std::invalid_argument&) {
            throw std::invalid_argument("line_space: '" + std::string(text) + "' must be a number");
        }
    }
};

// Counted by the user's own index, backwards.
struct counted_space : line_space {
    using arch_type = int;
    int sample(nas::rng& random) const { return static_cast<int>(nas::below(random, 5)); }
    bool contains(int x) const { return x >= 0 && x < 5; }
    std::string describe(int x) const { return std::to_string(x); }
    int parse(std::string_view text) const { return text[0] - '0'; }
    std::uint64_t size() const { return 5; }
    int at(std::uint64_t index) const { return 4 - static_cast<int>(index); }
    std::uint64_t index(int x) const { return static_cast<std::uint64_t>(4 - x); }
};

class temporary_file {
  public:
    explicit temporary_file(const std::string& content)
        : path_(std::filesystem::temp_directory_path() / "nas_table_XXXXXX") {
        std::string name = path_.string();
        const int file = ::mkstemp(name.data());
        REQUIRE(file >= 0);
        ::close(file);
        path_ = name;
        std::ofstream(path_, std::ios::binary) << content;
    }
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    ~temporary_file() { std::filesystem::remove(path_); }
    const std::filesystem::path& path() const { return path_; }
    std::string name() const { return path_.string(); }

  private:
    std::filesystem::path path_;
};

std::size_t allocations = 0;

}  // namespace

// Not inlined: g++ would take the calls of malloc and free in them for mismatched ones.
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

TEST_CASE("table: queries over replicates") {
    const auto table = small_table();
    CHECK(table.size() == 3);
    CHECK(table.rows() == 6);
    CHECK(table.replicates({0, 1}) == 3);
    CHECK(table.replicates({1, 0}) == 1);
    CHECK(table.replicates({1, 1}) == 0);
    CHECK(table.contains({2, 2}));
    CHECK_FALSE(table.contains({2, 1}));
    CHECK(table.architectures() == std::vector<small_arch>{{0, 1}, {1, 0}, {2, 2}});
    CHECK(table.mean({0, 1}) == 4);
    CHECK(table.median({0, 1}) == 2);
    CHECK(table.median({2, 2}) == -3);
    CHECK(table.rewards({0, 1}) == std::vector<double>{1, 2, 9});
    CHECK(table.cost({0, 1}) == 20);
    CHECK(table.report_names() == std::vector<std::string>{"test", "size"});
    CHECK(table.reported({0, 1})[0] == 0.75);
    CHECK(table.reported({0, 1})[1] == 100);
    CHECK(table.reported({2, 2})[0] == 2);
    CHECK(table.optimum() == 4);
    CHECK(table.best() == small_arch{0, 1});
    CHECK(table.worst() == -3);
    CHECK(table.average() == doctest::Approx(4.0 / 3));
    CHECK(table.average_cost() == 9);
    CHECK_THROWS_WITH_AS((void)table.mean({1, 1}), "nas::table_evaluator: the table has no row for 11",
                         std::out_of_range);
    CHECK_THROWS_WITH_AS((void)table.cost({3, 0}), "nas::table_evaluator: an architecture is not in the table's space",
                         std::out_of_range);
}

TEST_CASE("table: replicates are drawn from the trial's stream, each as often, with its own cost") {
    const auto table = small_table();
    std::array<int, 10> seen{};
    for (nas::trial_id id = 0; id < 3000; ++id) {
        const nas::evaluation<> result = table({0, 1}, trial(id));
        CHECK(result.completed());
        const nas::evaluation<> again = table({0, 1}, trial(id));
        CHECK(again.values == result.values);
        ++seen[static_cast<std::size_t>(result.values[0])];
        CHECK(result.cost == (result.values[0] == 1 ? 10 : result.values[0] == 2 ? 20 : 30));
    }
    // Standard deviation of each count: 26.
    CHECK(std::abs(seen[1] - 1000) < 104);
    CHECK(std::abs(seen[2] - 1000) < 104);
    CHECK(seen[1] + seen[2] + seen[9] == 3000);

    const auto means = small_table({.replicates = nas::table_replicates::mean});
    CHECK(means({0, 1}, trial(7)).values[0] == 4);
    CHECK(means({0, 1}, trial(7)).cost == 20);
    CHECK(means({1, 0}, trial(7)).values[0] == 3);
    CHECK(means.median({0, 1}) == 2);
}

TEST_CASE("table: an unknown architecture is an error, the worst or a failure") {
    CHECK_THROWS_WITH_AS((void)small_table()({1, 2}, trial(0)), "nas::table_evaluator: the table has no row for 12",
                         nas::fatal_error);
    // Outside the space, where no array may be read.
    CHECK_THROWS_WITH_AS((void)small_table()({255, 255}, trial(0)),
                         "nas::table_evaluator: an architecture is not in the table's space", nas::fatal_error);
    CHECK_THROWS_AS((void)small_table()({0, 4}, trial(0)), nas::fatal_error);  // 3 * 0 + 4 is the number of [1,1]

    const auto worst = small_table({.unknown = nas::table_unknown::worst})({1, 2}, trial(0));
    CHECK(worst.completed());
    CHECK(worst.values[0] == -3);
    CHECK(worst.cost == 9);

    const auto failed = small_table({.unknown = nas::table_unknown::failed})({1, 2}, trial(0));
    CHECK(failed.status == nas::trial_status::failed);
    CHECK(failed.reason == "the table has no row for 12");
    CHECK(failed.cost == 9);
    CHECK(std::isnan(failed.values[0]));

    nas::search search{nas::random_search{small_space(3)}, small_table(), {.seed = 3}};
    CHECK_THROWS_AS(search.run({.trials = 100}), nas::fatal_error);
}

TEST_CASE("table: other spaces, hashed or counted") {
    const nas::table_evaluator line(line_space{},
                                    nas::table_data<double>{.archs = {0.25, 0.5, 0.25}, .rewards = {1, 5, 2}});
    CHECK(line.size() == 2);
    CHECK(line.mean(0.25) == 1.5);
    CHECK(line.best() == 0.5);
    CHECK(line(0.5, trial(0)).values[0] == 5);
    CHECK(line(0.5, trial(0)).cost == 0);
    CHECK_THROWS_WITH_AS((void)line(0.75, trial(0)), "nas::table_evaluator: the table has no row for 0.750000",
                         nas::fatal_error);

    const nas::table_evaluator counted(counted_space{}, nas::table_data<int>{.archs = {4, 0}, .rewards = {1, 5}});
    CHECK(counted(4, trial(0)).values[0] == 1);
    CHECK(counted(0, trial(0)).values[0] == 5);
    CHECK(counted.best() == 0);
    CHECK_THROWS_AS((void)counted(2, trial(0)), nas::fatal_error);
    CHECK_THROWS_AS((void)counted(7, trial(0)), nas::fatal_error);

    // 2^60 combinations: hashed.
    nas::choice_space wide(60, 2);
    nas::rng random(5);
    nas::table_data<nas::choice_space<>::arch_type> data;
    for (int i = 0; i < 1000; ++i) {
        data.archs.push_back(wide.sample(random));
        data.rewards.push_back(i % 997);
    }
    const nas::table_evaluator table(wide, data);
    CHECK(table.size() == 1000);
    for (std::size_t i = 0; i < 1000; ++i) CHECK(table(data.archs[i], trial(0)).values[0] == data.rewards[i]);
    CHECK(table.best() == data.archs[996]);
    CHECK_THROWS_AS((void)table(wide.sample(random), trial(0)), nas::fatal_error);
    CHECK_THROWS_AS((void)table(nas::choice_space(2, 2).at(1), trial(0)), nas::fatal_error);  // too short
}

TEST_CASE("table: spaces with conditions") {
    const nas::choice_space space{std::vector<nas::decision>{
        {"op", 2, {"conv", "pool"}}, {"kernel", 3, {"1", "3", "5"}, nas::decision_tag::size, nas::condition{0, {0}}}}};
    nas::table_data<nas::choice_space<>::arch_type> data;
    for (std::uint64_t i = 0; i < space.size(); ++i) {
        data.archs.push_back(space.at(i));
        data.rewards.push_back(static_cast<double>(i));
    }
    const nas::table_evaluator table(space, data);
    CHECK(table.size() == 4);
    for (std::uint64_t i = 0; i < space.size(); ++i)
        CHECK(table(space.at(i), trial(0)).values[0] == static_cast<double>(i));
    CHECK(space.describe(table.best()) == "op=pool");
}

TEST_CASE("table: no look-up allocates") {
    const auto table = small_table();
    nas::choice_space wide(30, 9);  // up to 32 decisions, genotypes own no memory
    const nas::table_evaluator hashed(wide, {.archs = {wide.parse(std::string(30, '7'))}, .rewards = {2}});
    const auto arch = wide.parse(std::string(30, '7'));
    const std::size_t before = allocations;
    double total = 0;
    for (nas::trial_id id = 0; id < 100; ++id)
        total += table({0, 1}, trial(id)).values[0] + hashed(arch, trial(id)).values[0];
    CHECK(allocations == before);
    CHECK(total > 300);
}

TEST_CASE("table: equals of the optimum, first row first") {
    const nas::table_evaluator table(small_space(3), {.archs = {{0, 0}, {2, 1}, {0, 1}}, .rewards = {1, 2, 2}});
    CHECK(table.best() == small_arch{2, 1});
}

TEST_CASE("table: impossible data") {
    const auto make = [](auto change) {
        auto data = small_data();
        change(data);
        nas::table_evaluator table(small_space(3), data);
    };
    CHECK_THROWS_WITH_AS(make([](auto& data) { data = {}; }), "nas::table_evaluator: there must be at least one row",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(make([](auto& data) { data.rewards.pop_back(); }),
                         "nas::table_evaluator: there are 5 rewards for 6 rows", std::invalid_argument);
    CHECK_THROWS_WITH_AS(make([](auto& data) { data.costs.pop_back(); }),
                         "nas::table_evaluator: there are 5 costs for 6 rows", std::invalid_argument);
    CHECK_THROWS_WITH_AS(make([](auto& data) { data.reports.pop_back(); }),
                         "nas::table_evaluator: there are 11 reports for 6 rows of 2", std::invalid_argument);
    CHECK_THROWS_WITH_AS(make([](auto& data) { data.rewards[2] = std::numeric_limits<double>::infinity(); }),
                         "nas::table_evaluator: rewards of row 2 (inf) must be finite", std::invalid_argument);
    CHECK_THROWS_WITH_AS(make([](auto& data) { data.costs[1] = -1; }),
                         "nas::table_evaluator: costs of row 1 (-1.000000) must be at least 0", std::invalid_argument);
    CHECK_THROWS_WITH_AS(make([](auto& data) {
                             data.archs[3] = {3, 0};
                         }),
                         "nas::table_evaluator: the architecture of row 3 must be in the space", std::invalid_argument);
}

TEST_CASE("read_table: codes define the space") {
    const temporary_file file("code,acc,hours,params\n00a,0.5,1,10\n120,0.7,2,20\n00A,0.6,3,30\n");
    const auto table =
        nas::read_table(file.path(), {.reward = "acc", .report = {"params"}, .cost = "hours", .cost_scale = 3600});
    const nas::choice_space<>& space = table.space();
    CHECK(space.decisions() == 3);
    CHECK(space.cardinality(0) == 2);
    CHECK(space.cardinality(1) == 3);
    CHECK(space.cardinality(2) == 11);
    CHECK(table.size() == 2);
    CHECK(table.rows() == 3);
    CHECK(space.describe(table.best()) == "120");
    CHECK(table.mean(space.parse("00a")) == 0.55);
    CHECK(table.cost(space.parse("00a")) == 7200);
    CHECK(table.reported(space.parse("00a"))[0] == 20);

    const auto least = nas::read_table(file.path(), {.reward = "acc", .report = {"params"}, .minimize = true});
    CHECK(least.space().describe(least.best()) == "00a");
    CHECK(least.optimum() == -0.55);
    CHECK(least.reported(least.best())[0] == 20);
    CHECK(least.average_cost() == 0);
}

TEST_CASE("read_table: a given space reads codes or texts") {
    const temporary_file codes("net,y\n02,1\n11,2\n");
    const auto table = nas::read_table(small_space(3), codes.path(), {.reward = "y", .code = "net"});
    CHECK(table({0, 2}, trial(0)).values[0] == 1);
    CHECK(table.best() == small_arch{1, 1});

    const temporary_file texts("arch,y\n\"op=conv, size=3\",1\n\"op=pool, size=5\",2\n");
    const nas::choice_space named{std::vector<nas::decision>{{"op", 2, {"conv", "pool"}}, {"size", 2, {"3", "5"}}}};
    const auto by_text = nas::read_table(named, texts.path(), {.reward = "y"});
    CHECK(by_text(named.parse("op=pool, size=5"), trial(0)).values[0] == 2);

    const temporary_file numbers("x,y\n0.25,1\n0.5,2\n");
    const auto on_line = nas::read_table(line_space{}, numbers.path(), {.reward = "y", .arch = "x"});
    CHECK(on_line(0.5, trial(0)).values[0] == 2);
}

TEST_CASE("read_table: rows with a reason are dropped where nas_tabulate wrote the table, and nowhere else") {
    const temporary_file foreign("code,acc,reason,seed\n00,1,plateau,1\n01,2,,2\n10,3,early stop,3\n");
    const auto all = nas::read_table(foreign.path(), {.reward = "acc"});
    CHECK(all.rows() == 3);
    CHECK(all.optimum() == 3);
    const nas::choice_space<> space{2, 2};
    CHECK(nas::read_table(space, foreign.path(), {.reward = "acc"}).rows() == 3);
    // Of all its columns but one, so that it is somebody else's too.
    const temporary_file near("code,arch,repeat,seed,acc,seconds,reason\n00,00,0,1,1,0,failed: no\n01,01,0,1,2,0,\n");
    CHECK(nas::read_table(near.path(), {.reward = "acc"}).rows() == 2);

    const temporary_file ours(
        "index,code,arch,repeat,seed,acc,seconds,reason\n0,00,00,0,1,,0,failed: no\n1,01,01,0,1,2,0,\n2,10,10,0,1,1,0,\n");
    CHECK(nas::read_table(ours.path(), {.reward = "acc"}).rows() == 2);
    const temporary_file more(
        "index,code,arch,repeat,seed,acc,seconds,size,reason,mine\n0,00,00,0,1,,0,1,failed: no,x\n1,01,01,0,1,2,0,1,,y\n");
    CHECK(nas::read_table(space, more.path(), {.reward = "acc"}).rows() == 1);
}

TEST_CASE("read_table: replicates in columns are rows of their architecture") {
    const temporary_file file("code,a,b,c,hours,test\n0,1,2,6,1,10\n1,5,7,3,2,20\n");
    const nas::table_columns columns{.reward = "a", .replicates = {"b", "c"}, .report = {"test"}, .cost = "hours"};
    const auto table = nas::read_table(file.path(), columns);
    const auto arch = [&](const char* code) { return table.space().parse(code); };
    CHECK(table.size() == 2);
    CHECK(table.rows() == 6);
    CHECK(table.rewards(arch("0")) == std::vector<double>{1, 2, 6});
    CHECK(table.rewards(arch("1")) == std::vector<double>{5, 7, 3});
    CHECK(table.mean(arch("1")) == 5);
    CHECK(table.cost(arch("1")) == 2);
    CHECK(table.reported(arch("1"))[0] == 20);
    // As the same table with rows does.
    const temporary_file rows("code,a,hours,test\n0,1,1,10\n0,2,1,10\n0,6,1,10\n1,5,2,20\n1,7,2,20\n1,3,2,20\n");
    const auto other = nas::read_table(rows.path(), {.reward = "a", .report = {"test"}, .cost = "hours"});
    for (nas::trial_id id = 0; id < 30; ++id) {
        const nas::context about(id, 77 * std::uint64_t{id}, nas::full_fidelity);
        CHECK(table(arch("1"), about).values == other(arch("1"), about).values);
    }
    const auto lower =
        nas::read_table(nas::choice_space<>(1, 2), file.path(), {.reward = "a", .replicates = {"b"}, .minimize = true});
    CHECK(lower.rewards(lower.space().parse("1")) == std::vector<double>{-5, -7});
    CHECK_THROWS_WITH_AS((void)nas::read_table(file.path(), {.reward = "a", .replicates = {"b", "a"}}),
                         "nas::read_table: the column 'a' is given twice as a reward", std::invalid_argument);
}

TEST_CASE("read_table: gaps among the rewards") {
    const temporary_file file("code,a,b,c\n0,,2,nan\n1,5, -NaN ,3\n2,,\t,+nan\n");
    nas::table_columns columns{.reward = "a", .replicates = {"b", "c"}};
    CHECK_THROWS_WITH_AS(
        (void)nas::read_table(file.path(), columns),
        (file.name() + ":2:3: column 'a': the field is empty; write a number, or have gaps skipped").c_str(),
        nas::table_gap_error);
    columns.gaps = nas::table_gaps::skipped;
    const auto table = nas::read_table(file.path(), columns);
    CHECK(table.size() == 2);
    CHECK(table.rows() == 3);
    CHECK(table.rewards(table.space().parse("0")) == std::vector<double>{2});
    CHECK(table.rewards(table.space().parse("1")) == std::vector<double>{5, 3});
    CHECK_FALSE(table.contains(table.space().parse("2")));
    // What is neither a number nor a gap, and gaps elsewhere, are errors as before.
    for (const char* content : {"code,a,h\n0,nano,1\n", "code,a,h\n0,inf,1\n", "code,a,h\n0,1,\n"}) {
        const temporary_file wrong(content);
        CHECK_THROWS_AS(
            (void)nas::read_table(wrong.path(), {.reward = "a", .gaps = nas::table_gaps::skipped, .cost = "h"}),
            nas::csv_error);
    }
    const temporary_file none("code,a\n0,nan\n");
    CHECK_THROWS_WITH_AS((void)nas::read_table(none.path(), {.reward = "a", .gaps = nas::table_gaps::skipped}),
                         "nas::table_evaluator: there must be at least one row", std::invalid_argument);
}

TEST_CASE("read_table: NAS-Bench-201's trainings, up to three each") {
    const auto path = nas::tests::data_file("nb201_val200_seeds.csv");
    if (!path) return;
    const auto table = nas::read_table(nas::choice_space<6>(5), *path,
                                       {.reward = "c10_val200_trial0_pct",
                                        .replicates = {"c10_val200_trial1_pct", "c10_val200_trial2_pct"},
                                        .gaps = nas::table_gaps::skipped});
    CHECK(table.size() == 15625);
    CHECK(table.rows() == 39419);
    CHECK(table.mean(table.space().parse("421211")) == doctest::Approx((82.092 + 81.616 + 82.24) / 3));
}

TEST_CASE("read_table: what is wrong, and where") {
    const auto message = [](const std::string& content, const nas::table_columns& columns) {
        const temporary_file file(content);
        try {
            (void)nas::read_table(file.path(), columns);
        } catch (const std::exception& error) {
            const std::string text = error.what();
            return text.starts_with(file.name()) ? text.substr(file.name().size()) : text;
        }
        return std::string();
    };
    CHECK(message("code,y\n0,1\n", {.reward = "x"}) == ": no column 'x'; the columns are 'code', 'y'");
    CHECK(message("net,y\n0,1\n", {.reward = "y"}) == ": no column 'code'; the columns are 'net', 'y'");
    CHECK(message("code,y\n0,1\n", {.reward = "y", .report = {"z"}}) == ": no column 'z'; the columns are 'code', 'y'");
    CHECK(message("code,y\n", {.reward = "y"}) == ": there must be at least one row");
    CHECK(message("code,y\n00,1\n0,1\n", {.reward = "y"}) ==
          ": row 2: the code '0' must have 2 digits, as the first row's");
    CHECK(message("code,y\n00,1\n0!,1\n", {.reward = "y"}) ==
          ": row 2: the code '0!' must consist of digits 0-9 and a-z");
    CHECK(message("code,y\n,1\n", {.reward = "y"}) == ": row 1: the code '' must not be empty");
    CHECK(message("code,y\n0,1\n1,\n", {.reward = "y"}) ==
          ":3:3: column 'y': the field is empty; write a number, or have gaps skipped");
    CHECK(message("code,y\n0,-1\n", {.reward = "y", .cost = "y"}) == ": row 1: the cost -1 is negative");
    CHECK(message("code,y\n0,1\n", {.reward = "y", .cost = "y", .cost_scale = -1}) ==
          "nas::read_table: cost_scale (-1.000000) must be finite and at least 0");

    const temporary_file file("code,arch,y\n09,x,1\n");
    CHECK_THROWS_WITH_AS(
        (void)nas::read_table(small_space(3), file.path(), {.reward = "y"}),
        (file.name() + ": row 1: the code '09' is no architecture of the space: digit '9' of decision '1' must be "
                       "below 3, the number of its choices")
            .c_str(),
        nas::csv_error);
    CHECK_THROWS_WITH_AS((void)nas::read_table(line_space{}, file.path(), {.reward = "y"}),
                         (file.name() + ": row 1: line_space: 'x' must be a number").c_str(), nas::csv_error);
}

TEST_CASE("read_table: codes of a space of named, numeric and conditional decisions") {
    const nas::choice_space<> space(
        std::vector<nas::decision>{{"layers", 2, {"one", "two"}},
                                   {.path = "second", .cardinality = 3, .when = nas::condition{0, {1}}},
                                   nas::numeric_decision("rate", {{0.01, 0.1}, nas::value_scale::logarithmic})});
    const auto read = [&](const std::string& codes) {
        const temporary_file file("code,y\n" + codes);
        return nas::read_table(space, file.path(), {.reward = "y"});
    };
    const auto table = read("000,1\n121,3\n");
    CHECK(table.space() == space);
    CHECK(table.mean(space.parse("layers=two, second=2, rate=0.1")) == 3);
    const auto message = [&](const std::string& codes) {
        try {
            (void)read(codes);
        } catch (const nas::csv_error& error) {
            const std::string what = error.what();
            return what.substr(what.find("row"));
        }
        return std::string();
    };
    CHECK(message("000,1\n00,1\n") ==
          "row 2: the code '00' is no architecture of the space: it has 2 digits for 3 decisions");
    CHECK(message("020,1\n") ==
          "row 1: the code '020' is no architecture of the space: digit '2' of decision 'second' "
          "must be 0: the decision does not count there");
    CHECK(message("13-,1\n") ==
          "row 1: the code '13-' is no architecture of the space: digit '3' of decision 'second' "
          "must be below 3, the number of its choices");
    CHECK(
        message("12-,1\n") ==
        "row 1: the code '12-' is no architecture of the space: digit '-' of decision 'rate' must be one of 0-9 and a-z");
    const temporary_file masked("code,y\n00,1\n");
    CHECK_THROWS_WITH_AS((void)nas::read_table(nas::mlp_space{}, masked.path(), {.reward = "y"}),
                         (masked.name() + ": row 1: the code '00' is no architecture of the space: the space does not "
                                          "allow these choices together")
                             .c_str(),
                         nas::csv_error);
}

TEST_CASE("read_table: values of numeric decisions may be spelt as other programs do") {
    const nas::choice_space<> space(std::vector{nas::numeric_decision("rate", nas::log_between(1e-4, 1e-2, 3)),
                                                nas::numeric_decision("units", nas::between(64, 128, 2))});
    const temporary_file file("arch,y\n\"rate=0.0001, units=128.0\",1\n\"rate=1e-3, units=64\",2\n");
    const auto table = nas::read_table(space, file.path(), {.reward = "y"});
    CHECK(table.mean(space.parse("rate=1e-04, units=128")) == 1);
    CHECK(table.mean(space.parse("rate=0.001, units=64")) == 2);
}

TEST_CASE("read_table: NAS-Bench-201, optima of the data's description") {
    const auto path = nas::tests::data_file("nb201.csv");
    if (!path) return;
    const struct {
        const char* column;
        double optimum;
        double index;
    } expected[] = {
        {"c10_val200_pct", 91.6067, 6111}, {"c100_val200_pct", 73.4933, 9930}, {"in16_val200_pct", 46.7333, 10676}};
    for (const auto& [column, optimum, index] : expected) {
        const auto table = nas::read_table(nas::choice_space<6>(5), *path, {.reward = column, .report = {"index"}});
        CHECK(table.size() == 15625);
        CHECK(table.rows() == 15625);
        CHECK(table.optimum() == optimum);
        CHECK(table.reported(table.best())[0] == index);
    }
    const auto own = nas::read_table(*path, {.reward = "c10_val12_pct", .cost = "c10_train12_s"});
    CHECK(own.space().size() == 15625);
    const auto first = own.space().parse("421211");
    CHECK(own(first, trial(0)).values[0] == 63.3640);
    CHECK(own(first, trial(0)).cost == 86.6531);
}

TEST_CASE("table: a search over it repeats, and shares it by reference") {
    const auto table = small_table({.unknown = nas::table_unknown::worst});
    const auto run = [&](auto evaluator) {
        nas::search search{nas::random_search{table.space()}, evaluator, {.seed = 9}};
        search.run({.trials = 200});
        std::vector<double> values;
        for (std::size_t row = 0; row < 200; ++row) values.push_back(search.history().value(row));
        return values;
    };
    const auto values = run(table);
    CHECK(values == run(std::cref(table)));
    CHECK(std::set<double>(values.begin(), values.end()) == std::set<double>{-4, -3, -2, 1, 2, 3, 9});
}

// SPDX-License-Identifier: Apache-2.0
#include <nas/evaluators/amber_table.hpp>

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "data_dir.hpp"

namespace {

class temporary_folder {
  public:
    temporary_folder() {
        std::string name = (std::filesystem::temp_directory_path() / "nas_amber_XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder() { std::filesystem::remove_all(path_); }

    std::filesystem::path write(const std::string& name, const std::string& content) const {
        std::ofstream(path_ / name, std::ios::binary) << content;
        return path_ / name;
    }

  private:
    std::filesystem::path path_;
};

nas::context trial(nas::trial_id id) {
    return {id, nas::streams{1}.seed(id, nas::purpose::evaluate), nas::full_fidelity};
}

std::size_t id_of(const nas::choice_space<>& space, const nas::choice_space<>::arch_type& arch) {
    return static_cast<std::size_t>(space.index(arch)) + 1;
}

// Population standard deviation of the rewards of one architecture.
double deviation(const std::vector<double>& rewards, double mean) {
    double sum = 0;
    for (const double reward : rewards) sum += (reward - mean) * (reward - mean);
    return std::sqrt(sum / static_cast<double>(rewards.size()));
}

}  // namespace

TEST_CASE("amber table: two files, layers and tokens") {
    const temporary_folder folder;
    const auto first =
        folder.write("a.csv",
                     "0,\"[0.5, 0.25, 1.0]\",-1.25,\"conv1d:{'filters': 3, 'name': 'c'}\",identity:{},0\r\n"
                     "1,\"[0.5, 1.0, 2.0]\",-3.0,identity:{},identity:{},1\r\n");
    const auto second =
        folder.write("b.csv", "0-7,\"[1.0,0,0.5]\",9,\"conv1d:{'filters': 3, 'name': 'c'}\",identity:{},0\r\n");
    const auto table = nas::read_amber_table({first, second});
    const auto& space = table.space();
    CHECK(space.decisions() == 3);
    CHECK(space.path(0) == "L1");
    CHECK(space.path(2) == "L3");
    CHECK(space.cardinality(0) == 2);
    CHECK(space.cardinality(1) == 1);
    CHECK(space.cardinality(2) == 2);
    CHECK(space.label(0, 0) == "conv1d:{'filters': 3, 'name': 'c'}");
    CHECK(space.label(2, 1) == "1");
    CHECK(table.rows() == 3);
    CHECK(table.size() == 2);
    const auto conv = space.parse("L1=conv1d:{'filters': 3\\, 'name': 'c'}, L2=identity:{}, L3=0");
    CHECK(table.rewards(conv) == std::vector<double>{-1.25, -0.5});
    CHECK(table.report_names() == std::vector<std::string>{"acc", "knowledge", "loss"});
    CHECK(table.reported(conv)[0] == 0.75);
    CHECK(table.reported(conv)[2] == 0.75);

    const auto other = nas::read_amber_table({first}, {.lambda = 2, .metric_names = {"loss", "knowledge", "other"}});
    CHECK(other.rewards(other.best()) == std::vector<double>{-1});
    CHECK(other.report_names()[2] == "other");
}

TEST_CASE("amber table: what is wrong, and where") {
    const temporary_folder folder;
    const auto good = folder.write("good.csv", "0,\"[1, 2, 3]\",0,a,b\n");
    const auto message = [&](const std::string& content) {
        const auto path = folder.write("bad.csv", content);
        try {
            (void)nas::read_amber_table({good, path});
        } catch (const nas::csv_error& error) {
            const std::string text = error.what();
            REQUIRE(text.starts_with(path.string()));
            return text.substr(path.string().size());
        }
        return std::string();
    };
    CHECK(message("0,\"[1, 2, 3]\",0,a,b\n").empty());
    const std::string wanted = "' must be a list of 3 finite numbers, such as [0.5, 1.25]";
    for (const std::string metrics :
         {"", "[1, 2]", "[1, 2, 3, 4]", "[1, 2, nan]", "[1, 2, x]", "[1 2 3]", "1, 2, 3", "[1, 2, 3", "[1, 2, 3] 4"}) {
        CAPTURE(metrics);
        CHECK(message("0,\"[1, 2, 3]\",0,a,b\n0,\"" + metrics + "\",0,a,b\n") ==
              ": row 2: the metrics '" + metrics + wanted);
    }
    CHECK(message("0,\"[1, 2, 3]\",0,a\n") == ": there are 4 columns; there must be 5, as in the first file");
    const auto narrow = folder.write("narrow.csv", "0,\"[1, 2, 3]\",0\n");
    CHECK_THROWS_WITH_AS(
        (void)nas::read_amber_table({narrow}),
        (narrow.string() + ": there are 3 columns; there must be trial, metrics, reward and one for each layer")
            .c_str(),
        nas::csv_error);
    CHECK_THROWS_WITH_AS((void)nas::read_amber_table({}), "nas::read_amber_table: there must be at least one file",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((void)nas::read_amber_table({good}, {.metric_names = {"acc", "loss", "auc"}}),
                         "nas::read_amber_table: metric_names must contain 'knowledge'", std::invalid_argument);
    CHECK_THROWS_WITH_AS((void)nas::read_amber_table({good}, {.lambda = std::nan("")}),
                         "nas::read_amber_table: lambda (nan) must be finite", std::invalid_argument);

    std::string many;
    for (int i = 0; i < 257; ++i) many += "0,\"[1, 2, 3]\",0,op" + std::to_string(i) + ",b\n";
    const auto wide = folder.write("wide.csv", many);
    CHECK_THROWS_WITH_AS((void)nas::read_amber_table({wide}),
                         (wide.string() + ": row 257: layer 1 has more than 256 different texts").c_str(),
                         nas::csv_error);
}

TEST_CASE("amber table: amber E34, 4320 rows of 216 architectures") {
    const auto path = nas::tests::data_file("amber_mock_black_box.csv.gz");
    if (!path) return;
    const auto table = nas::read_amber_table({*path});
    const auto& space = table.space();
    CHECK(table.rows() == 4320);
    CHECK(table.size() == 216);
    REQUIRE(space.decisions() == 4);
    CHECK(space.cardinality(0) == 6);
    CHECK(space.cardinality(1) == 3);
    CHECK(space.cardinality(2) == 4);
    CHECK(space.cardinality(3) == 3);
    for (std::uint64_t i = 0; i < 216; ++i) CHECK(table.replicates(space.at(i)) == 20);
    CHECK(space.label(2, 3) ==
          "sfc:{'output_dim': 10, 'symmetric': True, 'smoothness_penalty': 1.0, 'smoothness_l1': True, "
          "'smoothness_second_diff': True, 'curvature_constraint': 10.0, 'name': 'sfc'}");

    const auto origin = space.at(0);
    const std::vector<double> rewards = table.rewards(origin);
    const std::set<double> distinct(rewards.begin(), rewards.end());
    CHECK(distinct.size() == 20);
    CHECK(*distinct.begin() == doctest::Approx(-1.6581108957747168).epsilon(1e-14));
    CHECK(*distinct.rbegin() == doctest::Approx(-0.6964179726590668).epsilon(1e-14));
    CHECK(table.mean(origin) == doctest::Approx(-1.4212930401).epsilon(1e-10));
    std::set<double> drawn;
    for (nas::trial_id id = 0; id < 400; ++id) drawn.insert(table(origin, trial(id)).values[0]);
    CHECK(drawn == distinct);
}

TEST_CASE("amber table: amber E34, one file of the twenty") {
    const auto path = nas::tests::data_file("amber_mock_black_box.csv.gz");
    if (!path) return;
    const auto all = nas::csv_table::read(*path, {.header = false});
    std::string text;
    for (std::size_t row = 0; row < 216; ++row) {
        CHECK(all.field(row, 0) == std::to_string(row + 1));
        for (std::size_t column = 0; column < all.columns(); ++column)
            text += (column == 0 ? "\"" : ",\"") + std::string(all.field(row, column)) + "\"";
        text += "\r\n";
    }
    const temporary_folder folder;
    const auto first = folder.write("train_history.csv", text);
    for (const auto& [lambda, reward] : {std::pair{1.0, -1.6581108957747168}, {2.0, -2.6241272662}}) {
        const auto table = nas::read_amber_table({first}, {.lambda = lambda});
        CHECK(table.rows() == 216);
        // The rows are numbered as 1 + ((a * 3 + b) * 4 + c) * 3 + d.
        for (std::size_t row = 0; row < 216; ++row) {
            const auto arch = table.space().at(row);
            for (std::size_t layer = 0; layer < 4; ++layer)
                CHECK(table.space().label(layer, arch[layer]) == all.field(row, 3 + layer));
        }
        for (nas::trial_id id = 0; id < 5; ++id)
            CHECK(table(table.space().at(0), trial(id)).values[0] == doctest::Approx(reward).epsilon(1e-10));
    }
}

TEST_CASE("amber table: amber E36, means and optima of 7.3") {
    const auto path = nas::tests::data_file("amber_mock_black_box.csv.gz");
    if (!path) return;
    const auto table = nas::read_amber_table({*path});
    const auto& space = table.space();
    const auto near = [](double value) { return doctest::Approx(value).epsilon(1e-7); };
    CHECK(table.average() == near(-1.0775342));
    CHECK(table.optimum() == near(-0.1731637));
    CHECK(id_of(space, table.best()) == 59);
    CHECK(space.genotype(table.best()) == space.at(((1 * 3 + 1) * 4 + 3) * 3 + 1));
    CHECK(table.worst() == near(-2.0400948));
    CHECK(table.mean(space.at(69 - 1)) == table.worst());

    std::vector<double> means;
    double best_median = -10;
    std::size_t best_median_id = 0;
    double best_row = -10;
    double deviations = 0;
    std::array<double, 3> metrics{};
    for (std::uint64_t i = 0; i < space.size(); ++i) {
        const auto arch = space.at(i);
        means.push_back(table.mean(arch));
        deviations += deviation(table.rewards(arch), means.back()) / 216;
        for (const double reward : table.rewards(arch)) best_row = std::max(best_row, reward);
        for (std::size_t k = 0; k < 3; ++k) metrics[k] += table.reported(arch)[k] / 216;
        if (table.median(arch) <= best_median) continue;
        best_median = table.median(arch);
        best_median_id = i + 1;
    }
    CHECK(best_median_id == 47);
    CHECK(best_median == near(-0.1048114));
    // 7.3 takes the medians of loss and knowledge apart, as AMBER's gold standard does.
    const auto losses = nas::read_amber_table({*path}, {.lambda = 0});
    const auto knowledges = nas::read_amber_table({*path}, {.lambda = 0, .metric_names = {"acc", "loss", "knowledge"}});
    CHECK(losses.median(space.at(47 - 1)) + knowledges.median(space.at(47 - 1)) == near(-0.1059332));
    CHECK(best_row == near(-0.0688172));
    CHECK(deviations == doctest::Approx(0.26889).epsilon(1e-4));
    CHECK(metrics[0] == near(0.7304010));
    CHECK(metrics[1] == near(0.6079765));
    CHECK(metrics[2] == near(0.4695577));
    CHECK(table.mean(space.at(95 - 1)) == near(-0.1791558));
    CHECK(table.mean(space.at(60 - 1)) == near(-0.2401869));
    CHECK(table.mean(space.at(89 - 1)) == near(-0.2535740));
    CHECK(table.mean(space.at(50 - 1)) == near(-0.2645479));
    std::sort(means.rbegin(), means.rend());
    CHECK(std::count_if(means.begin(), means.end(), [&](double mean) { return mean > means[0] - 0.05; }) == 2);
    CHECK(std::count_if(means.begin(), means.end(), [&](double mean) { return mean > means[0] - 0.1; }) == 7);

    for (const auto& [lambda, id] : {std::pair{0.01, 47}, {0.1, 59}, {1.0, 59}, {10.0, 95}, {100.0, 95}}) {
        CHECK(id_of(space, nas::read_amber_table({*path}, {.lambda = lambda}).best()) == static_cast<std::size_t>(id));
    }
}

// SPDX-License-Identifier: Apache-2.0

// MLPNAS on the white wine data of the UCI repository: a policy learns which multilayer perceptrons grade wines best. The
// winner is trained once more, on all rows but those held out, and judged by these once.
//
//     05_mlpnas_wine winequality-white.csv [folder of runs] [trials]

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iomanip>
#include <iostream>
#include <string>

#include <nas/data/read_dataset.hpp>
#include <nas/data/split.hpp>
#include <nas/data/standardize.hpp>
#include <nas/evaluators/mlp_trainer.hpp>
#include <nas/io/run_folder.hpp>
#include <nas/report/decision_effects.hpp>
#include <nas/report/histogram.hpp>
#include <nas/report/search_course.hpp>
#include <nas/report/top_n.hpp>
#include <nas/run/parallel.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/deduplicated.hpp>
#include <nas/searchers/mlpnas.hpp>

namespace {

/// The file as it comes from the repository, or with commas, or with MLPNAS' column of grades, which follow from the quality.
nas::dataset read_wines(const std::string& path) {
    std::string names;
    std::getline(std::ifstream(path), names);
    nas::dataset_schema schema{.labels = {"quality"}};
    if (names.find(';') != std::string::npos) schema.separator = ';';
    if (names.find("quality_label") != std::string::npos) schema.dropped = {"quality_label"};
    nas::dataset wines = nas::read_dataset(path, schema);
    // Low up to 5, high from 8.
    for (std::uint32_t& label : wines.labels) {
        const int quality = std::atoi(wines.output_names[label].c_str());
        label = quality <= 5 ? 0U : quality <= 7 ? 1U : 2U;
    }
    wines.output_names = {"low", "medium", "high"};
    return wines;
}

int run(const std::string& path, const std::string& runs, std::size_t trials) {
    const nas::dataset wines = read_wines(path);
    const nas::data_split split = nas::stratified_split(wines, {.train = 0.6, .validation = 0.2, .test = 0.2}, 1);
    const nas::mlp_space space;  // 840 networks
    const nas::mlp_trainer trainer{space, nas::standardize(wines, split), split, {.epochs = 10}};

    // MLPNAS proposes no network twice.
    nas::search search{nas::deduplicated{nas::mlpnas{space}}, std::cref(trainer), {.seed = 1}};
    const nas::run_folder folder = nas::new_run(runs);
    nas::resume(search, folder.history());  // each trial is in the file as soon as it is told
    nas::threads pool;
    search.run({.trials = trials, .batch = 10}, pool);

    const auto& past = search.history();
    std::cout << std::fixed << std::setprecision(4) << "validation accuracy of the best five of " << past.size()
              << ":\n";
    for (const std::size_t row : nas::top_n(past, 5))
        std::cout << "  " << past.value(row) << "  " << space.describe(past.arch(row)) << '\n';

    nas::write_summary(folder, search);
    std::ofstream(folder.path / "layers.csv") << nas::effects_csv(space, nas::decision_effects(past));
    nas::draw(
        nas::course_plot{
            .title = "MLPNAS on white wine", .y_label = "validation accuracy", .course = nas::search_course(past)},
        folder.path / "accuracy_over_search");
    nas::draw(nas::histogram_plot{.title = "MLPNAS on white wine", .histogram = nas::percent_histogram(past)},
              folder.path / "distribution");
    std::cout << "all of them, and plots: " << folder.path.string() << '\n';

    // Trained anew on all that is not held out; nothing was chosen by the test rows, so this is what to expect of new wines.
    nas::data_split all{.train = split.train, .validation = split.test};
    all.train.insert(all.train.end(), split.validation.begin(), split.validation.end());
    const nas::mlp_trainer last{space, nas::standardize(wines, all), all, {.epochs = 10}};
    const auto winner = last(past.best().arch, nas::context(0, 1, nas::full_fidelity));
    std::cout << "test accuracy of the first, trained once more: " << winner.values[0] << '\n';
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "Usage: 05_mlpnas_wine winequality-white.csv [folder of runs] [trials]\n";
        return 2;
    }
    try {
        return run(argv[1], argc > 2 ? argv[2] : "runs", argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 100);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 2;
    }
}

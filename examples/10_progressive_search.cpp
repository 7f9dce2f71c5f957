// SPDX-License-Identifier: Apache-2.0

// Progressive search (PNAS) of multilayer perceptrons on the white wine data of the UCI repository: all networks of one hidden
// layer are trained, a surrogate learns from them which of two layers to train, from these which of three, and so on. How well
// it orders what it has not seen is said of each level. nas_rank draws what it writes.
//
//     10_progressive_search winequality-white.csv [train_history.csv] [beam]

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <functional>
#include <iomanip>
#include <iostream>
#include <string>

#include <nas/data/read_dataset.hpp>
#include <nas/data/split.hpp>
#include <nas/data/standardize.hpp>
#include <nas/evaluators/mlp_trainer.hpp>
#include <nas/io/score_rows.hpp>
#include <nas/report/level_quality.hpp>
#include <nas/report/top_n.hpp>
#include <nas/run/parallel.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/progressive.hpp>
#include <nas/spaces/mlp_space.hpp>

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

int run(const std::string& path, const std::string& file, std::size_t beam) {
    const nas::dataset wines = read_wines(path);
    const nas::data_split split = nas::stratified_split(wines, {.train = 0.6, .validation = 0.2, .test = 0.2}, 1);
    const nas::mlp_space space{{.units = {8, 32, 128}, .max_length = 5}};  // up to four layers before the output
    const nas::mlp_trainer trainer{space, nas::standardize(wines, split), split, {.epochs = 10}};

    nas::search search{nas::progressive{space, {.beam = beam}}, std::cref(trainer), {.seed = 1}};
    nas::threads pool;
    search.run({.batch = 8}, pool);  // ends by itself, after the longest networks

    for (const nas::level_quality& level : nas::level_qualities(search.searcher())) std::cout << level.text() << '\n';
    std::cout << "validation accuracy of the best five of " << search.history().size() << ":\n" << std::fixed;
    for (const std::size_t row : nas::top_n(search.history(), 5))
        std::cout << "  " << std::setprecision(4) << search.history().value(row) << "  "
                  << space.describe(search.history().arch(row)) << '\n';
    nas::write_train_history(search.history(), file);
    std::cout << "all of them: " << file << '\n';
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "Usage: 10_progressive_search winequality-white.csv [train_history.csv] [beam]\n";
        return 2;
    }
    try {
        return run(argv[1], argc > 2 ? argv[2] : "train_history.csv",
                   argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 16);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 2;
    }
}

// SPDX-License-Identifier: Apache-2.0

// A trainer in Python as the evaluator, several processes at once, with its progress on standard error.
//
//     07_external_trainer 07_external_trainer.py

#include <exception>
#include <iostream>
#include <vector>

#include <nas/evaluators/command_evaluator.hpp>
#include <nas/report/summary.hpp>
#include <nas/run/parallel.hpp>
#include <nas/run/print_progress.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/regularized_evolution.hpp>
#include <nas/spaces/choice_space.hpp>

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "Usage: 07_external_trainer 07_external_trainer.py\n";
        return 2;
    }
    try {
        // The trainer reads these names and labels.
        const nas::choice_space space{std::vector<nas::decision>{{"units", 5, {"1", "2", "4", "8", "16"}},
                                                                 {"activation", 3, {"tanh", "relu", "sine"}},
                                                                 {"learning_rate", 4, {"0.01", "0.03", "0.1", "0.3"}},
                                                                 {"momentum", 2, {"0", "0.8"}}}};
        const nas::command_evaluator train{space, {"python3", argv[1]}, {.timeout = 60}};

        // Evolution trains no network twice, so that only we know that trainings of one differ.
        nas::search search{nas::regularized_evolution{space}, train, {.seed = 1, .noise = nas::evaluation_noise::some}};
        search.observe(nas::print_progress{{.trials = 20}});
        nas::threads pool;
        search.run({.trials = 20, .batch = 4}, pool);

        std::cout << nas::summary(search).full();
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 2;
    }
}

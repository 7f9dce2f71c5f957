// SPDX-License-Identifier: Apache-2.0

// The search asked and told by hand, for evaluations that run elsewhere: they may end in any order, or never.

#include <iostream>

#include <nas/core/context.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/regularized_evolution.hpp>
#include <nas/spaces/choice_space.hpp>

int main() {
    const nas::choice_space<6> space{5};

    // Stands in for a cluster's answer.
    const auto accuracy = [](const auto& arch) {
        double sum = 0;
        for (const auto choice : arch) sum += choice;
        return sum / 24;
    };

    // Stands where others have an evaluator: only `run` would call it.
    const auto elsewhere = [](const auto&) -> double {
        throw nas::fatal_error("this search is asked and told by hand");
    };

    nas::search search{nas::regularized_evolution{space, {.population = 10, .tournament = 3}},
                       elsewhere,
                       {.seed = 42, .stop = {.trials = 60}}};

    // Two jobs at a time. Each ask sees what is still pending.
    while (auto first = search.ask()) {
        auto second = search.ask();
        if (second) search.tell(*second, accuracy(second->arch));  // the second ends first
        if (first->id % 10 == 4) {
            search.abandon(*first, "the machine was taken away");
        } else {
            search.tell(*first, {accuracy(first->arch), 90.0});  // and took 90 seconds
        }
    }

    const auto& history = search.history();
    std::cout << "ended because " << nas::to_string(search.reason()) << '\n'
              << history.size() << " trials, " << history.total_cost() << " s\n"
              << "told first: trial " << history.id(0) << ", then trial " << history.id(1) << '\n';
    for (std::size_t row = 0; row < history.size(); ++row)
        if (!history.completed(row))
            std::cout << "trial " << history.id(row) << " failed: " << history.reason(row) << '\n';
    std::cout << "best: " << space.describe(history.best().arch) << " with " << history.best().value() << '\n';
}

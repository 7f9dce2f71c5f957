// SPDX-License-Identifier: Apache-2.0

// A search kept in a file, stopped by Ctrl-C and resumed: the outcome is that of a search that was never stopped.

#include <csignal>
#include <filesystem>
#include <iostream>

#include <nas/io/history_file.hpp>
#include <nas/run/interrupt.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/regularized_evolution.hpp>
#include <nas/spaces/choice_space.hpp>

namespace {

const nas::choice_space<6> space{5};

// What a program that trains for days would do each time it is started. `stopped_at`: here Ctrl-C comes by itself.
nas::stop_reason search_in(const std::filesystem::path& file, nas::trial_id stopped_at) {
    const auto train = [&](const auto& arch, const nas::context& about) {
        if (about.id() == stopped_at) std::raise(SIGINT);
        double sum = 0;
        for (const auto choice : arch) sum += choice;
        return sum;
    };
    nas::search search{nas::regularized_evolution{space, {.population = 20, .tournament = 5}}, train, {.seed = 42}};

    const nas::interrupt ctrl_c;
    search.stop_when(nas::interrupt_requested);

    std::cout << "trials in the file: " << nas::resume(search, file) << '\n';
    const nas::stop_reason reason = search.run({.trials = 300});
    std::cout << "trials now: " << search.history().size() << "; ended because " << nas::to_string(reason) << '\n'
              << "best: " << space.describe(search.history().best().arch) << '\n';
    return reason;
}

}  // namespace

int main() {
    const std::filesystem::path file = "example_resumed.jsonl";
    const std::filesystem::path other = "example_whole.jsonl";
    std::filesystem::remove(file);
    std::filesystem::remove(other);

    search_in(file, 120);            // stopped by Ctrl-C
    search_in(file, nas::no_trial);  // started again

    std::cout << "without a stop:\n";
    search_in(other, nas::no_trial);

    const auto resumed = nas::read_history(file, space);
    const auto whole = nas::read_history(other, space);
    bool same = resumed.size() == whole.size();
    for (std::size_t row = 0; same && row < whole.size(); ++row)
        same = resumed.arch(row) == whole.arch(row) && resumed.value(row) == whole.value(row);
    std::cout << (same ? "the two histories are equal\n" : "the two histories differ\n");
    std::filesystem::remove(file);
    std::filesystem::remove(other);
}

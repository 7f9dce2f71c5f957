// SPDX-License-Identifier: Apache-2.0
#include <nas/networks/shared_columns.hpp>

#include <cstddef>
#include <map>
#include <vector>

#include <doctest/doctest.h>
#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>

namespace {

using sequences = std::vector<std::vector<std::size_t>>;  // what each reads

/// Whether step t has a column for each different input and each different past, in the order in which they come.
void check_step(const nas::shared_columns& columns, const sequences& read, std::size_t t) {
    std::map<std::size_t, std::size_t> inputs;
    std::map<std::vector<std::size_t>, std::size_t> states;
    for (std::size_t b = 0; b < read.size(); ++b) {
        const auto [input, new_input] = inputs.emplace(read[b][t], inputs.size());
        if (new_input) CHECK(columns.reader(t, input->second) == b);
        const auto end = read[b].begin() + static_cast<std::ptrdiff_t>(t + 1);
        const std::size_t state = states.emplace(std::vector(read[b].begin(), end), states.size()).first->second;
        CHECK(columns.state(t, b) == state);
        CHECK(columns.input(t, state) == input->second);
        CHECK(columns.parent(t, state) == (t == 0 ? 0 : columns.state(t - 1, b)));
    }
    CHECK(columns[t].inputs == inputs.size());
    CHECK(columns[t].states == states.size());
}

}  // namespace

TEST_CASE("shared_columns: a column for each different input and each different past") {
    constexpr std::size_t steps = 7;
    nas::rng random(3);
    nas::shared_columns columns;
    for (const bool keeps_all : {true, false})
        for (const std::size_t batch : {1U, 2U, 9U, 40U}) {
            sequences read(batch, std::vector<std::size_t>(steps));
            for (auto& one : read)
                for (std::size_t t = 1; t < steps; ++t) one[t] = nas::below(random, 3);
            columns.start(batch, steps, keeps_all, true);
            for (std::size_t t = 0; t < steps; ++t) {
                columns.add(t, 3, [&](std::size_t b) { return read[b][t]; });
                check_step(columns, read, t);
                const auto before = t == 0 ? nas::shared_columns::step{} : columns[t - 1];
                CHECK(columns[t].first_state == (keeps_all ? before.first_state + before.states : t % 2 * batch));
                CHECK(columns[t].first_input == (keeps_all ? before.first_input + before.inputs : t % 2 * batch));
            }
        }
}

TEST_CASE("shared_columns: states of their own still share inputs") {
    nas::shared_columns columns;
    columns.start(4, 2, true, false);
    columns.add(0, 1, [](std::size_t) { return 0; });
    columns.add(1, 5, [](std::size_t b) { return b == 2 ? 4 : 1; });
    CHECK(columns[0].states == 4);
    CHECK(columns[0].inputs == 1);
    CHECK(columns[1].states == 4);
    CHECK(columns[1].inputs == 2);
    for (std::size_t b = 0; b < 4; ++b) {
        CHECK(columns.state(0, b) == b);
        CHECK(columns.parent(0, b) == 0);
        CHECK(columns.state(1, b) == b);
        CHECK(columns.parent(1, b) == b);
        CHECK(columns.input(1, b) == (b == 2 ? 1 : 0));
    }
    columns.add(1);
    CHECK(columns[1].inputs == 4);
}

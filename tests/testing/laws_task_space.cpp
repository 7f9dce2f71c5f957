// SPDX-License-Identifier: Apache-2.0
#include "testing/law_driver.hpp"

#include <cstddef>
#include <utility>
#include <vector>

#include <nas/searchers/zero_shot.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/spaces/nasbench201_space.hpp>
#include <nas/spaces/task_space.hpp>

namespace {

/// A space that differs from task to task in nothing but the task.
const nas::task_space<nas::choice_space<>> tasks{
    nas::choice_space<>{std::vector<nas::decision>{
        {"a", 4}, {"b", 3}, {"c", 5}, {"d", 4, {}, nas::decision_tag::generic, nas::condition{1, {1, 2}}}, {"e", 5}}},
    {"first", "second", "third"}};

}  // namespace

TEST_CASE("laws: task_space with conditions") { nas::tests::check_space(tasks, 100, 6); }

TEST_CASE("laws: task_space of cells") {
    const nas::task_space cells{nas::nasbench201_space{}, {"cifar10", "cifar100"}};
    CHECK(nas::tests::lines(nas::testing::space_violations(cells)) == "");
}

TEST_CASE("laws: zero_shot") {
    nas::testing::searcher_law_options laws;
    laws.comparison_trials = 150;
    for (const std::size_t batch : {std::size_t{1}, std::size_t{6}}) {
        CAPTURE(batch);
        const nas::zero_shot searcher{
            tasks,
            {{1, 0}, {0, 1}, {-1, -1}},
            {.batch = batch, .learning_rate = 0.05, .network = {.units = 4, .layers = 1, .dropout = 0.1}}};
        CHECK(nas::tests::lines(nas::testing::searcher_violations(searcher, laws)) == "");
        laws.learns = false;
    }
}

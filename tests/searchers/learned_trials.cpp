// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/learned_trials.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <vector>

namespace {

nas::trial<int> told(int arch, nas::evaluation<> result) {
    nas::trial<int> one;
    one.arch = arch;
    one.id = static_cast<nas::trial_id>(100 + arch);
    one.result = result;
    return one;
}

}  // namespace

TEST_CASE("learned_trials: what a model learns of trials, of which some failed") {
    nas::learned_trials<int> trials;
    trials.add(told(0, nas::evaluation<>(2.0)));
    trials.add(told(1, nas::evaluation<>::failure("broken")));
    trials.add(told(2, nas::evaluation<>(5.0)));
    trials.add(told(3, nas::evaluation<>(5.0)));
    nas::trial<int> cheap = told(4, nas::evaluation<>(9.0));
    cheap.fidelity = 0.5;
    trials.add(cheap);

    CHECK(trials.size() == 4);  // at full fidelity
    CHECK(trials.told() == 4);
    CHECK(trials.completed() == 3);
    CHECK_FALSE(trials.completed(1));
    CHECK(trials.value(2) == 5);
    CHECK(trials.best(2) == std::vector<std::size_t>{2, 3});
    CHECK(trials.best(9) == std::vector<std::size_t>{2, 3, 0});
    CHECK(trials.scores(nas::reward_transform::none) == std::vector<double>{2, 2, 5, 5});

    const std::array<std::size_t, 2> kept{1, 3};
    trials.keep(kept);
    CHECK(trials.size() == 2);
    CHECK(trials.told() == 4);
    CHECK(trials.completed() == 1);
    CHECK(trials.archs()[1] == 3);
    CHECK(trials.ids()[1] == 103);
    CHECK(trials.scores(nas::reward_transform::none) == std::vector<double>{5, 5});
    trials.add(told(5, nas::evaluation<>(1.0)));
    CHECK(trials.scores(nas::reward_transform::none) == std::vector<double>{1, 5, 1});
}

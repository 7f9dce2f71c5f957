// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/kriging_believer.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <vector>

#include <nas/predictors/k_nearest_neighbors.hpp>
#include <nas/spaces/choice_space.hpp>

namespace {

using cells = nas::choice_space<2>;
using cell = cells::arch_type;

/// Predicts the sum of the values that it was fitted to.
struct sum_of_values {
    explicit sum_of_values(const cells&) {}
    void fit(const cells&, std::span<const cell> archs, std::span<const double> values) {
        known = archs.size();
        sum = 0;
        for (const double value : values) sum += value;
    }
    double predict(const cells&, const cell&) const { return sum; }
    double deviation(const cells&, const cell&) const { return 1; }
    std::size_t known = 0;
    double sum = 0;
};

const cells space{3};
const std::vector<cell> archs{{0, 0}, {1, 1}};
const std::vector<nas::proposal<cell>> pending{nas::proposal<cell>({2, 2}), nas::proposal<cell>({2, 0})};

}  // namespace

TEST_CASE("kriging_believer: a model is fitted to what is told and to what it predicts of the pending") {
    sum_of_values model(space);
    model.fit(space, archs, std::vector<double>{3, 4});
    const sum_of_values believer =
        nas::detail::kriging_believer<cells>(model, space, pending, archs, {3, 4},
                                             [](sum_of_values& fresh, std::span<const cell> all,
                                                std::span<const double> scores) { fresh.fit(space, all, scores); });
    CHECK(believer.known == 4);
    CHECK(believer.sum == 3 + 4 + 7 + 7);  // both as the model predicts, not as the believer does
    CHECK(model.sum == 7);
}

TEST_CASE("kriging_believer: a model that learns one value more learns the pending, without a fit") {
    nas::k_nearest_neighbors<cells> model(space, {.neighbors = 1});
    model.fit(space, archs, std::vector<double>{3, 4});
    const auto never = [](auto&, auto, auto) { FAIL("fitted"); };
    const auto believer = nas::detail::kriging_believer<cells>(model, space, pending, archs, {3, 4}, never);
    // As near to one as to the other; now it is known itself.
    CHECK(model.deviation(space, {2, 2}) == 0.5);
    CHECK(believer.deviation(space, {2, 2}) == 0);
    CHECK(believer.predict(space, {2, 2}) == 3.5);
}

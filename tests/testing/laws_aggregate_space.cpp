// SPDX-License-Identifier: Apache-2.0
#include "testing/law_driver.hpp"

#include <nas/spaces/aggregate_space.hpp>
#include <nas/spaces/cnn_space.hpp>

namespace {

enum class operation { conv, pool, identity };

struct network {
    int layers = 1;
    operation op = operation::conv;
    int kernel = 0;
    double dropout = 0;
    std::string activation;

    friend bool operator==(const network&, const network&) = default;
};

}  // namespace

TEST_CASE("laws: aggregate_space with a conditional member") {
    using nas::member;
    nas::tests::check_space(
        nas::aggregate_space{
            member<&network::layers>({1, 2, 3, 4, 5, 6}),
            member<&network::op>({operation::conv, operation::pool, operation::identity}),
            member<&network::kernel>({1, 3, 5, 7}).when<&network::op>(operation::conv, operation::pool),
            member<&network::dropout>({0.0, 0.25, 0.5, 0.75}),
            member<&network::activation>({"relu", "tanh", "gelu", "silu", "swish, with \"quotes\""})},
        0, 6);
}

TEST_CASE("laws: cnn_space, an aggregate_space") {
    CHECK(nas::tests::lines(nas::testing::space_violations(nas::cnn_space())) == "");
}

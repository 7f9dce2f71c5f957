// SPDX-License-Identifier: Apache-2.0
#include <nas/policies/learner_options.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nas/policies/softmax_policy.hpp>

namespace {

struct plain_defaults {
    static constexpr nas::sourced batch{std::size_t{3}, "a test: 3"};
    static constexpr nas::sourced learning_rate{0.5, ""};
    static constexpr nas::sourced baseline{nas::baseline_kind::constant, ""};
    static constexpr nas::sourced scale{nas::advantage_scale::none, ""};
    static constexpr nas::sourced entropy{0.25, ""};
    static constexpr double entropy_decay = 0.125;
    static constexpr nas::sourced epochs{std::size_t{2}, ""};
    static constexpr nas::sourced clip{nas::no_options{}, ""};
    static constexpr nas::no_options network() { return {}; }
};
struct clipping_defaults : plain_defaults {
    static constexpr nas::sourced clip{0.2, ""};
    static constexpr nas::softmax_policy_options network() { return {.temperature = 3}; }
};

using plain_options = nas::learner_options<plain_defaults>;
using clipping_options = nas::learner_options<clipping_defaults>;

}  // namespace

TEST_CASE("learner_options: a searcher's own defaults, and what is left of them where a user sets some") {
    constexpr plain_options options{.batch = 7, .replay = 2};
    CHECK(options.batch == 7);
    CHECK(options.learning_rate == 0.5);
    CHECK(options.entropy_decay == 0.125);
    CHECK(options.epochs == 2);
    CHECK(options.replay == 2);
    CHECK(nas::describe_options(plain_options{})[0].source == "a test: 3");
}

TEST_CASE("learner_options: clip and the network's are options where a searcher has them") {
    const std::string plain = nas::to_text(plain_options{});
    CHECK(plain.find("clip") == std::string::npos);
    CHECK(plain.find("network") == std::string::npos);
    const auto parsed = nas::parse_options<clipping_options>("nas::x", "clip=0,network.temperature=2");
    CHECK(parsed.clip == 0);
    CHECK(parsed.network.temperature == 2);
    CHECK(parsed.batch == 3);
    CHECK(clipping_options{}.network.temperature == 3);
    CHECK_THROWS_AS(nas::parse_options<plain_options>("nas::x", "clip=0.2"), std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::parse_options<clipping_options>("nas::x", "clip=-1"),
                         "nas::x: clip (-1) must be in [0, 1e+06]", std::invalid_argument);
}

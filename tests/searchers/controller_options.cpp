// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/controller_options.hpp>

#include <string>

#include <doctest/doctest.h>

using nas::amber_controller, nas::controller_options;

TEST_CASE("controller_options: AMBER's options are its constructors' defaults") {
    const controller_options general = nas::amber_controller_options(amber_controller::general);
    CHECK(nas::to_text(general).starts_with(
        "batch=3,repeats=true,transform=none,learning_rate=0.001,baseline=lagged_average,scale=none,entropy=0,"
        "epochs=20,clip=0,optimizer=adam,"));
    CHECK(general.network.units == 32);
    CHECK(general.network.layers == 2);
    CHECK(general.network.initial == 0.1);
    CHECK(general.replay == 15);
    CHECK(general.network.skip_weight == 0);
    CHECK(general.momentum == doctest::Approx(0.9333333333));
    CHECK(general.minibatch == 5);
    CHECK(general.kl_target == 0.05);
    CHECK(general.advantage_limit == 10);
    CHECK(nas::amber_controller_options(amber_controller::multi_input).network.skip_weight == 0.5);
    const controller_options operation = nas::amber_controller_options(amber_controller::operation);
    CHECK(operation.network.units == 16);
    CHECK(operation.network.layers == 1);
    CHECK(operation.network.initial == 0.1);
    CHECK(nas::enas_controller_options().network.initial == 0.1);
    CHECK(operation.optimizer == nas::optimizer_kind::rmsprop);
    CHECK(operation.learning_rate == 0.005);
    CHECK(operation.clip == 0.2);
    CHECK(operation.entropy == 0.001);
}

TEST_CASE("controller_options: the papers' are presets") {
    const auto parsed = [](const std::string& name) {
        return nas::to_text(nas::parse_options<controller_options>("nas::controller", "preset=" + name));
    };
    const auto amber = [](amber_controller kind) { return nas::to_text(nas::amber_controller_options(kind)); };
    CHECK(parsed("amber_general") == amber(amber_controller::general));
    CHECK(parsed("amber_multi_input") == amber(amber_controller::multi_input));
    CHECK(parsed("amber_multi_input_output") == amber(amber_controller::multi_input_output));
    CHECK(parsed("amber_operation") == amber(amber_controller::operation));
    CHECK(parsed("enas") == nas::to_text(nas::enas_controller_options()));
    const auto all = nas::describe_presets<controller_options>();
    REQUIRE(all.size() == 5);
    for (const nas::preset_description& about : all) {
        CHECK(about.options.find("repeats=true") != std::string::npos);
        CHECK(about.options.find("transform=none") != std::string::npos);
    }
}

// SPDX-License-Identifier: Apache-2.0
#include "testing/law_driver.hpp"

#include <cstddef>

#include <nas/spaces/layer_space.hpp>

namespace {

/// Layers of 4 operations, two of them of one short name.
nas::model_space model(std::size_t layers) {
    nas::model_space model;
    for (std::size_t l = 0; l < layers; ++l)
        model.add_layer(static_cast<std::ptrdiff_t>(l),
                        {nas::layer_operation("conv1d", {{"filters", 8}, {"kernel_size", 3}, {"activation", "relu"}}),
                         nas::layer_operation("maxpool1d", {{"pool_size", 4}}),
                         nas::layer_operation("maxpool1d", {{"pool_size", 8}}), nas::layer_operation("identity")});
    return model;
}

}  // namespace

TEST_CASE("laws: layer_space of operations") {
    nas::tests::check_space(nas::layer_space{model(6), {.skips = false}}, 200, 6);
}

TEST_CASE("laws: layer_space with skips inputs and outputs") {
    nas::tests::check_space(
        nas::layer_space{model(4), {.input_blocks = 2, .output_blocks = 1, .unique_outputs = false}}, 200, 6);
}

TEST_CASE("laws: layer_space with unique connections") {
    nas::tests::check_space(
        nas::layer_space{model(5),
                         {.unique_skips = true, .input_blocks = 1, .unique_inputs = false, .output_blocks = 1}},
        200, 6);
}

// SPDX-License-Identifier: Apache-2.0
#include "testing/law_driver.hpp"

#include <nas/spaces/mlp_space.hpp>

TEST_CASE("laws: mlp_space of MLPNAS") { nas::tests::check_space(nas::mlp_space{}, 0, 6); }

TEST_CASE("laws: mlp_space of longer networks without dropout before the output") {
    nas::tests::check_space(nas::mlp_space{{.units = {4, 9, 20}, .max_length = 7, .dropout_before_output = false}}, 200,
                            6);
}

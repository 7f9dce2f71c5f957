// SPDX-License-Identifier: Apache-2.0
#include "testing/law_driver.hpp"

#include <nas/spaces/nasbench201_space.hpp>

TEST_CASE("laws: nasbench201_space") { nas::tests::check_space(nas::nasbench201_space{}, 200, 6); }

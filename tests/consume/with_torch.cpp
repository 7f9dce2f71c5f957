// SPDX-License-Identifier: Apache-2.0
#include <nas/torch/plan_module.hpp>

int main() {
    nas::network_plan plan;
    plan.output(plan.dense(plan.input(2), 3));
    return nas::plan_module(plan).parameters().size() == 2 ? 0 : 1;
}

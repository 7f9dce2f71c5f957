// expect: nas::member: its choices can be levels of a quantity only where the member is a number
// SPDX-License-Identifier: Apache-2.0

#include <nas/spaces/aggregate_space.hpp>

enum class op_kind { conv, pool };
struct cnn {
    op_kind op;
    int kernel;
    double rate;
    friend bool operator==(const cnn&, const cnn&) = default;
};

const auto member = nas::member<&cnn::op>({op_kind::conv, op_kind::pool}).numeric();

// expect: nas::aggregate_space: a member of the struct is listed twice
// SPDX-License-Identifier: Apache-2.0

#include <nas/spaces/aggregate_space.hpp>

enum class op_kind { conv, pool };
struct cnn {
    op_kind op;
    int kernel;
    double rate;
    friend bool operator==(const cnn&, const cnn&) = default;
};

const nas::aggregate_space space{nas::member<&cnn::kernel>({1, 3}), nas::member<&cnn::kernel>({5, 7}).named("other")};

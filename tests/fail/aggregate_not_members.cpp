// expect: nas::aggregate_space: its arguments must be members, as in `nas::member<&your_struct::kernel>({1, 3, 5})`
// SPDX-License-Identifier: Apache-2.0

#include <nas/spaces/aggregate_space.hpp>

enum class op_kind { conv, pool };
struct cnn {
    op_kind op;
    int kernel;
    double rate;
    friend bool operator==(const cnn&, const cnn&) = default;
};

const nas::aggregate_space space{3, 5};

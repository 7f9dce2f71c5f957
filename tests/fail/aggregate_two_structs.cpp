// expect: nas::aggregate_space: all members must be of the same struct
// SPDX-License-Identifier: Apache-2.0

#include <nas/spaces/aggregate_space.hpp>

enum class op_kind { conv, pool };
struct cnn {
    op_kind op;
    int kernel;
    double rate;
    friend bool operator==(const cnn&, const cnn&) = default;
};

struct other {
    int width;
    friend bool operator==(const other&, const other&) = default;
};
const nas::aggregate_space space{nas::member<&cnn::kernel>({1, 3}), nas::member<&other::width>({5, 7})};

// expect: nas::aggregate_space: the struct must be a plain value: default-constructible, copyable, and comparable
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
};
const nas::aggregate_space space{nas::member<&other::width>({5, 7})};

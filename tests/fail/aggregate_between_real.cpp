// expect: nas::between: first and last must be integers; of reals say how many: `nas::between(0.1, 0.9, 9)`
// SPDX-License-Identifier: Apache-2.0

#include <nas/spaces/aggregate_space.hpp>

enum class op_kind { conv, pool };
struct cnn {
    op_kind op;
    int kernel;
    double rate;
    friend bool operator==(const cnn&, const cnn&) = default;
};

const auto range = nas::between(0.1, 0.9);

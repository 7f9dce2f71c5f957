// expect: nas::member: it needs a pointer to a data member
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
    int width() const { return 3; }
};
const auto member = nas::member<&other::width>({5, 7});

// expect: nas::member: the member's type must be a number, bool, an enumeration or std::string
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
    int* width;
};
const auto member = nas::member<&other::width>({nullptr});

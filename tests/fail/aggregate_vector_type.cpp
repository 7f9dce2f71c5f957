// expect: nas::member: the choices must be values of the member, as in a std::vector of its type
// SPDX-License-Identifier: Apache-2.0

#include <vector>

#include <nas/spaces/aggregate_space.hpp>

enum class op_kind { conv, pool };
struct cnn {
    op_kind op;
    int kernel;
    double rate;
    friend bool operator==(const cnn&, const cnn&) = default;
};

const auto member = nas::member<&cnn::kernel>(std::vector<double>{3, 5});

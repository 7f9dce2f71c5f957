// expect: nas::member: the choices must be values of the member, as in ({3, 5}); texts go into .labels({...})
// SPDX-License-Identifier: Apache-2.0

#include <nas/spaces/aggregate_space.hpp>

enum class op_kind { conv, pool };
struct cnn {
    op_kind op;
    int kernel;
    double rate;
    friend bool operator==(const cnn&, const cnn&) = default;
};

const auto member = nas::member<&cnn::kernel>({"3", "5"});

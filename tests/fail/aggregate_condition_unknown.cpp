// expect: nas::aggregate_space: a condition must name a member that is listed earlier
// SPDX-License-Identifier: Apache-2.0

#include <nas/spaces/aggregate_space.hpp>

enum class op_kind { conv, pool };
struct cnn {
    op_kind op;
    int kernel;
    double rate;
    friend bool operator==(const cnn&, const cnn&) = default;
};

const nas::aggregate_space space{nas::member<&cnn::kernel>({1, 3}).when<&cnn::op>(op_kind::conv),
                                 nas::member<&cnn::rate>({0.1, 0.2})};

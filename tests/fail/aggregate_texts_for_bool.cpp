// expect: nas::member: the choices must be values of the member, as in ({3, 5}); texts go into .labels({...})
// SPDX-License-Identifier: Apache-2.0

#include <string>

#include <nas/spaces/aggregate_space.hpp>

struct cnn {
    bool residual;
    std::string activation;
    friend bool operator==(const cnn&, const cnn&) = default;
};

const auto member = nas::member<&cnn::residual>({"no", "yes"});

// expect: nas::member: the choices stand in one pair of braces
// SPDX-License-Identifier: Apache-2.0

#include <string>

#include <nas/spaces/aggregate_space.hpp>

struct cnn {
    bool residual;
    std::string activation;
    friend bool operator==(const cnn&, const cnn&) = default;
};

const auto member = nas::member<&cnn::activation>({{"relu", "tanh"}});

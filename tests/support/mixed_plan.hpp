// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <torch/torch.h>
#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/networks/network_plan.hpp>

namespace support {

/// Uniform in [-1, 1].
inline ::torch::Tensor drawn(const std::vector<std::int64_t>& sizes, std::uint64_t seed) {
    nas::rng random(seed);
    ::torch::Tensor x = ::torch::empty(sizes);
    for (std::int64_t i = 0; i < x.numel(); ++i) x.data_ptr<float>()[i] = static_cast<float>(2 * nas::unit(random) - 1);
    return x;
}

/// Every kind of node, two inputs (2x6x5 and 4), two outputs (2 and 1), uneven pads.
inline nas::network_plan mixed_plan() {
    nas::network_plan plan;
    const std::size_t image = plan.input({2, 6, 5});
    const std::size_t features = plan.input(4);
    std::size_t at =
        plan.convolution(image, 4, {.kernel = {3, 2}, .stride = {2, 1}}, {.groups = 2, .penalty = {.l1 = 0.5}});
    at = plan.activate(plan.batch_norm(at), nas::activation::elu);
    const std::size_t most = plan.max_pool(at, {.kernel = {2, 2}});
    const std::size_t mean = plan.average_pool(at, {.kernel = {3, 2}});
    const std::size_t none = plan.zero(at);
    const std::size_t sum = plan.add({most, mean, none, at});
    const std::size_t both = plan.dropout(plan.concatenate({sum, most}), 0.3);
    const std::size_t wide =
        plan.convolution(both, 3, {.kernel = {2, 2}, .same = false, .dilation = {2, 2}}, {.bias = false});
    const std::size_t separable =
        plan.separable_dense(both, 3, true, {.penalty = {.smoothness = 2, .second_difference = true}});
    const std::size_t all =
        plan.concatenate({plan.flatten(wide), plan.global_max_pool(both), plan.global_average_pool(both), separable,
                          plan.activate(features, nas::activation::sigmoid)});
    plan.output(plan.dense(plan.batch_norm(all), 2));
    plan.output(plan.dense(plan.dropout(all, 0.1), 1, {.bias = false, .penalty = {.l1 = 0.1}}));
    return plan;
}

}  // namespace support

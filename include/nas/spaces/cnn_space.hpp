// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include <nas/spaces/aggregate_space.hpp>

namespace nas {

/// A convolutional network of equal layers (Archai's tutorial).
struct cnn {
    int layers = 1;
    int kernel_size = 1;  ///< height and width
    int channels = 16;    ///< of each layer

    friend bool operator==(const cnn&, const cnn&) = default;
};

/// Networks of equal convolutions as an aggregate_space. Defaults: the CNNSearchSpace of Archai's tutorial, with 192 networks.
///
///     const auto space = nas::cnn_space();
///     const nas::cnn arch = space.parse("L=3, K=5, H=64");
///     const auto small = nas::cnn_space(nas::between(1, 3), {3, 5}, {8, 16});
///
/// JSON is `{"nb_layers":3,"kernel_size":5,"hidden_dim":64}`, features are the three numbers, as in Archai. Throws
/// std::invalid_argument where aggregate_space does; cnn_plans refuses what is below 1.
inline auto cnn_space(integer_range layers = between(1, 12), std::vector<int> kernel_sizes = {1, 3, 5, 7},
                      std::vector<int> channels = {16, 32, 64, 128}) {
    return aggregate_space{
        member<&cnn::layers>(layers).named("nb_layers").short_name("L"),
        member<&cnn::kernel_size>(std::move(kernel_sizes)).named("kernel_size").short_name("K"),
        member<&cnn::channels>(std::move(channels)).named("hidden_dim").short_name("H"),
    };
}

}  // namespace nas

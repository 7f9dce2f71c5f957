// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

#include <nas/networks/network_plan.hpp>
#include <nas/networks/plans/image_steps.hpp>
#include <nas/spaces/cnn_space.hpp>

namespace nas {

/// The networks of a cnn_space as plans (Archai's tutorial): layers of convolution with a bias, image size kept, batch norm and
/// relu; then the mean over the image, and one sum an output of its channels, Archai's 1x1 convolution.
///
///     const nas::cnn_plans plans{{1, 28, 28}, 10};
///     plans(nas::cnn{.layers = 1, .kernel_size = 3, .channels = 16}).parameters();  // 362
class cnn_plans {
  public:
    using arch_type = cnn;

    /// `input`: channels, height and width of an image. `outputs`: sums, one a class, or 1 for two classes. Throws
    /// std::invalid_argument where there are none or the input is no image.
    cnn_plans(const plan_shape& input, std::size_t outputs) : input_(input), outputs_(outputs) {
        detail::check_image_plans("nas::cnn_plans", input, outputs);
    }

    /// Throws std::invalid_argument where a member is below 1.
    network_plan operator()(const cnn& arch) const {
        const auto positive = [](int value, const char* name) {
            if (value < 1) fail(std::string(name) + " (" + std::to_string(value) + ") must be at least 1");
            return static_cast<std::size_t>(value);
        };
        const std::size_t layers = positive(arch.layers, "layers");
        const std::size_t kernel = positive(arch.kernel_size, "kernel_size");
        const std::size_t channels = positive(arch.channels, "channels");
        network_plan plan;
        std::size_t at = plan.input(input_);
        for (std::size_t i = 0; i < layers; ++i) {
            at = plan.convolution(at, channels, {.kernel = {kernel, kernel}});
            at = plan.activate(plan.batch_norm(at), activation::relu);
        }
        plan.output(plan.dense(plan.global_average_pool(at), outputs_));
        return plan;
    }

  private:
    [[noreturn]] static void fail(const std::string& what) { throw std::invalid_argument("nas::cnn_plans: " + what); }

    plan_shape input_;
    std::size_t outputs_;
};

}  // namespace nas

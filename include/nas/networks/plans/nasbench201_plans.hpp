// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <nas/core/options.hpp>
#include <nas/networks/network_plan.hpp>
#include <nas/networks/plans/image_steps.hpp>
#include <nas/spaces/nasbench201_space.hpp>

namespace nas {

/// The size of a NAS-Bench-201 network. Defaults: the benchmark's.
struct nasbench201_plans_options {
    std::size_t channels = 16;
    std::size_t cells = 5;

    static constexpr void fields(auto&& visit) {
        using self = nasbench201_plans_options;
        visit(&self::channels, field{"channels", 1, 65536, "NAS-Bench-201: 16",
                                     "of the stem and the first of three stages; twice as many in each next one"});
        visit(&self::cells, field{"cells", 1, 1000, "NAS-Bench-201: 5", "of a stage"});
    }

    friend bool operator==(const nasbench201_plans_options&, const nasbench201_plans_options&) = default;
};

/// The networks of a nasbench201_space as plans (Dong and Yang 2020): a stem, three stages of cells, between them a residual
/// block that halves the image and doubles the channels, the mean over the image, and one sum an output.
///
///     const nas::nasbench201_plans plans;  // of CIFAR-10
///     plans(arch).parameters();            // nas::nasbench201_space::parameters(arch)
///
/// A convolution is relu, convolution without bias and batch norm, a pool of 3x3 goes by steps of 1. A cell has all operations that
/// its architecture names, as in the benchmark's networks, where they lead nowhere too.
class nasbench201_plans {
  public:
    using arch_type = nasbench201_space::arch_type;

    /// The benchmark's images and classes.
    explicit nasbench201_plans(nasbench201_space::data_set data = nasbench201_space::data_set::cifar10,
                               const nasbench201_plans_options& options = {})
        : nasbench201_plans(
              data == nasbench201_space::data_set::imagenet16_120 ? plan_shape{3, 16, 16} : plan_shape{3, 32, 32},
              std::array<std::size_t, 3>{10, 100, 120}[static_cast<std::size_t>(data)], options) {}
    /// `input`: channels, height and width of an image. `outputs`: sums, one a class, or 1 for two classes. Throws
    /// std::invalid_argument where there are none, the input is no image, or an option is out of its range.
    nasbench201_plans(const plan_shape& input, std::size_t outputs, const nasbench201_plans_options& options = {})
        : input_(input), outputs_(outputs), options_(options) {
        detail::check_image_plans("nas::nasbench201_plans", input, outputs);
        check_options("nas::nasbench201_plans", options);
    }

    const nasbench201_plans_options& options() const noexcept { return options_; }

    network_plan operator()(const arch_type& arch) const {
        network_plan plan;
        std::size_t channels = options_.channels;
        std::size_t at =
            plan.batch_norm(plan.convolution(plan.input(input_), channels, {.kernel = {3, 3}}, {.bias = false}));
        for (std::size_t stage = 0; stage < 3; ++stage) {
            if (stage > 0) at = residual(plan, at, channels *= 2);
            for (std::size_t c = 0; c < options_.cells; ++c) at = cell(plan, at, arch);
        }
        at = plan.activate(plan.batch_norm(at), activation::relu);
        plan.output(plan.dense(plan.global_average_pool(at), outputs_));
        return plan;
    }

  private:
    // Half the image, as the benchmark's ResNetBasicblock.
    static std::size_t residual(network_plan& plan, std::size_t from, std::size_t channels) {
        std::size_t at = detail::relu_convolution(plan, from, channels, {.kernel = {3, 3}, .stride = {2, 2}});
        at = detail::relu_convolution(plan, at, channels, {.kernel = {3, 3}});
        const std::size_t half = plan.average_pool(from, {.kernel = {2, 2}, .stride = {2, 2}});
        return plan.add({at, plan.convolution(half, channels, {.kernel = {1, 1}}, {.bias = false})});
    }

    static std::size_t cell(network_plan& plan, std::size_t from, const arch_type& arch) {
        std::array<std::size_t, 4> nodes{from};
        for (std::size_t node = 1, edge = 0; node < nodes.size(); ++node) {
            std::vector<std::size_t> terms;
            for (std::size_t source = 0; source < node; ++source, ++edge)
                if (arch[edge] != nasbench201_space::none) terms.push_back(operation(plan, nodes[source], arch[edge]));
            nodes[node] = terms.empty() ? plan.zero(from) : plan.add(terms);
        }
        return nodes.back();
    }

    static std::size_t operation(network_plan& plan, std::size_t from, std::uint8_t choice) {
        const std::size_t channels = plan.shape(from).channels;
        switch (choice) {
            case nasbench201_space::nor_conv_1x1:
                return detail::relu_convolution(plan, from, channels, {.kernel = {1, 1}});
            case nasbench201_space::nor_conv_3x3:
                return detail::relu_convolution(plan, from, channels, {.kernel = {3, 3}});
            case nasbench201_space::avg_pool_3x3:
                return plan.average_pool(from, {.kernel = {3, 3}});
            default:
                return from;
        }
    }

    plan_shape input_;
    std::size_t outputs_;
    nasbench201_plans_options options_;
};

}  // namespace nas

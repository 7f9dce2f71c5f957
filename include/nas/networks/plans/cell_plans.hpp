// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/options.hpp>
#include <nas/networks/network_plan.hpp>
#include <nas/networks/plans/cell_plans/cell_step.hpp>
#include <nas/networks/plans/image_steps.hpp>
#include <nas/spaces/cell_space.hpp>

namespace nas {

/// The size of a network of cells. Defaults: the search of Liu et al. 2018, "Progressive Neural Architecture Search".
struct cell_plans_options {
    std::size_t filters = 24;
    std::size_t repeats = 2;
    std::size_t reductions = 2;
    std::size_t separable_layers = 2;

    static constexpr void fields(auto&& visit) {
        using self = cell_plans_options;
        visit(&self::filters, field{"filters", 1, 65536, "PNAS: F = 24 in the search, 48 of the winner",
                                    "channels of the stem and of each block before the first reduction"});
        visit(&self::repeats, field{"repeats", 0, 1000, "PNAS: N = 2 in the search, 3 of the winner",
                                    "cells before, between and after reductions"});
        visit(&self::reductions, field{"reductions", 0, 16, "PNAS for CIFAR-10: 2",
                                       "cells that halve the image and have twice as many filters"});
        visit(&self::separable_layers, field{"separable_layers", 1, 16, "NASNet: 2; titu1994: 1",
                                             "separable convolutions that one `3x3 dconv` is"});
    }

    friend bool operator==(const cell_plans_options&, const cell_plans_options&) = default;
};

/// The networks of a cell_space as plans (Liu et al. 2018; Zoph et al. 2018 for what is around cells): a stem of one 3x3
/// convolution, `repeats` cells, a reduction, `repeats` cells and so on, relu, the mean over the image, one sum an output.
///
///     const nas::cell_plans plans{nas::cell_space{}, {3, 32, 32}, 10};
///     plans(space.parse("(-2, 5x5 dconv, -2, 3x3 maxpool) (0, identity, -1, 3x3 dconv)"));
///
/// Cells are real graphs: a block reads what its architecture says, and is the sum of its halves or their concatenation; a
/// cell is the concatenation of `cell_space::outputs`. Before the first cell is the stem. What a block reads has F channels and
/// the size of the image of the cell before: where a previous cell, or a block of concatenated halves, has another shape, it is
/// brought there by relu, a 1x1 convolution and batch norm, once for all that read it.
/// A reduction is the same cell with a stride of 2 in the operations on previous cells and 2F channels.
///
/// Operations are those that cell_space knows by name, of any size: `identity` (with a stride, a 1x1 convolution), `3x3 dconv`
/// (separable), `3x3 conv`, `1x7-7x1 conv` (one after the other, the first with the stride), `3x3 dilated conv` (every second
/// number), `3x3 maxpool`, `3x3 avgpool`. Each convolution is relu, convolution without bias, batch norm.
class cell_plans {
  public:
    using arch_type = cell_space::arch_type;

    /// `input`: channels, height and width of an image. `outputs`: sums, one a class, or 1 for two classes. Throws
    /// std::invalid_argument where there are none, the input is no image, an option is out of its range, there is no cell, or an
    /// operation of the space has an unknown name.
    cell_plans(cell_space space, const plan_shape& input, std::size_t outputs, const cell_plans_options& options = {})
        : space_(std::move(space)), input_(input), outputs_(outputs), options_(options) {
        detail::check_image_plans("nas::cell_plans", input, outputs);
        check_options("nas::cell_plans", options);
        if (options.repeats + options.reductions == 0) fail("repeats and reductions are 0; there must be a cell");
        for (const std::string& name : space_.options().operations) {
            std::optional<detail::cell_step> step = detail::read_cell_step(name);
            if (!step)
                fail("there is no operation '" + name +
                     "'; there are identity, 3x3 dconv, 3x3 conv, 1x7-7x1 conv, 3x3 dilated conv, 3x3 maxpool and 3x3 "
                     "avgpool, also of other sizes");
            steps_.push_back(*std::move(step));
        }
    }

    const cell_space& space() const noexcept { return space_; }
    const cell_plans_options& options() const noexcept { return options_; }

    network_plan operator()(const arch_type& arch) const {
        network_plan plan;
        const std::size_t stem = plan.convolution(plan.input(input_), options_.filters, {}, {.bias = false});
        std::vector<made_cell> cells{{plan.batch_norm(stem), 0}};
        for (std::size_t stage = 0; stage <= options_.reductions; ++stage) {
            if (stage > 0) append(plan, arch, cells, stage, true);
            for (std::size_t i = 0; i < options_.repeats; ++i) append(plan, arch, cells, stage, false);
        }
        const std::size_t at = plan.activate(cells.back().node, activation::relu);
        plan.output(plan.dense(plan.global_average_pool(at), outputs_));
        return plan;
    }

  private:
    [[noreturn]] static void fail(const std::string& what) { throw std::invalid_argument("nas::cell_plans: " + what); }

    struct made_cell {
        std::size_t node;
        std::size_t halvings;  // of the image
    };

    void append(network_plan& plan, const arch_type& arch, std::vector<made_cell>& cells, std::size_t stage,
                bool reduction) const {
        const std::size_t filters = options_.filters << stage;
        const bool flat = space_.options().lookback == 0;  // its one input is the cell before
        std::vector<std::size_t> made;                     // of blocks
        std::map<int, std::size_t> adapted;                // by input
        const auto read = [&](int input) {
            const auto known = adapted.find(input);
            if (known != adapted.end()) return known->second;
            std::size_t node = 0;
            std::size_t stride = 1;
            if (flat || input < 0) {
                const std::size_t back = flat ? 1 : static_cast<std::size_t>(-input);
                const made_cell& cell = cells[cells.size() - std::min(back, cells.size())];
                stride = std::size_t{1} << (cells.back().halvings - cell.halvings);
                node = cell.node;
            } else {
                node = made[static_cast<std::size_t>(input)];
            }
            if (stride > 1 || plan.shape(node).channels != filters)
                node = detail::relu_convolution(plan, node, filters, {.kernel = {1, 1}, .stride = {stride, stride}});
            adapted.emplace(input, node);
            return node;
        };
        const auto half = [&](int input, std::size_t operation) {
            const std::size_t stride = reduction && (flat || input < 0) ? 2 : 1;
            return detail::add_cell_step(plan, read(input), steps_[operation], stride, options_.separable_layers);
        };
        for (const cell_block& block : space_.blocks(arch)) {
            const std::vector<std::size_t> halves{half(block.input1, block.operation1),
                                                  half(block.input2, block.operation2)};
            made.push_back(space_.options().combination == block_combination::add ? plan.add(halves)
                                                                                  : plan.concatenate(halves));
        }
        std::vector<std::size_t> ends;
        for (const std::size_t b : space_.outputs(arch)) ends.push_back(made[b]);
        cells.push_back({plan.concatenate(ends), stage});
    }

    cell_space space_;
    plan_shape input_;
    std::size_t outputs_;
    cell_plans_options options_;
    std::vector<detail::cell_step> steps_;
};

}  // namespace nas

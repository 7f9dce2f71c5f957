// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/context.hpp>
#include <nas/core/options.hpp>
#include <nas/core/rng.hpp>
#include <nas/core/trial.hpp>
#include <nas/evaluators/noisy.hpp>
#include <nas/spaces/cell_space.hpp>

namespace nas {

struct cell_landscape_options {
    double depth = 0.7;
    double interaction = 0.5;
    double sigma = 0;
    std::uint64_t seed = 0;

    static constexpr void fields(auto&& visit) {
        using o = cell_landscape_options;
        visit(&o::depth, field{"depth", 0, 0.95, "by choice", "how much of what an operation reads comes through"});
        visit(&o::interaction,
              field{"interaction", 0, 100, "by choice", "standard deviation of what two operations are together"});
        visit(&o::sigma, field{"sigma", 0, 1e9, "by choice", "standard deviation of the noise in what a search sees"});
        visit(&o::seed, field{"seed", 0, 0x1p64, "", "draws the worth of operations and pairs"});
    }
};

/// What a cell might be worth, by a formula that progressive search can only partly see from small cells:
///
///     half  = gain(operation, reads a previous cell or a block) + depth * what it reads
///     block = mean of its halves + interaction * pair(operation, operation)
///     cell  = 1 - exp(-mean of the blocks that are its output)
///
/// Previous cells are worth 0, -0.2, -0.4, ... from the last one back. Gains are drawn from [0, 1), those for blocks half as for
/// previous cells and half their own; pairs, which have no order, from a distribution of mean 0 and deviation 1. Equal cells have
/// the same worth, up to rounding. Deeper cells are better where their operations are good: the optimum is known, since the best
/// block reads the best block before it. What operations on blocks and inputs are worth cannot be told from cells of one block.
/// One objective, cost 0.
class cell_landscape {
  public:
    using space_type = cell_space;
    using arch_type = cell_space::arch_type;
    using options_type = cell_landscape_options;

    explicit cell_landscape(cell_space space, cell_landscape_options options = {})
        : space_(std::move(space)), options_(options), operations_(space_.options().operations.size()) {
        check_options("nas::cell_landscape", options_);
        const std::uint64_t key = detail::mix64(options_.seed);
        const auto uniform = [key](std::uint64_t i) {
            return static_cast<double>(detail::mix64(key ^ i) >> 11) * 0x1p-53;
        };
        for (std::size_t i = 0; i < operations_; ++i) gains_.push_back(uniform(2 * i));
        for (std::size_t i = 0; i < operations_; ++i) gains_.push_back(0.5 * gains_[i] + 0.5 * uniform(2 * i + 1));
        for (std::size_t i = 0; i < operations_; ++i)
            for (std::size_t k = 0; k < operations_; ++k) {
                const std::uint64_t pair = std::min(i, k) * 256 + std::max(i, k);
                pairs_.push_back(std::sqrt(12.0) * (uniform(pair + (1U << 20U)) - 0.5));
            }
        find_best();
    }

    const cell_space& space() const noexcept { return space_; }
    const cell_landscape_options& options() const noexcept { return options_; }

    evaluation_noise noise() const noexcept {
        return options_.sigma > 0 ? evaluation_noise::some : evaluation_noise::none;
    }

    /// `arch` must be in the space.
    evaluation<> operator()(const arch_type& arch, const context& about) const {
        return noisy([this](const arch_type& each) { return mean(each); }, options_.sigma)(arch, about);
    }
    double mean(const arch_type& arch) const {
        std::vector<double> worth;
        for (const cell_block& one : space_.blocks(arch)) worth.push_back(block(one, worth));
        double sum = 0;
        const std::vector<std::size_t> outputs = space_.outputs(arch);
        for (const std::size_t b : outputs) sum += worth[b];
        return 1 - std::exp(-sum / static_cast<double>(outputs.size()));
    }

    double optimum() const { return mean(best_); }
    const arch_type& best() const noexcept { return best_; }

  private:
    double block(const cell_block& one, const std::vector<double>& worth) const {
        return 0.5 * (half(one.input1, one.operation1, worth) + half(one.input2, one.operation2, worth)) +
               options_.interaction * pairs_[one.operation1 * operations_ + one.operation2];
    }
    double half(int input, std::size_t operation, const std::vector<double>& worth) const {
        if (input < 0) return gains_[operation] + options_.depth * 0.2 * (input + 1);
        if (space_.options().lookback == 0) return gains_[operation];
        return gains_[operations_ + operation] + options_.depth * worth[static_cast<std::size_t>(input)];
    }

    /// Block after block the best there is: it reads the last cell or the best block before it. Blocks beyond those that may be
    /// read are all like the first of these.
    void find_best() {
        const int last_cell = space_.options().lookback == 0 ? 0 : -1;
        const std::size_t blocks = space_.options().blocks;
        std::vector<std::string> fields;
        std::vector<double> worth;
        for (std::size_t b = 0; b < blocks; ++b) {
            std::vector<int> inputs{last_cell};
            const int before = static_cast<int>(std::min(b, readable())) - 1;
            if (before >= 0) inputs.push_back(before);
            cell_block best;
            double most = -std::numeric_limits<double>::infinity();
            for (const int input1 : inputs)
                for (const int input2 : inputs)
                    for (std::size_t i = 0; i < operations_; ++i)
                        for (std::size_t k = 0; k < operations_; ++k) {
                            const cell_block one{input1, i, input2, k};
                            if (const double value = block(one, worth); value > most) {
                                most = value;
                                best = one;
                            }
                        }
            worth.push_back(most);
            const auto& names = space_.options().operations;
            fields.insert(fields.end(), {std::to_string(best.input1), names[best.operation1],
                                         std::to_string(best.input2), names[best.operation2]});
        }
        best_ = space_.from_fields(fields);
    }
    // Blocks that others may read.
    std::size_t readable() const noexcept {
        return std::min(space_.options().lookforward.value_or(space_.options().blocks), space_.options().blocks);
    }

    cell_space space_;
    cell_landscape_options options_;
    std::size_t operations_;
    std::vector<double> gains_;  // on previous cells, then on blocks
    std::vector<double> pairs_;
    arch_type best_;
};

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <nas/core/options.hpp>
#include <nas/core/trial.hpp>
#include <nas/evaluators/landscapes/independent.hpp>

namespace nas {

struct plateau_landscape_options {
    std::size_t block = 2;
    std::uint64_t seed = 0;

    static constexpr void fields(auto&& visit) {
        visit(&plateau_landscape_options::block,
              field{"block", 1, 1e9, "Mitchell, Forrest and Holland 1992 use 8 for two choices each",
                    "decisions in a block"});
        visit(&plateau_landscape_options::seed, field{"seed", 0, 0x1p64, "", "draws the optimum"});
    }
};

/// A landscape of plateaus, the royal road (Mitchell, Forrest and Holland 1992): the share of the blocks of decisions that
/// agree with the planted optimum throughout. Most steps change nothing. The last block has the decisions that are left. The
/// optimum is 1, at one architecture.
/// The space must be a DecisionSpace without conditions and masks. One objective, cost 0.
template <class Space>
class plateau_landscape {
    static_assert(check_decision_space<Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = plateau_landscape_options;

    explicit plateau_landscape(Space space, plateau_landscape_options options = {})
        : space_(std::move(space)), options_(options), target_(space_, options.seed) {
        check_options("nas::plateau_landscape", options_);
        detail::check_independent_decisions("nas::plateau_landscape", space_);
    }

    const Space& space() const noexcept { return space_; }
    const plateau_landscape_options& options() const noexcept { return options_; }

    /// `arch` must be in the space.
    static constexpr evaluation_noise noise() noexcept { return evaluation_noise::none; }

    double operator()(const arch_type& arch) const { return mean(arch); }
    double mean(const arch_type& arch) const {
        const auto& genotype = space_.genotype(arch);
        const std::size_t count = genotype.size();
        std::size_t blocks = 0;
        std::size_t complete = 0;
        for (std::size_t begin = 0; begin < count; begin += options_.block) {
            const std::size_t end = std::min(begin + options_.block, count);
            ++blocks;
            complete += target_.agreements(genotype, begin, end) == end - begin ? 1U : 0U;
        }
        return static_cast<double>(complete) / static_cast<double>(blocks);
    }

    double optimum() const noexcept { return 1; }
    arch_type best() const { return space_.architecture(target_.genotype()); }

  private:
    Space space_;
    plateau_landscape_options options_;
    detail::planted_optimum<Space> target_;
};

}  // namespace nas

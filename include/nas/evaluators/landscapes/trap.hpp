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

struct trap_landscape_options {
    std::size_t block = 3;
    std::uint64_t seed = 0;

    static constexpr void fields(auto&& visit) {
        visit(&trap_landscape_options::block, field{"block", 1, 1e9, "Deb and Goldberg 1993 use 4 for two choices each",
                                                    "decisions in a trap; 1: no trap, 2: flat"});
        visit(&trap_landscape_options::seed, field{"seed", 0, 0x1p64, "", "draws the optimum"});
    }
};

/// A deceptive landscape: concatenated traps (Deb and Goldberg 1993). The decisions fall into blocks; of a block of k of
/// which u agree with the planted optimum,
///
///     trap(u) = k        for u = k
///               k - 1 - u  otherwise
///
/// counts, so that every step towards the optimum but the last one leads down. The value is the sum over the blocks, divided
/// by the number of decisions; the last block has the decisions that are left. The optimum is 1, at one architecture.
/// The space must be a DecisionSpace without conditions and masks. One objective, cost 0.
template <class Space>
class trap_landscape {
    static_assert(check_decision_space<Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = trap_landscape_options;

    explicit trap_landscape(Space space, trap_landscape_options options = {})
        : space_(std::move(space)), options_(options), target_(space_, options.seed) {
        check_options("nas::trap_landscape", options_);
        detail::check_independent_decisions("nas::trap_landscape", space_);
    }

    const Space& space() const noexcept { return space_; }
    const trap_landscape_options& options() const noexcept { return options_; }

    /// `arch` must be in the space.
    static constexpr evaluation_noise noise() noexcept { return evaluation_noise::none; }

    double operator()(const arch_type& arch) const { return mean(arch); }
    double mean(const arch_type& arch) const {
        const auto& genotype = space_.genotype(arch);
        const std::size_t count = genotype.size();
        std::size_t sum = 0;
        for (std::size_t begin = 0; begin < count; begin += options_.block) {
            const std::size_t end = std::min(begin + options_.block, count);
            const std::size_t agreeing = target_.agreements(genotype, begin, end);
            sum += agreeing == end - begin ? agreeing : end - begin - 1 - agreeing;
        }
        return static_cast<double>(sum) / static_cast<double>(count);
    }

    double optimum() const noexcept { return 1; }
    arch_type best() const { return space_.architecture(target_.genotype()); }

  private:
    Space space_;
    trap_landscape_options options_;
    detail::planted_optimum<Space> target_;
};

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/options.hpp>
#include <nas/core/trial.hpp>
#include <nas/evaluators/landscapes/independent.hpp>

namespace nas {

struct separable_landscape_options {
    std::uint64_t seed = 0;

    static constexpr void fields(auto&& visit) {
        visit(&separable_landscape_options::seed, field{"seed", 0, 0x1p64, "", "draws the worth of each choice"});
    }
};

/// A landscape on which every decision can be improved by itself: the mean over the decisions of the worth of their choices.
/// Worths are uniform, then scaled, so that the best choice of a decision is worth 1 and the worst 0 (a lone choice: 1).
/// The optimum is 1, the worst value 0 where every decision has two choices or more. Local search cannot fail.
/// The space must be a DecisionSpace without conditions and masks. One objective, cost 0.
template <class Space>
class separable_landscape {
    static_assert(check_decision_space<Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = separable_landscape_options;

    explicit separable_landscape(Space space, separable_landscape_options options = {})
        : space_(std::move(space)), options_(options), worths_(space_.decisions()) {
        check_options("nas::separable_landscape", options_);
        detail::check_independent_decisions("nas::separable_landscape", space_);
        rng random(detail::mix64(options_.seed));
        for (std::size_t i = 0; i < worths_.size(); ++i) {
            const auto begin = worths_[i].begin();
            const auto end = begin + static_cast<std::ptrdiff_t>(space_.cardinality(i));
            std::generate(begin, end, [&] { return unit(random); });
            const double least = *std::min_element(begin, end);
            const double most = *std::max_element(begin, end);
            std::for_each(begin, end,
                          [&](double& worth) { worth = most > least ? (worth - least) / (most - least) : 1; });
        }
    }

    const Space& space() const noexcept { return space_; }
    const separable_landscape_options& options() const noexcept { return options_; }

    /// `arch` must be in the space.
    static constexpr evaluation_noise noise() noexcept { return evaluation_noise::none; }

    double operator()(const arch_type& arch) const { return mean(arch); }
    double mean(const arch_type& arch) const {
        const auto& genotype = space_.genotype(arch);
        double sum = 0;
        for (std::size_t i = 0; i < genotype.size(); ++i) sum += worths_[i][genotype[i]];
        return sum / static_cast<double>(genotype.size());
    }

    double optimum() const noexcept { return 1; }
    arch_type best() const {
        auto genotype = blank_genotype<typename Space::genotype_type>(space_.decisions());
        for (std::size_t i = 0; i < worths_.size(); ++i)
            genotype[i] =
                static_cast<std::uint8_t>(std::max_element(worths_[i].begin(), worths_[i].end()) - worths_[i].begin());
        return space_.architecture(genotype);
    }

  private:
    Space space_;
    separable_landscape_options options_;
    std::vector<std::array<double, max_cardinality>> worths_;  // by decision and choice
};

}  // namespace nas

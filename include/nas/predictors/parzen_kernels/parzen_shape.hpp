// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/networks/packs.hpp>
#include <nas/predictors/parzen_marginals.hpp>

namespace nas {

/// What a kernel over whole architectures gives each decision: relative to the most that it can give, so that products of
/// a thousand decisions stay in range.
class parzen_shape {
  public:
    static constexpr float least = 1e-15F;  // of a product, and after every fourth decision: none becomes denormal

    /// Of one decision.
    struct part {
        std::size_t choices;
        const parzen_levels* levels;  // where it is numeric
        double others;                // other choices over the probability of one of them
        float same;                   // what the choice of the kernel has; relative to that are:
        float other;                  // what each other choice has of a kernel, the kernel's own having 1,
        float uniform;                // and what each choice has where there is no kernel.
    };
    struct factors {
        float same = 1;
        float uniform = 1;
        bool all = true;  // whether all decisions are active
    };

    /// A categorical decision differs from the kernel's with probability `changes` / decisions that have a choice, to each other
    /// choice alike; at most as often as at random.
    parzen_shape() = default;
    parzen_shape(std::vector<parzen_decision> decisions, double changes) : decisions_(std::move(decisions)) {
        std::size_t free = 0;
        for (const parzen_decision& one : decisions_) free += one.choices > 1 ? 1U : 0U;
        for (const parzen_decision& one : decisions_) {
            const auto choices = static_cast<double>(one.choices);
            const double differs =
                one.choices > 1 ? std::min(changes / static_cast<double>(free), (choices - 1) / choices) : 0;
            const double same = 1 - differs;
            parts_.push_back({one.choices, one.levels.get(), one.choices > 1 ? (choices - 1) / differs : 0,
                              static_cast<float>(one.levels ? 1 : same),
                              one.choices > 1 ? static_cast<float>(differs / (choices - 1) / same) : 1.0F,
                              one.levels ? one.levels->uniform() : static_cast<float>(1 / (choices * same))});
            categorical_ = categorical_ && !one.levels;
            multiply(all_, parts_.back());
            few_ = few_ && parts_.back().others < 1e9;
            others_.push_back(parts_.back().others);
            choices_.push_back(static_cast<std::int32_t>(one.choices));
        }
        others_.resize((others_.size() + lanes - 1) / lanes * lanes);
        choices_.resize(others_.size());
    }

    std::size_t size() const noexcept { return parts_.size(); }
    const part& operator[](std::size_t i) const noexcept { return parts_[i]; }
    /// Whether no decision is numeric.
    bool categorical() const noexcept { return categorical_; }

    /// Products of `same` and of `uniform` over the active decisions.
    factors products(std::span<const std::int32_t> codes) const noexcept {
        std::size_t first = 0;
        while (first < codes.size() && codes[first] != 0) ++first;
        if (first == codes.size()) return all_;
        factors some{1, 1, false};
        for (std::size_t i = 0; i < codes.size(); ++i)
            if (codes[i] != 0) multiply(some, parts_[i]);
        return some;
    }

    /// A choice of decision `i`, drawn from a kernel of that code.
    std::size_t draw(std::size_t i, std::int32_t code, rng& random) const {
        const part& one = parts_[i];
        if (code == 0) return below(random, one.choices);
        const auto center = static_cast<std::size_t>(code - 1);
        if (one.levels != nullptr) {
            const std::span<const float> masses = one.levels->masses(center);
            auto left = static_cast<float>(unit(random));
            std::size_t level = 0;
            for (; level + 1 < one.choices && left >= masses[level]; ++level) left -= masses[level];
            return level;
        }
        // One of the others in `choices - 1` of `others` cases; without a branch that cannot be foretold.
        const auto other = static_cast<std::size_t>(unit(random) * one.others);
        const std::size_t passing = other < center ? other : other + 1;
        return other + 1 < one.choices ? passing : center;
    }

    /// So many codes `draw_all` reads and writes: those of all decisions, and zeros, in whole packs.
    std::size_t padded() const noexcept { return others_.size(); }
    /// Whether it may be called: no decision is numeric.
    bool draws_all() const noexcept { return categorical_ && few_; }
    /// Codes of all decisions, drawn as by `draw` one after the other from a kernel of these codes, none of which is 0. Returns
    /// whether all are the kernel's.
    bool draw_all(const std::int32_t* codes, rng& random, std::int32_t* out) const {
        words state;
        for (std::size_t k = 0; k < lanes; ++k) state[k] = random.state() + (k + 1) * rng::step;
        ints differing = {};
        for (std::size_t i = 0; i < padded(); i += lanes, state += lanes * rng::step) {
            words word = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9U;  // detail::mix64
            word = (word ^ (word >> 27)) * 0x94d049bb133111ebU;
            word = (word ^ (word >> 31)) >> 11;
            const auto at = __builtin_convertvector(word, doubles) * 0x1.0p-53;
            const auto cases = at * detail::load_pack<doubles>(others_.data() + i);
            const ints other = __builtin_convertvector(cases, ints) + 1;
            const ints center = detail::load_pack<ints>(codes + i);
            const ints passing = other < center ? other : other + 1;
            const ints chosen = other < detail::load_pack<ints>(choices_.data() + i) ? passing : center;
            differing |= chosen ^ center;
            detail::store_pack(chosen, out + i);
        }
        random.skip(parts_.size());
        std::int32_t any = 0;
        for (std::size_t k = 0; k < lanes; ++k) any |= differing[k];
        return any == 0;
    }

  private:
    static constexpr std::size_t lanes = detail::widest_pack / sizeof(double);
    using words = detail::pack_of<std::uint64_t, lanes>::type;
    using doubles = detail::pack_of<double, lanes>::type;
    using ints = detail::pack_of<std::int32_t, lanes>::type;

    static void multiply(factors& by, const part& one) noexcept {
        by.same = std::max(by.same * one.same, least);
        by.uniform = std::max(by.uniform * one.uniform, least);
    }

    std::vector<parzen_decision> decisions_;  // keeps the levels
    std::vector<part> parts_;
    std::vector<double> others_;  // of each decision, and zeros up to whole packs
    std::vector<std::int32_t> choices_;
    bool few_ = true;  // others in an integer's range
    bool categorical_ = true;
    factors all_;  // where all decisions are active
};

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
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

    struct factors {
        float same = 1;
        float uniform = 1;
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
            others_.push_back(one.choices > 1 ? (choices - 1) / differs : 0);
            same_.push_back(static_cast<float>(one.levels ? 1 : same));
            other_.push_back(one.choices > 1 ? static_cast<float>(differs / (choices - 1) / same) : 1.0F);
            uniform_.push_back(one.levels ? one.levels->uniform() : static_cast<float>(1 / (choices * same)));
            multiply(all_, same_.size() - 1);
        }
    }

    std::size_t size() const noexcept { return decisions_.size(); }
    const parzen_decision& operator[](std::size_t i) const noexcept { return decisions_[i]; }
    /// What the choice of the kernel has; relative to that are:
    float same(std::size_t i) const noexcept { return same_[i]; }
    /// what each other choice has of a kernel, the kernel's own having 1,
    float other(std::size_t i) const noexcept { return other_[i]; }
    /// and what each choice has where there is no kernel.
    float uniform(std::size_t i) const noexcept { return uniform_[i]; }

    /// Products of `same` and of `uniform` over the active decisions.
    factors products(std::span<const std::int32_t> codes) const noexcept {
        std::size_t active = 0;
        for (const std::int32_t code : codes) active += code != 0 ? 1U : 0U;
        if (active == codes.size()) return all_;
        factors some;
        for (std::size_t i = 0; i < codes.size(); ++i)
            if (codes[i] != 0) multiply(some, i);
        return some;
    }

    /// A choice of decision `i`, drawn from a kernel of that code.
    std::size_t draw(std::size_t i, std::int32_t code, rng& random) const {
        const std::size_t choices = decisions_[i].choices;
        if (code == 0) return below(random, choices);
        const auto center = static_cast<std::size_t>(code - 1);
        if (decisions_[i].levels != nullptr) {
            const std::span<const float> masses = decisions_[i].levels->masses(center);
            auto left = static_cast<float>(unit(random));
            std::size_t level = 0;
            for (; level + 1 < choices && left >= masses[level]; ++level) left -= masses[level];
            return level;
        }
        // One of the others in `choices - 1` of `others_` cases; without a branch that cannot be foretold.
        const auto other = static_cast<std::size_t>(unit(random) * others_[i]);
        const std::size_t passing = other < center ? other : other + 1;
        return other + 1 < choices ? passing : center;
    }

  private:
    void multiply(factors& by, std::size_t i) const noexcept {
        by.same = std::max(by.same * same_[i], least);
        by.uniform = std::max(by.uniform * uniform_[i], least);
    }

    std::vector<parzen_decision> decisions_;
    factors all_;                 // where all decisions are active
    std::vector<double> others_;  // other choices over the probability of one of them
    std::vector<float> same_;
    std::vector<float> other_;
    std::vector<float> uniform_;
};

/// Kernels over whole architectures: each is a product over decisions, and the density their sum. An architecture is given as its
/// codes: 0 for a decision that is not active, else 1 + the choice.
///
/// Of a decision that is active in the architecture but not in a kernel, the kernel says nothing: each choice is alike. Sums have
/// one order, whatever the width of the machine's registers.
class parzen_kernels {
  public:
    using code = std::int32_t;
    static constexpr std::size_t block = 32;  // kernels that are computed side by side
    static constexpr float least = parzen_shape::least;

    parzen_kernels() = default;
    parzen_kernels(std::size_t kernels, std::size_t decisions) { resize(kernels, decisions); }

    /// Room for `kernels` of them, all without weight.
    void resize(std::size_t kernels, std::size_t decisions) {
        decisions_ = decisions;
        const std::size_t blocks = (kernels + block - 1) / block;
        weights_.assign(blocks * block, 0);
        codes_.assign(blocks * block * decisions, 0);
        conditional_.assign(decisions, 0);
    }

    /// Whether there is room for none.
    bool empty() const noexcept { return weights_.empty(); }

    void place(std::size_t kernel, std::span<const code> codes) {
        code* const to = codes_.data() + (kernel / block) * decisions_ * block + kernel % block;
        for (std::size_t i = 0; i < decisions_; ++i) {
            to[i * block] = codes[i];
            conditional_[i] = conditional_[i] != 0 || codes[i] == 0;
        }
    }
    void weigh(std::size_t kernel, float weight) { weights_[kernel] = weight; }

    /// The sum of weight times kernel at an architecture, and of `prior` times the uniform density. Of numeric decisions relative
    /// to the largest mass of a kernel.
    float density(const parzen_shape& shape, std::span<const code> codes, float prior) const {
        const auto [same, uniform] = shape.products(codes);
        return (sum(shape, codes) + prior * uniform) * same;
    }

    /// The kernels' part, without the factor that all of them have.
    float sum(const parzen_shape& shape, std::span<const code> codes) const {
        side sums{};
        for (std::size_t b = 0; b * block < weights_.size(); ++b) add_block(shape, codes, b, sums);
        std::array<float, block> total;
        for (std::size_t p = 0; p < packs; ++p) detail::store_pack(sums[p], total.data() + p * lanes);
        for (std::size_t half = block / 2; half > 0; half /= 2)
            for (std::size_t k = 0; k < half; ++k) total[k] += total[k + half];
        return total[0];
    }

  private:
    static constexpr std::size_t lanes = detail::widest_pack / sizeof(float);
    static constexpr std::size_t packs = block / lanes;
    using floats = typename detail::pack_of<float, lanes>::type;
    using ints = typename detail::pack_of<code, lanes>::type;
    using side = floats[packs];  // a number for each kernel of a block, in registers

    static void keep_normal(side& products) {
        const floats smallest = floats{} + least;
        for (std::size_t p = 0; p < packs; ++p) products[p] = products[p] > smallest ? products[p] : smallest;
    }

    void add_block(const parzen_shape& shape, std::span<const code> codes, std::size_t b, side& sums) const {
        const floats one = floats{} + 1.0F;
        side products;
        for (std::size_t p = 0; p < packs; ++p) products[p] = one;
        const code* theirs = codes_.data() + b * decisions_ * block;
        for (std::size_t i = 0; i < decisions_; ++i, theirs += block) {
            if (codes[i] == 0) continue;
            const ints mine = ints{} + codes[i];
            const floats other = floats{} + shape.other(i);
            if (shape[i].levels) {
                multiply_levels(*shape[i].levels, codes[i], theirs, products);
            } else if (conditional_[i] != 0) {
                const floats none = floats{} + shape.uniform(i);
                for (std::size_t p = 0; p < packs; ++p) {
                    const ints here = detail::load_pack<ints>(theirs + p * lanes);
                    const floats differing = here == ints{} ? none : other;
                    products[p] *= here == mine ? one : differing;
                }
            } else {
                for (std::size_t p = 0; p < packs; ++p)
                    products[p] *= detail::load_pack<ints>(theirs + p * lanes) == mine ? one : other;
            }
            if (i % 4 == 3) keep_normal(products);
        }
        keep_normal(products);
        for (std::size_t p = 0; p < packs; ++p)
            sums[p] += products[p] * detail::load_pack<floats>(weights_.data() + b * block + p * lanes);
    }

    static void multiply_levels(const parzen_levels& levels, code mine, const code* theirs, side& products) {
        const float* const likeness = levels.likeness(static_cast<std::size_t>(mine - 1));
        std::array<float, block> factors;
        for (std::size_t k = 0; k < block; ++k) factors[k] = likeness[theirs[k]];
        for (std::size_t p = 0; p < packs; ++p) products[p] *= detail::load_pack<floats>(factors.data() + p * lanes);
    }

    std::size_t decisions_ = 0;
    std::vector<float> weights_;
    std::vector<std::uint8_t> conditional_;  // whether the decision was not active in a kernel
    std::vector<code> codes_;                // [block][decision][kernel in the block]
};

}  // namespace nas

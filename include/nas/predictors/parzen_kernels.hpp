// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <nas/networks/packs.hpp>
#include <nas/predictors/parzen_kernels/parzen_shape.hpp>

namespace nas {

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
        always_active_ = true;
    }

    /// Whether there is room for none.
    bool empty() const noexcept { return weights_.empty(); }

    /// Where there is no room for it room is made, of as many kernels again.
    void place(std::size_t kernel, std::span<const code> codes) {
        if (kernel >= weights_.size()) {
            const std::size_t blocks = kernel / block + 1;
            weights_.resize(blocks * block, 0);
            codes_.resize(blocks * block * decisions_, 0);
        }
        code* const to = codes_.data() + (kernel / block) * decisions_ * block + kernel % block;
        for (std::size_t i = 0; i < decisions_; ++i) {
            to[i * block] = codes[i];
            if (codes[i] != 0) continue;
            conditional_[i] = 1;
            always_active_ = false;
        }
    }
    void weigh(std::size_t kernel, float weight) { weights_[kernel] = weight; }

    /// The sum of weight times kernel at an architecture, and of `prior` times the uniform density. Of numeric decisions relative
    /// to the largest mass of a kernel.
    float density(const parzen_shape& shape, std::span<const code> codes, float prior) const {
        return density(shape, codes, prior, shape.products(codes));
    }
    /// The same where these products are known.
    float density(const parzen_shape& shape, std::span<const code> codes, float prior,
                  const parzen_shape::factors& products) const {
        return (sum(shape, codes, products.all) + prior * products.uniform) * products.same;
    }

  private:
    /// The kernels' part, without the factor that all of them have. `all`: whether all decisions are active.
    float sum(const parzen_shape& shape, std::span<const code> codes, bool all) const {
        side sums{};
        const std::size_t blocks = weights_.size() / block;
        std::size_t b = 0;
        if (all && always_active_ && shape.categorical()) {
            for (; b + together <= blocks; b += together) add_categorical<together>(shape, codes, b, sums);
            for (; b < blocks; ++b) add_categorical<1>(shape, codes, b, sums);
        }
        for (; b < blocks; ++b) add_block(shape, codes, b, sums);
        // Halves onto halves, first of packs and then of their numbers.
        for (std::size_t half = packs / 2; half > 0; half /= 2)
            for (std::size_t p = 0; p < half; ++p) sums[p] += sums[p + half];
        return detail::sum_of_lanes<float>(sums[0]);
    }

    static constexpr std::size_t lanes = detail::widest_pack / sizeof(float);
    static constexpr std::size_t packs = block / lanes;
    static constexpr std::size_t together = std::max<std::size_t>(lanes / 4, 1);  // blocks: eight packs in registers
    using floats = typename detail::pack_of<float, lanes>::type;
    using ints = typename detail::pack_of<code, lanes>::type;
    using side = floats[packs];  // a number for each kernel of a block, in registers

    static void keep_normal(side& products) {
        const floats smallest = floats{} + least;
        for (std::size_t p = 0; p < packs; ++p) products[p] = products[p] > smallest ? products[p] : smallest;
    }

    // What `add_block` does, several blocks at a time, where all decisions are categorical and active.
    template <std::size_t Blocks>
    void add_categorical(const parzen_shape& shape, std::span<const code> codes, std::size_t b, side& sums) const {
        side products[Blocks];
        for (side& one : products)
            for (std::size_t p = 0; p < packs; ++p) one[p] = floats{} + 1.0F;
        const std::size_t stride = decisions_ * block;
        const code* theirs = codes_.data() + b * stride;
        for (std::size_t i = 0; i < decisions_; ++i, theirs += block) {
            const ints mine = ints{} + codes[i];
            const floats other = floats{} + shape[i].other;
            for (std::size_t k = 0; k < Blocks; ++k)
                for (std::size_t p = 0; p < packs; ++p) {
                    floats& product = products[k][p];
                    const ints here = detail::load_pack<ints>(theirs + k * stride + p * lanes);
                    product = here == mine ? product : product * other;
                }
            if (i % 4 == 3)
                for (side& one : products) keep_normal(one);
        }
        for (std::size_t k = 0; k < Blocks; ++k) add_weighted(products[k], b + k, sums);
    }

    void add_weighted(side& products, std::size_t b, side& sums) const {
        keep_normal(products);
        for (std::size_t p = 0; p < packs; ++p)
            sums[p] += products[p] * detail::load_pack<floats>(weights_.data() + b * block + p * lanes);
    }

    void add_block(const parzen_shape& shape, std::span<const code> codes, std::size_t b, side& sums) const {
        const floats one = floats{} + 1.0F;
        side products;
        for (std::size_t p = 0; p < packs; ++p) products[p] = one;
        const code* theirs = codes_.data() + b * decisions_ * block;
        for (std::size_t i = 0; i < decisions_; ++i, theirs += block) {
            if (codes[i] == 0) continue;
            const ints mine = ints{} + codes[i];
            const floats other = floats{} + shape[i].other;
            if (shape[i].levels != nullptr) {
                multiply_levels(*shape[i].levels, codes[i], theirs, products);
            } else if (conditional_[i] != 0) {
                const floats none = floats{} + shape[i].uniform;
                for (std::size_t p = 0; p < packs; ++p) {
                    const ints here = detail::load_pack<ints>(theirs + p * lanes);
                    const floats differing = here == ints{} ? none : other;
                    products[p] *= here == mine ? one : differing;
                }
            } else {
                for (std::size_t p = 0; p < packs; ++p)
                    products[p] =
                        detail::load_pack<ints>(theirs + p * lanes) == mine ? products[p] : products[p] * other;
            }
            if (i % 4 == 3) keep_normal(products);
        }
        add_weighted(products, b, sums);
    }

    static void multiply_levels(const parzen_levels& levels, code mine, const code* theirs, side& products) {
        const float* const likeness = levels.likeness(static_cast<std::size_t>(mine - 1));
        std::array<float, block> factors;
        for (std::size_t k = 0; k < block; ++k) factors[k] = likeness[theirs[k]];
        for (std::size_t p = 0; p < packs; ++p) products[p] *= detail::load_pack<floats>(factors.data() + p * lanes);
    }

    std::size_t decisions_ = 0;
    std::vector<float> weights_;
    bool always_active_ = true;              // all decisions in all kernels
    std::vector<std::uint8_t> conditional_;  // whether the decision was not active in a kernel
    std::vector<code> codes_;                // [block][decision][kernel in the block]
};

}  // namespace nas

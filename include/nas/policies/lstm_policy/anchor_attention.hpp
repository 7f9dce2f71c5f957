// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>

#include <nas/networks/pack_functions.hpp>
#include <nas/networks/packs.hpp>
#include <nas/networks/small_product.hpp>

namespace nas {

/// How much a state of a recurrent network wants each of the states before it, its anchors (ENAS, Pham et al. 2018):
///
///     q_j = v . tanh(W1 anchor_j + W2 state)
///
/// Only the shape is kept here. Weights: W1 and W2, units x units, column by column, then v. Of anchors, states, keys (W1
/// anchor) and gradients each is units x batch; those of several anchors follow each other.
template <std::floating_point Scalar>
class anchor_attention {
  public:
    explicit anchor_attention(std::size_t units) noexcept : units_(units) {}

    std::size_t size() const noexcept { return 2 * units_ * units_ + units_; }

    void key(const Scalar* weights, const Scalar* anchor, std::size_t batch, Scalar* key) const {
        set_product(units_, batch, units_, weights, anchor, key);
    }

    /// q_j of sequence b in scores[b * anchors + j]; `mixed`, a tanh for each anchor, is for `backward`. `query` is room for
    /// a state of each sequence. Not inlined, so that it is the same wherever it is called from.
    [[gnu::noinline]] void scores(const Scalar* weights, const Scalar* state, const Scalar* keys, std::size_t anchors,
                                  std::size_t batch, Scalar* query, Scalar* mixed, Scalar* scores) const {
        set_product(units_, batch, units_, weights + units_ * units_, state, query);
        const Scalar* const v = weights + 2 * units_ * units_;
        const std::size_t one = units_ * batch;
        for (std::size_t j = 0; j < anchors; ++j)
            for (std::size_t b = 0; b < batch; ++b) {
                const std::size_t at = j * one + b * units_;
                detail::for_each_pack<Scalar>(units_, [&](auto lanes, std::size_t k) {
                    using pack = typename detail::pack_of<Scalar, decltype(lanes)::value>::type;
                    pack sum[] = {detail::load_pack<pack>(keys + at + k) +
                                  detail::load_pack<pack>(query + b * units_ + k)};
                    detail::apply<Scalar>(sum, [](const auto& x) { return x.tanh(); });
                    detail::store_pack(sum[0], mixed + at + k);
                });
                scores[b * anchors + j] = detail::dot(units_, v, mixed + at);
            }
    }

    /// From the gradient of the scores: adds to those of the keys and the weights, sets that of the state. Overwrites `mixed`.
    /// `transposed` is W1', W2'; `query` is room for a state of each sequence.
    void backward(const Scalar* weights, const Scalar* transposed, const Scalar* state, const Scalar* of_scores,
                  std::size_t anchors, std::size_t batch, Scalar* query, Scalar* mixed, Scalar* of_keys,
                  Scalar* of_state, Scalar* gradient) const {
        const std::size_t one = units_ * batch;
        const Scalar* const v = weights + 2 * units_ * units_;
        Scalar* const of_v = gradient + 2 * units_ * units_;
        std::fill_n(query, one, Scalar{0});
        for (std::size_t j = 0; j < anchors; ++j)
            for (std::size_t b = 0; b < batch; ++b) {
                const std::size_t at = j * one + b * units_;
                const Scalar factor = of_scores[b * anchors + j];
                detail::for_each_number<Scalar>(
                    units_,
                    [factor](const auto& weight, auto& of_weight, auto& tanh, auto& of_key, auto& of_query) {
                        of_weight += factor * tanh;
                        tanh = factor * weight * (1 - tanh * tanh);
                        of_key += tanh;
                        of_query += tanh;
                    },
                    v, of_v, mixed + at, of_keys + at, query + b * units_);
            }
        set_product(units_, batch, units_, transposed + units_ * units_, query, of_state);
        add_product_transposed(units_, units_, batch, query, state, gradient + units_ * units_);
    }

    /// From the gradient of `anchors` keys: adds to those of the anchors.
    void key_backward(const Scalar* transposed, const Scalar* of_key, std::size_t batch, Scalar* of_anchor) const {
        add_product(units_, batch, units_, transposed, of_key, of_anchor);
    }
    /// Adds the gradient of W1, from those of all keys together.
    void add_gradient(const Scalar* anchors, const Scalar* of_keys, std::size_t columns, Scalar* gradient) const {
        add_product_transposed(units_, units_, columns, of_keys, anchors, gradient);
    }

    void transpose_weights(const Scalar* weights, Scalar* transposed) const {
        transpose(units_, units_, weights, transposed);
        transpose(units_, units_, weights + units_ * units_, transposed + units_ * units_);
    }

  private:
    std::size_t units_;
};

}  // namespace nas

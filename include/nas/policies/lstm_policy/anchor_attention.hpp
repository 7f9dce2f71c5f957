// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>

#include <Eigen/Core>
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
        const auto v = vector(weights + 2 * units_ * units_, units_);
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
                scores[b * anchors + j] = v.dot(vector(mixed + at, units_));
            }
    }

    /// From the gradient of the scores: adds to those of the keys and the weights, sets that of the state. Overwrites `mixed`.
    /// `transposed` is W1', W2'; `query` is room for a state of each sequence.
    void backward(const Scalar* weights, const Scalar* transposed, const Scalar* state, const Scalar* of_scores,
                  std::size_t anchors, std::size_t batch, Scalar* query, Scalar* mixed, Scalar* of_keys,
                  Scalar* of_state, Scalar* gradient) const {
        const std::size_t one = units_ * batch;
        const auto v = array(weights + 2 * units_ * units_, units_);
        auto of_v = array(gradient + 2 * units_ * units_, units_);
        array(query, one).setZero();
        for (std::size_t j = 0; j < anchors; ++j) {
            for (std::size_t b = 0; b < batch; ++b) {
                auto tanh = array(mixed + j * one + b * units_, units_);
                const Scalar factor = of_scores[b * anchors + j];
                of_v += factor * tanh;
                tanh = factor * v * (1 - tanh.square());
            }
            array(of_keys + j * one, one) += array(mixed + j * one, one);
            array(query, one) += array(mixed + j * one, one);
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
    template <class T>
    static auto array(T* data, std::size_t size) {
        using values = Eigen::Array<Scalar, Eigen::Dynamic, 1>;
        return Eigen::Map<std::conditional_t<std::is_const_v<T>, const values, values>>(
            data, static_cast<Eigen::Index>(size));
    }
    static auto vector(const Scalar* data, std::size_t size) {
        return Eigen::Map<const Eigen::Matrix<Scalar, Eigen::Dynamic, 1>>(data, static_cast<Eigen::Index>(size));
    }

    std::size_t units_;
};

}  // namespace nas

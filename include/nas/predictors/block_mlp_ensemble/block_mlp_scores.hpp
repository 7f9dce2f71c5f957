// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <nas/networks/packs.hpp>
#include <nas/networks/small_product.hpp>
#include <nas/predictors/block_ensemble/block_vocabulary.hpp>
#include <nas/predictors/block_mlp_ensemble/block_mlp.hpp>

namespace nas {

/// Outputs of perceptrons over blocks, of one shape, for many rows. The first layer is linear in the mean of the blocks, so its
/// product with each token's embedding is made once: a row costs the sum of its tokens' columns, and the layers after it products
/// of matrices. What comes out for a row depends on nothing but the row.
///
/// Layers are filled up with units that put out 0, to whole packs.
class block_mlp_scores {
  public:
    /// What a call works in.
    struct memory {
        std::vector<std::uint32_t> columns;
        std::vector<float> layers;
    };

    block_mlp_scores() = default;
    block_mlp_scores(const block_vocabulary& vocabulary, std::size_t embedding, std::size_t layers, std::size_t units)
        : layers_(layers), units_(units), height_((units + lanes - 1) / lanes * lanes) {
        std::size_t column = 0;
        for (std::size_t k = 0; k < vocabulary.block_tokens(); ++k) {
            first_.push_back(column);
            sizes_.push_back(vocabulary.kinds()[vocabulary.kind_of(k)].size);
            column += sizes_.back();
        }
        columns_ = column;
        embedding_ = embedding;
    }

    std::size_t members() const noexcept { return members_.size(); }

    void add(const block_mlp<float>& net) {
        std::vector<float> made;
        made.reserve(columns_ * height_ + height_ + (layers_ - 1) * (units_ + 1) * height_ + height_ + 1);
        const auto append = [&](const float* column) {
            made.insert(made.end(), column, column + units_);
            made.resize(made.size() + height_ - units_);
        };
        const std::span<const float> weights = net.dense().parameters();
        std::vector<float> product;
        for (std::size_t k = 0; k < first_.size(); ++k) {
            product.resize(units_ * sizes_[k]);
            set_product(units_, sizes_[k], embedding_, weights.data() + k * embedding_ * units_,
                        net.tables().embedding(k, 0), product.data());
            for (std::size_t token = 0; token < sizes_[k]; ++token) append(product.data() + token * units_);
        }
        const auto& dense = net.dense().layers();
        append(weights.data() + dense[0].first + dense[0].inputs * units_);
        for (std::size_t i = 1; i < layers_; ++i)
            for (std::size_t column = 0; column <= units_; ++column)  // the last one has the biases
                append(weights.data() + dense[i].first + column * units_);
        append(weights.data() + dense[layers_].first);
        made.push_back(weights.back());
        members_.push_back(std::move(made));
    }

    /// Outputs of one member for a few hundred rows. Their blocks must be in the order of sort_blocks.
    void score(std::size_t member, const block_rows& rows, std::span<float> out, memory& work) const {
        const float* at = members_[member].data();
        const float* const biases = at + columns_ * height_;
        work.layers.resize(2 * out.size() * height_);
        float* read = work.layers.data();
        float* write = read + out.size() * height_;
        for (std::size_t i = 0; i < out.size(); ++i) first_layer(at, rows, i, work.columns, read + i * height_);
        at = biases + height_;
        for (std::size_t layer = 1; layer < layers_; ++layer, at += (units_ + 1) * height_) {
            for (std::size_t i = 0; i < out.size(); ++i)
                std::copy_n(at + units_ * height_, height_, write + i * height_);
            detail::product_of<float>{true, height_, out.size(), units_, at, read, 1, height_, write}.compute();
            detail::for_each_number<float>(
                out.size() * height_, []<class Pack>(Pack& x) { x = x < 0 ? Pack{} : x; }, write);
            std::swap(read, write);
        }
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = detail::dot(height_, at, read + i * height_) + at[height_];
    }

  private:
    static constexpr std::size_t most_packs = 8;
    static constexpr std::size_t lanes = detail::widest_pack / sizeof(float);
    using pack = detail::pack_of<float, lanes>::type;

    void first_layer(const float* member, const block_rows& rows, std::size_t row, std::vector<std::uint32_t>& columns,
                     float* out) const {
        const std::size_t begin = rows.first[row];
        const std::size_t count = rows.first[row + 1] - begin;
        columns.resize(count);
        for (std::size_t i = 0, k = 0; i < count; ++i) {
            columns[i] = static_cast<std::uint32_t>((first_[k] + rows.tokens[begin + i]) * height_);
            if (++k == first_.size()) k = 0;
        }
        const float share = static_cast<float>(first_.size()) / static_cast<float>(std::max<std::size_t>(count, 1));
        // Sums that do not wait for each other need many packs; of almost the same number each time.
        const std::size_t packs = height_ / lanes;
        const std::size_t times = (packs + most_packs - 1) / most_packs;
        for (std::size_t i = 0, pack_at = 0; i < times; ++i) {
            const std::size_t next = (i + 1) * packs / times;
            some_packs<most_packs>(next - pack_at, member, pack_at * lanes, columns, share, out);
            pack_at = next;
        }
    }

    template <std::size_t Packs>
    void some_packs(std::size_t packs, const float* member, std::size_t at, const std::vector<std::uint32_t>& columns,
                    float share, float* out) const {
        if (packs == Packs) return sum_up<Packs>(member, at, columns, share, out);
        if constexpr (Packs > 1) some_packs<Packs - 1>(packs, member, at, columns, share, out);
    }

    template <std::size_t Packs>
    void sum_up(const float* member, std::size_t at, const std::vector<std::uint32_t>& columns, float share,
                float* out) const {
        pack sums[Packs] = {};
        for (const std::uint32_t column : columns)
#pragma GCC unroll 8
            for (std::size_t p = 0; p < Packs; ++p)
                sums[p] += detail::load_pack<pack>(member + column + at + p * lanes);
        const float* const biases = member + columns_ * height_ + at;
#pragma GCC unroll 8
        for (std::size_t p = 0; p < Packs; ++p) {
            pack value = detail::load_pack<pack>(biases + p * lanes);
            detail::add_scaled(value, sums[p], share);
            detail::store_pack(value < 0 ? pack{} : value, out + at + p * lanes);
        }
    }

    std::size_t layers_ = 0;
    std::size_t units_ = 0;
    std::size_t height_ = 0;
    std::size_t embedding_ = 0;
    std::size_t columns_ = 0;
    std::vector<std::size_t> first_;  // column of token 0 as token k of a block
    std::vector<std::size_t> sizes_;
    /// Of each: columns of the tokens, biases of the first layer; of each layer after it weights and biases; weights and bias of
    /// the output.
    std::vector<std::vector<float>> members_;
};

}  // namespace nas

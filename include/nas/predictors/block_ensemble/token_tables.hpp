// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/networks/packs.hpp>
#include <nas/predictors/block_ensemble/block_vocabulary.hpp>

namespace nas {

/// The embeddings of tokens and their gradient, a table a kind: kind after kind, token after token.
template <std::floating_point Scalar>
class token_tables {
  public:
    token_tables(const block_vocabulary& vocabulary, std::size_t width) : width_(width) {
        std::size_t tokens = 0;
        for (const auto& kind : vocabulary.kinds()) {
            kinds_.push_back(tokens * width);
            tokens += kind.size;
        }
        for (std::size_t k = 0; k < vocabulary.block_tokens(); ++k) first_.push_back(kinds_[vocabulary.kind_of(k)]);
        kinds_.push_back(tokens * width);
        numbers_.resize(tokens * width);
        gradient_.resize(tokens * width);
    }

    std::size_t width() const noexcept { return width_; }
    std::size_t block_tokens() const noexcept { return first_.size(); }
    std::span<Scalar> parameters() noexcept { return numbers_; }
    const Scalar* numbers() const noexcept { return numbers_.data(); }
    std::span<Scalar> gradient() noexcept { return gradient_; }
    std::span<const Scalar> gradient() const noexcept { return gradient_; }

    /// Where the embedding of a token begins that is token k of a block.
    std::size_t at(std::size_t k, std::size_t token) const noexcept { return first_[k] + token * width_; }
    const Scalar* embedding(std::size_t k, std::size_t token) const noexcept { return numbers_.data() + at(k, token); }

    /// Uniform in +-limit.
    void initialize(double limit, rng& random) {
        for (Scalar& number : numbers_) number = static_cast<Scalar>(limit * (2 * unit(random) - 1));
    }

    /// Tokens that no row has get the mean of those of their kind that some have: nothing was learned of them, and they are to be
    /// no better or worse than what is known.
    void fill_unseen(const block_rows& rows) {
        std::vector<char> seen(numbers_.size() / width_, 0);
        for (std::size_t i = 0, k = 0; i < rows.tokens.size(); ++i) {
            seen[at(k, rows.tokens[i]) / width_] = 1;
            if (++k == first_.size()) k = 0;
        }
        std::vector<Scalar> mean(width_);
        for (std::size_t kind = 0; kind + 1 < kinds_.size(); ++kind) {
            std::fill(mean.begin(), mean.end(), Scalar{0});
            Scalar count = 0;
            const auto each = [&](bool which, auto&& visit) {
                for (std::size_t at = kinds_[kind]; at < kinds_[kind + 1]; at += width_)
                    if ((seen[at / width_] != 0) == which) visit(numbers_.data() + at);
            };
            each(true, [&](const Scalar* known) {
                detail::add_times(width_, Scalar{1}, known, mean.data());
                ++count;
            });
            if (count > 0)
                each(false, [&](Scalar* unknown) {
                    for (std::size_t d = 0; d < width_; ++d) unknown[d] = mean[d] / count;
                });
        }
    }

  private:
    std::size_t width_;
    std::vector<std::size_t> kinds_;  // where the tables begin and the last ends
    std::vector<std::size_t> first_;  // by token of a block
    std::vector<Scalar> numbers_;
    std::vector<Scalar> gradient_;
};

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/options.hpp>
#include <nas/core/space.hpp>
#include <nas/networks/scratch.hpp>
#include <nas/predictors/block_ensemble/block_training.hpp>
#include <nas/predictors/block_ensemble/block_vocabulary.hpp>
#include <nas/predictors/normal_scores.hpp>
#include <nas/predictors/predictor.hpp>

namespace nas {

/// What a fitted ensemble over blocks is, beside its options and its vocabulary: what a file holds of it.
struct block_ensemble_state {
    double origin = 0;  ///< of values, and the unit in which they are learned
    double scale = 1;
    std::vector<std::vector<float>> members;  ///< the parameters of each
};

/// An ensemble of networks that read architectures block by block, of any number of blocks (Liu et al. 2018): what is common to
/// block_mlp_ensemble and block_lstm_ensemble. `Model` has the types `options_type`, `network_type` and `scores_type`, the
/// constants `owner` (which starts sentences) and `any_order` (whether the order of blocks says nothing), and, of vocabulary and
/// options, `network`, `scores` and `parameters` (how many a network has).
template <class Space, class Model>
class block_ensemble {
    static_assert(
        BlockSpace<Space>,
        "nas: an ensemble over blocks needs them: the space needs `std::size_t block_tokens() const`, `std::size_t "
        "token_kinds() const`, `std::size_t token_kind(std::size_t) const`, `std::size_t kind_size(std::size_t) const`, "
        "`std::string kind_name(std::size_t) const` and `void append_blocks(const arch_type&, std::vector<std::uint8_t>&) "
        "const`, see nas::BlockSpace");

  public:
    using arch_type = arch_t<Space>;
    using options_type = typename Model::options_type;

    explicit block_ensemble(const Space& space, options_type options = {})
        : options_(options), vocabulary_(space), scores_(Model::scores(vocabulary_, options_)) {
        check_options(Model::owner, options_);
    }

    const options_type& options() const noexcept { return options_; }
    const block_vocabulary& vocabulary() const noexcept { return vocabulary_; }

    /// Learns these values, and forgets all others. Throws std::invalid_argument where there are not as many architectures as
    /// values, a value is not finite, or not in [0, 1] though the output is a sigmoid, or an architecture has a token that is
    /// not in the vocabulary, that of the space for which this was made.
    void fit(const Space& space, std::span<const arch_type> archs, std::span<const double> values) {
        rng random(options_.seed);
        fit(space, archs, values, random);
    }
    void fit(const Space& space, std::span<const arch_type> archs, std::span<const double> values, rng& random) {
        detail::check_observations(Model::owner, archs.size(), values);
        block_rows rows;
        read(space, archs, rows);
        block_ensemble_state made;
        const std::vector<float> targets = targets_of(values, made);
        auto net = Model::network(vocabulary_, options_);
        std::vector<std::uint32_t> order(archs.size());
        const auto share = static_cast<std::size_t>(std::ceil(options_.share * static_cast<double>(order.size())));
        for (std::size_t k = 0; k < options_.members && !archs.empty(); ++k) {
            std::iota(order.begin(), order.end(), std::uint32_t{0});
            sample_to_front(std::span(order), share, random);
            net.initialize(options_.embedding_limit, options_.bias, random);
            if (made.scale > 0)
                detail::train_on_blocks(net, options_, rate(rows), rows, targets, std::span(order).first(share),
                                        random);
            net.fill_unseen(rows);
            made.members.emplace_back();
            for (const auto& part : net.parameters())
                made.members.back().insert(made.members.back().end(), part.begin(), part.end());
        }
        restore(std::move(made));
    }

    double predict(const Space& space, const arch_type& arch) const { return one(space, arch).mean; }
    /// That of the members' predictions.
    double deviation(const Space& space, const arch_type& arch) const { return one(space, arch).deviation; }

    /// The prediction of an architecture depends on no other, bit by bit. Throws std::invalid_argument where one has a token
    /// that is not in the vocabulary.
    void predict_all(const Space& space, std::span<const arch_type> archs, std::span<prediction> out) const {
        if (members() == 0) {
            constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
            return std::fill(out.begin(), out.end(), prediction{nothing, nothing});
        }
        score(space, archs, 0, members(), [&](std::size_t first, std::size_t count, std::span<const float> outputs) {
            for (std::size_t i = 0; i < count; ++i) {
                double sum = 0;
                for (std::size_t at = i; at < outputs.size(); at += count) sum += value(outputs[at]);
                const double mean = sum / static_cast<double>(members());
                double squares = 0;
                for (std::size_t at = i; at < outputs.size(); at += count)
                    squares += (value(outputs[at]) - mean) * (value(outputs[at]) - mean);
                out[first + i] = {state_.origin + state_.scale * mean,
                                  state_.scale * std::sqrt(squares / static_cast<double>(members()))};
            }
        });
    }

    /// Its networks; 0 where nothing was learned.
    std::size_t members() const noexcept { return state_.members.size(); }
    void predict_member(const Space& space, std::size_t member, std::span<const arch_type> archs,
                        std::span<double> out) const {
        score(space, archs, member, member + 1,
              [&](std::size_t first, std::size_t count, std::span<const float> outputs) {
                  for (std::size_t i = 0; i < count; ++i)
                      out[first + i] = state_.origin + state_.scale * value(outputs[i]);
              });
    }

    /// What it has learned, for files.
    const block_ensemble_state& state() const noexcept { return state_; }
    /// Becomes what another of these options and this vocabulary was: its predictions are that one's, bit by bit. Throws
    /// std::invalid_argument where a member does not have as many parameters as such a network.
    void restore(block_ensemble_state state) {
        const std::size_t size = Model::parameters(vocabulary_, options_);
        for (const std::vector<float>& member : state.members)
            if (member.size() != size)
                throw std::invalid_argument(std::string(Model::owner) + ": a member has " +
                                            std::to_string(member.size()) + " parameters; it must have " +
                                            std::to_string(size));
        auto scores = Model::scores(vocabulary_, options_);
        if (!state.members.empty()) {
            auto net = Model::network(vocabulary_, options_);
            for (const std::vector<float>& member : state.members) {
                auto from = member.begin();
                for (const auto& part : net.parameters()) {
                    std::copy_n(from, part.size(), part.begin());
                    from += static_cast<std::ptrdiff_t>(part.size());
                }
                scores.add(net);
            }
        }
        state_ = std::move(state);
        scores_ = std::move(scores);
    }
    void restore(const options_type& options, block_vocabulary vocabulary, block_ensemble_state state) {
        block_ensemble other(*this);
        other.options_ = options;
        other.vocabulary_ = std::move(vocabulary);
        other.restore(std::move(state));
        *this = std::move(other);
    }

  private:
    static constexpr std::size_t together = 256;

    struct work {
        block_rows rows;
        std::vector<float> outputs;
        typename Model::scores_type::memory memory;
    };

    prediction one(const Space& space, const arch_type& arch) const {
        prediction out;
        predict_all(space, std::span<const arch_type>(&arch, 1), std::span<prediction>(&out, 1));
        return out;
    }

    // In units of what is learned.
    double value(float output) const {
        return static_cast<double>(options_.output == block_output::sigmoid ? detail::logistic(output) : output);
    }

    /// Calls `take(first, count, outputs)` for some architectures at a time, member after member.
    template <class Take>
    void score(const Space& space, std::span<const arch_type> archs, std::size_t begin, std::size_t end,
               Take&& take) const {
        work_.lend([&](work& own) {
            for (std::size_t first = 0; first < archs.size(); first += together) {
                const std::size_t count = std::min(together, archs.size() - first);
                own.rows.clear();
                read(space, archs.subspan(first, count), own.rows);
                own.outputs.resize((end - begin) * count);
                for (std::size_t k = begin; k < end; ++k)
                    scores_.score(k, own.rows, std::span(own.outputs).subspan((k - begin) * count, count), own.memory);
                take(first, count, std::span<const float>(own.outputs));
            }
        });
    }

    void read(const Space& space, std::span<const arch_type> archs, block_rows& rows) const {
        if (!vocabulary_.same_blocks(space))
            throw std::invalid_argument(
                std::string(Model::owner) +
                ": the blocks of this space are not described by the tokens that it was made for");
        for (const arch_type& arch : archs) vocabulary_.read(Model::owner, space, arch, rows);
        if constexpr (Model::any_order) sort_blocks(vocabulary_.block_tokens(), rows);
    }

    // That of the first level of a progressive search, and that of later ones.
    double rate(const block_rows& rows) const {
        for (std::size_t i = 1; i < rows.first.size(); ++i)
            if (rows.first[i] != i * rows.first[1]) return options_.later_rate;
        return options_.first_rate;
    }

    std::vector<float> targets_of(std::span<const double> values, block_ensemble_state& made) const {
        std::vector<float> targets;
        if (options_.output == block_output::sigmoid) {
            for (std::size_t i = 0; i < values.size(); ++i) {
                if (!(values[i] >= 0 && values[i] <= 1))
                    throw std::invalid_argument(std::string(Model::owner) + ": value " + std::to_string(i) +
                                                " is not in [0, 1], which a sigmoid puts out; set output to linear");
                targets.push_back(static_cast<float>(values[i]));
            }
            return targets;
        }
        const auto count = static_cast<double>(std::max<std::size_t>(values.size(), 1));
        const double size = detail::binary_unit(values);
        double sum = 0;
        for (const double each : values) sum += each / size - values[0] / size;
        const double origin = values.empty() ? 0 : values[0] / size + sum / count;
        double squares = 0;
        for (const double each : values) squares += (each / size - origin) * (each / size - origin);
        const double scale = std::sqrt(squares / count);
        for (const double each : values)
            targets.push_back(scale > 0 ? static_cast<float>((each / size - origin) / scale) : 0);
        made.origin = origin * size;
        made.scale = scale * size;  // 0: all are equal, and so is what is predicted
        return targets;
    }

    options_type options_;
    block_vocabulary vocabulary_;
    block_ensemble_state state_;
    typename Model::scores_type scores_;
    scratch<work> work_;
};

}  // namespace nas

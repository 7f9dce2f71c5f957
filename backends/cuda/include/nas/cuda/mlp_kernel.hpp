// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <nas/cuda/mlp_kernel/functions.hpp>
#include <nas/cuda/mlp_kernel/learner.hpp>
#include <nas/cuda/mlp_kernel/random.hpp>
#include <nas/cuda/mlp_kernel/types.hpp>

namespace nas::mlp_kernel {

/// The training of one network by a team of threads, which all call the same functions: what nas::detail::mlp_training does
/// with nas::mlp and nas::any_optimizer, by the same draws, in float.
///
/// A team has `rank()` in [0, size()), `size()`, `sync()`, after which all see what each wrote, and `seconds()`. Every number is
/// computed by one thread in a fixed order, so that results are the same bits for every size of a team.
template <class Team>
class training : learner<Team> {
    using base = learner<Team>;
    using base::all_;
    using base::drawn_;
    using base::judge;
    using base::learn;
    using base::one_;
    using base::order_;
    using base::room_;
    using base::save;
    using base::team_;

  public:
    NAS_MLP_KERNEL training(const Team& team, const setting& all, const model& one, const dense* layers,
                            const memory& room)
        : base(team, all, one, layers, room), rules_(all) {}

    /// Trains until it has had so many epochs, or its own: from the beginning on the first rung, else from what `saved` holds;
    /// unless it is the last rung, that is there for the next one then.
    NAS_MLP_KERNEL void run(char* saved, bool first, std::uint32_t epochs, bool last, outcome& result) {
        const double start = team_.seconds();
        if (first)
            initialize();
        else
            resume(saved);
        ++now_.rungs;
        train_until(epochs < one_.epochs ? epochs : one_.epochs);
        if (!last) pause(saved);
        conclude(start, result);
    }

  private:
    NAS_MLP_KERNEL std::size_t slot(std::uint32_t epoch) const { return all_.every_epoch ? epoch : 0; }
    NAS_MLP_KERNEL float* weights_of(std::uint32_t epoch) const {
        return all_.weights + one_.weights_at + slot(epoch) * one_.parameters;
    }
    // Where the best are kept, and are not the latest, those have a place of their own behind.
    NAS_MLP_KERNEL float* latest_scores(std::uint32_t epoch) const {
        if (all_.scores == nullptr) return nullptr;
        const std::size_t at = all_.every_epoch ? epoch : all_.keep_best ? 1 : 0;
        return all_.scores + one_.scores_at + at * all_.validation_rows * all_.outputs;
    }
    NAS_MLP_KERNEL void keep_scores() const {
        const std::size_t count = all_.validation_rows * all_.outputs;
        float* const kept = all_.scores + one_.scores_at;
        for (std::size_t i = team_.rank(); i < count; i += team_.size()) kept[i] = kept[count + i];
    }

    NAS_MLP_KERNEL bool is_better(std::uint32_t epoch, std::uint32_t than) const {
        const double* const curve = (all_.monitor_accuracy ? all_.accuracies : all_.losses) + one_.curve;
        return all_.monitor_accuracy ? curve[epoch] > curve[than] : curve[epoch] < curve[than];
    }

    NAS_MLP_KERNEL void train_until(std::uint32_t epochs) {
        while (now_.epochs < epochs && !ended_) {
            const std::uint32_t epoch = now_.epochs;
            shuffle(team_, order_, all_.rows, one_.seed, drawn_, reinterpret_cast<std::uint32_t*>(room_.activations),
                    one_.activations);
            drawn_ += all_.rows - 1;
            for (std::size_t first = 0; first < all_.rows; first += all_.batch) learn(first, rules_.next());
            const row_score score = judge(latest_scores(epoch));
            ++now_.epochs;
            if (team_.rank() == 0) {
                all_.losses[one_.curve + epoch] = score.loss;
                if (all_.accuracies != nullptr) all_.accuracies[one_.curve + epoch] = score.right;
            }
            now_.diverged = score.loss - score.loss == 0 ? 0 : 1;
            if (now_.diverged != 0) {
                ended_ = true;
                break;
            }
            team_.sync();  // all read below what was written
            const bool best = epoch == 0 || is_better(epoch, best_epoch_);
            if (best) best_epoch_ = epoch;
            if (best || !all_.keep_best) now_.kept_epoch = epoch;
            if (all_.weights != nullptr && (all_.every_epoch || (all_.keep_best && best))) save(weights_of(epoch));
            if (all_.scores != nullptr && !all_.every_epoch && all_.keep_best && best) keep_scores();
            ended_ = all_.patience > 0 && epoch - best_epoch_ >= all_.patience;
        }
    }

    NAS_MLP_KERNEL void conclude(double start, outcome& result) {
        if (all_.weights != nullptr && !all_.every_epoch && !all_.keep_best) save(weights_of(0));
        now_.seconds += team_.seconds() - start;
        if (team_.rank() == 0) result = now_;
        team_.sync();  // the team's memory is the next network's
    }

    // Copies the numbers of the team's memory that outlast a batch to what lies behind `saved`, or from there.
    template <class Copy>
    NAS_MLP_KERNEL void each_saved(char* saved, const Copy& copy) const {
        auto* const numbers = reinterpret_cast<float*>(saved + sizeof(progress));
        const std::size_t state = one_.weights * state_copies(all_.how, all_.momentum);
        for (std::size_t i = team_.rank(); i < one_.weights; i += team_.size()) copy(room_.weights[i], numbers[i]);
        for (std::size_t i = team_.rank(); i < state; i += team_.size())
            copy(room_.state[i], numbers[one_.weights + i]);
    }

    NAS_MLP_KERNEL void pause(char* saved) const {
        each_saved(saved, [](float& here, float& there) { there = here; });
        const row_order there(rows_behind(saved), all_.rows);
        for (std::size_t i = team_.rank(); i < all_.rows; i += team_.size()) there.set(i, order_[i]);
        if (team_.rank() == 0) {
            auto& at = *reinterpret_cast<progress*>(saved);
            at.now = now_;
            at.best_epoch = best_epoch_;
            at.ended = ended_ ? 1 : 0;
            at.drawn = drawn_;
            rules_.pause(at);
        }
    }

    NAS_MLP_KERNEL void resume(char* saved) {
        each_saved(saved, [](float& here, float& there) { here = there; });
        const row_order there(rows_behind(saved), all_.rows);
        for (std::size_t i = team_.rank(); i < all_.rows; i += team_.size()) order_.set(i, there[i]);
        const auto& at = *reinterpret_cast<const progress*>(saved);
        now_ = at.now;
        best_epoch_ = at.best_epoch;
        ended_ = at.ended != 0;
        drawn_ = at.drawn;
        rules_.resume(at);
        team_.sync();
        this->transpose_weights();
        team_.sync();
    }

    NAS_MLP_KERNEL void* rows_behind(char* saved) const {
        const std::size_t numbers = one_.weights * (1 + state_copies(all_.how, all_.momentum));
        return saved + sizeof(progress) + numbers * sizeof(float);
    }

    // Glorot's weights, no biases; an optimizer that remembers nothing; rows in their order.
    NAS_MLP_KERNEL void initialize() {
        const std::size_t state = state_copies(all_.how, all_.momentum) * one_.weights;
        for (std::size_t i = team_.rank(); i < state; i += team_.size()) room_.state[i] = 0;
        for (std::size_t i = team_.rank(); i < all_.rows; i += team_.size())
            order_.set(i, static_cast<std::uint32_t>(i));
        this->draw_weights();
        team_.sync();
    }

    step_rules rules_;
    outcome now_;
    std::uint32_t best_epoch_ = 0;
    bool ended_ = false;
};

}  // namespace nas::mlp_kernel

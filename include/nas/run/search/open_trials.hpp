// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/trial.hpp>

namespace nas::detail {

/// What is known of a proposal that is not told yet, beside the proposal itself.
template <std::size_t Objectives>
struct open_trial {
    std::size_t told_when_asked = 0;
    std::size_t batch_rest = 0;  ///< as in a history
    bool by_hand = false;        ///< the caller asked for it and will tell; else it is one of a run's batch
    std::optional<evaluation<Objectives>> result = std::nullopt;
    learning_curve curve = {};
    std::exception_ptr error = nullptr;  ///< a fatal one
    double seconds = 0;                  ///< measured while it was evaluated, and not in search_times yet

    enum progress : std::uint8_t { waiting, evaluated, broken };
    std::uint8_t reached = waiting;

    /// How far the evaluation is. What it left may be read by other threads once that is not `waiting`.
    progress state() const noexcept {  // <atomic> costs a user's compile 0.05 s
        return static_cast<progress>(__atomic_load_n(&reached, __ATOMIC_ACQUIRE));
    }
    void set_state(progress now) noexcept {
        __atomic_store_n(&reached, static_cast<std::uint8_t>(now), __ATOMIC_RELEASE);
    }
};

/// The proposals that are asked and not told yet, in the order of asking.
template <class Arch, std::size_t Objectives>
class open_trials {
  public:
    using state_type = open_trial<Objectives>;

    std::size_t size() const noexcept { return proposals_.size() - first_; }
    bool empty() const noexcept { return size() == 0; }
    std::span<const proposal<Arch>> proposals() const noexcept { return std::span(proposals_).subspan(first_); }
    const proposal<Arch>& operator[](std::size_t place) const noexcept { return proposals_[first_ + place]; }
    state_type& state(std::size_t place) noexcept { return states_[first_ + place]; }
    const state_type& state(std::size_t place) const noexcept { return states_[first_ + place]; }

    void open(const proposal<Arch>& asked, state_type state) {
        proposals_.push_back(asked);
        states_.push_back(std::move(state));
    }
    void close(std::size_t place) {
        if (place == 0) {  // batches are told from the front: moving the rest each time would be quadratic
            if (++first_ == proposals_.size()) clear();
            return;
        }
        const auto at = static_cast<std::ptrdiff_t>(first_ + place);
        proposals_.erase(proposals_.begin() + at);
        states_.erase(states_.begin() + at);
    }

    /// Place of the first that a run asked for; size() where there is none.
    std::size_t first_of_batch() const noexcept {
        std::size_t place = 0;
        while (place < size() && state(place).by_hand) ++place;
        return place;
    }
    /// Place of what the caller asked for under this id; size() where there is none.
    std::size_t find_by_hand(trial_id id) const noexcept {
        for (std::size_t place = 0; place < size(); ++place)
            if ((*this)[place].id == id && state(place).by_hand) return place;
        return size();
    }

  private:
    void clear() noexcept {
        proposals_.clear();
        states_.clear();
        first_ = 0;
    }

    std::vector<proposal<Arch>> proposals_;  // what is before first_ is closed
    std::vector<state_type> states_;         // parallel to it
    std::size_t first_ = 0;
};

}  // namespace nas::detail

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>

namespace nas {

namespace detail {

/// The output function of SplitMix64 (Steele, Lea and Flood 2014; constants of Stafford's mix 13): a bijection of 64-bit
/// words in which every input bit changes about half of the output bits.
constexpr std::uint64_t mix64(std::uint64_t word) noexcept {
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9U;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebU;
    return word ^ (word >> 31);
}

}  // namespace detail

/// The library's generator, SplitMix64: 64 bits of state, period 2^64, free to seed. A search makes a fresh one for every
/// (seed, trial, purpose), so that what one trial draws never shifts what another draws.
/// Meets std::uniform_random_bit_generator, hence works with Boost.Random's distributions.
class rng {
  public:
    using result_type = std::uint64_t;

    constexpr explicit rng(std::uint64_t seed) noexcept : state_(seed) {}

    constexpr result_type operator()() noexcept {
        state_ += step;
        return detail::mix64(state_);
    }

    /// For several draws at once: number k of the next ones, from 0 on, is mix64(state() + (k + 1) * step); then skip.
    static constexpr result_type step = 0x9e3779b97f4a7c15U;  // the odd integer nearest to 2^64 / golden ratio
    constexpr result_type state() const noexcept { return state_; }
    constexpr void skip(std::uint64_t draws) noexcept { state_ += draws * step; }

    static constexpr result_type min() noexcept { return 0; }
    static constexpr result_type max() noexcept { return std::numeric_limits<result_type>::max(); }

    friend constexpr bool operator==(const rng&, const rng&) = default;

  private:
    std::uint64_t state_;
};

/// What a stream is for. One trial has one stream for each.
enum class purpose : std::uint8_t { begin, ask, tell, evaluate };

/// The streams of one search: an independent generator for every trial and purpose, in any order of calls.
///
/// Streams are offsets into one SplitMix64 sequence, a fixed odd step apart. Step and increment are such that two streams of
/// one seed share no draw unless their numbers differ by 9.5e8 or the draws' do by 1.7e9 (the shortest vectors of the
/// lattice x * step + y * increment = 0 mod 2^64).
class streams {
  public:
    constexpr explicit streams(std::uint64_t seed) noexcept : base_(detail::mix64(seed + 0x9e3779b97f4a7c15U)) {}

    /// Seed of the stream of (`trial`, `use`): rng{seed(trial, use)} is the generator.
    constexpr std::uint64_t seed(std::uint64_t trial, purpose use) const noexcept {
        constexpr std::uint64_t step = 0xd1342543de82ef95U;
        return base_ + (trial * 4 + static_cast<std::uint64_t>(use)) * step;
    }
    constexpr rng operator()(std::uint64_t trial, purpose use) const noexcept { return rng{seed(trial, use)}; }

  private:
    std::uint64_t base_;
};

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace support {

/// CPython's random.Random(seed), bit for bit, for seeds that are not negative: traces of Python programs are oracles.
/// `below` and `unit` are found by argument-dependent look-up where a template calls them for an nas::rng.
class python_random {
  public:
    explicit python_random(std::uint64_t seed) : engine_(seeded(seed)) {}

    /// getrandbits(32)
    std::uint32_t word() { return static_cast<std::uint32_t>(engine_()); }

    /// random(): uniform in [0, 1)
    double random() {
        const std::uint32_t high = word() >> 5;
        const std::uint32_t low = word() >> 6;
        return (high * 67108864.0 + low) / 9007199254740992.0;
    }

    /// randrange(n), 1 <= n < 2^32
    std::size_t below(std::size_t n) {
        const auto bits = static_cast<unsigned>(std::bit_width(n));
        std::size_t drawn = n;
        while (drawn >= n) drawn = word() >> (32 - bits);
        return drawn;
    }

    /// randint(first, last), both included
    int randint(int first, int last) {
        return first + static_cast<int>(below(static_cast<std::size_t>(last - first + 1)));
    }

    template <class T>
    const T& choice(const std::vector<T>& items) {
        return items[below(items.size())];
    }

    template <class T>
    void shuffle(std::vector<T>& items) {
        for (std::size_t i = items.size(); i-- > 1;) std::swap(items[i], items[below(i + 1)]);
    }

    /// sample(range(n), count)
    std::vector<std::size_t> sample(std::size_t n, std::size_t count) {
        if (count > n)
            throw std::invalid_argument("support::python_random: the sample is larger than what it is drawn from");
        std::size_t set_size = 21;
        if (count > 5)
            set_size += std::size_t{1} << (2 * static_cast<unsigned>(std::ceil(
                                                   std::log(3.0 * static_cast<double>(count)) / std::log(4.0))));
        std::vector<std::size_t> drawn;
        if (n <= set_size) {
            std::vector<std::size_t> pool(n);
            for (std::size_t i = 0; i < n; ++i) pool[i] = i;
            for (std::size_t i = 0; i < count; ++i) {
                const std::size_t j = below(n - i);
                drawn.push_back(pool[j]);
                pool[j] = pool[n - i - 1];
            }
        } else {
            while (drawn.size() < count) {
                const std::size_t j = below(n);
                if (std::find(drawn.begin(), drawn.end(), j) == drawn.end()) drawn.push_back(j);
            }
        }
        return drawn;
    }

    /// choices(items, k=count)
    template <class T>
    std::vector<T> choices(const std::vector<T>& items, std::size_t count) {
        std::vector<T> drawn;
        for (std::size_t i = 0; i < count; ++i)
            drawn.push_back(items[static_cast<std::size_t>(random() * static_cast<double>(items.size()))]);
        return drawn;
    }

    /// choices(items, weights, k=count)
    template <class T>
    std::vector<T> choices(const std::vector<T>& items, const std::vector<double>& weights, std::size_t count) {
        std::vector<double> sums;
        for (const double weight : weights) sums.push_back(weight + (sums.empty() ? 0 : sums.back()));
        std::vector<T> drawn;
        for (std::size_t i = 0; i < count; ++i) {
            const auto right = std::upper_bound(sums.begin(), sums.end() - 1, random() * sums.back());
            drawn.push_back(items[static_cast<std::size_t>(right - sums.begin())]);
        }
        return drawn;
    }

    friend std::size_t below(python_random& random, std::size_t n) { return random.below(n); }
    friend double unit(python_random& random) { return random.random(); }

  private:
    // The Mersenne Twister's init_by_array (Matsumoto and Nishimura 2002) of the seed's 32-bit limbs, low one first.
    static std::mt19937 seeded(std::uint64_t seed) {
        std::vector<std::uint32_t> key{static_cast<std::uint32_t>(seed)};
        if (seed >> 32 != 0) key.push_back(static_cast<std::uint32_t>(seed >> 32));
        constexpr std::size_t n = 624;
        std::vector<std::uint32_t> state(n);
        state[0] = 19650218;
        const auto mixed = [&](std::size_t i) { return state[i - 1] ^ (state[i - 1] >> 30); };
        for (std::size_t i = 1; i < n; ++i) state[i] = 1812433253U * mixed(i) + static_cast<std::uint32_t>(i);
        std::size_t i = 1;
        const auto next = [&] {
            if (++i < n) return;
            state[0] = state[n - 1];
            i = 1;
        };
        for (std::size_t step = 0, j = 0; step < n; ++step, j = (j + 1) % key.size(), next())
            state[i] = (state[i] ^ (mixed(i) * 1664525U)) + key[j] + static_cast<std::uint32_t>(j);
        for (std::size_t step = 1; step < n; ++step, next())
            state[i] = (state[i] ^ (mixed(i) * 1566083941U)) - static_cast<std::uint32_t>(i);
        state[0] = 0x80000000U;
        const words given{std::move(state)};
        return std::mt19937(given);
    }

    // A seed sequence that hands its words on: how a std engine takes a state.
    struct words {
        using result_type = std::uint32_t;
        std::vector<std::uint32_t> values;
        template <class Iterator>
        void generate(Iterator first, Iterator last) const {
            std::copy_n(values.begin(), last - first, first);
        }
    };

    std::mt19937 engine_;
};

}  // namespace support

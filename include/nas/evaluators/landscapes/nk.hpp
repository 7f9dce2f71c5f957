// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/options.hpp>
#include <nas/core/trial.hpp>
#include <nas/evaluators/landscapes/independent.hpp>

namespace nas {

struct nk_landscape_options {
    std::size_t neighbors = 2;
    std::uint64_t seed = 0;

    static constexpr void fields(auto&& visit) {
        visit(&nk_landscape_options::neighbors, field{"neighbors", 0, 7, "Kauffman and Weinberger 1989: K",
                                                      "further decisions that each contribution depends on"});
        visit(&nk_landscape_options::seed, field{"seed", 0, 0x1p64, "", "draws the contributions"});
    }
};

/// A rugged landscape, NK with adjacent neighbours (Kauffman and Weinberger 1989): the mean over the N decisions of a
/// contribution, uniform in [0, 1), that depends on the decision's choice and on those of the K decisions after it, the first
/// following the last. K = 0 is smooth, K = N - 1 random. Contributions are hashed, not stored.
/// The optimum is found when the landscape is made, exactly, by dynamic programming over the windows of K decisions (Wright,
/// Thompson and Zhang 2000): N * c^(2K + 1) steps where c is the largest number of choices, at most 2^28 (about a second).
/// The space must be a DecisionSpace without conditions and masks. One objective, cost 0.
template <class Space>
class nk_landscape {
    static_assert(check_decision_space<Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = nk_landscape_options;

    /// Throws std::invalid_argument where `neighbors` is not below the number of decisions, or the optimum is out of reach.
    explicit nk_landscape(Space space, nk_landscape_options options = {})
        : space_(std::move(space)), options_(options), key_(detail::mix64(options.seed)) {
        check_options("nas::nk_landscape", options_);
        detail::check_independent_decisions("nas::nk_landscape", space_);
        const std::size_t count = space_.decisions();
        if (options_.neighbors >= count)
            throw std::invalid_argument("nas::nk_landscape: neighbors (" + std::to_string(options_.neighbors) +
                                        ") must be below the number of decisions (" + std::to_string(count) + ")");
        for (std::size_t i = 0; i < count; ++i) largest_ = std::max(largest_, space_.cardinality(i));
        double steps = static_cast<double>(count);
        for (std::size_t i = 0; i < 2 * options_.neighbors + 1; ++i) steps *= static_cast<double>(largest_);
        if (steps > 0x1p28)
            throw std::invalid_argument("nas::nk_landscape: neighbors (" + std::to_string(options_.neighbors) +
                                        ") must be smaller for " + std::to_string(count) + " decisions of up to " +
                                        std::to_string(largest_) + " choices: finding the optimum takes too long");
        best_ = find_best();
        optimum_ = value(best_);
    }

    const Space& space() const noexcept { return space_; }
    const nk_landscape_options& options() const noexcept { return options_; }

    /// `arch` must be in the space.
    static constexpr evaluation_noise noise() noexcept { return evaluation_noise::none; }

    double operator()(const arch_type& arch) const { return mean(arch); }
    double mean(const arch_type& arch) const { return value(space_.genotype(arch)); }

    double optimum() const noexcept { return optimum_; }
    arch_type best() const { return space_.architecture(best_); }

  private:
    using genotype_type = typename Space::genotype_type;

    // `window`: the choices of decisions i to i + K, a byte each, the first in the highest byte in use.
    double contribution(std::size_t i, std::uint64_t window) const noexcept {
        const std::uint64_t word = detail::mix64((window ^ detail::mix64(key_ + i)) + 0x9e3779b97f4a7c15U);
        return static_cast<double>(word >> 11) * 0x1.0p-53;
    }
    std::uint64_t window_mask() const noexcept {
        return options_.neighbors == 7 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * (options_.neighbors + 1))) - 1;
    }

    double value(const genotype_type& genotype) const {
        const std::size_t count = genotype.size();
        const std::uint64_t mask = window_mask();
        std::uint64_t window = 0;
        for (std::size_t i = 0; i < options_.neighbors; ++i) window = (window << 8) | genotype[i];
        double sum = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t last = i + options_.neighbors;
            window = ((window << 8) | genotype[last < count ? last : last - count]) & mask;
            sum += contribution(i, window);
        }
        return sum / static_cast<double>(count);
    }

    // ---- dynamic programming. A state holds the choices of K decisions in a row as digits of base `largest_`.

    std::size_t states() const {
        std::size_t count = 1;
        for (std::size_t i = 0; i < options_.neighbors; ++i) count *= largest_;
        return count;
    }
    // The state's choices, a byte each.
    std::uint64_t bytes_of(std::size_t state) const {
        std::uint64_t bytes = 0;
        for (std::size_t i = 0; i < options_.neighbors; ++i, state /= largest_)
            bytes |= std::uint64_t{state % largest_} << (8 * i);
        return bytes;
    }
    bool possible(std::size_t state, std::size_t first) const {
        for (std::size_t i = options_.neighbors; i-- > 0; state /= largest_)
            if (state % largest_ >= space_.cardinality(first + i)) return false;
        return true;
    }

    genotype_type find_best() const {
        const std::size_t count = space_.decisions();
        auto best = blank_genotype<genotype_type>(count);
        double most = -1;
        std::vector<double> sums(states());
        std::vector<std::uint8_t> dropped(states() * count);
        for (std::size_t start = 0; start < states(); ++start) {
            if (!possible(start, 0)) continue;
            run_from(start, sums, dropped);
            for (std::size_t state = 0; state < sums.size(); ++state) {
                if (sums[state] < 0) continue;
                const double sum = sums[state] + closing(start, state);
                if (sum <= most) continue;
                most = sum;
                trace(state, dropped, best);
            }
        }
        return best;
    }

    // Fills `sums`: the most that the contributions within decisions 0 to N - 1 reach where the first K choices are `start`
    // and the last K the index; -1 where there is none. `dropped` [decision][state]: the choice that left the window then.
    void run_from(std::size_t start, std::vector<double>& sums, std::vector<std::uint8_t>& dropped) const {
        std::fill(sums.begin(), sums.end(), -1.0);
        sums[start] = 0;
        std::vector<double> next(sums.size());
        for (std::size_t i = options_.neighbors; i < space_.decisions(); ++i) {
            std::fill(next.begin(), next.end(), -1.0);
            for (std::size_t state = 0; state < sums.size(); ++state) {
                if (sums[state] < 0) continue;
                const std::uint64_t bytes = bytes_of(state);
                for (std::size_t choice = 0; choice < space_.cardinality(i); ++choice) {
                    const double sum = sums[state] + contribution(i - options_.neighbors, (bytes << 8) | choice);
                    const std::size_t wide = state * largest_ + choice;
                    const std::size_t to = wide % sums.size();
                    if (sum <= next[to]) continue;
                    next[to] = sum;
                    dropped[i * sums.size() + to] = static_cast<std::uint8_t>(wide / sums.size());
                }
            }
            sums.swap(next);
        }
    }

    // The contributions whose windows go round the end.
    double closing(std::size_t start, std::size_t state) const {
        const std::size_t neighbors = options_.neighbors;
        const std::uint64_t first = bytes_of(start);
        std::uint64_t window = bytes_of(state);
        double sum = 0;
        for (std::size_t i = 0; i < neighbors; ++i) {
            window = ((window << 8) | ((first >> (8 * (neighbors - 1 - i))) & 0xff)) & window_mask();
            sum += contribution(space_.decisions() - neighbors + i, window);
        }
        return sum;
    }

    void trace(std::size_t state, const std::vector<std::uint8_t>& dropped, genotype_type& genotype) const {
        const std::size_t count = space_.decisions();
        const std::size_t all = states();
        for (std::size_t i = count; i-- > options_.neighbors;) {
            // Before decision i was chosen, the state held the dropped choice and all but its last one now.
            const std::size_t wide = dropped[i * all + state] * all + state;
            genotype[i] = static_cast<std::uint8_t>(wide % largest_);
            state = wide / largest_;
        }
        for (std::size_t i = options_.neighbors; i-- > 0; state /= largest_)
            genotype[i] = static_cast<std::uint8_t>(state % largest_);
    }

    Space space_;
    nk_landscape_options options_;
    std::uint64_t key_;
    std::size_t largest_ = 1;
    genotype_type best_;
    double optimum_ = 0;
};

}  // namespace nas

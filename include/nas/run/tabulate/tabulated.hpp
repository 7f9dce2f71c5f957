// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <nas/core/rng.hpp>
#include <nas/core/trial.hpp>

namespace nas {

/// How a space is tabulated.
struct tabulate_options {
    std::uint64_t seed = 0;
    std::size_t repeats = 1;              ///< rows of each architecture, at least 1
    std::vector<double> fidelities = {};  ///< rising, above 0, in the evaluator's unit (epochs); empty: full fidelity
    std::uint64_t first_row = 0;          ///< the rows before it are there already
    std::size_t batch = 1;  ///< rows that are evaluated at once, at least 1, by an evaluator that has evaluate_batch
};

/// What a row of a table says: the repeat-th evaluation of architecture number `index`.
template <class Arch, std::size_t Objectives = 1>
struct tabulated {
    std::uint64_t number = 0;  ///< of the row, from 0: index * repeats + repeat
    std::uint64_t index = 0;   ///< of the architecture in its space
    std::size_t repeat = 0;
    std::uint64_t seed = 0;  ///< of the evaluation
    Arch arch = {};
    std::vector<std::array<double, Objectives>> values = {};  ///< one a fidelity; NaN where it is not completed
    evaluation<Objectives> result = {};                       ///< at the largest fidelity, or why it is not completed
};

/// Seed of the evaluation of architecture number `index` for the `repeat`-th time, in a table of that seed.
constexpr std::uint64_t tabulated_seed(std::uint64_t seed, std::uint64_t index, std::size_t repeat) noexcept {
    return streams(streams(seed).seed(repeat, purpose::evaluate)).seed(index, purpose::evaluate);
}

}  // namespace nas

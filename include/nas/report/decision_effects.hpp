// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <nas/core/history.hpp>
#include <nas/operators/decisions.hpp>
#include <nas/report/csv_writer.hpp>

namespace nas {

/// What the trials that made one choice are worth. Numbers without a trial to take them from are NaN.
struct choice_effect {
    std::size_t decision = 0;
    std::size_t choice = 0;
    std::size_t trials = 0;  ///< completed ones in which the decision is active and has this choice
    double share = 0;        ///< of the completed trials in which the decision is active
    double mean = 0;         ///< of their first objectives
    double deviation = 0;    ///< of one trial (divided by count - 1); NaN for a single one
    double difference = 0;   ///< mean less that of all completed trials in which the decision is active
    double cost = 0;         ///< their mean, in seconds
};

/// For each decision and each of its choices, in their order, tried or not: how often a search made it, and what the
/// trials that did are worth beside all in which the decision counted. In a space of layers: which layers come first or
/// second, and what each gives or costs.
///
/// These are means over what the search chose to look at, not effects of the choice alone: a searcher that learns puts
/// good choices together, so that each gets credit for the others.
template <DecisionSpace Space, std::size_t Objectives>
std::vector<choice_effect> decision_effects(const history<Space, Objectives>& past) {
    const Space& space = past.space();
    std::vector<choice_effect> effects;
    std::vector<std::size_t> first;  // of each decision in `effects`, and the end
    for (std::size_t i = 0; i < space.decisions(); ++i) {
        first.push_back(effects.size());
        for (std::size_t choice = 0; choice < space.cardinality(i); ++choice) effects.push_back({i, choice});
    }
    first.push_back(effects.size());

    for (std::size_t row = 0; row < past.size(); ++row) {
        if (!past.completed(row)) continue;
        const auto arch = past.arch(row);
        const auto& genotype = space.genotype(arch);
        const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (!is_active(space, all, i)) continue;
            choice_effect& effect = effects[first[i] + all[i]];
            ++effect.trials;
            // Welford 1962; `deviation` is the sum of squares until the end.
            const double step = past.value(row) - effect.mean;
            effect.mean += step / static_cast<double>(effect.trials);
            effect.deviation += step * (past.value(row) - effect.mean);
            effect.cost += past.cost(row);
        }
    }

    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t i = 0; i + 1 < first.size(); ++i) {
        const std::span<choice_effect> choices(effects.data() + first[i], first[i + 1] - first[i]);
        double active = 0;
        double sum = 0;
        for (const choice_effect& effect : choices) {
            active += static_cast<double>(effect.trials);
            sum += static_cast<double>(effect.trials) * effect.mean;
        }
        for (choice_effect& effect : choices) {
            const auto trials = static_cast<double>(effect.trials);
            effect.share = trials / active;  // 0 / 0 is NaN
            effect.deviation = effect.trials > 1 ? std::sqrt(effect.deviation / (trials - 1)) : nan;
            effect.cost /= trials;
            if (effect.trials == 0) effect.mean = nan;
            effect.difference = effect.mean - sum / active;
        }
    }
    return effects;
}

/// These effects as a table: decision (its path), choice (its label), trials, share, mean, deviation, difference,
/// cost_mean (seconds). What is not known is empty.
template <DecisionSpace Space>
std::string effects_csv(const Space& space, std::span<const choice_effect> effects) {
    csv_writer table;
    for (const char* name : {"decision", "choice", "trials", "share", "mean", "deviation", "difference", "cost_mean"})
        table.add(name);
    table.end_row();
    for (const choice_effect& effect : effects) {
        table.add(std::string(space.path(effect.decision)));
        table.add(std::string(space.label(effect.decision, effect.choice))).add(effect.trials).add(effect.share);
        table.add(effect.mean).add(effect.deviation).add(effect.difference).add(effect.cost).end_row();
    }
    return table.text();
}

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <nas/core/between.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/levels.hpp>
#include <nas/operators/decisions.hpp>
#include <nas/spaces/choice_space.hpp>

/// Spaces to test the operators on, and slow definitions of what the operators shall do, written without them.
namespace nas::tests {

inline choice_mask values(std::initializer_list<std::size_t> choices) { return choice_mask(choices); }

/// op, then what only one of the ops has: stride and kernel under conv, and dilation under two of the kernels; `last` is free.
inline choice_space<> conditional_space() {
    return choice_space<>{std::vector<decision>{
        {"op", 3, {"skip", "conv", "pool"}, decision_tag::operation},
        {"stride", 2, {}, decision_tag::generic, condition{0, values({1})}},
        {"kernel", 3, {"1", "3", "5"}, decision_tag::size, condition{0, values({1})}},
        {"dilation", 2, {}, decision_tag::generic, condition{2, values({1, 2})}},
        {"last", 2},
        {"window", 2, {}, decision_tag::generic, condition{0, values({1, 2})}},
    }};
}

/// A chain in which value 0 of each decision, the one that inactive decisions have, keeps the next ones active.
inline choice_space<> chain_space() {
    return choice_space<>{std::vector<decision>{
        {"a", 2},
        {"b", 3, {}, decision_tag::generic, condition{0, values({0})}},
        {"c", 2, {}, decision_tag::generic, condition{1, values({0, 2})}},
        {"d", 3, {}, decision_tag::generic, condition{2, values({0})}},
        {"e", 1, {}, decision_tag::generic, condition{3, values({0, 1})}},
    }};
}

/// Numeric decisions beside others: `rate` is on a logarithmic scale, `decay` falls, and counts where `op` is pool; `layers` has
/// labels of its own.
inline choice_space<> numeric_space() {
    decision decay = numeric_decision("decay", {{0.5, 0.25, 0.1}, value_scale::linear});
    decay.when = condition{1, values({1})};
    decision layers = numeric_decision("layers", between(1, 2, 2));
    layers.labels = {"one", "two"};
    return choice_space<>{std::vector<decision>{numeric_decision("rate", log_between(1e-4, 1, 5)),
                                                {"op", 3, {"conv", "pool", "skip"}, decision_tag::operation},
                                                decay,
                                                layers}};
}

/// Two numeric decisions of six levels, of which the second has an even distance from the first or is 5.
class even_space : public decision_space<even_space, std::array<std::uint8_t, 2>> {
  public:
    static constexpr std::size_t decisions() { return 2; }
    static constexpr std::size_t cardinality(std::size_t) { return 6; }
    static std::string path(std::size_t i) { return i == 0 ? "x" : "y"; }
    static std::string label(std::size_t, std::size_t choice) { return std::to_string(choice); }
    static constexpr bool numeric() { return true; }
    static std::span<const double> values(std::size_t) {
        static constexpr std::array<double, 6> all{0, 1, 2, 3, 4, 5};
        return all;
    }
    static constexpr value_scale scale(std::size_t) { return value_scale::linear; }
    void allowed(std::span<const std::uint8_t> prefix, std::size_t i, choice_mask& mask) const {
        for (std::size_t choice = 0; choice < 5; ++choice)
            if (i == 1 && (choice + prefix[0]) % 2 == 1) mask.erase(choice);
    }
};

/// A random forest of up to seven decisions with 1 to 3 choices.
inline choice_space<> random_forest(rng& random) {
    std::vector<decision> table;
    const std::size_t count = 1 + below(random, 7);
    for (std::size_t i = 0; i < count; ++i) {
        decision row{std::string(1, static_cast<char>('a' + i)), 1 + below(random, 3)};
        if (i > 0 && chance(random, 0.7)) {
            condition when{below(random, i), {}};
            when.values.insert(below(random, table[when.decision].cardinality));
            when.values.insert(below(random, table[when.decision].cardinality));
            row.when = when;
        }
        table.push_back(row);
    }
    return choice_space<>{table};
}

/// A mask and a condition at once: all values of decisions 0 to 2 differ, and decision 3, which counts where decision 0 is 0
/// or 2, is smaller than decision 1, or 0.
class masked_space : public decision_space<masked_space, std::array<std::uint8_t, 4>> {
  public:
    static constexpr std::size_t decisions() { return 4; }
    static constexpr std::size_t cardinality(std::size_t i) { return i < 3 ? 4 : 3; }
    static std::string path(std::size_t i) { return std::string("m") + std::to_string(i); }
    static std::string label(std::size_t, std::size_t choice) { return std::to_string(choice); }
    static constexpr bool conditional() { return true; }
    static constexpr std::optional<condition> when(std::size_t i) {
        return i == 3 ? std::optional(condition{0, {0, 2}}) : std::nullopt;
    }
    void allowed(std::span<const std::uint8_t> prefix, std::size_t i, choice_mask& mask) const {
        if (i == 3) {
            for (std::size_t choice = 1; choice < 3; ++choice)
                if (choice >= prefix[1]) mask.erase(choice);
        } else {
            for (const std::uint8_t taken : prefix) mask.erase(taken);
        }
    }
};

// Not bytes: g++ 12 warns of the comparison of byte vectors when it optimises.
using choices = std::vector<std::uint16_t>;

template <class G>
choices plain(const G& genotype) {
    return choices(genotype.data(), genotype.data() + genotype.size());
}

/// By definition: active where it has no condition, or where that names an active decision and its value.
template <class Space>
bool counts(const Space& space, const choices& genotype, std::size_t i) {
    if constexpr (ConditionalSpace<Space>) {
        const auto when = space.when(i);
        return !when || (counts(space, genotype, when->decision) && when->values.contains(genotype[when->decision]));
    }
    return true;
}

/// The values that decision i, which counts, may have.
template <class Space>
choices options_of(const Space& space, const choices& genotype, std::size_t i) {
    choice_mask mask = choice_mask::first(space.cardinality(i));
    if constexpr (MaskedSpace<Space>) {
        std::vector<std::uint8_t> prefix;
        for (std::size_t k = 0; k < i; ++k) prefix.push_back(static_cast<std::uint8_t>(genotype[k]));
        space.allowed(prefix, i, mask);
    }
    choices options;
    for (std::size_t choice = 0; choice < space.cardinality(i); ++choice)
        if (mask.contains(choice)) options.push_back(static_cast<std::uint16_t>(choice));
    return options;
}

inline bool holds(const choices& options, std::uint16_t value) {
    for (const std::uint16_t option : options)
        if (option == value) return true;
    return false;
}

/// Every combination of values in range, in lexicographic order.
template <class Space>
std::vector<choices> all_combinations(const Space& space) {
    std::vector<choices> all{choices(space.decisions())};
    while (true) {
        choices next = all.back();
        std::size_t i = next.size();
        while (i > 0 && next[i - 1] + std::size_t{1} == space.cardinality(i - 1)) next[--i] = 0;
        if (i == 0) return all;
        ++next[i - 1];
        all.push_back(next);
    }
}

/// The genotypes that belong to the space, by definition, in lexicographic order.
template <class Space>
std::vector<choices> all_genotypes(const Space& space) {
    std::vector<choices> valid;
    for (const choices& genotype : all_combinations(space)) {
        bool good = true;
        for (std::size_t i = 0; i < genotype.size(); ++i)
            good = good &&
                   (counts(space, genotype, i) ? holds(options_of(space, genotype, i), genotype[i]) : genotype[i] == 0);
        if (good) valid.push_back(genotype);
    }
    return valid;
}

/// A genotype of a space whose number of decisions is known at run time only.
inline dynamic_genotype dynamic(const choices& values) {
    dynamic_genotype genotype(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) genotype[i] = static_cast<std::uint8_t>(values[i]);
    return genotype;
}

/// The same as a genotype of the space.
template <class Space>
typename Space::genotype_type genotype_from(const Space& space, const choices& genotype) {
    auto made = blank_genotype<typename Space::genotype_type>(space.decisions());
    for (std::size_t i = 0; i < genotype.size(); ++i) made[i] = static_cast<std::uint8_t>(genotype[i]);
    return made;
}

/// Probability that a sample is `genotype`, by definition.
template <class Space>
double sample_probability(const Space& space, const choices& genotype) {
    double p = 1;
    for (std::size_t i = 0; i < genotype.size(); ++i)
        if (counts(space, genotype, i)) p /= static_cast<double>(options_of(space, genotype, i).size());
    return p;
}

/// How many of `options` are between `from` and `to`, and one.
inline std::size_t levels_apart(const choices& options, std::uint16_t from, std::uint16_t to) {
    std::size_t apart = 0;
    for (const std::uint16_t option : options)
        apart += option > std::min(from, to) && option <= std::max(from, to) ? 1 : 0;
    return apart;
}

/// Probability that a change of decision `i` from value `from` gives `to`, another of `options`: alike for all, or where it is
/// numeric by a Cauchy distribution of the levels between, its scale a tenth of all.
template <class Space>
double change_probability(const Space& space, std::size_t i, const choices& options, std::uint16_t from,
                          std::uint16_t to) {
    const auto weight = [&](std::uint16_t option) {
        const double reach = 0.1 * static_cast<double>(options.size() - 1);
        const double apart = static_cast<double>(levels_apart(options, from, option)) / reach;
        return is_numeric(space, i) ? 1 / (1 + apart * apart) : 1;
    };
    double whole = 0;
    for (const std::uint16_t option : options)
        if (option != from) whole += weight(option);
    return weight(to) / whole;
}

/// Probability that mutation makes `to` of `from`, by definition.
template <class Space>
double mutation_probability(const Space& space, const choices& from, const choices& to) {
    std::size_t free = 0;
    for (std::size_t i = 0; i < from.size(); ++i)
        free += counts(space, from, i) && options_of(space, from, i).size() > 1 ? 1 : 0;
    std::size_t changed = 0;
    while (changed < from.size() && from[changed] == to[changed]) ++changed;
    if (changed == from.size()) return free == 0 ? 1 : 0;
    if (!counts(space, from, changed) || !holds(options_of(space, from, changed), to[changed])) return 0;
    double p = change_probability(space, changed, options_of(space, from, changed), from[changed], to[changed]) /
               static_cast<double>(free);
    for (std::size_t i = changed + 1; i < to.size(); ++i) {
        if (!counts(space, to, i)) continue;  // a valid genotype has 0 there
        const choices options = options_of(space, to, i);
        if (!counts(space, from, i) || !holds(options, from[i]))
            p /= static_cast<double>(options.size());
        else if (to[i] != from[i])
            return 0;
    }
    return p;
}

/// How far counted outcomes are from their probabilities: Pearson's statistic, less its mean, over its standard deviation.
/// Infinite where something came that cannot. Values above 5 are beyond chance.
inline double surprise(const std::map<choices, double>& probability, const std::map<choices, std::size_t>& seen,
                       std::size_t draws) {
    double statistic = 0;
    double freedom = -1;
    for (const auto& [outcome, p] : probability) {
        if (p == 0) continue;
        const auto found = seen.find(outcome);
        const double expected = p * static_cast<double>(draws);
        const double count = found == seen.end() ? 0 : static_cast<double>(found->second);
        statistic += (count - expected) * (count - expected) / expected;
        ++freedom;
    }
    for (const auto& [outcome, count] : seen) {
        const auto found = probability.find(outcome);
        if (found == probability.end() || found->second == 0) return INFINITY;
    }
    return freedom == 0 ? 0 : (statistic - freedom) / std::sqrt(2 * freedom);
}

}  // namespace nas::tests

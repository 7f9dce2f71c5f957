// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nas/report/best_so_far.hpp>

namespace nas {

/// An architecture that one may take home from a search.
struct finding {
    std::string code = {};             ///< as the space describes it
    double seen = 0;                   ///< what the search took it to be worth
    double score = 0;                  ///< what it is worth: searches are compared by this
    double reward = 0;                 ///< what it is worth as the search sees it, noise taken out
    std::vector<double> reports = {};  ///< further columns, the same for all searches
    std::optional<double> rank =
        std::nullopt;  ///< of its score among all architectures': 1 is best, equals share the best
};

/// What one search came to.
struct search_outcome {
    std::uint64_t seed = 0;
    best_so_far course = {};                             ///< of its incumbents
    finding incumbent = {};                              ///< the architecture of its best trial
    std::optional<finding> recommended = std::nullopt;   ///< by another rule, where there is one
    std::optional<double> policy_reward = std::nullopt;  ///< mean reward of what its final policy samples
    /// The first trial, counted from 1, of an architecture that is worth as much as any, whether or not the search saw that.
    std::optional<std::size_t> first_hit = std::nullopt;
    std::size_t distinct = 0;   ///< how many networks there are among its trials
    std::size_t failed = 0;     ///< trials that are not completed
    std::size_t unknown = 0;    ///< trials of architectures that the evaluator has no values of
    std::size_t predicted = 0;  ///< trials whose value is a model's prediction
    /// Equal where two searches made the same trials and saw the same values.
    std::optional<std::uint64_t> digest = std::nullopt;

    /// What searches are compared by.
    const finding& taken_home() const noexcept { return recommended ? *recommended : incumbent; }
    double score() const noexcept { return taken_home().score; }
};

/// The searches of one searcher. The n-th search of every searcher has the same seed.
struct contestant {
    std::string name;          ///< its own, unlike all others'
    std::string options = {};  ///< all of them, in full
    std::vector<search_outcome> searches = {};
};

/// Whether all its searches, of which there are several, are one and the same: their seeds make no difference.
inline bool seeds_are_alike(const contestant& one) {
    const auto& searches = one.searches;
    return searches.size() > 1 && searches.front().digest &&
           std::all_of(searches.begin(), searches.end(),
                       [&](const search_outcome& search) { return search.digest == searches.front().digest; });
}

/// Whether two made the same searches, seed by seed.
inline bool same_searches(const contestant& one, const contestant& other) {
    return std::equal(
        one.searches.begin(), one.searches.end(), other.searches.begin(), other.searches.end(),
        [](const search_outcome& a, const search_outcome& b) { return a.digest && a.digest == b.digest; });
}

}  // namespace nas

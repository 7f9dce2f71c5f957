// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nas/core/history.hpp>
#include <nas/core/rng.hpp>
#include <nas/core/searcher.hpp>
#include <nas/report/recommend/best_posterior.hpp>
#include <nas/report/recommend/network_results.hpp>
#include <nas/report/recommend/random_effects.hpp>

namespace nas {

/// What a user takes home of a search. The best trial of a noisy evaluator is the luckiest one.
enum class recommendation_rule : std::uint8_t {
    best_trial,      ///< the architecture of the best trial
    best_mean,       ///< the best mean of a network's own trials, shrunk towards the mean of all
    best_posterior,  ///< the best posterior mean of a Gaussian process, of what was evaluated
    final_policy,  ///< what the searcher's policy proposes most often in the end; until it says something, the default
};
constexpr std::array<std::string_view, 4> enum_names(recommendation_rule) {
    return {"best_trial", "best_mean", "best_posterior", "final_policy"};
}

/// The rule that is the best trial where values are exact, and mostly better where they are noisy: over 400 searches of 300
/// trials each on NAS-Bench-201's single trainings (CIFAR-100, ImageNet16-120), mlp_wine.csv's accuracy_32 and AMBER's table,
/// regret was 0.4 to 1.02 times the best trial's. Where noise hardly matters (CIFAR-10) it may be worse by two hundredths of
/// a per cent, and where rewards span decades and noise is far below the steps between the best by more: say best_trial there.
inline constexpr recommendation_rule default_recommendation = recommendation_rule::best_posterior;

/// An architecture to take home.
template <class Arch>
struct recommendation {
    Arch arch;
    double value = 0;        ///< what the rule expects another trial of it to be worth
    trial_id id = no_trial;  ///< of its best trial
    std::size_t trials = 0;  ///< completed ones of this network, at the highest fidelity

    friend bool operator==(const recommendation&, const recommendation&) = default;
};

namespace detail {

template <class Space, std::size_t Objectives>
recommendation<arch_t<Space>> recommend_network(const history<Space, Objectives>& past, const network_results& results,
                                                std::size_t network, double value) {
    const std::size_t row = results.best[network];
    return {past.arch(row), value, past.id(row), results.trials[network]};
}

/// The number of the largest, the earliest of equals.
inline std::size_t largest(const std::vector<double>& values) {
    return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

template <class Space, std::size_t Objectives>
recommendation<arch_t<Space>> recommend_best_trial(const history<Space, Objectives>& past,
                                                   const network_results& results) {
    const std::size_t trial = largest(results.values);
    return recommend_network(past, results, results.networks[trial], results.values[trial]);
}

template <class Space, std::size_t Objectives>
recommendation<arch_t<Space>> recommend_best_mean(const history<Space, Objectives>& past,
                                                  const network_results& results) {
    const std::vector<double> expected = shrunk_means(results);
    const std::size_t network = best_of(results, expected);
    return recommend_network(past, results, network, expected[network]);
}

/// The best trial where nothing says that trials of one network differ: smoothing exact values only loses the best one.
template <class Space, std::size_t Objectives>
recommendation<arch_t<Space>> recommend_best_posterior(const history<Space, Objectives>& past,
                                                       const network_results& results) {
    if (!results.repeats_differ && past.noise() != evaluation_noise::some) return recommend_best_trial(past, results);
    if constexpr (EncodableSpace<Space>) {
        const expected_network best = best_posterior(past, results);
        return recommend_network(past, results, best.network, best.value);
    } else {
        return recommend_best_mean(past, results);
    }
}

/// Whether a searcher has a policy to sample; one that was chosen at run time says so itself.
template <class Searcher>
bool has_policy(const Searcher& searcher) {
    if constexpr (requires { searcher.has_policy(); }) {
        return searcher.has_policy();
    } else {
        return requires(rng & random) { searcher.sample_policy(random); };
    }
}

/// The network that most of a policy's samples are; of those that only chance may tell from it the one with the best mean. Only
/// what was evaluated: of a network without a trial nobody knows what it is worth. A policy that was never changed says nothing,
/// nor does one to which all that was evaluated is as likely: then the default rule.
template <class Space, std::size_t Objectives, class Searcher>
recommendation<arch_t<Space>> recommend_by_policy(const history<Space, Objectives>& past,
                                                  const network_results& results, const Searcher& searcher) {
    if (past.size() < initial_trials(searcher)) return recommend_best_posterior(past, results);
    std::vector<double> votes(results.size());
    if constexpr (requires(rng & random) { searcher.sample_policy(random); }) {
        identity_set<network_t<Space>> known;
        for (const std::size_t row : results.best) known.insert(network_of(past.space(), past.arch(row)));
        constexpr std::size_t samples = 1000;
        rng random(0);
        for (std::size_t k = 0; k < samples; ++k) {
            const std::size_t network = known.find(network_of(past.space(), searcher.sample_policy(random)));
            if (network != known.npos) ++votes[network];
        }
    }
    const std::size_t first = largest(votes);
    // Counts: that of two by four times the root of their sum is no chance, were they hundreds.
    const auto as_likely = [&](std::size_t k) {
        const double behind = votes[first] - votes[k];
        return behind * behind <= 16 * (votes[first] + votes[k]);
    };
    const std::vector<double> expected = shrunk_means(results);
    std::size_t best = first;
    bool all_alike = true;
    for (std::size_t k = 0; k < votes.size(); ++k) {
        if (!as_likely(k)) {
            all_alike = false;
        } else if (better(results, expected[k], k, expected[best], best)) {
            best = k;
        }
    }
    if (all_alike) return recommend_best_posterior(past, results);
    return recommend_network(past, results, best, expected[best]);
}

}  // namespace detail

/// What a search found, by its first objective; nothing where no trial is completed. Only trials at the highest fidelity that
/// has completed ones count.
///
///     if (const auto found = nas::recommend(search)) std::cout << space.describe(found->arch) << '\n';
///
/// Whether there is noise, best_posterior takes from repeats that differ and from what the evaluator says (`noise()`). Without
/// either it is the best trial: from a history without repeats, noise cannot be told from what is a network's own. An
/// evaluator that is noisy should say so, or the search repeat some trials: nas::reevaluated.
/// Takes 2 ms for 100 trials, 6 ms for 300, and less than 30 ms for 10,000.
///
/// Throws std::invalid_argument for final_policy: a history does not hold the policy.
template <class Space, std::size_t Objectives>
std::optional<recommendation<arch_t<Space>>> recommend(const history<Space, Objectives>& past,
                                                       recommendation_rule rule = default_recommendation) {
    if (rule == recommendation_rule::final_policy)
        throw std::invalid_argument(
            "nas::recommend: final_policy needs the searcher: nas::recommend(search, rule) or "
            "nas::recommend(history, searcher, rule)");
    const detail::network_results results = detail::results_by_network(past);
    if (results.size() == 0) return std::nullopt;
    if (rule == recommendation_rule::best_trial) return detail::recommend_best_trial(past, results);
    if (rule == recommendation_rule::best_mean) return detail::recommend_best_mean(past, results);
    return detail::recommend_best_posterior(past, results);
}

/// The same of a history and the searcher that it is of, as final_policy needs it. Throws std::invalid_argument for
/// final_policy where the searcher has no policy.
template <class Space, std::size_t Objectives, class Searcher>
    requires std::same_as<typename Searcher::space_type, Space> std::optional<recommendation<arch_t<Space>>> recommend(
        const history<Space, Objectives>& past, const Searcher& searcher,
        recommendation_rule rule = default_recommendation) {
        if (rule != recommendation_rule::final_policy) return recommend(past, rule);
        if (!detail::has_policy(searcher))
            throw std::invalid_argument(
                "nas::recommend: final_policy needs a searcher with a policy; this one has none");
        const detail::network_results results = detail::results_by_network(past);
        if (results.size() == 0) return std::nullopt;
        return detail::recommend_by_policy(past, results, searcher);
    }

/// The same of a search.
template <class Search>
    requires requires(const Search& search) { recommend(search.history(), search.searcher()); }
auto recommend(const Search& search, recommendation_rule rule = default_recommendation) {
    return recommend(search.history(), search.searcher(), rule);
}

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/operators/identity.hpp>
#include <nas/operators/mutate.hpp>
#include <nas/operators/told_networks.hpp>
#include <nas/predictors/acquisitions.hpp>
#include <nas/predictors/predictor.hpp>
#include <nas/searchers/smac/learned_trials.hpp>

namespace nas::detail {

/// What BANANAS and NPENAS have in common: the best trials are mutated, and a model chooses a batch of the mutants.
///
///     tell:  after `initial` completed trials, and then after every `batch` trials:
///                fit the model to all trials
///                make `candidates` new mutants, each of a parent that `pick(parents of the best trials, number)` names
///                rank them by the acquisition
///     ask:   the first of the ranking that is new; where there is none, a random new architecture
///
/// A class of a searcher: it holds one, with its space, its options and its rule for parents.
template <class Space, class Model, class Choice>
class guided_mutation {
  public:
    using arch_type = arch_t<Space>;

    guided_mutation(Model model, Choice choice) : model_(std::move(model)), choice_(std::move(choice)) {}

    const Model& model() const noexcept { return model_; }

    [[gnu::noinline]] std::optional<proposal<arch_type>> ask(const Space& space, const ask_view<arch_type>& view,
                                                             rng& random) const {
        for (const proposal<arch_type>& next : ranking_)
            if (told_.is_new(space, view, next.arch)) return propose(next.arch, next.parent);
        return told_.sample_new(space, view, random);
    }

    /// `pick(number, completed, random)` is the rank of the parent of a candidate among the completed trials, 0 the best.
    template <class Options, class Pick>
    [[gnu::noinline]] void tell(const Space& space, const Options& options, const trial<arch_type>& told, rng& random,
                                Pick pick) {
        told_.insert(space, told);
        trials_.add(told);
        if (trials_.completed() < options.initial || trials_.size() < next_fit_) return;
        next_fit_ = trials_.size() + options.batch;
        const std::vector<double> scores = trials_.scores(options.transform);
        nas::fit(model_, space, trials_.archs(), std::span<const double>(scores), random);
        const std::vector<proposal<arch_type>> mutants = mutate_best(space, options, random, pick);
        rank(space, mutants, *std::max_element(scores.begin(), scores.end()), random);
    }

  private:
    template <class Options, class Pick>
    std::vector<proposal<arch_type>> mutate_best(const Space& space, const Options& options, rng& random,
                                                 Pick pick) const {
        const std::vector<std::size_t> order = trials_.best(trials_.completed());
        std::vector<proposal<arch_type>> mutants;
        identity_set<network_t<Space>> seen;
        for (std::size_t i = 0; i < attempts * options.candidates && mutants.size() < options.candidates; ++i) {
            const std::size_t parent = order[std::min(pick(i, order.size(), random), order.size() - 1)];
            arch_type arch = trials_.archs()[parent];
            for (std::size_t steps = 1 + below(random, options.mutations); steps > 0; --steps)
                arch = mutate(space, arch, random);
            if (!told_.was_told(space, arch) && seen.insert(network_of(space, arch)))
                mutants.push_back(proposal<arch_type>(std::move(arch), trials_.ids()[parent]));
        }
        return mutants;
    }

    void rank(const Space& space, const std::vector<proposal<arch_type>>& mutants, double best, rng& random) {
        std::vector<arch_type> archs;
        for (const proposal<arch_type>& mutant : mutants) archs.push_back(mutant.arch);
        std::vector<prediction> worth(archs.size());
        nas::predict_all(model_, space, std::span<const arch_type>(archs), std::span<prediction>(worth));
        std::vector<double> promises;
        for (const prediction& one : worth) promises.push_back(acquire(choice_, one.mean, one.deviation, best, random));
        std::vector<std::size_t> order(archs.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return promises[a] > promises[b]; });
        ranking_.clear();
        for (const std::size_t i : order) ranking_.push_back(mutants[i]);
    }

    static constexpr std::size_t attempts = 5;  // at a candidate, before there are fewer

    Model model_;
    Choice choice_;
    learned_trials<arch_type> trials_;
    std::vector<proposal<arch_type>> ranking_;  // mutants, the most promising first
    std::size_t next_fit_ = 0;
    told_networks<Space> told_;
};

}  // namespace nas::detail

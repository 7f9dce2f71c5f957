// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/options.hpp>
#include <nas/evaluators/adapter.hpp>
#include <nas/operators/network_at.hpp>

namespace nas {

struct cached_evaluator_options {
    bool charge_repeats = false;

    static constexpr void fields(auto&& visit) {
        visit(&cached_evaluator_options::charge_repeats,
              field{"charge_repeats", 0, 1, "a repeat trains nothing",
                    "whether a repeat costs what the first evaluation did, not 0"});
    }
};

/// An evaluator that is asked once for each network (the space's key, where it has one, else the architecture) and fidelity:
/// a repeat gets the first evaluation again, with its learning curve. Completed and infeasible evaluations are kept; what
/// failed or was pruned is evaluated again. `nas::cached(evaluator, space)` makes one.
///
///     nas::search search{searcher, nas::cached(train, space), {.seed = 1}};
///
/// It changes when it is called, so that it is called serially, and what a trial gets never depends on threads. It depends on
/// earlier trials, though: a search that resumes must show it the old ones first, by `remember(past)`.
template <class E, class Space>
class cached_evaluator : public detail::adapter<E> {
    static_assert(check_search_space<Space>());
    static_assert(check_evaluator<E, arch_t<Space>>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using evaluation_type = evaluation<objectives_of<E, arch_type>>;
    using options_type = cached_evaluator_options;

    cached_evaluator(E evaluator, Space space, cached_evaluator_options options = {})
        : detail::adapter<E>(std::move(evaluator)), space_(std::move(space)), options_(options) {}

    const Space& space() const noexcept { return space_; }
    const cached_evaluator_options& options() const noexcept { return options_; }

    /// Evaluations kept.
    std::size_t size() const noexcept { return kept_.size(); }
    /// Calls that found one.
    std::size_t hits() const noexcept { return hits_; }

    evaluation_type operator()(const arch_type& arch, const context& about) {
        auto key = network_of(space_, arch, about.fidelity());
        if (const std::size_t place = keys_.find(key); place != keys_.npos) {
            ++hits_;
            detail::replay(kept_[place].curve, about);
            evaluation_type result = kept_[place].result;
            if (!options_.charge_repeats) result.cost = 0;
            return result;
        }
        const detail::recording_context recorded(about);
        evaluation_type result = detail::call_wrapped(this->evaluator_, arch, recorded.inner());
        if (!recorded.gave_up()) keep(std::move(key), result, recorded.curve());
        return result;
    }

    /// Keeps the evaluations of a history, as if they had been made here.
    template <class History>
    void remember(const History& past) {
        for (std::size_t row = 0; row < past.size(); ++row)
            keep(network_of(space_, past.arch(row), past.fidelity(row)), past[row].result, past.curve(row));
    }

  private:
    struct entry {
        evaluation_type result;
        learning_curve curve;
    };

    void keep(network_at<network_t<Space>> key, const evaluation_type& result, const learning_curve& curve) {
        const bool lasting =
            result.completed() ? detail::all_finite(result.values) : result.status == trial_status::infeasible;
        if (lasting && keys_.insert(std::move(key))) kept_.push_back({result, curve});
    }

    Space space_;
    cached_evaluator_options options_;
    identity_set<network_at<network_t<Space>>> keys_;
    std::vector<entry> kept_;  // parallel to keys_
    std::size_t hits_ = 0;
};

template <class E, SearchSpace Space>
cached_evaluator<E, Space> cached(E evaluator, Space space, cached_evaluator_options options = {}) {
    return cached_evaluator<E, Space>(std::move(evaluator), std::move(space), options);
}

}  // namespace nas

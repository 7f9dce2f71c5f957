// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <utility>

#include <nas/core/checks.hpp>
#include <nas/core/options.hpp>
#include <nas/operators/network_at.hpp>

namespace nas {

struct deduplicated_options {
    std::size_t retries = 500;

    static constexpr void fields(auto&& visit) {
        visit(&deduplicated_options::retries,
              field{"retries", 1, 1e6, "NNI 3", "proposals asked for before the space counts as exhausted"});
    }
};

/// A searcher that proposes no network twice at one fidelity: neither one that was told, whatever became of it, nor one that
/// is pending. Networks are told apart by the space's key where it has one, else by the architecture.
///
///     ask:   repeat up to `retries` times: proposal = searcher.ask; if it is new: return it
///            return nothing: the space counts as exhausted
///     tell:  remember the network; searcher.tell
///
///     nas::search search{nas::deduplicated{nas::regularized_evolution{space}}, evaluator, {.seed = 1}};
///
/// It is for searchers that draw: each repetition goes on with the same stream. One that only counts (grid search, random
/// search without replacement) would propose the same again until it counts as exhausted.
/// Space and objectives are the searcher's.
template <class Searcher>
class deduplicated {
    static_assert(
        requires { typename Searcher::space_type; },
        "nas: nas::deduplicated wraps a searcher: its argument has no space_type");

  public:
    using space_type = typename Searcher::space_type;
    using arch_type = arch_t<space_type>;
    using options_type = deduplicated_options;

    explicit deduplicated(Searcher searcher, deduplicated_options options = {})
        : searcher_(std::move(searcher)), options_(options) {
        check_options("nas::deduplicated", options_);
    }

    const space_type& space() const noexcept { return searcher_.space(); }
    const deduplicated_options& options() const noexcept { return options_; }
    const Searcher& searcher() const noexcept { return searcher_; }

    void begin(rng& random) {
        if constexpr (BeginningSearcher<Searcher>) searcher_.begin(random);
    }

    std::optional<proposal<arch_type>> ask(ask_view<arch_type> view, rng& random) const {
        for (std::size_t n = 0; n < options_.retries; ++n, ++view.attempt) {
            std::optional<proposal<arch_type>> next = searcher_.ask(view, random);
            if (!next || is_new(view, *next)) return next;
        }
        return std::nullopt;
    }

    template <std::size_t Objectives>
        requires requires(Searcher& searcher, const trial<arch_type, Objectives>& told, rng& random) {
            { searcher.tell(told, random) } -> std::same_as<void>;
        }
    void tell(const trial<arch_type, Objectives>& told, rng& random) {
        seen_.insert(network_of(space(), told.arch, told.fidelity));
        searcher_.tell(told, random);
    }

    std::size_t initial_trials() const { return nas::initial_trials(searcher_); }

    /// As the searcher's: what it would propose, new or not.
    arch_type sample_policy(rng& random) const requires requires(const Searcher& searcher) {
        searcher.sample_policy(random);
    }
    { return searcher_.sample_policy(random); }
    /// Where only a running program knows whether there is one.
    bool has_policy() const noexcept requires requires(const Searcher& searcher) { searcher.has_policy(); }
    { return searcher_.has_policy(); }

  private:
    bool is_new(const ask_view<arch_type>& view, const proposal<arch_type>& next) const {
        const auto network = network_of(space(), next.arch, next.fidelity);
        if (seen_.contains(network)) return false;
        for (const proposal<arch_type>& other : view.pending)
            if (network_of(space(), other.arch, other.fidelity) == network) return false;
        return true;
    }

    Searcher searcher_;
    deduplicated_options options_;
    identity_set<network_at<network_t<space_type>>> seen_;
};

}  // namespace nas

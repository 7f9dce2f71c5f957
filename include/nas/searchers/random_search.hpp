// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include <nas/core/checks.hpp>
#include <nas/core/options.hpp>
#include <nas/operators/enumerate.hpp>
#include <nas/operators/identity.hpp>
#include <nas/operators/permutation.hpp>

namespace nas {

struct random_search_options {
    bool replacement = true;
    std::size_t retries = 500;

    static constexpr void fields(auto&& visit) {
        visit(&random_search_options::replacement,
              field{"replacement", 0, 1, "Bergstra and Bengio 2012: independent draws",
                    "whether an architecture may be proposed again"});
        visit(&random_search_options::retries,
              field{"retries", 1, 1e6, "NNI 3",
                    "without replacement, where the space cannot be counted: draws before it counts as exhausted"});
    }
};

/// Random search (Bergstra and Bengio 2012): independent uniform samples. The baseline of every comparison.
///
///     ask:   return a sample of the space
///     tell:  nothing
///
/// Without replacement a space that can be counted is visited in the order of a pseudo-random permutation, without memory of
/// what was visited; any other space is sampled until something new comes. In a countable space, enqueued and imported architectures
/// come again in their turn.
/// The space must be a SearchSpace. Any number of objectives.
template <class Space>
class random_search {
    static_assert(check_search_space<Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = random_search_options;

    explicit random_search(Space space, random_search_options options = {})
        : space_(std::move(space)), options_(options) {
        check_options("nas::random_search", options_);
    }

    const Space& space() const noexcept { return space_; }
    const random_search_options& options() const noexcept { return options_; }

    void begin(rng& random) {
        if constexpr (EnumerableSpace<Space>)
            if (!options_.replacement) order_ = permutation(space_.size(), random());
    }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        if (options_.replacement) return propose(space_.sample(random));
        if constexpr (EnumerableSpace<Space>) {
            if (order_.size() != uncountable) {
                if (view.asked >= order_.size()) return std::nullopt;
                return propose(space_.at(order_[view.asked]));
            }
        }
        for (std::size_t draw = 0; draw < options_.retries; ++draw) {
            arch_type arch = space_.sample(random);
            if (!seen_.contains(identity_of(space_, arch)) && !is_pending(view, arch)) return propose(std::move(arch));
        }
        return std::nullopt;
    }

    template <std::size_t Objectives>
    void tell(const trial<arch_type, Objectives>& told, rng&) {
        if (options_.replacement) return;
        if constexpr (EnumerableSpace<Space>)
            if (order_.size() != uncountable) return;
        seen_.insert(identity_of(space_, told.arch));
    }

  private:
    Space space_;
    random_search_options options_;
    permutation order_;
    identity_set<identity_t<Space>> seen_;
};

}  // namespace nas

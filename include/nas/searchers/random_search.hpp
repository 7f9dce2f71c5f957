// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include <nas/core/checks.hpp>
#include <nas/core/options.hpp>
#include <nas/operators/enumerate.hpp>
#include <nas/operators/permutation.hpp>
#include <nas/operators/told_networks.hpp>

namespace nas {

struct random_search_options {
    bool replacement = true;
    std::size_t retries = 500;

    static constexpr void fields(auto&& visit) {
        visit(&random_search_options::replacement,
              field{"replacement", 0, 1, "Bergstra and Bengio 2012: independent draws",
                    "whether a network may be proposed again"});
        visit(&random_search_options::retries,
              field{"retries", 1, 1e6, "NNI 3",
                    "without replacement, where there is no permutation: draws of a new one"});
    }
};

/// Random search (Bergstra and Bengio 2012): independent uniform samples. The baseline of every comparison.
///
///     ask:   return a sample of the space
///     tell:  nothing
///
/// Without replacement a space that can be counted, and has no keys, is visited in the order of a pseudo-random permutation,
/// without memory of what was visited; enqueued and imported architectures come again in their turn. Any other space is
/// sampled until a network comes that was not told.
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
        if constexpr (permuted)
            if (!options_.replacement) order_ = permutation(space_.size(), random());
    }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        if (options_.replacement) return propose(space_.sample(random));
        if constexpr (permuted) {
            if (order_.size() != uncountable) {
                if (view.asked >= order_.size()) return std::nullopt;
                return propose(space_.at(order_[view.asked]));
            }
        }
        return told_.sample_new(space_, view, random, options_.retries);
    }

    template <std::size_t Objectives>
    void tell(const trial<arch_type, Objectives>& told, rng&) {
        if (options_.replacement) return;
        if constexpr (permuted)
            if (order_.size() != uncountable) return;
        told_.insert(space_, told);
    }

  private:
    static constexpr bool permuted = EnumerableSpace<Space> && !KeyedSpace<Space>;

    Space space_;
    random_search_options options_;
    permutation order_;
    told_networks<Space> told_;
};

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <utility>

#include <nas/core/checks.hpp>
#include <nas/core/options.hpp>
#include <nas/operators/enumerate.hpp>
#include <nas/operators/permutation.hpp>

namespace nas {

struct grid_search_options {
    bool shuffled = false;

    static constexpr void fields(auto&& visit) {
        visit(&grid_search_options::shuffled,
              field{"shuffled", 0, 1, "the space's own order",
                    "whether the seed decides the order, so that a search cut short has no favourites"});
    }
};

/// Exhaustive search: every architecture once, in the order of the space's index.
///
///     ask:   return architecture number (proposals so far), or nothing after the last
///     tell:  nothing
///
/// `shuffled` puts a pseudo-random permutation between the two numbers; it needs no memory of what was visited.
/// Enqueued and imported architectures come again in their turn.
/// The space must be an EnumerableSpace of less than 2^64 - 1 architectures. Any number of objectives.
template <class Space>
class grid_search {
    static_assert(check_enumerable_space<Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = grid_search_options;

    /// Throws std::invalid_argument where the space is too large to be counted.
    explicit grid_search(Space space, grid_search_options options = {})
        : space_(std::move(space)), options_(options), order_(space_.size(), 0) {
        check_options("nas::grid_search", options_);
        if (order_.size() == uncountable)
            throw std::invalid_argument(
                "nas::grid_search: the space's size must be below 2^64 - 1, it is too large to be counted");
    }

    const Space& space() const noexcept { return space_; }
    const grid_search_options& options() const noexcept { return options_; }

    void begin(rng& random) { order_ = permutation(order_.size(), random()); }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng&) const {
        if (view.asked >= order_.size()) return std::nullopt;
        return propose(space_.at(options_.shuffled ? order_[view.asked] : view.asked));
    }

    template <std::size_t Objectives>
    void tell(const trial<arch_type, Objectives>&, rng&) {}

  private:
    Space space_;
    grid_search_options options_;
    permutation order_;
};

}  // namespace nas

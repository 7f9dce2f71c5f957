// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/space.hpp>
#include <nas/operators/mutate.hpp>

/// Neighbours of an architecture: for each active decision, and each other value that it may have, one; where the decision is
/// numeric, for the levels 1, 2, 4, 8 and so on up and down from its own among those allowed. What that value activates, or makes impossible, is drawn, as in mutation. All ways to complete a change would be a product over what it
/// activates: a decision that switches on twelve others of eight values each has 7e10 of them.
///
/// The powers of two are measured: with the next levels alone, local search walks the whole way, and with all of them it looks at
/// 255 neighbours of one decision. Regret at 300 trials as a share of random search's, of local_search on six decisions of 256
/// levels (a rotated quadratic, and one with waves; means of 50 searches): 0.01 and 0.01, with the next levels alone 1.5 and 1.4,
/// with all 0.08 and 0.08.
namespace nas {

/// A step to a neighbour: `decision` becomes `value`.
struct neighbor_step {
    std::uint32_t decision = 0;
    std::uint8_t value = 0;

    friend bool operator==(const neighbor_step&, const neighbor_step&) = default;
};

/// Calls `visit(step)` for each step from `genotype`, in order of the decision, then of its values.
template <DecisionSpace Space, class Visit>
void for_each_neighbor_step(const Space& space, const typename Space::genotype_type& genotype, Visit&& visit) {
    const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
    const auto step_to = [&](std::size_t i, std::size_t value) {
        visit(neighbor_step{static_cast<std::uint32_t>(i), static_cast<std::uint8_t>(value)});
    };
    if (!has_dependences(space) && !has_numeric(space)) {
        for (std::size_t i = 0; i < all.size(); ++i)
            for (std::size_t value = 0; value < space.cardinality(i); ++value)
                if (value != all[i]) step_to(i, value);
        return;
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!is_active(space, all, i)) continue;
        const choice_mask choices = choices_of(space, all, i);
        const bool numeric = is_numeric(space, i);
        const std::size_t own = numeric ? choices.rank(all[i]) : 0;
        for (std::size_t value = 0, rank = 0; value < space.cardinality(i); ++value) {
            if (!choices.contains(value)) continue;
            const std::size_t distance = rank < own ? own - rank : rank - own;
            ++rank;
            if (value != all[i] && (!numeric || std::has_single_bit(distance))) step_to(i, value);
        }
    }
}

/// The neighbour of `genotype` at the end of `step`: a draw for each decision that became active or must change too, and none
/// in a space without conditions and masks.
template <DecisionSpace Space>
auto neighbor_at(const Space& space, const typename Space::genotype_type& genotype, neighbor_step step, rng& random) {
    auto neighbor = with_decision(genotype, step.decision, step.value);
    repair(space, neighbor, genotype, step.decision + std::size_t{1}, random);
    return neighbor;
}

/// Appends the neighbours of `arch` to `out`: the space's own `neighbors`, or one a step, in the order of the steps. Of more than
/// `most` so many, drawn at random; of steps only these are made, as a thousand decisions of 256 choices have a quarter of a million.
template <NeighborSpace Space>
void neighbors(const Space& space, const arch_t<Space>& arch, rng& random, std::vector<arch_t<Space>>& out,
               std::size_t most = static_cast<std::size_t>(-1)) {
    if constexpr (HasNeighbors<Space>) {
        const std::size_t before = out.size();
        space.neighbors(arch, out);
        const std::span<arch_t<Space>> added = std::span(out).subspan(before);
        if (added.size() <= most) return;
        sample_to_front(added, most, random);
        out.erase(out.begin() + static_cast<std::ptrdiff_t>(before + most), out.end());
    } else {
        const typename Space::genotype_type genotype = space.genotype(arch);
        const bool dependent = has_dependences(space);
        std::vector<neighbor_step> steps;
        for_each_neighbor_step(space, genotype, [&](neighbor_step step) { steps.push_back(step); });
        if (steps.size() > most) {
            sample_to_front(std::span<neighbor_step>(steps), most, random);
            steps.resize(most);
        }
        auto neighbor = genotype;
        for (const neighbor_step step : steps) {
            if (dependent) {
                out.push_back(space.architecture(neighbor_at(space, genotype, step, random)));
                continue;
            }
            neighbor[step.decision] = step.value;
            out.push_back(space.architecture(neighbor));
            neighbor[step.decision] = genotype[step.decision];
        }
    }
}

namespace detail {

/// Those that a space lists itself.
template <class Space>
class listed_neighbors {
    using arch_type = arch_t<Space>;

  public:
    void look_around(const Space& space, const arch_type& arch, rng& random) {
        all_.clear();
        space.neighbors(arch, all_);
        shuffle(std::span<arch_type>(all_), random);
    }

    std::size_t size() const noexcept { return all_.size(); }
    const arch_type& at(const Space&, std::size_t i) const { return all_[i]; }

  private:
    std::vector<arch_type> all_;
};

/// Those of decisions, of which only the steps are kept. A few whose genotypes own memory are made at once, in a space
/// without conditions and masks: one by one a search takes a quarter longer.
template <class Space>
class stepped_neighbors {
    using genotype_type = typename Space::genotype_type;
    static constexpr bool made_at_once = !std::is_trivially_copyable_v<genotype_type>;
    static constexpr std::size_t most_made = 4096;  // decisions of all of them

  public:
    void look_around(const Space& space, const arch_t<Space>& arch, rng& random) {
        from_ = space.genotype(arch);
        steps_.clear();
        for_each_neighbor_step(space, from_, [this](neighbor_step step) { steps_.push_back(step); });
        shuffle(std::span<neighbor_step>(steps_), random);
        all_.clear();
        if (has_dependences(space)) {
            seed_ = random();
        } else if (made_at_once && steps_.size() * space.decisions() <= most_made) {
            genotype_type neighbor = from_;
            for (const neighbor_step step : steps_) {
                neighbor[step.decision] = step.value;
                all_.push_back(space.architecture(neighbor));
                neighbor[step.decision] = from_[step.decision];
            }
        }
    }

    std::size_t size() const noexcept { return steps_.size(); }
    arch_t<Space> at(const Space& space, std::size_t i) const {
        if constexpr (made_at_once)
            if (!all_.empty()) return all_[i];
        rng random(seed_ + mix64(i));  // the same each time
        return space.architecture(neighbor_at(space, from_, steps_[i], random));
    }

  private:
    genotype_type from_{};
    std::vector<neighbor_step> steps_;
    std::vector<arch_t<Space>> all_;
    std::uint64_t seed_ = 0;
};

}  // namespace detail

/// The neighbours of one architecture in random order, each made when it is looked at: `look_around(space, arch, random)`
/// takes those of `arch`; then there are `size()`, and `at(space, i)` is the same each time. Keeps 8 bytes a neighbour where
/// they are steps of decisions.
template <NeighborSpace Space>
using neighborhood =
    std::conditional_t<HasNeighbors<Space>, detail::listed_neighbors<Space>, detail::stepped_neighbors<Space>>;

}  // namespace nas

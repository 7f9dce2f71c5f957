// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/options.hpp>
#include <nas/operators/identity.hpp>
#include <nas/predictors/predictor.hpp>
#include <nas/searchers/progressive/beam.hpp>
#include <nas/spaces/cell_space.hpp>

namespace nas {

struct score_levels_options {
    std::size_t beam = 256;
    std::size_t most = 1'000'000;

    static constexpr void fields(auto&& visit) {
        using o = score_levels_options;
        visit(&o::beam, field{"beam", 0, 1e8, "Liu et al. 2018", "cells of a level that grow, the best; 0 for all"});
        visit(&o::most, field{"most", 1, 1e8, "by choice", "cells that a level may have where all grow"});
    }
};

/// Cells of so many blocks as score_levels found them.
struct scored_level {
    std::size_t blocks = 0;
    std::uint64_t cells = 0;  ///< that were scored
    std::vector<cell_space::arch_type> best =
        {};                           ///< `beam` of them, the best first; of equal ones those that came first
    std::vector<double> scores = {};  ///< of these
};

namespace detail {

/// Cells that grow. A larger cell may come from several of them; its parent is the first that it comes from.
class growing_cells {
  public:
    using arch_type = cell_space::arch_type;

    growing_cells(const cell_space& space, std::span<const arch_type> archs) : space_(space) {
        for (const arch_type& arch : archs) keys_.insert(space_.key(arch));
    }

    /// Whether cell number `i` is the parent of `larger`, which has grown from it. Nothing is remembered of what was asked: what a
    /// cell can come from is the cell without one of the blocks that no other reads.
    bool is_parent(std::size_t i, const arch_type& larger) {
        const std::size_t previous = std::max<std::size_t>(space_.options().lookback, 1);
        const std::vector<std::size_t> all = space_.indices(larger);
        std::uint32_t read = 0;
        for (std::size_t k = 0; k < all.size(); k += 2)
            if (all[k] >= previous) read |= std::uint32_t{1} << (all[k] - previous);
        for (std::size_t block = 0; block < all.size() / 4; ++block) {
            if ((read >> block & 1U) != 0) continue;
            smaller_.clear();
            for (std::size_t k = 0; k < all.size(); ++k)
                if (k / 4 != block) smaller_.push_back(all[k] - (k % 2 == 0 && all[k] > previous + block ? 1 : 0));
            if (keys_.find(space_.key(space_.from_indices(smaller_))) < i) return false;
        }
        return true;
    }

  private:
    const cell_space& space_;
    identity_set<cell_key> keys_;
    std::vector<std::size_t> smaller_;
};

inline void check_levels(const cell_space& space, const score_levels_options& options) {
    const auto fail = [](const std::string& what) { throw std::invalid_argument("nas::score_levels: " + what); };
    check_options("nas::score_levels", options);
    const std::size_t first = space.options().min_blocks;
    if (first == space.options().blocks)
        fail("there is no level to score: cells of " + std::to_string(first) + (first == 1 ? " block" : " blocks") +
             ", the smallest, are trained and not scored; raise blocks");
    for (std::size_t blocks = first + 1; options.beam == 0 && blocks <= space.options().blocks; ++blocks)
        if (const std::uint64_t cells = space.unique_cells(blocks); cells > options.most)
            fail("level " + std::to_string(blocks) + " has " +
                 (cells == uncountable ? "2^64 - 1 or more" : std::to_string(cells)) +
                 " cells, and all are wanted; set beam, or raise most (" + std::to_string(options.most) + ")");
}

}  // namespace detail

/// What a surrogate says of larger and larger cells: of all that have a block more than the smallest ones, then of all that have one
/// more than the `beam` best of these, and so on up to the largest of the space. `predictor` is any nas::Predictor over cells.
///
///     nas::score_levels(space, surrogate, {.beam = 256}, [&](std::size_t blocks, const auto& arch, double score) { ... });
///
/// `visit` gets each cell once, in canonical form, in the order in which they grow. The code of titu1994 (score_architectures) does
/// so with ordered blocks, where one cell comes as several: two operations without inputs make 16, 64, 256 and 1024 of them there,
/// and 6, 10, 15 and 21 cells here. Memory grows with `beam`, not with what is scored. Throws std::invalid_argument where there is no
/// level to score or one that is too large, or the surrogate does not know a cell's input or operation, or has learned nothing.
template <class Predictor, class Visit>
std::vector<scored_level> score_levels(const cell_space& space, const Predictor& predictor,
                                       const score_levels_options& options, Visit&& visit) {
    static_assert(check_predictor<Predictor, cell_space>());
    using arch_type = cell_space::arch_type;
    using beam_type = detail::beam<cell_key, arch_type>;
    detail::check_levels(space, options);
    constexpr std::size_t together = 1024;
    std::vector<arch_type> archs;
    std::vector<prediction> predicted(together);
    std::vector<arch_type> growing;
    for (const arch_type& root : space.roots()) growing.push_back(root);

    std::vector<scored_level> levels;
    for (std::size_t blocks = space.options().min_blocks + 1; blocks <= space.options().blocks; ++blocks) {
        scored_level level{blocks};
        beam_type best(options.beam == 0 ? beam_type::all : options.beam);
        const auto score = [&] {
            predict_all(predictor, space, std::span<const arch_type>(archs),
                        std::span<prediction>(predicted).first(archs.size()));
            for (std::size_t i = 0; i < archs.size(); ++i) {
                const double mean = predicted[i].mean;
                if (!std::isfinite(mean))
                    throw std::invalid_argument("nas::score_levels: the surrogate has no score for " +
                                                space.describe(archs[i]) + "; was it fitted?");
                visit(blocks, std::as_const(archs[i]), mean);
                if (best.takes(mean)) best.offer(mean, space.key(archs[i]), archs[i]);
            }
            level.cells += archs.size();
            archs.clear();
        };
        detail::growing_cells parents(space, growing);
        for (std::size_t i = 0; i < growing.size(); ++i) {
            identity_set<cell_key> grown;
            for (arch_type larger : space.grow(growing[i])) {
                if (!grown.insert(space.key(larger)) || !parents.is_parent(i, larger)) continue;
                archs.push_back(std::move(larger));
                if (archs.size() == together) score();
            }
        }
        score();
        for (auto& one : std::move(best).sorted()) {
            level.best.push_back(std::move(one.item));
            level.scores.push_back(one.score);
        }
        growing = level.best;
        levels.push_back(std::move(level));
    }
    return levels;
}

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/class_name.hpp>
#include <nas/core/draws.hpp>
#include <nas/operators/identity.hpp>
#include <nas/operators/told_networks.hpp>
#include <nas/predictors/block_mlp_ensemble.hpp>
#include <nas/predictors/predictor.hpp>
#include <nas/searchers/learned_trials.hpp>
#include <nas/searchers/progressive/beam.hpp>
#include <nas/searchers/progressive/progressive_level.hpp>
#include <nas/searchers/progressive/progressive_options.hpp>
#include <nas/searchers/progressive/used_tokens.hpp>

namespace nas {

/// From the smallest architectures to larger ones, guided by a surrogate that has seen the smaller: the search of PNASNet (Liu et al.
/// 2018, "Progressive Neural Architecture Search", arXiv 1712.00559).
///
///     level 1: all smallest architectures, or `roots` of them
///     then, whenever all of a level are told:
///         fit the surrogate to all trials
///         score all architectures one step larger than a completed one of the level
///         next level: the `beam` best, each network once; a share of `explore` has a token that no trial had
///
/// Scores pass through a heap of `beam`, so that memory does not grow with the candidates. A network of the beam that was told
/// already, as an imported trial, is not trained again but grown. A level must be told before the next is known: while its last
/// trials are pending there is nothing to propose (an `ask` by hand gives nothing, with stop_reason::waiting), and a search that
/// runs in batches has smaller ones there. It ends where nothing can grow: the paper's settings are 136 + 4 x 256 trainings of
/// cells of eight operations.
/// The surrogate is any nas::Predictor; the usual one needs a BlockSpace. How well it orders a level that it has not seen: see
/// nas::level_quality.
/// The space must be a GrowableSpace. One objective.
template <class Space, class Model = block_mlp_ensemble<Space>>
class progressive {
    static_assert(check_search_space<Space>());
    static_assert(check_growable_space<Space>());
    static_assert(check_predictor<Model, Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = progressive_options;
    using level_type = progressive_level<arch_type>;

    explicit progressive(Space space, progressive_options options = {})
        : progressive(space, options, detail::usual_model<Model>(space, options.ensemble)) {}
    /// With a surrogate that was made for `space`.
    progressive(Space space, progressive_options options, Model model)
        : space_(std::move(space)), options_(options), model_(std::move(model)) {
        check_options("nas::progressive", options_);
    }

    const Space& space() const noexcept { return space_; }
    const progressive_options& options() const noexcept { return options_; }
    const Model& model() const noexcept { return model_; }
    std::string name() const { return detail::name_with_parts<progressive<Space>, progressive>(model_); }

    /// All so far, the last of them under way.
    std::span<const level_type> levels() const noexcept { return levels_; }

    void begin(rng& random) {
        level_type first;
        identity_set<network_t<Space>> seen;
        for (const arch_type& root : space_.roots()) {
            if (!seen.insert(network_of(space_, root))) continue;
            // A sample of those so far, in random order (reservoir sampling).
            ++first.candidates;
            const std::uint64_t place = below(random, first.candidates);
            if (options_.roots == 0 || first.archs.size() < options_.roots) {
                first.archs.push_back(root);
                std::swap(first.archs.back(), first.archs[static_cast<std::size_t>(place)]);
                if (first.archs.size() > options_.most) refuse(first.candidates, "roots");
            } else if (place < options_.roots) {
                first.archs[static_cast<std::size_t>(place)] = root;
            }
        }
        first.predicted.assign(first.archs.size(), std::numeric_limits<double>::quiet_NaN());
        ended_ = first.archs.empty();
        start(std::move(first), {});
    }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng&) const {
        if (ended_ || levels_.empty()) return std::nullopt;
        const level_type& level = levels_.back();
        if (next_ == level.archs.size())
            throw std::logic_error("nas::progressive: level " + std::to_string(levels_.size() + 1) +
                                   " could not be made, as the last tell threw; resume in a new search");
        identity_set<network_t<Space>> busy;  // not one look-up after the other: batches may be large
        for (const proposal<arch_type>& other : view.pending) busy.insert(network_of(space_, other.arch));
        for (std::size_t i = next_; i < level.archs.size(); ++i)
            if (!told_.was_told(space_, level.archs[i]) && !busy.contains(network_of(space_, level.archs[i])))
                return propose(level.archs[i], parents_[i]);
        return std::nullopt;
    }

    void tell(const trial<arch_type>& told, rng& random) {
        if (told.fidelity != full_fidelity) return;
        told_.insert(space_, told);
        trials_.add(told);
        if constexpr (BlockSpace<Space>) used_.add(space_, told.arch);
        if (ended_ || levels_.empty()) return;
        note(trials_.size() - 1);
        while (!ended_ && is_told()) grow(random);
    }

  private:
    struct candidate {
        arch_type arch;
        trial_id parent;
    };
    using beam_type = detail::beam<network_t<Space>, candidate>;

    void grow(rng& random) {
        level_type next;
        std::vector<trial_id> parents;
        if (trials_.completed() > 0) {
            const std::vector<double> scores = trials_.scores(options_.transform);
            nas::fit(model_, space_, trials_.archs(), std::span<const double>(scores), random);
            const std::size_t size = options_.beam == 0 ? beam_type::all : options_.beam;
            beam_type best(size);
            beam_type unused(explored_places());
            next.candidates = score_larger(best, unused);
            // Those to explore take the last places.
            for (typename beam_type::entry& one : detail::with_last_places(std::move(best), std::move(unused), size)) {
                next.archs.push_back(std::move(one.item.arch));
                next.predicted.push_back(one.score);
                parents.push_back(one.item.parent);
            }
        }
        ended_ = next.archs.empty();
        if (!ended_) start(std::move(next), std::move(parents));
    }

    /// Offers all that is one step larger than a completed architecture of this level; returns how many there were.
    std::uint64_t score_larger(beam_type& best, beam_type& unused) const {
        constexpr std::size_t together = 1024;
        std::uint64_t count = 0;
        std::vector<arch_type> archs;
        std::vector<prediction> predicted(together);
        const level_type& level = levels_.back();
        trial_id parent = no_trial;
        const auto offer = [&] {
            predict_all(model_, space_, std::span<const arch_type>(archs),
                        std::span<prediction>(predicted).first(archs.size()));
            for (std::size_t i = 0; i < archs.size(); ++i) {
                const double score =
                    std::isnan(predicted[i].mean) ? -std::numeric_limits<double>::infinity() : predicted[i].mean;
                const bool explores = unused.takes(score) && is_unused(archs[i]);
                if (!explores && !best.takes(score)) continue;
                const network_t<Space> network = network_of(space_, archs[i]);
                if (listed_.contains(network)) continue;
                if (explores) unused.offer(score, network, {archs[i], parent});
                best.offer(score, network, {archs[i], parent});
            }
            if (best.size() > options_.most && options_.beam == 0) refuse(best.size(), "beam");
            archs.clear();
        };
        for (std::size_t i = 0; i < level.archs.size(); ++i) {
            if (std::isnan(level.values[i])) continue;
            parent = ids_[i];
            for (arch_type larger : space_.grow(level.archs[i])) {
                archs.push_back(std::move(larger));
                ++count;
                if (archs.size() == together) offer();
            }
            offer();
        }
        return count;
    }

    std::size_t explored_places() const noexcept {
        if (!BlockSpace<Space>) return 0;
        return static_cast<std::size_t>(options_.explore * static_cast<double>(options_.beam));
    }

    bool is_unused(const arch_type& arch) const {
        if constexpr (BlockSpace<Space>) return used_.lacks(space_, arch);
        return false;
    }

    /// What trial i says of this level.
    void note(std::size_t i) {
        const std::size_t place = networks_.find(network_of(space_, trials_.archs()[i]));
        if (place == networks_.npos || !trials_.completed(i) || ids_[place] != no_trial) return;
        levels_.back().values[place] = trials_.value(i);
        ids_[place] = trials_.ids()[i];
    }

    /// Whether all of this level are.
    bool is_told() {
        const std::vector<arch_type>& archs = levels_.back().archs;
        while (next_ < archs.size() && told_.was_told(space_, archs[next_])) ++next_;
        return next_ == archs.size();
    }

    void start(level_type next, std::vector<trial_id> parents) {
        parents.resize(next.archs.size(), no_trial);
        parents_ = std::move(parents);
        next.values.assign(next.archs.size(), std::numeric_limits<double>::quiet_NaN());
        ids_.assign(next.archs.size(), no_trial);
        networks_ = {};
        for (const arch_type& arch : next.archs)
            for (auto* networks : {&networks_, &listed_}) networks->insert(network_of(space_, arch));
        next_ = 0;
        levels_.push_back(std::move(next));
        for (std::size_t i = 0; i < trials_.size(); ++i) note(i);  // imported ones
    }

    [[noreturn]] void refuse(std::uint64_t count, const char* option) const {
        throw std::invalid_argument("nas::progressive: level " + std::to_string(levels_.size() + 1) + " has " +
                                    std::to_string(count) + " architectures or more, and all are wanted; set " +
                                    option + ", or raise most (" + std::to_string(options_.most) + ")");
    }

    Space space_;
    progressive_options options_;
    Model model_;
    learned_trials<arch_type> trials_;
    told_networks<Space> told_;
    detail::used_tokens used_;
    std::vector<level_type> levels_;
    identity_set<network_t<Space>> listed_;  // of all levels: none is grown twice, though a space may grow in circles
    // Of the level under way.
    std::vector<trial_id> parents_;
    std::vector<trial_id> ids_;  // of completed trials
    identity_set<network_t<Space>> networks_;
    std::size_t next_ = 0;  // all before it are told
    bool ended_ = false;
};

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/draws.hpp>
#include <nas/networks/scratch.hpp>
#include <nas/operators/decisions.hpp>
#include <nas/operators/told_networks.hpp>
#include <nas/predictors/parzen_marginals.hpp>
#include <nas/predictors/parzen_ranks.hpp>
#include <nas/searchers/tpe/candidate_batch.hpp>
#include <nas/searchers/tpe/decision_codes.hpp>
#include <nas/searchers/tpe/joint_densities.hpp>
#include <nas/searchers/tpe/tpe_options.hpp>

namespace nas {

/// Tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kegl 2011), by itself or multivariate as in BOHB and Optuna.
///
///     ask:   if fewer than `initial` trials were told or are pending: return a sample of the space
///            good(x) = density of the best gamma n of the completed trials, at most `most_good`
///            bad(x) = density of the others, of those that failed and of those that are pending
///            draw `candidates` architectures from good; return the new one with the largest good(x) / bad(x)
///     tell:  move the trial, and those that are no longer good, from one density to the other
///
/// Not multivariate, a density is a product over the active decisions (parzen_marginals), and all trials count. Multivariate, it
/// is a sum of kernels over whole architectures (parzen_kernels), in which decisions depend on each other; of the bad trials
/// those among the last `recent` count. Either way a step costs the same after a million trials as after a thousand.
/// A decision that is not active in a trial says nothing. Pending trials are bad ones (a constant liar), so that a batch differs.
///
/// Regret as a share of random search's, after 100 and 300 trials (means of 100 searches):
///
///     NAS-Bench-201, c100_val200_pct   0.03 0.00      NK 13x3, K = 1   0.28 0.09
///     NAS-Bench-201, in16_val200_pct   0.16 0.05      HPOBench, credit_g   0.55 0.37
///
/// A step of the defaults costs 1.5 us with six decisions of five choices and 4 us with twenty of eight; not multivariate and
/// with `repeats` 0.8 us and 3 us.
/// The space must be a DecisionSpace; where it says that decisions are numeric, theirs are Gaussian kernels. One objective.
template <class Space>
class tpe {
    static_assert(check_decision_space<Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = tpe_options;

    explicit tpe(Space space, tpe_options options = {})
        : space_(std::move(space)), options_(options), best_(options.split, options.gamma, options.most_good) {
        check_options("nas::tpe", options_);
        std::vector<parzen_decision> decisions = detail::parzen_decisions(space_, options_.bandwidth);
        codes_.resize(decisions.size());
        if (options_.multivariate) {
            joint_ = detail::joint_densities(std::move(decisions), options_);
        } else {
            marginals_ = parzen_marginals(std::move(decisions), options_.prior);
        }
    }

    const Space& space() const noexcept { return space_; }
    const tpe_options& options() const noexcept { return options_; }
    std::size_t initial_trials() const noexcept { return options_.initial; }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        if (told_ + view.pending.size() < options_.initial)
            return options_.repeats ? propose(space_.sample(random)) : known_.sample_new(space_, view, random);
        std::optional<proposal<arch_type>> best;
        workspace_.lend([&](workspace& own) {
            own.codes.resize(codes_.size());
            if (own.genotype.size() != codes_.size()) own.genotype = blank_genotype<genotype_type>(codes_.size());
            best = options_.multivariate ? ask_kernels(view, random, own) : ask_marginals(view, random, own);
        });
        return best;
    }

    void tell(const trial<arch_type>& told, rng&) {
        if (!options_.repeats) known_.insert(space_, told);
        detail::set_codes(space_, told.arch, codes_);
        const std::size_t number = told_++;
        if (options_.multivariate) {
            joint_.add(number, codes_);
        } else {
            add_bad(marginals_, codes_);
        }
        if (!told.completed()) return;
        const auto slot = best_.insert({told.value(), number, told.id, told.fidelity == full_fidelity}, codes_);
        if (options_.multivariate && slot) joint_.remember(*slot, codes_);
        best_.split([this](const member& one) { turn(one); });
    }

  private:
    using code = parzen_kernels::code;

    using member = parzen_ranks::member;
    using genotype_type = typename Space::genotype_type;
    struct drawn {
        trial_id parent;  // what it is near to
        bool copies;      // that, which was told: a third of all candidates
    };
    struct workspace {
        std::vector<code> codes;
        genotype_type genotype{};  // what the codes say
        parzen_kernels pending;
        detail::candidate_batch candidates;
        parzen_marginals marginals;
    };

    static void add_bad(parzen_marginals& to, std::span<const code> codes) {
        for (std::size_t i = 0; i < codes.size(); ++i)
            if (codes[i] != 0) to.add_bad(i, static_cast<std::size_t>(codes[i] - 1));
    }

    // From bad to good, or back.
    void turn(const member& one) {
        if (options_.multivariate) return joint_.turn(one.number, one.slot, one.good);
        for (std::size_t i = 0; i < one.codes.size(); ++i)
            if (one.codes[i] != 0) marginals_.turn(i, static_cast<std::size_t>(one.codes[i] - 1), one.good);
    }

    std::optional<proposal<arch_type>> ask_marginals(const ask_view<arch_type>& view, rng& random,
                                                     workspace& own) const {
        const parzen_marginals* densities = &marginals_;
        if (!view.pending.empty()) {
            own.marginals = marginals_;
            for (const proposal<arch_type>& other : view.pending) {
                detail::set_codes(space_, other.arch, own.codes);
                add_bad(own.marginals, own.codes);
            }
            densities = &own.marginals;
        }
        const auto draw = [&](rng& draws) {
            draw_candidate(draws, own, [&](std::size_t i, rng& one) { return marginals_.draw(i, one); });
        };
        std::optional<proposal<arch_type>> best;
        double largest = -std::numeric_limits<double>::infinity();
        for (std::size_t n = 0; n < options_.candidates; ++n) {
            draw(random);
            const double here = densities->log_ratio(own.codes);
            if (here <= largest) continue;
            const auto& arch = space_.architecture(own.genotype);  // where an architecture is its genotype no copy
            if (!options_.repeats && !known_.is_new(space_, view, arch)) continue;
            best = propose(arch_type(arch));
            largest = here;
        }
        if (best) return best;
        return known_.propose_new(space_, view, random, 1, [&](rng& draws) {
            draw(draws);
            return proposal<arch_type>(space_.architecture(own.genotype));
        });
    }

    std::optional<proposal<arch_type>> ask_kernels(const ask_view<arch_type>& view, rng& random, workspace& own) const {
        own.pending.resize(view.pending.size(), codes_.size());
        for (std::size_t k = 0; k < view.pending.size(); ++k) {
            detail::set_codes(space_, view.pending[k].arch, own.codes);
            own.pending.place(k, own.codes);
            own.pending.weigh(k, 1);
        }
        own.candidates.start(codes_.size(), joint_.good_shape().padded());
        // Some are drawn before any of them is looked at: draws do not wait for what nobody can foretell.
        for (std::size_t n = 0; n < options_.candidates;) {
            for (const std::size_t end = std::min(n + own.candidates.together, options_.candidates); n < end; ++n) {
                const drawn one = draw_near(random, own, own.candidates.place());
                own.candidates.add(one.parent, !one.copies);
            }
            own.candidates.compare(joint_, own.pending, [&](std::span<const code> codes) {
                detail::set_choices(codes, own.genotype);
                return options_.repeats || known_.is_new(space_, view, space_.architecture(own.genotype));
            });
        }
        if (const auto best = own.candidates.best(); !best.codes.empty()) {
            detail::set_choices(best.codes, own.genotype);
            return propose(arch_type(space_.architecture(own.genotype)), best.parent);
        }
        return known_.propose_new(space_, view, random, 1, [&](rng& draws) {
            const trial_id parent = draw_near(draws, own, own.candidates.place()).parent;
            detail::set_choices({own.candidates.place(), codes_.size()}, own.genotype);
            return proposal<arch_type>(space_.architecture(own.genotype), parent);
        });
    }

    // A candidate of which `choose(i)` makes each active decision; where a mask forbids that, any that is allowed.
    template <class Choose>
    void draw_candidate(rng& random, workspace& own, Choose choose) const {
        rng draws = random;  // whose address nobody knows
        // Of these the compiler knows that writing a choice does not change them.
        std::uint8_t* const genotype = own.genotype.data();
        code* const codes = own.codes.data();
        const std::size_t size = own.codes.size();
        const std::span<const std::uint8_t> all(genotype, size);
        const bool dependences = has_dependences(space_);
        for (std::size_t i = 0; i < size; ++i) {
            if (dependences && !is_active(space_, all, i)) {
                genotype[i] = 0;
                codes[i] = 0;
                continue;
            }
            std::size_t choice = choose(i, draws);
            if constexpr (MaskedSpace<Space>) {
                const choice_mask allowed = choices_of(space_, all, i);
                if (!allowed.contains(choice)) choice = allowed.nth(below(draws, allowed.count()));
            }
            genotype[i] = static_cast<std::uint8_t>(choice);
            codes[i] = static_cast<code>(choice + 1);
        }
        random = draws;
    }

    // The codes of a candidate near a good trial, or one at random.
    drawn draw_near(rng& random, workspace& own, code* to) const {
        const auto good = static_cast<double>(best_.good());
        const double at = unit(random) * (good + options_.prior);
        const member* const near = at < good ? &best_[static_cast<std::size_t>(at)] : nullptr;
        const parzen_shape& shape = joint_.good_shape();
        bool same = near != nullptr && near->full && !options_.repeats;
        if (near != nullptr && !has_dependences(space_) && shape.draws_all()) {
            same &= shape.draw_all(joint_.center(near->slot), random, to);
            return {near->id, same};
        }
        draw_candidate(random, own, [&](std::size_t i, rng& draws) {
            const code center = near != nullptr ? near->codes[i] : 0;
            const std::size_t choice = shape.draw(i, center, draws);
            same &= static_cast<code>(choice + 1) == center;
            return choice;
        });
        std::copy(own.codes.begin(), own.codes.end(), to);
        return {near != nullptr ? near->id : no_trial, same};
    }

    Space space_;
    tpe_options options_;
    std::size_t told_ = 0;
    parzen_ranks best_;
    std::vector<code> codes_;        // of the trial that is told
    parzen_marginals marginals_;     // not multivariate
    detail::joint_densities joint_;  // multivariate
    told_networks<Space> known_;     // empty where they may be repeated
    scratch<workspace> workspace_;
};

}  // namespace nas

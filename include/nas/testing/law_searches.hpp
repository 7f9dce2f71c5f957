// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <nas/run/search.hpp>
#include <nas/testing/answer.hpp>
#include <nas/testing/failing_evaluator.hpp>

namespace nas::testing {

struct searcher_law_options {
    std::uint64_t seed = 1;
    std::size_t trials = 40;              ///< of each search; more than a searcher needs until it learns
    std::size_t batch = 4;                ///< of the searches in batches, >= 2
    bool learns = true;                   ///< whether it must beat random search; not for random search and grid search
    std::size_t comparison_trials = 200;  ///< of the searches that are compared with random search
    std::size_t comparison_seeds = 30;    ///< how many of them
};

namespace detail {

inline run_options limit(std::size_t trials, std::size_t batch = 1) {
    run_options options;
    options.trials = trials;
    options.batch = batch;
    return options;
}

/// The searches that the laws of searchers look at.
template <class Searcher, class Landscape>
class law_searches {
  public:
    using space_type = typename Searcher::space_type;
    using arch_type = arch_t<space_type>;
    using evaluator_type = failing_evaluator<Landscape, arch_type>;
    using search_type = search<Searcher, evaluator_type>;
    using history_type = typename search_type::history_type;
    using options_type = search_options<arch_type>;

    law_searches(const Searcher& fresh, const Landscape& landscape, const searcher_law_options& options)
        : fresh_(fresh), landscape_(landscape), options_(options) {}

    const space_type& space() const { return fresh_.space(); }

    search_type make(failing when = failing::never, std::vector<arch_type> enqueue = {}) const {
        return make_seeded(options_.seed, when, std::move(enqueue));
    }
    search_type make_seeded(std::uint64_t seed, failing when, std::vector<arch_type> enqueue = {}) const {
        options_type options;
        options.seed = seed;
        options.enqueue = std::move(enqueue);
        return search_type(fresh_, evaluator_type(landscape_, when), std::move(options));
    }

    std::vector<arch_type> samples(std::size_t count) const {
        rng random{options_.seed + 1};
        std::vector<arch_type> all;
        for (std::size_t i = 0; i < count; ++i) all.push_back(fresh_.space().sample(random));
        return all;
    }

    // Five proposals at a time, told out of order, one of them given up.
    history_type by_hand() const {
        search_type search = make();
        std::size_t asked = 0;
        while (asked < options_.trials) {
            std::vector<proposal<arch_type>> open;
            for (std::size_t i = 0; i < 5; ++i)
                if (auto next = search.ask()) open.push_back(std::move(*next));
            if (open.empty()) break;
            asked += open.size();
            search.abandon(open.back());
            open.pop_back();
            for (std::size_t i = 0; i < open.size(); i += 2) tell(search, open[i]);
            for (std::size_t i = 1; i < open.size(); i += 2) tell(search, open[i]);
        }
        return search.history();
    }
    static void tell(search_type& search, const proposal<arch_type>& asked) {
        const context about(asked.id, asked.id, asked.fidelity);
        search.tell(asked, search.evaluator()(asked.arch, about));
    }

    // Trials of a search over the same space, some of them failed.
    history_type imported() const {
        history_type past(fresh_.space());
        trial_id id = 0;
        for (const arch_type& arch : samples(8)) {
            typename search_type::trial_type told{{arch}, {}};
            told.id = id++;
            if (told.id % 4 == 3) {
                told.result = evaluation<history_type::objectives>::failure("a test's failure");
            } else {
                const context about(told.id, told.id, full_fidelity);
                told.result = answer_of(landscape_, arch, about);
            }
            past.append(told, past.size());
        }
        return past;
    }

    /// The best value of as many samples of the space as a comparison has trials.
    double best_of_random(std::uint64_t seed) const {
        rng random{seed};
        double best = -std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < options_.comparison_trials; ++i) {
            const context about(static_cast<trial_id>(i), seed + i, full_fidelity);
            const double value = answer_of(landscape_, fresh_.space().sample(random), about).values[0];
            if (value > best) best = value;
        }
        return best;
    }

  private:
    const Searcher& fresh_;
    const Landscape& landscape_;
    const searcher_law_options& options_;
};

}  // namespace detail

}  // namespace nas::testing

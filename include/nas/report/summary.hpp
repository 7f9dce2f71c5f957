// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/class_name.hpp>
#include <nas/core/number_text.hpp>
#include <nas/core/options_text.hpp>
#include <nas/core/searcher.hpp>
#include <nas/core/space.hpp>
#include <nas/core/utf8.hpp>
#include <nas/operators/enumerate.hpp>
#include <nas/operators/identity.hpp>
#include <nas/operators/network_at.hpp>
#include <nas/report/recommend.hpp>
#include <nas/run/search/search_times.hpp>
#include <nas/run/stop_rules.hpp>

namespace nas {

/// What a search came to. Texts are one line each.
struct search_summary {
    std::string searcher;
    std::string options;  ///< `name=value,name=value`; empty where it has none
    std::uint64_t seed = 0;
    std::string space;  ///< its class and how large it is
    stop_reason ended = stop_reason::none;

    std::size_t trials = 0;
    std::array<std::size_t, 4> by_status{};  ///< of them: completed, pruned, infeasible, failed
    std::size_t enqueued = 0;
    std::size_t imported = 0;
    std::size_t networks = 0;  ///< different ones
    std::size_t repeats = 0;   ///< trials of a network that was told before at the same fidelity
    /// Why trials were not completed, and how many, the most frequent first, of equals the earlier.
    std::vector<std::pair<std::string, std::size_t>> reasons = {};
    double cost = 0;  ///< seconds

    struct entry {
        std::string arch;
        double value;        ///< the first objective; of what is recommended what another trial is expected to be worth
        trial_id trial;      ///< its best one
        std::size_t trials;  ///< completed ones of this network
    };
    std::optional<entry> best = std::nullopt;         ///< the best trial
    std::optional<entry> recommended = std::nullopt;  ///< see nas::recommend
    /// Nobody says whether evaluations are noisy, and no network was evaluated twice: what is recommended is the best trial for
    /// want of knowledge. `full` warns of it.
    bool noise_unknown = false;

    std::optional<search_times> times = std::nullopt;  ///< where the search measured them
    std::vector<std::string> warnings = {};            ///< what to think about, a sentence each

    std::size_t completed() const noexcept { return by_status[0]; }

    /// One line.
    std::string brief() const;
    /// A page, a line a fact.
    std::string full() const;
};

namespace detail {

inline std::string one_line(std::string text, std::size_t most = 200) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < ' ') c = ' ';
    return text.size() <= most ? text : std::string(cut_utf8(text, most)) + "...";
}

/// Of fewer digits than what was seen.
inline std::string estimate_text(double value) { return number_text(value, value < 1000 && value > -1000 ? 4 : 6); }

/// A number with what it counts, which more than one may call otherwise.
inline std::string counted(std::size_t count, std::string_view one, std::string_view plural = {}) {
    return std::to_string(count) + ' ' + std::string(count == 1 || plural.empty() ? one : plural);
}

template <class Space>
std::string space_text(const Space& space) {
    std::string text = class_name<Space>();
    if constexpr (DecisionSpace<Space>) text += ", " + counted(space.decisions(), "decision", "decisions");
    if constexpr (EnumerableSpace<Space>) {
        const std::uint64_t size = space.size();
        text +=
            ", " + (size == uncountable ? "2^64 or more" : number_text(static_cast<double>(size))) + " architectures";
    }
    return text;
}

template <class History>
void count_trials(const History& past, search_summary& summary) {
    const auto& space = past.space();
    using network = network_t<typename History::space_type>;
    identity_set<network> networks;
    identity_set<network_at<network>> trained;
    identity_set<std::string> reasons;
    summary.trials = past.size();
    summary.cost = past.total_cost();
    for (std::size_t row = 0; row < past.size(); ++row) {
        ++summary.by_status[static_cast<std::size_t>(past.status(row))];
        summary.enqueued += past.origin(row) == trial_origin::enqueued ? 1U : 0U;
        summary.imported += past.origin(row) == trial_origin::imported ? 1U : 0U;
        networks.insert(network_of(space, past.arch(row)));
        if (!trained.insert(network_of(space, past.arch(row), past.fidelity(row)))) ++summary.repeats;
        if (past.completed(row)) continue;
        std::string reason = one_line(past.reason(row));
        if (reason.empty()) reason = "nobody said why";
        if (reasons.insert(reason)) summary.reasons.emplace_back(reason, 0);
        ++summary.reasons[reasons.find(reason)].second;
    }
    summary.networks = networks.size();
    std::stable_sort(summary.reasons.begin(), summary.reasons.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
}

/// `sampled_first`: how many trials the searcher samples at random before it learns. `exact`: nothing speaks for noise.
inline void add_warnings(search_summary& summary, std::size_t sampled_first, bool exact) {
    const std::size_t trials = summary.trials;
    const auto share = [trials](std::size_t part) { return 10 * part > trials; };
    const auto warn = [&](std::string text) { summary.warnings.push_back(std::move(text)); };
    if (trials == 0) return warn("there is no trial");
    const std::string reason = summary.reasons.empty() ? "" : summary.reasons.front().first;
    if (summary.completed() == 0)
        return warn("no trial is completed, so that there is nothing to take home; " +
                    (summary.reasons.size() == 1 ? "all " : std::to_string(summary.reasons.front().second) + " ") +
                    "say: " + reason);
    if (share(summary.by_status[3])) {
        warn(std::to_string(summary.by_status[3]) + " of " + counted(trials, "trial", "trials") +
             " failed; most often: " + reason);
    }
    if (sampled_first > 0 && summary.completed() <= sampled_first && trials > summary.enqueued + summary.imported)
        warn("all " + std::to_string(trials - summary.enqueued - summary.imported) +
             " trials were random samples: the searcher takes " + std::to_string(sampled_first) +
             " before it learns; run more, or lower its option (initial, population or batch)");
    if (share(summary.repeats) && exact)
        warn(
            counted(summary.repeats, "trial", "trials") +
            " evaluated a network again, which is lost where evaluations are exact: repeats=false, or deduplicated(...) around the "
            "searcher");
}

}  // namespace detail

/// What `search` came to:
///
///     std::cout << nas::summary(search).full();
///
/// It says how long ask, evaluations and tell took where the option `measure_times` of the search is set.
template <class Search>
search_summary summary(const Search& search) {
    const auto& past = search.history();
    search_summary found{.searcher = detail::one_line(detail::searcher_name(search.searcher())),
                         .options = detail::all_options_text(search.searcher()),
                         .seed = search.options().seed,
                         .space = detail::space_text(search.space()),
                         .ended = search.reason()};
    detail::count_trials(past, found);
    const auto describe = [&](const auto& arch) {
        constexpr std::size_t most = 2000;
        return detail::one_line(std::string(past.space().describe(arch)), most);
    };
    const auto entry_of = [&](const auto& best) {
        return search_summary::entry{describe(best.arch), best.value, best.id, best.trials};
    };
    const auto results = detail::results_by_network(past);
    if (results.size() > 0) {
        found.best = entry_of(detail::recommend_best_trial(past, results));
        found.recommended = entry_of(detail::recommend_best_posterior(past, results));
    }
    if (search.options().measure_times) found.times = search.times();
    found.noise_unknown = past.noise() == evaluation_noise::unknown && results.repeats == 0 && results.size() > 1;
    const bool exact = past.noise() != evaluation_noise::some && !results.repeats_differ;
    detail::add_warnings(found, initial_trials(search.searcher()), exact);
    return found;
}

inline std::string search_summary::brief() const {
    std::string text = searcher + ", seed " + std::to_string(seed) + ": " + detail::counted(trials, "trial", "trials");
    if (trials > completed()) text += " (" + std::to_string(trials - completed()) + " not completed)";
    text += " of " + detail::counted(networks, "network", "networks");
    if (best) text += ", best " + detail::number_text(best->value) + ": " + detail::one_line(best->arch, 80);
    if (recommended && best && recommended->arch != best->arch)
        text += "; recommended (" + detail::estimate_text(recommended->value) +
                "): " + detail::one_line(recommended->arch, 80);
    if (cost > 0) text += "; cost " + detail::seconds_text(cost);
    text += "; " + std::string(to_string(ended));
    if (!warnings.empty()) text += "; warning: " + warnings.front();
    return text;
}

inline std::string search_summary::full() const {
    std::string page;
    const auto add = [&](std::string name, const std::string& text) {
        name.resize(13, ' ');
        page += name + text + '\n';
    };
    add("searcher", searcher);
    if (!options.empty()) add("options", options);
    add("seed", std::to_string(seed));
    add("space", space);
    add("ended", std::string(to_string(ended)));
    std::string counts = std::to_string(trials);
    constexpr std::array<std::string_view, 4> names{"completed", "pruned", "infeasible", "failed"};
    for (std::size_t i = 0; i < names.size(); ++i)
        if (by_status[i] > 0) counts += ", " + detail::counted(by_status[i], names[i]);
    if (enqueued > 0) counts += "; " + detail::counted(enqueued, "enqueued");
    if (imported > 0) counts += "; " + detail::counted(imported, "imported");
    add("trials", counts);
    constexpr std::size_t most_reasons = 5;
    for (std::size_t i = 0; i < std::min(reasons.size(), most_reasons); ++i)
        add(i == 0 ? "incomplete" : "", std::to_string(reasons[i].second) + " x " + reasons[i].first);
    if (reasons.size() > most_reasons) add("", std::to_string(reasons.size() - most_reasons) + " other reasons");
    add("networks", detail::counted(networks, "different one", "different ones") + ", " +
                        detail::counted(repeats, "trial", "trials") + " of one that was told before");
    if (best)
        add("best trial",
            detail::number_text(best->value) + " in trial " + std::to_string(best->trial) + ": " + best->arch);
    if (recommended)
        add("recommended", detail::estimate_text(recommended->value) + " expected, from " +
                               detail::counted(recommended->trials, "trial", "trials") + ": " + recommended->arch);
    add("cost", detail::seconds_text(cost));
    if (times) {
        const double rest = times->total - times->ask - times->evaluate - times->tell;
        add("time", detail::seconds_text(times->total) + ": ask " + detail::seconds_text(times->ask) + ", evaluate " +
                        detail::seconds_text(times->evaluate) + " (" + detail::seconds_text(times->evaluations) +
                        " in all evaluations), tell " + detail::seconds_text(times->tell) + ", else " +
                        detail::seconds_text(rest));
    }
    for (const std::string& warning : warnings) add("warning", warning);
    if (noise_unknown)
        add("warning",
            "nobody says whether evaluations are noisy, and no network was evaluated twice: what is recommended is the best trial, "
            "which may be the luckiest; set the search's option noise to evaluation_noise::some, or to none");
    return page;
}

}  // namespace nas

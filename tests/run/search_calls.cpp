// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/run/search.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/testing/histories.hpp>

// Sequences of driver calls, drawn at random, against a model that keeps plain lists and does what the documentation says,
// one trial at a time. NAS_CALL_SEQUENCES says how many; without it as many as take a few seconds.
namespace {

using small_space = nas::choice_space<4>;
using arch_type = small_space::arch_type;
using history_type = nas::history<small_space, 1>;
using nas::stop_reason;

constexpr double inf = std::numeric_limits<double>::infinity();

/// Proposes what follows from all that it was told, in that order, and from all that it is shown: whatever a driver does
/// otherwise, its next proposal differs.
class attentive {
  public:
    using space_type = small_space;

    explicit attentive(std::size_t most) : most_(most) {}
    const space_type& space() const { return space_; }
    void begin(nas::rng& random) { seen_ = random(); }
    std::optional<nas::proposal<arch_type>> ask(const nas::ask_view<arch_type>& view, nas::rng& random) const {
        if (view.asked >= most_) return std::nullopt;
        std::uint64_t hash = mix(mix(mix(seen_, view.id), view.told), view.asked);
        for (const auto& one : view.pending) hash = mix(mix(hash, one.id), one.arch[0] + 5U * one.arch[1]);
        nas::rng drawn{mix(hash, random())};
        return nas::propose(space_.sample(drawn),
                            view.told > 0 ? static_cast<nas::trial_id>(hash % view.told) : nas::no_trial);
    }
    void tell(const nas::trial<arch_type>& told, nas::rng& random) {
        seen_ = mix(mix(mix(seen_, told.id), static_cast<std::uint64_t>(told.result.status)), random());
        if (told.completed()) seen_ = mix(seen_, static_cast<std::uint64_t>(told.value() * 1024));
    }
    std::uint64_t seen() const { return seen_; }

  private:
    static std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
        return nas::rng{hash ^ (word * 0x9e3779b97f4a7c15U)}();
    }

    small_space space_{5};
    std::size_t most_;
    std::uint64_t seen_ = 0;
};

struct out_of_order {
    std::uint64_t seed;

    std::vector<std::size_t> order(std::size_t count) const {
        std::vector<std::size_t> places(count);
        nas::rng random{seed};
        for (std::size_t i = 0; i < count; ++i) {
            places[i] = i;
            if (seed != 0) std::swap(places[i], places[nas::below(random, i + 1)]);
        }
        return places;
    }
    template <class Task>
    void for_each(std::size_t count, Task&& task) const {
        for (const std::size_t i : order(count)) task(i);
    }
};

/// What the evaluator does besides: end the search, once, when it comes to a certain trial.
struct incident {
    nas::trial_id at = nas::no_trial;
    enum kind { none, interrupt, give_up, fatal } what = none;
    bool happened = false;
};

struct evaluator {
    incident* now;

    nas::evaluation<> operator()(const arch_type& arch, const nas::context& about) const {
        if (about.id() == now->at && now->what != incident::none) {
            now->happened = true;
            if (now->what == incident::fatal) throw nas::fatal_error("fatal");
            if (now->what == incident::give_up && about.stop_requested()) return 0;
        }
        nas::rng random = about.random();
        const double value = static_cast<double>(arch[0] + nas::below(random, 4));
        switch (nas::below(random, 16)) {
            case 0:
                throw std::runtime_error("failed");
            case 1:
                return nas::evaluation<>(std::nan(""), 1);
            case 2:
                return nas::evaluation<>(value, std::nan(""));
            case 3:
                return nas::evaluation<>(value, -3);
            case 4:
                return nas::evaluation<>(value, inf);
            case 5:
                return nas::evaluation<>::infeasible("no", 2);
            case 6:
                return nas::evaluation<>::pruned({value}, "slow", 1);
            default:
                return nas::evaluation<>(value, static_cast<double>(nas::below(random, 3)));
        }
    }
};

using options_type = nas::search_options<arch_type>;
using search_type = nas::search<attentive, evaluator>;
using trial_type = search_type::trial_type;
using proposal_type = search_type::proposal_type;

/// The model.
struct model {
    struct open_trial {
        proposal_type asked;
        std::size_t told_when_asked;
        bool by_hand;
        nas::trial_id batch_end;
    };
    struct row {
        trial_type trial;
        std::size_t told_when_asked;
        std::size_t batch_rest;
    };

    options_type options;
    attentive searcher;
    nas::streams streams{options.seed};
    std::vector<row> rows = {};
    std::vector<open_trial> open = {};
    std::set<nas::trial_id> lost = {};
    std::set<nas::trial_id> imported = {};
    nas::trial_id next_id = 0;
    std::set<nas::trial_id> evaluated = {};  // and open

    model(options_type given, std::size_t most) : options(std::move(given)), searcher(most) {
        nas::rng random = streams(0, nas::purpose::begin);
        searcher.begin(random);
    }

    // ---- what the rules look at

    stop_reason reached(const nas::stop_rules& rules) const { return reached(rules, rows); }
    static stop_reason reached(const nas::stop_rules& rules, const std::vector<row>& told) {
        double cost = 0;
        double best = -inf;
        std::size_t since = 0;
        std::size_t longest = 0;
        for (const row& one : told) {
            if (one.trial.origin == nas::trial_origin::imported) continue;
            cost += one.trial.result.cost;
            ++since;
            if (one.trial.completed() && one.trial.value() > best) {
                best = one.trial.value();
                since = 0;
            }
            longest = std::max(longest, since);
        }
        if (cost >= rules.cost) return stop_reason::cost;
        if (best >= rules.target) return stop_reason::target;
        if (longest >= rules.patience) return stop_reason::patience;
        return stop_reason::none;
    }
    std::size_t begun() const { return rows.size() - imported.size() + open.size(); }
    // What is open counts where something is to be asked.
    bool enough(std::size_t trials) const { return (batch_open() ? rows.size() - imported.size() : begun()) >= trials; }
    bool batch_open() const {
        return std::any_of(open.begin(), open.end(), [](const open_trial& one) { return !one.by_hand; });
    }

    // ---- one trial

    nas::trial_id upcoming() const { return lost.empty() ? next_id : *lost.begin(); }
    std::optional<proposal_type> draw() {
        const nas::trial_id id = upcoming();
        const auto before = static_cast<std::size_t>(std::distance(imported.begin(), imported.lower_bound(id)));
        const std::size_t place = id - before;
        std::optional<proposal_type> next;
        if (place < options.enqueue.size()) {
            next = proposal_type(options.enqueue[place]);
            next->origin = nas::trial_origin::enqueued;
        } else {
            std::vector<proposal_type> pending;
            for (const open_trial& one : open) pending.push_back(one.asked);
            nas::rng random = streams(id, nas::purpose::ask);
            next = searcher.ask({id, rows.size(), place - options.enqueue.size(), pending}, random);
            if (!next) return next;
        }
        next->id = id;
        if (lost.erase(id) == 0) ++next_id;
        return next;
    }
    nas::evaluation<> measure(const proposal_type& asked) const {
        incident nothing;
        nas::evaluation<> result;
        try {
            result = evaluator{&nothing}(
                asked.arch, nas::context(asked.id, streams.seed(asked.id, nas::purpose::evaluate), asked.fidelity));
        } catch (const std::exception&) {
            result = nas::evaluation<>::failure("failed");
        }
        return sound(std::move(result));
    }
    static nas::evaluation<> sound(nas::evaluation<> result) {
        if (!(result.cost >= 0 && result.cost < inf)) {
            result.status = nas::trial_status::failed;
            result.cost = 0;
        } else if (result.completed() && !std::isfinite(result.values[0])) {
            result.status = nas::trial_status::failed;
        }
        return result;
    }
    void tell(std::size_t place, nas::evaluation<> result) {
        const open_trial ended = open[place];
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(place));
        record({ended.asked, std::move(result)}, ended.told_when_asked, ended.batch_end - ended.asked.id);
    }
    void record(const trial_type& trial, std::size_t told_when_asked, std::size_t batch_rest) {
        rows.push_back({trial, told_when_asked, batch_rest});
        nas::rng random = streams(trial.id, nas::purpose::tell);
        searcher.tell(trial, random);
    }
    // A batch of which nothing was told was never asked.
    void forget_untold() {
        if (!batch_open()) return;
        for (const open_trial& one : open)
            if (!one.by_hand && one.told_when_asked != rows.size()) return;
        std::erase_if(open, [&](const open_trial& one) {
            if (!one.by_hand) give_back(one.asked.id);
            evaluated.erase(one.asked.id);
            return !one.by_hand;
        });
    }
    void give_back(nas::trial_id id) {
        lost.insert(id);
        while (!lost.empty() && *lost.rbegin() + 1 == next_id) {
            lost.erase(--next_id);
        }
    }

    // Whether what is evaluated before `place` in the batch ends the run.
    bool in_vain(std::size_t place, const nas::stop_rules& rules, const incident& what) const {
        std::vector<row> told = rows;
        for (std::size_t i = 0; i < place; ++i) {
            if (open[i].by_hand) continue;
            const bool seen_fatal = what.what == incident::fatal && open[i].asked.id == what.at && met_fatal;
            if (seen_fatal) return true;
            if (!evaluated.contains(open[i].asked.id)) return false;
            told.push_back({{open[i].asked, measure(open[i].asked)}, 0, 0});
            if (reached(rules, told) != stop_reason::none) return true;
        }
        return false;
    }
    bool met_fatal = false;

    // ---- calls

    stop_reason run(const nas::run_options& run, const out_of_order& executor, const incident& what, bool& fatal) {
        forget_untold();
        const nas::stop_rules rules = run.rules();
        const std::size_t trials = std::min(rules.trials, options.stop.trials);
        bool stopped = false;
        met_fatal = false;
        for (;;) {
            if (const stop_reason reason = reached(rules); reason != stop_reason::none) return reason;
            if (enough(trials)) return stop_reason::trials;
            if (rules.wall_time == 0) return stop_reason::wall_time;
            if (stopped) return stop_reason::interrupted;
            if (!batch_open()) {
                const std::size_t first = open.size();
                nas::trial_id expected = upcoming();
                while (open.size() - first < run.batch && begun() < trials && upcoming() == expected) {
                    const auto next = draw();
                    if (!next) break;
                    open.push_back({*next, rows.size(), false, next->id});
                    ++expected;
                }
                if (open.size() == first) return open.empty() ? stop_reason::exhausted : stop_reason::waiting;
                for (std::size_t i = first; i < open.size(); ++i) open[i].batch_end = open.back().asked.id;
            }
            // What is evaluated before the search is interrupted. Results behind a gap are kept: no history tells.
            for (const std::size_t place : executor.order(open.size())) {
                const nas::trial_id id = open[place].asked.id;
                if (open[place].by_hand || evaluated.contains(id) || stopped || in_vain(place, rules, what)) continue;
                const incident::kind now = id == what.at ? what.what : incident::none;
                if (now == incident::interrupt || now == incident::give_up) stopped = true;
                met_fatal = met_fatal || now == incident::fatal;
                if (now == incident::none || now == incident::interrupt) evaluated.insert(id);
            }
            while (batch_open()) {
                std::size_t place = 0;
                while (open[place].by_hand) ++place;
                const proposal_type asked = open[place].asked;
                if (!evaluated.contains(asked.id)) {
                    fatal = asked.id == what.at && what.what == incident::fatal;
                    return fatal ? stop_reason::none : stop_reason::interrupted;
                }
                tell(place, measure(asked));
                if (const stop_reason reason = reached(rules); reason != stop_reason::none) return reason;
            }
        }
    }

    std::optional<proposal_type> ask(stop_reason& reason) {
        forget_untold();
        reason = stop_reason::none;
        if (enough(options.stop.trials)) {
            reason = stop_reason::trials;
            return std::nullopt;
        }
        for (open_trial& one : open)
            if (!one.by_hand) {
                one.by_hand = true;
                one.batch_end = one.asked.id;
                evaluated.erase(one.asked.id);
                return one.asked;
            }
        const auto next = draw();
        if (next) {
            open.push_back({*next, rows.size(), true, next->id});
        } else {
            reason = open.empty() ? stop_reason::exhausted : stop_reason::waiting;
        }
        return next;
    }
    void tell_by_hand(nas::trial_id id, nas::evaluation<> result) {
        forget_untold();
        std::size_t place = 0;
        while (open[place].asked.id != id) ++place;
        tell(place, sound(std::move(result)));
    }
    void warm_start(const history_type& past) {
        forget_untold();
        for (std::size_t i = 0; i < past.size(); ++i) {
            trial_type trial = past[i];
            trial.id = next_id++;
            trial.parent = nas::no_trial;
            trial.origin = nas::trial_origin::imported;
            trial.result.cost = 0;
            imported.insert(trial.id);
            record(trial, rows.size(), 0);
        }
    }
    // What of the last batch is not told is open again, also what was handed out; what else was asked by hand is lost. Says
    // whether the former were asked while the latter was pending, so that they are other proposals now.
    bool resume() {
        forget_untold();
        nas::trial_id first = 0;
        nas::trial_id last = 0;
        for (const row& one : rows)
            if (one.batch_rest > 0) {
                const nas::trial_id its_last = one.trial.id + static_cast<nas::trial_id>(one.batch_rest);
                first = its_last == last ? std::min(first, one.trial.id) : one.trial.id;
                last = its_last;
            }
        bool any_of_batch = false;
        bool any_lost = false;
        for (open_trial& one : open) {
            const bool of_batch = one.asked.id > first && one.asked.id <= last;
            (of_batch ? any_of_batch : any_lost) = true;
            if (of_batch) {
                one.by_hand = false;
                one.batch_end = last;
            } else {
                give_back(one.asked.id);
            }
        }
        std::erase_if(open, [](const open_trial& one) { return one.by_hand; });
        evaluated.clear();
        return any_of_batch && any_lost;
    }
};

/// One sequence: the first difference between search and model, or nothing.
class sequence {
  public:
    explicit sequence(std::uint64_t seed) : random_{seed} {
        options_.seed = draw(5);
        for (std::uint64_t i = draw(4); i > 0; --i) options_.enqueue.push_back(small_space{5}.sample(random_));
        if (draw(4) == 0) options_.stop.trials = draw(40);
        most_ = draw(5) == 0 ? draw(20) : 1000;
        search_ = std::make_unique<search_type>(fresh());
        model_ = std::make_unique<model>(options_, most_);
    }

    std::string play() {
        for (std::uint64_t steps = 1 + draw(10); steps > 0; --steps) {
            step();
            if (std::string wrong = compare(); !wrong.empty()) return log_ + ": " + wrong;
        }
        return "";
    }

  private:
    std::uint64_t draw(std::uint64_t bound) { return nas::below(random_, bound); }
    search_type fresh() {
        search_type search{attentive{most_}, evaluator{&incident_}, options_};
        search.stop_when([this] { return incident_.happened && incident_.what != incident::fatal; });
        return search;
    }

    void step() {
        switch (draw(8)) {
            case 0:
            case 1:
            case 2:
                return run();
            case 3:
                return ask();
            case 4:
                return tell();
            case 5:
                return warm_start();
            default:
                return resume();
        }
    }

    void run() {
        nas::run_options options;
        options.trials = search_->history().size() + draw(12);
        options.batch = draw(2) == 0 ? 1 : 1 + draw(6);
        if (draw(6) == 0) options.cost = static_cast<double>(draw(30));
        if (draw(6) == 0) options.target = static_cast<double>(draw(9));
        if (draw(6) == 0) options.patience = 1 + draw(8);
        if (draw(20) == 0) options.wall_time = 0;
        incident_ = {};
        if (draw(3) == 0) {
            incident_.at = static_cast<nas::trial_id>(search_->history().size() + draw(8));
            incident_.what = static_cast<incident::kind>(1 + draw(3));
        }
        const out_of_order executor{draw(3) == 0 ? 1 + draw(9) : 0};
        log_ += " run(trials=" + std::to_string(options.trials) + ",batch=" + std::to_string(options.batch) +
                ",cost=" + std::to_string(options.cost) + ",target=" + std::to_string(options.target) +
                ",patience=" + std::to_string(options.patience) + ",order=" + std::to_string(executor.seed) +
                ",incident=" + std::to_string(incident_.what) + "@" + std::to_string(incident_.at) + ")";
        const incident planned = incident_;
        bool fatal = false;
        expected_ = model_->run(options, executor, planned, fatal);
        bool threw = false;
        try {
            reason_ = executor.seed == 0 ? search_->run(options) : search_->run(options, executor);
        } catch (const nas::fatal_error&) {
            threw = true;
            reason_ = stop_reason::none;
        }
        if (threw != fatal) problem_ = threw ? "an unexpected fatal error" : "a fatal error is missing";
        incident_ = {};
    }

    void ask() {
        log_ += " ask";
        const auto wanted = model_->ask(expected_);
        const auto got = search_->ask();
        reason_ = search_->reason();
        if (wanted != got) problem_ = "ask differs";
    }

    void tell() {
        std::vector<nas::trial_id> mine;
        for (const auto& one : model_->open)
            if (one.by_hand) mine.push_back(one.asked.id);
        if (mine.empty()) return;
        const nas::trial_id id = mine[draw(mine.size())];
        log_ += " tell " + std::to_string(id);
        proposal_type asked;
        for (const auto& one : model_->open)
            if (one.asked.id == id) asked = one.asked;
        nas::evaluation<> result(static_cast<double>(draw(9)), draw(8) == 0 ? std::nan("") : 1.0);
        if (draw(6) == 0) result = nas::evaluation<>::failure("abandoned");
        model_->tell_by_hand(id, result);
        if (result.reason == "abandoned") {
            search_->abandon(asked);
        } else {
            search_->tell(asked, result);
        }
    }

    void warm_start() {
        history_type past(small_space{5});
        for (std::uint64_t rows = draw(6); past.size() < rows;) {
            trial_type trial{{small_space{5}.sample(random_)}, nas::evaluation<>(static_cast<double>(draw(20)), 7)};
            if (draw(4) == 0) trial.result = nas::evaluation<>::failure("elsewhere");
            trial.id = static_cast<nas::trial_id>(past.size());
            past.append(trial, past.size());
        }
        log_ += " warm_start " + std::to_string(past.size());
        imports_.push_back(past);
        model_->warm_start(past);
        search_->warm_start(past);
    }

    // Another process goes on with what is in the file, and says its imports again.
    void resume() {
        model after = *model_;
        if (after.resume()) return;  // see there
        log_ += " resume";
        *model_ = after;
        const history_type past = search_->history();
        search_ = std::make_unique<search_type>(fresh());
        search_->resume(past);
        for (const history_type& import : imports_) search_->warm_start(import);
        reason_ = expected_ = stop_reason::none;
    }

    std::string compare() {
        if (!problem_.empty()) return problem_;
        if (reason_ != expected_)
            return "ended with '" + std::string(nas::to_string(reason_)) + "', not '" +
                   std::string(nas::to_string(expected_)) + "'";
        history_type rows(small_space{5});
        for (const auto& one : model_->rows) {
            nas::learning_curve none;
            trial_type trial = one.trial;
            trial.result.reason = rows.size() < search_->history().size() ? search_->history().reason(rows.size()) : "";
            rows.append(trial, one.told_when_asked, none, one.batch_rest);
        }
        if (std::string wrong = nas::testing::difference(search_->history(), rows); !wrong.empty()) return wrong;
        if (search_->searcher().seen() != model_->searcher.seen()) return "the searcher saw something else";
        const auto pending = search_->pending();
        if (pending.size() != model_->open.size())
            return std::to_string(pending.size()) + " are pending, not " + std::to_string(model_->open.size());
        for (std::size_t i = 0; i < pending.size(); ++i)
            if (pending[i].id != model_->open[i].asked.id || pending[i].arch != model_->open[i].asked.arch)
                return "pending " + std::to_string(i) + " differs";
        return "";
    }

    nas::rng random_;
    options_type options_;
    std::size_t most_ = 0;
    incident incident_;
    std::unique_ptr<search_type> search_;
    std::unique_ptr<model> model_;
    std::vector<history_type> imports_;
    stop_reason reason_ = stop_reason::none;
    stop_reason expected_ = stop_reason::none;
    std::string problem_;
    std::string log_ = "calls";
};

}  // namespace

TEST_CASE("search: any sequence of calls does what a plain model does") {
    const char* given = std::getenv("NAS_CALL_SEQUENCES");
    const std::uint64_t sequences = given == nullptr ? 40'000 : std::strtoull(given, nullptr, 10);
    std::size_t findings = 0;
    for (std::uint64_t seed = 0; seed < sequences && findings < 5; ++seed) {
        const std::string finding = sequence(seed).play();
        CAPTURE(seed);
        CHECK(finding == "");
        findings += finding.empty() ? 0U : 1U;
    }
}

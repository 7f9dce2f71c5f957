// SPDX-License-Identifier: Apache-2.0
#include "problem.hpp"

#include <algorithm>
#include <concepts>
#include <functional>
#include <iterator>
#include <limits>
#include <span>
#include <sstream>

#include <nas/evaluators/amber_table.hpp>
#include <nas/evaluators/landscapes.hpp>
#include <nas/evaluators/landscapes/cells.hpp>
#include <nas/evaluators/read_table.hpp>
#include <nas/report/csv_writer.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/spaces/mlp_space.hpp>
#include <nas/spaces/nasbench201_space.hpp>

#include "cells.hpp"
#include "format.hpp"
#include "predicted.hpp"
#include "problem_over.hpp"
#include "spaces.hpp"

namespace mock_bench {

namespace {

using nas::choice_space;
using nas::nasbench201_space;

/// How many decisions and architectures there are, and what decisions are where they are not all alike.
template <class Space>
std::string shape(const Space& space, double size) {
    const std::size_t decisions = space.decisions();
    std::size_t numeric = 0;
    std::size_t conditional = 0;
    for (std::size_t i = 0; i < decisions; ++i) {
        numeric += nas::is_numeric(space, i) ? 1U : 0U;
        if constexpr (nas::ConditionalSpace<Space>) conditional += space.conditional() && space.when(i) ? 1U : 0U;
    }
    std::string text = std::to_string(decisions) + (decisions == 1 ? " decision" : " decisions");
    if (numeric > 0) text += " (" + std::to_string(numeric) + " numeric";
    if (conditional > 0) text += (numeric > 0 ? ", " : " (") + std::to_string(conditional) + " conditional";
    if (numeric + conditional > 0) text += ')';
    return text + ", " + grouped(size) + " architectures";
}

double size_of(const auto& space) {
    if (space.size() != nas::uncountable) return static_cast<double>(space.size());
    double size = 1;
    for (std::size_t i = 0; i < space.decisions(); ++i) size *= static_cast<double>(space.cardinality(i));
    return size;
}

/// Where in a table's reported columns those are that the user asked for.
std::vector<std::size_t> places(const std::vector<std::string>& wanted, const std::vector<std::string>& names) {
    std::vector<std::size_t> all;
    for (const std::string& name : wanted) {
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end()) {
            std::string known;
            for (const std::string& one : names) known += (known.empty() ? "'" : ", '") + one + '\'';
            throw usage_error("--report: no metric '" + name + "'; there are " + known);
        }
        all.push_back(static_cast<std::size_t>(found - names.begin()));
    }
    return all;
}

/// The scores of all architectures of a table, best first, and what they tell. Throws usage_error where costs do not bring every
/// search to an end.
template <class Space>
std::vector<double> examine(const nas::table_evaluator<Space>& table, const bench_options& options,
                            const std::vector<std::size_t>& reports, problem_facts& facts) {
    const double sign = options.minimize ? -1 : 1;
    double best = -std::numeric_limits<double>::infinity();
    double sum = 0;
    bool free = false;
    std::vector<double> scores;
    for (const auto& arch : table.architectures()) {
        const double score = reports.empty() ? table.mean(arch) : sign * table.reported(arch)[reports[0]];
        if (score > best) {
            best = score;
            facts.optimum_code = table.space().describe(arch);
        }
        sum += score;
        scores.push_back(score);
        free = free || table.cost(arch) <= 0;
    }
    if (free && options.trials.back() == nas::unlimited)
        throw usage_error("--budget needs --trials too: an architecture costs nothing in column '" + options.cost +
                          "', so that a search might never end");
    std::sort(scores.begin(), scores.end(), std::greater<>());
    for (double& score : scores) score *= sign;
    facts.optimum = sign * best + 0.0;  // not -0
    facts.average = sign * sum / static_cast<double>(table.size());
    return scores;
}

/// A file without its folder, so that reports do not depend on where files are.
std::string space_text(const bench_options& options) {
    return options.space.ends_with(".json") ? std::filesystem::path(options.space).filename().string() : options.space;
}

/// One name for columns that are replicates of one: what they have in common, with a star for what they have not.
std::string common_name(const std::vector<std::string>& names) {
    const std::string& first = names.front();
    std::size_t begin = first.size();
    std::size_t end = first.size();  // how much is the same at the end
    for (const std::string& name : names) {
        std::size_t same = 0;
        while (same < std::min(begin, name.size()) && name[same] == first[same]) ++same;
        begin = same;
        same = 0;
        while (same < std::min(end, name.size()) && name[name.size() - 1 - same] == first[first.size() - 1 - same])
            ++same;
        end = same;
    }
    if (names.size() == 1) return first;
    if (begin + end > 0)
        return first.substr(0, begin) + '*' + first.substr(first.size() - std::min(end, first.size() - begin));
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : "|") + name;
    return all;
}

template <class Space>
problem_facts table_facts(const nas::table_evaluator<Space>& table, const bench_options& options) {
    problem_facts facts;
    facts.title = options.tables.front().filename().string();
    if (options.tables.size() > 1) facts.title += " and " + std::to_string(options.tables.size() - 1) + " more";
    facts.space = space_text(options);
    facts.decisions = table.space().decisions();
    facts.architectures = static_cast<double>(table.size());
    facts.space_size = size_of(table.space());
    facts.rows = table.rows();
    facts.detail = shape(table.space(), facts.architectures);
    if (facts.architectures < facts.space_size) facts.detail += " of " + grouped(facts.space_size);
    if (facts.rows > table.size())
        facts.detail += ", " + grouped(static_cast<double>(facts.rows)) +
                        (options.reward.size() > 1 ? " replicates in columns" : " rows");
    if (options.amber) {
        const std::string lambda = options.lambda == 1 ? "" : nas::csv_number(options.lambda) + ' ';
        facts.reward_name = "-(loss + " + lambda + "knowledge)";
    } else {
        facts.reward_name = common_name(options.reward);
    }
    facts.recommendation = options.recommend;
    facts.report_names = options.report;
    facts.score_name = options.report.empty() ? facts.reward_name : options.report.front();
    facts.higher_is_better = !options.minimize;
    facts.has_cost = !options.cost.empty();
    facts.draws = table.noise() == nas::evaluation_noise::some;
    facts.has_gaps = options.table.unknown != nas::table_unknown::error && facts.architectures < facts.space_size;
    return facts;
}

/// A table whose gaps are predicted.
template <class Space>
std::unique_ptr<problem> predicted_problem(const nas::table_evaluator<Space>& table, const bench_options& options) {
    using arch_type = nas::arch_t<Space>;
    const double sign = options.minimize ? -1 : 1;
    problem_facts facts = table_facts(table, options);
    predicted_values<Space> found = predict_gaps(table, *options.predicted);
    if (table.average_cost() <= 0 && options.trials.back() == nas::unlimited)
        throw usage_error("--budget needs --trials too: an architecture costs nothing in column '" + options.cost +
                          "', so that a search might never end");
    facts.detail += ", the others predicted by " + found.predictor;
    facts.architectures = facts.space_size;
    facts.predictor = found.predictor;
    facts.predictor_kendall = found.kendall;
    facts.predictor_remark = found.remark;
    facts.draws = found.noise == nas::evaluation_noise::some;
    facts.optimum = sign * found.mean(found.best) + 0.0;  // not -0
    facts.optimum_code = table.space().describe(found.best);
    facts.proven = !found.all.empty();

    judged_evaluator<Space> evaluator;
    evaluator.evaluate = {found.evaluate, found.noise};
    evaluator.reward = [mean = found.mean, sign](const arch_type& arch) { return sign * mean(arch); };
    evaluator.reports = [](const arch_type&) { return std::vector<double>(); };
    evaluator.predicts = found.predicts;
    if (facts.proven) {
        double sum = 0;
        for (const double value : found.all) sum += sign * value;
        facts.average = sum / static_cast<double>(found.all.size());
        std::sort(found.all.begin(), found.all.end(), std::greater<>());
        for (double& value : found.all) value *= sign;
        evaluator.scores = std::move(found.all);
    }
    return std::make_unique<problem_over<Space>>(std::move(facts), table.space(), std::move(evaluator));
}

template <class Space>
std::unique_ptr<problem> table_problem(nas::table_evaluator<Space> made, const bench_options& options) {
    if (options.predicted) {
        if constexpr (nas::EnumerableSpace<Space>) return predicted_problem(made, options);
    }
    const auto table = std::make_shared<const nas::table_evaluator<Space>>(std::move(made));
    const std::vector<std::size_t> reports = places(options.report, table->report_names());
    const double sign = options.minimize ? -1 : 1;
    problem_facts facts = table_facts(*table, options);
    if (options.table.unknown == nas::table_unknown::error && facts.architectures < facts.space_size)
        throw usage_error(
            facts.title + " has rows of " + grouped(facts.architectures) + " of the " + grouped(facts.space_size) +
            " architectures of its space" + (facts.space.empty() ? "" : " (" + facts.space + ')') +
            ", and a search would end at another one; with --unknown failed, worst or predicted it goes on");

    using arch_type = nas::arch_t<Space>;
    judged_evaluator<Space> evaluator;
    evaluator.scores = examine(*table, options, reports, facts);
    evaluator.evaluate = {[table](const arch_type& arch, const nas::context& about) { return (*table)(arch, about); },
                          table->noise()};
    evaluator.reward = [table, sign](const arch_type& arch) {
        return sign * (table->contains(arch) ? table->mean(arch) : table->worst());
    };
    evaluator.reports = [table, reports](const arch_type& arch) {
        std::vector<double> values;
        for (const std::size_t i : reports) values.push_back(table->reported(arch)[i]);
        return values;
    };
    if (facts.has_gaps) evaluator.knows = [table](const arch_type& arch) { return table->contains(arch); };
    return std::make_unique<problem_over<Space>>(std::move(facts), table->space(), std::move(evaluator));
}

template <class Space>
std::unique_ptr<problem> landscape_problem(const Space& space, const bench_options& options) {
    return nas::visit_landscape(options.landscape, space, [&](auto made) -> std::unique_ptr<problem> {
        using arch_type = nas::arch_t<Space>;
        const auto landscape = std::make_shared<const decltype(made)>(std::move(made));
        problem_facts facts;
        facts.title = "landscape " + options.landscape;
        facts.recommendation = options.recommend;
        facts.space = space_text(options);
        facts.decisions = space.decisions();
        facts.architectures = facts.space_size = size_of(space);
        facts.detail = shape(space, facts.space_size);
        facts.reward_name = facts.score_name = "value";
        facts.optimum = landscape->optimum();
        judged_evaluator<Space> evaluator;
        evaluator.evaluate.kind = nas::detail::noise_of(*landscape);
        facts.draws = evaluator.evaluate.kind == nas::evaluation_noise::some;
        if constexpr (std::invocable<const decltype(made)&, const arch_type&, const nas::context&>) {
            evaluator.evaluate.call = [landscape](const arch_type& arch, const nas::context& about) {
                return (*landscape)(arch, about);
            };
        } else {
            evaluator.evaluate.call = [landscape](const arch_type& arch, const nas::context&) {
                return (*landscape)(arch);
            };
        }
        evaluator.reward = [landscape](const arch_type& arch) { return landscape->mean(arch); };
        evaluator.reports = [](const arch_type&) { return std::vector<double>(); };
        return std::make_unique<problem_over<Space>>(std::move(facts), space, std::move(evaluator));
    });
}

void list_options(std::ostream& out, const std::vector<nas::option_description>& options) {
    for (const nas::option_description& option : options) {
        out << "      " << option.name << '=' << option.value << "  " << option.text << "; " << option.allowed;
        if (!option.source.empty()) out << " (" << option.source << ')';
        out << '\n';
    }
}

void list_presets(std::ostream& out, const std::vector<nas::preset_description>& presets) {
    for (const nas::preset_description& preset : presets)
        out << "      preset=" << preset.name << "  " << preset.options << " (" << preset.source << ")\n";
}

template <nas::DescribedOptions Options>
void list_landscape(std::ostream& out, const char* name, const char* about) {
    out << "\n  " << name << "  " << about << '\n';
    list_options(out, nas::describe_options(Options{}));
}

}  // namespace

std::unique_ptr<problem> open_problem(const bench_options& options) {
    const bool nasbench201 = options.space == "nasbench201";
    const bool mlp = options.space == "mlp";
    if (options.tables.empty()) {
        if (mlp) throw usage_error("--space mlp needs --table");
        if (is_cells(options.landscape)) return open_cells(options);
        bench_options over = options;
        if (over.space.empty()) over.space = "10x4";
        return nasbench201 ? landscape_problem(nasbench201_space{}, over)
                           : landscape_problem(read_space(over.space), over);
    }
    if (options.amber)
        return table_problem(
            nas::read_amber_table(options.tables, {options.lambda, options.metric_names}, options.table), options);

    const std::filesystem::path& file = options.tables.front();
    const nas::table_columns columns{.reward = options.reward.front(),
                                     .replicates = {options.reward.begin() + 1, options.reward.end()},
                                     .gaps = options.gaps,
                                     .report = options.report,
                                     .cost = options.cost,
                                     .cost_scale = options.cost_scale,
                                     .minimize = options.minimize};
    const auto over = [&](const auto& space, const bench_options& found) {
        return table_problem(nas::read_table(space, file, columns, found.table), found);
    };
    if (nasbench201) return over(nasbench201_space{}, options);
    if (mlp) return over(nas::mlp_space{}, options);
    if (!options.space.empty()) return over(read_space(options.space), options);
    if (const auto space = space_beside(file)) {
        bench_options found = options;
        found.space = beside(file).string();
        return over(*space, found);
    }
    return table_problem(nas::read_table(file, columns, options.table), options);
}

added_searchers add_searchers(problem& where, const std::vector<std::string>& texts) {
    added_searchers added;
    const auto add = [&](const std::string& text) {
        nas::contestant one = where.add_searcher(text);
        for (const nas::contestant& other : added.all)
            if (other.name == one.name) throw usage_error("--searcher: '" + one.name + "' is given twice");
        if (text.find("preset=") != text.npos) added.remarks += text + " is " + one.name + ".\n";
        added.all.push_back(std::move(one));
    };
    for (const std::string& text : texts) {
        if (text != "all") {
            add(text);
            continue;
        }
        for (const std::string& name : where.known_searchers()) {
            try {
                add(name);
            } catch (const std::invalid_argument& refusal) {
                added.remarks += name + " is left out: " + refusal.what() + ".\n";
            }
        }
    }
    return added;
}

std::string sampling_only(const problem& where, const std::vector<nas::contestant>& searchers, std::size_t trials) {
    std::string text;
    for (std::size_t i = 0; i < searchers.size(); ++i) {
        const std::size_t samples = where.initial_trials(i);
        if (samples == 0 || samples < trials) continue;
        text += searchers[i].name + " is random search in " + std::to_string(trials) + " trials: it samples " +
                std::to_string(samples) + " before it learns.\n";
    }
    return text;
}

std::string list_everything() {
    std::ostringstream out;
    out << "Searchers (--searcher NAME:option=value,...), each option with its default, what it may be and where the "
           "default comes from; preset=NAME, as the first option, sets all of them:\n";
    for (const auto& info : nas::searchers<choice_space<>>()) {
        out << "\n  " << info.name << "  " << info.summary << '\n';
        list_options(out, info.options);
        list_presets(out, info.presets);
    }
    out << "\nAround a searcher, to any depth (--searcher 'NAME(SEARCHER):option=value,...', with quotes for the shell):\n";
    for (const auto& info : nas::wrappers<choice_space<>>()) {
        out << "\n  " << info.name << "  " << info.summary << '\n';
        list_options(out, info.options);
        list_presets(out, info.presets);
    }
    out << "\nLandscapes (--landscape NAME:option=value,...), all with a known optimum:\n";
    list_landscape<nas::separable_landscape_options>(out, "separable", "every decision can be improved by itself");
    list_landscape<nas::trap_landscape_options>(out, "trap", "deceptive: only the last step towards the optimum pays");
    list_landscape<nas::nk_landscape_options>(out, "nk", "rugged: the worth of a choice depends on other decisions");
    list_landscape<nas::plateau_landscape_options>(out, "plateau", "most steps change nothing");
    list_landscape<nas::noisy_landscape_options>(out, "noisy", "separable, with noise in what the search sees");
    list_landscape<nas::cell_landscape_options>(out, "cells",
                                                "over cells of PNAS, whose worth is a formula of their blocks");
    out << "\nArchitectures without a row (--unknown predicted:option=value,...):\n\n";
    list_options(out, nas::describe_options(prediction_options{}));
    out << "\nSpaces (--space):\n"
           "\n  5x8  for the landscape cells: up to five blocks of eight operations, which is the default\n"
           "\n  mlp  the 840 multilayer perceptrons of MLPNAS: tables of nas_tabulate --mlp\n"
           "\n  nasbench201  the cells of NAS-Bench-201: tables with a column `arch` of its strings, or `code`\n"
           "\n  12x4  12 decisions of 4 choices: landscapes, and tables with a column `code`\n"
           "\n  2,3x5,1..4  one of 2 choices, three of 5, one whose choices are the numbers 1 to 4, in order\n"
           "\n  FILE.json  a table of decisions (nas::choice_space_from_json), or what nas_tabulate wrote beside its table;\n"
           "             without --space the file beside a table, as t.csv.json for t.csv, where it has a space of choices\n";
    return out.str();
}

}  // namespace mock_bench

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <nas/core/checks.hpp>
#include <nas/core/context.hpp>
#include <nas/core/utf8.hpp>
#include <nas/data/parse_json.hpp>
#include <nas/evaluators/process.hpp>
#include <nas/operators/decisions.hpp>

namespace nas {

struct command_evaluator_options {
    /// Wall-clock seconds, above 0, after which it is killed. The start of an interpreter and of what it imports counts too,
    /// and all takes longer on a machine that is busy.
    double timeout = std::numeric_limits<double>::infinity();
    std::vector<std::string> metrics = {};  ///< names of the metrics that trials keep
    bool measure_failures = true;  ///< whether a failure costs the wall-clock seconds that it took; 0 otherwise
};

/// An evaluator that is a program of any language: started anew for each trial, without a shell, it reads one line of JSON
/// from its standard input and answers one on its standard output. In Python:
///
///     import json, sys
///     ask = json.loads(sys.stdin.readline())
///     accuracy, seconds = train(ask["decisions"], epochs=ask["fidelity"] or 200, seed=ask["seed"])
///     print(json.dumps({"value": accuracy, "cost": seconds}))
///
/// and here: `nas::command_evaluator evaluator{space, {"python3", "train.py"}, {.timeout = 3600}};`
/// Whether the program is noisy it cannot say: the search's option does, `{.noise = nas::evaluation_noise::some}`.
///
/// The request has the keys
/// - `trial`: its number; `seed`: an integer in [0, 2^64) that is the trial's own;
/// - `fidelity`: a number, or null for all that can be given;
/// - `architecture`: the text of `space.describe`;
/// - `decisions`: where the space has decisions, an object from the path of each active one to the label of its choice.
///
/// The answer has the keys, all but the first of them optional,
/// - `value`: a number, or `values`: as many numbers as there are objectives; higher is better; only completed and pruned
///   trials have them;
/// - `cost`: seconds >= 0, 0 where it is absent: wall-clock time would make the history depend on the machine's load, so that
///   only a program that wants it counted reports it;
/// - `metrics`: an object of numbers; those that `options.metrics` names are kept; one that is absent, null or NaN is missing (NaN);
/// - `curve`: the learning curve, a list of [step, value, ...];
/// - `status`: `completed` (if absent), `pruned`, `infeasible` or `failed`, and `reason`: a text.
///
/// A failed trial, with a reason, is: an exit code other than 0, a signal, the time limit, an answer that is not one line of
/// such JSON (messages belong on standard error; its last line becomes part of the reason). It costs what its answer says, and
/// without that the wall-clock seconds that it took, so that a program that breaks down after an hour each time spends the
/// search's budget; at the time limit it costs the limit. Those seconds, unlike all else, depend on the machine's load:
/// `measure_failures = false` leaves them out.
/// A program that cannot be found or started at all ends the search: nas::fatal_error. So does what is none of its doing: a
/// lack of files, processes or memory that lasts longer than ten seconds, and somebody's SIGKILL of its supervisor. What
/// the program started does not outlive it, see run_process. May be called from several threads: every call has its own
/// process. An interrupted search waits for those that run.
template <class Space, std::size_t Objectives = 1>
class command_evaluator {
    static_assert(check_search_space<Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using evaluation_type = evaluation<Objectives>;

    /// `command`: the program and its arguments. Throws std::invalid_argument where it is empty or the timeout is not above 0.
    command_evaluator(Space space, std::vector<std::string> command, command_evaluator_options options = {})
        : space_(std::move(space)), command_(std::move(command)), options_(std::move(options)) {
        if (command_.empty() || command_[0].empty())
            throw std::invalid_argument("nas::command_evaluator: command must name a program");
        if (!(options_.timeout > 0))
            throw std::invalid_argument("nas::command_evaluator: timeout (" + std::to_string(options_.timeout) +
                                        ") must be above 0 seconds");
    }

    const Space& space() const noexcept { return space_; }
    const std::vector<std::string>& command() const noexcept { return command_; }
    const command_evaluator_options& options() const noexcept { return options_; }
    std::vector<std::string> metric_names() const { return options_.metrics; }

    evaluation_type operator()(const arch_type& arch, const context& about) const {
        const process_result result = run_process(command_, request(arch, about), {.timeout = options_.timeout});
        if (result.end == process_end::not_started || result.end == process_end::lost)
            throw fatal_error("nas::command_evaluator: " + command_[0] + ' ' + result.reason() +
                              (result.end == process_end::not_started ? words_apart(command_[0]) : ""));
        const double measured = options_.measure_failures ? result.seconds : 0;
        const double seconds = result.end == process_end::timed_out ? options_.timeout : measured;
        if (!result.ok()) return evaluation_type::failure(command_[0] + ' ' + result.reason(), seconds);
        try {
            return read_answer(result.output, about, seconds);
        } catch (const bad_answer& error) {
            return evaluation_type::failure(command_[0] + ' ' + error.what() + ": " + shortened(result.output),
                                            seconds);
        }
    }

    /// The line that the program gets.
    std::string request(const arch_type& arch, const context& about) const {
        nlohmann::ordered_json line;
        line["trial"] = about.id();
        line["seed"] = about.seed();
        line["fidelity"] = nullptr;
        if (std::isfinite(about.fidelity())) line["fidelity"] = about.fidelity();
        line["architecture"] = std::string(space_.describe(arch));
        if constexpr (DecisionSpace<Space>) {
            const auto& genotype = space_.genotype(arch);
            const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
            auto& decisions = line["decisions"] = nlohmann::ordered_json::object();
            for (std::size_t i = 0; i < space_.decisions(); ++i)
                if (is_active(space_, all, i))
                    decisions[std::string(space_.path(i))] = std::string(space_.label(i, genotype[i]));
        }
        return line.dump() + '\n';
    }

  private:
    using json = nlohmann::json;
    struct bad_answer : std::runtime_error {
        using std::runtime_error::runtime_error;
    };

    // Advice for a program's name that looks like a line of a shell; nothing for others.
    static std::string words_apart(std::string_view line) {
        std::string words;
        std::size_t count = 0;
        for (std::size_t start = line.find_first_not_of(' '); start < line.size(); ++count) {
            const std::size_t end = std::min(line.find(' ', start), line.size());
            words += (count > 0 ? ", \"" : "\"") + std::string(line.substr(start, end - start)) + '"';
            start = line.find_first_not_of(' ', end);
        }
        return count < 2 ? "" : "; give program and arguments apart, as in {" + words + "}";
    }

    static std::string shortened(std::string text) {
        constexpr std::size_t most = 120;
        if (text.size() > most) text = std::string(detail::cut_utf8(text, most)) + "...";
        for (char& c : text)
            if (static_cast<unsigned char>(c) < ' ') c = ' ';  // a reason is one line
        return text;
    }

    // NaN, which is no JSON, but what Python's json.dumps writes, is null.
    static std::string with_null_for_nan(std::string_view text) {
        std::string all;
        bool quoted = false;
        for (std::size_t at = 0; at < text.size(); ++at) {
            const bool nan = !quoted && text.substr(at, 3) == "NaN";
            const bool escape = quoted && text[at] == '\\';
            if (text[at] == '"') quoted = !quoted;
            all += nan ? "null" : text.substr(at, escape ? 2 : 1);
            at += nan ? 2U : escape ? 1U : 0U;
        }
        return all;
    }

    static json parsed(std::string_view text) {
        try {
            return detail::parse_json(with_null_for_nan(text));
        } catch (const detail::json_error&) {
            throw bad_answer("did not answer a JSON object");
        }
    }

    evaluation_type read_answer(const std::string& output, const context& about, double failure_seconds) const {
        const std::size_t last = output.find_last_not_of(" \t\r\n");
        if (last == std::string::npos) throw bad_answer("answered nothing");
        const std::string_view text = std::string_view(output).substr(0, last + 1);
        if (text.find('\n') != std::string_view::npos)
            throw bad_answer("answered more than one line (messages belong on standard error)");
        const json answer = parsed(text);
        if (!answer.is_object()) throw bad_answer("did not answer a JSON object");
        check_keys(answer);

        evaluation_type result;
        result.status = read_status(answer);
        if (answer.contains("reason")) {
            if (!answer["reason"].is_string()) throw bad_answer("answered a reason that is no text");
            result.reason = shortened(answer["reason"].template get<std::string>());
        }
        if (result.status == trial_status::completed || result.status == trial_status::pruned) {
            result.values = read_values(answer);
        } else {
            result.values.fill(std::numeric_limits<double>::quiet_NaN());
            if (result.reason.empty()) result.reason = command_[0] + " gave no reason";
        }
        if (result.status == trial_status::failed) result.cost = failure_seconds;
        if (answer.contains("cost")) result.cost = number(answer["cost"], "cost");
        if (result.cost < 0) throw bad_answer("answered a cost below 0");
        read_metrics(answer, result);
        report_curve(answer, about);
        return result;
    }

    // A key that is misspelt would be missed silently otherwise.
    static void check_keys(const json& answer) {
        for (const auto& [key, value] : answer.items()) {
            bool known = false;
            for (const std::string_view name : {"value", "values", "cost", "metrics", "curve", "status", "reason"})
                known = known || key == name;
            if (!known) throw bad_answer("answered the unknown key '" + shortened(key) + "'");
        }
    }

    static double number(const json& value, const std::string& name) {
        if (!value.is_number()) throw bad_answer("answered a " + name + " that is no number");
        return value.get<double>();
    }

    static trial_status read_status(const json& answer) {
        if (!answer.contains("status")) return trial_status::completed;
        if (answer["status"] == "completed") return trial_status::completed;
        if (answer["status"] == "pruned") return trial_status::pruned;
        if (answer["status"] == "infeasible") return trial_status::infeasible;
        if (answer["status"] == "failed") return trial_status::failed;
        throw bad_answer("answered a status that is not completed, pruned, infeasible or failed");
    }

    static std::array<double, Objectives> read_values(const json& answer) {
        std::array<double, Objectives> values{};
        if (answer.contains("value") == answer.contains("values"))
            throw bad_answer("must answer either value or values");
        if (answer.contains("value")) {
            if (Objectives > 1) throw bad_answer("must answer values, " + std::to_string(Objectives) + " of them");
            values[0] = number(answer["value"], "value");
            return values;
        }
        const json& all = answer["values"];
        if (!all.is_array() || all.size() != Objectives)
            throw bad_answer("must answer values as a list of " + std::to_string(Objectives));
        for (std::size_t i = 0; i < Objectives; ++i) values[i] = number(all[i], "value");
        return values;
    }

    void read_metrics(const json& answer, evaluation_type& result) const {
        if (!answer.contains("metrics")) return;
        const json& given = answer["metrics"];
        if (!given.is_object()) throw bad_answer("answered metrics that are no object");
        for (const auto& [name, value] : given.items())
            if (!value.is_null()) number(value, "metric");
        for (const std::string& name : options_.metrics)
            result.metrics.push_back(given.contains(name) && !given[name].is_null()
                                         ? given[name].template get<double>()
                                         : std::numeric_limits<double>::quiet_NaN());
    }

    static void report_curve(const json& answer, const context& about) {
        if (!answer.contains("curve")) return;
        const json& curve = answer["curve"];
        if (!curve.is_array()) throw bad_answer("answered a curve that is no list");
        std::vector<std::array<double, Objectives + 1>> points;
        for (const json& point : curve) {
            if (!point.is_array() || point.size() != Objectives + 1)
                throw bad_answer("answered a curve whose points are not lists of a step and " +
                                 std::to_string(Objectives) + (Objectives == 1 ? " value" : " values"));
            auto& read = points.emplace_back();
            for (std::size_t i = 0; i <= Objectives; ++i) read[i] = number(point[i], "curve's point");
        }
        for (const auto& point : points) about.report(point[0], std::span<const double>(point).subspan(1));
    }

    Space space_;
    std::vector<std::string> command_;
    command_evaluator_options options_;
};

template <class Space>
command_evaluator(Space, std::vector<std::string>) -> command_evaluator<Space>;
template <class Space>
command_evaluator(Space, std::vector<std::string>, command_evaluator_options) -> command_evaluator<Space>;

}  // namespace nas

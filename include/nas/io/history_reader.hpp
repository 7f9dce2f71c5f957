// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <nas/core/history.hpp>
#include <nas/io/history_format.hpp>
#include <nas/io/history_lines.hpp>
#include <nas/run/stop_rules.hpp>

namespace nas {

namespace detail {

inline void check_history_header(const history_line& header) {
    if (!header.has("nas_history"))
        header.fail_at(1, "this is not a history file of nas: its first line has no 'nas_history'");
    const std::uint64_t schema = header.integer("nas_history", std::numeric_limits<std::uint64_t>::max());
    if (schema > history_schema)
        header.fail("nas_history", "the file was written by a newer nas: its format is " + std::to_string(schema) +
                                       ", and this one (" + std::string(version) + ") reads " +
                                       std::to_string(history_schema));
    if (schema != history_schema) header.fail("nas_history", "there is no format " + std::to_string(schema));
    header.check_keys({"nas_history", "nas", "seed", "objectives", "metrics", "searcher", "space", "enqueue"});
    header.text("nas");
    header.integer("seed", std::numeric_limits<std::uint64_t>::max());
    header.texts("metrics");
    header.object("searcher");
    header.object("space");
    header.texts("enqueue");
}

/// Reads a whole file: first the header, then trials.
template <class Space, std::size_t Objectives>
class history_reader {
    using trial_type = trial<arch_t<Space>, Objectives>;

  public:
    history_reader(history_lines lines, const Space& space)
        : lines_(std::move(lines)), header_(*lines_.next()), history_(space) {
        check_history_header(header_);
        if (const std::uint64_t given = header_.integer("objectives", std::numeric_limits<std::uint64_t>::max());
            given != Objectives)
            header_.fail("objectives", "it is " + std::to_string(given) + " in the file, but " +
                                           std::to_string(Objectives) + " here");
        check_same("space", history_space_json(space));
        history_ = nas::history<Space, Objectives>(space, header_.texts("metrics"));
    }

    /// Throws where the header's member differs from `here`.
    void check_same(const std::string& key, const json& here) const {
        if (const auto found = first_difference(header_.member(key), here, ""))
            header_.fail(key, found->front() == '/' ? found->substr(1) : "it" + *found);
    }

    nas::history<Space, Objectives> read() {
        while (const std::optional<history_line> line = lines_.next()) read_trial(*line);
        return std::move(history_);
    }

  private:
    void read_trial(const history_line& line) {
        constexpr const char* value_key = Objectives == 1 ? "value" : "values";
        line.check_keys({"row", "id", "arch", value_key, "parent", "fidelity", "told", "rest", "origin", "status",
                         "reason", "cost", "metrics", "curve"});
        const std::size_t row = history_.size();
        if (const std::uint64_t given = line.integer("row", no_trial); given != row)
            line.fail("row", "it is " + std::to_string(given) + ", but this is row " + std::to_string(row) +
                                 (given > row ? "; a line is missing before it" : ""));

        trial_type told{};
        told.id = line.has("id") ? static_cast<trial_id>(line.integer("id", no_trial - 1)) : static_cast<trial_id>(row);
        if (!ids_.insert(told.id).second)
            line.fail(line.has("id") ? "id" : "row", "trial " + std::to_string(told.id) + " is there twice");
        told.arch = read_arch(line);
        if (line.has("parent")) told.parent = static_cast<trial_id>(line.integer("parent", no_trial - 1));
        if (line.has("fidelity")) told.fidelity = line.number("fidelity");
        if (line.has("origin")) told.origin = static_cast<trial_origin>(line.one_of("origin", origin_names));
        read_result(line, value_key, told.result);

        const std::size_t told_when_asked = line.has("told") ? line.integer("told", row) : row;
        const std::size_t batch_rest =
            line.has("rest") ? line.integer("rest", std::min<std::size_t>(no_trial - 1 - told.id, most_batch - 1)) : 0;
        learning_curve curve = read_curve(line);
        history_.append(told, told_when_asked, curve, batch_rest);
    }

    arch_t<Space> read_arch(const history_line& line) const {
        const std::string text = line.text("arch");
        std::optional<arch_t<Space>> arch;
        try {
            arch = history_.space().parse(text);
        } catch (const std::exception& error) {
            line.fail("arch", error.what());
        }
        if (!history_.space().contains(*arch)) line.fail("arch", "'" + text + "' is not in the space");
        return *std::move(arch);
    }

    void read_result(const history_line& line, const std::string& value_key, evaluation<Objectives>& result) const {
        if constexpr (Objectives == 1) {
            result.values[0] = line.number(value_key);
        } else {
            const std::vector<double> values = line.numbers(value_key);
            if (values.size() != Objectives)
                line.fail(value_key, "there are " + std::to_string(values.size()) + " for " +
                                         std::to_string(Objectives) + " objectives");
            std::copy(values.begin(), values.end(), result.values.begin());
        }
        if (line.has("status")) result.status = static_cast<trial_status>(line.one_of("status", status_names));
        if (result.completed() && !all_finite(result.values))
            line.fail(value_key, "a completed trial has finite values only");
        if (line.has("reason")) result.reason = line.text("reason");
        if (line.has("cost")) result.cost = line.number("cost");
        if (!(result.cost >= 0 && std::isfinite(result.cost)))
            line.fail("cost", "it must be a finite number of seconds >= 0");
        if (line.has("metrics")) result.metrics = line.numbers("metrics");
        if (line.has("metrics") && result.metrics.size() != history_.metric_names().size())
            line.fail("metrics", "there are " + std::to_string(result.metrics.size()) + ", but the header names " +
                                     std::to_string(history_.metric_names().size()));
    }

    static learning_curve read_curve(const history_line& line) {
        if (!line.has("curve")) return {};
        const json& curve = line.object("curve");
        if (curve.size() != 2 || !curve.contains("steps") || !curve.contains("values"))
            line.fail("curve", "it must have the members 'steps' and 'values'");
        learning_curve read{line.numbers("curve", curve["steps"]), line.numbers("curve", curve["values"])};
        if (read.values.size() != Objectives * read.steps.size())
            line.fail("curve", "there are " + std::to_string(read.values.size()) + " values for " +
                                   std::to_string(read.steps.size()) + " steps of " + std::to_string(Objectives) +
                                   (Objectives == 1 ? " objective" : " objectives"));
        return read;
    }

    history_lines lines_;
    history_line header_;
    nas::history<Space, Objectives> history_;
    std::unordered_set<trial_id> ids_;
};

}  // namespace detail

/// Reads a file that a history_writer wrote for a search over `space`. Throws history_error, with file:line:column, where it
/// is damaged, cut off, of another space or number of objectives, or not a history at all.
///
///     const auto past = nas::read_history("run.jsonl", space);     // one objective
///     const auto front = nas::read_history<2>("run.jsonl", space);  // two
template <std::size_t Objectives = 1, SearchSpace Space>
history<Space, Objectives> read_history(const std::filesystem::path& path, const Space& space) {
    return detail::history_reader<Space, Objectives>(detail::history_lines(path), space).read();
}

}  // namespace nas

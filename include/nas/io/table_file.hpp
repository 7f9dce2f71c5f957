// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <nas/core/options.hpp>
#include <nas/core/utf8.hpp>
#include <nas/core/version.hpp>
#include <nas/data/file_lock.hpp>
#include <nas/data/open_file.hpp>
#include <nas/data/parse_json.hpp>
#include <nas/data/replace_file.hpp>
#include <nas/io/gzip_file.hpp>
#include <nas/operators/text.hpp>
#include <nas/report/csv_writer.hpp>
#include <nas/run/tabulate.hpp>

namespace nas {

/// A table that cannot be gone on with; the sentence starts with the file.
class table_file_error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// What the columns of a table are called, and how its numbers are written.
struct table_file_options {
    std::vector<std::string> objectives = {"value"};  ///< one a value of the evaluator
    std::vector<std::string> metrics = {};            ///< the evaluator's `metric_names()`
    /// Significant digits, at most 17, of numbers that are not whole; 0: as many as give them back exactly.
    int digits = 0;
};

namespace detail {

inline std::string table_number(double value, int digits) {
    char text[32];
    char* const end = text + sizeof text;
    if (!std::isfinite(value)) return {};
    if (value == std::trunc(value) && std::abs(value) < 1e15)
        return {text, std::to_chars(text, end, static_cast<std::int64_t>(value)).ptr};
    if (digits == 0) return {text, std::to_chars(text, end, value).ptr};
    return {text, std::to_chars(text, end, value, std::chars_format::general, digits).ptr};
}

}  // namespace detail

/// Writes the rows of `tabulate` to a file of comma-separated values that nas::read_table reads, and goes on with one that was
/// interrupted.
///
///     nas::table_file file{"wine.csv.gz", space, options, {.objectives = {"accuracy"}, .metrics = trainer.metric_names()},
///                          {{"space", nas::mlp_space_to_json(space)}, {"evaluator", nas::to_text(trainer.options())}}};
///     options.first_row = file.rows();
///     nas::tabulate(space, trainer, options, pool, file);
///
/// Columns: `index` of the architecture; where the space has decisions of at most 36 choices, `code`, one base-36 digit each;
/// `arch`, its text; `repeat`; `seed`; for each fidelity each objective (`accuracy_16`, without a number where there is but full
/// fidelity); `seconds`, what the evaluation at the largest fidelity cost; the metrics; `reason`, empty but for a row that
/// is not completed, whose values are empty. Whole numbers are written in full.
///
/// `PATH.json` says what made the table: `recipe`, seed, repeats, fidelities, columns, digits and the library's version. While
/// the table is not complete its rows are in `PATH.part`, each there as soon as those before it are; the last row turns that
/// into PATH, compressed where its name ends with .gz; a loss of power leaves either.
template <class Space, std::size_t Objectives = 1>
class table_file {
    using json = nlohmann::ordered_json;

  public:
    using row_type = tabulated<arch_t<Space>, Objectives>;

    /// Begins a table, or opens one. `recipe`, a JSON object, is all that the values depend on beside `options`; its members
    /// `about` and `date` are for people, and may change. Throws std::invalid_argument where an option is impossible;
    /// table_file_error where a file is not one of a table, or is of a table that was made in another way, and names the
    /// first difference, where one cannot be read or written, and where another process or object is writing the table, and
    /// says who: until this object goes or the table is complete, nobody else can.
    table_file(std::filesystem::path path, Space space, const tabulate_options& options, table_file_options columns,
               const json& recipe)
        : path_(std::move(path)),
          space_(std::move(space)),
          options_(options),
          columns_(std::move(columns)),
          total_(tabulated_rows(space_, options_)) {
        if (columns_.objectives.size() != Objectives)
            throw std::invalid_argument("nas::table_file: there must be " + std::to_string(Objectives) +
                                        " names of objectives, not " + std::to_string(columns_.objectives.size()));
        std::vector<std::string> names = column_names();
        std::sort(names.begin(), names.end());
        if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
            throw std::invalid_argument("nas::table_file: there would be two columns '" + *twice + "'");
        for (const std::string& name : names)
            if (!detail::is_utf8(name))
                throw std::invalid_argument("nas::table_file: the column '" + detail::valid_utf8(name) +
                                            "' must have a name in UTF-8");
        if (columns_.digits < 0 || columns_.digits > 17)
            throw std::invalid_argument("nas::table_file: digits (" + std::to_string(columns_.digits) +
                                        ") must be in [0, 17]");
        if (compressed() && !detail::has_zlib)
            fail(path_, "this program was built without zlib; choose a name that does not end with .gz");
        // What people say of it may hold anything, and is not compared.
        const std::string facts = all_facts(recipe).dump(2, ' ', false, json::error_handler_t::replace) + '\n';
        detail::with_error<table_file_error>([&] { open(facts); });
    }

    /// How many rows are there, `total()` where the table is complete.
    std::uint64_t rows() const noexcept { return rows_; }
    std::uint64_t total() const noexcept { return total_; }
    /// Whether an interrupted line was dropped when the file was opened.
    bool dropped_line() const noexcept { return dropped_line_; }

    /// Appends row number `rows()`; the last one completes the table. Throws std::logic_error where it is another row, or one
    /// of another table; table_file_error where it cannot be written: then what is there stays, and a new object goes on.
    void operator()(const row_type& row) {
        if (row.number != rows_ || rows_ == total_)
            throw std::logic_error("nas::table_file: row " + std::to_string(row.number) + " where row " +
                                   std::to_string(rows_) + " of " + std::to_string(total_) + " was expected");
        if (row.values.size() != std::max<std::size_t>(options_.fidelities.size(), 1) ||
            row.seed != tabulated_seed(options_.seed, row.index, row.repeat))
            throw std::logic_error("nas::table_file: the row was made with other options than the table's");
        csv_writer line;
        begin_line(line, row.number, row.arch);
        const auto add = [&](double value) { line.add(detail::table_number(value, columns_.digits)); };
        for (const auto& values : row.values)
            for (const double value : values) add(value);
        add(row.result.cost);
        if (!row.result.metrics.empty() && row.result.metrics.size() != columns_.metrics.size())
            throw std::logic_error("nas::table_file: the evaluation has " + std::to_string(row.result.metrics.size()) +
                                   " metrics, but the table " + std::to_string(columns_.metrics.size()));
        for (std::size_t i = 0; i < columns_.metrics.size(); ++i)
            add(row.result.metrics.empty() ? std::numeric_limits<double>::quiet_NaN() : row.result.metrics[i]);
        line.add(reason_of(row.result)).end_row();
        detail::with_error<table_file_error>([&] {
            out_.append(line.text());
            if (++rows_ == total_) complete_table();
        });
    }

  private:
    [[noreturn]] static void fail(const std::filesystem::path& file, const std::string& what) {
        throw table_file_error(file.string() + ": " + what);
    }

    std::filesystem::path with(const char* end) const {
        std::filesystem::path name = path_;
        return name += end;
    }
    std::filesystem::path part() const { return with(".part"); }
    std::filesystem::path meta() const { return with(".json"); }
    bool compressed() const { return path_.extension() == ".gz"; }

    // ---- what made it

    json all_facts(const json& recipe) const {
        json facts = {{"nas_table", 1}, {"nas", std::string(version)}};
        if (!recipe.is_null() && !recipe.is_object())
            throw std::invalid_argument("nas::table_file: the recipe must be a JSON object");
        if (recipe.is_object()) facts.update(recipe);
        facts.update(json{{"seed", options_.seed},
                          {"repeats", options_.repeats},
                          {"fidelities", options_.fidelities},
                          {"digits", columns_.digits},
                          {"columns", column_names()},
                          {"rows", total_}});
        return facts;
    }

    // `facts` as text. Throws file_error too.
    void open(const std::string& facts) {
        lock_ = detail::file_lock(path_);  // before anything is looked at
        for (const std::filesystem::path& file : {path_, part(), meta()}) detail::check_file(file, "written");
        const bool complete = std::filesystem::exists(path_);
        const bool begun = std::filesystem::exists(part());
        const std::string before = check_facts(facts, complete || begun);
        if (complete) {
            std::filesystem::remove(part());
            rows_ = total_;
            lock_ = {};
            return;
        }
        if (facts != before) detail::replace_file(meta(), facts);
        if (begun) open_part();
        out_ = detail::open_file::to_append(part());
        if (std::filesystem::file_size(part()) == 0) out_.append(header());
        if (rows_ == total_) complete_table();
    }

    // Returns the text that is there.
    std::string check_facts(const std::string& now, bool there) const {
        if (!std::filesystem::exists(meta())) {
            if (there) fail(meta(), "the file is missing that says how the table was made");
            return {};
        }
        std::string text = detail::read_whole_file(meta());
        nlohmann::json before;
        try {
            before = detail::parse_json(text);
        } catch (const detail::json_error&) {  // the sentence below
        }
        if (!before.is_object() || !before.contains("nas_table"))
            fail(meta(), "the file exists, but does not describe a table");
        if (there)
            compare(before, detail::parse_json(now),
                    nlohmann::json::json_pointer());  // else it ended before it had begun
        return text;
    }

    // Unlike ordered_json, json compares objects by their members, in whatever order they stand.
    void compare(const nlohmann::json& before, const nlohmann::json& now,
                 const nlohmann::json::json_pointer& at) const {
        const auto text = [](const nlohmann::json& facts, const std::string& key) {
            return facts.contains(key) ? facts[key].dump() : std::string("absent");
        };
        nlohmann::json keys = before;
        keys.update(now);
        for (const auto& [key, value] : keys.items()) {
            if (at.empty() && (key == "about" || key == "date")) continue;
            if (before.contains(key) && now.contains(key) && before[key].is_object() && value.is_object()) {
                compare(before[key], value, at / key);
            } else if (text(before, key) != text(now, key)) {
                fail(meta(), "the table was begun with another " + (at / key).to_string() + ", " + text(before, key) +
                                 " and not " + text(now, key));
            }
        }
    }

    // ---- lines

    bool has_code() const {
        if constexpr (DecisionSpace<Space>) {
            for (std::size_t i = 0; i < space_.decisions(); ++i)
                if (space_.cardinality(i) > 36) return false;
            return space_.decisions() > 0;
        } else {
            return false;
        }
    }

    std::vector<std::string> column_names() const {
        std::vector<std::string> names{"index"};
        if (has_code()) names.push_back("code");
        names.insert(names.end(), {"arch", "repeat", "seed"});
        for (const std::string& objective : columns_.objectives)
            if (options_.fidelities.empty()) names.push_back(objective);
        for (const double fidelity : options_.fidelities)
            for (const std::string& objective : columns_.objectives)
                names.push_back(objective + '_' + detail::option_text(fidelity));
        names.push_back("seconds");
        names.insert(names.end(), columns_.metrics.begin(), columns_.metrics.end());
        names.push_back("reason");
        return names;
    }

    std::string header() const {
        csv_writer line;
        for (const std::string& name : column_names()) line.add(name);
        line.end_row();
        return line.text();
    }

    // What a line begins with, whatever the evaluator says.
    void begin_line(csv_writer& line, std::uint64_t number, const arch_t<Space>& arch) const {
        const std::uint64_t index = number / options_.repeats;
        const auto repeat = static_cast<std::size_t>(number % options_.repeats);
        line.add(index);
        if constexpr (DecisionSpace<Space>) {
            if (has_code()) {
                const auto& genotype = space_.genotype(arch);
                std::string code;
                for (std::size_t i = 0; i < space_.decisions(); ++i) code += detail::base36_digit(genotype[i]);
                line.add(code);
            }
        }
        line.add(std::string(space_.describe(arch))).add(repeat).add(tabulated_seed(options_.seed, index, repeat));
    }

    static std::string reason_of(const evaluation<Objectives>& result) {
        if (result.completed()) return {};
        constexpr std::array<std::string_view, 4> names = {"completed", "pruned", "infeasible", "failed"};
        std::string text(names[static_cast<std::size_t>(result.status)]);
        if (!result.reason.empty()) text += ": " + result.reason;
        for (char& c : text)
            if (static_cast<unsigned char>(c) < ' ') c = ' ';
        return text;
    }

    // ---- the unfinished table

    void open_part() {
        const std::string text = detail::read_whole_file(part());
        std::size_t at = 0;
        // Whether a line is there that begins with `start`; an interrupted one is not.
        const auto pass = [&](const std::string& start, const std::string& what) {
            const std::string_view rest = std::string_view(text).substr(at);
            const bool fits = rest.starts_with(start);
            if (!fits && !start.starts_with(rest) && rest.find('\n') != std::string_view::npos)
                fail(part(), "there is something else where the table has its " + what);
            const std::size_t end = fits ? rest.find('\n', start.size() - 1) : std::string_view::npos;
            if (end == std::string_view::npos) return false;
            at += end + 1;
            return true;
        };
        if (pass(header(), "header")) {
            for (; rows_ < total_; ++rows_) {
                csv_writer line;
                begin_line(line, rows_, space_.at(rows_ / options_.repeats));
                if (!pass(line.text() + ',', "row " + std::to_string(rows_))) break;
            }
            if (rows_ == total_ && at < text.size()) fail(part(), "there is more than the table's last row");
        }
        dropped_line_ = at < text.size();
        if (dropped_line_) std::filesystem::resize_file(part(), at);
    }

    void complete_table() {
        out_.sync();
        out_ = {};
        if (compressed()) {
            detail::gzip_file(part(), path_);
            std::filesystem::remove(part());
        } else {
            detail::put_in_place(part(), path_, path_);
        }
        lock_ = {};
    }

    std::filesystem::path path_;
    Space space_;
    tabulate_options options_;
    table_file_options columns_;
    std::uint64_t total_;
    std::uint64_t rows_ = 0;
    bool dropped_line_ = false;
    detail::file_lock lock_;
    detail::open_file out_;
};

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The rules of CONTRIBUTING.md that no compiler checks, by name. Exceptions are in exceptions.csv, each with its reason.
namespace nas::tests {

/// A file that breaks a rule: where, what is wrong there and what to do.
struct breach {
    std::string rule;
    std::string where;
    std::string what;
};

inline constexpr std::array rule_names{"folders", "light-includes", "forbidden-calls", "mirror",
                                       "spdx",    "line-budget",    "no-local-paths",  "exceptions"};

class rule_checker {
  public:
    /// `root`: the folder that holds include/ and tests/.
    explicit rule_checker(std::filesystem::path root) : root_(std::move(root)) {}

    std::vector<breach> run() && {
        read_exceptions();
        for (const std::string& file : files()) {
            const std::string text = read(root_ / file);
            const std::vector<std::string_view> lines = split(text, '\n');
            if (!file.ends_with(".md")) check_spdx(file, lines);
            check_paths(file, lines);
            if (header_of(file).empty()) continue;
            ++headers_;
            check_length(file, lines.size());
            check_mirror(file);
            check_lines(file, lines);
        }
        if (headers_ == 0) report("folders", "include", "holds no header: is this the root of the repository?");
        for (const exception& listed : exceptions_)
            if (!listed.used)
                report("exceptions", listed.where, "is not needed any more, or names no header: remove this line");
        return std::move(breaches_);
    }

  private:
    static constexpr std::size_t usual_lines = 250;
    static constexpr std::string_view table = "tests/project/exceptions.csv";

    // A folder may include its own level and those before it.
    static constexpr std::array<std::pair<std::string_view, int>, 16> levels{{{"core", 0},
                                                                              {"operators", 1},
                                                                              {"spaces", 2},
                                                                              {"networks", 3},
                                                                              {"policies", 4},
                                                                              {"predictors", 4},
                                                                              {"searchers", 5},
                                                                              {"rewards", 6},
                                                                              {"data", 6},
                                                                              {"evaluators", 6},
                                                                              {"run", 7},
                                                                              {"io", 8},
                                                                              {"report", 8},
                                                                              {"testing", 9},
                                                                              {"torch", 10},
                                                                              {"cuda", 10}}};
    static constexpr int no_level = -1;
    static constexpr int top_level = 10;  // files directly in nas/

    // What costs a user seconds a file or a library to link, and from which folder on it may be included. What ends in a
    // slash is a folder.
    struct heavy_header {
        std::string_view name;
        std::string_view first_folder;
    };
    static constexpr std::array<heavy_header, 21> heavy{
        {{"boost/hana", "spaces"},    {"Eigen/", "networks"},       {"iostream", "networks"},
         {"ranges", "networks"},      {"thread", "rewards"},        {"mutex", "rewards"},
         {"shared_mutex", "rewards"}, {"future", "rewards"},        {"condition_variable", "rewards"},
         {"semaphore", "rewards"},    {"latch", "rewards"},         {"barrier", "rewards"},
         {"stop_token", "rewards"},   {"boost/process", "rewards"}, {"boost/filesystem", "rewards"},
         {"zlib.h", "rewards"},       {"boost/asio", "run"},        {"nlohmann/", "rewards"},
         {"torch/", "torch"},         {"ATen/", "torch"},           {"c10/", "torch"}}};

    struct exception {
        std::string rule;
        std::string header;
        std::string value;
        std::string where;
        bool used = false;
    };

    static std::string read(const std::filesystem::path& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    static std::vector<std::string_view> split(std::string_view text, char at) {
        std::vector<std::string_view> parts;
        while (!text.empty()) {
            const std::size_t end = std::min(text.find(at), text.size());
            parts.push_back(text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        return parts;
    }

    static int level_of(std::string_view folder) {
        for (const auto& [name, level] : levels)
            if (name == folder) return level;
        return no_level;
    }

    // "core" of "nas/core/rng.hpp", nothing of "nas/nas.hpp".
    static std::string_view folder_of(std::string_view header) {
        const std::vector<std::string_view> parts = split(header, '/');
        return parts.size() > 2 ? parts[1] : std::string_view();
    }

    // `nas/core/rng.hpp` of include/nas/core/rng.hpp, and of a backend's; nothing of what is no header of the library.
    static std::string_view header_of(std::string_view file) {
        for (const std::string_view root : {"include/", "backends/torch/include/", "backends/cuda/include/"})
            if (file.starts_with(root)) return file.substr(root.size());
        return {};
    }

    static bool in_word(char letter) { return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_'; }

    void report(std::string_view rule, std::string where, std::string what) {
        breaches_.push_back({std::string(rule), std::move(where), std::move(what)});
    }
    static std::string line_of(const std::string& file, std::size_t line) {
        return file + ":" + std::to_string(line + 1);
    }

    /// Those of the project's own folders, by their paths from the root.
    std::vector<std::string> files() const {
        std::vector<std::string> all;
        const auto add = [&](const std::filesystem::path& path) {
            const std::string name = path.filename().string();
            const std::string ending = path.extension().string();
            const std::string file = path.lexically_relative(root_).generic_string();
            const bool script = file.starts_with("scripts/") || file.starts_with(".ci/");
            if (script || name == "CMakeLists.txt" || ending == ".hpp" || ending == ".cpp" || ending == ".cmake" ||
                ending == ".cu" || ending == ".py" || ending == ".md")
                all.push_back(file);
        };
        for (const char* folder :
             {"include", "backends", "tests", "examples", "benchmarks", "tools", "cmake", "scripts", ".ci"}) {
            if (!std::filesystem::exists(root_ / folder)) continue;
            for (const auto& entry : std::filesystem::recursive_directory_iterator(root_ / folder))
                if (entry.is_regular_file()) add(entry.path());
        }
        for (const auto& entry : std::filesystem::directory_iterator(root_))
            if (entry.is_regular_file()) add(entry.path());
        std::sort(all.begin(), all.end());
        return all;
    }

    // rule,header,value,reason
    void read_exceptions() {
        const std::string text = read(root_ / table);
        const std::vector<std::string_view> lines = split(text, '\n');
        for (std::size_t i = 1; i < lines.size(); ++i) {
            const std::vector<std::string_view> fields = split(lines[i], ',');
            const std::string where = line_of(std::string(table), i);
            if (fields.size() < 4 || fields[3].find_first_not_of(' ') == std::string_view::npos) {
                report("exceptions", where, "has no reason: write rule,header,value,reason");
                continue;
            }
            exceptions_.push_back({std::string(fields[0]), std::string(fields[1]), std::string(fields[2]), where});
        }
    }

    // The value that exceptions.csv gives for this file, or nothing.
    std::string exception_for(std::string_view rule, const std::string& file) {
        for (exception& listed : exceptions_)
            if (listed.rule == rule && listed.header == header_of(file)) {
                listed.used = true;
                return listed.value;
            }
        return "";
    }

    void check_spdx(const std::string& file, std::span<const std::string_view> lines) {
        for (const std::string_view line : lines.first(std::min<std::size_t>(2, lines.size())))
            if (line.ends_with("SPDX-License-Identifier: Apache-2.0")) return;
        report("spdx", file, "must begin with its licence: SPDX-License-Identifier: Apache-2.0");
    }

    void check_paths(const std::string& file, std::span<const std::string_view> lines) {
        for (std::size_t i = 0; i < lines.size(); ++i)
            // In two parts, or this file would break the rule.
            for (const std::string_view local : {"/home"
                                                 "/",
                                                 "/Users"
                                                 "/",
                                                 "/root"
                                                 "/",
                                                 "/work"
                                                 "/"})
                if (const std::size_t at = lines[i].find(local);
                    at != std::string_view::npos && (at == 0 || !in_word(lines[i][at - 1])))
                    report("no-local-paths", line_of(file, i),
                           "names '" + std::string(local) +
                               "', which other machines do not have: take an argument or a variable");
    }

    void check_length(const std::string& file, std::size_t lines) {
        std::size_t budget = usual_lines;
        if (lines > usual_lines) {
            const std::string listed = exception_for("line-budget", file);
            std::from_chars(listed.data(), listed.data() + listed.size(), budget);
        }
        if (lines > budget)
            report("line-budget", file,
                   "has " + std::to_string(lines) + " lines of " + std::to_string(budget) +
                       ": move a piece to a file of its own, or give the reason in " + std::string(table));
    }

    // include/nas/core/rng.hpp is tested by tests/core/rng.cpp or tests/core/rng_*.cpp; a piece of one class, as
    // include/nas/policies/lstm_policy/plan.hpp, through its class.
    void check_mirror(const std::string& file) {
        const std::string_view header = header_of(file);
        const std::string root(file, 0, file.size() - header.size());
        const std::vector<std::string_view> parts = split(header.substr(std::string_view("nas/").size()), '/');
        if (parts.size() < 2 || level_of(parts[0]) == no_level) return;
        const std::string folder(parts[0]);
        if (parts.size() > 2) {
            const std::string whole = root + "nas/" + folder + "/" + std::string(parts[1]) + ".hpp";
            if (!std::filesystem::exists(root_ / whole))
                report("mirror", file, "lies in the folder of a class that is not there: " + whole);
            return;
        }
        const std::string name(parts[1].substr(0, parts[1].rfind('.')));
        if (std::filesystem::exists(root_ / "tests" / folder))
            for (const auto& entry : std::filesystem::directory_iterator(root_ / "tests" / folder)) {
                const std::string test = entry.path().stem().string();
                if (entry.path().extension() == ".cpp" && (test == name || test.starts_with(name + "_"))) return;
            }
        const std::string listed = exception_for("mirror", file);
        if (listed.empty())
            report("mirror", file,
                   "has no test: write tests/" + folder + "/" + name + ".cpp, or name in " + std::string(table) +
                       " the test that shows its faults");
        else if (!std::filesystem::exists(root_ / "tests" / listed))
            report("mirror", file, "is said to be tested by tests/" + listed + ", which is not there");
    }

    void check_lines(const std::string& file, std::span<const std::string_view> lines) {
        const std::string_view folder = folder_of(header_of(file));
        const int level = folder.empty() ? top_level : level_of(folder);
        if (level == no_level)
            return report(
                "folders", file,
                "'" + std::string(folder) + "' is no folder of the library: see the order in CONTRIBUTING.md");
        for (std::size_t i = 0; i < lines.size(); ++i) {
            const std::string_view code = lines[i].substr(0, lines[i].find("//"));  // comments may name anything
            const std::size_t hash = code.find_first_not_of(" \t");
            const bool include = hash != std::string_view::npos && code[hash] == '#' &&
                                 code.find("include") == code.find_first_not_of(" \t", hash + 1);
            if (include)
                check_include(line_of(file, i), folder, level, code);
            else
                check_calls(line_of(file, i), code);
        }
    }

    void check_include(std::string where, std::string_view folder, int level, std::string_view code) {
        const std::string here = folder.empty() ? "a header of all" : "'" + std::string(folder) + "'";
        const std::size_t open = code.find_first_of("<\"");
        if (open == std::string_view::npos) return;
        const std::string name(code.substr(open + 1, code.find_first_of(">\"", open + 1) - open - 1));
        if (code[open] == '"')
            return report("folders", where,
                          "write #include <...> with the full path from include/, not \"" + name + "\"");
        if (name.starts_with("nas/")) {
            const std::string_view other = folder_of(name);
            const int other_level = other.empty() ? top_level : level_of(other);
            if (other_level == no_level || other_level > level)
                report("folders", where,
                       here + " may not include <" + name +
                           ">: includes point to the left only; move what both need to the left, or this to the right");
            return;
        }
        for (const heavy_header& rule : heavy) {
            const bool inside =
                name == rule.name ||
                name.starts_with(rule.name.ends_with('/') ? std::string(rule.name) : std::string(rule.name) + "/") ||
                (rule.name.starts_with("boost/") && name == std::string(rule.name) + ".hpp");
            if (inside && level < level_of(rule.first_folder))
                return report("light-includes", where,
                              here + " may not include <" + name + ">, which costs every user of it: it begins at '" +
                                  std::string(rule.first_folder) + "'");
        }
        if (folder == "core" && name.starts_with("boost/") && !name.starts_with("boost/random/") &&
            !name.starts_with("boost/container/"))
            report("light-includes", where,
                   "of Boost, core includes single headers of Random and Container only, not <" + name + ">");
    }

    void check_calls(std::string where, std::string_view code) {
        for (std::size_t at = 0; at < code.size();) {
            if (!in_word(code[at])) {
                ++at;
                continue;
            }
            const std::size_t end =
                std::find_if_not(code.begin() + static_cast<std::ptrdiff_t>(at), code.end(), in_word) - code.begin();
            const std::string_view word = code.substr(at, end - at);
            const std::string_view before = code.substr(0, at);
            const std::size_t next = code.find_first_not_of(" \t", end);
            const bool standard = before.ends_with("std::") || before.ends_with("std::ranges::");
            const bool free = !before.ends_with("::") && !before.ends_with(".") && !before.ends_with("->");
            const bool called = next != std::string_view::npos && code[next] == '(';
            const bool forbidden = word == "random_device" || word == "thread_local" ||
                                   (standard && (word == "shuffle" || word.ends_with("_distribution"))) ||
                                   ((word == "rand" || word == "srand") && called && (standard || free));
            if (forbidden)
                report(
                    "forbidden-calls", where,
                    "uses '" + std::string(word) +
                        "', which a reproducible search cannot: draw from the generator that is given (core/draws.hpp)");
            at = end;
        }
    }

    std::filesystem::path root_;
    std::vector<exception> exceptions_;
    std::vector<breach> breaches_;
    std::size_t headers_ = 0;
};

/// What in this repository breaks a rule.
inline std::vector<breach> breaches(const std::filesystem::path& root) { return rule_checker(root).run(); }

/// One line a breach, `rule: where: what to do`.
inline std::string lines(std::span<const breach> all) {
    std::string text;
    for (const breach& one : all) text += one.rule + ": " + one.where + ": " + one.what + "\n";
    return text;
}

}  // namespace nas::tests

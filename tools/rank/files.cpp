// SPDX-License-Identifier: Apache-2.0
#include "files.hpp"

#include <glob.h>

#include <algorithm>
#include <system_error>

#include "arguments.hpp"

namespace rank {

namespace {

/// In the order of bytes, whatever the locale; none where nothing matches.
std::vector<std::string> matches(const std::string& pattern) {
    ::glob_t found{};
    std::vector<std::string> names;
    if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0)
        names.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

std::vector<std::filesystem::path> find_files(const std::vector<std::string>& names) {
    std::vector<std::filesystem::path> files;
    const auto add = [&](const std::string& name) {
        for (const std::filesystem::path& file : files)
            if (tools::same_file(file, name)) return;
        files.emplace_back(name);
    };
    for (const std::string& name : names) {
        std::error_code unknown;
        if (std::filesystem::exists(name, unknown)) {
            add(name);
            continue;
        }
        const bool pattern = name.find_first_of("*?[") != name.npos;
        const std::vector<std::string> found = pattern ? matches(name) : std::vector<std::string>();
        if (found.empty())
            throw tools::usage_error((pattern ? "no file matches '" : "there is no file '") + name +
                                     "'; a progressive search writes train_history.csv, and nas_score scores_2.csv and "
                                     "so on");
        for (const std::string& each : found) add(each);
    }
    std::stable_partition(files.begin(), files.end(),
                          [](const std::filesystem::path& file) { return file.filename() == "train_history.csv"; });
    return files;
}

}  // namespace rank

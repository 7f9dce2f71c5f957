// SPDX-License-Identifier: Apache-2.0

// nas_tabulate: a whole space, evaluated once for all. README.md says how to use it and what it writes.

#include <algorithm>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>

#include <nas/io/read_json.hpp>
#include <nas/run/interrupt.hpp>

#include "make_table.hpp"
#include "options.hpp"

namespace tabulate {

json compiler_facts() {
#ifdef __clang__
    const std::string compiler = __VERSION__;
#else
    const std::string compiler = "g++ " __VERSION__;
#endif
    return {{"compiler", compiler}, {"flags", NAS_FLAGS}};
}

json read_space(const std::filesystem::path& path) {
    json all = nas::read_json(path);
    if (!all.is_object() || !all.contains("nas_table") || !all.contains("space")) return all;
    return json(std::move(all["space"]));
}

}  // namespace tabulate

int main(int argc, char** argv) {
    constexpr int wrong_usage = 2;
    constexpr int interrupted = 130;  // what a shell gives for SIGINT
    try {
        const auto options = tabulate::parse_command_line(argc, argv);
        const nas::interrupt ctrl_c;
        const bool complete = !options                    ? true
                              : !options->mlp.empty()     ? tabulate::tabulate_mlps(*options)
                              : !options->command.empty() ? tabulate::tabulate_command(*options)
                                                          : tabulate::tabulate_landscape(*options);
        if (!std::cout.flush()) throw tabulate::usage_error("standard output cannot be written; is the disk full?");
        return complete ? 0 : interrupted;
    } catch (const std::exception& error) {
        std::string line = error.what();
        std::replace(line.begin(), line.end(), '\n', ' ');
        std::cerr << "nas_tabulate: " << line << '\n';
        return wrong_usage;
    }
}

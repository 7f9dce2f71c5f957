// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

/// What the command lines of the tools have in common.
namespace tools {

/// What the user got wrong, in one sentence: exit code 2.
struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Checks for CLI11, which wants to be told what is wrong, or nothing.
inline auto whole(std::uint64_t low, std::uint64_t high) {
    return [=](const std::string& text) {
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool good = error == std::errc{} && end == text.data() + text.size() && value >= low && value <= high;
        return good ? std::string()
                    : "('" + text + "') must be a whole number in [" + std::to_string(low) + ", " +
                          std::to_string(high) + ']';
    };
}
/// CLI11 takes `--save --model x` for a value and a stray.
inline std::string is_value(const std::string& text) {
    return text.starts_with("--") ? "a value is missing before '" + text + '\'' : std::string();
}

/// An option with one value; a later one replaces an earlier one, so that scripts can be given more arguments.
template <class Value>
CLI::Option* add_option(CLI::App& app, const std::string& group, const char* name, Value& value, const char* type,
                        const char* text) {
    return app.add_option(name, value, text)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
        ->check(is_value)
        ->type_name(type)
        ->group(group);
}

/// False where the user asked for help, which was printed. Throws usage_error. `arguments` without the program's name.
inline bool parse(CLI::App& app, std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    try {
        app.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help();
        return false;
    } catch (const CLI::ExtrasError&) {
        throw usage_error("unknown argument '" + app.remaining().front() + "'; --help lists the options");
    } catch (const CLI::ParseError& error) {
        throw usage_error(std::string(error.what()) + "; --help lists the options");
    }
    return true;
}

/// Whether they name one file that is there, by whatever paths.
inline bool same_file(const std::filesystem::path& one, const std::filesystem::path& other) {
    std::error_code none;
    return std::filesystem::equivalent(one, other, none);
}

/// What main returns: 0, or 2 after one sentence that says what is wrong.
template <class Work>
int run(std::string_view program, Work&& work) {
    constexpr int wrong = 2;
    try {
        work();
        if (!std::cout.flush()) throw usage_error("standard output cannot be written; is the disk full?");
        return 0;
    } catch (const std::exception& error) {
        std::string line = error.what();
        std::replace(line.begin(), line.end(), '\n', ' ');
        std::cerr << program << ": " << line << '\n';
        return wrong;
    }
}

}  // namespace tools

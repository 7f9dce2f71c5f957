// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <nas/evaluators/process.hpp>

#include "support/temporary_folder.hpp"

/// Runs a tool as a user does, on files that are written here.
namespace nas::tests {

using texts = std::vector<std::string>;

struct tool_folder : support::temporary_folder {
    std::string operator/(const std::string& name) const { return (path() / name).string(); }
    std::string write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((path() / name).parent_path());
        std::ofstream(path() / name, std::ios::binary) << text;
        return *this / name;
    }
    std::string read(const std::string& name) const { return support::content(path() / name); }
    bool has(const std::string& name) const { return std::filesystem::exists(path() / name); }
};

class tool {
  public:
    tool(std::string name, std::string program) : name_(std::move(name)), program_(std::move(program)) {}

    process_result run(const texts& arguments) const {
        texts all{program_};
        all.insert(all.end(), arguments.begin(), arguments.end());
        return run_process(all, {}, {.timeout = 120});
    }
    /// What it prints.
    std::string output(const texts& arguments) const {
        const process_result result = run(arguments);
        CHECK(result.error == "");
        REQUIRE(result.code == 0);
        return result.output;
    }
    void refuses(const texts& arguments, const std::string& sentence) const {
        CAPTURE(sentence);
        const process_result result = run(arguments);
        CHECK(result.code == 2);
        CHECK(result.error == name_ + ": " + sentence + "\n");
    }

  private:
    std::string name_;
    std::string program_;
};

}  // namespace nas::tests

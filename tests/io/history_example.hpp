// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <unistd.h>

#include <nas/core/context.hpp>
#include <nas/core/trial.hpp>
#include <nas/spaces/choice_space.hpp>

/// A file and a search that fills every column of a history, for the tests of history files.
namespace nas::tests {

using space_type = nas::choice_space<6>;
using arch_type = space_type::arch_type;

// A file name of this process's own; what is there is removed before and after.
class scratch_file {
  public:
    scratch_file()
        : path_(std::filesystem::temp_directory_path() / ("nas_history_" + std::to_string(getpid()) + ".jsonl")) {
        std::filesystem::remove(path_);
    }
    ~scratch_file() {
        std::error_code none;
        std::filesystem::remove(path_, none);
    }
    scratch_file(const scratch_file&) = delete;
    scratch_file& operator=(const scratch_file&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::string name() const { return path_.string(); }
    std::string text() const {
        std::ifstream in(path_, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void write(const std::string& text) const { std::ofstream(path_, std::ios::binary) << text; }

  private:
    std::filesystem::path path_;
};

inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

// Proposes by a script and hears nothing: parents and fidelities as a searcher of several fidelities would set them.
class scripted {
  public:
    using space_type = nas::tests::space_type;
    const space_type& space() const { return space_; }
    std::optional<nas::proposal<arch_type>> ask(const nas::ask_view<arch_type>& view, nas::rng& random) const {
        nas::proposal<arch_type> next(space_.sample(random));
        if (view.id % 3 == 1) next.parent = view.id - 1;
        if (view.id % 4 == 2) next.fidelity = 0.1 * view.id;
        return next;
    }
    template <std::size_t Objectives>
    void tell(const nas::trial<arch_type, Objectives>&, nas::rng&) {}

  private:
    space_type space_{5};
};

// Fills every column that a history has.
template <std::size_t Objectives>
struct talkative {
    nas::evaluation<Objectives> operator()(const arch_type& arch, const nas::context& about) const {
        using result = nas::evaluation<Objectives>;
        std::array<double, Objectives> values{};
        for (std::size_t i = 0; i < Objectives; ++i)
            values[i] = (arch[i] + 0.1) / 3 * std::pow(10.0, 40.0 * about.id() - 250);
        if (about.id() == 1) throw std::runtime_error("a \"quoted\" reason,\nof two lines: \xc3\xa4");
        if (about.id() == 2) return result::infeasible("too large", 1.5);
        for (int step = 1; step <= 3; ++step) about.report(step / 3.0, values);
        if (about.id() == 3) return result::pruned(values, "worse than the median", 1e-300);
        if (about.id() == 4) values[0] = -0.0;
        if (about.id() == 5) values[0] = -std::numeric_limits<double>::infinity();
        result all(values, about.id() / 7.0);
        if (about.id() % 2 == 0) all.metrics = {1.0 / 3, std::numeric_limits<double>::quiet_NaN()};
        return all;
    }
    std::vector<std::string> metric_names() const { return {"accuracy", "f\"1"}; }
};

}  // namespace nas::tests

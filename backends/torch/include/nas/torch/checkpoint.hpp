// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <torch/torch.h>
#include <nlohmann/json.hpp>

#include <nas/core/space.hpp>
#include <nas/core/version.hpp>
#include <nas/data/checked_file.hpp>
#include <nas/data/parse_json.hpp>
#include <nas/io/history_format.hpp>
#include <nas/networks/network_plan.hpp>
#include <nas/torch/plan_module.hpp>

/// A trained network in a file: a line of JSON, the weights and then the statistics of batch normalisation as 32-bit floats, and a
/// CRC-32 of all before it; binary numbers little-endian.
///
/// The line: `nas_checkpoint` (the version of this format: 1), `nas` (the version of the library that wrote it), `architecture` (as
/// its space describes it), `space` (as a history's first line has it), `plan` (network_plan::describe: all nodes and their shapes),
/// `weights` and `statistics` (how many).
namespace nas {

/// A checkpoint that cannot be read or written, is damaged, or is of another space or network. The sentence starts with its name.
class checkpoint_error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// What a checkpoint holds.
struct checkpoint {
    std::string architecture;
    std::string space;  ///< JSON: its class, table of decisions and rules
    std::string plan;
    std::vector<float> weights;     ///< as plan_module::weights
    std::vector<float> statistics;  ///< as plan_module::statistics

    friend bool operator==(const checkpoint&, const checkpoint&) = default;
};

namespace detail {

inline constexpr checked_format checkpoint_format{"nas_checkpoint", "checkpoint of a network"};

inline std::string checkpoint_text(const checkpoint& saved) {
    const json header = {{"nas_checkpoint", 1},
                         {"nas", version},
                         {"architecture", saved.architecture},
                         {"space", parse_json<json>(saved.space)},
                         {"plan", saved.plan},
                         {"weights", saved.weights.size()},
                         {"statistics", saved.statistics.size()}};
    std::string text = header.dump(-1, ' ', false, json::error_handler_t::replace);
    text.reserve(text.size() + 4 * (saved.weights.size() + saved.statistics.size()) + 5);
    text += '\n';
    for (const std::vector<float>* const numbers : {&saved.weights, &saved.statistics})
        for (const float number : *numbers) append_little_endian(text, std::bit_cast<std::uint32_t>(number));
    seal(text);
    return text;
}

/// `file` is the file's name, for messages.
inline checkpoint parse_checkpoint(std::string_view text, const std::string& file) {
    const checked_content content = open_checked<checkpoint_error>(text, checkpoint_format, file);
    checkpoint saved;
    std::size_t weights = 0;
    std::size_t statistics = 0;
    const auto wrong = [&file](const std::string& what) {
        return checkpoint_error(file + ": the first line is wrong: " + what);
    };
    try {
        const auto header = parse_json<json>(content.header);
        saved.architecture = header.at("architecture").get<std::string>();
        saved.space = header.at("space").dump(-1, ' ', false, json::error_handler_t::replace);
        saved.plan = header.at("plan").get<std::string>();
        const auto count = [&](const char* name) {
            const json& number = header.at(name);
            if (!number.is_number_unsigned())
                throw wrong(std::string(name) + " (" + number.dump(-1, ' ', false, json::error_handler_t::replace) +
                            ") must be a number of numbers");
            return number.get<std::size_t>();
        };
        weights = count("weights");
        statistics = count("statistics");
    } catch (const json_error& error) {
        throw wrong(error.what());
    } catch (const json::exception& error) {
        throw wrong(error.what());
    }
    std::string_view bytes = content.numbers;
    const std::size_t numbers = bytes.size() / 4;
    if (bytes.size() % 4 != 0 || weights > numbers || statistics != numbers - weights)
        throw checkpoint_error(file + ": there are " + std::to_string(bytes.size()) +
                               " bytes of numbers, not those of " + std::to_string(weights) + " weights and " +
                               std::to_string(statistics) + " statistics");
    const auto take = [&bytes](std::size_t count, std::vector<float>& to) {
        to.resize(count);
        for (float& number : to) {
            number = std::bit_cast<float>(little_endian<std::uint32_t>(bytes));
            bytes.remove_prefix(4);
        }
    };
    take(weights, saved.weights);
    take(statistics, saved.statistics);
    return saved;
}

template <class Space>
std::string checkpoint_space(const Space& space) {
    return history_space_json(space).dump(-1, ' ', false, json::error_handler_t::replace);
}

/// The first line in which two texts differ: `line 3 is 'a', not 'b'`.
inline std::string first_difference(std::string_view is, std::string_view wanted) {
    for (std::size_t number = 1;; ++number) {
        const std::string_view one = is.substr(0, is.find('\n'));
        const std::string_view other = wanted.substr(0, wanted.find('\n'));
        if (one != other)
            return "line " + std::to_string(number) + " is '" + std::string(one) + "', not '" + std::string(other) +
                   "'";
        if (is.empty() || wanted.empty()) return "there is no difference";
        is.remove_prefix(std::min(one.size() + 1, is.size()));
        wanted.remove_prefix(std::min(other.size() + 1, wanted.size()));
    }
}

/// Gives a network what the checkpoint of the file called `file` has, all of it or nothing.
inline void restore(const checkpoint& saved, const std::string& file, plan_module& net, std::size_t copy = 0) {
    const std::string plan = net.plan().describe();
    if (saved.plan != plan)
        throw checkpoint_error(file + ": it is of another network: of its plan " + first_difference(saved.plan, plan));
    const std::size_t weights = net.weights(copy).size();
    const std::size_t statistics = net.statistics(copy).size();
    if (saved.weights.size() != weights || saved.statistics.size() != statistics)
        throw checkpoint_error(file + ": it has " + std::to_string(saved.weights.size()) + " weights and " +
                               std::to_string(saved.statistics.size()) + " statistics; the network of its plan has " +
                               std::to_string(weights) + " and " + std::to_string(statistics));
    net.set_weights(copy, saved.weights);
    net.set_statistics(copy, saved.statistics);
}

}  // namespace detail

/// Of network `copy` of `net`, which was built for `arch` of `space`.
template <SearchSpace Space>
checkpoint make_checkpoint(const Space& space, const arch_t<Space>& arch, const plan_module& net,
                           std::size_t copy = 0) {
    return {.architecture = std::string(space.describe(arch)),
            .space = detail::checkpoint_space(space),
            .plan = net.plan().describe(),
            .weights = net.weights(copy),
            .statistics = net.statistics(copy)};
}

/// Writes a checkpoint in place of an earlier one, which is whole until the new one is. Throws checkpoint_error where that is not
/// possible.
inline void write_checkpoint(const std::filesystem::path& path, const checkpoint& saved) {
    detail::write_checked<checkpoint_error>(path, detail::checkpoint_text(saved));
}

/// Reads what write_checkpoint wrote, bit by bit. Throws checkpoint_error where the file cannot be read, is damaged, or is
/// something else.
inline checkpoint read_checkpoint(const std::filesystem::path& path) {
    return detail::parse_checkpoint(detail::read_checked<checkpoint_error>(path), path.string());
}

/// Gives network `copy` of `net` the weights and statistics of a checkpoint. Throws checkpoint_error where the file cannot be read or
/// is of another plan; `net` is then as it was.
inline void load_weights(const std::filesystem::path& path, plan_module& net, std::size_t copy = 0) {
    detail::restore(read_checkpoint(path), path.string(), net, copy);
}

/// An architecture and its network, which evaluates (`train()` makes it train).
template <class Arch>
struct loaded_network {
    Arch architecture;
    std::shared_ptr<plan_module> module;
};

/// The network of a checkpoint, built by `plans`, which was trained in `space`.
///
///     nas::write_checkpoint("best.nas", nas::make_checkpoint(space, arch, *net));
///     const auto [arch, net] = nas::load_checkpoint("best.nas", space, plans);
///
/// Throws checkpoint_error where the file cannot be read, is damaged, is of a space with another table or other rules, or `plans`
/// makes of its architecture another network.
template <SearchSpace Space, std::invocable<const arch_t<Space>&> Plans>
loaded_network<arch_t<Space>> load_checkpoint(const std::filesystem::path& path, const Space& space,
                                              const Plans& plans) {
    const checkpoint saved = read_checkpoint(path);
    const std::string file = path.string();
    const std::string here = detail::checkpoint_space(space);
    if (saved.space != here)
        throw checkpoint_error(file + ": it is of another space: " + saved.space + ", not " + here);
    const auto tried = [&](const auto& call, const std::string& what, const char* otherwise) {
        try {
            return call();
        } catch (const std::invalid_argument& error) {
            throw checkpoint_error(file + ": " + what + "its architecture '" + saved.architecture + "' " + otherwise +
                                   error.what());
        }
    };
    arch_t<Space> arch =
        tried([&]() -> arch_t<Space> { return space.parse(saved.architecture); }, "", "is none of the space: ");
    auto module = tried([&] { return std::make_shared<plan_module>(network_plan(plans(arch))); }, "the network of ",
                        "cannot be built: ");
    detail::restore(saved, file, *module);
    module->eval();
    return {std::move(arch), std::move(module)};
}

}  // namespace nas

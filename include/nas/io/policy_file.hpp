// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <nas/core/version.hpp>
#include <nas/data/checked_file.hpp>
#include <nas/data/parse_json.hpp>
#include <nas/io/history_format.hpp>
#include <nas/io/space_json.hpp>
#include <nas/policies/policy.hpp>

/// The weights of a controller in a file: a line of JSON, the parameters in their order, and a CRC-32 of all before it;
/// binary numbers little-endian.
///
/// The line: `nas_policy` (the version of this format: 1), `nas` (the version of the library that wrote it), `policy`
/// (`name`, `options`), `decisions` (how many), `space` (`class` and table of decisions), `scalar` ("float32" or
/// "float64"), `parameters` (how many).
namespace nas {

/// A file of a policy's weights that cannot be read or written, is damaged, or is of another policy or space. The sentence
/// starts with its name.
class policy_file_error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

namespace detail {

inline constexpr checked_format policy_format{"nas_policy", "file of a policy's weights"};

template <class Policy, DecisionSpace Space>
std::string policy_file_header(const Policy& policy, const Space& space) {
    using scalar_type = typename Policy::scalar_type;
    static_assert(std::same_as<scalar_type, float> || std::same_as<scalar_type, double>,
                  "nas: the parameters of a policy must be float or double to be saved");
    const json header = {{"nas_policy", 1},
                         {"nas", version},
                         {"policy", searcher_json(policy)},  // name and options, which policies have as searchers have
                         {"decisions", space.decisions()},
                         {"space", space_table_json(space)},
                         {"scalar", std::same_as<scalar_type, float> ? "float32" : "float64"},
                         {"parameters", policy.parameters().size()}};
    return header.dump(-1, ' ', false, json::error_handler_t::replace);
}

template <class Scalar>
using word_of = std::conditional_t<sizeof(Scalar) == 4, std::uint32_t, std::uint64_t>;

template <class Policy, DecisionSpace Space>
std::string policy_file_text(const Policy& policy, const Space& space) {
    using scalar_type = typename Policy::scalar_type;
    const std::span<const scalar_type> parameters = policy.parameters();
    std::string text = policy_file_header(policy, space);
    text.reserve(text.size() + parameters.size_bytes() + 5);
    text += '\n';
    for (const scalar_type parameter : parameters)
        append_little_endian(text, std::bit_cast<word_of<scalar_type>>(parameter));
    seal(text);
    return text;
}

/// `file` is the file's name, for messages.
template <class Policy, DecisionSpace Space>
std::vector<typename Policy::scalar_type> parse_policy_file(std::string_view text, const std::string& file,
                                                            const Policy& policy, const Space& space) {
    using scalar_type = typename Policy::scalar_type;
    const auto fail = [&](const std::string& what) { throw policy_file_error(file + ": " + what); };
    const checked_content content = open_checked<policy_file_error>(text, policy_format, file);
    json there;
    try {
        there = parse_json<json>(content.header);
    } catch (const json_error& error) {
        fail("the first line is wrong: " + std::string(error.what()));
    }
    if (!there.is_object()) fail("the first line is not a JSON object");
    json here = parse_json<json>(policy_file_header(policy, space));
    here.erase("nas");
    there.erase("nas");
    if (const auto difference = first_difference(there, here, ""))
        fail("these are not weights of this policy and space: " + *difference);
    std::vector<scalar_type> parameters(policy.parameters().size());
    if (content.numbers.size() != parameters.size() * sizeof(scalar_type))
        fail("there must be " + std::to_string(parameters.size() * sizeof(scalar_type)) + " bytes of weights, not " +
             std::to_string(content.numbers.size()));
    for (std::size_t i = 0; i < parameters.size(); ++i)
        parameters[i] = std::bit_cast<scalar_type>(
            little_endian<word_of<scalar_type>>(content.numbers.substr(i * sizeof(scalar_type))));
    return parameters;
}

}  // namespace detail

/// Writes the parameters of a policy that was made for `space` in place of an earlier file, which is whole until the new
/// one is. Throws policy_file_error where that is not possible.
template <DecisionSpace Space, SequencePolicy<Space> Policy>
void save_policy(const std::filesystem::path& path, const Policy& policy, const Space& space) {
    detail::write_checked<policy_file_error>(path, detail::policy_file_text(policy, space));
}

/// Gives a policy that was made for `space` the parameters that save_policy wrote, bit by bit. Throws policy_file_error, and
/// leaves the policy as it is, where the file cannot be read, is damaged, or was written for another kind of policy, other
/// options, another space (its decisions, their tags, labels and conditions) or another type of numbers; the sentence names
/// the first difference. What is not saved are the state of an optimizer and of a learner: a search goes on from its history.
template <DecisionSpace Space, SequencePolicy<Space> Policy>
void load_policy(const std::filesystem::path& path, Policy& policy, const Space& space) {
    const auto parameters = detail::parse_policy_file(detail::read_checked<policy_file_error>(path), path.string(),
                                                      std::as_const(policy), space);
    policy.change([&](auto into) { std::copy(parameters.begin(), parameters.end(), into.begin()); });
}

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <nas/core/options.hpp>
#include <nas/core/version.hpp>
#include <nas/data/checked_file.hpp>
#include <nas/data/parse_json.hpp>
#include <nas/io/history_format.hpp>
#include <nas/predictors/block_ensemble.hpp>

/// A fitted ensemble over blocks in a file: a line of JSON, the parameters of its members in their order as 32-bit floats, and a
/// CRC-32 of all before it; binary numbers little-endian.
///
/// The line: `nas_predictor` (the version of this format: 1), `nas` (the version of the library that wrote it), `predictor`
/// (`name`, `options`), `block_tokens` (the kind of each token of a block), `kinds` (of each `name`, `size`, and `labels` where the
/// space gives them), `origin` and `scale` of values, `members` (how many), `parameters` (of each, how many).
namespace nas {

/// A file of a predictor that cannot be read or written, is damaged, or is not for this predictor or space. The sentence starts
/// with its name.
class predictor_file_error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// A predictor that files can hold: an ensemble over blocks.
template <class P, class Space>
concept StoredPredictor = BlockSpace<Space> &&
    requires(const P& fitted, P& predictor, const typename P::options_type& options, block_vocabulary vocabulary,
             block_ensemble_state state) {
    { fitted.options() } -> std::convertible_to<const typename P::options_type&>;
    { fitted.vocabulary() } -> std::convertible_to<const block_vocabulary&>;
    { fitted.state() } -> std::convertible_to<const block_ensemble_state&>;
    predictor.restore(options, vocabulary, state);
};

/// What a file of a predictor says of itself.
struct predictor_facts {
    std::string name;  ///< of its class: `block_mlp_ensemble`
    block_vocabulary vocabulary;
};

namespace detail {

inline constexpr checked_format predictor_format{"nas_predictor", "file of a predictor"};

template <class Predictor>
std::string predictor_file_text(const Predictor& predictor) {
    const block_vocabulary& vocabulary = predictor.vocabulary();
    const block_ensemble_state& state = predictor.state();
    json tokens = json::array();
    for (std::size_t k = 0; k < vocabulary.block_tokens(); ++k) tokens.push_back(vocabulary.kind_of(k));
    json kinds = json::array();
    for (const block_vocabulary::kind& kind : vocabulary.kinds()) {
        kinds.push_back({{"name", kind.name}, {"size", kind.size}});
        if (!kind.labels.empty()) kinds.back()["labels"] = kind.labels;
    }
    const json header = {{"nas_predictor", 1},
                         {"nas", version},
                         {"predictor", searcher_json(predictor)},  // name and options
                         {"block_tokens", std::move(tokens)},
                         {"kinds", std::move(kinds)},
                         {"origin", state.origin},
                         {"scale", state.scale},
                         {"members", state.members.size()},
                         {"parameters", state.members.empty() ? 0 : state.members[0].size()}};
    std::string text = header.dump(-1, ' ', false, json::error_handler_t::replace);
    text += '\n';
    for (const std::vector<float>& member : state.members)
        for (const float parameter : member) append_little_endian(text, std::bit_cast<std::uint32_t>(parameter));
    seal(text);
    return text;
}

/// Options as parse_options reads them.
inline std::string options_text_of(const json& options) {
    std::string text;
    for (const auto& [name, value] : options.items())
        text += (text.empty() ? "" : ",") + name + '=' + (value.is_string() ? value.get<std::string>() : value.dump());
    return text;
}

inline block_vocabulary vocabulary_of(const json& header) {
    const auto refuse = [](const std::string& what) { throw std::invalid_argument(what); };
    std::vector<block_vocabulary::kind> kinds;
    for (const json& each : header.at("kinds")) {
        kinds.push_back({each.at("name").get<std::string>(), each.at("size").get<std::size_t>()});
        if (each.contains("labels")) kinds.back().labels = each.at("labels").get<std::vector<std::string>>();
        if (kinds.back().size < 1 || kinds.back().size > max_cardinality) refuse("a kind has 1 to 256 tokens");
        if (!kinds.back().labels.empty() && kinds.back().labels.size() != kinds.back().size)
            refuse("a kind has as many labels as tokens, or none");
    }
    auto tokens = header.at("block_tokens").get<std::vector<std::size_t>>();
    if (tokens.empty() || tokens.size() > max_cardinality) refuse("a block has 1 to 256 tokens");
    for (const std::size_t kind : tokens)
        if (kind >= kinds.size()) refuse("a token of a block is of a kind that is not there");
    return {std::move(kinds), std::move(tokens)};
}

/// How `file` and the vocabulary of a space contradict each other; nothing where they do not. One may have more tokens.
inline std::optional<std::string> contradiction(const block_vocabulary& file, const block_vocabulary& space) {
    const auto differ = [](const std::string& what, const std::string& there, const std::string& here) {
        return what + " is " + there + " in the file, but " + here + " in the space";
    };
    const auto number = [](std::size_t count) { return std::to_string(count); };
    if (file.block_tokens() != space.block_tokens())
        return differ("the number of a block's tokens", number(file.block_tokens()), number(space.block_tokens()));
    for (std::size_t k = 0; k < file.block_tokens(); ++k) {
        const block_vocabulary::kind& there = file.kinds()[file.kind_of(k)];
        const block_vocabulary::kind& here = space.kinds()[space.kind_of(k)];
        if (there.name != here.name || file.kind_of(k) != space.kind_of(k))
            return differ("token " + number(k) + " of a block", there.name + " (kind " + number(file.kind_of(k)) + ")",
                          here.name + " (kind " + number(space.kind_of(k)) + ")");
        for (std::size_t token = 0; token < std::min(there.labels.size(), here.labels.size()); ++token)
            if (there.labels[token] != here.labels[token])
                return differ(there.name + ' ' + number(token), there.labels[token], here.labels[token]);
    }
    return std::nullopt;
}

/// Calls `work` with the first line of the file called `file`.
template <class Work>
auto with_predictor_header(std::string_view line, const std::string& file, Work&& work) {
    const auto wrong = [&](const std::exception& error) {
        return predictor_file_error(file + ": the first line is wrong: " + error.what());
    };
    try {
        return work(parse_json<json>(line));
    } catch (const json_error& error) {
        throw wrong(error);
    } catch (const json::exception& error) {
        throw wrong(error);
    } catch (const std::invalid_argument& error) {
        throw wrong(error);
    }
}

/// `file` is the file's name, for messages.
inline predictor_facts parse_predictor_facts(std::string_view text, const std::string& file) {
    const checked_content content = open_checked<predictor_file_error>(text, predictor_format, file);
    return with_predictor_header(content.header, file, [](const json& header) {
        return predictor_facts{header.at("predictor").at("name").get<std::string>(), vocabulary_of(header)};
    });
}

/// `file` is the file's name, for messages.
template <class Space, class Predictor>
void parse_predictor_file(std::string_view text, const std::string& file, Predictor& predictor, const Space& space) {
    const auto fail = [&](const std::string& what) { throw predictor_file_error(file + ": " + what); };
    const checked_content content = open_checked<predictor_file_error>(text, predictor_format, file);
    typename Predictor::options_type options;
    block_vocabulary vocabulary;
    block_ensemble_state state;
    std::size_t parameters = 0;
    with_predictor_header(content.header, file, [&](const json& header) {
        const std::string here = searcher_name(predictor);
        const auto there = header.at("predictor").at("name").get<std::string>();
        if (there != here) fail("it is of a " + there + ", not of a " + here);
        options = parse_options<typename Predictor::options_type>(
            here, options_text_of(header.at("predictor").at("options")));
        vocabulary = vocabulary_of(header);
        state.origin = header.at("origin").get<double>();
        state.scale = header.at("scale").get<double>();
        state.members.resize(std::min(header.at("members").get<std::size_t>(), content.numbers.size()));
        parameters = header.at("parameters").get<std::size_t>();
    });
    if (const auto found = contradiction(vocabulary, block_vocabulary(space)))
        fail("the predictor is not for this space: " + *found);
    constexpr std::size_t width = sizeof(float);
    if (parameters > content.numbers.size() || state.members.size() * parameters * width != content.numbers.size())
        fail("there are " + std::to_string(content.numbers.size()) + " bytes of parameters, not those of " +
             std::to_string(state.members.size()) + " members of " + std::to_string(parameters));
    std::string_view rest = content.numbers;
    for (std::vector<float>& member : state.members) {
        member.resize(parameters);
        for (float& parameter : member) {
            parameter = std::bit_cast<float>(little_endian<std::uint32_t>(rest));
            rest.remove_prefix(width);
        }
    }
    try {
        predictor.restore(options, std::move(vocabulary), std::move(state));
    } catch (const std::invalid_argument& error) {
        fail(error.what());
    }
}

}  // namespace detail

/// Writes what a predictor has learned, its options and its vocabulary in place of an earlier file, which is whole until the new
/// one is. Throws predictor_file_error where that is not possible.
template <class Predictor>
void save_predictor(const std::filesystem::path& path, const Predictor& predictor) {
    detail::write_checked<predictor_file_error>(path, detail::predictor_file_text(predictor));
}

/// Gives a predictor what save_predictor wrote, options and vocabulary too: it predicts what that one did, bit by bit.
/// The vocabulary may be smaller than that of `space`, whose architectures it is to score: one with a token that is not in it is
/// then refused by `predict`. Throws predictor_file_error, and leaves the predictor as it is, where the file cannot be read, is
/// damaged, is of another class of predictor, or has blocks of other tokens than `space`, or tokens that mean something else.
template <BlockSpace Space, StoredPredictor<Space> Predictor>
void load_predictor(const std::filesystem::path& path, Predictor& predictor, const Space& space) {
    detail::parse_predictor_file(detail::read_checked<predictor_file_error>(path), path.string(), predictor, space);
}

/// What class of predictor a file is of, and what tokens it knows. Throws predictor_file_error where the file cannot be read or is
/// damaged.
inline predictor_facts read_predictor_facts(const std::filesystem::path& path) {
    return detail::parse_predictor_facts(detail::read_checked<predictor_file_error>(path), path.string());
}

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#include <nas/io/policy_file.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include <doctest/doctest.h>

#include <nas/policies/lstm_policy.hpp>
#include <nas/policies/softmax_policy.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/reinforce.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/testing/histories.hpp>
#include <support/temporary_folder.hpp>

namespace {

using nas::lstm_policy;
using table_space = nas::choice_space<>;

const table_space space{std::vector<std::size_t>{3, 2, 4}};
const nas::lstm_policy_options small{.units = 3, .layers = 1};

/// With the numbers that a text would be wrong about among them.
template <class Policy>
Policy odd(Policy policy) {
    policy.change([](auto parameters) {
        using scalar = typename decltype(parameters)::value_type;
        nas::rng random(4);
        for (scalar& parameter : parameters) parameter = static_cast<scalar>(nas::unit(random) - 0.5);
        parameters[0] = -scalar{0};
        parameters[1] = std::numeric_limits<scalar>::denorm_min();
        parameters[2] = std::numeric_limits<scalar>::max();
    });
    return policy;
}

template <class Policy>
std::vector<nas::detail::word_of<typename Policy::scalar_type>> bits(const Policy& policy) {
    std::vector<nas::detail::word_of<typename Policy::scalar_type>> all;
    for (const auto parameter : policy.parameters())
        all.push_back(std::bit_cast<nas::detail::word_of<typename Policy::scalar_type>>(parameter));
    return all;
}

/// The sentence that refuses a file of this content; nothing where it is read.
template <class Policy, class Space>
std::string fault(const std::string& text, const Policy& policy, const Space& over) {
    try {
        (void)nas::detail::parse_policy_file(text, "w", policy, over);
    } catch (const nas::policy_file_error& error) {
        const std::string line = error.what();
        CHECK(line.starts_with("w: "));
        CHECK(line.find('\n') == std::string::npos);
        return line.substr(3);
    }
    return "";
}
std::string fault(const std::string& text) { return fault(text, lstm_policy<float>(space, small), space); }

/// What is wrong with weights of `policy`, for `space` and `small`, where they are to be those of another.
template <class Policy, class Space>
std::string difference(const Policy& policy, const Space& over) {
    const std::string start = "these are not weights of this policy and space: ";
    const std::string line =
        fault(nas::detail::policy_file_text(lstm_policy<float>(space, small), space), policy, over);
    CHECK(line.starts_with(start));
    return line.substr(start.size());
}

template <class Policy>
void check_round_trip(const Policy& fresh) {
    const support::temporary_folder folder;
    const auto path = folder.path() / "weights";
    nas::save_policy(path, fresh, space);
    const Policy saved = odd(fresh);
    nas::save_policy(path, saved, space);
    Policy loaded = fresh;
    CHECK(bits(loaded) != bits(saved));
    nas::load_policy(path, loaded, space);
    CHECK(bits(loaded) == bits(saved));
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        nas::rng a(seed);
        nas::rng b(seed);
        CHECK(loaded.sample(space, a) == saved.sample(space, b));
    }
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

}  // namespace

TEST_CASE("weights of a policy are read as they were written bit by bit") {
    check_round_trip(lstm_policy<float>(space, small));
    check_round_trip(lstm_policy<double>(space, small));
    check_round_trip(nas::softmax_policy(space));
}

TEST_CASE("a file of a policy's weights is a line of JSON and little-endian numbers and a CRC-32") {
    const table_space pair{std::vector<nas::decision>{{"op", 2, {"conv", "pool"}, nas::decision_tag::operation}}};
    nas::softmax_policy policy(pair);
    policy.change([](std::span<double> logits) { logits[0] = 1, logits[1] = -2; });
    const std::string text = nas::detail::policy_file_text(policy, pair);
    const std::string line = R"({"nas_policy":1,"nas":")" + std::string(nas::version) +
                             R"(","policy":{"name":"softmax_policy","options":{"temperature":1,"tanh_constant":0}},)"
                             R"("decisions":1,)"
                             R"("space":{"class":"choice_space","decisions":[{"path":"op","tag":"operation",)"
                             R"("labels":["conv","pool"]}]},"scalar":"float64","parameters":2})"
                             "\n";
    CHECK(text.substr(0, line.size()) == line);
    CHECK(text.substr(line.size(), 16) == std::string("\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\xc0", 16));
    CHECK(text.size() == line.size() + 20);
}

TEST_CASE("a file of a policy's weights cut off anywhere or changed in any bit is refused") {
    const std::string whole = nas::detail::policy_file_text(odd(lstm_policy<float>(space, small)), space);
    CHECK(fault(whole) == "");
    const std::size_t start = std::string(R"({"nas_policy":)").size();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK(fault(whole.substr(0, size)) == (size < start ? "this is not a file of a policy's weights"
                                               : size < start + 2
                                                   ? "this file of a policy's weights has a format that nas " +
                                                         std::string(nas::version) + " does not read"
                                                   : "the file is cut off or damaged: its checksum is wrong"));
    }
    const lstm_policy<float> policy(space, small);
    std::string text = whole;
    for (std::size_t i = 0; i < whole.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            text[i] = static_cast<char>(text[i] ^ (1 << bit));
            CAPTURE(i);
            CHECK(!fault(text, policy, space).empty());
            text[i] = whole[i];
        }
    }
    CHECK(!fault(whole + '\0').empty());
}

TEST_CASE("a file of a policy's weights that was made otherwise is refused") {
    const std::string whole = nas::detail::policy_file_text(lstm_policy<float>(space, small), space);
    const std::string line = whole.substr(0, whole.find('\n') + 1);
    const auto sealed = [](std::string text) {
        nas::detail::seal(text);
        return text;
    };
    CHECK(fault(sealed(whole.substr(0, whole.size() - 4))) == "");
    const std::size_t bytes = 4 * lstm_policy<float>(space, small).parameters().size();
    for (const std::size_t wrong : {std::size_t{0}, bytes - 4, bytes - 1, bytes + 4})
        CHECK(fault(sealed(line + std::string(wrong, '\0'))) ==
              "there must be " + std::to_string(bytes) + " bytes of weights, not " + std::to_string(wrong));
    CHECK(
        fault(sealed("{\"nas_policy\":1,\n")) ==
        "the first line is wrong: bad JSON: syntax error while parsing object key - unexpected end of input; expected "
        "string literal");
    for (const std::size_t depth : {70'000U, 10'000'000U})
        for (const std::string& close : {std::string(), std::string(depth, ']') + '}'})
            CHECK(fault(sealed("{\"nas_policy\":1,\"space\":" + std::string(depth, '[') + close + '\n')) ==
                  "the first line is wrong: bad JSON: more than 100 arrays and objects lie within each other");
}

TEST_CASE("weights of another policy or space are refused with the first difference") {
    const auto policy = [](const table_space& other, const nas::lstm_policy_options& options = small) {
        return lstm_policy<float>(other, options);
    };
    CHECK(fault(nas::detail::policy_file_text(policy(space), space)) == "");

    const table_space wider{std::vector<std::size_t>{3, 2, 5}};
    const table_space longer{std::vector<std::size_t>{3, 2, 4, 2}};
    CHECK(difference(policy(wider), wider) == "/space/choices/2 is 4 in the file, but 5 here");
    CHECK(difference(policy(longer), longer) == "/decisions is 3 in the file, but 4 here");
    const table_space named{std::vector<nas::decision>{{"a", 3}, {"b", 2}, {"c", 4}}};
    CHECK(difference(policy(named), named) == "/space/choices is [3,2,4] in the file, but not here");

    // Equally many numbers, but not for the same choices.
    const std::string text = nas::detail::policy_file_text(policy(named), named);
    const table_space renamed{std::vector<nas::decision>{{"a", 3}, {"d", 2}, {"c", 4}}};
    CHECK(fault(text, policy(renamed), renamed) ==
          "these are not weights of this policy and space: /space/decisions/1/path is \"b\" in the file, but \"d\" "
          "here");

    CHECK(difference(policy(space, {.units = 4, .layers = 1}), space) ==
          "/policy/options/units is 3 in the file, but 4 here");
    CHECK(difference(policy(space, {.units = 3, .layers = 1, .temperature = 2}), space) ==
          "/policy/options/temperature is 1 in the file, but 2 here");
    const table_space equal{std::vector<std::size_t>{3, 3, 3}};
    const std::string shared =
        nas::detail::policy_file_text(policy(equal, {.units = 3, .layers = 1, .share = {{2, 0}}}), equal);
    CHECK(
        fault(shared, policy(equal, {.units = 3, .layers = 1, .share = {{2, 1}}}), equal) ==
        "these are not weights of this policy and space: /policy/options/share is \"2:0\" in the file, but \"2:1\" here");

    CHECK(difference(lstm_policy<double>(space, small), space) ==
          "/scalar is \"float32\" in the file, but \"float64\" here");
    CHECK(difference(nas::softmax_policy(space), space) ==
          "/policy/name is \"lstm_policy\" in the file, but \"softmax_policy\" here");
}

TEST_CASE("a file of a policy's weights that is refused leaves the policy, and one that cannot be written the file") {
    const support::temporary_folder folder;
    const auto path = folder.path() / "weights";
    const lstm_policy<float> fresh(space, small);
    lstm_policy<float> policy = odd(fresh);
    CHECK_THROWS_WITH_AS(nas::load_policy(path, policy, space),
                         (path.string() + ": the file cannot be read: No such file or directory").c_str(),
                         nas::policy_file_error);
    const table_space wider{std::vector<std::size_t>{3, 2, 5}};
    nas::save_policy(path, lstm_policy<float>(wider, small), wider);
    CHECK_THROWS_WITH_AS(nas::load_policy(path, policy, space),
                         (path.string() + ": these are not weights of this policy and space: /space/choices/2 is 5 in "
                                          "the file, but 4 here")
                             .c_str(),
                         nas::policy_file_error);
    CHECK(bits(policy) == bits(odd(fresh)));

    nas::save_policy(path, policy, space);
    std::filesystem::create_directory(folder.path() / "weights.new");  // so that there is no place for a draft
    CHECK_THROWS_WITH_AS(nas::save_policy(path, fresh, space),
                         (path.string() + ".new: the file cannot be written: Is a directory").c_str(),
                         nas::policy_file_error);
    lstm_policy<float> loaded = fresh;
    nas::load_policy(path, loaded, space);
    CHECK(bits(loaded) == bits(policy));
}

TEST_CASE("weights of a policy are in a file and nothing else") {
    const support::temporary_folder folder;
    lstm_policy<float> policy(space, small);
    std::filesystem::create_directory(folder.path() / "folder");
    REQUIRE(::mkfifo((folder.path() / "pipe").c_str(), 0600) == 0);
    const auto check = [&](const std::filesystem::path& path, const std::string& why) {
        CHECK_THROWS_WITH_AS(nas::load_policy(path, policy, space),
                             (path.string() + ": the file cannot be read: " + why).c_str(), nas::policy_file_error);
        CHECK_THROWS_WITH_AS(nas::save_policy(path, policy, space),
                             (path.string() + ": the file cannot be written: " + why).c_str(), nas::policy_file_error);
    };
    check(folder.path() / "folder", "Is a directory");
    for (const auto& path : {folder.path() / "pipe", std::filesystem::path("/dev/zero"),
                             std::filesystem::path("/dev/full"), std::filesystem::path("/dev/null")})
        check(path, "it is a device, a pipe or a socket");
}

TEST_CASE("a recurrent policy that is resumed from the history alone has the same weights bit by bit") {
    const auto worth = [](const table_space::arch_type& arch) { return arch[0] + 0.3 * arch[1] - 0.1 * arch[2]; };
    const auto fresh = [&] {
        return nas::search{
            nas::reinforce{space, {.batch = 3, .repeats = true}, lstm_policy<float>(space)}, worth, {.seed = 5}};
    };
    auto whole = fresh();
    whole.run({.trials = 40});
    CHECK(bits(whole.searcher().policy()) != bits(fresh().searcher().policy()));
    for (const std::size_t rows : {std::size_t{0}, std::size_t{1}, std::size_t{17}, std::size_t{40}}) {
        auto resumed = fresh();
        resumed.resume(nas::testing::first_rows(whole.history(), rows));
        resumed.run({.trials = 40});
        CHECK(bits(resumed.searcher().policy()) == bits(whole.searcher().policy()));
    }
}

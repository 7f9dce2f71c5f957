// SPDX-License-Identifier: Apache-2.0
#include <nas/operators/encode.hpp>

#include <vector>

#include <doctest/doctest.h>

#include "example_spaces.hpp"

using namespace nas::tests;

namespace {

template <class Space>
std::vector<double> encoded(const Space& space, const nas::arch_t<Space>& arch) {
    std::vector<double> features(nas::encoding_size(space), -7);  // encode must write every one
    nas::encode(space, arch, features);
    return features;
}

template <class Space>
std::vector<double> ordinal(const Space& space, const nas::arch_t<Space>& arch) {
    std::vector<double> features(space.decisions(), -7);
    nas::encode_ordinal(space, space.genotype(arch), features);
    return features;
}

struct measured_space : nas::decision_space<measured_space, std::array<std::uint8_t, 2>> {
    static std::size_t decisions() { return 2; }
    static std::size_t cardinality(std::size_t) { return 4; }
    static std::string path(std::size_t i) { return std::to_string(i); }
    static std::string label(std::size_t, std::size_t choice) { return std::to_string(choice); }
    static std::size_t encoding_size() { return 1; }
    static void encode(const arch_type& arch, std::span<double> features) { features[0] = arch[0] + 0.1 * arch[1]; }
};

}  // namespace

TEST_CASE("encode: one-hot, a block for each decision") {
    const nas::choice_space space{std::array{2, 1, 3}};
    CHECK(nas::one_hot_size(space) == 6);
    CHECK(encoded(space, {1, 0, 2}) == std::vector<double>{0, 1, 1, 0, 0, 1});
    CHECK(encoded(space, {0, 0, 0}) == std::vector<double>{1, 0, 1, 1, 0, 0});
}

TEST_CASE("encode: what is inactive is all 0 in one-hot, and -1 in ordinal") {
    const auto space = conditional_space();  // 3, 2, 3, 2, 2, 2 choices
    CHECK(encoded(space, dynamic({1, 0, 2, 1, 0, 1})) == std::vector<double>{0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0, 0, 1});
    CHECK(encoded(space, dynamic({0, 0, 0, 0, 1, 0})) == std::vector<double>{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0});
    CHECK(ordinal(space, dynamic({1, 0, 2, 1, 0, 1})) == std::vector<double>{1, 0, 2, 1, 0, 1});
    CHECK(ordinal(space, dynamic({0, 0, 0, 0, 1, 0})) == std::vector<double>{0, -1, -1, -1, 1, -1});
    CHECK(ordinal(space, dynamic({1, 1, 0, 0, 0, 0})) == std::vector<double>{1, 1, 0, -1, 0, 0});
}

TEST_CASE("encode: different genotypes have different encodings") {
    const auto space = conditional_space();
    std::vector<std::vector<double>> one_hot;
    std::vector<std::vector<double>> numbers;
    for (std::uint64_t i = 0; i < space.size(); ++i) {
        const auto arch = space.at(i);
        for (const auto& other : one_hot) CHECK(other != encoded(space, arch));
        for (const auto& other : numbers) CHECK(other != ordinal(space, arch));
        one_hot.push_back(encoded(space, arch));
        numbers.push_back(ordinal(space, arch));
    }
}

TEST_CASE("encode: 256 choices, and no decisions") {
    const nas::choice_space wide{2, 256};
    const auto features = encoded(wide, dynamic({255, 0}));
    REQUIRE(features.size() == 512);
    for (std::size_t i = 0; i < 512; ++i) CHECK(features[i] == (i == 255 || i == 256 ? 1 : 0));
    CHECK(ordinal(wide, dynamic({255, 0})) == std::vector<double>{255, 0});
    CHECK(encoded(nas::choice_space{0, 2}, dynamic({})).empty());
}

TEST_CASE("encode: the space's own encoding has precedence") {
    CHECK(encoded(measured_space{}, {2, 3}) == std::vector<double>{2.3});
}

TEST_CASE("encode: a numeric decision gives its unit value and the square from the middle, others blocks") {
    const auto space = numeric_space();  // rate, op, decay where op is pool, layers
    CHECK(nas::numeric_size(space) == 1 + 3 + 1 + 1);
    CHECK(nas::encoding_size(space) == 2 + 3 + 2 + 2);
    const auto numeric = [&](const nas::dynamic_genotype& arch) {
        std::vector<double> features(nas::numeric_size(space), -7);
        nas::encode_numeric(space, arch, features);
        return features;
    };
    CHECK(numeric(dynamic({0, 1, 2, 1})) == std::vector<double>{0, 0, 1, 0, 0, 1});
    CHECK(numeric(dynamic({4, 1, 0, 0})) == std::vector<double>{1, 0, 1, 0, 1, 0});
    CHECK(numeric(dynamic({4, 2, 0, 0})) == std::vector<double>{1, 0, 0, 1, 0, 0});
    CHECK(numeric(dynamic({1, 1, 1, 0}))[0] == doctest::Approx(0.25));
    CHECK(numeric(dynamic({1, 1, 1, 0}))[4] == doctest::Approx(0.375));
    const std::vector<double> both = encoded(space, dynamic({1, 1, 1, 0}));
    CHECK(both[0] == doctest::Approx(0.25));
    CHECK(both[1] == doctest::Approx(0.25));
    CHECK(both[5] == doctest::Approx(0.375));
    CHECK(both[6] == doctest::Approx(0.0625));
    CHECK(both[7] == 0);
    CHECK(both[8] == 1);
    CHECK(encoded(space, dynamic({4, 0, 0, 1})) == std::vector<double>{1, 1, 1, 0, 0, 0, 0, 1, 1});  // no decay
    for (std::uint64_t i = 0; i < space.size(); ++i)
        for (std::uint64_t k = 0; k < i; ++k) CHECK(numeric(space.at(i)) != numeric(space.at(k)));
}

// SPDX-License-Identifier: Apache-2.0

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include <nas/io/aggregate_json.hpp>

namespace {

enum class op_kind { conv, pool };

struct cnn {
    int layers = 1;
    op_kind op = op_kind::conv;
    int kernel = 1;
    double rate = 0.1;
    bool residual = false;
    std::string act = "re\"lu\n";
    friend bool operator==(const cnn&, const cnn&) = default;
};

const nas::aggregate_space space{nas::member<&cnn::layers>(nas::between(1, 3)).named("nb_layers"),
                                 nas::member<&cnn::op>({op_kind::conv, op_kind::pool}).labels({"conv", "pool"}),
                                 nas::member<&cnn::kernel>({1, 3}).named("kernel_size").when<&cnn::op>(op_kind::conv),
                                 nas::member<&cnn::rate>({0.1, 1e-7}),
                                 nas::member<&cnn::residual>(),
                                 nas::member<&cnn::act>({"re\"lu\n", "gelu"})};

void refused(const char* text, const char* sentence) {
    CHECK_THROWS_WITH_AS(nas::architecture_from_json(space, text), sentence, std::invalid_argument);
}

}  // namespace

TEST_CASE("architecture_from_json is the inverse of to_json") {
    CHECK(space.size() == 3 * 3 * 2 * 2 * 2);
    for (std::uint64_t i = 0; i < space.size(); ++i) {
        const cnn arch = space.at(i);
        CHECK(nas::architecture_from_json(space, space.to_json(arch)) == arch);
    }
}

TEST_CASE("architecture_from_json reads what a hand wrote") {
    const cnn arch = nas::architecture_from_json(
        space, " {\"act\": \"gelu\", \"rate\": 0.1e-6, \"residual\": true,\n \"op\": \"pool\", \"nb_layers\": 2.0} ");
    CHECK(arch == cnn{2, op_kind::pool, 1, 1e-7, true, "gelu"});
}

TEST_CASE("architecture_from_json says what is wrong") {
    refused(R"({"nb_layers":4})", "nas::architecture_from_json: 'nb_layers' (4) must be one of 1, 2, 3");
    refused(R"({"nb_layers":"3"})", "nas::architecture_from_json: 'nb_layers' (\"3\") must be one of 1, 2, 3");
    refused(R"({"nb_layers":3,"op":0})", R"(nas::architecture_from_json: 'op' (0) must be one of "conv", "pool")");
    refused(R"({"nb_layers":3,"op":"conv","rate":0.1})", "nas::architecture_from_json: 'kernel_size' is missing");
    refused(
        R"({"nb_layers":3,"op":"pool","kernel_size":1,"rate":0.1,"residual":false,"act":"gelu"})",
        "nas::architecture_from_json: 'kernel_size' is no member of the space, or does not count beside the values of the others");
    refused(
        R"({"nb_layers":3,"op":"pool","rate":0.1,"residual":false,"act":"gelu","x":1})",
        "nas::architecture_from_json: 'x' is no member of the space, or does not count beside the values of the others");
    refused("[3]", "nas::architecture_from_json: the text must be an object, as in {\"kernel\":3}, not array");
    refused("3", "nas::architecture_from_json: the text must be an object, as in {\"kernel\":3}, not 3");
    refused(R"({"nb_layers":[3]})", "nas::architecture_from_json: 'nb_layers' (array) must be one of 1, 2, 3");
    CHECK_THROWS_AS(nas::architecture_from_json(space, ""), std::invalid_argument);
    refused("{\"nb_layers\":1,\n tru}",
            "nas::architecture_from_json: the text:2:5: bad JSON: syntax error while parsing object key - invalid "
            "literal; last read: '1,<U+000A> tru}'; expected string literal");
    for (const std::size_t depth : {70'000U, 10'000'000U})
        refused(("{\"nb_layers\":" + std::string(depth, '[') + std::string(depth, ']') + '}').c_str(),
                "nas::architecture_from_json: the text:1:113: bad JSON: more than 100 arrays and objects lie within "
                "each other");
}

TEST_CASE("architecture_from_json refuses every truncation") {
    const std::string whole = space.to_json(cnn{});
    for (std::size_t length = 0; length < whole.size(); ++length)
        CHECK_THROWS_AS(nas::architecture_from_json(space, whole.substr(0, length)), std::invalid_argument);
}

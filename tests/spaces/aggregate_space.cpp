// SPDX-License-Identifier: Apache-2.0

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <support/archai_id.hpp>
#include <support/python_random.hpp>
#include <vector>

#include <nas/operators/neighbors.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/searchers/regularized_evolution.hpp>
#include <nas/spaces/aggregate_space.hpp>
#include <nas/testing/space_laws.hpp>

namespace {

// The example of Archai's document.
struct plain_cnn {
    int layers;
    int kernel;
    int hidden;
    friend bool operator==(const plain_cnn&, const plain_cnn&) = default;
};

const nas::aggregate_space plain_space{
    nas::member<&plain_cnn::layers>(nas::between(1, 12)).named("nb_layers").short_name("L"),
    nas::member<&plain_cnn::kernel>({1, 3, 5, 7}).named("kernel_size").short_name("K"),
    nas::member<&plain_cnn::hidden>({32, 64, 128}).named("hidden_dim").short_name("H").tag(nas::decision_tag::filters)};

// archai O16.
struct op_and_kernel {
    std::string op_type;
    int kernel;
    friend bool operator==(const op_and_kernel&, const op_and_kernel&) = default;
};

const nas::aggregate_space op_space{
    nas::member<&op_and_kernel::op_type>({"identity", "conv"}),
    nas::member<&op_and_kernel::kernel>({1, 3, 5, 7}).when<&op_and_kernel::op_type>("conv")};

// Every type of member, a chain of conditions, and a member that the space leaves out.
enum class op_kind : std::uint8_t { conv = 3, pool = 7, skip = 9 };
enum plain_enum { first_enumerator = -2, second_enumerator = 5 };

struct block {
    bool residual = false;
    op_kind op = op_kind::conv;
    std::int8_t kernel = 0;
    double dilation = 0;
    std::string activation;
    plain_enum level = first_enumerator;
    int left_out = 17;
    friend bool operator==(const block&, const block&) = default;
};

auto make_block_space() {
    return nas::aggregate_space{
        nas::member<&block::residual>(),
        nas::member<&block::op>({op_kind::skip, op_kind::conv, op_kind::pool}).labels({"skip", "conv", "pool"}),
        nas::member<&block::kernel>(nas::between(-1, 2)).when<&block::op>(op_kind::conv, op_kind::pool),
        nas::member<&block::dilation>({0.1, 2, 1e300}).when<&block::kernel>(1, 2),
        nas::member<&block::activation>({"re\"lu", "a, b=c", "\n"}).labels({"relu", "a, b=c", "newline"}),
        nas::member<&block::level>({first_enumerator, second_enumerator})};
}

template <class Space>
std::vector<double> encoding(const Space& space, const nas::arch_t<Space>& arch) {
    std::vector<double> features(nas::encoding_size(space));
    nas::encode(space, arch, features);
    return features;
}

template <class Space>
std::set<std::string> archai_ids(const Space& space) {
    std::set<std::string> ids;
    for (std::uint64_t i = 0; i < space.size(); ++i) ids.insert(support::archai_id(encoding(space, space.at(i))));
    return ids;
}

using plain_space_type = decltype(nas::aggregate_space{plain_space});
static_assert(nas::DecisionSpace<plain_space_type> && nas::ConditionalSpace<plain_space_type> &&
              nas::EnumerableSpace<plain_space_type> && nas::HasEncode<plain_space_type> &&
              !nas::MaskedSpace<plain_space_type>);
static_assert(std::same_as<plain_space_type::arch_type, plain_cnn>);
static_assert(std::same_as<plain_space_type::genotype_type, std::array<std::uint8_t, 3>>);
static_assert(nas::check_enumerable_space<plain_space_type>() && nas::check_crossable_space<plain_space_type>());

}  // namespace

TEST_CASE("aggregate_space: archai 1.2's example in text, JSON and numbers") {
    const plain_cnn arch{3, 1, 64};
    CHECK(plain_space.contains(arch));
    CHECK(plain_space.describe(arch) == "L=3, K=1, H=64");
    CHECK(plain_space.parse("L=3, K=1, H=64") == arch);
    CHECK(plain_space.to_json(arch) == R"({"nb_layers":3,"kernel_size":1,"hidden_dim":64})");
    CHECK(encoding(plain_space, arch) == std::vector<double>{3, 1, 64});
    CHECK(plain_space.size() == 12 * 4 * 3);
    CHECK(plain_space.index(arch) == (2 * 4 + 0) * 3 + 1);
    CHECK(plain_space.at(25) == arch);
    CHECK(plain_space.genotype(arch) == std::array<std::uint8_t, 3>{2, 0, 1});
    CHECK(plain_space.architecture({2, 0, 1}) == arch);
    CHECK_FALSE(plain_space.conditional());
}

TEST_CASE("aggregate_space: its table of decisions") {
    CHECK(plain_space.decisions() == 3);
    CHECK(plain_space.cardinality(0) == 12);
    CHECK(plain_space.path(0) == "nb_layers");
    CHECK(plain_space.label(0, 11) == "12");
    CHECK(plain_space.tag(0) == nas::decision_tag::generic);
    CHECK(plain_space.tag(2) == nas::decision_tag::filters);

    const auto space = make_block_space();
    CHECK(space.path(0) == "residual");  // the member's own name
    CHECK(space.path(4) == "activation");
    CHECK(space.label(0, 0) == "false");
    CHECK(space.label(1, 0) == "skip");
    CHECK(space.label(2, 0) == "-1");
    CHECK(space.label(3, 0) == "0.1");
    CHECK(space.label(3, 2) == "1e+300");
    CHECK(space.label(4, 0) == "relu");
    CHECK(space.label(5, 0) == "-2");
    CHECK(space.conditional());
    CHECK_FALSE(space.when(1).has_value());
    CHECK(space.when(2) == nas::condition{1, {1, 2}});
    CHECK(space.when(3) == nas::condition{2, {2, 3}});
}

TEST_CASE("aggregate_space: default names of members of nested and local structs") {
    struct local {
        int width_2;
        bool operator==(const local&) const = default;
    };
    const nas::aggregate_space space{nas::member<&local::width_2>({4, 8})};
    CHECK(space.describe({8}) == "width_2=8");
}

TEST_CASE("aggregate_space: keeps the laws of spaces") {
    CHECK(nas::testing::space_violations(plain_space) == std::vector<std::string>{});
    CHECK(nas::testing::space_violations(op_space) == std::vector<std::string>{});
    CHECK(nas::testing::space_violations(make_block_space()) == std::vector<std::string>{});
}

TEST_CASE("archai O16: a kernel that only convolutions have") {
    CHECK(op_space.size() == 5);
    CHECK(encoding(op_space, op_space.parse("op_type=identity")) == std::vector<double>{1, 0, -1});
    const auto id = [](const char* text) { return support::archai_id(encoding(op_space, op_space.parse(text))); };
    CHECK(id("op_type=identity") == "260c332c6fc8c6c976736a379f3ae1ac439afd74");
    CHECK(id("op_type=conv, kernel=1") == "058d8ad59b59d333c5f57e59379d12e7b5d68c04");
    CHECK(id("op_type=conv, kernel=3") == "ed217a28c6c3ff3fe9fe8041f9bf3466e7eb7b01");
    CHECK(id("op_type=conv, kernel=5") == "6af6e4a12fd7b95c4bce65c04ac88d96486e5e0b");
    CHECK(id("op_type=conv, kernel=7") == "243a342f5f60f52b8e651e6f7eb71aa431386371");
    CHECK(archai_ids(op_space).size() == 5);

    // Archai draws the kernel in any case: its first two samples of seed 8 are one network.
    support::python_random random(8);
    std::vector<op_and_kernel> raw;
    for (int i = 0; i < 2; ++i) {
        const std::string op = random.choices(std::vector<std::string>{"identity", "conv"}, 1)[0];
        raw.push_back({op, random.choices(std::vector<int>{1, 3, 5, 7}, 1)[0]});
    }
    CHECK(raw == std::vector<op_and_kernel>{{"identity", 7}, {"identity", 5}});
    CHECK(op_space.canonical(raw[0]) == op_space.canonical(raw[1]));
    CHECK(op_space.canonical(raw[0]) == op_and_kernel{"identity", 1});
}

TEST_CASE("archai O17: three numbers") {
    struct net {
        int kernel;
        int channels;
        int layers;
        bool operator==(const net&) const = default;
    };
    const nas::aggregate_space space{nas::member<&net::kernel>({3, 5, 7}), nas::member<&net::channels>({8, 16, 32}),
                                     nas::member<&net::layers>(nas::between(1, 5))};
    CHECK(support::archai_id(encoding(space, {3, 8, 1})) == "cc3aba2e903b62619035a871ff3bcdc65dc151de");
    CHECK(support::archai_id(encoding(space, {3, 8, 2})) == "307525215b21f510fb6ba1570c71126274e60167");
    CHECK(archai_ids(space).size() == 45);
}

TEST_CASE("archai O18: a bool that is read only where another is false") {
    struct flags {
        bool a;
        bool b;
        bool operator==(const flags&) const = default;
    };
    const nas::aggregate_space space{nas::member<&flags::a>(), nas::member<&flags::b>().when<&flags::a>(false)};
    CHECK(archai_ids(space) ==
          std::set<std::string>{support::sha1("(0.0, 0.0)"), support::sha1("(0.0, 1.0)"), support::sha1("(1.0, nan)")});
    CHECK(support::sha1("(1.0, nan)") == "fe3fe87489580b0212b82eef069ab5d018a594c1");  // Python's hashlib
    CHECK(space.to_json({false, true}) == R"({"a":false,"b":true})");
    CHECK(space.to_json({true, false}) == R"({"a":true})");
}

TEST_CASE("aggregate_space: what does not count is at its first choice, and in no text") {
    const auto space = make_block_space();
    // 2 residual x (skip: 1, conv and pool: kernels -1, 0 and 1, 2 with 3 dilations) x 3 activations x 2 levels
    CHECK(space.size() == 2 * (1 + 2 * (2 + 2 * 3)) * 3 * 2);

    const block skip = space.canonical({.residual = true, .op = op_kind::skip, .activation = "\n", .left_out = 4});
    CHECK(skip.kernel == -1);
    CHECK(skip.dilation == 0.1);
    CHECK(skip.left_out == 17);
    CHECK(space.contains(skip));
    CHECK(space.describe(skip) == "residual=true, op=skip, activation=newline, level=-2");
    CHECK(space.parse(space.describe(skip)) == skip);
    CHECK(space.to_json(skip) == R"({"residual":true,"op":"skip","activation":"\u000a","level":-2})");
    CHECK(encoding(space, skip) == std::vector<double>{1, 1, 0, 0, -1, -1, 0, 0, 1, 1, 0});

    // A chain: the kernel counts, but its value switches the dilation off.
    const block conv = space.canonical(
        {.op = op_kind::conv, .kernel = 0, .dilation = 5, .activation = "re\"lu", .level = second_enumerator});
    CHECK(space.describe(conv) == "residual=false, op=conv, kernel=0, activation=relu, level=5");
    CHECK(encoding(space, conv) == std::vector<double>{0, 0, 1, 0, 0, -1, 1, 0, 0, 0, 1});

    block full = conv;
    full.kernel = 2;
    full.dilation = 1e300;
    full.activation = "a, b=c";
    CHECK(space.contains(full));
    CHECK(space.describe(full) == "residual=false, op=conv, kernel=2, dilation=1e+300, activation=a\\, b=c, level=5");
    CHECK(space.parse(space.describe(full)) == full);
    CHECK(space.to_json(full) ==
          R"({"residual":false,"op":"conv","kernel":2,"dilation":1e+300,"activation":"a, b=c","level":5})");

    block dirty = skip;
    dirty.kernel = 1;  // does not count, and is not the first choice
    CHECK_FALSE(space.contains(dirty));
    dirty = skip;
    dirty.left_out = 4;
    CHECK_FALSE(space.contains(dirty));
    dirty = conv;
    dirty.kernel = 3;  // no choice
    CHECK_FALSE(space.contains(dirty));
    CHECK_FALSE(space.contains(block{}));  // its activation is ""
}

TEST_CASE("aggregate_space: values that are no choice are refused") {
    CHECK_THROWS_WITH_AS(plain_space.genotype({3, 4, 64}),
                         "nas::aggregate_space: kernel_size (4) must be one of 1, 3, 5, 7", std::invalid_argument);
    CHECK_THROWS_WITH_AS(plain_space.describe({3, 4, 65}),
                         "nas::aggregate_space: kernel_size (4) must be one of 1, 3, 5, 7", std::invalid_argument);
    CHECK_THROWS_WITH_AS(make_block_space().canonical({.op = op_kind{1}, .activation = "\n"}),
                         "nas::aggregate_space: op (1) must be one of skip, conv, pool", std::invalid_argument);
    CHECK_THROWS_WITH_AS(plain_space.parse("L=3, K=4, H=64"),
                         "nas: column 8 of 'L=3, K=4, H=64': expected one of the 4 choices of K",
                         std::invalid_argument);
    CHECK_THROWS_AS(op_space.parse("op_type=identity, kernel=1"), std::invalid_argument);
}

TEST_CASE("aggregate_space: bad tables are refused in a sentence") {
    struct net {
        int a;
        double b;
        std::uint8_t c;
        std::string d;
        bool operator==(const net&) const = default;
    };
    const auto a = nas::member<&net::a>({1, 2});
    const auto refused = [](const char* sentence, auto make) {
        CHECK_THROWS_WITH_AS(make(), sentence, std::invalid_argument);
    };
    using nas::aggregate_space;
    using nas::member;

    refused("nas::aggregate_space: a has 0 choices; it must have 1 to 256",
            [] { return aggregate_space{member<&net::a>(std::vector<int>{})}; });
    refused("nas::aggregate_space: a has 257 choices; it must have 1 to 256", [] {
        std::vector<int> many(257);
        for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<int>(i);
        return aggregate_space{member<&net::a>(many)};
    });
    refused("nas::aggregate_space: a has the choice 2 twice", [] {
        return aggregate_space{member<&net::a>({2, 3, 2})};
    });
    refused("nas::aggregate_space: b has the choice -0 twice", [] {
        return aggregate_space{member<&net::b>({0.0, -0.0})};
    });
    refused("nas::aggregate_space: the choices of b must be finite", [] {
        return aggregate_space{member<&net::b>({1, std::numeric_limits<double>::quiet_NaN()})};
    });
    refused("nas::aggregate_space: the choices of b must be finite", [] {
        return aggregate_space{member<&net::b>({1, std::numeric_limits<double>::infinity()})};
    });
    refused("nas::aggregate_space: a has 3 labels for 2 choices", [&] {
        return aggregate_space{a.labels({"x", "y", "z"})};
    });
    refused("nas::aggregate_space: a has the label 'x' twice", [&] { return aggregate_space{a.labels({"x", "x"})}; });
    refused("nas::aggregate_space: choice 0 of d needs a label that is not empty",
            [] { return aggregate_space{member<&net::d>({""})}; });
    refused("nas::aggregate_space: a member has an empty name", [&] { return aggregate_space{a.named("")}; });
    refused("nas::aggregate_space: the name of a member ('\xef\xbf\xbd') is not UTF-8",
            [&] { return aggregate_space{a.named("\xe9")}; });
    refused("nas::aggregate_space: the short name of a member ('\xef\xbf\xbd') is not UTF-8",
            [&] { return aggregate_space{a.short_name("\xe9")}; });
    refused("nas::aggregate_space: a label of a ('\xef\xbf\xbd') is not UTF-8", [&] {
        return aggregate_space{a.labels({"x", "\xe9"})};
    });
    refused("nas::aggregate_space: the members 0 and 1 have the same name 'a'", [&] {
        return aggregate_space{a, member<&net::b>({1}).named("a")};
    });
    refused("nas::aggregate_space: the members 0 and 1 have the same name 'X'", [&] {
        return aggregate_space{a.short_name("X"), member<&net::b>({1}).short_name("X")};
    });
    refused("nas::aggregate_space: b is for a a of 3, which is none of the choices of a", [&] {
        return aggregate_space{a, member<&net::b>({1}).when<&net::a>(1, 3)};
    });
    refused("nas::member: the value 1.5 in a condition of b does not fit the type of the member it names",
            [] { return member<&net::b>({1}).when<&net::a>(1.5); });
    refused("nas::member: c cannot hold its choice 256", [] { return member<&net::c>(nas::between(250, 256)); });
    refused("nas::member: c cannot hold its choice -1", [] { return member<&net::c>(nas::between(-1, 3)); });
    refused("nas::between: last (1) must be in [first, first + 255], first is 2", [] { return nas::between(2, 1); });
    refused("nas::between: last (256) must be in [first, first + 255], first is 0",
            [] { return nas::between(0, 256); });
    refused("nas::between: last (9223372036854775807) must be in [first, first + 255], first is -9223372036854775808",
            [] {
                return nas::between(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
            });
}

TEST_CASE("aggregate_space: 256 choices") {
    struct net {
        std::int16_t a;
        bool operator==(const net&) const = default;
    };
    const nas::aggregate_space space{nas::member<&net::a>(nas::between(-100, 155))};
    CHECK(space.size() == 256);
    CHECK(space.genotype({155})[0] == 255);
    CHECK(space.architecture({255}) == net{155});
    CHECK_FALSE(space.contains({156}));
}

TEST_CASE("aggregate_space: searches run on the struct") {
    const auto space = make_block_space();
    const auto score = [](const block& one) { return one.kernel + (one.residual ? 0.5 : 0) - one.dilation; };
    nas::search search{nas::regularized_evolution{space, {.population = 20, .tournament = 5}}, score, {.seed = 1}};
    search.run({.trials = 500});
    const block best = search.history().best().arch;
    CHECK(best.kernel == 2);
    CHECK(best.dilation == 0.1);
    CHECK(best.residual);

    nas::search all{nas::random_search{op_space, {.replacement = false}},
                    [](const op_and_kernel& one) { return one.kernel; }};
    CHECK(all.run({.trials = 100}) == nas::stop_reason::exhausted);
    CHECK(all.history().size() == 5);

    // What was written by hand is enqueued in its canonical form.
    const op_and_kernel by_hand{"identity", 5};
    const auto value = [](const op_and_kernel& one) { return one.kernel; };
    const auto start_with = [&](const op_and_kernel& one) {
        return nas::search{nas::random_search{op_space}, value, {.seed = 1, .enqueue = {one}}};
    };
    CHECK_THROWS_AS(start_with(by_hand), std::invalid_argument);
    auto started = start_with(op_space.canonical(by_hand));
    started.run({.trials = 1});
    CHECK(started.history().arch(0) == op_and_kernel{"identity", 1});
}

TEST_CASE("aggregate_space: numbers with levels are numeric decisions") {
    struct net {
        int units;
        double rate;
        float dropout;
        int layers;
        std::string op;
        bool operator==(const net&) const = default;
    };
    const nas::aggregate_space space{
        nas::member<&net::op>({"conv", "pool"}),
        nas::member<&net::units>(nas::log_between(16, 1024, 7)).when<&net::op>("conv"),
        nas::member<&net::rate>(nas::log_between(1e-5, 1e-1, 5)).short_name("lr"),
        nas::member<&net::dropout>({0.5F, 0.25F, 0}).numeric(),
        nas::member<&net::layers>(nas::between(1, 12)).numeric(nas::value_scale::logarithmic)};
    static_assert(nas::NumericSpace<decltype(nas::aggregate_space{space})>);
    CHECK(space.numeric());
    CHECK(space.values(0).empty());
    CHECK(space.values(1).back() == 1024);
    CHECK(space.scale(1) == nas::value_scale::logarithmic);
    CHECK(space.scale(3) == nas::value_scale::linear);
    const net arch{128, 1e-3, 0.25F, 6, "conv"};
    CHECK(space.describe(arch) == "op=conv, units=128, lr=0.001, dropout=0.25, layers=6");
    CHECK(space.parse(space.describe(arch)) == arch);
    CHECK(space.parse("op=conv, units=128.0, lr=1e-3, dropout=.25, layers=6.") == arch);
    CHECK(space.to_json(arch) == R"({"op":"conv","units":128,"rate":0.001,"dropout":0.25,"layers":6})");
    const std::vector<double> features = encoding(space, arch);
    REQUIRE(features.size() == 10);
    CHECK(features[2] == doctest::Approx(0.5));
    CHECK(features[3] == doctest::Approx(0));
    CHECK(features[4] == doctest::Approx(0.5));
    CHECK(features[6] == doctest::Approx(0.5));
    CHECK(features[8] == doctest::Approx(std::log(6) / std::log(12)));
    CHECK(encoding(space, {16, 1e-5, 0.5F, 1, "pool"}) == std::vector<double>{0, 1, -1, -1, 0, 1, 1, 1, 0, 1});

    CHECK(nas::testing::space_violations(space).empty());
    // Neighbours are the levels 1, 2, 4 and 8 away.
    nas::rng random{1};
    std::vector<net> around;
    nas::neighbors(space, {16, 1e-1, 0.5F, 1, "pool"}, random, around);
    CHECK(around.size() == 1 + 3 + 2 + 4);

    CHECK(!plain_space.numeric());  // layers, sizes and widths that nobody declared are categorical
    const nas::aggregate_space wide{nas::member<&net::layers>(nas::between(32, 256, 8))};
    CHECK(wide.values(0)[1] == 64);
}

TEST_CASE("aggregate_space: numeric members that cannot be are refused") {
    struct net {
        unsigned char c;
        double d;
        bool operator==(const net&) const = default;
    };
    const auto refused = [](const char* sentence, auto make) {
        CHECK_THROWS_WITH_AS((void)make(), sentence, std::invalid_argument);
    };
    refused("nas::member: c cannot hold its choice 260", [] { return nas::member<&net::c>(nas::between(0, 260, 3)); });
    refused("nas::member: c cannot hold its choice -1", [] { return nas::member<&net::c>(nas::between(-1, 1, 3)); });
    refused("nas::member: c has the choice 2 for two of its 9 levels; it can have fewer",
            [] { return nas::member<&net::c>(nas::between(1, 5, 9)); });
    refused("nas::aggregate_space: d has the value 1 after 3; values must only rise or only fall", [] {
        return nas::aggregate_space{nas::member<&net::d>({2, 3, 1}).numeric()};
    });
    refused("nas::aggregate_space: d has the value 0; on a logarithmic scale values must be above 0", [] {
        return nas::aggregate_space{nas::member<&net::d>({0, 1}).numeric(nas::value_scale::logarithmic)};
    });
}

// SPDX-License-Identifier: Apache-2.0
#include <nas/spaces/task_space.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <nas/core/between.hpp>
#include <nas/core/checks.hpp>
#include <nas/operators/decisions.hpp>
#include <nas/operators/mutate.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/spaces/layer_space.hpp>
#include <nas/spaces/nasbench201_space.hpp>

namespace {

using nas::task_space;
using cells = task_space<nas::nasbench201_space>;
using table = task_space<nas::choice_space<>>;

const cells images{nas::nasbench201_space{}, {"cifar10", "cifar100", "ImageNet16-120"}};

// Its second decision counts only where the first is pool.
const table dependent{
    nas::choice_space<>{std::vector<nas::decision>{
        {"op", 2, {"conv", "pool"}}, {"size", 3, {"2", "3", "5"}, nas::decision_tag::size, nas::condition{0, {1}}}}},
    {"a", "b"}};

}  // namespace

TEST_CASE("task_space: decision 0 is the task and those of the inner space follow") {
    static_assert(nas::check_decision_space<cells>());
    static_assert(std::is_same_v<cells::genotype_type, std::array<std::uint8_t, 7>>);
    static_assert(nas::EnumerableSpace<cells> && !nas::MaskedSpace<cells>);
    CHECK(images.decisions() == 7);
    CHECK(images.path(0) == "task");
    CHECK(images.path(1) == "1<-0");
    CHECK(images.path(6) == "3<-2");
    CHECK(images.cardinality(0) == 3);
    CHECK(images.cardinality(4) == 5);
    CHECK(images.label(0, 2) == "ImageNet16-120");
    CHECK(images.label(1, 3) == "nor_conv_3x3");
    CHECK(images.tag(0) == nas::decision_tag::generic);
    CHECK(images.tag(1) == nas::decision_tag::operation);
    CHECK(!images.conditional());
    CHECK(images.size() == 3 * 15625);
    const cells::arch_type arch{1, {4, 2, 1, 0, 0, 3}};
    CHECK(images.genotype(arch) == cells::genotype_type{1, 4, 2, 1, 0, 0, 3});
    CHECK(images.architecture({1, 4, 2, 1, 0, 0, 3}) == arch);
    CHECK(images.index(arch) == 15625 + nas::nasbench201_space{}.index(arch.arch));
    CHECK(images.inner().path(0) == "1<-0");
    CHECK(images.tasks().size() == 3);
}

TEST_CASE("task_space: contains what has a task and an architecture that there are") {
    CHECK(images.contains({2, {4, 4, 4, 4, 4, 4}}));
    CHECK(!images.contains({3, {4, 4, 4, 4, 4, 4}}));
    CHECK(!images.contains({2, {4, 4, 4, 4, 4, 5}}));
    CHECK(images == cells{nas::nasbench201_space{}, {"cifar10", "cifar100", "ImageNet16-120"}});
    CHECK(!(images == cells{nas::nasbench201_space{}, {"cifar10", "cifar100", "ImageNet"}}));
}

TEST_CASE("task_space: an architecture in words is the task and the inner space's words") {
    const cells::arch_type arch{1, {4, 2, 1, 0, 0, 3}};
    const std::string text =
        "task=cifar100, |avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|none~0|none~1|nor_conv_3x3~2|";
    CHECK(images.describe(arch) == text);
    CHECK(images.parse(text) == arch);
    CHECK(dependent.describe({0, {1, 2}}) == "task=a, op=pool, size=5");
    CHECK(dependent.parse("task=b, op=conv") == table::arch_type{1, {0, 0}});
    // A name may have '=', and be the beginning of another.
    const table odd{nas::choice_space<>{2, 3}, {"x", "x=", "x=1"}};
    for (std::uint8_t task = 0; task < 3; ++task) CHECK(odd.parse(odd.describe({task, {1, 2}})).task == task);

    for (const std::string wrong : {"", "task=a", "task=a,op=conv", "task=c, op=conv", "op=conv", "tusk=a, op=conv"})
        CHECK_THROWS_WITH_AS(
            dependent.parse(wrong),
            ("nas::task_space: '" + wrong + "' does not begin with 'task=', the name of a task and ', '").c_str(),
            std::invalid_argument);
    CHECK_THROWS_WITH_AS(images.parse("task=cifar10, |none"),
                         "nas::nasbench201_space: column 6 of '|none': expected '~0|+|'", std::invalid_argument);
}

TEST_CASE("task_space: conditions and masks are those of the inner space") {
    CHECK(dependent.conditional());
    CHECK(!dependent.when(0));
    CHECK(!dependent.when(1));
    CHECK(dependent.when(2) == nas::condition{1, {1}});
    CHECK(dependent.size() == 2 * (1 + 3));

    nas::model_space layers;
    for (std::ptrdiff_t l = 0; l < 3; ++l)
        layers.add_layer(l, {nas::layer_operation("dense", {{"units", 8}}), nas::layer_operation("identity")});
    const nas::layer_space inner{layers, {.unique_skips = true}};
    const task_space<nas::layer_space> masked{inner, {"a", "b"}};
    static_assert(nas::MaskedSpace<task_space<nas::layer_space>>);
    static_assert(!nas::EnumerableSpace<task_space<nas::layer_space>>);
    nas::rng random(3);
    std::array<std::size_t, 2> drawn{};
    for (int n = 0; n < 200; ++n) {
        const auto arch = masked.sample(random);
        ++drawn[arch.task];
        CHECK(inner.contains(arch.arch));
        const auto child = nas::mutate(masked, arch, random);
        CHECK(inner.contains(child.arch));
        const auto genotype = masked.genotype(arch);
        const auto of_inner = inner.genotype(arch.arch);
        const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
        const std::span<const std::uint8_t> rest(of_inner.data(), of_inner.size());
        CHECK(nas::choices_of(masked, all, 0) == nas::choice_mask::first(2));
        for (std::size_t i = 0; i < inner.decisions(); ++i)
            CHECK(nas::choices_of(masked, all, i + 1) == nas::choices_of(inner, rest, i));
    }
    CHECK(drawn[0] > 60);
    CHECK(drawn[1] > 60);
}

TEST_CASE("task_space refuses tasks without names of their own") {
    const auto refuses = [](std::vector<std::string> tasks, const std::string& sentence) {
        CHECK_THROWS_WITH_AS(table(nas::choice_space<>{2, 3}, std::move(tasks)),
                             ("nas::task_space: " + sentence).c_str(), std::invalid_argument);
    };
    refuses({}, "there are 0 tasks; there must be 1 to 256");
    refuses(std::vector<std::string>(257, "a"), "there are 257 tasks; there must be 1 to 256");
    refuses({"a", ""}, "the name of task 1 ('') must not be empty");
    refuses({"a", "\xe9"}, "the name of task 1 ('\xef\xbf\xbd') is not UTF-8");
    refuses({"a, b"}, "the name of task 0 ('a, b') must not have a comma or a line break");
    refuses({"a", "b", "a"}, "the name of task 2 ('a') must not be that of task 0");
    CHECK_THROWS_WITH_AS((task_space{images, {"a"}}),
                         "nas::task_space: decision 0 of the inner space is called 'task' too", std::invalid_argument);
    CHECK(table(nas::choice_space<>{2, 3}, {"only"}).size() == 9);
}

TEST_CASE("task_space: numeric decisions are those of the inner space, one later") {
    const table tuned{nas::choice_space<>{std::vector<nas::decision>{
                          {"op", 2}, nas::numeric_decision("rate", nas::log_between(0.01, 1, 3))}},
                      {"a", "b"}};
    static_assert(nas::NumericSpace<table> && nas::NumericSpace<cells>);
    CHECK(tuned.numeric());
    CHECK(tuned.values(0).empty());
    CHECK(tuned.values(1).empty());
    CHECK(tuned.values(2).size() == 3);
    CHECK(tuned.scale(0) == nas::value_scale::linear);
    CHECK(tuned.scale(2) == nas::value_scale::logarithmic);
    CHECK(tuned.describe(tuned.at(1)) == "task=a, op=0, rate=0.1");
    CHECK(!images.numeric());
    CHECK(images.values(1).empty());
    CHECK(!dependent.numeric());
}

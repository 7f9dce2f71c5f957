// SPDX-License-Identifier: Apache-2.0
#include <nas/core/class_name.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace {

template <class... T>
struct plain {};
struct named {
    std::string name() const { return "mine"; }
};
template <class Searcher>
struct around {
    const Searcher& searcher() const { return inner; }
    Searcher inner{};
};

}  // namespace

TEST_CASE("class_name: without namespaces and arguments") {
    CHECK(nas::detail::class_name<std::pair<plain<int>, std::string>>() == "pair");
    CHECK(nas::detail::class_name<plain<named, plain<>>>() == "plain");
}

TEST_CASE("searcher_name: its own or its class and what it wraps") {
    CHECK(nas::detail::searcher_name(named{}) == "mine");
    CHECK(nas::detail::searcher_name(plain<int>{}) == "plain");
    CHECK(nas::detail::searcher_name(around<named>{}) == "around(mine)");
    CHECK(nas::detail::searcher_name(around<around<plain<>>>{}) == "around(around(plain))");
}

// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <iterator>
#include <string>
#include <vector>

#include <nas/operators/indexed_range.hpp>

TEST_CASE("indexed_range: makes each item when it is looked at") {
    std::vector<std::size_t> made;
    const nas::indexed_range items(5, [&](std::size_t i) {
        made.push_back(i);
        return std::string(i, 'x');
    });
    static_assert(std::input_iterator<decltype(items.begin())>);
    CHECK(items.size() == 5);
    CHECK(made.empty());
    std::size_t length = 0;
    for (const std::string& item : items) {
        CHECK(item.size() == length);
        if (++length == 3) break;
    }
    CHECK(made == std::vector<std::size_t>{0, 1, 2});
}

TEST_CASE("indexed_range: of nothing") {
    const nas::indexed_range nothing(0, [](std::size_t i) { return i; });
    CHECK(nothing.begin() == nothing.end());
}

// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <memory>
#include <utility>
#include <vector>

#include <nas/run/callback.hpp>

TEST_CASE("a callback calls what it owns, and ends it once") {
    const auto alive = std::make_shared<int>(0);
    {
        std::vector<nas::callback<int(int)>> all;
        for (int i = 0; i < 5; ++i) all.emplace_back([alive, i](int x) { return ++*alive, 10 * i + x; });
        CHECK(alive.use_count() == 6);  // moved while the vector grew
        CHECK(all[0](7) == 7);
        CHECK(all[4](7) == 47);
    }
    CHECK(*alive == 2);
    CHECK(alive.use_count() == 1);
}

TEST_CASE("a callback keeps state, and passes references on") {
    nas::callback<void(int&)> count([calls = 0](int& out) mutable { out = ++calls; });
    nas::callback<void(int&)> moved(std::move(count));
    int out = 0;
    moved(out);
    moved(out);
    CHECK(out == 2);
}

// SPDX-License-Identifier: Apache-2.0
#include <nas/networks/scratch.hpp>

#include <stdexcept>
#include <vector>

#include <doctest/doctest.h>

TEST_CASE("scratch: what is lent comes back") {
    const nas::scratch<std::vector<int>> memory;
    const int* data = nullptr;
    memory.lend([&](std::vector<int>& room) {
        CHECK(room.empty());
        room.assign(3, 7);
        data = room.data();
    });
    memory.lend([&](std::vector<int>& room) {
        CHECK(room.data() == data);
        memory.lend([&](std::vector<int>& other) { CHECK(other.empty()); });
    });
    CHECK_THROWS_AS(memory.lend([](std::vector<int>&) { throw std::runtime_error("no"); }), std::runtime_error);
    std::size_t found = 0;  // one of the two has the numbers
    memory.lend(
        [&](std::vector<int>& one) { memory.lend([&](std::vector<int>& two) { found = one.size() + two.size(); }); });
    CHECK(found == 3);
}

TEST_CASE("scratch: a copy has memory of its own") {
    nas::scratch<std::vector<int>> memory;
    memory.lend([](std::vector<int>& room) { room.assign(3, 7); });
    const nas::scratch<std::vector<int>> copy(memory);
    copy.lend([](std::vector<int>& room) { CHECK(room.empty()); });
    memory = copy;
    memory.lend([](std::vector<int>& room) { CHECK(room.size() == 3); });
}

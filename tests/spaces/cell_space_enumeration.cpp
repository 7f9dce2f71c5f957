// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>
#include <nas/spaces/cell_space.hpp>

TEST_CASE("cell_space: all 10,979,688 cells of three blocks by enumeration (PNAS oracle 1)") {
    const nas::cell_space space;
    std::uint64_t cells = 0;
    std::uint64_t unlike = 0;
    // Every 997th is looked at more closely: that would take longer than all.
    space.for_each_unique_cell(3, [&](const nas::cell_space::arch_type& arch) {
        if (cells++ % 997 == 0 && space.canonical(arch) != arch) ++unlike;
    });
    CHECK(cells == 10'979'688);
    CHECK(unlike == 0);
}

TEST_CASE("cell_space: all cells of four and five blocks of few operations by enumeration") {
    const nas::cell_space four({.blocks = 4, .operations = {"a", "b"}});
    const nas::cell_space five({.operations = {"a"}});
    const nas::cell_space capped({.operations = {"a"}, .lookforward = 2});
    for (const nas::cell_space& space : {four, five, capped}) {
        const std::size_t blocks = space.options().blocks;
        std::uint64_t cells = 0;
        space.for_each_unique_cell(blocks, [&](const nas::cell_space::arch_type&) { ++cells; });
        CHECK(cells == space.unique_cells(blocks));
    }
}

// SPDX-License-Identifier: Apache-2.0
#include "testing/law_driver.hpp"

#include <nas/spaces/decision_space.hpp>

namespace {

/// A small cell written by a user: node i has one earlier node as its input and an operation; the second of two nodes may not
/// repeat the operation of its input. Masks, no conditions; an architecture is a struct.
struct cell {
    std::array<std::uint8_t, 5> inputs{};
    std::array<std::uint8_t, 5> operations{};

    friend bool operator==(const cell&, const cell&) = default;
};

class cell_space : public nas::decision_space<cell_space, std::array<std::uint8_t, 10>, cell> {
  public:
    static std::size_t decisions() { return 10; }
    static std::size_t cardinality(std::size_t i) { return i % 2 == 0 ? i / 2 + 1 : 4; }
    static std::string path(std::size_t i) {
        return "node" + std::to_string(i / 2) + (i % 2 == 0 ? "/input" : "/operation");
    }
    static std::string label(std::size_t i, std::size_t choice) {
        return i % 2 == 0 ? std::to_string(choice) : std::string("conv pool skip none").substr(5 * choice, 4);
    }
    static nas::decision_tag tag(std::size_t i) {
        return i % 2 == 0 ? nas::decision_tag::input : nas::decision_tag::operation;
    }
    // Input 0 is the cell's own.
    static void allowed(std::span<const std::uint8_t> prefix, std::size_t i, nas::choice_mask& mask) {
        if (i % 2 == 0) return;
        const std::size_t input = prefix[i - 1];
        if (input > 0) mask.erase(prefix[2 * (input - 1) + 1]);
    }
    static genotype_type genotype(const cell& arch) {
        genotype_type values{};
        for (std::size_t i = 0; i < 10; ++i) values[i] = i % 2 == 0 ? arch.inputs[i / 2] : arch.operations[i / 2];
        return values;
    }
    static cell architecture(const genotype_type& values) {
        cell arch;
        for (std::size_t i = 0; i < 10; ++i) (i % 2 == 0 ? arch.inputs : arch.operations)[i / 2] = values[i];
        return arch;
    }
};

}  // namespace

TEST_CASE("laws: a user's masked space") {
    static_assert(nas::MaskedSpace<cell_space> && !nas::EnumerableSpace<cell_space>);
    nas::tests::check_space(cell_space{}, 200, 5);
}

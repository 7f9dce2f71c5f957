// SPDX-License-Identifier: Apache-2.0
#include <nas/spaces/branched_model_space.hpp>

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace {

using nas::branched_model_space;
using nas::layer_operation;
using nas::model_space;
using layers = std::vector<std::size_t>;

model_space named(const std::string& name, std::size_t count) {
    model_space space;
    for (std::size_t l = 0; l < count; ++l)
        space.add_operation(static_cast<std::ptrdiff_t>(l), layer_operation(name + std::to_string(l)));
    return space;
}

}  // namespace

TEST_CASE("branched_model_space: AMBER oracle 14 branches then the stem") {
    const branched_model_space space({named("a", 2), named("b", 1)}, named("s", 1));
    CHECK(space.flat().layers() == 4);
    CHECK(space.flat().valid());
    CHECK(space.concat_op() == "concatenate");
    const char* const types[] = {"a0", "a1", "b0", "s0"};
    const std::optional<std::size_t> branches[] = {0, 0, 1, std::nullopt};
    for (std::size_t l = 0; l < 4; ++l) {
        CHECK(space.flat().layer(static_cast<std::ptrdiff_t>(l))[0].type() == types[l]);
        CHECK(space.layer_to_branch(l) == branches[l]);
    }
    CHECK(space.branches() == 2);
    CHECK(space.branch_to_layer(0) == layers{0, 1});
    CHECK(space.branch_to_layer(1) == layers{2});
    CHECK(space.branch_to_layer(std::nullopt) == layers{3});
    CHECK_THROWS_WITH_AS((void)space.layer_to_branch(4), "nas::branched_model_space: there is no layer 4 of 4",
                         std::out_of_range);
    CHECK_THROWS_WITH_AS((void)space.branch_to_layer(2), "nas::branched_model_space: there is no branch 2 of 2",
                         std::out_of_range);
}

TEST_CASE("branched_model_space: what cannot be one") {
    const model_space stem = named("s", 2);
    CHECK(branched_model_space({named("a", 1)}, stem, "add").concat_op() == "add");
    CHECK(branched_model_space({named("a", 1)}, stem, "add") != branched_model_space({named("a", 1)}, stem));
    CHECK_THROWS_WITH_AS(branched_model_space({}, stem), "nas::branched_model_space: there must be at least one branch",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(branched_model_space({stem}, stem, ""),
                         "nas::branched_model_space: concat_op must not be empty", std::invalid_argument);
    CHECK_THROWS_WITH_AS(branched_model_space({stem, model_space{}}, stem),
                         "nas::branched_model_space: branch 1: there must be at least one layer",
                         std::invalid_argument);
    model_space gap = stem;
    gap.delete_layer(0);
    CHECK_THROWS_WITH_AS(branched_model_space({stem}, gap),
                         "nas::branched_model_space: the stem: the layers must be 0, 1, ... without a gap; there is no "
                         "layer 0",
                         std::invalid_argument);
}

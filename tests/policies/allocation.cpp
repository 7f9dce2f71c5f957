// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <doctest/doctest.h>
#include <nas/networks/gradient.hpp>
#include <nas/networks/optimizers.hpp>
#include <nas/policies/lstm_policy.hpp>
#include <nas/spaces/choice_space.hpp>

#include "allocation_count.hpp"
#include "layer_table.hpp"

namespace {

using genotype = nas::dynamic_genotype;

/// How many allocations updates and questions take, of batches of `batch`, after two rounds of them.
template <class Space>
std::size_t allocations_of(const Space& space, const nas::lstm_policy_options& options, std::size_t batch) {
    nas::lstm_policy<float> net(space, options);
    nas::adam<float> adam(net.parameters().size());
    std::vector<float> gradient(net.parameters().size());
    std::vector<nas::rng> randoms;
    for (std::size_t seed = 0; seed < batch; ++seed) randoms.emplace_back(seed);
    std::vector<genotype> archs(batch);
    std::vector<double> logs(batch);
    const std::vector<double> descriptors(batch * options.descriptor, 0.5);
    const auto one = std::span(descriptors).first(options.descriptor);
    const std::span<const genotype> batch_of(archs);
    const auto learn = [&] {
        std::fill(gradient.begin(), gradient.end(), 0.0F);
        net.add_gradient(
            space, batch_of, [](std::size_t, double log_probability) { return log_probability; }, 0.1,
            std::span(gradient), descriptors);
        nas::clip_to_norm(std::span(gradient), 1);
        net.change([&](std::span<float> weights) { adam.step(weights, gradient, 0.01); });
    };
    std::size_t before = 0;
    for (int round = 0; round < 6; ++round) {
        if (round == 2) before = allocations;
        net.draw(space, std::span(randoms), std::span(archs), descriptors);
        learn();
        net.log_probabilities(space, batch_of, std::span(logs), descriptors);
        learn();
        net.sample(space, std::span(randoms), std::span(archs), descriptors);
        learn();
        for (std::size_t k = 0; k < batch; ++k) logs[k] = net.entropy(space, archs[k], one);
    }
    return allocations - before;
}

}  // namespace

TEST_CASE("allocation: the counter counts") {
    const std::size_t before = allocations;
    ::operator delete(::operator new(1));
    ::operator delete (::operator new (64, std::align_val_t{64}), std::align_val_t{64});
    CHECK(allocations == before + 2);
}

TEST_CASE("allocation: a recurrent policy takes no more memory for batches of a size that it has seen") {
    const nas::choice_space<> space(6, 5);
    for (const std::size_t batch : {1U, 10U, 100U}) CHECK(allocations_of(space, {.units = 32}, batch) == 0);
    CHECK(allocations_of(space, {.units = 100, .dropout = 0.2}, 10) == 0);
    CHECK(allocations_of(space, {.units = 32, .descriptor = 4, .descriptor_units = 8}, 10) == 0);
    // More decisions than live inside a genotype.
    CHECK(allocations_of(nas::choice_space<>(40, 3), {.units = 16}, 10) == 0);
    const auto layers = layer_table::space({.operations = {3, 2, 3}, .inputs = 2, .skips = true, .outputs = 2});
    CHECK(allocations_of(layers, {.units = 16, .skip_weight = 1, .diversity_weight = 1}, 10) == 0);
    CHECK(allocations_of(layers, {.units = 16, .unique_inputs = true, .unique_skips = true, .unique_outputs = true},
                         10) == 0);
}

TEST_CASE("allocation: smaller batches take no memory either") {
    const nas::choice_space<> space(6, 5);
    nas::lstm_policy<float> net(space, {.units = 32});
    std::vector<nas::rng> randoms(20, nas::rng{1});
    std::vector<genotype> archs(20);
    net.draw(space, std::span(randoms), std::span(archs));
    net.sample(space, std::span(randoms), std::span(archs));
    const std::size_t before = allocations;
    for (const std::size_t batch : {1U, 7U, 20U}) {
        net.draw(space, std::span(randoms).first(batch), std::span(archs).first(batch));
        net.sample(space, std::span(randoms).first(batch), std::span(archs).first(batch));
    }
    CHECK(allocations == before);
}

// SPDX-License-Identifier: Apache-2.0
#include <nas/policies/lstm_policy.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <nas/spaces/choice_space.hpp>

TEST_CASE("lstm_policy: const members may be called in several threads at once") {
    using genotype = nas::dynamic_genotype;
    const nas::choice_space<> space(5, 4);
    const nas::lstm_policy<float> net(space, {.units = 20, .initial = 1});
    constexpr std::size_t threads = 4;
    constexpr std::size_t batch = 5;
    struct result {
        std::vector<genotype> archs = std::vector<genotype>(batch);
        std::vector<double> logs = std::vector<double>(batch);
    };
    const auto ask = [&](std::uint64_t seed) {
        result told;
        std::vector<nas::rng> randoms;
        for (std::size_t k = 0; k < batch; ++k) randoms.emplace_back(seed + k);
        for (int round = 0; round < 20; ++round) {
            net.sample(space, std::span(randoms), std::span(told.archs));
            net.log_probabilities(space, std::span<const genotype>(told.archs), std::span(told.logs));
        }
        return told;
    };
    std::vector<result> together(threads);
    std::vector<std::thread> running;
    for (std::size_t t = 0; t < threads; ++t) running.emplace_back([&, t] { together[t] = ask(10 * t); });
    for (std::thread& thread : running) thread.join();
    for (std::size_t t = 0; t < threads; ++t) {
        const result alone = ask(10 * t);
        CHECK(together[t].archs == alone.archs);
        CHECK(together[t].logs == alone.logs);
    }
}

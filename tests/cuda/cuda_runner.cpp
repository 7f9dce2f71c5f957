// SPDX-License-Identifier: Apache-2.0

// What runs on a GPU; where there is none, that it is said.
#include <nas/cuda/cuda_runner.hpp>

#include <cmath>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nas/cuda/cuda_mlp_trainer.hpp>
#include <nas/rewards/loss_reward.hpp>

#include "cuda/made_rows.hpp"

namespace {

bool has_gpu() {
    char text[512] = "";
    if (nas::mlp_kernel::free_bytes(0, text, sizeof(text)) > 0) return true;
    std::cout << "NAS_SKIP: no GPU: " << text << '\n';
    return false;
}

}  // namespace

TEST_CASE("cuda_runner: options are checked, and a GPU that is not there is named in CUDA's words") {
    CHECK_THROWS_WITH_AS(nas::cuda_runner({.device = 1024}),
                         "nas::cuda_mlp_trainer: device (1024) must be in [0, 1023]", std::invalid_argument);
    try {
        nas::cuda_runner runner({.device = 1023});
        FAIL("there cannot be that many");
    } catch (const std::runtime_error& error) {
        const std::string text = error.what();
        CHECK(text.starts_with("nas::cuda_mlp_trainer: cudaSetDevice(device) failed at train_mlps.cu:"));
        CHECK(text.find("cudaError") != std::string::npos);
    }
}

TEST_CASE("cuda_runner: on a GPU networks become what they become on the CPU, and the same bits each time") {
    if (!has_gpu()) return;
    const auto data = nas::tests::made_rows(nas::learning_task::classification, 3, 300);
    const nas::mlp_space space({.units = {4, 16, 300}, .output = nas::output_layer_for(data)});
    const auto split = nas::tests::made_split(data);
    for (const nas::kept_weights keep : {nas::kept_weights::last, nas::kept_weights::best}) {
        const nas::mlp_trainer_options options{.epochs = 4, .keep = keep, .patience = 2, .test_metric = true};
        const nas::cuda_mlp_trainer<nas::loss_reward> ours(space, data, split, options);
        // Little memory: in parts.
        const nas::cuda_mlp_trainer<nas::loss_reward> narrow(space, data, split, options, {},
                                                             nas::cuda_runner({.megabytes = 64}));
        const nas::mlp_trainer<nas::loss_reward> theirs(space, data, split, options);
        std::vector<nas::mlp_space::arch_type> archs;
        std::vector<nas::context> abouts;
        for (std::uint64_t i = 0; i < space.size(); ++i) {
            archs.push_back(space.at(i));
            abouts.emplace_back(static_cast<nas::trial_id>(i), i, nas::full_fidelity);
        }
        const auto all = ours.evaluate_batch(archs, abouts);
        const auto again = ours.evaluate_batch(archs, abouts);
        const auto parts = narrow.evaluate_batch(archs, abouts);
        for (std::size_t i = 0; i < archs.size(); ++i) {
            CAPTURE(space.describe(archs[i]));
            const auto one = theirs(archs[i], abouts[i]);
            REQUIRE(all[i].completed());
            CHECK(std::abs(all[i].values[0] - one.values[0]) < 1e-4);
            CHECK(all[i].values == again[i].values);
            CHECK(all[i].values == parts[i].values);
            CHECK(all[i].metrics == again[i].metrics);
        }
    }
}

TEST_CASE("cuda_runner: on a GPU the best of a halving are what they become alone") {
    if (!has_gpu()) return;
    const auto data = nas::tests::made_rows(nas::learning_task::classification, 3, 300);
    const nas::mlp_space space({.units = {4, 16, 300}, .output = nas::output_layer_for(data)});
    const nas::cuda_mlp_trainer<nas::loss_reward> trainer(space, data, nas::tests::made_split(data), {.epochs = 9});
    std::vector<nas::mlp_space::arch_type> archs;
    std::vector<nas::context> abouts;
    for (std::uint64_t i = 0; i < space.size(); ++i) {
        archs.push_back(space.at(i));
        abouts.emplace_back(static_cast<nas::trial_id>(i), i, nas::full_fidelity);
    }
    const auto whole = trainer.evaluate_batch(archs, abouts);
    const auto halved = trainer.halve(archs, abouts, {.first = 1, .factor = 3});
    std::size_t completed = 0;
    for (std::size_t i = 0; i < archs.size(); ++i) {
        if (!halved[i].completed()) continue;
        ++completed;
        CHECK(halved[i].values == whole[i].values);
    }
    CHECK(completed == (((archs.size() + 2) / 3) + 2) / 3);
}

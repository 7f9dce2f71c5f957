// SPDX-License-Identifier: Apache-2.0

// Successive halving by the kernel's own queue, against a ranking by hand of networks that were trained to their end.
#include <nas/cuda/mlp_kernel/halving.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nas/cuda/cuda_mlp_trainer.hpp>
#include <nas/rewards/loss_reward.hpp>

#include "cuda/host_runner.hpp"
#include "cuda/made_rows.hpp"

namespace {

using nas::tests::host_runner;

struct answers {
    std::vector<nas::evaluation<>> results;
    std::vector<nas::learning_curve> curves;
};

struct bench {
    nas::dataset data = nas::tests::made_rows(nas::learning_task::classification, 3);
    nas::mlp_space space{{.units = {1, 5, 24}, .output = nas::output_layer_for(data)}};
    std::vector<nas::mlp_space::arch_type> archs = {};

    bench() {
        for (std::size_t i = 0; i < 22; ++i) archs.push_back(space.at(i * space.size() / 22));
    }

    template <class Ask>
    answers ask(const nas::mlp_trainer_options& options, const host_runner& runner, Ask&& ask) const {
        const nas::cuda_mlp_trainer<nas::loss_reward, host_runner> trainer(space, data, nas::tests::made_split(data),
                                                                           options, {}, runner);
        answers given;
        given.curves.resize(archs.size());
        std::vector<nas::context> abouts;
        for (std::size_t i = 0; i < archs.size(); ++i)
            abouts.emplace_back(static_cast<nas::trial_id>(i), i, nas::full_fidelity, &given.curves[i]);
        given.results = ask(trainer, abouts);
        return given;
    }
    answers whole(const nas::mlp_trainer_options& options) const {
        return ask(options, {},
                   [&](const auto& trainer, const auto& abouts) { return trainer.evaluate_batch(archs, abouts); });
    }
    answers halved(const nas::mlp_trainer_options& options, const nas::cuda_halving& how,
                   const host_runner& runner) const {
        return ask(options, runner,
                   [&](const auto& trainer, const auto& abouts) { return trainer.halve(archs, abouts, how); });
    }
};

}  // namespace

TEST_CASE("mlp_halving: rungs have factor times fewer networks and more epochs, and end with all epochs") {
    const auto rungs = nas::mlp_kernel::rungs_of(22, 1, 3, 10);
    std::vector<std::vector<std::uint32_t>> all;
    for (const auto& one : rungs) all.push_back({one.epochs, one.count, one.first});
    CHECK(all == std::vector<std::vector<std::uint32_t>>{{1, 22, 0}, {3, 8, 22}, {9, 3, 30}, {10, 1, 33}});
    CHECK(nas::mlp_kernel::rungs_of(5, 20, 3, 10).size() == 1);
    CHECK(nas::mlp_kernel::rungs_of(5, 2, 2, 8).back().count == 2);
}

TEST_CASE("mlp_halving: the best go on to what they become alone, the others are pruned, in any order of teams") {
    const bench on;
    for (const nas::kept_weights keep : {nas::kept_weights::last, nas::kept_weights::best}) {
        const nas::mlp_trainer_options options{
            .epochs = 7, .batch = 20, .learning_rate = 0.05, .keep = keep, .test_metric = true};
        const answers whole = on.whole(options);
        // By hand: the losses after 2 and 4 epochs; rewards in curves are those of the kept epoch, the loss's negative.
        std::vector<std::size_t> alive(on.archs.size());
        for (std::size_t i = 0; i < alive.size(); ++i) alive[i] = i;
        std::vector<std::size_t> epochs(on.archs.size(), 2);
        for (const auto& [after, count] : {std::pair<std::size_t, std::size_t>{2, 11}, {4, 6}}) {
            std::stable_sort(alive.begin(), alive.end(), [&, at = after - 1](std::size_t a, std::size_t b) {
                return whole.curves[a].values[at] > whole.curves[b].values[at];
            });
            alive.resize(count);
            std::sort(alive.begin(), alive.end());
            for (const std::size_t i : alive) epochs[i] = after == 2 ? 4 : 7;
        }
        for (const host_runner& runner :
             {host_runner{}, host_runner{.blocks = 4}, host_runner{.blocks = 2, .threads = 3},
              host_runner{.blocks = 3, .fast_bytes = 4000}, host_runner{.blocks = 40}}) {
            const answers halved = on.halved(options, {.first = 2, .factor = 2}, runner);
            for (std::size_t i = 0; i < on.archs.size(); ++i) {
                CAPTURE(i);
                REQUIRE(halved.curves[i].values.size() == epochs[i]);
                CHECK(std::equal(halved.curves[i].values.begin(), halved.curves[i].values.end(),
                                 whole.curves[i].values.begin()));
                CHECK(halved.results[i].values[0] == halved.curves[i].values.back());
                if (epochs[i] == 7) {
                    CHECK(halved.results[i].completed());
                    CHECK(halved.results[i].metrics == whole.results[i].metrics);
                } else {
                    CHECK(halved.results[i].status == nas::trial_status::pruned);
                    CHECK(halved.results[i].reason ==
                          (epochs[i] == 2 ? "after 2 of 7 epochs not among the best 11 of 22 networks"
                                          : "after 4 of 7 epochs not among the best 6 of 11 networks"));
                }
            }
        }
    }
}

TEST_CASE("mlp_halving: optimizers go on where they were, what stopped early or diverged does not") {
    const bench on;
    for (const nas::optimizer_kind kind :
         {nas::optimizer_kind::sgd, nas::optimizer_kind::rmsprop, nas::optimizer_kind::adam}) {
        const nas::mlp_trainer_options options{
            .epochs = 4, .batch = 20, .optimizer = kind, .learning_rate = 0.05, .momentum = 0.9, .patience = 1};
        const answers whole = on.whole(options);
        const answers halved = on.halved(options, {.first = 1, .factor = 2}, {.blocks = 2});
        std::size_t completed = 0;
        for (std::size_t i = 0; i < on.archs.size(); ++i) {
            if (!halved.results[i].completed()) continue;
            ++completed;
            CHECK(halved.curves[i] == whole.curves[i]);
        }
        CHECK(completed == 6);
    }
    const answers wild =
        on.halved({.epochs = 4, .optimizer = nas::optimizer_kind::sgd, .learning_rate = 1000, .weight_decay = 1}, {},
                  {.blocks = 2});
    std::size_t failed = 0;
    for (const auto& result : wild.results) {
        failed += result.status == nas::trial_status::failed ? 1 : 0;
        if (result.status == nas::trial_status::failed)
            CHECK(result.reason.find("is not finite: the learning rate may be too high") != std::string::npos);
    }
    CHECK(failed > 0);
    CHECK(failed < wild.results.size());
}

TEST_CASE("mlp_halving: what cannot be is said") {
    const bench on;
    CHECK_THROWS_WITH_AS(on.halved({.epochs = 4}, {.factor = 1}, {}),
                         "nas::cuda_mlp_trainer: factor (1) must be in [2, 1e+06]", std::invalid_argument);
    CHECK_THROWS_AS(on.halved({.epochs = 4}, {}, {.most_bytes = 30'000}), std::invalid_argument);
}

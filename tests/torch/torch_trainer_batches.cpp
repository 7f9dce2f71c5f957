// SPDX-License-Identifier: Apache-2.0

// Many networks: side by side as one, on several threads, and very many.
#include <nas/torch/torch_trainer.hpp>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <torch/torch.h>
#include <nas/core/machine_limit.hpp>
#include <nas/rewards/loss_reward.hpp>
#include <nas/run/parallel.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>

#include <support/sanitizers.hpp>

#include "torch_trials.hpp"

using nas::learning_task;
using nas::torch_trainer;
using nas::torch_trainer_options;
using nas::tests::answer;
using nas::tests::close;
using nas::tests::convolutions;
using nas::tests::rows_of;
using nas::tests::space_for;
using nas::tests::split_of;

namespace {

/// What evaluate_batch answers for these, each with a seed of its own.
template <class Trainer>
std::vector<answer> ask_all(const Trainer& trainer, const std::vector<typename Trainer::arch_type>& archs,
                            double fidelity = nas::full_fidelity) {
    std::vector<answer> given(archs.size());
    std::vector<nas::context> abouts;
    for (std::size_t i = 0; i < archs.size(); ++i)
        abouts.emplace_back(static_cast<nas::trial_id>(i), 100 + i, fidelity, &given[i].curve);
    auto results = trainer.evaluate_batch(archs, abouts);
    REQUIRE(results.size() == archs.size());
    for (std::size_t i = 0; i < archs.size(); ++i) given[i].result = std::move(results[i]);
    return given;
}

bool agree(const std::vector<answer>& one, const std::vector<answer>& other, double share = 1e-3) {
    bool all = true;
    for (std::size_t i = 0; i < one.size(); ++i)
        all = all && one[i].result.reason == other[i].result.reason && one[i].curve.steps == other[i].curve.steps &&
              close(one[i].curve.values, other[i].curve.values, share) &&
              close(one[i].result.metrics, other[i].result.metrics, share);
    return all;
}

/// Memory of the CPU, while it lives: the first that is asked for in this very size is not there.
class scarce_memory : public c10::Allocator {
  public:
    explicit scarce_memory(std::size_t size) : size_(size) { c10::SetAllocator(c10::kCPU, this); }
    ~scarce_memory() override { c10::SetAllocator(c10::kCPU, usual_); }
    scarce_memory(const scarce_memory&) = delete;
    scarce_memory& operator=(const scarce_memory&) = delete;

    int failures() const noexcept { return failures_; }
#if TORCH_VERSION_MAJOR >= 2
    c10::DataPtr allocate(std::size_t size) override { return take(size); }
    void copy_data(void* to, const void* from, std::size_t size) const override { usual_->copy_data(to, from, size); }
#else
    c10::DataPtr allocate(std::size_t size) const override { return take(size); }
#endif
    c10::DeleterFnPtr raw_deleter() const override { return usual_->raw_deleter(); }

  private:
    c10::DataPtr take(std::size_t size) const {
        if (size == size_ && failures_ == 0) {
            ++failures_;
            throw std::bad_alloc();
        }
        return usual_->allocate(size);
    }

    c10::Allocator* usual_ = c10::GetAllocator(c10::kCPU);
    std::size_t size_;
    mutable int failures_ = 0;
};

/// Whether networks side by side give what each gives alone.
template <class Make>
std::vector<answer> check_groups(const Make& make, torch_trainer_options options) {
    const auto alone = make(options);
    options.side_by_side = 3;
    const auto together = make(options);
    static_assert(nas::BatchEvaluator<decltype(together), typename decltype(together)::arch_type>);
    std::vector<typename decltype(together)::arch_type> archs;
    for (std::size_t i = 0; i < 11; ++i) archs.push_back(together.space().at(i % 3));  // groups of 3, 3, 3 and 1, 1
    auto given = ask_all(together, archs);
    for (const answer& one : given) REQUIRE_MESSAGE(one.result.completed(), one.result.reason);
    CHECK(agree(given, ask_all(alone, archs)));
    return given;
}

}  // namespace

TEST_CASE("torch_trainer: networks side by side are those trained one by one, each with its own draws and end") {
    const auto data = rows_of(learning_task::classification, 3);
    const auto make = [&](const torch_trainer_options& options) {
        // The first three: 16 units, then 16 with dropout, then the same again.
        const nas::mlp_space space(
            {.units = {16}, .activations = {nas::activation::tanh}, .output = nas::output_layer_for(data)});
        return torch_trainer{space, data, split_of(data), options, nas::loss_reward{}};
    };
    check_groups(make, {.epochs = 5, .batch = 7, .weight_decay = 0.2, .clip_gradient = 0.2, .test_metric = true});
    const auto stopped = check_groups(make, {.epochs = 30,
                                             .learning_rate = 0.1,
                                             .label_smoothing = 0.1,
                                             .keep = nas::kept_weights::best,
                                             .patience = 2,
                                             .test_metric = true});
    std::vector<std::size_t> lengths;
    for (const answer& one : stopped) lengths.push_back(one.curve.steps.size());
    CHECK(*std::min_element(lengths.begin(), lengths.end()) != *std::max_element(lengths.begin(), lengths.end()));
    // Those of the last epoch, too, are kept at the end of each.
    check_groups(make, {.epochs = 30, .learning_rate = 0.1, .patience = 2, .test_metric = true});
}

TEST_CASE("torch_trainer: convolutional networks side by side are those trained one by one") {
    const auto data = rows_of(learning_task::classification, 3);
    const auto make = [&](const torch_trainer_options& options) {
        const convolutions builder;
        return torch_trainer{builder.space(), builder, data, split_of(data), options, nas::loss_reward{}};
    };
    check_groups(make,
                 {.epochs = 4, .learning_rate = 0.01, .weight_decay = 0.2, .clip_gradient = 0.2, .test_metric = true});
    check_groups(
        make,
        {.epochs = 12, .learning_rate = 0.05, .keep = nas::kept_weights::best, .patience = 2, .test_metric = true});
}

TEST_CASE("torch_trainer: a network whose numbers are not finite changes none beside it") {
    const convolutions builder;
    const nas::network_plan plan = builder(builder.space().at(2));
    const torch_trainer_options options{.learning_rate = 0.1, .weight_decay = 0.1, .clip_gradient = 0.5};
    const nas::torch_setup setup;
    const auto weights = [&](std::size_t copies, float first) {
        nas::torch_model model = nas::make_torch_model(plan, copies);
        std::vector<nas::rng> randoms(copies, nas::rng(3));
        model.plan->initialize(std::span(randoms));
        if (copies > 1) model.plan->set_weights(0, std::vector<float>(plan.parameters(), first));
        nas::detail::torch_steps steps(options, setup, model.module->parameters(), nas::detail::decaying_weights(model),
                                       static_cast<std::int64_t>(copies));
        for (std::size_t epoch = 0; epoch < 3; ++epoch) {
            steps.begin_epoch(epoch);
            ::torch::Tensor rows = ::torch::arange(16).view({4, 1, 2, 2}).sin();
            if (copies > 1) rows = rows.unsqueeze(0).expand({2, 4, 1, 2, 2});
            steps.step(model.forward({rows})[0].square().sum());
        }
        return model.plan->weights(copies - 1);
    };
    const std::vector<float> alone = weights(1, 0);
    for (const float bad : {1.0F, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        const std::vector<float> beside = weights(2, bad);
        REQUIRE(beside.size() == alone.size());
        for (std::size_t i = 0; i < alone.size(); ++i) CHECK(beside[i] == doctest::Approx(alone[i]).epsilon(1e-3));
    }
}

TEST_CASE("torch_trainer: what fails in a group fails alone, and a group that finds no memory is halved") {
    const auto data = rows_of(learning_task::classification, 3);
    const nas::choice_space<1> space{3};
    const auto builder = [](const nas::choice_space<1>::arch_type& arch) {
        if (arch[0] == 1) throw std::runtime_error("no such network");
        nas::network_plan plan;
        plan.output(plan.dense(plan.input(4), 3));
        return plan;
    };
    const auto reward = [](const nas::finished_model& model) {
        if (model.losses.size() == 2 && model.losses[0] > 1.2) throw std::runtime_error("not worth it");
        return -model.loss();
    };
    const auto split = split_of(data);
    std::vector<nas::choice_space<1>::arch_type> archs;
    for (std::size_t i = 0; i < 8; ++i) archs.push_back(space.at(i == 2 ? 1 : 0));
    const torch_trainer alone{space, builder, data, split, {.epochs = 4}, reward};
    const auto wanted = ask_all(alone, archs);
    std::vector<std::string> reasons;
    for (const answer& one : wanted) reasons.push_back(one.result.reason);
    CHECK(reasons[2] == "no such network");
    CHECK(std::count(reasons.begin(), reasons.end(), "not worth it") >= 1);
    CHECK(std::count(reasons.begin(), reasons.end(), "") >= 1);
    const torch_trainer together{space, builder, data, split, {.epochs = 4, .side_by_side = 8}, reward};
    CHECK(agree(ask_all(together, archs), wanted));

    // As if there was no memory for seven, and none for the first three of them, in the second epoch.
    int failures = 2;
    const nas::torch_setup scarce{.rate = [&failures](std::size_t epoch) {
        if (epoch == 1 && failures > 0) {
            --failures;
            throw std::bad_alloc();
        }
        return 0.001;
    }};
    const torch_trainer halved{space, builder, data, split, {.epochs = 4, .side_by_side = 8}, reward, scarce};
    CHECK(agree(ask_all(halved, archs), wanted));
    CHECK(failures == 0);
}

TEST_CASE("torch_trainer: a search by batches, side by side, is the search one by one within rounding") {
    const auto data = rows_of(learning_task::classification, 3);
    const convolutions builder;
    const auto run = [&](std::size_t side_by_side) {
        const torch_trainer trainer{
            builder.space(),   builder, data, split_of(data), {.epochs = 2, .side_by_side = side_by_side},
            nas::loss_reward{}};
        nas::search search{nas::random_search{builder.space()}, std::cref(trainer), {.seed = 3}};
        search.run({.trials = 16, .batch = 8});
        std::vector<double> values;
        for (std::size_t row = 0; row < search.history().size(); ++row) values.push_back(search.history().value(row));
        return values;
    };
    CHECK(close(run(4), run(1), 1e-3));
}

TEST_CASE("torch_trainer: the same history, bit for bit, for any number of threads") {
    const auto data = rows_of(learning_task::classification, 3);
    const convolutions builder;
    const torch_trainer images{builder.space(), builder, data, split_of(data), {.epochs = 2}, nas::loss_reward{}};
    const torch_trainer rows{space_for(data), data, split_of(data), {.epochs = 2}, nas::loss_reward{}};
    const auto values = [](const auto& trainer, std::size_t threads) {
        nas::search search{nas::random_search{trainer.space()}, std::cref(trainer), {.seed = 3}};
        nas::threads pool(threads);
        search.run({.trials = 16, .batch = 8}, pool);
        std::vector<double> all;
        for (std::size_t row = 0; row < search.history().size(); ++row) {
            all.push_back(search.history().value(row));
            for (const double metric : search.history().metrics(row)) all.push_back(metric);
        }
        return all;
    };
    const auto check = [&](const auto& trainer) {
        const auto one = values(trainer, 1);
        CHECK(values(trainer, 1) == one);
        CHECK(values(trainer, 2) == one);
        CHECK(values(trainer, 4) == one);
    };
    check(images);
    check(rows);
}

TEST_CASE("torch_trainer: a device serves one evaluation at a time, a CPU all") {
    nas::detail::device_leases cpu({::torch::kCPU});
    CHECK(cpu.take() == 0);
    CHECK(cpu.take() == 0);
    const auto gpus = std::make_shared<nas::detail::device_leases>(
        std::vector<::torch::Device>{{::torch::kCUDA, 0}, {::torch::kCUDA, 1}});
    CHECK(gpus->take() == 0);
    CHECK(gpus->take() == 1);
    std::atomic<int> got = -1;
    std::thread waiting([&] {
        const nas::detail::device_lease lease(gpus);
        got = static_cast<int>(lease.place());
    });
    CHECK(got == -1);
    gpus->give_back(1);
    waiting.join();
    CHECK(got == 1);
    CHECK(gpus->take() == 1);  // the lease gave it back
}

TEST_CASE("torch_trainer: a batch on several devices answers what it does on one, and ends where one of them must") {
    const auto data = rows_of(learning_task::classification, 3);
    const auto trainer_on = [&](std::size_t devices, std::size_t side_by_side, auto reward) {
        const nas::torch_setup setup{.devices = std::vector<::torch::Device>(devices, ::torch::kCPU)};
        return torch_trainer{space_for(data), data, split_of(data), {.epochs = 2, .side_by_side = side_by_side},
                             reward,          setup};
    };
    const nas::mlp_space space = space_for(data);
    std::vector<nas::mlp_space::arch_type> archs;
    for (std::size_t i = 0; i < 12; ++i) archs.push_back(space.at(i % 5));
    for (const std::size_t side_by_side : {1, 2}) {
        const auto one = ask_all(trainer_on(1, side_by_side, nas::loss_reward{}), archs);
        CHECK(agree(ask_all(trainer_on(3, side_by_side, nas::loss_reward{}), archs), one, 0));
        const auto ends = [](const nas::finished_model&) -> double { throw nas::fatal_error("no such reward"); };
        CHECK_THROWS_AS(ask_all(trainer_on(3, side_by_side, ends), archs), nas::fatal_error);
    }
}

TEST_CASE("torch_trainer: a group that finds no memory for its test rows reports no epoch twice") {
    const auto data = rows_of(learning_task::classification, 3);
    auto split = split_of(data);
    split.test.resize(23);
    const nas::mlp_space space = space_for(data);
    const std::vector<nas::mlp_space::arch_type> archs(4, space.at(0));
    const torch_trainer_options options{.epochs = 3, .side_by_side = 4, .test_metric = true};
    const torch_trainer trainer{space, data, split, options, nas::loss_reward{}};
    const auto wanted = ask_all(trainer, archs);
    const scarce_memory scarce(std::size_t{4} * 23 * 3 * sizeof(float));  // four networks' answers to them
    CHECK(agree(ask_all(trainer, archs), wanted));
    CHECK(scarce.failures() == 1);
}

#if !NAS_TESTS_SANITIZED  // which take more room

TEST_CASE("torch_trainer: where a device has no thread left the batch ends with a sentence, not the program") {
    const ::pid_t child = ::fork();
    if (child == 0) {
        ::alarm(20);
        long pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        // Room for one stack of 8 MB.
        const auto bytes = static_cast<rlim_t>(pages * ::sysconf(_SC_PAGESIZE)) + (rlim_t{12} << 20);
        const rlimit room{bytes, bytes};
        ::setrlimit(RLIMIT_AS, &room);
        try {
            nas::detail::work_on(8, 8, [](std::size_t) { ::usleep(10000); });
        } catch (const std::system_error& error) {
            ::_exit(nas::is_machine_limit(error) ? 0 : 2);
        }
        ::_exit(1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
}

#endif

TEST_CASE("torch_trainer: memory stays as it is over many trials") {
    const auto megabytes = [] {
        std::ifstream file("/proc/self/statm");
        std::size_t total = 0;
        std::size_t resident = 0;
        file >> total >> resident;
        return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
    };
    const auto data = rows_of(learning_task::classification, 3);
    const convolutions builder;
    const torch_trainer trainer{builder.space(), builder, data, split_of(data), {.epochs = 1, .side_by_side = 3}};
    const auto train = [&](std::uint64_t trials) {
        for (std::uint64_t i = 0; i < trials; ++i) trainer(builder.space().at(i % 4), nas::context(0, i, 1));
        for (std::uint64_t i = 0; i < trials; i += 12) ask_all(trainer, std::vector(12, builder.space().at(i % 4)), 1);
    };
    train(48);
    const double before = megabytes();
    train(300);
    CHECK(megabytes() - before < 20);
}

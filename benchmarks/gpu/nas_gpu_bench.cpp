// SPDX-License-Identifier: Apache-2.0

// All networks of nas::mlp_space, several seeds each, trained by cuda_mlp_trainer and by mlp_trainer on all cores: that both
// are the same, and how long they take. Prints lines of `name|figure|unit|note`.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/cuda/cuda_mlp_trainer.hpp>
#include <nas/data/read_dataset.hpp>
#include <nas/data/standardize.hpp>
#include <nas/rewards/loss_reward.hpp>

#include "cuda/host_runner.hpp"

namespace {

using clock_type = std::chrono::steady_clock;
double since(clock_type::time_point begin) { return std::chrono::duration<double>(clock_type::now() - begin).count(); }

struct arguments {
    std::map<std::string, double> numbers = {{"networks", 840}, {"seeds", 3},   {"epochs", 10},      {"rows", 4898},
                                             {"repeats", 3},    {"host", 0},    {"cpu-seconds", 60}, {"threads", 0},
                                             {"megabytes", 0},  {"sanitize", 0}};

    arguments(int count, char** texts) {
        for (int i = 1; i < count; ++i) {
            const std::string text = texts[i];
            const std::size_t equals = text.find('=');
            const auto known = text.starts_with("--") && equals != std::string::npos
                                   ? numbers.find(text.substr(2, equals - 2))
                                   : numbers.end();
            if (known == numbers.end()) {
                std::string all;
                for (const auto& [name, value] : numbers) all += " --" + name + "=" + std::to_string(value);
                throw std::invalid_argument("unknown argument " + text + "; known are" + all);
            }
            known->second = std::stod(text.substr(equals + 1));
        }
    }
    std::size_t operator[](const std::string& name) const { return static_cast<std::size_t>(numbers.at(name)); }
};

void say(const char* name, double figure, const char* unit, const std::string& note = "") {
    std::printf("%s|%.6g|%s|%s\n", name, figure, unit, note.c_str());
    std::fflush(stdout);
}

/// White wine by its quality, 3 to 9, from 11 features; where the file is not there, made rows of that shape.
nas::dataset wine(std::size_t rows, std::string& what) {
    const char* const folder = std::getenv("NAS_DATA_DIR");
    if (folder != nullptr && rows == 4898) {
        const auto path = std::filesystem::path(folder) / "winequality_white.csv";
        if (std::filesystem::exists(path)) {
            what = "white wine";
            return nas::read_dataset(path, {.labels = {"quality"}, .dropped = {"quality_label"}});
        }
    }
    what = "made rows of white wine's shape";
    nas::dataset data;
    data.name = "made";
    data.task = nas::learning_task::classification;
    for (int i = 0; i < 11; ++i) data.feature_names.push_back("x" + std::to_string(i));
    for (int k = 0; k < 7; ++k) data.output_names.push_back("y" + std::to_string(k));
    nas::rng random(5);
    for (std::size_t i = 0; i < rows; ++i) {
        double sum = 0;
        for (int j = 0; j < 11; ++j) {
            const double x = 2 * nas::unit(random) - 1;
            data.inputs.push_back(static_cast<float>(x));
            sum += x * (j % 3 - 1);
        }
        const double noisy = sum + 2 * nas::unit(random);
        data.labels.push_back(static_cast<std::uint32_t>(std::clamp(noisy + 2.5, 0.0, 6.0)));
    }
    return data;
}

/// What the last job of a runner was, and what the device says of it.
struct measurements {
    double operations = 0;
    double learned_bytes = 0;  // of global memory, by networks that do not fit into shared memory
    nas::mlp_kernel::device_use use = {};
};

/// Trains on the GPU, or by the same code on this CPU; counts.
struct measuring_runner {
    bool host = false;
    std::size_t threads = 1;
    std::size_t most_bytes = 0;
    measurements* seen = nullptr;

    std::size_t bytes() const { return most_bytes; }
    void operator()(const nas::mlp_kernel::job& job) const {
        seen->operations = seen->learned_bytes = 0;
        for (std::size_t i = 0; i < job.count; ++i) {
            const auto& one = job.models[i];
            seen->operations += nas::mlp_kernel::operations(one, job.layers, job.all);
            // A step of Adam that is not in shared memory reads and writes means and squares, and the weights.
            const double steps =
                one.epochs * std::ceil(static_cast<double>(job.all.rows) / static_cast<double>(job.all.batch));
            using nas::mlp_kernel::placement;
            const placement where = nas::mlp_kernel::placement_of(job.all, one, shared_bytes);
            const double numbers = where == placement::all_fast ? 0 : where == placement::state_slow ? 4 : 6;
            seen->learned_bytes += steps * numbers * sizeof(float) * static_cast<double>(one.parameters);
        }
        if (host) return nas::tests::host_runner{.blocks = threads}(job);
#if defined(NAS_HAS_CUDA)
        std::array<char, 1024> text{};
        if (!nas::mlp_kernel::train_on_device(job, {.device = 0, .bytes = most_bytes}, text.data(), text.size(),
                                              &seen->use))
            throw nas::fatal_error(text.data());
#endif
    }
    static constexpr std::size_t shared_bytes = 227 << 10;  // of a block, on an H100
};

int run(const arguments& given) {
    std::string what;
    const nas::dataset data = wine(given["rows"], what);
    const auto split = nas::random_split(data.rows(), {.train = 0.9, .validation = 0.1}, 1);
    const nas::mlp_space space({.output = nas::output_layer_for(data)});
    const nas::mlp_trainer_options options{.epochs = given["epochs"]};
    const nas::dataset rows = nas::standardize(data, split);
    say("training rows", static_cast<double>(split.train.size()), "rows", what);

    measurements seen;
    measuring_runner runner{.host = given["host"] != 0, .threads = given["threads"], .seen = &seen};
    if (runner.threads == 0) runner.threads = std::thread::hardware_concurrency();
    runner.most_bytes = std::size_t{1} << 34;
    double floor_operations = 0;
    double floor_bytes = 0;
    if (!runner.host) {
#if defined(NAS_HAS_CUDA)
        std::array<char, 1024> text{};
        nas::mlp_kernel::device_figures device;
        const std::size_t bytes = nas::mlp_kernel::free_bytes(0, text.data(), text.size());
        if (bytes == 0 || !nas::mlp_kernel::describe_device(0, device, text.data(), text.size()))
            throw std::runtime_error(text.data());
        runner.most_bytes = given["megabytes"] > 0 ? given["megabytes"] << 20 : bytes / 10 * 9;
        floor_operations = device.operations;
        floor_bytes = device.bytes;
        say("device", static_cast<double>(device.processors), "multiprocessors", device.name);
#else
        throw std::runtime_error("compiled without CUDA: use --host=1");
#endif
    }
    const nas::cuda_mlp_trainer<nas::loss_reward, measuring_runner> ours(space, rows, split, options, {}, runner);
    const nas::mlp_trainer<nas::loss_reward> theirs(space, rows, split, options);

    // Networks evenly from the space, each with all seeds.
    const std::size_t networks = std::min<std::size_t>(given["networks"], space.size());
    std::vector<nas::mlp_space::arch_type> archs;
    std::vector<nas::learning_curve> curves(networks * given["seeds"]);
    std::vector<nas::context> abouts;
    for (std::size_t i = 0; i < networks; ++i)
        for (std::size_t seed = 0; seed < given["seeds"]; ++seed) {
            const auto id = static_cast<nas::trial_id>(archs.size());
            archs.push_back(space.at(i * space.size() / networks));
            abouts.emplace_back(id, nas::streams(seed).seed(i, nas::purpose::evaluate), nas::full_fidelity,
                                &curves[id]);
        }
    const auto train_all = [&] {
        for (auto& curve : curves) curve = {};
        return ours.evaluate_batch(archs, abouts);
    };

    train_all();  // CUDA begins, the kernel is loaded
    if (given["sanitize"] != 0) return 0;
    double best = 0;
    auto answers = train_all();
    for (std::size_t i = 0; i < given["repeats"]; ++i) {
        const auto begin = clock_type::now();
        const auto again = train_all();
        const double seconds = since(begin);
        best = i == 0 ? seconds : std::min(best, seconds);
        for (std::size_t k = 0; k < answers.size(); ++k)
            if (again[k].values != answers[k].values)
                throw std::runtime_error("two runs differ in network " + std::to_string(k));
        answers = again;
    }
    const double trained = static_cast<double>(archs.size());
    say("cuda_mlp_trainer", best, "s",
        std::to_string(archs.size()) + " networks, a whole call, best of the repeats; the same bits in all");
    say("of it kernels", seen.use.kernel_seconds, "s",
        std::to_string(seen.use.slow) + " networks partly in global memory, " + std::to_string(seen.use.parts) +
            " parts, " + std::to_string(seen.use.bytes >> 20) + " MiB on the device");
    say("operations", seen.operations, "float products and sums",
        "6 a weight and training row, 2 a validation row; 4 in the first layer");
    say("global memory", seen.learned_bytes, "bytes",
        "weights, means and squares of networks that shared memory does not hold, read and written a step");
    if (floor_operations > 0) {
        const double floor = std::max(seen.operations / floor_operations, seen.learned_bytes / floor_bytes);
        say("floor by operations", seen.operations / floor_operations, "s", "at the card's rate for float");
        say("floor by bytes", seen.learned_bytes / floor_bytes, "s", "at the card's rate for global memory");
        say("share of the floor", floor / best, "", "the larger floor over the time of the call");
    }

    // mlp_trainer on all cores, networks in an order that is none, until the time is over.
    std::vector<std::uint32_t> order(archs.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    nas::rng random(1);
    nas::shuffle(std::span<std::uint32_t>(order), random);
    std::vector<nas::learning_curve> other(archs.size());
    std::atomic<std::size_t> next{0};
    const auto begin = clock_type::now();
    std::vector<std::thread> pool;
    for (std::size_t t = 0; t < runner.threads; ++t)
        pool.emplace_back([&] {
            for (std::size_t n = next++; n < order.size(); n = next++) {
                if (since(begin) > static_cast<double>(given["cpu-seconds"])) break;
                const std::uint32_t i = order[n];
                theirs(archs[i], nas::context(i, abouts[i].seed(), nas::full_fidelity, &other[i]));
            }
        });
    for (std::thread& one : pool) one.join();
    const double seconds = since(begin);
    double done = 0;
    double first = 0;
    double last = 0;
    std::size_t worst = 0;
    for (std::size_t i = 0; i < other.size(); ++i) {
        if (other[i].empty()) continue;
        ++done;
        if (curves[i].values.size() != other[i].values.size()) throw std::runtime_error("curves of different lengths");
        const double now = std::abs(curves[i].values.front() - other[i].values.front());
        if (now > first) worst = i;
        first = std::max(first, now);
        last = std::max(last, std::abs(curves[i].values.back() - other[i].values.back()));
    }
    say("mlp_trainer, all cores", seconds * trained / done, "s",
        std::to_string(static_cast<int>(done)) + " networks in " + std::to_string(seconds) + " s on " +
            std::to_string(runner.threads) + " threads, times all / those");
    say("ratio to mlp_trainer", seconds * trained / done / best, "x", "goal: 10");
    say("difference after epoch 1", first, "of the validation loss", "the largest, of " + space.describe(archs[worst]));
    say("difference at the end", last, "of the validation loss", "the largest");
    if (!(first < 1e-4)) {
        std::fprintf(stderr, "nas_gpu_bench: the losses of epoch 1 differ by more than rounding: %g\n", first);
        return 1;
    }
    return 0;
}

}  // namespace

int main(int count, char** texts) try { return run(arguments(count, texts)); } catch (const std::exception& error) {
    std::fprintf(stderr, "nas_gpu_bench: %s\n", error.what());
    return 2;
}

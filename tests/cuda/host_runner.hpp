// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <barrier>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

#include <nas/cuda/mlp_kernel/queue.hpp>
#include <nas/cuda/train_mlps.hpp>

namespace nas::tests {

/// What a team shares.
struct host_block {
    explicit host_block(std::size_t threads) : barrier(static_cast<std::ptrdiff_t>(threads)) {}
    std::barrier<> barrier;
    std::size_t taken = 0;
};

/// A thread of a block as the kernel sees it: what src/train_mlps.cu has for a GPU.
class host_team {
  public:
    host_team(std::size_t rank, std::size_t size, host_block& block, std::atomic<std::size_t>& counter)
        : rank_(rank), size_(size), block_(block), counter_(counter) {}

    std::size_t rank() const { return rank_; }
    std::size_t size() const { return size_; }
    void sync() const {
        if (size_ > 1) block_.barrier.arrive_and_wait();
    }
    std::size_t next() const {
        sync();
        if (rank_ == 0) block_.taken = counter_++;
        sync();
        return block_.taken;
    }
    double seconds() const { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

  private:
    std::size_t rank_;
    std::size_t size_;
    host_block& block_;
    std::atomic<std::size_t>& counter_;
};

/// Runs the kernel's own code on this machine, as src/train_mlps.cu does on a GPU: blocks that take networks from a queue.
struct host_runner {
    std::size_t blocks = 1;
    std::size_t threads = 1;             ///< of a block
    std::size_t fast_bytes = 1U << 18;   ///< of a block's "shared memory"
    std::size_t most_bytes = 1U << 30;   ///< of all memory
    std::size_t* slow_models = nullptr;  ///< where given, is told how many networks had not room in it

    std::size_t bytes() const { return most_bytes; }

    void operator()(const mlp_kernel::job& job) const {
        mlp_kernel::setting all = job.all;
        std::vector<float> best;
        if (all.keep_best && all.weights == nullptr) {
            const mlp_kernel::model& last = job.models[job.count - 1];
            best.resize(last.weights_at + last.parameters);
            all.weights = best.data();
        }
        const mlp_kernel::processor machine{fast_bytes, fast_bytes, 0};
        for (const mlp_kernel::group& group :
             mlp_kernel::groups_of(all, job.models, job.layers, 0, job.count, machine)) {
            if (slow_models != nullptr && group.slow_bytes > 0) *slow_models += group.order.size();
            std::atomic<std::size_t> counter{0};
            std::vector<std::unique_ptr<std::byte[]>> memories;
            std::vector<std::thread> running;
            std::vector<std::unique_ptr<host_block>> shared;
            for (std::size_t block = 0; block < blocks; ++block) {
                shared.push_back(std::make_unique<host_block>(threads));
                memories.push_back(std::make_unique<std::byte[]>(group.fast_bytes + group.slow_bytes));
            }
            const auto run = [&](std::size_t block, std::size_t rank) {
                char* const memory = reinterpret_cast<char*>(memories[block].get());
                const host_team team(rank, threads, *shared[block], counter);
                const auto train = [&](auto all_fast) {
                    mlp_kernel::train_queue<decltype(all_fast)::value>(team, all, job.models, job.layers,
                                                                       group.order.data(), group.order.size(), memory,
                                                                       group.fast_bytes, memory + group.fast_bytes);
                };
                if (group.slow_bytes > 0)
                    train(std::false_type{});
                else
                    train(std::true_type{});
            };
            if (blocks * threads == 1) {
                run(0, 0);
                continue;
            }
            for (std::size_t block = 0; block < blocks; ++block)
                for (std::size_t rank = 0; rank < threads; ++rank) running.emplace_back(run, block, rank);
            for (std::thread& one : running) one.join();
        }
    }
};

}  // namespace nas::tests

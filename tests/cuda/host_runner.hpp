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

#include <nas/cuda/mlp_kernel/halving.hpp>
#include <nas/cuda/mlp_kernel/queue.hpp>
#include <nas/cuda/train_mlps.hpp>

namespace nas::tests {

/// What all teams share.
struct host_queue {
    explicit host_queue(std::size_t rungs) : ended(rungs) {}
    std::atomic<std::size_t> next{0};
    std::atomic<std::uint32_t> published{0};
    std::vector<std::atomic<std::uint32_t>> ended;  // by rung
};

/// What a team shares.
struct host_block {
    explicit host_block(std::size_t threads) : barrier(static_cast<std::ptrdiff_t>(threads)) {}
    std::barrier<> barrier;
    std::size_t taken = 0;
};

/// A thread of a block as the kernel sees it: what src/train_mlps.cu has for a GPU.
class host_team {
  public:
    host_team(std::size_t rank, std::size_t size, host_block& block, host_queue& queue)
        : rank_(rank), size_(size), block_(block), queue_(queue) {}

    std::size_t rank() const { return rank_; }
    std::size_t size() const { return size_; }
    void sync() const {
        if (size_ > 1) block_.barrier.arrive_and_wait();
    }
    std::size_t next() const {
        sync();
        if (rank_ == 0) block_.taken = queue_.next++;
        sync();
        return block_.taken;
    }
    bool ends(std::uint32_t rung, std::uint32_t count) const {
        sync();
        if (rank_ == 0) block_.taken = ++queue_.ended[rung];
        sync();
        return block_.taken == count;
    }
    void publish(std::uint32_t rung) const {
        sync();
        if (rank_ == 0) queue_.published = rung;
    }
    void await(std::uint32_t rung) const {
        if (rank_ == 0)
            while (queue_.published < rung) std::this_thread::yield();
        sync();
    }
    double seconds() const { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

  private:
    std::size_t rank_;
    std::size_t size_;
    host_block& block_;
    host_queue& queue_;
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
        std::vector<mlp_kernel::group> groups =
            mlp_kernel::groups_of(all, job.models, job.layers, 0, job.count, machine);
        mlp_kernel::join_ranked(job, groups);
        for (const mlp_kernel::group& group : groups) {
            if (slow_models != nullptr && group.slow_bytes > 0) *slow_models += group.order.size();
            mlp_kernel::group_queue plan(job, group);
            const auto saved = std::make_unique<std::byte[]>(plan.saved_bytes);
            const mlp_kernel::queue queue{plan.rungs.data(), static_cast<std::uint32_t>(plan.rungs.size()),
                                          plan.order.data(), reinterpret_cast<char*>(saved.get()),
                                          plan.saved_at.empty() ? nullptr : plan.saved_at.data()};
            host_queue counters(plan.rungs.size());
            std::vector<std::unique_ptr<std::byte[]>> memories;
            std::vector<std::thread> running;
            std::vector<std::unique_ptr<host_block>> shared;
            for (std::size_t block = 0; block < blocks; ++block) {
                shared.push_back(std::make_unique<host_block>(threads));
                memories.push_back(std::make_unique<std::byte[]>(group.fast_bytes + group.slow_bytes));
                // No numbers: what is read before it was written makes results that are none.
                std::fill_n(memories.back().get(), group.fast_bytes + group.slow_bytes, std::byte{0xff});
            }
            const auto run = [&](std::size_t block, std::size_t rank) {
                char* const memory = reinterpret_cast<char*>(memories[block].get());
                const host_team team(rank, threads, *shared[block], counters);
                const auto train = [&](auto where) {
                    mlp_kernel::train_queue<decltype(where)::value>(team, all, job.models, job.layers, queue, memory,
                                                                    group.fast_bytes, memory + group.fast_bytes);
                };
                using mlp_kernel::placement;
                if (group.where == placement::all_fast)
                    train(std::integral_constant<placement, placement::all_fast>{});
                else if (group.where == placement::state_slow)
                    train(std::integral_constant<placement, placement::state_slow>{});
                else if (group.where == placement::weights_slow)
                    train(std::integral_constant<placement, placement::weights_slow>{});
                else
                    train(std::integral_constant<placement, placement::any>{});
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

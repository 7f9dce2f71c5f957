// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace nas {

/// Evaluates the trials of a batch on several threads; they live as long as this object.
///
///     nas::threads pool{8};
///     search.run({.trials = 1000, .batch = 8}, pool);
///
/// The history depends on the batch size, never on the number of threads. More threads than trials in a batch are idle.
/// Several searches may use one object at the same time, also one inside another's evaluator.
class threads {
  public:
    /// As many as the machine has cores, the caller's included.
    threads() : threads(std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, max_count)) {}

    /// More are a mistake: a size that wrapped around, which would take all the threads of the machine before it fails.
    static constexpr std::size_t max_count = 4096;

    /// `count` in [1, max_count] threads, the caller's included; std::invalid_argument otherwise, and std::system_error where
    /// the machine lacks processes or memory for them.
    explicit threads(std::size_t count) : count_(count) {
        if (count < 1 || count > max_count)
            throw std::invalid_argument("nas::threads: count (" + std::to_string(count) + ") must be in [1, " +
                                        std::to_string(max_count) + "]");
        if (count > 1) helpers_.emplace().start(count - 1);
    }

    std::size_t count() const noexcept { return count_; }

    /// Calls task(0) to task(count - 1), each once, on any thread; returns when all have returned. Of the exceptions that they
    /// throw, that of the smallest index is thrown here, after all have ended.
    template <class Task>
    void for_each(std::size_t count, Task&& task) {
        // The helpers own the batch: one that starts late, when all tasks are done, still looks whether there is any.
        const auto work = std::make_shared<batch>(count);
        const auto call = [](void* what, std::size_t i) { (*static_cast<std::remove_reference_t<Task>*>(what))(i); };
        void* const what = const_cast<void*>(static_cast<const void*>(std::addressof(task)));
        for (std::size_t helper = 1; helper < std::min(count_, count); ++helper)
            boost::asio::post(helpers_->pool, [work, call, what] { work->take_part(call, what); });
        work->take_part(call, what);
        work->wait();
        // Taken out: a helper that still holds the batch must not release what is being handled here.
        if (const std::exception_ptr error = std::exchange(work->error, nullptr)) std::rethrow_exception(error);
    }

  private:
    // Threads that join a pool without any: one that makes its own waits for ever for those that it made where it cannot
    // make the next.
    struct helpers {
        boost::asio::thread_pool pool;
        std::vector<std::thread> members;

        helpers() : pool(0) {}

        void start(std::size_t count) {
            try {
                while (members.size() < count) members.emplace_back([this] { pool.attach(); });
            } catch (const std::system_error& error) {
                throw std::system_error(error.code(), "nas::threads: only " + std::to_string(members.size() + 1) +
                                                          " of " + std::to_string(count + 1) + " threads can run");
            }
        }
        helpers(const helpers&) = delete;
        helpers& operator=(const helpers&) = delete;
        ~helpers() {
            pool.stop();
            for (std::thread& member : members) member.join();
        }
    };

    struct batch {
        explicit batch(std::size_t tasks) : count(tasks), left(tasks) {}

        template <class Call>
        void take_part(Call call, void* what) {
            for (std::size_t i = next++; i < count; i = next++) {
                std::exception_ptr thrown;
                try {
                    call(what, i);
                } catch (...) {
                    thrown = std::current_exception();
                }
                end(i, std::move(thrown));
            }
        }

        void end(std::size_t i, std::exception_ptr thrown) {
            const std::lock_guard lock(mutex);
            if (thrown && i < thrower) {
                thrower = i;
                error = std::move(thrown);
            }
            if (--left == 0) all_ended.notify_all();
        }

        void wait() {
            std::unique_lock lock(mutex);
            all_ended.wait(lock, [this] { return left == 0; });
        }

        const std::size_t count;
        std::atomic<std::size_t> next = 0;
        std::mutex mutex;
        std::condition_variable all_ended;
        std::size_t left;
        std::size_t thrower = static_cast<std::size_t>(-1);
        std::exception_ptr error = nullptr;
    };

    std::size_t count_;
    std::optional<helpers> helpers_;
};

}  // namespace nas

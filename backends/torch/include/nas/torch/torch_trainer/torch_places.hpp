// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <torch/torch.h>

namespace nas::detail {

/// Which devices are free. A GPU serves one evaluation at a time, a CPU as many as ask.
class device_leases {
  public:
    explicit device_leases(const std::vector<::torch::Device>& devices) {
        for (const ::torch::Device& one : devices) shared_.push_back(one.is_cpu());
        busy_.resize(devices.size());
    }

    /// The number of a free device, when there is one.
    std::size_t take() {
        std::unique_lock lock(mutex_);
        std::size_t place = 0;
        freed_.wait(lock, [&] {
            for (place = 0; place < busy_.size() && busy_[place] && !shared_[place];) ++place;
            return place < busy_.size();
        });
        busy_[place] = true;
        return place;
    }
    void give_back(std::size_t place) {
        {
            const std::lock_guard lock(mutex_);
            busy_[place] = false;
        }
        freed_.notify_one();
    }

  private:
    std::mutex mutex_;
    std::condition_variable freed_;
    std::vector<bool> shared_;
    std::vector<bool> busy_;
};

/// A device for as long as this lives.
class device_lease {
  public:
    explicit device_lease(std::shared_ptr<device_leases> from) : from_(std::move(from)), place_(from_->take()) {}
    ~device_lease() { from_->give_back(place_); }
    device_lease(const device_lease&) = delete;
    device_lease& operator=(const device_lease&) = delete;

    std::size_t place() const noexcept { return place_; }

  private:
    std::shared_ptr<device_leases> from_;
    std::size_t place_;
};

/// Calls `work(i)` for each i below `count`, on so many threads; the first exception comes out when all have ended, a
/// std::system_error where the machine lacks threads.
template <class Work>
void work_on(std::size_t threads, std::size_t count, const Work& work) {
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    std::exception_ptr error;
    const auto loop = [&] {
        for (std::size_t i = next++; i < count; i = next++) {
            try {
                work(i);
            } catch (...) {
                const std::lock_guard lock(mutex);
                if (!error) error = std::current_exception();
                next = count;
            }
        }
    };
    {
        std::vector<std::jthread> others;  // joined at the end
        try {
            for (std::size_t i = 1; i < std::min(threads, count); ++i) others.emplace_back(loop);
        } catch (...) {
            next = count;
            throw;
        }
        loop();
    }
    if (error) std::rethrow_exception(error);
}

/// While one lives, libtorch works with so many threads in this thread. The number is a matter of a thread, but a new thread begins
/// with the number that any thread set last: what was there before the first of several at a time comes back with each.
class torch_threads {
  public:
    explicit torch_threads(int threads) {
        const std::lock_guard lock(mutex());
        if (alive()++ == 0) outside() = at::get_num_threads();
        at::set_num_threads(threads);
    }
    ~torch_threads() {
        const std::lock_guard lock(mutex());
        --alive();
        at::set_num_threads(outside());
    }
    torch_threads(const torch_threads&) = delete;
    torch_threads& operator=(const torch_threads&) = delete;

  private:
    // Of the process, as libtorch's number is.
    static std::mutex& mutex() {
        static std::mutex one;
        return one;
    }
    static int& alive() {
        static int count = 0;
        return count;
    }
    static int& outside() {
        static int threads = 1;
        return threads;
    }
};

}  // namespace nas::detail

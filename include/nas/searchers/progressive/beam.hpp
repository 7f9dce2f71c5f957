// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <unordered_set>
#include <utility>
#include <vector>

#include <nas/operators/identity.hpp>

namespace nas::detail {

/// The `size` best of the networks that are offered, each once; of equal scores those that were offered first. What it keeps
/// does not grow with what is offered. A network that was put out and is offered again has the same score as before, so that
/// it stays out.
template <Hashable Network, class Item>
class beam {
  public:
    static constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

    explicit beam(std::size_t size) : size_(size) {}

    std::size_t size() const noexcept { return heap_.size(); }

    /// Whether something of this score would be taken. `score` is not NaN.
    bool takes(double score) const { return heap_.size() < size_ || (size_ > 0 && score > heap_.front().score); }

    void offer(double score, const Network& network, Item item) {
        if (!takes(score) || !networks_.insert(network).second) return;
        if (heap_.size() == size_) {
            std::pop_heap(heap_.begin(), heap_.end(), before);
            networks_.erase(heap_.back().network);
            heap_.pop_back();
        }
        heap_.push_back({score, offered_++, network, std::move(item)});
        std::push_heap(heap_.begin(), heap_.end(), before);
    }

    struct entry {
        double score;
        std::size_t number;
        Network network;
        Item item;
    };

    /// The best first.
    std::vector<entry> sorted() && {
        std::sort(heap_.begin(), heap_.end(), before);
        return std::move(heap_);
    }

  private:
    struct hash {
        std::size_t operator()(const Network& network) const noexcept { return hash_of(network); }
    };

    // The heap's front is the worst.
    static bool before(const entry& a, const entry& b) noexcept {
        return a.score != b.score ? a.score > b.score : a.number < b.number;
    }

    std::size_t size_;
    std::size_t offered_ = 0;
    std::vector<entry> heap_;
    std::unordered_set<Network, hash> networks_;  // looked up only
};

/// The best of `first`, and all of `last` in the last of `size` places, each network once.
template <class Network, class Item>
std::vector<typename beam<Network, Item>::entry> with_last_places(beam<Network, Item> first, beam<Network, Item> last,
                                                                  std::size_t size) {
    using entry = typename beam<Network, Item>::entry;
    std::vector<entry> best = std::move(first).sorted();
    std::vector<entry> others = std::move(last).sorted();
    identity_set<Network> taken;
    std::vector<entry> all;
    const auto take = [&](std::vector<entry>& from, std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i)
            if (all.size() < size && taken.insert(from[i].network)) all.push_back(std::move(from[i]));
    };
    const std::size_t places = std::min(best.size(), size - others.size());
    take(best, 0, places);
    take(others, 0, others.size());
    take(best, places, best.size());
    return all;
}

}  // namespace nas::detail

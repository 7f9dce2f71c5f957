// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>

namespace nas {

/// Memory that const members of an object work in, also from several threads at once: each call has a `T` of its own, and one
/// is kept for later calls. A copy of the object begins without any.
template <class T>
class scratch {
  public:
    scratch() = default;
    scratch(const scratch&) noexcept {}
    scratch& operator=(const scratch&) noexcept { return *this; }
    ~scratch() { delete idle_.load(std::memory_order_relaxed); }

    /// `use(T&)`; what is in there is what an earlier use left, or T().
    template <class Use>
    void lend(Use&& use) const {
        lent one(*this);
        use(*one.what);
    }

  private:
    struct lent {
        explicit lent(const scratch& from) : owner(from), what(from.idle_.exchange(nullptr)) {
            if (what == nullptr) what = std::make_unique<T>();
        }
        ~lent() { delete owner.idle_.exchange(what.release()); }
        lent(const lent&) = delete;
        lent& operator=(const lent&) = delete;

        const scratch& owner;
        std::unique_ptr<T> what;
    };

    mutable std::atomic<T*> idle_ = nullptr;
};

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

namespace nas {

template <class Signature>
class callback;

/// Owns any callable of that signature, and can be moved. std::function would do, but <functional> costs every user's
/// compile 0.3 s.
template <class Result, class... Arguments>
class callback<Result(Arguments...)> {
  public:
    template <class F>
    explicit callback(F function)
        : target_(new F(std::move(function))),
          call_([](void* target, Arguments... with) -> Result {
              return (*static_cast<F*>(target))(std::forward<Arguments>(with)...);
          }),
          destroy_([](void* target) { delete static_cast<F*>(target); }) {}
    callback(callback&& other) noexcept
        : target_(std::exchange(other.target_, nullptr)), call_(other.call_), destroy_(other.destroy_) {}
    callback& operator=(callback&&) = delete;
    ~callback() {
        if (target_ != nullptr) destroy_(target_);
    }

    Result operator()(Arguments... with) const { return call_(target_, std::forward<Arguments>(with)...); }

  private:
    void* target_;
    Result (*call_)(void*, Arguments...);
    void (*destroy_)(void*);
};

}  // namespace nas

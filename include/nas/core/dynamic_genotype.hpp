// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <utility>

namespace nas {

/// A genotype whose number of decisions is known at run time only. Up to 32 decisions live inside the object.
///
/// Not boost::container::small_vector, because its copies are calls of memmove: they were 45 % of a step of evolution, and g++
/// 12 warns about them in users' code (-Wstringop-overread). Here a small genotype is copied as 32 bytes, whatever its size.
class dynamic_genotype {
  public:
    dynamic_genotype() noexcept = default;

    /// `decisions` zeros.
    explicit dynamic_genotype(std::size_t decisions) : size_(decisions) {
        if (!small()) heap_ = new std::uint8_t[decisions]();
    }
    /// These choices: `space.contains({0, 1, 2})`.
    dynamic_genotype(std::initializer_list<std::uint8_t> choices) : dynamic_genotype(choices.size()) {
        if (choices.size() > 0) std::memcpy(data(), choices.begin(), choices.size());
    }
    dynamic_genotype(const dynamic_genotype& other) : size_(other.size_) {
        if (small()) {
            std::memcpy(inside_, other.inside_, capacity);
        } else {
            heap_ = new std::uint8_t[size_];
            std::memcpy(heap_, other.heap_, size_);
        }
    }
    dynamic_genotype(dynamic_genotype&& other) noexcept : size_(other.size_) {
        std::memcpy(inside_, other.inside_, capacity);  // the pointer, where there is one
        other.size_ = 0;
    }
    dynamic_genotype& operator=(const dynamic_genotype& other) {
        if (small() && other.small()) {
            size_ = other.size_;
            std::memmove(inside_, other.inside_, capacity);  // may be the same object
        } else {
            *this = dynamic_genotype(other);
        }
        return *this;
    }
    dynamic_genotype& operator=(dynamic_genotype&& other) noexcept {
        if (this == &other) return *this;
        if (!small()) delete[] heap_;
        size_ = std::exchange(other.size_, 0);
        std::memcpy(inside_, other.inside_, capacity);
        return *this;
    }
    ~dynamic_genotype() {
        if (!small()) delete[] heap_;
    }

    std::size_t size() const noexcept { return size_; }
    std::uint8_t* data() noexcept { return small() ? inside_ : heap_; }
    const std::uint8_t* data() const noexcept { return small() ? inside_ : heap_; }
    std::uint8_t& operator[](std::size_t i) noexcept { return data()[i]; }
    const std::uint8_t& operator[](std::size_t i) const noexcept { return data()[i]; }
    std::uint8_t* begin() noexcept { return data(); }
    std::uint8_t* end() noexcept { return data() + size_; }
    const std::uint8_t* begin() const noexcept { return data(); }
    const std::uint8_t* end() const noexcept { return data() + size_; }

    friend bool operator==(const dynamic_genotype& a, const dynamic_genotype& b) noexcept {
        return a.size_ == b.size_ && std::memcmp(a.data(), b.data(), a.size_) == 0;
    }

  private:
    static constexpr std::size_t capacity = 32;
    bool small() const noexcept { return size_ <= capacity; }

    std::size_t size_ = 0;
    union {
        std::uint8_t inside_[capacity] = {};
        std::uint8_t* heap_;
    };
};

}  // namespace nas

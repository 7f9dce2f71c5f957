// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <iterator>
#include <utility>

namespace nas {

/// `item(0)` to `item(count - 1)`, each made when it is looked at: what `roots()` and `grow(arch)` of a space return. It is to be gone
/// through once at a time; iterators point into the range, which must outlive them.
template <class Item>
class indexed_range {
  public:
    class iterator {
      public:
        using difference_type = std::ptrdiff_t;
        using value_type = decltype(std::declval<const Item&>()(std::size_t{}));
        using iterator_concept = std::input_iterator_tag;

        iterator() = default;
        iterator(const Item& item, std::size_t index) : item_(&item), index_(index) {}

        value_type operator*() const { return (*item_)(index_); }
        iterator& operator++() {
            ++index_;
            return *this;
        }
        void operator++(int) { ++index_; }
        friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.index_ == b.index_; }

      private:
        const Item* item_ = nullptr;
        std::size_t index_ = 0;
    };

    indexed_range(std::size_t count, Item item) : count_(count), item_(std::move(item)) {}

    std::size_t size() const noexcept { return count_; }
    iterator begin() const { return {item_, 0}; }
    iterator end() const { return {item_, count_}; }

  private:
    std::size_t count_;
    Item item_;
};

}  // namespace nas

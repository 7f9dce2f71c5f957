// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

// Every allocation of the program is counted that has one source file which includes this.

/// So far. No test of such a program allocates in two threads at once.
inline std::size_t allocations = 0;

inline void* counted_allocation(std::size_t bytes, std::size_t alignment = 0) {
    ++allocations;
    const std::size_t size = bytes == 0 ? 1 : bytes;
    void* memory = alignment == 0 ? std::malloc(size)
                                  : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

// The forms that the standard's others call. Not inlined, because g++ 12 then takes a new beside a free for a mistake.
[[gnu::noinline]] void* operator new(std::size_t bytes) { return counted_allocation(bytes); }
[[gnu::noinline]] void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return counted_allocation(bytes, static_cast<std::size_t>(alignment));
}
// std::stable_sort calls this one, which the standard's own makes of the first, and that of a sanitizer does not.
[[gnu::noinline]] void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    ++allocations;
    return std::malloc(bytes == 0 ? 1 : bytes);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

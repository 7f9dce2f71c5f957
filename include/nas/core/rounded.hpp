// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>

namespace nas::detail {

/// The same number, as it is in memory. Compilers may compute a * b + c with one rounding where the CPU can (-march=native, -mfma),
/// and then what a search compares differs in its last digit between two builds. `rounded(a * b) + c` has two roundings in each;
/// it costs nothing.
template <std::floating_point Number>
Number rounded(Number number) noexcept {
#if defined(__SSE2__)
    asm("" : "+x"(number));  // something that the compiler does not know may happen to it here
    return number;
#elif defined(__aarch64__)
    asm("" : "+w"(number));
    return number;
#else
    const volatile Number stored = number;
    return stored;
#endif
}

}  // namespace nas::detail

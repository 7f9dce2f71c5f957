// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace nas::detail {

/// A number that tells things apart in files: FNV-1a of 64 bits (Fowler, Noll and Vo), the same on every platform, and no
/// protection against those who mean to forge.
class fingerprint {
  public:
    constexpr void add_byte(unsigned char byte) noexcept { value_ = (value_ ^ byte) * 0x100000001b3U; }
    /// Lowest byte first.
    constexpr void add(std::uint64_t word) noexcept {
        for (int i = 0; i < 8; ++i) add_byte(static_cast<unsigned char>(word >> (8 * i)));
    }
    /// Texts that are added one after the other should have an end of their own, as `add(text.size())`.
    constexpr void add(std::string_view text) noexcept {
        for (const char c : text) add_byte(static_cast<unsigned char>(c));
    }

    constexpr std::uint64_t value() const noexcept { return value_; }
    friend constexpr bool operator==(const fingerprint&, const fingerprint&) = default;

  private:
    std::uint64_t value_ = 0xcbf29ce484222325U;
};

/// `0x0123456789abcdef`.
inline std::string fingerprint_text(fingerprint print) {
    std::string text = "0x";
    for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(print.value() >> shift) & 15];
    return text;
}

}  // namespace nas::detail

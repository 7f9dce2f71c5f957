// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <boost/uuid/detail/sha1.hpp>
#include <charconv>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace support {

/// Lower-case hexadecimal SHA-1 of `text`.
inline std::string sha1(std::string_view text) {
    boost::uuids::detail::sha1 hash;
    hash.process_bytes(text.data(), text.size());
    unsigned int words[5] = {};
    hash.get_digest(words);
    std::string digest;
    for (const unsigned int word : words)
        for (int shift = 28; shift >= 0; shift -= 4) digest += "0123456789abcdef"[(word >> shift) & 15U];
    return digest;
}

/// `features` as Python prints a tuple of floats, -1 as nan: the text that Archai hashes. For values below 1e16.
inline std::string python_tuple(std::span<const double> features) {
    std::string text = "(";
    for (std::size_t i = 0; i < features.size(); ++i) {
        if (i > 0) text += ", ";
        if (features[i] == -1) {
            text += "nan";
            continue;
        }
        std::array<char, 32> digits{};
        const std::string number(digits.data(),
                                 std::to_chars(digits.data(), digits.data() + digits.size(), features[i]).ptr);
        text += number.find('.') == std::string::npos ? number + ".0" : number;
    }
    return text + (features.size() == 1 ? ",)" : ")");
}

/// The identity that Archai's ConfigSearchSpace gives an architecture with this encoding.
inline std::string archai_id(std::span<const double> features) { return sha1(python_tuple(features)); }

}  // namespace support

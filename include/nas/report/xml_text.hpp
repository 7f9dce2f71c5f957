// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace nas::detail {

/// `text` as XML takes it between tags and in attributes; what it cannot hold is replaced by U+FFFD.
inline std::string xml_text(std::string_view text) {
    std::string safe;
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        if (letter == '&') {
            safe += "&amp;";
        } else if (letter == '<') {
            safe += "&lt;";
        } else if (letter == '>') {
            safe += "&gt;";  // after ]] it must be
        } else if (letter == '"') {
            safe += "&quot;";
        } else if (byte < 0x20 && letter != '\t') {
            safe += "\xef\xbf\xbd";
        } else {
            safe += letter;
        }
    }
    return safe;
}

}  // namespace nas::detail

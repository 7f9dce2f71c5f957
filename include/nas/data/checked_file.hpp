// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <boost/crc.hpp>

#include <nas/core/version.hpp>
#include <nas/data/open_file.hpp>
#include <nas/data/replace_file.hpp>

/// Files of numbers that are read back bit by bit, or not at all: a line of JSON, the numbers, and a CRC-32 of all before
/// it; binary numbers little-endian. The line's first member names the format, and its value is the format's version, 1.
///
/// `Error` is the exception of a format; its sentence starts with the name of the file.
namespace nas::detail {

/// One kind of such files.
struct checked_format {
    std::string_view key;   ///< first member of its line: `nas_shared_weights`
    std::string_view name;  ///< for sentences: `file of shared weights`
};

template <std::unsigned_integral Word>
void append_little_endian(std::string& text, Word word) {
    for (std::size_t i = 0; i < sizeof word; ++i) text += static_cast<char>((word >> (8 * i)) & 0xFFU);
}
/// Of the first bytes.
template <std::unsigned_integral Word>
Word little_endian(std::string_view bytes) noexcept {
    Word word = 0;
    for (std::size_t i = 0; i < sizeof word; ++i)
        word |= static_cast<Word>(Word{static_cast<unsigned char>(bytes[i])} << (8 * i));
    return word;
}
inline std::uint32_t crc32_of(std::string_view bytes) {
    boost::crc_32_type crc;
    crc.process_bytes(bytes.data(), bytes.size());
    return crc.checksum();
}

/// Appends the checksum of all there is, which ends a file.
inline void seal(std::string& text) { append_little_endian(text, crc32_of(text)); }

struct checked_content {
    std::string_view header;   ///< the line, without its end
    std::string_view numbers;  ///< the bytes after it, without the checksum
};

/// Of the text of a whole file called `file`.
template <class Error>
checked_content open_checked(std::string_view text, const checked_format& format, const std::string& file) {
    const std::string start = "{\"" + std::string(format.key) + "\":";
    const std::string name(format.name);
    if (!text.starts_with(start)) throw Error(file + ": this is not a " + name);
    if (!text.substr(start.size()).starts_with("1,"))
        throw Error(file + ": this " + name + " has a format that nas " + std::string(version) + " does not read");
    const std::size_t line = text.find('\n');
    if (line == text.npos || text.size() - line < 5 ||
        crc32_of(text.substr(0, text.size() - 4)) != little_endian<std::uint32_t>(text.substr(text.size() - 4)))
        throw Error(file + ": the file is cut off or damaged: its checksum is wrong");
    return {text.substr(0, line), text.substr(line + 1, text.size() - line - 5)};
}

/// Writes a file in place of an earlier one, which is whole until the new one is.
template <class Error>
void write_checked(const std::filesystem::path& path, std::string_view text) {
    with_error<Error>([&] { replace_file(path, text); });
}

template <class Error>
std::string read_checked(const std::filesystem::path& path) {
    return with_error<Error>([&] { return read_whole_file(path); });
}

}  // namespace nas::detail

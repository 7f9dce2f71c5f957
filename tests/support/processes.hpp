// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>

namespace support {

/// The state of a process as /proc has it; Z too where it is gone.
inline char process_state(long pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::size_t name_end = text.rfind(')');
    return name_end == std::string::npos || name_end + 2 >= text.size() ? 'Z' : text[name_end + 2];
}

/// Whether the processes with these numbers (any other words are passed over), one at least, end within two seconds.
/// Orphans are reaped by whoever inherits them, which may be nobody in a bare container: a zombie has ended.
inline bool all_gone(const std::string& pids) {
    std::istringstream words(pids);
    std::size_t seen = 0;
    for (std::string word; words >> word;) {
        if (word.find_first_not_of("0123456789") != std::string::npos) continue;
        ++seen;
        for (int tries = 0; process_state(std::stol(word)) != 'Z'; ++tries) {
            if (tries == 200) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }
    return seen > 0;
}

/// The text of a file as soon as its last line is `line`; nothing where it does not come within ten seconds.
inline std::string wait_for_line(const std::string& path, const std::string& line) {
    for (int tries = 0; tries < 1000; ++tries) {
        std::ifstream file(path);
        std::string text{std::istreambuf_iterator<char>(file), {}};
        if (text.ends_with(line + '\n')) return text;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return {};
}

/// The numbers of all processes that descend from one.
inline std::string descendants(long pid) {
    std::string found;
    std::error_code gone;
    for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone)) {
        std::ifstream file(task.path() / "children");
        for (long child = 0; file >> child;) found += std::to_string(child) + ' ' + descendants(child);
    }
    return found;
}

}  // namespace support

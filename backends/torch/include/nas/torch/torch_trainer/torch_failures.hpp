// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <torch/torch.h>
#include <nas/core/context.hpp>
#include <nas/core/machine_limit.hpp>

namespace nas::detail {

/// Why something failed.
struct torch_failure {
    std::string text;
    bool memory = false;  ///< for want of memory: less at once may do
};

inline std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

/// What an exception says, of libtorch's the first line: no list of functions.
inline torch_failure failure_of(const std::exception& error) {
    std::string text = error.what();
    if (const auto* torch = dynamic_cast<const c10::Error*>(&error)) text = first_line(torch->what_without_backtrace());
    bool memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
    // A lack of memory on the CPU has no class of its own.
    for (const std::string_view sign : {"out of memory", "can't allocate memory", "not enough memory"})
        memory = memory || text.find(sign) != std::string::npos;
    if (memory) text = "out of memory: " + text + "; train fewer networks at once, in smaller batches, or smaller ones";
    return {text, memory};
}

/// Calls `work()`; what it throws, unless it ends the search: a fatal_error, or a want of files or threads.
template <class Work>
std::optional<torch_failure> catch_torch_failure(Work&& work) {
    try {
        work();
    } catch (const fatal_error&) {
        throw;
    } catch (const std::system_error& error) {
        if (is_machine_limit(error)) throw;
        return failure_of(error);
    } catch (const std::exception& error) {
        return failure_of(error);
    } catch (...) {
        return torch_failure{"the builder or the reward threw something that is not a std::exception"};
    }
    return {};
}

}  // namespace nas::detail

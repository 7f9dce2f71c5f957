// SPDX-License-Identifier: Apache-2.0
// The entry that libFuzzer calls; README.md says how.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "read_dataset.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    nas::fuzz::read_any_dataset({reinterpret_cast<const char*>(bytes), size});
    return 0;
}

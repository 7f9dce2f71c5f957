// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <nas/cuda/mlp_kernel/types.hpp>

/// What C++ that knows nothing of CUDA calls: defined in src/train_mlps.cu, which knows nothing of nas.
namespace nas::mlp_kernel {

/// Networks that share a setting. All pointers are the host's. `place` was called for each model; their layers, and their places
/// in the results, follow each other without gaps.
struct job {
    setting all = {};
    const dense* layers = nullptr;
    std::size_t layer_count = 0;
    const model* models = nullptr;
    std::size_t count = 0;
    const rung* rungs =
        nullptr;  ///< of successive halving, the first one with all networks; null: all train to their end
    std::size_t rung_count = 0;
};

struct device_options {
    int device = 0;
    std::size_t bytes = 0;  ///< of the device's memory at most
};

/// What was done.
struct device_use {
    std::size_t bytes = 0;      ///< of the device's memory
    std::size_t parts = 0;      ///< networks that did not fit into it together were trained in so many parts
    std::size_t slow = 0;       ///< networks too large for shared memory, trained partly in global memory
    double seconds = 0;         ///< from copying the data to the last result, on the host's clock
    double kernel_seconds = 0;  ///< of it, from the first kernel's begin to the last one's end, all parts together
};

/// Trains all networks of the job on a GPU; results are in the job's arrays then. False where that failed: `error` (of `size`
/// bytes) says what, with CUDA's own words.
bool train_on_device(const job& what, const device_options& how, char* error, std::size_t size,
                     device_use* used = nullptr);

/// What a GPU can do at most, by its data sheet's figures.
struct device_figures {
    char name[256] = "";
    std::size_t processors = 0;
    double operations = 0;  ///< float products and sums a second, without tensor cores
    double bytes = 0;       ///< a second, of its global memory
};
bool describe_device(int device, device_figures& figures, char* error, std::size_t size);

/// Bytes of a GPU's memory that are free; 0 where it cannot be used, and `error` says why.
std::size_t free_bytes(int device, char* error, std::size_t size);

}  // namespace nas::mlp_kernel

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <torch/torch.h>

/// What is not the same in all versions of libtorch.
namespace nas::detail {

/// The whole program then uses only algorithms that give the same again; an operation that has none throws. `gpu`: cuBLAS, too,
/// unless it has begun.
inline void be_deterministic(bool gpu) {
    if (gpu) setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
    at::globalContext().setDeterministicAlgorithms(true, false);
    at::globalContext().setDeterministicCuDNN(true);
    at::globalContext().setBenchmarkCuDNN(false);
#if TORCH_VERSION_MAJOR >= 2
    at::globalContext().setDeterministicFillUninitializedMemory(false);  // nothing here reads such memory
#endif
}

/// While it lives, this thread takes sums of products on a device's kind in bfloat16, where libtorch thinks that it may.
class autocast {
  public:
    autocast(const ::torch::Device& device, bool on) : type_(device.type()), on_(on) {
        if (!on_) return;
        set(true);
        at::autocast::increment_nesting();
    }
    ~autocast() {
        if (!on_) return;
        if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
        set(false);
    }
    autocast(const autocast&) = delete;
    autocast& operator=(const autocast&) = delete;

  private:
    void set(bool enabled) const {
#if TORCH_VERSION_MAJOR >= 2
        if (enabled) at::autocast::set_autocast_dtype(type_, at::kBFloat16);
        at::autocast::set_autocast_enabled(type_, enabled);
#else
        if (type_ == at::kCPU) {
            if (enabled) at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
            at::autocast::set_cpu_enabled(enabled);
        } else {
            if (enabled) at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
            at::autocast::set_enabled(enabled);
        }
#endif
    }

    at::DeviceType type_;
    bool on_;
};

}  // namespace nas::detail

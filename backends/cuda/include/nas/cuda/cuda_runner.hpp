// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>

#include <nas/core/context.hpp>
#include <nas/core/options.hpp>
#include <nas/cuda/train_mlps.hpp>

namespace nas {

struct cuda_options {
    std::size_t device = 0;
    std::size_t megabytes = 0;

    static constexpr void fields(auto&& visit) {
        visit(&cuda_options::device, field{"device", 0, 1023, "CUDA: 0", "number of the GPU"});
        visit(&cuda_options::megabytes, field{"megabytes", 0, 1e9, "0: nine tenths of what is free",
                                              "of the GPU's memory at most, of 2^20 bytes"});
    }
};

/// Trains jobs on a GPU. Link nas::cuda.
class cuda_runner {
  public:
    /// Throws std::invalid_argument where an option is out of range, and std::runtime_error, in CUDA's words, where there is no
    /// such GPU.
    explicit cuda_runner(cuda_options options = {}) : options_(options) {
        check_options("nas::cuda_mlp_trainer", options_);
        std::array<char, 1024> text{};
        const std::size_t all = mlp_kernel::free_bytes(device(), text.data(), text.size());
        if (all == 0) throw std::runtime_error("nas::cuda_mlp_trainer: " + std::string(text.data()));
        bytes_ = options_.megabytes == 0 ? all / 10 * 9 : std::min(options_.megabytes << 20, all);
    }

    const cuda_options& options() const noexcept { return options_; }
    /// Of the GPU's memory that jobs may use.
    std::size_t bytes() const noexcept { return bytes_; }

    /// Throws fatal_error, in CUDA's words, where the GPU does not do it.
    void operator()(const mlp_kernel::job& job) const {
        std::array<char, 1024> text{};
        if (!mlp_kernel::train_on_device(job, {.device = device(), .bytes = bytes_}, text.data(), text.size()))
            throw fatal_error("nas::cuda_mlp_trainer: " + std::string(text.data()));
    }

  private:
    int device() const noexcept { return static_cast<int>(options_.device); }

    cuda_options options_;
    std::size_t bytes_ = 0;
};

}  // namespace nas

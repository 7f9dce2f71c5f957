// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>
#include <nas/data/dataset.hpp>
#include <nas/data/split.hpp>
#include <nas/torch/torch_data.hpp>
#include <nas/torch/torch_trainer/torch_failures.hpp>
#include <nas/torch/torch_trainer/torch_heads.hpp>
#include <nas/torch/torch_trainer/torch_places.hpp>
#include <nas/torch/torch_trainer/torch_rows.hpp>
#include <nas/torch/torch_trainer/torch_steps.hpp>
#include <nas/torch/torch_trainer/torch_versions.hpp>

namespace nas::detail {

/// What stands for tensors where a data set is asked for: rows without numbers, and the labels of the first target.
inline dataset as_dataset(const torch_data& data) {
    check_torch_data(data);
    dataset rows{.name = data.name,
                 .task = data.task,
                 .feature_names = {"row"},
                 .inputs = std::vector<float>(data.rows()),
                 .output_names = {"target"}};
    if (data.task != learning_task::classification) return rows;
    const ::torch::Tensor labels = data.targets.front().to(::torch::kLong).contiguous();
    rows.labels.assign(labels.data_ptr<std::int64_t>(), labels.data_ptr<std::int64_t>() + labels.numel());
    rows.output_names = numbered_names("", data.classes.front());
    return rows;
}

/// The data on all devices, and who may use which.
struct resident_rows {
    torch_setup setup;
    std::vector<torch_place> places;  // one a device
    std::shared_ptr<device_leases> leases;
    torch_heads heads;
    std::size_t validation_rows = 0;
    std::vector<float> validation_inputs;  // row-major [row][all numbers]

    resident_rows() = default;
    /// Of data that were checked. Throws std::invalid_argument where a device is not there.
    resident_rows(const torch_data& data, const dataset& about, const data_split& split, torch_setup from,
                  bool deterministic)
        : setup(std::move(from)), validation_rows(split.validation.size()) {
        const auto fail = [](const std::string& what) { throw std::invalid_argument("nas::torch_trainer: " + what); };
        if (setup.devices.empty()) fail("torch_setup::devices must have a device at least");
        bool gpu = false;
        for (const ::torch::Device& device : setup.devices) gpu = gpu || !device.is_cpu();
        if (deterministic) be_deterministic(gpu);
        for (const ::torch::Device& device : setup.devices) {
            const auto failed = catch_torch_failure([&] {
                places.push_back({device, take_rows(data, split.train, device),
                                  take_rows(data, split.validation, device), take_rows(data, split.test, device)});
            });
            if (failed) fail("the data do not get to device " + device.str() + ": " + failed->text);
        }
        leases = std::make_shared<device_leases>(setup.devices);
        const torch_rows judged = take_rows(data, split.validation, ::torch::kCPU);
        heads = torch_heads(data, about, judged.targets, take_rows(data, split.test, ::torch::kCPU).targets);
        std::vector<::torch::Tensor> flat;
        for (const ::torch::Tensor& one : judged.inputs)
            flat.push_back(one.reshape({one.size(0), -1}).to(::torch::kFloat));
        validation_inputs = to_floats(::torch::cat(flat, 1));
    }
};

}  // namespace nas::detail

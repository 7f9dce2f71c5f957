// expect: nas::torch_trainer: the builder must be callable with an architecture
// SPDX-License-Identifier: Apache-2.0

#include <memory>

#include <nas/spaces/choice_space.hpp>
#include <nas/torch/torch_trainer.hpp>

struct no_forward : torch::nn::Module {};

int main() {
    const auto builder = [](const nas::choice_space<2>::arch_type&) { return std::make_shared<no_forward>(); };
    nas::torch_trainer trainer{nas::choice_space<2>{3}, builder, nas::dataset{}, nas::data_split{}};
}

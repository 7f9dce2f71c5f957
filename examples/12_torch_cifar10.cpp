// SPDX-License-Identifier: Apache-2.0

// What a search found is trained at full size: a cell of NAS-Bench-201 on CIFAR-10, by libtorch. The network is kept in a
// checkpoint, which goes on being usable with this library, and as TorchScript, which needs nothing but PyTorch.
//
//     12_torch_cifar10 cifar-10-batches-bin winner [epochs] [channels] [cells] [architecture]
//
// reads data_batch_1.bin to data_batch_5.bin and test_batch.bin of CIFAR-10's binary version, and writes winner.nas and
// winner.pt. 16 channels and 5 cells a stage are the benchmark's; it trained for 200 epochs.

#include <cstddef>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <string>

#include <torch/cuda.h>

#include <nas/data/read_cifar10.hpp>
#include <nas/data/split.hpp>
#include <nas/networks/plans/nasbench201_plans.hpp>
#include <nas/spaces/nasbench201_space.hpp>
#include <nas/torch/checkpoint.hpp>
#include <nas/torch/torch_trainer.hpp>
#include <nas/torch/torchscript.hpp>

namespace {

// What the command line says.
struct request {
    std::filesystem::path data;
    std::filesystem::path winner;
    std::size_t epochs = 12;
    std::size_t channels = 16;
    std::size_t cells = 5;
    std::string architecture =
        "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|";
};

int run(const request& wanted) {
    const nas::nasbench201_space space;
    const auto arch = space.parse(wanted.architecture);
    const nas::nasbench201_plans plans({3, 32, 32}, 10, {.channels = wanted.channels, .cells = wanted.cells});
    std::cout << space.describe(arch) << ": " << plans(arch).parameters() << " parameters, "
              << plans(arch).flops() / 1000000 << " million operations an image\n";

    // The last file's rows are the test rows: a search, and what stops a training, must not see them.
    const nas::dataset images = nas::read_cifar10(nas::cifar10_files(wanted.data));
    const nas::dataset test = nas::read_cifar10({nas::cifar10_files(wanted.data).back()});
    const std::size_t training_rows = images.rows() - test.rows();
    nas::data_split split;
    for (std::size_t row = 0; row < images.rows(); ++row)
        (row >= training_rows ? split.test
         : row % 10 == 0      ? split.validation
                              : split.train)
            .push_back(static_cast<std::uint32_t>(row));

    const bool gpu = torch::cuda::is_available();
    const nas::torch_trainer trainer{space,
                                     plans,
                                     images,
                                     split,
                                     {.epochs = wanted.epochs,
                                      .batch = 64,
                                      .optimizer = nas::torch_optimizer::sgd,
                                      .learning_rate = 0.05,
                                      .momentum = 0.9,
                                      .nesterov = true,
                                      .weight_decay = 0.0005,
                                      .schedule = nas::torch_schedule::cosine,
                                      .keep = nas::kept_weights::best,
                                      .threads = 2,
                                      .leakage_guard = false},  // for tables: it would look at each pixel
                                     nas::accuracy_reward{},
                                     {.devices = {gpu ? torch::kCUDA : torch::kCPU}}};
    auto trained = trainer.train(arch, nas::context(0, 1, nas::full_fidelity));
    std::cout << std::fixed << std::setprecision(4);
    for (std::size_t epoch = 0; epoch < trained.losses.size(); ++epoch)
        std::cout << "epoch " << epoch + 1 << ": validation loss " << trained.losses[epoch] << ", accuracy "
                  << trained.accuracies[epoch] << '\n';
    std::cout << "test accuracy " << trainer.test(trained.model).accuracy << '\n';

    std::filesystem::path checkpoint = wanted.winner;
    std::filesystem::path script = wanted.winner;
    nas::write_checkpoint(checkpoint += ".nas", nas::make_checkpoint(space, arch, *trained.model.plan));
    nas::write_torchscript(script += ".pt", *trained.model.plan);

    // As another program would take it up.
    const auto [found, net] = nas::load_checkpoint(checkpoint, space, plans);
    const bool same = found == arch && net->weights() == trained.model.plan->weights();
    std::cout << (same ? "checkpoint and network are equal\n" : "checkpoint and network differ\n");
    return same ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::cerr << "Usage: 12_torch_cifar10 cifar-10-batches-bin winner [epochs] [channels] [cells] [architecture]\n";
        return 2;
    }
    request wanted{.data = argv[1], .winner = argv[2]};
    if (argc > 3) wanted.epochs = std::strtoul(argv[3], nullptr, 10);
    if (argc > 4) wanted.channels = std::strtoul(argv[4], nullptr, 10);
    if (argc > 5) wanted.cells = std::strtoul(argv[5], nullptr, 10);
    if (argc > 6) wanted.architecture = argv[6];
    try {
        return run(wanted);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 2;
    }
}

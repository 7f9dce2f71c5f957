// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// What every function of the kernel carries: compiled for the host and, by nvcc, for the device too.
#if defined(__CUDACC__)
#define NAS_MLP_KERNEL __host__ __device__
#else
#define NAS_MLP_KERNEL
#endif
/// Before a loop over a tile: what is in registers has no address, so that all its turns must be written out.
#if defined(__CUDA_ARCH__)
#define NAS_MLP_KERNEL_UNROLL _Pragma("unroll")
#else
#define NAS_MLP_KERNEL_UNROLL
#endif

/// Training multilayer perceptrons, each by a team of threads: plain pointers and sizes, no header of nas or CUDA.
namespace nas::mlp_kernel {

/// In the order of nas::activation.
enum class function : std::uint8_t { sigmoid, tanh, relu, elu, linear, softmax };
/// In the order of nas::optimizer_kind.
enum class optimizer : std::uint8_t { sgd, rmsprop, adam };
enum class loss : std::uint8_t { softmax_cross_entropy, sigmoid_cross_entropy, squared_error };

/// A dense layer and where its numbers are.
struct dense {
    std::uint32_t inputs = 0;
    std::uint32_t units = 0;
    function act = function::linear;
    std::uint32_t kept = 0;   ///< of 65536 units while training, by the dropout that follows; 0: none follows
    float scale = 1;          ///< of those
    double limit = 0;         ///< first weights are uniform in +-limit
    std::size_t first = 0;    ///< its first parameter in the flat order of nas::mlp
    std::size_t weights = 0;  ///< its first weight in the team's memory
    std::size_t outputs = 0;  ///< activations: what it puts out
    std::size_t read = 0;     ///< activations: what the next layer reads while training
};

/// One network and where its results go.
struct model {
    std::uint64_t seed = 0;
    std::uint32_t first_layer = 0;  ///< in the array of all layers
    std::uint32_t layers = 0;
    std::uint32_t epochs = 0;
    std::size_t parameters = 0;  ///< in nas::mlp's order
    // Floats of the team's memory, and places in it.
    std::size_t activations = 0;
    std::size_t weights = 0;
    std::size_t rows = 0;     ///< activations: features of a batch's rows
    std::size_t targets = 0;  ///< activations: their targets
    std::size_t delta = 0;    ///< activations: derivatives of a hidden layer
    // Places in the arrays of results.
    std::size_t curve = 0;       ///< epochs numbers in each of losses and accuracies
    std::size_t weights_at = 0;  ///< with weights wanted: parameters numbers, weight_slots times
    std::size_t scores_at = 0;   ///< with scores wanted: validation rows times outputs numbers, score_slots times
};

/// How one ended.
struct outcome {
    std::uint32_t epochs = 0;  ///< that were trained
    std::uint32_t kept_epoch = 0;
    std::uint32_t diverged = 0;  ///< 1: the last loss is not finite
    std::uint32_t rungs = 0;     ///< of successive halving, that it took part in
    double seconds = 0;          ///< of the team
};

/// What all networks of a call share. Rows are row-major.
struct setting {
    const float* inputs = nullptr;   ///< [rows][features]
    const float* targets = nullptr;  ///< [rows][outputs]
    std::size_t rows = 0;
    const float* validation_inputs = nullptr;
    const float* validation_targets = nullptr;
    std::size_t validation_rows = 0;
    const double* target_scales = nullptr;  ///< of a regression, one an output
    std::uint32_t features = 0;
    std::uint32_t outputs = 0;
    std::uint32_t batch = 0;
    std::uint32_t chunk = 0;  ///< rows that the team's memory has room for, at least `batch`
    std::uint64_t patience = 0;
    double learning_rate = 0;
    double momentum = 0;
    double weight_decay = 0;
    loss what = loss::softmax_cross_entropy;
    optimizer how = optimizer::adam;
    bool keep_best = false;
    bool monitor_accuracy = false;
    bool every_epoch = false;  ///< weights and scores have a slot an epoch; else one, of the kept epoch
    // Results; null where not wanted.
    double* losses = nullptr;
    double* accuracies = nullptr;  ///< null for regression
    float* weights = nullptr;      ///< never null where keep_best
    float* scores = nullptr;       ///< of the validation rows, as the network puts them out
    outcome* outcomes = nullptr;
};

/// A rung of successive halving: its networks train until they have had so many epochs, and the best go on to the next.
struct rung {
    std::uint32_t epochs = 0;
    std::uint32_t count = 0;  ///< networks
    std::uint32_t first = 0;  ///< their first place in the queue
};

/// A training that waits for its next rung; numbers of the team's memory lie behind it.
struct progress {
    outcome now = {};
    std::uint32_t best_epoch = 0;
    std::uint32_t ended = 0;  ///< 1: it will not go on
    std::uint64_t drawn = 0;
    double power1 = 1;
    double power2 = 1;
};

/// Networks that wait for a team.
struct queue {
    const rung* rungs = nullptr;
    std::uint32_t count = 0;         ///< of rungs
    std::uint32_t* order = nullptr;  ///< networks rung by rung; those of the first are there
    char* saved = nullptr;           ///< where there is more than one rung: a progress a network, at saved_at
    const std::size_t* saved_at = nullptr;
};

/// Which numbers of a team are in its fast memory. What is read most has the first claim to it; compilers make better code where
/// they know.
enum class placement : std::uint8_t {
    all_fast,
    state_slow,    ///< all but the optimizer's state
    weights_slow,  ///< activations and the order of rows
    any,           ///< what has room, from the first on
};

/// Numbers of a team's own, wherever they are.
struct memory {
    float* activations = nullptr;  ///< model::activations; aligned for double
    float* weights = nullptr;      ///< model::weights
    float* state = nullptr;        ///< state_copies() times model::weights
    float* transposed = nullptr;   ///< the weights once more, where they are in slow memory: see training::set
    void* order = nullptr;         ///< a number for each training row, of index_bytes()
};

/// Arrays as large as the weights that an optimizer keeps.
NAS_MLP_KERNEL inline std::size_t state_copies(optimizer how, double momentum) {
    if (how == optimizer::adam) return 2;
    return how == optimizer::rmsprop || momentum > 0 ? 1 : 0;
}

NAS_MLP_KERNEL inline std::size_t index_bytes(std::size_t rows) { return rows <= 65536 ? 2 : 4; }

/// From one row of a matrix to the next in the team's memory: odd, so that threads that read a column read different banks.
NAS_MLP_KERNEL inline std::size_t stride_of(std::size_t width) { return width | 1; }

}  // namespace nas::mlp_kernel

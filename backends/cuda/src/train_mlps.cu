// SPDX-License-Identifier: Apache-2.0
#include <nas/cuda/train_mlps.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <cuda_runtime.h>
#include <nas/cuda/mlp_kernel/halving.hpp>
#include <nas/cuda/mlp_kernel/queue.hpp>

namespace nas::mlp_kernel {

namespace {

// All teams of a multiprocessor together: with at most 128 registers a thread, as many as it has room for.
constexpr unsigned threads_a_processor = 512;
// At the beginning of a block's shared memory, for its place in the queue.
constexpr std::size_t queue_bytes = 16;

/// A block as the kernel's own code sees it.
class block_team {
  public:
    /// `counters`: places taken, rungs in the queue, and then for each rung how many networks have ended it.
    NAS_MLP_KERNEL block_team(unsigned* counters, unsigned* taken) : counters_(counters), taken_(taken) {}

#if defined(__CUDA_ARCH__)
    __host__ __device__ std::size_t rank() const { return threadIdx.x; }
    __host__ __device__ std::size_t size() const { return blockDim.x; }
    __host__ __device__ void sync() const { __syncthreads(); }
    __host__ __device__ std::size_t next() const {
        __syncthreads();
        if (threadIdx.x == 0) *taken_ = atomicAdd(counters_, 1U);
        __syncthreads();
        return *taken_;
    }
    __host__ __device__ bool ends(unsigned rung, unsigned count) const {
        __syncthreads();
        if (threadIdx.x == 0) {
            __threadfence();  // what the block wrote is there for whoever counts later
            *taken_ = atomicAdd(counters_ + 2 + rung, 1U) + 1;
            __threadfence();
        }
        __syncthreads();
        return *taken_ == count;
    }
    __host__ __device__ void publish(unsigned rung) const {
        __syncthreads();
        if (threadIdx.x == 0) {
            __threadfence();
            atomicExch(counters_ + 1, rung);
        }
    }
    __host__ __device__ void await(unsigned rung) const {
        if (threadIdx.x == 0) {
            while (atomicAdd(counters_ + 1, 0U) < rung) __nanosleep(1000);
            __threadfence();
        }
        __syncthreads();
    }
    __host__ __device__ double seconds() const {
        unsigned long long now = 0;
        asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
        return 1e-9 * static_cast<double>(now);
    }
#else
    // Never called: a block is on the device.
    __host__ __device__ std::size_t rank() const { return 0; }
    __host__ __device__ std::size_t size() const { return 1; }
    __host__ __device__ void sync() const {}
    __host__ __device__ std::size_t next() const { return *counters_ + *taken_; }
    __host__ __device__ bool ends(unsigned, unsigned) const { return true; }
    __host__ __device__ void publish(unsigned) const {}
    __host__ __device__ void await(unsigned) const {}
    __host__ __device__ double seconds() const { return 0; }
#endif

  private:
    unsigned* counters_;
    unsigned* taken_;
};

/// Blocks that stay until no network is left.
template <placement Where>
__global__ void __launch_bounds__(threads_a_processor)
    train_kernel(const setting all, const model* models, const dense* layers, const queue how, unsigned* counters,
                 const std::size_t fast_bytes, char* slow, const std::size_t slow_bytes) {
    extern __shared__ __align__(16) char shared[];
    const block_team team(counters, reinterpret_cast<unsigned*>(shared));
    train_queue<Where>(team, all, models, layers, how, shared + queue_bytes, fast_bytes,
                       slow + blockIdx.x * slow_bytes);
}

decltype(&train_kernel<placement::any>) kernel_for(placement where) {
    switch (where) {
        case placement::all_fast:
            return train_kernel<placement::all_fast>;
        case placement::state_slow:
            return train_kernel<placement::state_slow>;
        case placement::weights_slow:
            return train_kernel<placement::weights_slow>;
        default:
            return train_kernel<placement::any>;
    }
}

struct cuda_failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

void check(cudaError_t code, const char* call, int line) {
    if (code == cudaSuccess) return;
    throw cuda_failure(std::string(call) + " failed at train_mlps.cu:" + std::to_string(line) + ": " +
                       cudaGetErrorName(code) + " (" + cudaGetErrorString(code) + ")");
}
#define NAS_CUDA(call) check((call), #call, __LINE__)

/// Device memory of a type; its bytes are counted in `bytes`.
template <class T>
class device_array {
  public:
    device_array() = default;
    device_array(std::size_t count, std::size_t& bytes) : count_(count) {
        if (count_ == 0) return;
        NAS_CUDA(cudaMalloc(reinterpret_cast<void**>(&data_), count_ * sizeof(T)));
        bytes += count_ * sizeof(T);
    }
    device_array(device_array&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), count_(std::exchange(other.count_, 0)) {}
    device_array& operator=(device_array&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(count_, other.count_);
        return *this;
    }
    ~device_array() { cudaFree(data_); }

    T* get() const { return data_; }
    std::size_t size() const { return count_; }
    void fill(const T* from, cudaStream_t stream) const {
        if (count_ > 0) NAS_CUDA(cudaMemcpyAsync(data_, from, count_ * sizeof(T), cudaMemcpyHostToDevice, stream));
    }
    void fetch(T* to, std::size_t count, cudaStream_t stream) const {
        if (count > 0) NAS_CUDA(cudaMemcpyAsync(to, data_, count * sizeof(T), cudaMemcpyDeviceToHost, stream));
    }

  private:
    T* data_ = nullptr;
    std::size_t count_ = 0;
};

class stream {
  public:
    stream() { NAS_CUDA(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking)); }
    stream(const stream&) = delete;
    stream& operator=(const stream&) = delete;
    ~stream() { cudaStreamDestroy(stream_); }
    cudaStream_t get() const { return stream_; }

  private:
    cudaStream_t stream_ = nullptr;
};

class event {
  public:
    event() { NAS_CUDA(cudaEventCreate(&event_)); }
    event(const event&) = delete;
    event& operator=(const event&) = delete;
    ~event() { cudaEventDestroy(event_); }
    cudaEvent_t get() const { return event_; }

  private:
    cudaEvent_t event_ = nullptr;
};

/// Of the results of models `first` to `last`, which lie side by side.
struct part {
    std::size_t first = 0;
    std::size_t last = 0;
    std::size_t curve = 0;  // where they begin
    std::size_t weights = 0;
    std::size_t scores = 0;
    std::size_t curves = 0;  // how many numbers there are
    std::size_t all_weights = 0;
    std::size_t all_scores = 0;

    std::size_t bytes() const {
        return curves * 2 * sizeof(double) + (all_weights + all_scores) * sizeof(float) +
               (last - first) * (sizeof(model) + sizeof(outcome) + sizeof(std::uint32_t));
    }
};

class trainer {
  public:
    trainer(const job& what, const device_options& how, device_use& used) : what_(what), all_(what.all), used_(used) {
        NAS_CUDA(cudaSetDevice(how.device));
        limit_ = how.bytes;
        processor_.threads = threads_a_processor;
        processor_.fast_bytes = attribute(cudaDevAttrMaxSharedMemoryPerMultiprocessor, how.device);
        processor_.fast_team_bytes = attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin, how.device) - queue_bytes;
        processor_.reserved_bytes = attribute(cudaDevAttrReservedSharedMemoryPerBlock, how.device) + queue_bytes;
        processors_ = attribute(cudaDevAttrMultiProcessorCount, how.device);
        wants_weights_ = all_.weights != nullptr;
        keeps_weights_ = wants_weights_ || all_.keep_best;
        for (const placement where :
             {placement::all_fast, placement::state_slow, placement::weights_slow, placement::any})
            use_all_shared_memory(kernel_for(where));
        copy_data();
        if (used_.bytes > limit_)
            throw cuda_failure("the rows need " + std::to_string(used_.bytes) + " bytes of the GPU's memory; " +
                               std::to_string(limit_) + " may be used");
    }

    void run() {
        // Where all results have room beside the teams' own memory, there is one part; otherwise two are there at a time, one
        // trained while the other one's results are copied.
        const std::size_t left = limit_ - used_.bytes;
        const bool together = what_.rungs != nullptr;  // networks that are ranked among each other
        std::vector<part> parts = parts_of(together ? left : left / 2);
        const std::size_t room = left / 4;
        if (together && parts.size() > 1)
            throw cuda_failure("the results of all networks, which are ranked together, need more than the " +
                               std::to_string(left) + " bytes of the GPU's memory that may be used");
        if (parts.size() > 1) parts = parts_of(left / 4);
        used_.parts = parts.size();
        const std::size_t fixed = used_.bytes;
        std::size_t most = 0;
        std::unique_ptr<running> before;
        for (const part& one : parts) {
            auto now = std::make_unique<running>();
            launch(one, parts.size() == 1 ? left - one.bytes() : room, *now);
            most = std::max(most, now->bytes + (before ? before->bytes : 0));
            if (before) collect(*before);
            before = std::move(now);
        }
        if (before) collect(*before);
        used_.bytes = fixed + most;
    }

  private:
    template <class Kernel>
    void use_all_shared_memory(Kernel kernel) const {
        NAS_CUDA(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                      static_cast<int>(processor_.fast_team_bytes + queue_bytes)));
        NAS_CUDA(cudaFuncSetAttribute(kernel, cudaFuncAttributePreferredSharedMemoryCarveout,
                                      cudaSharedmemCarveoutMaxShared));
    }

    static std::size_t attribute(cudaDeviceAttr which, int device) {
        int value = 0;
        NAS_CUDA(cudaDeviceGetAttribute(&value, which, device));
        return static_cast<std::size_t>(value);
    }

    /// What is on the device for one part.
    struct running {
        part of = {};
        std::vector<group> groups = {};
        std::vector<std::unique_ptr<stream>> streams = {};
        std::vector<std::unique_ptr<event>> ends = {};
        stream copies = {};
        event begin = {};
        std::vector<model> models = {};
        device_array<model> device_models = {};
        device_array<outcome> outcomes = {};
        device_array<unsigned> counters = {};
        std::vector<group_queue> plans = {};
        std::vector<device_array<rung>> rungs = {};
        std::vector<device_array<char>> saved = {};
        std::vector<device_array<std::size_t>> saved_at = {};
        std::vector<device_array<std::uint32_t>> device_orders = {};
        std::vector<device_array<char>> slow = {};
        device_array<double> losses = {};
        device_array<double> accuracies = {};
        device_array<float> weights = {};
        device_array<float> scores = {};
        std::size_t bytes = 0;

        // Nothing that runs may lose its memory, also where an error ends all.
        ~running() {
            for (const auto& one : streams) cudaStreamSynchronize(one->get());
            cudaStreamSynchronize(copies.get());
        }
    };

    template <class T>
    const T* copied(const T* from, std::size_t count, device_array<T>& to) {
        to = device_array<T>(count, used_.bytes);
        to.fill(from, copies_.get());
        return to.get();
    }

    void copy_data() {
        const setting& from = what_.all;
        all_.inputs = copied(from.inputs, from.rows * from.features, inputs_);
        all_.targets = copied(from.targets, from.rows * from.outputs, targets_);
        all_.validation_inputs =
            copied(from.validation_inputs, from.validation_rows * from.features, validation_inputs_);
        all_.validation_targets =
            copied(from.validation_targets, from.validation_rows * from.outputs, validation_targets_);
        all_.target_scales =
            copied(from.target_scales, from.what == loss::squared_error ? from.outputs : 0, target_scales_);
        layers_ = copied(what_.layers, what_.layer_count, device_layers_);
        NAS_CUDA(cudaStreamSynchronize(copies_.get()));
    }

    std::vector<part> parts_of(std::size_t most) const {
        std::vector<part> parts;
        for (std::size_t i = 0; i < what_.count; ++i) {
            const model& one = what_.models[i];
            part next = parts.empty() ? part{} : parts.back();
            const auto add = [&] {
                next.last = i + 1;
                next.curves += one.epochs;
                if (keeps_weights_) next.all_weights += weight_slots(all_, one) * one.parameters;
                if (all_.scores != nullptr)
                    next.all_scores += score_slots(all_, one) * all_.validation_rows * all_.outputs;
            };
            add();
            if (parts.empty() || next.bytes() > most) {
                next = {.first = i, .last = i, .curve = one.curve, .weights = one.weights_at, .scores = one.scores_at};
                add();
                parts.push_back(next);
            } else {
                parts.back() = next;
            }
        }
        return parts;
    }

    /// Starts the training of a part, whose teams may use `room` bytes of global memory.
    void launch(const part& of, std::size_t room, running& now) {
        now.of = of;
        now.models.assign(what_.models + of.first, what_.models + of.last);
        for (model& one : now.models) {
            one.curve -= of.curve;
            one.weights_at -= of.weights;
            one.scores_at -= of.scores;
        }
        now.groups = groups_of(what_.all, now.models.data(), what_.layers, 0, now.models.size(), processor_);
        join_ranked(what_, now.groups);
        const cudaStream_t copies = now.copies.get();
        now.device_models = device_array<model>(now.models.size(), now.bytes);
        now.device_models.fill(now.models.data(), copies);
        now.outcomes = device_array<outcome>(now.models.size(), now.bytes);
        now.losses = device_array<double>(of.curves, now.bytes);
        if (all_.accuracies != nullptr) now.accuracies = device_array<double>(of.curves, now.bytes);
        now.weights = device_array<float>(of.all_weights, now.bytes);
        now.scores = device_array<float>(of.all_scores, now.bytes);
        const std::size_t counters = 2 + std::max(what_.rung_count, std::size_t{1});  // of a group, see block_team
        now.counters = device_array<unsigned>(now.groups.size() * counters, now.bytes);
        NAS_CUDA(cudaMemsetAsync(now.counters.get(), 0, now.counters.size() * sizeof(unsigned), copies));
        setting all = all_;
        all.losses = now.losses.get();
        all.accuracies = now.accuracies.get();
        all.weights = now.weights.get();
        all.scores = now.scores.get();
        all.outcomes = now.outcomes.get();
        NAS_CUDA(cudaEventRecord(now.begin.get(), copies));
        for (std::size_t g = 0; g < now.groups.size(); ++g) {
            const group& one = now.groups[g];
            std::size_t blocks = std::min(processors_ * one.teams_a_processor, one.order.size());
            if (one.slow_bytes > 0) {
                used_.slow += slow_models(one, now.models);
                if (one.slow_bytes > room)
                    throw cuda_failure("a network needs " + std::to_string(one.slow_bytes) +
                                       " bytes of the GPU's global memory for its training; " + std::to_string(room) +
                                       " are left of those that may be used");
                blocks = std::min(blocks, room / one.slow_bytes);
            }
            const queue how = copied_queue(now.plans.emplace_back(what_, one), now);
            now.slow.emplace_back(blocks * one.slow_bytes, now.bytes);
            now.streams.push_back(std::make_unique<stream>());
            now.ends.push_back(std::make_unique<event>());
            const cudaStream_t here = now.streams.back()->get();
            event ready;
            NAS_CUDA(cudaEventRecord(ready.get(), copies));
            NAS_CUDA(cudaStreamWaitEvent(here, ready.get(), 0));
            kernel_for(one.where)<<<static_cast<unsigned>(blocks), static_cast<unsigned>(one.threads),
                                    one.fast_bytes + queue_bytes, here>>>(
                all, now.device_models.get(), layers_, how, now.counters.get() + g * counters, one.fast_bytes,
                now.slow.back().get(), one.slow_bytes);
            NAS_CUDA(cudaGetLastError());
            NAS_CUDA(cudaEventRecord(now.ends.back()->get(), here));
        }
    }

    static queue copied_queue(const group_queue& plan, running& now) {
        const cudaStream_t copies = now.copies.get();
        now.rungs.emplace_back(plan.rungs.size(), now.bytes);
        now.rungs.back().fill(plan.rungs.data(), copies);
        now.device_orders.emplace_back(plan.order.size(), now.bytes);
        now.device_orders.back().fill(plan.order.data(), copies);
        now.saved.emplace_back(plan.saved_bytes, now.bytes);
        now.saved_at.emplace_back(plan.saved_at.size(), now.bytes);
        now.saved_at.back().fill(plan.saved_at.data(), copies);
        return {now.rungs.back().get(), static_cast<std::uint32_t>(plan.rungs.size()), now.device_orders.back().get(),
                now.saved.back().get(), now.saved_at.back().get()};
    }

    std::size_t slow_models(const group& one, const std::vector<model>& models) const {
        std::size_t count = 0;
        for (const std::uint32_t i : one.order)
            count += placement_of(what_.all, models[i], one.fast_bytes) != placement::all_fast ? 1 : 0;
        return count;
    }

    /// Waits for a part and brings its results to the host.
    void collect(running& now) {
        float longest = 0;
        for (const auto& end : now.ends) {
            NAS_CUDA(cudaEventSynchronize(end->get()));
            float milliseconds = 0;
            NAS_CUDA(cudaEventElapsedTime(&milliseconds, now.begin.get(), end->get()));
            longest = std::max(longest, milliseconds);
        }
        used_.kernel_seconds += 1e-3 * static_cast<double>(longest);
        const cudaStream_t copies = now.copies.get();
        const setting& to = what_.all;
        now.losses.fetch(to.losses + now.of.curve, now.losses.size(), copies);
        if (to.accuracies != nullptr) now.accuracies.fetch(to.accuracies + now.of.curve, now.accuracies.size(), copies);
        if (wants_weights_) now.weights.fetch(to.weights + now.of.weights, now.weights.size(), copies);
        if (to.scores != nullptr) now.scores.fetch(to.scores + now.of.scores, now.scores.size(), copies);
        now.outcomes.fetch(to.outcomes + now.of.first, now.outcomes.size(), copies);
        NAS_CUDA(cudaStreamSynchronize(copies));
    }

    const job& what_;
    setting all_;  // with the device's pointers to the rows
    device_use& used_;
    std::size_t limit_ = 0;
    processor processor_;
    std::size_t processors_ = 0;
    bool wants_weights_ = false;
    bool keeps_weights_ = false;
    stream copies_;
    device_array<float> inputs_, targets_, validation_inputs_, validation_targets_;
    device_array<double> target_scales_;
    device_array<dense> device_layers_;
    const dense* layers_ = nullptr;
};

void tell(const char* what, char* error, std::size_t size) {
    if (size > 0) std::snprintf(error, size, "%s", what);
}

}  // namespace

bool train_on_device(const job& what, const device_options& how, char* error, std::size_t size, device_use* used) {
    device_use own;
    device_use& told = used != nullptr ? *used : own;
    told = {};
    try {
        const auto begin = std::chrono::steady_clock::now();
        trainer(what, how, told).run();
        told.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        return true;
    } catch (const std::exception& failure) {
        tell(failure.what(), error, size);
        return false;
    }
}

bool describe_device(int device, device_figures& figures, char* error, std::size_t size) {
    try {
        const auto attribute = [device](cudaDeviceAttr which) {
            int value = 0;
            NAS_CUDA(cudaDeviceGetAttribute(&value, which, device));
            return static_cast<double>(value);
        };
        cudaDeviceProp properties{};
        NAS_CUDA(cudaGetDeviceProperties(&properties, device));
        std::snprintf(figures.name, sizeof(figures.name), "%s", properties.name);
        figures.processors = static_cast<std::size_t>(properties.multiProcessorCount);
        // Cores of a multiprocessor by its generation: 64 of 8.0 (A100), 128 of all since.
        const double cores = properties.major == 8 && properties.minor == 0 ? 64 : 128;
        figures.operations = 2 * cores * properties.multiProcessorCount * 1e3 * attribute(cudaDevAttrClockRate);
        figures.bytes =
            2 * 1e3 * attribute(cudaDevAttrMemoryClockRate) * attribute(cudaDevAttrGlobalMemoryBusWidth) / 8;
        return true;
    } catch (const std::exception& failure) {
        tell(failure.what(), error, size);
        return false;
    }
}

std::size_t free_bytes(int device, char* error, std::size_t size) {
    try {
        std::size_t free = 0;
        std::size_t total = 0;
        NAS_CUDA(cudaSetDevice(device));
        NAS_CUDA(cudaMemGetInfo(&free, &total));
        if (free == 0) tell("the GPU has no free memory", error, size);
        return free;
    } catch (const std::exception& failure) {
        tell(failure.what(), error, size);
        return 0;
    }
}

}  // namespace nas::mlp_kernel

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>
#include <nas/core/rng.hpp>
#include <nas/networks/network_plan.hpp>
#include <nas/torch/plan_module/plan_state.hpp>
#include <nas/torch/plan_module/plan_steps.hpp>
#include <nas/torch/torch_random.hpp>

namespace nas {

/// A network_plan as a module of libtorch, of one network or of several side by side, each with weights of its own.
///
///     auto net = std::make_shared<nas::plan_module>(plan);
///     net->initialize(random);
///     net->draw_from(random);  // where dropout takes its masks
///     torch::optim::Adam optimizer(net->parameters(), 1e-3);
///     nll_loss(log_softmax(net->forward({images})[0], 1), labels).backward();
///
/// Of several copies each parameter and buffer has one dimension more, the first: an optimizer that treats each number alone trains
/// all networks at once, each as if it were alone, as long as the loss is a sum of theirs. Batch normalisation is that of libtorch
/// (momentum 0.1, epsilon 1e-5); average pools do not count what is around an image. Runs on any device and in any precision to
/// which the module is moved; masks are drawn on the CPU. One thread at a time.
class plan_module : public ::torch::nn::Module, public torch_random, public torch_initialized {
  public:
    /// Throws std::invalid_argument where there are no copies or the plan has no output.
    explicit plan_module(const network_plan& plan, std::size_t copies = 1)
        : plan_(plan),
          copies_(copies),
          state_(
              plan_, copies_,
              [this](const std::string& name, const ::torch::Tensor& one) { return register_parameter(name, one); },
              [this](const std::string& name, const ::torch::Tensor& one) { return register_buffer(name, one); }),
          readers_(plan.nodes().size()) {
        if (copies < 1) detail::fail_plan_module("copies (0) must be at least 1");
        if (plan.outputs().empty()) detail::fail_plan_module("the plan has no output");
        for (const plan_node& node : plan.nodes())
            for (const std::size_t from : node.inputs) ++readers_[from];
        for (const std::size_t i : plan.outputs()) ++readers_[i];
        find_dropouts();
    }

    const network_plan& plan() const noexcept { return plan_; }
    std::size_t copies() const noexcept { return copies_; }

    /// One tensor for each input of the plan, [rows, numbers...] or, with several copies, [copies, rows, numbers...]; to one for
    /// each output, [rows, units] or [copies, rows, units]: sums, without softmax or sigmoid. Throws std::invalid_argument where an
    /// input has another shape, and std::logic_error where dropout has nothing to draw from.
    std::vector<::torch::Tensor> forward(const std::vector<::torch::Tensor>& inputs) {
        return forward(inputs, [](std::size_t, const ::torch::Tensor&) {});
    }

    /// The same, and `see(node, value)` gets what each node makes: features as [copies, rows, features], images as [rows, copies *
    /// channels, height, width].
    template <class See>
    std::vector<::torch::Tensor> forward(const std::vector<::torch::Tensor>& inputs, See&& see) {
        if (inputs.size() != plan_.inputs().size())
            detail::fail_plan_module("there are " + std::to_string(inputs.size()) + " inputs; the plan has " +
                                     std::to_string(plan_.inputs().size()));
        std::vector<::torch::Tensor> values(plan_.nodes().size());
        for (std::size_t k = 0; k < inputs.size(); ++k) values[plan_.inputs()[k]] = read_input(k, inputs[k]);
        std::vector<std::size_t> left = readers_;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const plan_node& node = plan_.nodes()[i];
            std::vector<::torch::Tensor> read;
            for (const std::size_t from : node.inputs) read.push_back(values[from]);
            if (node.operation == plan_operation::dropout) {
                values[i] = drop(read[0], keeps_[i]);
            } else if (!read.empty()) {
                values[i] = detail::plan_step(node, read, state_.node(i), is_training(), detail::as_int(copies_));
            }
            see(i, std::as_const(values[i]));
            for (const std::size_t from : node.inputs)
                if (--left[from] == 0) values[from].reset();  // nobody else reads it
        }
        std::vector<::torch::Tensor> outputs;
        for (const std::size_t i : plan_.outputs()) outputs.push_back(copies_ == 1 ? values[i].squeeze(0) : values[i]);
        return outputs;
    }

    /// First weights of each copy, by a generator a copy: uniform in +-sqrt(6 / (inputs + units)) (Glorot and Bengio 2010), as Keras
    /// counts them for kernels, node by node in the order of `weights`; of a multilayer perceptron as nas::mlp draws them. Biases
    /// are 0, factors of batch normalisation 1, and it remembers nothing.
    void initialize(std::span<rng> randoms) {
        check_generators(randoms);
        state_.initialize(randoms);
    }
    /// Of one network.
    void initialize(rng& random) override { initialize(std::span<rng>(&random, 1)); }

    /// Where dropout takes its masks while training: a generator a copy, which live as long as it trains. A mask is drawn as
    /// nas::mlp draws it, for all numbers of a batch at once, row by row; dropout nodes in a row are one.
    void draw_from(std::span<rng> randoms) {
        check_generators(randoms);
        randoms_ = randoms;
    }
    /// Of one network.
    void draw_from(rng& random) override { draw_from(std::span<rng>(&random, 1)); }

    /// From now on dropout lets all through while training, too, and needs no generator.
    void without_dropout() noexcept { drops_ = false; }

    /// What the plan adds to the loss of each copy, see nas::weight_penalty: [copies].
    ::torch::Tensor penalty() const {
        const ::torch::Tensor sum = state_.penalty(plan_);
        if (sum.defined()) return sum;
        const std::vector<::torch::Tensor> all = parameters();
        const auto like = all.empty() ? ::torch::TensorOptions() : all[0].options().requires_grad(false);
        return ::torch::zeros({detail::as_int(copies_)}, like);
    }

    /// Trained numbers of a copy, node by node as network_plan counts them: a node's weights, then its biases. Those of a multilayer
    /// perceptron are as nas::mlp has them. Throws std::invalid_argument where there is no such copy, or are not so many.
    std::vector<float> weights(std::size_t copy = 0) const { return detail::read_floats(state_.parameters(copy)); }
    void set_weights(std::size_t copy, std::span<const float> values) {
        detail::write_floats(state_.parameters(copy), values, "weights");
    }
    /// What batch normalisation remembers of a copy: of each such node its means, then its variances, a number a channel.
    std::vector<float> statistics(std::size_t copy = 0) const { return detail::read_floats(state_.statistics(copy)); }
    void set_statistics(std::size_t copy, std::span<const float> values) {
        detail::write_floats(state_.statistics(copy), values, "statistics");
    }
    /// The tensors of a node.
    const detail::plan_tensors& tensors(std::size_t node) const { return state_.node(node); }

    void pretty_print(std::ostream& stream) const override { stream << "nas::plan_module\n" << plan_.describe(); }

  private:
    void check_generators(std::span<rng> randoms) const {
        if (randoms.size() != copies_)
            detail::fail_plan_module("there are " + std::to_string(randoms.size()) + " generators for " +
                                     std::to_string(copies_) + " networks; each needs its own");
    }

    // What each dropout node keeps; 1 where the next one, which alone reads it, keeps less for it.
    void find_dropouts() {
        keeps_.assign(plan_.nodes().size(), 1);
        for (std::size_t i = 0; i < keeps_.size(); ++i) {
            const plan_node& node = plan_.nodes()[i];
            if (node.operation != plan_operation::dropout) continue;
            keeps_[i] = 1 - node.rate;
            const std::size_t from = node.inputs[0];
            if (plan_.nodes()[from].operation == plan_operation::dropout && readers_[from] == 1)
                keeps_[i] *= std::exchange(keeps_[from], 1);
        }
    }

    ::torch::Tensor drop(const ::torch::Tensor& x, double keep) const {
        if (!is_training() || !drops_ || keep == 1) return x;
        if (randoms_.empty())
            throw std::logic_error("nas::plan_module: dropout needs a generator while training; call draw_from");
        // Images have the copies in their second dimension, side by side.
        const bool image = x.dim() == 4;
        std::vector<std::int64_t> sizes = x.sizes().vec();
        sizes[image ? 1 : 0] /= detail::as_int(copies_);
        std::vector<::torch::Tensor> masks;
        for (rng& random : randoms_) masks.push_back(detail::dropout_mask(random, keep, sizes));
        return x * ::torch::cat(masks, image ? 1 : 0).to(x.device(), x.scalar_type());
    }

    ::torch::Tensor read_input(std::size_t k, const ::torch::Tensor& x) const {
        const plan_shape& shape = plan_.shape(plan_.inputs()[k]);
        const std::int64_t copies = detail::as_int(copies_);
        const std::int64_t numbers = detail::as_int(shape.numbers());
        const std::int64_t before = copies > 1 ? 1 : 0;
        if (x.dim() < before + 2 || (before == 1 && x.size(0) != copies) ||
            x.numel() != copies * x.size(before) * numbers) {
            std::string is;
            for (const std::int64_t size : x.sizes()) is += (is.empty() ? "" : " x ") + std::to_string(size);
            detail::fail_plan_module("input " + std::to_string(k) + " must be " +
                                     (before == 1 ? std::to_string(copies) + " copies x " : "") + "rows x " +
                                     nas::describe(shape) + ", and is " + (is.empty() ? "one number" : is));
        }
        if (shape.flat) return x.reshape({copies, -1, numbers});
        return (before == 1 ? x.transpose(0, 1) : x)
            .reshape({x.size(before), -1, detail::as_int(shape.height), detail::as_int(shape.width)});
    }

    network_plan plan_;
    std::size_t copies_;
    detail::plan_state state_;
    std::vector<std::size_t> readers_;  // of each node; an output is read once more
    std::vector<double> keeps_;
    std::span<rng> randoms_;
    bool drops_ = true;
};

}  // namespace nas

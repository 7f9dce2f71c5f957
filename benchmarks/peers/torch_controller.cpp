// SPDX-License-Identifier: Apache-2.0

// The updates of micro/controller_update.cpp in libtorch, eager, one thread, written in two ways:
//   torch       as one writes it: a module for each embedding, cell and head, one step after another
//   torch_lean  as little as we could get it to do: one tensor for all embeddings and one for all heads; where the
//               architectures are known, one call for all steps of the LSTM. Needs decisions of one number of choices.
// REINFORCE learns from the graph that sampling leaves, as ours does from the pass that drawing leaves; `ours_singly` makes it
// again.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <benchmark/benchmark.h>
#include <dlfcn.h>
#include <torch/torch.h>
#include <torch/version.h>
#include <micro/controller_sizes.hpp>

namespace {

using torch::Tensor;

struct network_sizes {
    explicit network_sizes(const controller_sizes::size& of)
        : units(static_cast<std::int64_t>(of.units)),
          layers(static_cast<std::int64_t>(of.layers)),
          steps(static_cast<std::int64_t>(of.decisions)),
          choices(static_cast<std::int64_t>(of.choices)),
          batch(static_cast<std::int64_t>(of.batch)) {}

    std::int64_t units, layers, steps, choices, batch;
};

Tensor draw(const Tensor& log_p) { return torch::multinomial(log_p.detach().exp(), 1).squeeze(1); }
Tensor log_of(const Tensor& log_p, const Tensor& choice) { return log_p.gather(1, choice.unsqueeze(1)); }

/// `sample` draws a batch of architectures; it and `replay`, which takes the last ones, give the logarithms of their
/// probabilities.
class modules {
  public:
    explicit modules(const network_sizes& of) : of_(of) {
        start_ = whole_->register_parameter("start", torch::empty({1, of.units}).uniform_(-0.1, 0.1));
        for (std::int64_t layer = 0; layer < of.layers; ++layer)
            cells_.push_back(whole_->register_module(
                "cell" + std::to_string(layer),
                torch::nn::LSTMCell(torch::nn::LSTMCellOptions(of.units, of.units).bias(false))));
        for (std::int64_t t = 0; t < of.steps; ++t) {
            embeddings_.push_back(
                whole_->register_module("embedding" + std::to_string(t), torch::nn::Embedding(of.choices, of.units)));
            heads_.push_back(
                whole_->register_module("head" + std::to_string(t),
                                        torch::nn::Linear(torch::nn::LinearOptions(of.units, of.choices).bias(false))));
        }
        drawn_.resize(embeddings_.size());
    }

    std::vector<Tensor> weights() const { return whole_->parameters(); }
    Tensor sample() { return roll(true); }
    Tensor replay() { return roll(false); }

  private:
    Tensor roll(bool drawing) {
        std::vector<std::tuple<Tensor, Tensor>> states(
            cells_.size(), {torch::zeros({of_.batch, of_.units}), torch::zeros({of_.batch, of_.units})});
        Tensor input = start_.expand({of_.batch, of_.units});
        std::vector<Tensor> logs;
        for (std::size_t t = 0; t < heads_.size(); ++t) {
            for (std::size_t layer = 0; layer < cells_.size(); ++layer) {
                states[layer] = cells_[layer](input, states[layer]);
                input = std::get<0>(states[layer]);
            }
            const Tensor log_p = torch::log_softmax(heads_[t](input), 1);
            if (drawing) drawn_[t] = draw(log_p);
            logs.push_back(log_of(log_p, drawn_[t]));
            if (t + 1 < heads_.size()) input = embeddings_[t](drawn_[t]);
        }
        return torch::cat(logs, 1).sum(1);
    }

    network_sizes of_;
    std::shared_ptr<torch::nn::Module> whole_ = std::make_shared<torch::nn::Module>();
    Tensor start_;
    std::vector<torch::nn::LSTMCell> cells_;
    std::vector<torch::nn::Embedding> embeddings_;
    std::vector<torch::nn::Linear> heads_;
    std::vector<Tensor> drawn_;
};

class lean {
  public:
    explicit lean(const network_sizes& of) : of_(of) {
        start_ = weight({1, of.units});
        for (std::int64_t half = 0; half < 2 * of.layers; ++half) lstm_.push_back(weight({4 * of.units, of.units}));
        embedding_ = weight({of.steps * of.choices, of.units});
        heads_ = weight({of.steps, of.units, of.choices});
        offsets_ = torch::arange(of.steps).mul(of.choices).unsqueeze(1);
    }

    std::vector<Tensor> weights() const { return weights_; }

    Tensor sample() {
        std::vector<std::tuple<Tensor, Tensor>> states(
            lstm_.size() / 2, {torch::zeros({of_.batch, of_.units}), torch::zeros({of_.batch, of_.units})});
        Tensor input = start_.expand({of_.batch, of_.units});
        std::vector<Tensor> logs, drawn;
        for (std::int64_t t = 0; t < of_.steps; ++t) {
            for (std::size_t layer = 0; layer < states.size(); ++layer) {
                const auto& [hidden, cell] = states[layer];
                states[layer] = torch::lstm_cell(input, {hidden, cell}, lstm_[2 * layer], lstm_[2 * layer + 1]);
                input = std::get<0>(states[layer]);
            }
            const Tensor log_p = torch::log_softmax(torch::mm(input, heads_[t]), 1);
            drawn.push_back(draw(log_p));
            logs.push_back(log_of(log_p, drawn.back()));
            if (t + 1 < of_.steps) input = torch::embedding(embedding_, drawn.back() + t * of_.choices);
        }
        drawn_ = torch::stack(drawn);
        return torch::cat(logs, 1).sum(1);
    }

    Tensor replay() {
        const Tensor known = torch::embedding(embedding_, (drawn_ + offsets_).narrow(0, 0, of_.steps - 1));
        const Tensor inputs = torch::cat({start_.expand({1, of_.batch, of_.units}), known});
        const Tensor zeros = torch::zeros({of_.layers, of_.batch, of_.units});
        const Tensor tops =
            std::get<0>(torch::lstm(inputs, {zeros, zeros}, lstm_, false, of_.layers, 0.0, true, false, false));
        const Tensor log_p = torch::log_softmax(torch::bmm(tops, heads_), 2);
        return log_p.gather(2, drawn_.unsqueeze(2)).sum(torch::IntArrayRef{0, 2});
    }

  private:
    Tensor weight(torch::IntArrayRef shape) {
        weights_.push_back(torch::empty(shape).uniform_(-0.1, 0.1).set_requires_grad(true));
        return weights_.back();
    }

    network_sizes of_;
    std::vector<Tensor> weights_;
    std::vector<Tensor> lstm_;  // of each layer those of inputs, then those of outputs
    Tensor start_, embedding_, heads_, offsets_;
    Tensor drawn_;  // decisions x batch
};

template <class Network>
class controller {
  public:
    explicit controller(const controller_sizes::size& of)
        : network_(network_sizes(of)),
          weights_(network_.weights()),
          optimizer_(std::make_unique<torch::optim::Adam>(weights_,
                                                          torch::optim::AdamOptions(controller_sizes::learning_rate))) {
        std::vector<float> advantages;
        for (std::size_t k = 0; k < of.batch; ++k)
            advantages.push_back(static_cast<float>(controller_sizes::advantage(k)));
        advantages_ = torch::tensor(advantages);
    }

    void sample() {
        const torch::NoGradGuard guard;
        network_.sample();
    }
    void reinforce() { step(-(network_.sample() * advantages_).mean()); }
    void ppo() {
        sample();
        Tensor before;
        for (int epoch = 0; epoch < controller_sizes::epochs; ++epoch) {
            const Tensor now = network_.replay();
            if (epoch == 0) before = now.detach();
            const Tensor ratio = (now - before).exp();
            const Tensor clipped = ratio.clamp(1 - controller_sizes::ratio_clip, 1 + controller_sizes::ratio_clip);
            step(-torch::min(ratio * advantages_, clipped * advantages_).mean());
        }
    }

  private:
    void step(const Tensor& loss) {
        optimizer_->zero_grad();
        loss.backward();
        torch::nn::utils::clip_grad_norm_(weights_, controller_sizes::norm_clip);
        optimizer_->step();
    }

    Network network_;
    std::vector<Tensor> weights_;
    std::unique_ptr<torch::optim::Adam> optimizer_;
    Tensor advantages_;
};

template <class Network>
void add(const controller_sizes::size& of, const std::string& who) {
    const auto add_call = [&](const std::string& what, void (controller<Network>::*call)()) {
        controller_sizes::add(of.name() + '/' + who + what, [=] {
            torch::manual_seed(1);
            return [made = controller<Network>(of), call]() mutable { (made.*call)(); };
        });
    };
    add_call("", &controller<Network>::reinforce);
    add_call("_ppo", &controller<Network>::ppo);
    add_call("_sample", &controller<Network>::sample);
}

/// libtorch's matrix products are those of the system's BLAS, whichever that is.
std::string blas() {
    const auto text_of = [](const char* function) -> std::string {
        void* const found = dlsym(RTLD_DEFAULT, function);
        return found == nullptr ? "" : reinterpret_cast<char* (*)()>(found)();
    };
    const std::string config = text_of("openblas_get_config");
    return config.empty() ? "a BLAS other than OpenBLAS" : config + " as " + text_of("openblas_get_corename");
}

[[maybe_unused]] const bool added = [] {
    torch::set_num_threads(1);
    const std::string threads = std::to_string(torch::get_num_threads()) + " thread";
    benchmark::AddCustomContext("torch", TORCH_VERSION ", " + threads + ", " + blas());
    for (const controller_sizes::size& of : controller_sizes::all) {
        add<modules>(of, "torch");
        add<lean>(of, "torch_lean");
    }
    return true;
}();

}  // namespace

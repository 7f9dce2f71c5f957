// SPDX-License-Identifier: Apache-2.0

// The updates of micro/controller_update.cpp in libtorch, eager, one thread. Names end in who:
//   torch           a cell after another, as one writes it: REINFORCE learns from the graph that sampling has left
//   torch_replayed  sampled without a graph; then one call for all embeddings, all steps of the LSTM, all heads
// Where decisions had different numbers of choices, only the first would do.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <benchmark/benchmark.h>
#include <torch/torch.h>
#include <torch/version.h>
#include <micro/controller_sizes.hpp>

namespace {

using torch::Tensor;

class controller {
  public:
    explicit controller(const controller_sizes::size& of)
        : steps_(static_cast<std::int64_t>(of.decisions)),
          choices_(static_cast<std::int64_t>(of.choices)),
          units_(static_cast<std::int64_t>(of.units)),
          batch_(static_cast<std::int64_t>(of.batch)) {
        torch::manual_seed(1);
        start_ = weight({1, units_});
        for (std::size_t layer = 0; layer < of.layers; ++layer) {
            lstm_.push_back(weight({4 * units_, units_}));
            lstm_.push_back(weight({4 * units_, units_}));
        }
        embedding_ = weight({steps_ * choices_, units_});
        heads_ = weight({steps_, units_, choices_});
        optimizer_ =
            std::make_unique<torch::optim::Adam>(weights_, torch::optim::AdamOptions(controller_sizes::learning_rate));
        std::vector<float> advantages;
        for (std::size_t k = 0; k < of.batch; ++k)
            advantages.push_back(static_cast<float>(controller_sizes::advantage(k)));
        advantages_ = torch::tensor(advantages);
        offsets_ = torch::arange(steps_).mul(choices_).unsqueeze(1);
    }

    void sample() {
        torch::NoGradGuard guard;
        roll();
    }
    void reinforce() { step(-(roll() * advantages_).mean()); }
    void reinforce_replayed() {
        sample();
        step(-(replay() * advantages_).mean());
    }
    void ppo() {
        sample();
        Tensor before;
        for (int epoch = 0; epoch < controller_sizes::epochs; ++epoch) {
            const Tensor now = replay();
            if (epoch == 0) before = now.detach();
            const Tensor ratio = (now - before).exp();
            const Tensor clipped = ratio.clamp(1 - controller_sizes::ratio_clip, 1 + controller_sizes::ratio_clip);
            step(-torch::min(ratio * advantages_, clipped * advantages_).mean());
        }
    }

  private:
    Tensor weight(torch::IntArrayRef shape) {
        weights_.push_back(torch::empty(shape).uniform_(-0.1, 0.1).set_requires_grad(true));
        return weights_.back();
    }

    /// Draws architectures; the logarithms of their probabilities.
    Tensor roll() {
        std::vector<std::tuple<Tensor, Tensor>> states(
            lstm_.size() / 2, {torch::zeros({batch_, units_}), torch::zeros({batch_, units_})});
        Tensor input = start_.expand({batch_, units_});
        std::vector<Tensor> logs;
        std::vector<Tensor> drawn;
        for (std::int64_t t = 0; t < steps_; ++t) {
            for (std::size_t layer = 0; layer < states.size(); ++layer) {
                const auto& [hidden, cell] = states[layer];
                states[layer] = torch::lstm_cell(input, {hidden, cell}, lstm_[2 * layer], lstm_[2 * layer + 1]);
                input = std::get<0>(states[layer]);
            }
            const Tensor log_p = torch::log_softmax(torch::mm(input, heads_[t]), 1);
            const Tensor choice = torch::multinomial(log_p.detach().exp(), 1);
            logs.push_back(log_p.gather(1, choice));
            drawn.push_back(choice.squeeze(1));
            input = torch::embedding(embedding_, drawn.back() + t * choices_);
        }
        architectures_ = torch::stack(drawn);
        return torch::cat(logs, 1).sum(1);
    }

    /// The same logarithms, of architectures that are known.
    Tensor replay() {
        const Tensor known = torch::embedding(embedding_, (architectures_ + offsets_).narrow(0, 0, steps_ - 1));
        const Tensor inputs = torch::cat({start_.expand({1, batch_, units_}), known});
        const auto layers = static_cast<std::int64_t>(lstm_.size() / 2);
        const Tensor zeros = torch::zeros({layers, batch_, units_});
        const Tensor tops =
            std::get<0>(torch::lstm(inputs, {zeros, zeros}, lstm_, false, layers, 0.0, true, false, false));
        const Tensor log_p = torch::log_softmax(torch::bmm(tops, heads_), 2);
        return log_p.gather(2, architectures_.unsqueeze(2)).sum(torch::IntArrayRef{0, 2});
    }

    void step(const Tensor& loss) {
        optimizer_->zero_grad();
        loss.backward();
        torch::nn::utils::clip_grad_norm_(weights_, controller_sizes::norm_clip);
        optimizer_->step();
    }

    std::int64_t steps_, choices_, units_, batch_;
    std::vector<Tensor> weights_;
    std::vector<Tensor> lstm_;  // of each layer those of inputs, then those of outputs
    Tensor start_, embedding_, heads_;
    std::unique_ptr<torch::optim::Adam> optimizer_;
    Tensor advantages_, offsets_;
    Tensor architectures_;  // decisions x batch
};

[[maybe_unused]] const bool added = [] {
    torch::set_num_threads(1);
    benchmark::AddCustomContext("torch", TORCH_VERSION);
    for (const controller_sizes::size& of : controller_sizes::all) {
        const auto add = [&](const std::string& who, void (controller::*call)()) {
            controller_sizes::add(of.name() + '/' + who,
                                  [=] { return [made = controller(of), call]() mutable { (made.*call)(); }; });
        };
        add("torch", &controller::reinforce);
        add("torch_replayed", &controller::reinforce_replayed);
        add("torch_ppo", &controller::ppo);
        add("torch_sample", &controller::sample);
    }
    return true;
}();

}  // namespace

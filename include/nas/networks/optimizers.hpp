// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cassert>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include <nas/core/options.hpp>
#include <nas/networks/packs.hpp>

/// Steps along the gradient, each optimizer a class of the same shape: made for a number of parameters, with its state zero;
/// `step(parameters, gradient, learning_rate)` changes the parameters so that the loss falls.
namespace nas {

struct sgd_options {
    double momentum = 0;

    static constexpr void fields(auto&& visit) {
        visit(&sgd_options::momentum, field{"momentum", 0, 1, "Keras: 0", "how much of the last step is kept"});
    }
};

/// Stochastic gradient descent with momentum: v = momentum v + g, p = p - rate v.
template <std::floating_point Scalar>
class sgd {
  public:
    using options_type = sgd_options;

    explicit sgd(std::size_t size, sgd_options options = {}) : options_(options) {
        check_options("nas::sgd", options_);
        if (options_.momentum > 0) velocity_.assign(size, 0);
    }

    void step(std::span<Scalar> parameters, std::span<const Scalar> gradient, double learning_rate) {
        assert(parameters.size() == gradient.size());
        const auto rate = static_cast<Scalar>(learning_rate);
        const auto momentum = static_cast<Scalar>(options_.momentum);
        if (velocity_.empty()) return detail::add_times(gradient.size(), -rate, gradient.data(), parameters.data());
        detail::for_each_number<Scalar>(
            gradient.size(),
            [=](const auto& g, auto& v, auto& p) {
                v = momentum * v + g;
                p -= rate * v;
            },
            gradient.data(), velocity_.data(), parameters.data());
    }

  private:
    sgd_options options_;
    std::vector<Scalar> velocity_;  // empty without momentum
};

struct rmsprop_options {
    double rho = 0.9;
    double epsilon = 1e-7;

    static constexpr void fields(auto&& visit) {
        visit(&rmsprop_options::rho, field{"rho", 0, 1, "Keras: 0.9", "how much of the mean square is kept"});
        visit(&rmsprop_options::epsilon,
              field{"epsilon", 1e-12, 1, "Keras: 1e-7", "added to the root of the mean square"});
    }
};

/// RMSprop (Tieleman and Hinton 2012): s = rho s + (1 - rho) g^2, p = p - rate g / (sqrt(s) + epsilon).
template <std::floating_point Scalar>
class rmsprop {
  public:
    using options_type = rmsprop_options;

    explicit rmsprop(std::size_t size, rmsprop_options options = {}) : options_(options) {
        check_options("nas::rmsprop", options_);
        square_.assign(size, 0);
    }

    void step(std::span<Scalar> parameters, std::span<const Scalar> gradient, double learning_rate) {
        assert(parameters.size() == gradient.size() && gradient.size() == square_.size());
        const auto rate = static_cast<Scalar>(learning_rate);
        const auto rho = static_cast<Scalar>(options_.rho);
        const auto epsilon = static_cast<Scalar>(options_.epsilon);
        detail::for_each_number<Scalar>(
            gradient.size(),
            [=](const auto& g, auto& s, auto& p) {
                s = rho * s + (1 - rho) * (g * g);
                p -= rate * g / (detail::square_root<Scalar>(s) + epsilon);
            },
            gradient.data(), square_.data(), parameters.data());
    }

  private:
    rmsprop_options options_;
    std::vector<Scalar> square_;
};

struct adam_options {
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;

    static constexpr void fields(auto&& visit) {
        visit(&adam_options::beta1,
              field{"beta1", 0, 0.9999999, "Kingma and Ba 2015: 0.9", "how much of the mean is kept"});
        visit(&adam_options::beta2,
              field{"beta2", 0, 0.9999999, "Kingma and Ba 2015: 0.999", "how much of the mean square is kept"});
        visit(&adam_options::epsilon,
              field{"epsilon", 1e-12, 1, "Kingma and Ba 2015: 1e-8", "added to the root of the mean square"});
    }
};

/// Adam (Kingma and Ba 2015, algorithm 1): m = beta1 m + (1 - beta1) g, s = beta2 s + (1 - beta2) g^2,
/// p = p - rate m / (1 - beta1^t) / (sqrt(s / (1 - beta2^t)) + epsilon) in step t.
template <std::floating_point Scalar>
class adam {
  public:
    using options_type = adam_options;

    explicit adam(std::size_t size, adam_options options = {}) : options_(options) {
        check_options("nas::adam", options_);
        mean_.assign(size, 0);
        square_.assign(size, 0);
    }

    void step(std::span<Scalar> parameters, std::span<const Scalar> gradient, double learning_rate) {
        assert(parameters.size() == gradient.size() && gradient.size() == mean_.size());
        power1_ *= options_.beta1;
        power2_ *= options_.beta2;
        const auto beta1 = static_cast<Scalar>(options_.beta1);
        const auto beta2 = static_cast<Scalar>(options_.beta2);
        // Both sides of the fraction times sqrt(1 - beta2^t), so that it has one square root and one division.
        const double correction = std::sqrt(1 - power2_);
        const auto rate = static_cast<Scalar>(learning_rate * correction / (1 - power1_));
        const auto epsilon = static_cast<Scalar>(options_.epsilon * correction);
        detail::for_each_number<Scalar>(
            gradient.size(),
            [=](const auto& g, auto& m, auto& s, auto& p) {
                m = beta1 * m + (1 - beta1) * g;
                s = beta2 * s + (1 - beta2) * (g * g);
                p -= rate * m / (detail::square_root<Scalar>(s) + epsilon);
            },
            gradient.data(), mean_.data(), square_.data(), parameters.data());
    }

  private:
    adam_options options_;
    std::vector<Scalar> mean_;
    std::vector<Scalar> square_;
    double power1_ = 1;  // beta1^t
    double power2_ = 1;
};

enum class optimizer_kind : std::uint8_t { sgd, rmsprop, adam };
constexpr std::array<std::string_view, 3> enum_names(optimizer_kind) { return {"sgd", "rmsprop", "adam"}; }

/// An optimizer that is chosen at run time, with the defaults of its kind; `momentum` is that of sgd.
template <std::floating_point Scalar>
class any_optimizer {
  public:
    any_optimizer(optimizer_kind kind, std::size_t size, double momentum = 0) : chosen_(sgd<Scalar>(0)) {
        if (kind == optimizer_kind::sgd) chosen_ = sgd<Scalar>(size, {.momentum = momentum});
        if (kind == optimizer_kind::rmsprop) chosen_ = rmsprop<Scalar>(size);
        if (kind == optimizer_kind::adam) chosen_ = adam<Scalar>(size);
    }

    void step(std::span<Scalar> parameters, std::span<const Scalar> gradient, double learning_rate) {
        std::visit([&](auto& optimizer) { optimizer.step(parameters, gradient, learning_rate); }, chosen_);
    }

  private:
    std::variant<sgd<Scalar>, rmsprop<Scalar>, adam<Scalar>> chosen_;
};

}  // namespace nas

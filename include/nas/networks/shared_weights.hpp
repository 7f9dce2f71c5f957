// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <compare>
#include <concepts>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/networks/mlp.hpp>
#include <nas/spaces/mlp_layer.hpp>

namespace nas {

/// A dense layer and what it reads. Layers that agree in this have weights of one shape and of one meaning, more or
/// less.
struct layer_bigram {
    std::size_t inputs;                ///< units of the dense layer before, or features of the data
    std::optional<activation> before;  ///< of the dense layer before; none: the layer reads the data
    std::size_t units;                 ///< of the layer
    activation function;               ///< of the layer

    /// Weights and biases.
    constexpr std::size_t size() const noexcept { return (inputs + 1) * units; }

    friend auto operator<=>(const layer_bigram&, const layer_bigram&) = default;
    friend bool operator==(const layer_bigram&, const layer_bigram&) = default;
};

/// `input(11) -> relu(128)`, `relu(128) -> softmax(3)`.
inline std::string describe(const layer_bigram& key) {
    const std::string source =
        key.before ? describe(mlp_layer{key.inputs, *key.before}) : "input(" + std::to_string(key.inputs) + ")";
    return source + " -> " + describe(mlp_layer{key.units, key.function});
}

/// One for each dense layer of a model, in their order. Dropout layers are passed over.
template <std::floating_point Scalar>
std::vector<layer_bigram> bigrams(const mlp<Scalar>& model) {
    std::vector<layer_bigram> keys;
    std::optional<activation> before;
    for (const auto& layer : model.layers()) {
        keys.push_back({layer.inputs, before, layer.units, layer.function});
        before = layer.function;
    }
    return keys;
}

/// Weights that networks share (MLPNAS, Sable 2020: "one-shot"): of each bigram of layers the weights and biases that a
/// trained network had there, from which the next network with that bigram begins.
///
///     nas::shared_weights table;
///     table.learn(trained);
///     table.start(model);  // how many layers now have weights from the table
///
/// Networks of 3 layers and more of the default `mlp_space`, on data with 11 features, have 840 bigrams between them,
/// and 16.7 million numbers.
class shared_weights {
  public:
    /// Of each bigram its weights, units x inputs, column by column, then its biases. Ordered by key.
    const std::map<layer_bigram, std::vector<float>>& entries() const noexcept { return entries_; }

    /// Inserts or overwrites. Throws std::invalid_argument where there are not (inputs + 1) * units parameters.
    void put(const layer_bigram& key, std::span<const float> parameters) {
        check_size(key, parameters.size());
        entries_[key].assign(parameters.begin(), parameters.end());
    }

    /// Copies what the table has to `parameters`; false where it has nothing. Throws std::invalid_argument where there
    /// is not room for (inputs + 1) * units parameters.
    bool take(const layer_bigram& key, std::span<float> parameters) const {
        check_size(key, parameters.size());
        const auto at = entries_.find(key);
        if (at == entries_.end()) return false;
        std::copy(at->second.begin(), at->second.end(), parameters.begin());
        return true;
    }

    /// Gives each dense layer of a model the weights that the table has for it; how many layers got some.
    std::size_t start(mlp<float>& model) const {
        std::size_t taken = 0;
        std::size_t layer = 0;
        for (const layer_bigram& key : bigrams(model)) taken += take(key, model.parameters(layer++)) ? 1U : 0U;
        return taken;
    }

    /// Takes over the weights of a trained model, of each layer whose numbers are finite. Of a bigram that a model has
    /// twice the last layer counts.
    void learn(const mlp<float>& model) {
        std::span<const float> rest = model.parameters();
        for (const layer_bigram& key : bigrams(model)) {
            const std::span<const float> parameters = rest.first(key.size());
            rest = rest.subspan(key.size());
            if (std::all_of(parameters.begin(), parameters.end(), [](float weight) { return std::isfinite(weight); }))
                put(key, parameters);
        }
    }

  private:
    static void check_size(const layer_bigram& key, std::size_t size) {
        if (size != key.size())
            throw std::invalid_argument("nas::shared_weights: the weights of " + describe(key) + " (" +
                                        std::to_string(size) + ") must be " + std::to_string(key.size()));
    }

    std::map<layer_bigram, std::vector<float>> entries_;
};

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/operators/enumerate.hpp>
#include <nas/spaces/layer_operation.hpp>

namespace nas {

/// AMBER's ModelSpace: for each layer of a network, the operations it may be. This is what is written down, layer by layer in
/// any order; a `layer_space` made of it is what is searched.
///
///     nas::model_space model;
///     model.add_layer(0, {conv, nas::layer_operation("identity")});
///     model.add_operation(1, nas::layer_operation("dense", {{"units", 10}, {"activation", "relu"}}));
///     nas::layer_space space{model};
///
/// Layers have ids from 0 on. Where a layer is read or deleted, a negative id counts from the end, by the number of layers
/// (-1 is layer `layers() - 1`); layers are not made with a negative one.
class model_space {
  public:
    using layer_type = std::vector<layer_operation>;

    model_space() = default;
    /// Layers 0, 1, ...
    explicit model_space(std::vector<layer_type> layers) {
        for (layer_type& one : layers) layers_.emplace(layers_.size(), std::move(one));
    }

    /// Makes layer `id`, or replaces it. Returns valid(). Throws std::invalid_argument where `id` is negative.
    bool add_layer(std::ptrdiff_t id, layer_type operations = {}) {
        layers_[new_id(id)] = std::move(operations);
        return valid();
    }
    /// Adds an operation to layer `id`, which is made where it does not exist.
    void add_operation(std::ptrdiff_t id, layer_operation operation) {
        layers_[new_id(id)].push_back(std::move(operation));
    }
    /// Removes operation `k` of layer `id`. Throws std::out_of_range where there is none.
    void delete_operation(std::ptrdiff_t id, std::size_t k) {
        layer_type& operations = layers_.at(known_id(id));
        if (k >= operations.size())
            throw std::out_of_range("nas::model_space: layer " + std::to_string(id) + " has no operation " +
                                    std::to_string(k) + " of " + std::to_string(operations.size()));
        operations.erase(operations.begin() + static_cast<std::ptrdiff_t>(k));
    }
    /// Removes layer `id`; the ids of the others stay. Returns valid(). Throws std::out_of_range where there is none.
    bool delete_layer(std::ptrdiff_t id) {
        layers_.erase(known_id(id));
        return valid();
    }

    /// Whether the layers are 0, 1, ..., without a gap, and there is at least one.
    bool valid() const noexcept { return !layers_.empty() && layers_.rbegin()->first + 1 == layers_.size(); }
    /// Throws std::invalid_argument, in the name of `owner`, unless the space is valid and each of its layers has an operation.
    void check(const std::string& owner) const {
        if (layers_.empty()) throw std::invalid_argument(owner + ": there must be at least one layer");
        std::size_t expected = 0;
        for (const auto& [id, operations] : layers_) {
            if (id != expected++)
                throw std::invalid_argument(owner + ": the layers must be 0, 1, ... without a gap; there is no layer " +
                                            std::to_string(expected - 1));
            if (operations.empty())
                throw std::invalid_argument(owner + ": layer " + std::to_string(id) +
                                            " must have at least one operation");
        }
    }

    /// How many there are.
    std::size_t layers() const noexcept { return layers_.size(); }
    /// The operations of layer `id`. Throws std::out_of_range where there is no such layer.
    const layer_type& layer(std::ptrdiff_t id) const { return layers_.at(known_id(id)); }
    /// How many operations each layer has, in order of the ids.
    std::vector<std::size_t> sizes() const {
        std::vector<std::size_t> sizes;
        for (const auto& [id, operations] : layers_) sizes.push_back(operations.size());
        return sizes;
    }

    /// Number of combinations of operations; `uncountable` (2^64 - 1) if there are more. 0 where a layer has none.
    std::uint64_t size() const noexcept {
        std::uint64_t size = 1;
        for (const auto& [id, operations] : layers_) size = detail::saturating_product(size, operations.size());
        return size;
    }

    /// AMBER's measure of a space with wiring, log10 of: the combinations of operations, times 2 for each pair of layers,
    /// times `input_blocks` and `output_blocks` (each at least 1) for each layer. Minus infinity where a layer is empty.
    /// How many architectures a layer_space has is `layer_space::size()`.
    double log10_size(std::size_t input_blocks = 1, std::size_t output_blocks = 1) const {
        if (input_blocks < 1 || output_blocks < 1)
            throw std::invalid_argument("nas::model_space: the numbers of input blocks (" +
                                        std::to_string(input_blocks) + ") and output blocks (" +
                                        std::to_string(output_blocks) + ") must be at least 1");
        const auto log = [](std::size_t count) { return std::log10(static_cast<double>(count)); };
        const auto count = static_cast<double>(layers());
        double size = log(2) * count * (count - 1) / 2 + count * (log(input_blocks) + log(output_blocks));
        for (const auto& [id, operations] : layers_) size += log(operations.size());
        return size;
    }

    /// An operation for each layer, uniform. Throws std::invalid_argument as `check` does.
    std::vector<layer_operation> sample(rng& random) const {
        check("nas::model_space");
        std::vector<layer_operation> drawn;
        for (const auto& [id, operations] : layers_) drawn.push_back(operations[below(random, operations.size())]);
        return drawn;
    }

    /// `3 layers and 64 combinations of operations`.
    std::string describe() const {
        return std::to_string(layers()) + (layers() == 1 ? " layer and " : " layers and ") +
               (size() == uncountable ? "at least 2^64 - 1" : std::to_string(size())) + " combinations of operations";
    }

    friend bool operator==(const model_space&, const model_space&) = default;

  private:
    static std::size_t new_id(std::ptrdiff_t id) {
        if (id < 0)
            throw std::invalid_argument("nas::model_space: the id of a new layer (" + std::to_string(id) +
                                        ") must not be negative");
        return static_cast<std::size_t>(id);
    }

    std::size_t known_id(std::ptrdiff_t id) const {
        const std::ptrdiff_t found = id < 0 ? id + static_cast<std::ptrdiff_t>(layers_.size()) : id;
        if (found < 0 || !layers_.contains(static_cast<std::size_t>(found)))
            throw std::out_of_range("nas::model_space: there is no layer " + std::to_string(id) + " among " +
                                    std::to_string(layers_.size()));
        return static_cast<std::size_t>(found);
    }

    std::map<std::size_t, layer_type> layers_;
};

}  // namespace nas

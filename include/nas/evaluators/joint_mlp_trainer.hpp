// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/context.hpp>
#include <nas/core/evaluator.hpp>
#include <nas/core/options.hpp>
#include <nas/core/space.hpp>
#include <nas/core/trial.hpp>
#include <nas/data/dataset.hpp>
#include <nas/data/split.hpp>
#include <nas/evaluators/mlp_trainer.hpp>
#include <nas/evaluators/mlp_trainer/mlp_recipe.hpp>
#include <nas/operators/decisions.hpp>
#include <nas/rewards/accuracy_reward.hpp>
#include <nas/spaces/mlp_layer.hpp>
#include <nas/spaces/mlp_space.hpp>

namespace nas {

/// An `mlp_trainer` of architectures that say how they are trained as well: joint search of networks and hyper-parameters. The
/// space is any of decisions; what a decision is, its path says:
///
/// - `units_1`, `units_2`, ...: units of that hidden layer; `activation_1`, ...: its activation. `units` and `activation` are those
///   of all layers that have no decision of their own; without either, layers are ReLUs.
/// - `layers`: how many hidden layers there are; without it, up to the last that has a decision of its own, one at least.
/// - `dropout`: where it is above 0, dropout of that share follows every hidden layer; without such a decision there is none.
/// - `batch`, `optimizer`, `learning_rate`, `momentum`, `weight_decay`: those options of `mlp_trainer`, for this network.
///
/// What else is no decision is the trainer's option. Activations and optimizers are labels: `.labels({"relu", "tanh"})`.
///
///     struct net {
///         int layers;
///         int units_1;
///         int units_2;
///         double learning_rate;
///         friend bool operator==(const net&, const net&) = default;
///     };
///     const nas::aggregate_space space{
///         nas::member<&net::layers>({1, 2}).numeric(),
///         nas::member<&net::units_1>(nas::log_between(4, 64, 5)),
///         nas::member<&net::units_2>(nas::log_between(4, 64, 5)).when<&net::layers>(2),
///         nas::member<&net::learning_rate>(nas::log_between(1e-4, 1e-1, 7))};
///     const nas::joint_mlp_trainer trainer{space, data, split, {.epochs = 10}};
///     nas::search search{nas::gp_search{space}, std::cref(trainer), {.seed = 1}};
///
/// All else is as `mlp_trainer` says: seeds, fidelity, learning curve, metrics.
template <DecisionSpace Space, class Reward = accuracy_reward>
class joint_mlp_trainer {
  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = mlp_trainer_options;

    /// Throws std::invalid_argument as `mlp_trainer` does, and where a decision's path or one of its choices is none of the above,
    /// a layer of the deepest network has no units, or a decision is on a layer that no network has.
    joint_mlp_trainer(Space space, const dataset& data, const data_split& split, mlp_trainer_options options = {},
                      Reward reward = {})
        : space_(std::move(space)),
          trainer_(mlp_space({.output = output_layer_for(data)}), data, split, options, std::move(reward)) {
        const draft none = start();
        draft all = none;
        for (std::size_t i = 0; i < space_.decisions(); ++i)
            for (std::size_t choice = 0; choice < space_.cardinality(i); ++choice) {
                draft one = none;
                set(one, i, choice);
                trainer_.check({{output()}, one.options});
                const std::size_t depth = std::max(all.depth, one.depth);
                set(all, i, choice);
                all.depth = depth;
            }
        static_cast<void>(layers_of(all));  // of the deepest network
        if (all.depth > 0 && last_of(all) > all.depth)
            fail("there is a decision on layer " + std::to_string(last_of(all)) + ", but no network of more than " +
                 std::to_string(all.depth));
    }

    const Space& space() const noexcept { return space_; }
    /// Trains the recipes.
    const mlp_trainer<Reward>& trainer() const noexcept { return trainer_; }
    const mlp_trainer_options& options() const noexcept { return trainer_.options(); }
    std::vector<std::string> metric_names() const { return trainer_.metric_names(); }
    static constexpr evaluation_noise noise() noexcept { return mlp_trainer<Reward>::noise(); }

    /// What the architecture's decisions say. Throws std::invalid_argument where a layer has no units, as no decision on them counts.
    mlp_recipe recipe(const arch_type& arch) const {
        const typename Space::genotype_type genotype = space_.genotype(arch);
        draft all = start();
        for (std::size_t i = 0; i < space_.decisions(); ++i)
            if (is_active(space_, genotype, i)) set(all, i, genotype[i]);
        return {layers_of(all), all.options};
    }

    [[gnu::noinline]] evaluation<> operator()(const arch_type& arch, const context& about) const {
        return trainer_.evaluate(trainer_.train(recipe(arch), about));
    }

  private:
    static constexpr std::size_t most_layers = 9;
    static constexpr std::size_t most_units = std::size_t{1} << 20;  // as nas::mlp builds

    // A recipe whose layers are not put together. Number 0 of a list is for the layers that have no entry.
    struct draft {
        std::size_t depth = 0;  // 0: as many as have units of their own
        std::array<std::size_t, most_layers + 1> units = {};
        std::array<std::optional<activation>, most_layers + 1> functions = {};
        bool drops = false;
        mlp_trainer_options options = {};
    };

    [[noreturn]] static void fail(const std::string& what) {
        throw std::invalid_argument("nas::joint_mlp_trainer: " + what);
    }

    // Says what is wrong with a choice.
    [[noreturn]] void fail(std::size_t i, const std::string& text, const std::string& expected) const {
        fail("'" + space_.path(i) + "' ('" + text + "') must be " + expected);
    }

    const mlp_layer& output() const noexcept { return trainer_.space().options().output; }

    draft start() const {
        draft nothing{.options = trainer_.options()};
        nothing.functions[0] = activation::relu;
        return nothing;
    }

    // Which layer a path is of, as `units_2` of `units`; 0: of all, as `units`. most_layers + 1 where it is of none.
    static std::size_t layer_of(std::string_view path, std::string_view what) {
        std::size_t layer = 0;
        if (path == what) return 0;
        const bool one = path.size() == what.size() + 2 && path.starts_with(what) && path[what.size()] == '_' &&
                         detail::parse_option(path.substr(what.size() + 1), layer);
        return one && layer >= 1 ? layer : most_layers + 1;
    }

    std::size_t count(std::size_t i, const std::string& text, std::size_t most) const {
        std::size_t number = 0;
        if (!detail::parse_option(text, number) || number < 1 || number > most)
            fail(i, text, "a whole number in [1, " + std::to_string(most) + "]");
        return number;
    }

    void set(draft& all, std::size_t i, std::size_t choice) const {
        const std::string path = space_.path(i);
        const std::string text = space_.label(i, choice);
        if (path == "layers") {
            all.depth = count(i, text, most_layers);
        } else if (const std::size_t layer = layer_of(path, "units"); layer <= most_layers) {
            all.units[layer] = count(i, text, most_units);
        } else if (const std::size_t of = layer_of(path, "activation"); of <= most_layers) {
            activation function{};
            if (!detail::parse_option(text, function) || function == activation::softmax)
                fail(i, text, "one of sigmoid, tanh, relu, elu, linear");
            all.functions[of] = function;
        } else {
            set_option(all, i, path, text);
        }
    }

    void set_option(draft& all, std::size_t i, const std::string& path, const std::string& text) const {
        bool known = false;
        detail::for_each_option(all.options, [&]<class T>(const std::string&, const field& about, T& value) {
            if (about.name != path || !is_training(about.name)) return;
            known = true;
            if (!detail::parse_option(text, value) || !detail::in_range(value, about))
                fail(i, text, detail::allowed_text<T>(about));
        });
        if (!known)
            fail(
                "there is nothing that the decision '" + path +
                "' can be; there is layers, units, units_1 to units_9, activation, activation_1 to activation_9, batch, "
                "optimizer, learning_rate, momentum, weight_decay, dropout");
        if (path == "dropout") all.drops = all.options.dropout > 0;
    }

    static constexpr bool is_training(std::string_view option) {
        for (const std::string_view one :
             {"batch", "optimizer", "learning_rate", "momentum", "weight_decay", "dropout"})
            if (option == one) return true;
        return false;
    }

    // The last layer that has an entry of its own.
    static std::size_t last_of(const draft& all) {
        std::size_t last = most_layers;
        while (last > 0 && all.units[last] == 0 && !all.functions[last]) --last;
        return last;
    }

    std::vector<mlp_layer> layers_of(const draft& all) const {
        const std::size_t depth = all.depth > 0 ? all.depth : std::max(last_of(all), std::size_t{1});
        std::vector<mlp_layer> layers;
        for (std::size_t k = 1; k <= depth; ++k) {
            const std::size_t units = all.units[k] > 0 ? all.units[k] : all.units[0];
            if (units == 0)
                fail("layer " + std::to_string(k) + " of " + std::to_string(depth) +
                     " has no units; there must be a decision 'units_" + std::to_string(k) +
                     "' or 'units' that counts");
            layers.push_back({units, all.functions[k] ? *all.functions[k] : *all.functions[0]});
            if (all.drops) layers.push_back(dropout_layer);
        }
        layers.push_back(output());
        return layers;
    }

    Space space_;
    mlp_trainer<Reward> trainer_;
};

}  // namespace nas

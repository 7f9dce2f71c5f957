// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/context.hpp>
#include <nas/core/options.hpp>
#include <nas/core/rng.hpp>
#include <nas/core/trial.hpp>
#include <nas/evaluators/adapter.hpp>
#include <nas/evaluators/mlp_trainer.hpp>
#include <nas/evaluators/shared_weights_file.hpp>
#include <nas/networks/shared_weights.hpp>

namespace nas {

struct weight_sharing_options {
    double threshold = -std::numeric_limits<double>::infinity();

    static constexpr void fields(auto&& visit) {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        visit(&weight_sharing_options::threshold, field{"threshold", -infinity, infinity, "MLPNAS: none",
                                                        "least reward of a trial that shares its weights"});
    }
};

/// An `mlp_trainer` whose networks begin with weights of earlier ones (MLPNAS, Sable 2020: "one-shot"): each dense
/// layer with those that the last trained network had between the same two layers, where one had them, as
/// `shared_weights` says. The weights that a trial keeps are shared where it is completed and its reward is `threshold`
/// or more.
///
///     nas::weight_sharing sharing{nas::mlp_trainer{space, data, split, {.epochs = 1}}, {.threshold = 0.5}};
///     nas::search search{nas::random_search{space}, std::ref(sharing), {.seed = 1}};
///     search.run({.trials = 100});
///     sharing.save("weights");
///
/// What a trial gets depends on the trials before it: late ones are better than early ones as a rule, whatever their
/// architectures, and a repeat goes on with its own weights, unless `deduplicated` sees to it that there is none. (Behind
/// `cached` a repeat is not trained, and the history does not tell which trials were: such a search cannot `resume`.) It
/// changes when it is called, so that trials, also those of a batch, are evaluated one after the other, in the
/// order of asking. A search that goes on elsewhere needs the weights as well: `load`, then `resume`.
///
/// Metrics are the trainer's, and `shared_layers`: how many dense layers began with shared weights.
template <class Reward = accuracy_reward>
class weight_sharing {
  public:
    using space_type = mlp_space;
    using arch_type = mlp_space::arch_type;
    using options_type = weight_sharing_options;

    /// Throws std::invalid_argument where an option is out of range.
    explicit weight_sharing(mlp_trainer<Reward> trainer, weight_sharing_options options = {})
        : trainer_(std::move(trainer)), options_(options) {
        check_options("nas::weight_sharing", options_);
    }

    const mlp_trainer<Reward>& trainer() const noexcept { return trainer_; }
    const mlp_space& space() const noexcept { return trainer_.space(); }
    const weight_sharing_options& options() const noexcept { return options_; }
    const shared_weights& weights() const noexcept { return stored_.table; }
    /// The trials that shared their weights.
    const weights_origin& origin() const noexcept { return stored_.origin; }

    std::vector<std::string> metric_names() const {
        std::vector<std::string> names = trainer_.metric_names();
        names.push_back("shared_layers");
        return names;
    }

    static constexpr evaluation_noise noise() noexcept { return evaluation_noise::some; }

    // Not inlined: as that of the trainer.
    [[gnu::noinline]] evaluation<> operator()(const arch_type& arch, const context& about) {
        const detail::recording_context recorded(about);
        std::size_t shared = 0;
        const trained_mlp trained =
            trainer_.train(arch, recorded.inner(), [&](mlp<float>& model) { shared = stored_.table.start(model); });
        evaluation<> result = trainer_.evaluate(trained);
        if (!result.metrics.empty()) result.metrics.push_back(static_cast<double>(shared));
        if (shares(result) && !recorded.gave_up()) {
            stored_.table.learn(trained.model);
            stored_.origin.add(about.id(), result.values[0]);
        }
        return result;
    }

    /// Writes the shared weights into a file. Throws shared_weights_error where that is not possible.
    void save(const std::filesystem::path& path) const { write_shared_weights(path, stored_); }

    /// Goes on with the shared weights of a file, in place of its own. Throws shared_weights_error where the file
    /// cannot be read, is damaged, or its weights are of data with another number of features.
    void load(const std::filesystem::path& path) {
        stored_weights stored = read_shared_weights(path);
        for (const auto& [key, parameters] : stored.table.entries())
            if (!key.before && key.inputs != trainer_.inputs())
                throw shared_weights_error(path.string() + ": the weights are of data with " +
                                           std::to_string(key.inputs) + " features, not " +
                                           std::to_string(trainer_.inputs()));
        stored_ = std::move(stored);
    }

    /// Brings the shared weights to where the history of a search with that seed ends: trials after those that the
    /// weights come from (all, where there are no weights yet) are trained again. Throws std::invalid_argument where
    /// the weights come from other trials than the first of the history's, or a trial does not get the reward again
    /// that it has there.
    template <class History>
    void resume(const History& past, std::uint64_t seed) {
        const weights_origin learnt = stored_.origin;
        weights_origin seen;
        for (std::size_t row = 0; row < past.size(); ++row) {
            const auto told = past[row];
            if (told.origin == trial_origin::imported || !shares(told.result)) continue;
            if (seen.trials < learnt.trials) {
                seen.add(told.id, told.value());
            } else if (seen == learnt) {
                train_again(told, streams(seed));
            }
        }
        if (seen != learnt)
            fail("the shared weights come from " + std::to_string(learnt.trials) + " trials up to trial " +
                 std::to_string(learnt.last) + ", with which the history does not begin");
    }

  private:
    [[noreturn]] static void fail(const std::string& what) {
        throw std::invalid_argument("nas::weight_sharing: " + what);
    }

    bool shares(const evaluation<>& result) const noexcept {
        return result.completed() && detail::all_finite(result.values) && result.values[0] >= options_.threshold;
    }

    template <class Trial>
    void train_again(const Trial& told, const streams& of) {
        const evaluation<> result =
            (*this)(told.arch, context(told.id, of.seed(told.id, purpose::evaluate), told.fidelity));
        if (result.values != told.result.values)
            fail("trial " + std::to_string(told.id) + " got " + detail::option_text(told.value()) +
                 " in the history, but " + detail::option_text(result.values[0]) +
                 " when trained again: the seed, the data or the options must be others");
    }

    mlp_trainer<Reward> trainer_;
    weight_sharing_options options_;
    stored_weights stored_;
};

}  // namespace nas

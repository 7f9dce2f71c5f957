// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/context.hpp>
#include <nas/core/evaluator.hpp>
#include <nas/core/options.hpp>
#include <nas/core/trial.hpp>
#include <nas/cuda/cuda_runner.hpp>
#include <nas/cuda/mlp_job.hpp>
#include <nas/cuda/mlp_kernel/halving.hpp>
#include <nas/evaluators/mlp_trainer.hpp>
#include <nas/run/search/evaluate.hpp>
#include <nas/spaces/mlp_space.hpp>

namespace nas {

/// How a GPU halves.
struct cuda_halving {
    std::size_t first = 1;
    std::size_t factor = 3;

    static constexpr void fields(auto&& visit) {
        visit(&cuda_halving::first, field{"first", 1, 1e6, "1", "epochs of the first rung"});
        visit(&cuda_halving::factor, field{"factor", 2, 1e6, "Li et al. 2018: 3 or 4",
                                           "times as many epochs from rung to rung, and so many times fewer networks"});
    }
};

/// An mlp_trainer that trains on a GPU, thousands of different networks at once: each by a block of threads, from its first
/// weights to its last epoch, with all its numbers in the block's shared memory where they fit.
///
///     nas::cuda_mlp_trainer trainer{space, nas::standardize(data, split), split, {.epochs = 10}};
///     nas::search search{nas::random_search{trainer.space()}, std::cref(trainer)};
///     search.run({.trials = 840, .batch = 840});  // one call for all
///
/// Options, checks, rewards, metrics, learning curves, failures and the meaning of a seed are those of mlp_trainer: the same
/// seed goes through the same weights, batches and dropout, and to the same results within the rounding of float. On GPUs of
/// one kind results are the same bits, whatever else is trained beside. With `measure_time` a trial costs the seconds of its block.
///
/// A call with one architecture leaves most of a GPU idle. `Runner` is what trains; another one than cuda_runner is for tests.
template <class Reward = accuracy_reward, class Runner = cuda_runner>
class cuda_mlp_trainer {
  public:
    using space_type = mlp_space;
    using arch_type = mlp_space::arch_type;
    using options_type = mlp_trainer_options;

    /// Throws what mlp_trainer and the runner throw.
    cuda_mlp_trainer(mlp_space space, const dataset& data, const data_split& split, mlp_trainer_options options = {},
                     Reward reward = {}, Runner runner = Runner())
        : trainer_(std::move(space), data, split, options, std::move(reward)), runner_(std::move(runner)) {}

    const mlp_space& space() const noexcept { return trainer_.space(); }
    const mlp_trainer_options& options() const noexcept { return trainer_.options(); }
    /// What checks and judges.
    const mlp_trainer<Reward>& trainer() const noexcept { return trainer_; }
    const Runner& runner() const noexcept { return runner_; }
    std::vector<std::string> metric_names() const { return trainer_.metric_names(); }
    static constexpr evaluation_noise noise() noexcept { return evaluation_noise::some; }

    [[gnu::noinline]] evaluation<> operator()(const arch_type& arch, const context& about) const {
        return std::move(evaluate_batch({&arch, 1}, {&about, 1}).front());
    }

    /// Each as a call of it alone would answer. A network that needs more than the GPU's memory has failed.
    [[gnu::noinline]] std::vector<evaluation<>> evaluate_batch(std::span<const arch_type> archs,
                                                               std::span<const context> abouts) const {
        // Results that wait here for their turn; a reward that reads every epoch's weights has many.
        constexpr std::size_t most_bytes = std::size_t{1} << 30;
        std::vector<evaluation<>> answers(archs.size());
        for (std::size_t next = 0; next < archs.size();) {
            detail::mlp_job job(trainer_.training(), options(), wanted());
            std::vector<std::size_t> places;
            for (; next < archs.size() && job.result_bytes() < most_bytes; ++next)
                if (accept(job, archs[next], abouts[next], answers[next])) places.push_back(next);
            if (!places.empty()) job.run(runner_);
            for (std::size_t i = 0; i < places.size(); ++i) answers[places[i]] = judged(job, i, abouts[places[i]]);
        }
        return answers;
    }

    /// Successive halving: all train for few epochs, the best of them for more, decided and gone on with on the GPU, in one call.
    /// The best are those whose `monitor` was best at the kept epoch; of equals, the first. One that goes on to the end is worth what
    /// a call of it alone would answer; any other is pruned, with what it was worth after its last epoch. All must be of one
    /// fidelity, and all that are worth starting must fit into the GPU's memory together: std::invalid_argument.
    [[gnu::noinline]] std::vector<evaluation<>> halve(std::span<const arch_type> archs, std::span<const context> abouts,
                                                      cuda_halving how = {}) const {
        check_options("nas::cuda_mlp_trainer", how);
        std::vector<evaluation<>> answers(archs.size());
        detail::mlp_job job(trainer_.training(), options(), wanted());
        std::vector<std::size_t> places;
        for (std::size_t i = 0; i < archs.size(); ++i) {
            if (abouts[i].fidelity() != abouts[0].fidelity())
                throw std::invalid_argument("nas::cuda_mlp_trainer: halve needs contexts of one fidelity");
            if (accept(job, archs[i], abouts[i], answers[i])) places.push_back(i);
        }
        if (places.empty()) return answers;
        const std::size_t bytes = job.waiting_bytes() + job.result_bytes();
        if (bytes > runner_.bytes())
            throw std::invalid_argument("nas::cuda_mlp_trainer: halve needs " + std::to_string(bytes) +
                                        " bytes of the GPU's memory for " + std::to_string(places.size()) +
                                        " networks; it may use " + std::to_string(runner_.bytes()));
        const std::size_t epochs = trainer_.epochs_of(abouts[0].fidelity());
        const auto rungs = mlp_kernel::rungs_of(places.size(), how.first, how.factor, epochs);
        job.run(runner_, rungs);
        for (std::size_t i = 0; i < places.size(); ++i) {
            evaluation<>& answer = answers[places[i]];
            answer = judged(job, i, abouts[places[i]]);
            const std::size_t last = job.rungs(i);
            if (last == rungs.size() || !answer.completed()) continue;
            answer.status = trial_status::pruned;
            answer.reason = "after " + std::to_string(rungs[last - 1].epochs) + " of " + std::to_string(epochs) +
                            " epochs not among the best " + std::to_string(rungs[last].count) + " of " +
                            std::to_string(rungs[last - 1].count) + " networks";
        }
        return answers;
    }

  private:
    // Reports of rewards that read weights and scores need those of every epoch.
    detail::mlp_results wanted() const {
        if (!reads_curves_only<Reward>()) return detail::mlp_results::all;
        return trainer_.needs_network() ? detail::mlp_results::kept : detail::mlp_results::curves;
    }

    // Whether the network is to be trained; otherwise it has its answer.
    bool accept(detail::mlp_job& job, const arch_type& arch, const context& about, evaluation<>& answer) const {
        const std::size_t epochs = trainer_.epochs_of(about.fidelity());
        if (about.stop_requested()) {
            answer = trainer_.evaluate(mlp_course{}, {});
            return false;
        }
        job.add(space().layers(arch), about.seed(), epochs);
        if (job.last_bytes() <= runner_.bytes()) return true;
        answer = evaluation<>::failure("the network needs " + std::to_string(job.last_bytes()) +
                                       " bytes of the GPU's memory; it may use " + std::to_string(runner_.bytes()));
        job.drop_last();
        return false;
    }

    // A reward may throw: that one has failed.
    evaluation<> judged(const detail::mlp_job& job, std::size_t i, const context& about) const {
        evaluation<> answer;
        detail::catch_failure(
            "nas::cuda_mlp_trainer",
            [&] {
                const mlp_course course = job.course(i);
                trainer_.report(course, about, [&](std::size_t epoch) {
                    return std::pair(job.weights(i, epoch), job.scores(i, epoch));
                });
                answer = trainer_.evaluate(course, job.weights(i, course.kept_epoch));
            },
            [&](const char* reason) { answer = evaluation<>::failure(reason); });
        return answer;
    }

    mlp_trainer<Reward> trainer_;
    Runner runner_;
};

}  // namespace nas

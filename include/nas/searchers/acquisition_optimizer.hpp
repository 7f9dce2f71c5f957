// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/core/space.hpp>
#include <nas/core/trial.hpp>
#include <nas/operators/enumerate.hpp>
#include <nas/operators/identity.hpp>
#include <nas/operators/mutate.hpp>
#include <nas/operators/told_networks.hpp>
#include <nas/predictors/acquisitions.hpp>
#include <nas/predictors/predictor.hpp>
#include <nas/searchers/learned_trials.hpp>

/// Searchers that learn what networks are worth (smac, bananas, npenas, predictor_search) have three parts that can be exchanged:
/// a predictor, an acquisition, which says what a network promises by what is predicted, and an optimiser, which finds networks
/// that promise much. Any of them with any other, a user's own included:
///
///     nas::bananas searcher{space, {}, nas::random_forest{space}, nas::log_expected_improvement{}, nas::random_candidates{500}};
///     nas::bananas<my_space, my_predictor, my_acquisition, my_optimizer> another{space};
namespace nas {

/// What an optimiser is asked: which new networks promise most?
template <class Space>
class acquisition_problem {
  public:
    using arch_type = arch_t<Space>;
    using proposals = std::vector<proposal<arch_type>>;
    using scorer = std::function<void(std::span<const arch_type>, std::span<double>, rng&)>;

    /// `wanted`: so many will be proposed before the model learns again, and more where more are pending. `round`: how often the
    /// model learned before.
    acquisition_problem(const Space& space, const learned_trials<arch_type>& trials, const told_networks<Space>& told,
                        const ask_view<arch_type>& view, std::size_t wanted, std::size_t round, scorer score)
        : space_(space),
          trials_(trials),
          told_(told),
          view_(view),
          wanted_(wanted),
          round_(round),
          score_(std::move(score)) {}

    const Space& space() const noexcept { return space_; }
    /// Those that the model learned from: `best(count)` are the numbers of the best, in `archs()` and `ids()`.
    const learned_trials<arch_type>& trials() const noexcept { return trials_; }
    std::size_t wanted() const noexcept { return wanted_; }
    std::size_t round() const noexcept { return round_; }
    /// Whether it was not told and is not pending.
    bool is_new(const arch_type& arch) const { return told_.is_new(space_, view_, arch); }

    /// What the acquisition says of `archs`, into `out`, which has as many; minus infinity where it says NaN. Old ones may be asked too.
    void promise(std::span<const arch_type> archs, std::span<double> out, rng& random) const {
        score_(archs, out, random);
        for (double& value : out)
            if (!(value == value)) value = -std::numeric_limits<double>::infinity();
    }
    double promise(const arch_type& arch, rng& random) const {
        double value = 0;
        promise(std::span<const arch_type>(&arch, 1), std::span<double>(&value, 1), random);
        return value;
    }

    /// The candidates in the order of their promises, the most promising first, of equals the earlier.
    proposals ranked(proposals candidates, rng& random) const {
        std::vector<arch_type> archs;
        archs.reserve(candidates.size());
        for (const proposal<arch_type>& one : candidates) archs.push_back(one.arch);
        std::vector<double> promises(archs.size());
        promise(archs, promises, random);
        std::vector<std::uint32_t> order(archs.size());
        std::iota(order.begin(), order.end(), std::uint32_t{0});
        std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
            return promises[a] != promises[b] ? promises[a] > promises[b] : a < b;
        });
        proposals sorted;
        sorted.reserve(order.size());
        for (const std::uint32_t i : order) sorted.push_back(std::move(candidates[i]));
        return sorted;
    }

  private:
    const Space& space_;
    const learned_trials<arch_type>& trials_;
    const told_networks<Space>& told_;
    const ask_view<arch_type>& view_;
    std::size_t wanted_;
    std::size_t round_;
    scorer score_;
};

/// It finds networks that promise much: proposals, the best first. A searcher takes the first that is new, and draws one at
/// random where none is.
template <class O, class Space>
concept AcquisitionOptimizer = std::copyable<O> &&
    requires(const O& optimizer, const acquisition_problem<Space>& problem, rng& random) {
    { optimizer(problem, random) } -> std::same_as<std::vector<proposal<arch_t<Space>>>>;
};

namespace detail {

inline constexpr std::size_t mutant_attempts = 5;  // at a candidate, before there are fewer

/// `candidates` new mutants, or fewer where nearly all are old. `pick(number, completed, random)` is the rank of the parent of a
/// candidate among the completed trials, 0 the best. A mutant changes 1 to `mutations` decisions.
template <class Space, class Pick>
std::vector<proposal<arch_t<Space>>> mutants(const acquisition_problem<Space>& problem, std::size_t candidates,
                                             std::size_t mutations, rng& random, Pick pick) {
    const std::vector<std::size_t> order = problem.trials().best(problem.trials().completed());
    std::vector<proposal<arch_t<Space>>> made;
    identity_set<network_t<Space>> seen;
    for (std::size_t i = 0; i < mutant_attempts * candidates && made.size() < candidates; ++i) {
        const std::size_t parent = order[std::min(pick(i, order.size(), random), order.size() - 1)];
        arch_t<Space> arch = problem.trials().archs()[parent];
        for (std::size_t steps = 1 + below(random, mutations); steps > 0; --steps)
            arch = mutate(problem.space(), arch, random);
        if (problem.is_new(arch) && seen.insert(network_of(problem.space(), arch)))
            made.push_back(proposal<arch_t<Space>>(std::move(arch), problem.trials().ids()[parent]));
    }
    return made;
}

}  // namespace detail

/// Random networks, ranked, and where `parents` is not 0 as many mutants of so many of the best trials, of 1 or 2 decisions.
struct random_candidates {
    std::size_t candidates = 1000;
    std::size_t parents = 0;

    template <class Space>
    std::vector<proposal<arch_t<Space>>> operator()(const acquisition_problem<Space>& problem, rng& random) const {
        std::vector<proposal<arch_t<Space>>> drawn;
        identity_set<network_t<Space>> seen;
        if constexpr (MutableSpace<Space>)
            if (parents > 0) {
                drawn = detail::mutants(problem, candidates, 2, random,
                                        [this](std::size_t number, std::size_t, rng&) { return number % parents; });
                for (const proposal<arch_t<Space>>& one : drawn) seen.insert(network_of(problem.space(), one.arch));
            }
        for (std::size_t i = 0; i < candidates; ++i) {
            arch_t<Space> arch = problem.space().sample(random);
            if (problem.is_new(arch) && seen.insert(network_of(problem.space(), arch)))
                drawn.push_back(proposal<arch_t<Space>>(std::move(arch)));
        }
        return problem.ranked(std::move(drawn), random);
    }
};

/// All new networks of the space, ranked, where it is counted and has no more than `most`; else random ones.
struct whole_space {
    std::size_t most = 20000;
    random_candidates otherwise = {};

    template <class Space>
    std::vector<proposal<arch_t<Space>>> operator()(const acquisition_problem<Space>& problem, rng& random) const {
        if constexpr (EnumerableSpace<Space>) {
            const Space& space = problem.space();
            if (space.size() <= most) {
                std::vector<proposal<arch_t<Space>>> all;
                identity_set<network_t<Space>> seen;
                for (std::uint64_t i = 0; i < space.size(); ++i) {
                    arch_t<Space> arch = space.at(i);
                    if (!problem.is_new(arch)) continue;
                    if constexpr (KeyedSpace<Space>)
                        if (!seen.insert(network_of(space, arch))) continue;
                    all.push_back(proposal<arch_t<Space>>(std::move(arch)));
                }
                return problem.ranked(std::move(all), random);
            }
        }
        return otherwise(problem, random);
    }
};

/// The parts of a searcher again, as sentences: what its class template opens with.
template <class Model, class Choice, class Optimizer, class Space>
consteval bool check_acquisition() {
    static_assert(Acquisition<Choice> || MemberAcquisition<Choice>,
                  "nas: an acquisition needs `double value(double mean, double deviation, double best) const`, "
                  "`double draw(double mean, double deviation, nas::rng&) const` or "
                  "`std::size_t choose(std::size_t members, nas::rng&) const`");
    static_assert(Acquisition<Choice> || EnsemblePredictor<Model, Space>,
                  "nas: an acquisition that chooses a member needs a predictor with `std::size_t members() const` and "
                  "`void predict_member(const Space&, std::size_t member, std::span<const arch_type>, "
                  "std::span<double> out) const`");
    static_assert(AcquisitionOptimizer<Optimizer, Space>,
                  "nas: an optimiser of an acquisition needs `std::vector<nas::proposal<arch_type>> "
                  "operator()(const nas::acquisition_problem<Space>&, nas::rng&) const`");
    return true;
}

namespace detail {

/// What networks promise, by model and acquisition, given the best value so far. Both must outlive it.
template <class Space, class Model, class Choice>
class promises {
  public:
    using arch_type = arch_t<Space>;

    promises(const Space& space, const Model& model, const Choice& choice, double best, rng& random)
        : space_(space), model_(model), choice_(choice), best_(best) {
        if constexpr (!Acquisition<Choice>) member_ = choice_.choose(model_.members(), random);
    }

    void operator()(std::span<const arch_type> archs, std::span<double> out, rng& random) const {
        if constexpr (!Acquisition<Choice>) {
            model_.predict_member(space_, member_, archs, out);
        } else {
            boost::container::small_vector<prediction, 4> worth(archs.size());
            nas::predict_all(model_, space_, archs, std::span<prediction>(worth.data(), worth.size()));
            for (std::size_t i = 0; i < archs.size(); ++i)
                out[i] = acquire(choice_, worth[i].mean, worth[i].deviation, best_, random);
        }
    }

  private:
    const Space& space_;
    const Model& model_;
    const Choice& choice_;
    double best_;
    std::size_t member_ = 0;
};

}  // namespace detail

}  // namespace nas

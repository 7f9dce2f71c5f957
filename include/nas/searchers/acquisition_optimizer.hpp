// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/class_name.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/options.hpp>
#include <nas/core/rng.hpp>
#include <nas/core/space.hpp>
#include <nas/core/trial.hpp>
#include <nas/operators/enumerate.hpp>
#include <nas/operators/identity.hpp>
#include <nas/operators/mutate.hpp>
#include <nas/operators/told_networks.hpp>
#include <nas/predictors/acquisitions.hpp>
#include <nas/predictors/predictor.hpp>
#include <nas/searchers/acquisition_optimizer/acquisition_problem.hpp>

/// Searchers that learn what networks are worth (smac, bananas, npenas, predictor_search) have three parts that can be exchanged:
/// a predictor, an acquisition, which says what a network promises by what is predicted, and an optimiser, which finds networks
/// that promise much. Any of them with any other, a user's own included:
///
///     nas::bananas searcher{space, {}, nas::random_forest{space}, nas::log_expected_improvement{}, nas::random_candidates{500}};
///     nas::bananas<my_space, my_predictor, my_acquisition, my_optimizer> another{space};
namespace nas {

/// It finds networks that promise much: proposals, the best first. A searcher takes the first that is new, and draws one at
/// random where none is. Where it describes its options (`fields`), a searcher checks them.
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

    static constexpr void fields(auto&& visit) {
        using o = random_candidates;
        visit(&o::candidates, field{"candidates", 1, 1e6, "measured, for predictor_search",
                                    "random networks, and mutants, that are ranked"});
        visit(&o::parents, field{"parents", 0, 1e9, "by choice", "of the best trials, how many are mutated"});
    }

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

    static constexpr void fields(auto&& visit) {
        visit(&whole_space::most, field{"most", 0, 1e9, "by choice", "networks of a space that are all ranked"});
        visit(&whole_space::otherwise, field{"otherwise", 0, 0, "", ""});
    }

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

/// Throws std::invalid_argument where the optimiser describes its options and one is out of its range; `owner` (`nas::smac`) starts the
/// sentence.
template <class Optimizer>
void check_optimizer(std::string_view owner, const Optimizer& optimizer) {
    if constexpr (DescribedOptions<Optimizer>)
        check_options(std::string(owner) + ": " + class_name<Optimizer>(), optimizer);
}

/// The names of a searcher's options that are its usual optimiser's, where it has another one.
template <DescribedOptions Usual, class Optimizer>
std::vector<std::string_view> unused_options() {
    std::vector<std::string_view> names;
    if constexpr (!std::same_as<Usual, Optimizer>)
        Usual::fields([&](auto, const field& about) { names.push_back(about.name); });
    return names;
}

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

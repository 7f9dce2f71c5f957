// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/history.hpp>
#include <nas/core/options.hpp>
#include <nas/operators/identity.hpp>
#include <nas/predictors/predictor.hpp>

namespace nas {

struct cross_validation_options {
    std::size_t folds = 10;
    std::size_t seed = 0;

    static constexpr void fields(auto&& visit) {
        using o = cross_validation_options;
        visit(
            &o::folds,
            field{
                "folds", 0, 1e9, "custom",
                "parts, each predicted from the others, at least 2; 0: one for each network, in closed form where there is one"});
        visit(&o::seed, field{"seed", 0, 1e18, "by choice", "of the parts, and of predictors that draw"});
    }
};

/// What was predicted of architectures that the predictor had not seen, and what they were worth.
struct held_out_predictions {
    std::vector<prediction> predicted;
    std::vector<double> values;
};

/// Each value predicted by a copy of `made` that was fitted to the values of the other parts. All values of a network are in one
/// part. `made` is a predictor of `space`, fitted or not. With a part for each network a LeaveOneOutPredictor is fitted once, to
/// all: only its hyper-parameters have seen the value that is left out. Throws std::invalid_argument where there are fewer than two
/// networks, `folds` is 1, or a value is not finite.
template <class P, class Space>
held_out_predictions cross_validate(const P& made, const Space& space, std::span<const arch_t<Space>> archs,
                                    std::span<const double> values, cross_validation_options options = {}) {
    static_assert(check_predictor<P, Space>());
    check_options("nas::cross_validate", options);
    if (options.folds == 1)
        throw std::invalid_argument(
            "nas::cross_validate: folds (1) must be at least 2, or 0 for a part for each network: of one part there are "
            "no others to predict it from");
    detail::check_observations("nas::cross_validate", archs.size(), values);
    identity_set<network_t<Space>> networks;
    std::vector<std::size_t> network(archs.size());
    for (std::size_t i = 0; i < archs.size(); ++i) {
        networks.insert(network_of(space, archs[i]));
        network[i] = networks.find(network_of(space, archs[i]));
    }
    const std::size_t count = networks.size();
    if (count < 2)
        throw std::invalid_argument("nas::cross_validate: there must be at least two different networks, there " +
                                    std::string(count == 1 ? "is one" : "is none"));
    const std::size_t folds = options.folds == 0 ? count : std::clamp<std::size_t>(options.folds, 2, count);
    rng random(options.seed);
    std::vector<std::size_t> place(count);
    std::iota(place.begin(), place.end(), std::size_t{0});
    shuffle(std::span(place), random);

    held_out_predictions held_out{std::vector<prediction>(archs.size()),
                                  std::vector<double>(values.begin(), values.end())};
    if constexpr (LeaveOneOutPredictor<P, Space>) {
        if (options.folds == 0) {
            P predictor = made;
            nas::fit(predictor, space, archs, values, random);
            for (std::size_t i = 0; i < archs.size(); ++i)
                held_out.predicted[i] = predictor.leave_one_out(space, archs[i]);
            return held_out;
        }
    }
    for (std::size_t fold = 0; fold < folds; ++fold) {
        std::vector<arch_t<Space>> known;
        std::vector<double> known_values;
        std::vector<arch_t<Space>> unknown;
        std::vector<std::size_t> rows;
        for (std::size_t i = 0; i < archs.size(); ++i) {
            if (place[network[i]] % folds == fold) {
                unknown.push_back(archs[i]);
                rows.push_back(i);
            } else {
                known.push_back(archs[i]);
                known_values.push_back(values[i]);
            }
        }
        P predictor = made;
        nas::fit(predictor, space, std::span<const arch_t<Space>>(known), std::span<const double>(known_values),
                 random);
        std::vector<prediction> out(rows.size());
        nas::predict_all(predictor, space, std::span<const arch_t<Space>>(unknown), std::span<prediction>(out));
        for (std::size_t k = 0; k < rows.size(); ++k) held_out.predicted[rows[k]] = out[k];
    }
    return held_out;
}

/// The same for the completed trials of a history at full fidelity, by their first objective.
template <class P, class Space, std::size_t Objectives>
held_out_predictions cross_validate(const P& made, const history<Space, Objectives>& past,
                                    cross_validation_options options = {}) {
    std::vector<arch_t<Space>> archs;
    std::vector<double> values;
    for (std::size_t row = 0; row < past.size(); ++row) {
        if (!past.completed(row) || past.fidelity(row) != full_fidelity) continue;
        archs.push_back(past.arch(row));
        values.push_back(past.value(row));
    }
    return cross_validate(made, past.space(), std::span<const arch_t<Space>>(archs), std::span<const double>(values),
                          options);
}

}  // namespace nas

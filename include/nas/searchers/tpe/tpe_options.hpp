// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <nas/core/options.hpp>
#include <nas/predictors/parzen_split.hpp>

namespace nas {

struct tpe_options {
    std::size_t initial = 10;
    std::size_t candidates = 24;
    parzen_split split = parzen_split::linear;
    double gamma = 0.1;
    std::size_t most_good = 25;
    double prior = 1;
    bool multivariate = true;
    double changes = 1;
    double bad_changes = 0.03;
    double bandwidth = 0.05;
    std::size_t recent = 128;
    bool repeats = false;

    /// Each decision by itself, as in Optuna's TPESampler.
    static constexpr tpe_options optuna() { return {.multivariate = false, .repeats = true}; }
    /// As in hyperopt.
    static constexpr tpe_options hyperopt() {
        return {
            .initial = 20, .split = parzen_split::square_root, .gamma = 0.25, .multivariate = false, .repeats = true};
    }

    static constexpr void fields(auto&& visit) {
        visit(&tpe_options::initial,
              field{"initial", 1, 1e9, "Optuna: 10", "random architectures before the densities"});
        visit(&tpe_options::candidates, field{"candidates", 1, 1e6, "Optuna and hyperopt: 24",
                                              "drawn from the good density, of which one is proposed"});
        visit(&tpe_options::split, field{"split", 0, 1, "Optuna: linear", "what gamma is a share of: n, or its root"});
        visit(&tpe_options::gamma, field{"gamma", 0, 1e9, "Optuna: 0.1",
                                         "how many of n completed trials are good: gamma n, or gamma sqrt(n)"});
        visit(&tpe_options::most_good, field{"most_good", 1, 1e4, "Optuna and hyperopt: 25", "good trials, at most"});
        visit(&tpe_options::prior, field{"prior", 1e-3, 1e9, "Optuna and hyperopt: 1",
                                         "weight of the uniform density: that of a choice, or of a trial"});
        visit(&tpe_options::multivariate, field{"multivariate", 0, 1, "measured: with",
                                                "whether kernels are over whole architectures, or over each decision"});
        visit(&tpe_options::changes, field{"changes", 1e-3, 1e3, "measured: 1, of 0.7 to 1.5",
                                           "multivariate: decisions that differ from the kernel's, on average"});
        visit(&tpe_options::bad_changes, field{"bad_changes", 1e-3, 1e3, "measured: 0.03, of 0.003 to 1",
                                               "multivariate: the same for the kernels of bad trials"});
        visit(&tpe_options::bandwidth,
              field{"bandwidth", 1e-3, 1e3, "measured: 0.05, of 0.03 to 0.2",
                    "of a numeric decision's kernels, as a share of its range; of few levels wider"});
        visit(&tpe_options::recent, field{"recent", 1, 1e6, "measured: 64 is worse, 256 little better",
                                          "multivariate: the last trials, of which those not good are the bad ones"});
        visit(&tpe_options::repeats,
              field{"repeats", 0, 1, "measured: without", "whether a network may be proposed again"});
    }
    static constexpr void presets(auto&& visit) {
        visit(preset{"optuna", "Optuna's TPESampler: each decision by itself"}, optuna());
        visit(preset{"hyperopt", "hyperopt's tpe.suggest: 20 random ones, 0.25 sqrt(n) good ones"}, hyperopt());
    }
};

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nas/core/context.hpp>
#include <nas/core/evaluator.hpp>
#include <nas/core/space.hpp>
#include <nas/evaluators/table.hpp>

#include "options.hpp"

namespace mock_bench {

/// A table whose gaps are predicted, its predictor's type hidden.
template <class Space>
struct predicted_values {
    using arch_type = nas::arch_t<Space>;
    std::function<nas::evaluation<>(const arch_type&, const nas::context&)> evaluate;
    std::function<double(const arch_type&)> mean;
    std::function<bool(const arch_type&)> predicts;  ///< whether a trial of it gets a prediction, and not a row
    nas::evaluation_noise noise = nas::evaluation_noise::none;
    std::string predictor;         ///< its name
    double kendall = 0;            ///< rank correlation of rows with what the others predict of them
    std::string remark;            ///< what all predictors that were tried come to, one line
    arch_type best = {};           ///< the best that is known
    std::vector<double> all = {};  ///< what all architectures are worth, where that are not too many; else empty
};

/// The predictor that the options name, or of all the one that tells best which rows are better than others (Kendall's rank
/// correlation, cross-validated). For choice_space<>, nasbench201_space and mlp_space.
template <class Space>
predicted_values<Space> predict_gaps(const nas::table_evaluator<Space>& table, const prediction_options& options);

}  // namespace mock_bench

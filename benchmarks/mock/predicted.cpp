// SPDX-License-Identifier: Apache-2.0
#include "predicted.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <nas/core/number_text.hpp>
#include <nas/evaluators/predicted_table.hpp>
#include <nas/operators/neighbors.hpp>
#include <nas/predictors/boosted_quantiles.hpp>
#include <nas/predictors/gaussian_process.hpp>
#include <nas/predictors/random_forest.hpp>
#include <nas/report/predictor_quality.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/spaces/mlp_space.hpp>
#include <nas/spaces/nasbench201_space.hpp>

namespace mock_bench {

namespace {

/// So many are asked for what they are worth; of more, the best is looked for.
constexpr std::uint64_t most_listed = 20'000;

template <class Space>
class best_predictor {
  public:
    best_predictor(const nas::table_evaluator<Space>& table, const prediction_options& options)
        : table_(table), options_(options) {
        const Space& space = table.space();
        // Larger ones predict better, and take longer than a search of a thousand trials.
        consider<nas::gaussian_process<Space>>(predictor_word::gaussian_process, space,
                                               nas::gaussian_process_options{.fitted = 256, .networks = 2000});
        consider<nas::boosted_quantiles<Space>>(
            predictor_word::boosted_quantiles, space,
            nas::boosted_quantiles_options{.trees = 300, .depth = 5, .calibration = 0});
        consider<nas::random_forest<Space>>(predictor_word::random_forest, space,
                                            nas::random_forest_options{.trees = 50, .features = 0.5});
        found_.remark =
            "The predictor, by the rank correlation (Kendall) of rows with what the others predict of them: " +
            remark_ + ".\n";
    }

    predicted_values<Space> found() && { return std::move(found_); }

  private:
    template <class P, class Options>
    void consider(predictor_word word, const Space& space, const Options& of_predictor) {
        if (options_.predictor != predictor_word::best && options_.predictor != word) return;
        const std::string name(enum_names(word)[static_cast<std::size_t>(word)]);
        const auto made = std::make_shared<const nas::predicted_table<Space, P>>(
            table_, P(space, of_predictor),
            nas::predicted_table_options{
                .noise = options_.noise, .rows = options_.rows, .folds = options_.folds, .seed = options_.seed});
        const nas::predictor_quality quality = nas::quality_of(made->held_out());
        const double kendall = std::isnan(quality.kendall) ? 0 : quality.kendall;  // all predictions alike
        remark_ += (remark_.empty() ? "" : ", ") + name + ' ' + nas::detail::number_text(kendall, 3);
        if (!found_.predictor.empty() && kendall <= found_.kendall) return;
        using arch_type = nas::arch_t<Space>;
        found_.predictor = name;
        found_.kendall = kendall;
        found_.noise = made->noise();
        found_.evaluate = [made](const arch_type& arch, const nas::context& about) { return (*made)(arch, about); };
        found_.predicts = [made](const arch_type& arch) { return made->predicts(arch); };
        found_.mean = [made](const arch_type& arch) { return made->mean(arch); };
    }

    const nas::table_evaluator<Space>& table_;
    const prediction_options& options_;
    predicted_values<Space> found_;
    std::string remark_;
};

/// Climbs from some of the best rows, one decision at a time, and from where that ends best two at a time, where these are not too
/// many: a prediction takes a tenth of a millisecond.
template <class Space>
nas::arch_t<Space> climb(const nas::table_evaluator<Space>& table, const predicted_values<Space>& values) {
    using arch_type = nas::arch_t<Space>;
    using valued = std::pair<double, arch_type>;
    constexpr std::size_t most_starts = 32;
    constexpr std::size_t most_at_once = 20'000;
    const Space& space = table.space();
    nas::rng random(0);
    const auto better = [](const valued& a, const valued& b) { return a.first > b.first; };
    const auto best_of = [&](const std::vector<arch_type>& archs, valued best) {
        for (const arch_type& arch : archs)
            if (const double value = values.mean(arch); value > best.first) best = {value, arch};
        return best;
    };
    // To the first better neighbour, and on from the next one: a round of all without a better one ends it.
    const auto uphill = [&](valued here) {
        std::vector<arch_type> around;
        nas::neighbors(space, here.second, random, around);
        for (std::size_t i = 0, worse = 0; worse < around.size(); i = i + 1 < around.size() ? i + 1 : 0, ++worse) {
            const double value = values.mean(around[i]);
            if (!(value > here.first)) continue;
            here = {value, around[i]};
            around.clear();
            nas::neighbors(space, here.second, random, around);
            i = std::min(i, around.size() - 1);
            worse = 0;
        }
        return here;
    };
    std::vector<valued> rows;
    for (const arch_type& arch : table.architectures()) rows.emplace_back(table.mean(arch), arch);
    std::stable_sort(rows.begin(), rows.end(), better);
    std::vector<arch_type> of_best;
    nas::neighbors(space, rows.front().second, random, of_best);
    const std::size_t starts =
        std::clamp<std::size_t>(most_at_once / std::max<std::size_t>(of_best.size(), 1), 1, most_starts);
    rows.resize(std::min(rows.size(), starts));
    for (valued& row : rows) row = uphill({values.mean(row.second), row.second});
    valued best = *std::min_element(rows.begin(), rows.end(), better);
    for (;;) {
        std::vector<arch_type> around;
        nas::neighbors(space, best.second, random, around);
        if (around.size() * around.size() > most_at_once) return best.second;
        valued next = best;
        for (const arch_type& near : around) {
            std::vector<arch_type> further;
            nas::neighbors(space, near, random, further);
            next = best_of(further, next);
        }
        if (!(next.first > best.first)) return best.second;
        best = uphill(next);
    }
}

}  // namespace

template <class Space>
predicted_values<Space> predict_gaps(const nas::table_evaluator<Space>& table, const prediction_options& options) {
    predicted_values<Space> found = best_predictor<Space>(table, options).found();
    if (table.space().size() > most_listed) {
        found.best = climb(table, found);
        return found;
    }
    double best = -std::numeric_limits<double>::infinity();
    for (std::uint64_t i = 0; i < table.space().size(); ++i) {
        const auto arch = table.space().at(i);
        found.all.push_back(found.mean(arch));
        if (found.all.back() <= best) continue;
        best = found.all.back();
        found.best = arch;
    }
    return found;
}

template predicted_values<nas::choice_space<>> predict_gaps(const nas::table_evaluator<nas::choice_space<>>&,
                                                            const prediction_options&);
template predicted_values<nas::mlp_space> predict_gaps(const nas::table_evaluator<nas::mlp_space>&,
                                                       const prediction_options&);
template predicted_values<nas::nasbench201_space> predict_gaps(const nas::table_evaluator<nas::nasbench201_space>&,
                                                               const prediction_options&);

}  // namespace mock_bench

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include <nas/core/evaluator.hpp>
#include <nas/testing/answer.hpp>

namespace nas::testing::detail {

enum class failing : std::uint8_t { never, every_third, always };

/// A landscape as an evaluator that costs 1 or 2 seconds a trial, and fails in all the ways there are.
template <class Landscape, class Arch>
class failing_evaluator {
  public:
    static constexpr std::size_t objectives = objectives_of<Landscape, Arch>;

    failing_evaluator(const Landscape& landscape, failing when) : landscape_(&landscape), when_(when) {}

    evaluation<objectives> operator()(const Arch& arch, const context& about) const {
        if (when_ == failing::always || (when_ == failing::every_third && about.id() % 3 == 2))
            return fail(about.id() / 3);
        evaluation<objectives> result = answer_of(*landscape_, arch, about);
        result.cost = 1 + about.id() % 2;
        return result;
    }

  private:
    static evaluation<objectives> fail(trial_id way) {
        std::array<double, objectives> values{};
        switch (way % 5) {
            case 0:
                throw std::runtime_error("a test's exception");
            case 1:
                throw 1;
            case 2:
                return evaluation<objectives>::infeasible("a test's constraint");
            case 3:
                values.fill(std::numeric_limits<double>::quiet_NaN());
                break;
            default:
                values.fill(std::numeric_limits<double>::infinity());
        }
        return evaluation<objectives>(values);
    }

    const Landscape* landscape_;
    failing when_;
};

}  // namespace nas::testing::detail

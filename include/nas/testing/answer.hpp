// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>
#include <utility>

#include <nas/core/evaluator.hpp>

namespace nas::testing::detail {

/// What `evaluator` answers, in whichever of its forms it is called and answers. Exceptions come out.
template <class Evaluator, class Arch>
auto answer_of(Evaluator& evaluator, const Arch& arch, const context& about) {
    using answer = evaluation<objectives_of<Evaluator, Arch>>;
    const auto convert = [](auto&& given) -> answer {
        if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(given)>>) {
            return answer(static_cast<double>(given));
        } else {
            return answer(std::forward<decltype(given)>(given));
        }
    };
    if constexpr (nas::detail::CallableWithContext<Evaluator, Arch>) {
        return convert(evaluator(arch, about));
    } else {
        return convert(evaluator(arch));
    }
}

}  // namespace nas::testing::detail

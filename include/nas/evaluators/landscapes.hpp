// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <nas/core/options.hpp>
#include <nas/evaluators/landscapes/nk.hpp>
#include <nas/evaluators/landscapes/plateau.hpp>
#include <nas/evaluators/landscapes/separable.hpp>
#include <nas/evaluators/landscapes/trap.hpp>
#include <nas/evaluators/noisy.hpp>

/// Synthetic landscapes: evaluators over the decisions of any space, with a known optimum, at nanoseconds a trial. Each has
/// `operator()`, `mean(arch)` (the value without noise), `optimum()`, `best()` and `space()`, as tables have.
namespace nas {

/// Options of the landscape `noisy`: a separable one with noise.
struct noisy_landscape_options {
    double sigma = 0.1;
    std::uint64_t seed = 0;

    static constexpr void fields(auto&& visit) {
        visit(&noisy_landscape_options::sigma,
              field{"sigma", 0, 1e9, "a tenth of the range of values", "standard deviation of the noise"});
        visit(&noisy_landscape_options::seed, field{"seed", 0, 0x1p64, "", "draws the worth of each choice"});
    }
};

/// The names that `visit_landscape` knows.
inline constexpr std::array<std::string_view, 5> landscape_names = {"separable", "trap", "nk", "plateau", "noisy"};

/// Makes the landscape that `text` names over `space` and returns `visit(landscape)`, whose result must have one type for all
/// of them. `text` is a name, alone or with options: `nk`, `nk:neighbors=3,seed=7`. Throws std::invalid_argument where name or
/// options are unknown or impossible.
///
///     nas::visit_landscape("trap:block=4", space, [&](const auto& landscape) { ... });
template <DecisionSpace Space, class Visitor>
decltype(auto) visit_landscape(std::string_view text, Space space, Visitor&& visit) {
    const std::string_view name = text.substr(0, text.find(':'));
    const std::string_view rest = name.size() == text.size() ? std::string_view() : text.substr(name.size() + 1);
    const auto options = [&]<class Options>(Options) {
        return parse_options<Options>("landscape " + std::string(name), rest);
    };
    if (name == "separable")
        return visit(separable_landscape(std::move(space), options(separable_landscape_options{})));
    if (name == "trap") return visit(trap_landscape(std::move(space), options(trap_landscape_options{})));
    if (name == "nk") return visit(nk_landscape(std::move(space), options(nk_landscape_options{})));
    if (name == "plateau") return visit(plateau_landscape(std::move(space), options(plateau_landscape_options{})));
    if (name == "noisy") {
        const noisy_landscape_options noise = options(noisy_landscape_options{});
        return visit(noisy_evaluator(separable_landscape(std::move(space), {.seed = noise.seed}), noise.sigma));
    }
    std::string known;
    for (const std::string_view each : landscape_names) known += (known.empty() ? "" : ", ") + std::string(each);
    throw std::invalid_argument("nas::visit_landscape: no landscape '" + std::string(name) + "'; there are " + known);
}

}  // namespace nas

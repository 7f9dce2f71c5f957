// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/between.hpp>
#include <nas/searchers/tpe.hpp>
#include <nas/spaces/choice_space.hpp>

#include "searches.hpp"

// Whole searches by TPE: tasks A and B, one decision of 8 choices, and four numeric decisions of 256 levels. `tpe_alone` has
// each decision by itself and may repeat itself, as the loop; `tpe_new` does not repeat itself; `tpe` has the defaults. In task A
// these are slower the fewer of the 15,625 are left.
namespace {

/// Each decision by itself, counts and split kept as trials come: what is read and written of a trial's state is 24 draws and
/// look-ups a decision to ask, and one count, two logarithms and the place among the best 25 to tell.
template <std::size_t Width, std::size_t Choices, class Value>
array_loops::columns<Width> tpe_alone(Value value_of, std::size_t trials, std::uint64_t seed) {
    using genotype = array_loops::genotype<Width>;
    using row = std::array<double, Choices>;
    struct member {
        double value;
        genotype arch;
        bool good;
    };
    array_loops::columns<Width> kept;
    kept.reserve(trials);
    array_loops::splitmix64 random{seed};
    const auto unit = [&] { return static_cast<double>(random() >> 11) * 0x1.0p-53; };
    std::array<row, Width> good;
    std::array<row, Width> bad;
    std::array<row, Width> ratios{};
    std::array<row, Width> ends{};
    for (std::size_t i = 0; i < Width; ++i) {
        good[i].fill(1);
        bad[i].fill(1);
    }
    std::vector<member> best;
    double good_sum = Choices;
    const auto change = [&](std::array<row, Width>& of, const genotype& arch, double by) {
        for (std::size_t i = 0; i < Width; ++i) {
            of[i][arch[i]] += by;
            ratios[i][arch[i]] = std::log(good[i][arch[i]] / bad[i][arch[i]]);
        }
    };
    for (std::size_t t = 0; t < trials; ++t) {
        genotype arch{};
        if (t < 10) {
            for (auto& choice : arch) choice = static_cast<std::uint8_t>(array_loops::below(random, Choices));
        } else {
            double largest = -1e300;
            for (int n = 0; n < 24; ++n) {
                genotype candidate{};
                double score = 0;
                for (std::size_t i = 0; i < Width; ++i) {
                    const double at = unit() * good_sum;
                    std::size_t choice = 0;
                    for (std::size_t c = 0; c + 1 < Choices; ++c) choice += ends[i][c] <= at ? 1U : 0U;
                    candidate[i] = static_cast<std::uint8_t>(choice);
                    score += ratios[i][choice];
                }
                if (score <= largest) continue;
                largest = score;
                arch = candidate;
            }
        }
        const double value = value_of(arch);
        kept.genotypes.push_back(arch);
        kept.values.push_back(value);
        change(bad, arch, 1);
        auto at = std::upper_bound(best.begin(), best.end(), value,
                                   [](double one, const member& other) { return one > other.value; });
        if (at - best.begin() < 26) best.insert(at, {value, arch, false});
        const std::size_t count = std::min<std::size_t>(25, (t + 10) / 10);
        bool changed = false;
        for (std::size_t k = 0; k < best.size(); ++k) {
            if (best[k].good == (k < count)) continue;
            best[k].good = !best[k].good;
            change(good, best[k].arch, best[k].good ? 1 : -1);
            change(bad, best[k].arch, best[k].good ? -1 : 1);
            changed = true;
        }
        if (best.size() > 26) best.pop_back();
        if (!changed) continue;
        good_sum = static_cast<double>(Choices + count);
        for (std::size_t i = 0; i < Width; ++i) {
            double end = 0;
            for (std::size_t c = 0; c < Choices; ++c) ends[i][c] = end += good[i][c];
        }
    }
    return kept;
}

constexpr nas::tpe_options alone{.multivariate = false, .repeats = true};
constexpr nas::tpe_options alone_new{.multivariate = false};

nas::choice_space<> numeric_space() {
    std::vector<nas::decision> table;
    for (const char* const path : {"a", "b", "c", "d"})
        table.push_back(nas::numeric_decision(path, nas::between(0, 255, 256)));
    return nas::choice_space<>(std::move(table));
}

template <class Space, class Evaluator>
void add_all(const std::string& who, const Space& space, const Evaluator& evaluator) {
    searches::add_search(who + "/tpe_alone", searches::usual, nas::tpe{space, alone}, evaluator);
    searches::add_search(who + "/tpe_new", searches::part_of_space, nas::tpe{space, alone_new}, evaluator);
    for (const std::size_t trials : {std::size_t{1'000}, searches::part_of_space})
        searches::add_search(who + "/tpe", trials, nas::tpe{space}, evaluator);
}

[[maybe_unused]] const bool added = [] {
    const auto add_loop_a = [](std::size_t trials) {
        searches::add_loop("A/hand/tpe_alone", trials, [](auto n, auto seed) {
            return tpe_alone<6, 5>([](const auto& arch) { return array_loops::value(searches::table(), arch); }, n,
                                   seed);
        });
    };
    const searches::look_up of_table{&searches::table()};
    const searches::sum_up of_parts{&searches::parts()};
    add_loop_a(searches::usual);
    add_all("A/static", nas::choice_space<6>{5}, of_table);
    add_all("A/dynamic", nas::choice_space{6, 5}, of_table);
    searches::add_loop("B/hand/tpe_alone", searches::usual,
                       [=](auto n, auto seed) { return tpe_alone<20, 8>(of_parts, n, seed); });
    add_all("B/dynamic", nas::choice_space{20, 8}, of_parts);
    for (const std::size_t trials : {std::size_t{10'000}, std::size_t{1'000'000}}) {
        add_loop_a(trials);
        searches::add_search("A/static/tpe_alone", trials, nas::tpe{nas::choice_space<6>{5}, alone}, of_table);
        // A million take seconds: once.
        auto* const one = searches::add_search("B/dynamic/tpe", trials, nas::tpe{nas::choice_space{20, 8}}, of_parts);
        if (trials == 1'000'000) one->Iterations(1)->Repetitions(1);
    }
    const auto first = [=](const auto& arch) { return of_parts(std::span(arch.data(), 1)); };
    searches::add_loop("one/hand/tpe_alone", 2'000, [=](auto n, auto seed) { return tpe_alone<1, 8>(first, n, seed); });
    searches::add_search("one/dynamic/tpe_alone", 2'000, nas::tpe{nas::choice_space{1, 8}, alone}, first);
    const auto near = [](const auto& arch) {
        double sum = 0;
        for (const std::uint8_t level : arch) sum -= std::abs(level - 100.0);
        return sum;
    };
    searches::add_search("numeric/dynamic/tpe_alone", 1'000, nas::tpe{numeric_space(), alone}, near);
    searches::add_search("numeric/dynamic/tpe", 1'000, nas::tpe{numeric_space()}, near);
    return true;
}();

}  // namespace

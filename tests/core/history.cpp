// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/core/history.hpp>
#include <nas/spaces/choice_space.hpp>

namespace {

using space = nas::choice_space<6>;
using history = nas::history<space>;

history::trial_type told(nas::trial_id id, double value, double cost = 0) {
    history::trial_type one{{space::arch_type{1, 2, 3, 4, 0, static_cast<std::uint8_t>(id % 5)}},
                            nas::evaluation<>(value, cost)};
    one.id = id;
    return one;
}

}  // namespace

TEST_CASE("history: a learning curve has a value for each objective at each step") {
    nas::history<space, 2> two(space{5});
    nas::history<space, 2>::trial_type one{{space::arch_type{}}, nas::evaluation<2>({0.5, 0.25})};
    one.id = 0;
    nas::learning_curve narrow{{1, 2}, {0.25, 0.75}};
    CHECK_THROWS_WITH_AS(two.append(one, 0, narrow),
                         "nas::history: the learning curve of trial 0 has 2 values for 2 steps of 2 objectives",
                         std::invalid_argument);
    CHECK(two.empty());
    nas::learning_curve whole{{1}, {0.25, 0.75}};
    two.append(one, 0, whole);
    CHECK(two.curve(0).values.size() == 2);
}

TEST_CASE("history: every column comes back") {
    history all(space{5}, {"accuracy", "latency"});
    CHECK(all.empty());
    CHECK(all.metrics(0).empty());
    all.append(told(0, 0.5), 0);

    history::trial_type odd = told(3, 0.75, 2.5);
    odd.parent = 0;
    odd.origin = nas::trial_origin::enqueued;
    odd.fidelity = 12;
    odd.result.metrics = {0.9, 11};
    nas::learning_curve curve{{1, 2}, {0.25, 0.75}};
    const nas::learning_curve reported = curve;
    all.append(odd, 0, curve);
    history::trial_type failed = told(1, 0);
    failed.result = nas::evaluation<>::failure("no memory", 1);
    all.append(failed, 1);

    REQUIRE(all.size() == 3);
    CHECK(all.arch(1) == odd.arch);
    CHECK(all.value(1) == 0.75);
    CHECK(all.cost(1) == 2.5);
    CHECK(all.parent(1) == 0);
    CHECK(all.parent(0) == nas::no_trial);
    CHECK(all.origin(1) == nas::trial_origin::enqueued);
    CHECK(all.origin(2) == nas::trial_origin::asked);
    CHECK(all.fidelity(0) == nas::full_fidelity);
    CHECK(all.fidelity(1) == 12);
    CHECK(all.id(0) == 0);
    CHECK(all.id(1) == 3);
    CHECK(all.id(2) == 1);
    CHECK(all.told_when_asked(1) == 0);
    CHECK(all.told_when_asked(2) == 1);
    CHECK(all.reason(1) == "");
    CHECK(all.reason(2) == "no memory");
    CHECK(all.status(2) == nas::trial_status::failed);
    CHECK(!all.completed(2));
    CHECK(all.curve(0).empty());
    CHECK(all.curve(1) == reported);
    CHECK(all.total_cost() == 3.5);

    // Metrics: NaN where a trial gave none.
    REQUIRE(all.metrics(0).size() == 2);
    CHECK(std::isnan(all.metrics(0)[0]));
    CHECK(all.metrics(1)[1] == 11);

    const history::trial_type back = all[1];
    CHECK(static_cast<const nas::proposal<space::arch_type>&>(back) == odd);
    CHECK(back.result.values == odd.result.values);
    CHECK(back.result.cost == 2.5);
    CHECK(back.result.metrics == odd.result.metrics);
    CHECK(all[2].result.reason == "no memory");
    CHECK(all[2].result.status == nas::trial_status::failed);
    CHECK(std::isnan(all[2].value()));
}

TEST_CASE("history: what unusual trials leave behind does not show in the usual ones after them") {
    history all(space{5});
    history::trial_type odd = told(0, 0.5, 7);
    odd.result.status = nas::trial_status::pruned;
    odd.result.reason = "slow";
    odd.origin = nas::trial_origin::imported;
    all.append(odd, 0);
    for (nas::trial_id id = 1; id < 50; ++id) all.append(told(id, 0.25), id);
    CHECK(all.cost(0) == 7);
    for (std::size_t row = 1; row < 50; ++row) {
        CHECK(all.cost(row) == 0);
        CHECK(all.completed(row));
        CHECK(all.origin(row) == nas::trial_origin::asked);
        CHECK(all.id(row) == row);
        CHECK(all.told_when_asked(row) == row);
        CHECK(all[row].result.reason == "");
    }
    CHECK(all.best_row() == 1);
}

TEST_CASE("history: the best is the first of the largest completed values") {
    history all(space{5});
    CHECK(!all.has_best());
    CHECK(all.best_row() == 0);
    CHECK_THROWS_WITH_AS(all.best(), "nas::history: there is no best trial: none of 0 is completed", std::logic_error);
    history::trial_type pruned = told(0, 100);
    pruned.result.status = nas::trial_status::pruned;
    all.append(pruned, 0);
    CHECK(!all.has_best());
    CHECK(all.best_row() == 1);
    CHECK_THROWS_WITH_AS(all.best(), "nas::history: there is no best trial: none of 1 is completed", std::logic_error);
    history reasoned(space{5});
    pruned.result.reason = "no GPU";
    reasoned.append(pruned, 0);
    CHECK_THROWS_WITH_AS(reasoned.best(),
                         "nas::history: there is no best trial: none of 1 is completed; the first says: no GPU",
                         std::logic_error);
    all.append(told(1, -5), 1);
    CHECK(all.best_row() == 1);
    all.append(told(2, 3), 2);
    all.append(told(3, 3), 3);
    all.append(told(4, 2), 4);
    CHECK(all.best_row() == 2);
    CHECK(all.best().id == 2);
    CHECK(all.best().value() == 3);
}

TEST_CASE("history: at most 24 bytes an evaluation for six decisions, with parents") {
    constexpr std::size_t rows = 10'000;
    history all(space{5});
    all.reserve(rows);
    for (nas::trial_id id = 0; id < rows; ++id) {
        history::trial_type one = told(id, 0.5);
        if (id > 0) one.parent = id - 1;
        all.append(one, id);
    }
    CHECK(all.bytes() <= 24 * rows);
    CHECK(all.bytes() >= 18 * rows);  // 6 of genotype, 8 of value, 4 of parent

    history plain(space{5});
    plain.reserve(rows);
    for (nas::trial_id id = 0; id < rows; ++id) plain.append(told(id, 0.5), id);
    CHECK(plain.bytes() == 14 * rows);

    nas::history<nas::choice_space<>> dynamic(nas::choice_space<>{6, 5});
    dynamic.reserve(rows);
    nas::rng random{1};
    for (nas::trial_id id = 0; id < rows; ++id) {
        nas::trial<nas::choice_space<>::arch_type> one;
        one.arch = dynamic.space().sample(random);
        one.id = id;
        dynamic.append(one, id);
    }
    CHECK(dynamic.bytes() == 14 * rows);
}

TEST_CASE("history: genotypes that own memory are flat rows") {
    const nas::choice_space<> wide{50, 4};
    nas::history<nas::choice_space<>> all(wide);
    nas::rng random{1};
    std::vector<nas::choice_space<>::arch_type> archs;
    for (nas::trial_id id = 0; id < 20; ++id) {
        nas::trial<nas::choice_space<>::arch_type> one;
        one.arch = wide.sample(random);
        one.id = id;
        archs.push_back(one.arch);
        all.append(one, id);
    }
    for (std::size_t row = 0; row < 20; ++row) CHECK(all.arch(row) == archs[row]);
}

TEST_CASE("history: several objectives, and architectures that are no decisions") {
    struct text_space {
        using arch_type = std::string;
        std::string sample(nas::rng& random) const { return std::to_string(random()); }
        bool contains(const std::string&) const { return true; }
        std::string describe(const std::string& text) const { return text; }
        std::string parse(std::string_view text) const { return std::string(text); }
    };
    nas::history<text_space, 3> all(text_space{});
    nas::trial<std::string, 3> one{{std::string("a long text that does not fit into a small string")}, {{1, 2, 3}}};
    one.id = 0;
    all.append(one, 0);
    CHECK(all.arch(0) == one.arch);
    CHECK(all.values(0) == std::array<double, 3>{1, 2, 3});
    CHECK(all.best().value() == 1);
}

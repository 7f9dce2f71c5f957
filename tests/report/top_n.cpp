// SPDX-License-Identifier: Apache-2.0
#include <nas/report/top_n.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/spaces/choice_space.hpp>

namespace {

using rows = std::vector<std::size_t>;
using space = nas::choice_space<2>;
using past_type = nas::history<space>;

constexpr double failed = std::numeric_limits<double>::quiet_NaN();

/// A trial of architecture (choice, 0) under this id; NaN is a failed one.
void add(past_type& past, nas::trial_id id, std::uint8_t choice, double value, double cost = 0) {
    past_type::trial_type told{};
    told.arch = {choice, 0};
    told.id = id;
    told.result.values[0] = value;
    told.result.cost = cost;
    if (value != value) told.result.status = nas::trial_status::failed;
    past.append(told, past.size());
}

past_type example() {
    past_type past{space{9}};
    add(past, 0, 1, 0.5);
    add(past, 1, 2, 0.7);
    add(past, 2, 3, failed);
    add(past, 4, 2, 0.9, 2.5);
    add(past, 3, 4, 0.9);  // told after 4, asked before
    add(past, 5, 1, 0.7);
    return past;
}

}  // namespace

TEST_CASE("top_n: best first and of equals the one that was asked first") {
    const past_type past = example();
    CHECK(nas::top_n(past, 3) == rows{4, 3, 1});
    CHECK(nas::top_n(past, 1) == rows{4});
    CHECK(nas::top_n(past, 0).empty());
    CHECK(nas::top_n(past, 99) == rows{4, 3, 1, 5, 0});  // all completed ones
    CHECK(nas::top_n(past_type{space{9}}, 5).empty());
}

TEST_CASE("top_n: each architecture once by its best trial") {
    CHECK(nas::top_n(example(), 99, nas::top_entries::architectures) == rows{4, 3, 5});
    CHECK(nas::top_n(example(), 2, nas::top_entries::architectures) == rows{4, 3});
}

TEST_CASE("top_n: MLPNAS oracle 43 the top five of a recorded run in the order of its values") {
    past_type past{space{9}};
    const std::vector<double> values{0.6693878, 0.6000000, 0.7115770, 0.6779963, 0.5, 0.6857143, 0.6830427};
    for (std::size_t i = 0; i < values.size(); ++i)
        add(past, static_cast<nas::trial_id>(i), static_cast<std::uint8_t>(i), values[i]);
    std::vector<double> top;
    for (const std::size_t row : nas::top_n(past, 5)) top.push_back(past.value(row));
    CHECK(top == std::vector<double>{0.7115770, 0.6857143, 0.6830427, 0.6779963, 0.6693878});
}

TEST_CASE("top_n: as a table") {
    const past_type past = example();
    CHECK(nas::top_csv(past, nas::top_n(past, 2)) ==
          "rank,trial,value,cost,architecture\n1,3,0.9,0,40\n2,4,0.9,2.5,20\n");
}

// SPDX-License-Identifier: Apache-2.0
#include <nas/report/search_course.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/run/search.hpp>
#include <nas/searchers/grid_search.hpp>
#include <nas/spaces/choice_space.hpp>
#include <support/temporary_folder.hpp>

namespace {

using space = nas::choice_space<1>;

/// Trials of these values and costs; NaN is a failed trial.
auto course_of(const std::vector<double>& values, const std::vector<double>& costs) {
    nas::search search{nas::grid_search{space{values.size()}}, [&](const space::arch_type& arch) {
                           return nas::evaluation<>(values[arch[0]], costs[arch[0]]);
                       }};
    search.run();
    return nas::search_course(search.history());
}

constexpr double failed = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("search_course: completed trials with the best until then, at what all of them cost") {
    const auto course = course_of({failed, -3, -5, failed, -1, -2}, {1, 2, 4, 8, 16, 32});
    CHECK(nas::course_csv(course) == "trials,value,best,cost\n2,-3,-3,3\n3,-5,-3,7\n5,-1,-1,31\n6,-2,-1,63\n");
    CHECK(course_of({failed}, {1}).empty());
}

TEST_CASE("search_course: the plot") {
    const support::temporary_folder folder;
    nas::course_plot plot{.title = "accuracy over search",
                          .y_label = "validation accuracy",
                          .reference = 0.9,
                          .course = course_of({0.5, failed, 0.25, 0.75}, {1, 1, 1, 1})};
    const auto stem = folder.path() / "course";
    const bool drawn = nas::draw(plot, stem);
    CHECK(support::content(stem.string() + ".dat") ==
          "# trials value best cost\n1 0.5 0.5 1\n3 0.25 0.5 3\n4 0.75 0.75 4\n");
    CHECK(support::content(stem.string() + ".gp").find("set yrange [0.224:0.926]") != std::string::npos);
    plot.course.resize(1);
    plot.reference.reset();
    CHECK(nas::draw(plot, folder.path() / "point") == drawn);
    if (!drawn) {
        MESSAGE("skipped: gnuplot is not installed");
        return;
    }
    const std::string svg = support::content(stem.string() + ".svg");
    CHECK(svg.find("best so far") != std::string::npos);
    CHECK(svg.find("(higher is better)") != std::string::npos);
    CHECK(svg.find("optimum") != std::string::npos);
    CHECK(support::content(stem.string() + ".png").substr(0, 4) == "\x89PNG");
}

TEST_CASE("search_course: wrong plots") {
    const support::temporary_folder folder;
    nas::course_plot plot;
    CHECK_THROWS_WITH_AS(nas::draw(plot, folder.path() / "wrong"), "nas::draw: a course without completed trials",
                         std::invalid_argument);
    plot.course = {{1, failed, 1, 0}};
    CHECK_THROWS_AS(nas::draw(plot, folder.path() / "wrong"), std::invalid_argument);
    plot.course = {{1, 1, 1, 0}};
    plot.reference = failed;
    CHECK_THROWS_AS(nas::draw(plot, folder.path() / "wrong"), std::invalid_argument);
}

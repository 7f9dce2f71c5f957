// SPDX-License-Identifier: Apache-2.0
#include <nas/report/gnuplot.hpp>

#include <doctest/doctest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "support/other_process.hpp"

namespace {

/// A folder that goes with the test, whose name is as awkward as a user's may be.
class temporary_folder {
  public:
    temporary_folder()
        : path_(std::filesystem::temp_directory_path() / ("nas 'plots' `x` " + std::to_string(::getpid()))) {
        std::filesystem::create_directory(path_);
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder() { std::filesystem::remove_all(path_); }

    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

std::string content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

bool gnuplot_present() {
    if (nas::run_process({"gnuplot", "--version"}).ok()) {
        return true;
    }
    MESSAGE("skipped: gnuplot is not installed");
    return false;
}

nas::curve_plot two_curves() {
    return {.title = "a \"title\" of `id` 'x' @home $HOME\nwith a line end",
            .x_label = "trials",
            .y_label = "reward_{so far}",
            .reference = 3.5,
            .curves = {{"one", {1, 2, 4}, {-100, 1, 2}, {-200, 0.5, 1.5}, {0, 1.25, 3}},
                       {"the other's", {1, 3}, {1, 1.5}, {0.5, 1}, {2, 2.5}}}};
}

nas::box_plot two_boxes() {
    const std::vector<double> first{1, 2, 3, 4};
    const std::vector<double> second{2, 2, 2};
    return {.title = "ranking",
            .value_label = "loss",
            .higher_is_better = false,
            .reference = 0.5,
            .reference_label = "least loss",
            .boxes = {{"one", nas::summarize(first)}, {"the other's", nas::summarize(second)}}};
}

void check_pictures(const std::filesystem::path& stem) {
    const auto with = [&](const char* extension) { return std::filesystem::path(stem) += extension; };
    const std::string png = content(with(".png"));
    CHECK(png.substr(0, 4) == "\x89PNG");
    CHECK(png.size() > 5000);
    const std::string svg = content(with(".svg"));
    CHECK(svg.find("<svg") != std::string::npos);
    CHECK(svg.find("</svg>") != std::string::npos);
    CHECK(svg.find("one") != std::string::npos);
    CHECK(svg.find("the other's") != std::string::npos);
}

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("gnuplot: curves are drawn, whatever the names hold") {
    const temporary_folder folder;
    if (!gnuplot_present()) {
        return;
    }
    for (const char* name : {"curves", "a b'c", "<touch x", "|touch x", "-x", "dot.ted"}) {
        const auto stem = folder.path() / name;
        CHECK(nas::draw(two_curves(), stem));
        check_pictures(stem);
    }
    CHECK(!std::filesystem::exists(folder.path() / "x"));
    const std::string svg = content(folder.path() / "curves.svg");
    CHECK(svg.find("a \"title\" of `id` 'x' @home $HOME with a line end") != std::string::npos);
    CHECK(svg.find("reward_{so far}") != std::string::npos);
    CHECK(svg.find("(higher is better)") != std::string::npos);
    CHECK(svg.find("optimum") != std::string::npos);
}

TEST_CASE("gnuplot: boxes are drawn") {
    const temporary_folder folder;
    if (!gnuplot_present()) {
        return;
    }
    CHECK(nas::draw(two_boxes(), folder.path() / "boxes"));
    check_pictures(folder.path() / "boxes");
    const std::string svg = content(folder.path() / "boxes.svg");
    CHECK(svg.find("loss (lower is better)") != std::string::npos);
    CHECK(svg.find("least loss") != std::string::npos);
}

TEST_CASE("gnuplot: plots with little in them, or much, are drawn") {
    const temporary_folder folder;
    if (!gnuplot_present()) {
        return;
    }
    nas::curve_plot point{.title = "a point", .curves = {{"one", {1}, {5}, {5}, {5}}}};
    CHECK(nas::draw(point, folder.path() / "point"));
    point.log_x = true;
    CHECK(nas::draw(point, folder.path() / "point on a logarithmic axis"));
    nas::curve_plot many{.title = "many"};
    for (int i = 0; i < 20; ++i) {
        const double y = i;
        many.curves.push_back({"curve " + std::to_string(i), {1, 10, 100}, {y, y, y}, {y, y, y}, {y, y, y}});
    }
    many.log_x = true;
    CHECK(nas::draw(many, folder.path() / "many"));
    const std::vector<double> one{0};
    CHECK(nas::draw(nas::box_plot{.title = "a box", .boxes = {{"one", nas::summarize(one)}}}, folder.path() / "box"));
}

TEST_CASE("gnuplot: numbers and axes in the files") {
    const temporary_folder folder;
    nas::curve_plot plot = two_curves();
    nas::draw(plot, folder.path() / "curves");
    CHECK(content(folder.path() / "curves.dat") ==
          "# x mean lower_quartile upper_quartile\n# 'one'\n1 -100 -200 0\n"
          "2 1 0.5 1.25\n4 2 1.5 3\n\n\n# 'the other''s'\n1 1 0.5 2\n"
          "3 1.5 1 2.5\n");
    // From 0.5, the least value after the warm-up, to the reference, with 4 % of air.
    CHECK(content(folder.path() / "curves.gp").find("set yrange [0.38:3.62]") != std::string::npos);
    plot.warm_up = 0;
    plot.log_x = true;
    nas::draw(plot, folder.path() / "curves");
    CHECK(content(folder.path() / "curves.gp").find("set yrange [-208.14:11.64]") != std::string::npos);
    CHECK(content(folder.path() / "curves.gp").find("set logscale x") != std::string::npos);

    nas::draw(two_boxes(), folder.path() / "boxes");
    CHECK(content(folder.path() / "boxes.dat") ==
          "# place minimum lower_quartile median upper_quartile maximum mean colour name\n"
          "1 1 1.75 2.5 3.25 4 2.5 0x0072B2 'one'\n2 2 2 2 2 2 2 0xD55E00 'the other''s'\n");
    // Names that would leave no room for the boxes are folded.
    nas::box_plot named = two_boxes();
    named.boxes[0].name = "reevaluated(regularized_evolution:population=10,tournament=3,repeats=true)";
    nas::draw(named, folder.path() / "boxes");
    CHECK(
        content(folder.path() / "boxes.gp")
            .find(
                "set ytics ('reevaluated(regularized_evolution:'.\"\\n\".'population=10,tournament=3,repeats=true)' 1, "
                "'the other''s' 2)\n") != std::string::npos);
}

namespace {

/// What stands between `before` and `after`, for each time it does.
std::vector<std::string> all_between(const std::string& text, const std::string& before, const std::string& after) {
    std::vector<std::string> found;
    for (std::size_t at = text.find(before); at != std::string::npos; at = text.find(before, at)) {
        at += before.size();
        found.push_back(text.substr(at, text.find(after, at) - at));
    }
    return found;
}

}  // namespace

TEST_CASE("gnuplot: no two lines look the same, and the first ones have bands") {
    const temporary_folder folder;
    nas::curve_plot plot;
    for (int i = 0; i < 40; ++i) plot.curves.push_back({"curve " + std::to_string(i), {1, 2}, {1, 2}, {0, 1}, {2, 9}});
    nas::draw(plot, folder.path() / "many");
    std::string script = content(folder.path() / "many.gp");
    const std::vector<std::string> styles = all_between(script, "using 1:2 with lines lw 2.4 ", " title");
    REQUIRE(styles.size() == 40);
    CHECK(std::set<std::string>(styles.begin(), styles.end()).size() == 40);
    CHECK(all_between(script, "filledcurves", "notitle").size() == 3);
    CHECK(script.find("'line: mean, bands of the first 3: quartiles'") != std::string::npos);

    plot.curves.resize(2);
    nas::draw(plot, folder.path() / "many");
    CHECK(content(folder.path() / "many.gp").find("'line: mean, band: quartiles'") != std::string::npos);
    // The axis holds what is drawn: quartiles of 9 where there are bands.
    CHECK(content(folder.path() / "many.gp").find("set yrange [-0.36:9.36]") == std::string::npos);
    plot.warm_up = 0;
    nas::draw(plot, folder.path() / "many");
    CHECK(content(folder.path() / "many.gp").find("set yrange [-0.36:9.36]") != std::string::npos);
    plot.bands = 0;
    nas::draw(plot, folder.path() / "many");
    script = content(folder.path() / "many.gp");
    CHECK(script.find("set yrange [0.96:2.04]") != std::string::npos);
    CHECK(all_between(script, "filledcurves", "notitle").empty());
    CHECK(script.find("'line: mean'") != std::string::npos);
}

TEST_CASE("gnuplot: subtitles, notes and where the axis ends") {
    const temporary_folder folder;
    nas::curve_plot plot = two_curves();
    plot.subtitle = "it's one\nand two";
    plot.note = "3 more";
    plot.right = 3;
    nas::draw(plot, folder.path() / "curves");
    const std::string script = content(folder.path() / "curves.gp");
    CHECK(script.find("set label 1 'it''s one'.\"\\n\".'and two' at graph") != std::string::npos);
    CHECK(script.find("quartiles'.\"\\n\".'3 more'\n") != std::string::npos);
    CHECK(script.find("set xrange [1:3]\n") != std::string::npos);
    if (gnuplot_present()) CHECK(content(folder.path() / "curves.svg").find("it's one") != std::string::npos);
}

TEST_CASE("gnuplot: boxes have the colours of lines, or none") {
    const temporary_folder folder;
    nas::box_plot plot = two_boxes();
    plot.boxes[0].colour = 3;
    plot.boxes[1].colour = nas::grey_box;
    nas::draw(plot, folder.path() / "boxes");
    CHECK(content(folder.path() / "boxes.dat").find(" 0xCC79A7 'one'\n") != std::string::npos);
    CHECK(content(folder.path() / "boxes.dat").find(" 0x8A8A8A 'the other''s'\n") != std::string::npos);
}

TEST_CASE("gnuplot: without it the data and the script are there") {
    const temporary_folder folder;
    const std::string path = std::getenv("PATH");
    ::setenv("PATH", "/nowhere", 1);
    const bool drawn = nas::draw(two_curves(), folder.path() / "curves");
    ::setenv("PATH", path.c_str(), 1);
    CHECK(!drawn);
    CHECK(std::filesystem::exists(folder.path() / "curves.dat"));
    CHECK(std::filesystem::exists(folder.path() / "curves.gp"));
    CHECK(!std::filesystem::exists(folder.path() / "curves.png"));
}

TEST_CASE("gnuplot: what fails says so") {
    const temporary_folder folder;
    CHECK_THROWS_AS(nas::draw(two_curves(), folder.path() / "none" / "curves"), std::runtime_error);
    if (gnuplot_present()) {
        std::filesystem::create_directory(folder.path() / "taken.svg");
        CHECK_THROWS_AS(nas::draw(two_curves(), folder.path() / "taken"), std::runtime_error);
    }
}

TEST_CASE("gnuplot: of two processes one draws a plot, and what is no file is not drawn to") {
    const temporary_folder folder;
    const auto stem = folder.path() / "curves";
    support::other_process other([&](auto& self) {
        const nas::detail::file_lock lock(stem.string() + ".svg");
        self.ready();
        ::pause();
    });
    REQUIRE(other.wait_until_ready());
    CHECK_THROWS_WITH_AS(nas::draw(two_curves(), stem),
                         doctest::Contains((".svg: process " + std::to_string(other.pid()) + " on ").c_str()),
                         std::runtime_error);
    CHECK(!std::filesystem::exists(stem.string() + ".dat"));
    other.kill();
    for (const char* end : {".dat", ".gp", ".svg", ".png"}) {
        const std::string link = stem.string() + end;
        std::filesystem::create_symlink("/dev/null", link);
        CHECK_THROWS_WITH_AS(nas::draw(two_curves(), stem),
                             (link + ": the file cannot be written: it is a device, a pipe or a socket").c_str(),
                             std::runtime_error);
        std::filesystem::remove(link);
    }
}

TEST_CASE("gnuplot: wrong plots") {
    const temporary_folder folder;
    const auto stem = folder.path() / "wrong";
    const auto refuses = [&](auto&& plot, const char* message) {
        CHECK_THROWS_WITH_AS(nas::draw(plot, stem), message, std::invalid_argument);
    };
    refuses(nas::curve_plot{}, "nas::draw: a plot without curves");
    refuses(nas::box_plot{}, "nas::draw: a plot without boxes");
    nas::curve_plot plot = two_curves();
    plot.curves[1].mean.pop_back();
    refuses(plot, "nas::draw: 'the other's' needs as many means and quartiles as x, at least one; got 1 for 2");
    plot.curves[1] = {"empty", {}, {}, {}, {}};
    refuses(plot, "nas::draw: 'empty' needs as many means and quartiles as x, at least one; got 0 for 0");
    plot = two_curves();
    plot.curves[0].lower_quartile[1] = -infinity;
    refuses(plot, "nas::draw: 'one' has a value that is NaN or infinite");
    plot = two_curves();
    plot.reference = infinity;
    refuses(plot, "nas::draw: the reference is NaN or infinite");
    plot = two_curves();
    plot.warm_up = 1;
    refuses(plot, "nas::draw: warm_up (1.000000) must be in [0, 1)");
    plot = two_curves();
    plot.curves[0].x[0] = 0;
    plot.log_x = true;
    refuses(plot, "nas::draw: x (0.000000) must be above 0 on a logarithmic axis");
    nas::box_plot boxes = two_boxes();
    boxes.boxes[0].summary.mean = infinity;
    refuses(boxes, "nas::draw: 'one' has a value that is NaN or infinite");
    boxes = two_boxes();
    boxes.reference = infinity;
    refuses(boxes, "nas::draw: the reference is NaN or infinite");
    CHECK_THROWS_AS(nas::draw(two_curves(), folder.path() / "line\nend"), std::invalid_argument);
}

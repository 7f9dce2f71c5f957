// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <string>

#include <nas/core/options.hpp>

namespace {

enum class shape { round, square };
constexpr std::array<std::string_view, 2> enum_names(shape) { return {"round", "square"}; }

struct options {
    std::size_t population = 100;
    double rate = 0.25;
    bool greedy = false;
    shape form = shape::round;
    int shift = -3;

    static constexpr void fields(auto&& visit) {
        visit(&options::population, nas::field{"population", 1, 1e9, "a paper", "individuals alive"});
        visit(&options::rate, nas::field{"rate", 0, 1, "customary", "how often"});
        visit(&options::greedy, nas::field{"greedy", 0, 1, "ours", "whether to be greedy"});
        visit(&options::form, nas::field{"form", 0, 0, "ours", "its form"});
        visit(&options::shift, nas::field{"shift", -10, 10, "ours", "by how much"});
    }
};

options parse(std::string_view text) { return nas::parse_options<options>("nas::thing", text); }

/// An option of a type of its own: a colour by its letter.
struct colour {
    char letter = 'r';
};
std::string write_option(const colour& of) { return {of.letter}; }
bool read_option(std::string_view text, colour& out) {
    if (text != "r" && text != "g") return false;
    out.letter = text[0];
    return true;
}
std::string allowed_option(const colour&) { return "r or g"; }

struct nested {
    std::size_t many = 2;
    options inner = {};
    colour paint = {};

    static constexpr void fields(auto&& visit) {
        visit(&nested::many, nas::field{"many", 1, 9, "ours", "how many"});
        visit(&nested::inner, nas::field{"inner", 0, 0, "", "of each"});
        visit(&nested::paint, nas::field{"paint", 0, 0, "ours", "their colour"});
    }
};

struct with_presets {
    std::size_t many = 2;
    options inner = {};

    static constexpr with_presets small() { return {.many = 1, .inner = {.rate = 0.5}}; }
    static constexpr with_presets usual() { return {}; }

    static constexpr void fields(auto&& visit) {
        visit(&with_presets::many, nas::field{"many", 1, 9, "ours", "how many"});
        visit(&with_presets::inner, nas::field{"inner", 0, 0, "", "of each"});
    }
    static constexpr void presets(auto&& visit) {
        visit(nas::preset{"small", "a paper"}, small());
        visit(nas::preset{"usual", "ours"}, usual());
    }
};

}  // namespace

TEST_CASE("options: presets are named settings that texts start from, and describe themselves") {
    static_assert(nas::HasPresets<with_presets> && !nas::HasPresets<options>);
    const auto parsed = [](std::string_view text) { return nas::parse_options<with_presets>("nas::thing", text); };
    CHECK(nas::to_text(parsed("preset=small")) == nas::to_text(with_presets::small()));
    CHECK(nas::to_text(parsed("preset=usual")) == nas::to_text(with_presets{}));
    const with_presets changed = parsed("preset=small,inner.shift=4,many=3");
    CHECK(changed.many == 3);
    CHECK(changed.inner.rate == 0.5);
    CHECK(changed.inner.shift == 4);

    const auto all = nas::describe_presets<with_presets>();
    REQUIRE(all.size() == 2);
    CHECK(all[0].name == "small");
    CHECK(all[0].options == "many=1,inner.rate=0.5");
    CHECK(all[0].source == "a paper");
    CHECK(all[1].options == "");
    CHECK(nas::describe_presets<options>().empty());

    CHECK_THROWS_WITH_AS(parsed("preset=large"), "nas::thing: preset ('large') must be one of small, usual",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(parsed("preset"), "nas::thing: 'preset' is not of the form option=value",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(parsed("many=3,preset=small"), "nas::thing: preset must come first: it sets all options",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(parsed("preset=small,many=10"), "nas::thing: many (10) must be in [1, 9]",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(parsed("much=1"),
                         "nas::thing: no option 'much'; there is preset, many, inner.population, inner.rate, "
                         "inner.greedy, inner.form, inner.shift",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(parse("preset=small"),
                         "nas::thing: no option 'preset'; there is population, rate, greedy, form, shift",
                         std::invalid_argument);
}

TEST_CASE("options: describe") {
    static_assert(nas::DescribedOptions<options> && nas::DescribedOptions<nas::no_options> &&
                  !nas::DescribedOptions<int>);
    const auto all = nas::describe_options(options{.rate = 0.1});
    REQUIRE(all.size() == 5);
    CHECK(all[0].name == "population");
    CHECK(all[0].value == "100");
    CHECK(all[0].allowed == "in [1, 1e+09]");
    CHECK(all[0].source == "a paper");
    CHECK(all[0].text == "individuals alive");
    CHECK(all[1].value == "0.1");
    CHECK(all[2].allowed == "true or false");
    CHECK(all[3].allowed == "one of round, square");
    CHECK(all[3].value == "round");
    CHECK(nas::describe_options(nas::no_options{}).empty());
}

TEST_CASE("options: parse is the inverse of to_text") {
    const options changed{7, 0.30000000000000004, true, shape::square, 10};
    CHECK(nas::to_text(changed) == "population=7,rate=0.30000000000000004,greedy=true,form=square,shift=10");
    const options back = parse(nas::to_text(changed));
    CHECK(back.population == 7);
    CHECK(back.rate == 0.30000000000000004);
    CHECK(back.greedy);
    CHECK(back.form == shape::square);
    CHECK(back.shift == 10);
}

TEST_CASE("options: what is left out keeps its default") {
    CHECK(nas::to_text(parse("")) == nas::to_text(options{}));
    CHECK(parse("rate=1e-3").rate == 1e-3);
    CHECK(parse("rate=1e-3").population == 100);
    CHECK(parse("greedy=1").greedy);
    CHECK(!parse("greedy=0").greedy);
    CHECK(parse("shift=-10").shift == -10);
    CHECK(nas::to_text(nas::parse_options<nas::no_options>("nas::thing", "")) == "");
}

TEST_CASE("options: one sentence says what is wrong") {
    const auto refuses = [](std::string_view text, const char* sentence) {
        CAPTURE(text);
        CHECK_THROWS_WITH_AS(parse(text), sentence, std::invalid_argument);
    };
    refuses("size=3", "nas::thing: no option 'size'; there is population, rate, greedy, form, shift");
    refuses("population", "nas::thing: 'population' is not of the form option=value");
    refuses(",", "nas::thing: '' is not of the form option=value");
    refuses("population=0", "nas::thing: population (0) must be in [1, 1e+09]");
    refuses("population=-1", "nas::thing: population ('-1') must be in [1, 1e+09]");
    refuses("population=1.5", "nas::thing: population ('1.5') must be in [1, 1e+09]");
    refuses("population=", "nas::thing: population ('') must be in [1, 1e+09]");
    refuses("population=10x", "nas::thing: population ('10x') must be in [1, 1e+09]");
    refuses("population=99999999999999999999999",
            "nas::thing: population ('99999999999999999999999') must be in [1, 1e+09]");
    refuses("rate=nan", "nas::thing: rate (nan) must be in [0, 1]");
    refuses("rate=1.5", "nas::thing: rate (1.5) must be in [0, 1]");
    refuses("greedy=yes", "nas::thing: greedy ('yes') must be true or false");
    refuses("form=oval", "nas::thing: form ('oval') must be one of round, square");
    refuses("shift=11", "nas::thing: shift (11) must be in [-10, 10]");
    CHECK_THROWS_WITH_AS(nas::parse_options<nas::no_options>("nas::thing", "a=1"),
                         "nas::thing: no option 'a'; there is none", std::invalid_argument);
}

TEST_CASE("options: check what code sets") {
    CHECK_NOTHROW(nas::check_options("nas::thing", options{}));
    CHECK_NOTHROW(nas::check_options("nas::thing", options{.rate = 1}));
    CHECK_THROWS_WITH_AS(nas::check_options("nas::thing", options{.rate = -0.5}),
                         "nas::thing: rate (-0.5) must be in [0, 1]", std::invalid_argument);
    CHECK_THROWS_AS(nas::check_options("nas::thing", options{.rate = std::numeric_limits<double>::quiet_NaN()}),
                    std::invalid_argument);
    CHECK_THROWS_AS(nas::check_options("nas::thing", options{.rate = std::numeric_limits<double>::infinity()}),
                    std::invalid_argument);
}

TEST_CASE("options: options within options and types of their own") {
    static_assert(nas::DescribedOptions<nested>);
    const auto parse_nested = [](std::string_view text) { return nas::parse_options<nested>("nas::thing", text); };
    const nested read = parse_nested("inner.rate=0.5,paint=g,inner.form=square");
    CHECK(read.inner.rate == 0.5);
    CHECK(read.inner.population == 100);
    CHECK(nas::to_text(read) ==
          "many=2,inner.population=100,inner.rate=0.5,inner.greedy=false,inner.form=square,inner.shift=-3,paint=g");
    CHECK(nas::to_text(parse_nested(nas::to_text(read))) == nas::to_text(read));
    CHECK(nas::describe_options(read).back().allowed == "r or g");
    CHECK_THROWS_WITH_AS(parse_nested("inner.rate=2"), "nas::thing: inner.rate (2) must be in [0, 1]",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(parse_nested("inner.rate=x"), "nas::thing: inner.rate ('x') must be in [0, 1]",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(parse_nested("paint=b"), "nas::thing: paint ('b') must be r or g", std::invalid_argument);
    CHECK_THROWS_WITH_AS(parse_nested("rate=0.5"),
                         "nas::thing: no option 'rate'; there is many, inner.population, inner.rate, inner.greedy, "
                         "inner.form, inner.shift, paint",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::check_options("nas::thing", nested{.inner = {.shift = 11}}),
                         "nas::thing: inner.shift (11) must be in [-10, 10]", std::invalid_argument);
}

// SPDX-License-Identifier: Apache-2.0
#include <nas/core/options_text.hpp>

#include <doctest/doctest.h>

#include <string_view>
#include <vector>

namespace {

struct model_options {
    int depth = 3;
    int width = 4;
    static constexpr void fields(auto&& visit) {
        visit(&model_options::depth, nas::field{"depth", 1, 9, "by choice", ""});
        visit(&model_options::width, nas::field{"width", 1, 9, "by choice", ""});
    }
};
struct other_options {
    int size = 1;
    static constexpr void fields(auto&& visit) {
        visit(&other_options::size, nas::field{"size", 1, 9, "by choice", ""});
    }
};
template <class Options>
struct model {
    Options own = {};
    const Options& options() const { return own; }
};
struct searcher_options {
    int first = 1;
    int second = 2;
    model_options net = {};
    static constexpr void fields(auto&& visit) {
        visit(&searcher_options::first, nas::field{"first", 1, 9, "by choice", ""});
        visit(&searcher_options::net, nas::field{"net", 0, 0, "", ""});
        visit(&searcher_options::second, nas::field{"second", 1, 9, "by choice", ""});
    }
};
struct plain {
    searcher_options own = {};
    const searcher_options& options() const { return own; }
};
template <class Model>
struct with_model : plain {
    Model part = {};
    const Model& model() const { return part; }
};
struct without_second : plain {
    static std::vector<std::string_view> unused_options() { return {"second"}; }
};
struct unknown_model {};
struct around {
    without_second inner = {};
    const without_second& searcher() const { return inner; }
};

}  // namespace

TEST_CASE("options_text: all options, but for those of parts that are others") {
    const auto text = [](const auto& of) { return nas::detail::all_options_text(of); };
    CHECK(text(plain{}) == "first=1,net.depth=3,net.width=4,second=2");
    CHECK(text(without_second{}) == "first=1,net.depth=3,net.width=4");
    CHECK(text(around{}) == "searcher.first=1,searcher.net.depth=3,searcher.net.width=4");
    with_model<model<model_options>> same;
    same.part.own.depth = 7;
    CHECK(text(same) == "first=1,net.depth=7,net.width=4,second=2");
    with_model<model<other_options>> other;
    CHECK(text(other) == "first=1,second=2");
    other.part.own.size = 5;
    CHECK(text(other) == "first=1,second=2,model.size=5");
    CHECK(text(with_model<unknown_model>{}) == "first=1,second=2");
    CHECK(text(unknown_model{}) == "");
}

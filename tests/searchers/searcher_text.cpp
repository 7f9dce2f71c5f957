// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/searcher_text.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

namespace {

void check(const char* text, const char* name, const char* inner, const char* options) {
    CAPTURE(text);
    const nas::searcher_text parts = nas::split_searcher_text(text);
    CHECK(parts.name == name);
    CHECK(parts.inner.has_value() == (inner != nullptr));
    if (inner != nullptr) CHECK(parts.inner.value_or("nothing") == inner);
    CHECK(parts.options == options);
}

void refuses(const std::string& text, const std::string& sentence) {
    CHECK_THROWS_WITH_AS(nas::split_searcher_text(text), ("nas: searcher '" + text + "': " + sentence).c_str(),
                         std::invalid_argument);
}

}  // namespace

TEST_CASE("searcher_text: name and parentheses and options") {
    check("", "", nullptr, "");
    check("ppo", "ppo", nullptr, "");
    check("ppo:", "ppo", nullptr, "");
    check("ppo:batch=10,clip=0.1", "ppo", nullptr, "batch=10,clip=0.1");
    check("a()", "a", "", "");
    check("a(b)", "a", "b", "");
    check("a(b):", "a", "b", "");
    check("a(b:x=1):y=2:3", "a", "b:x=1", "y=2:3");
    check("a(b(c:x=1):y=2):z=3", "a", "b(c:x=1):y=2", "z=3");
}

TEST_CASE("searcher_text: what is no text of a searcher is refused in one sentence") {
    refuses("a(b", "a '(' without its ')'");
    refuses("a(b(c)", "a '(' without its ')'");
    refuses("a)b", "a ')' without its '('");
    refuses("a(b))", "a ')' without its '('");
    refuses("a(b)x", "'x' behind the ')'; options follow a colon, as in deduplicated(ppo):retries=50");
    refuses("a(b)(c)", "'(c)' behind the ')'; options follow a colon, as in deduplicated(ppo):retries=50");
    refuses("a:x=1(b)", "a '(' among the options; they come last, as in deduplicated(ppo):retries=50");
    std::string deep = "b";
    for (int i = 0; i < 100; ++i) deep = "a(" + deep + ')';
    CHECK(nas::split_searcher_text(deep).inner->size() == deep.size() - 3);
    refuses("a(" + deep + ')', "more than 100 searchers around one another");
}

TEST_CASE("searcher_text: joined again") {
    CHECK(nas::join_searcher_text("ppo", "") == "ppo");
    CHECK(nas::join_searcher_text("ppo", "searcher.batch=1,clip=2") == "ppo:searcher.batch=1,clip=2");
    CHECK(nas::join_searcher_text("a(b)", "x=1,searcher.y=2") == "a(b:y=2):x=1");
    CHECK(nas::join_searcher_text("a(b(c))", "searcher.searcher.x=1,searcher.searcher.y=2") == "a(b(c:x=1,y=2))");
    CHECK(nas::join_searcher_text("a(b(c))", "searcher.x=1") == "a(b(c):x=1)");
}

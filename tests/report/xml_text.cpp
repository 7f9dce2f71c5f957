// SPDX-License-Identifier: Apache-2.0
#include <nas/report/xml_text.hpp>

#include <string>

#include <doctest/doctest.h>

TEST_CASE("xml text: what XML takes for markup is spelled out, and what it cannot hold replaced") {
    CHECK(nas::detail::xml_text("a < b && \"c\"") == "a &lt; b &amp;&amp; &quot;c&quot;");
    CHECK(nas::detail::xml_text("<![CDATA[a]]>") == "&lt;![CDATA[a]]&gt;");
    CHECK(nas::detail::xml_text("\tx\n\x01") == "\tx\xef\xbf\xbd\xef\xbf\xbd");
    CHECK(nas::detail::xml_text("\xc3\xa4") == "\xc3\xa4");
}

// SPDX-License-Identifier: Apache-2.0
#include <nas/core/number_text.hpp>

#include <doctest/doctest.h>

#include <string>

TEST_CASE("number_text: six digits and lengths of time") {
    CHECK(nas::detail::number_text(0.1) == "0.1");
    CHECK(nas::detail::number_text(1234567) == "1.23457e+06");
    CHECK(nas::detail::number_text(0.123456, 4) == "0.1235");
    const auto text = [](double seconds) { return nas::detail::seconds_text(seconds); };
    CHECK(text(0) == "0 s");
    CHECK(text(4.5e-5) == "45 us");
    CHECK(text(9.996e-4) == "1 ms");
    CHECK(text(0.0123) == "12.3 ms");
    CHECK(text(0.9996) == "1 s");
    CHECK(text(1.254) == "1.25 s");
    CHECK(text(59.94) == "59.9 s");
    CHECK(text(59.96) == "1 min 0 s");
    CHECK(text(200.4) == "3 min 20 s");
    CHECK(text(3599.4) == "59 min 59 s");
    CHECK(text(3599.6) == "1 h 0 min");
    CHECK(text(93800) == "26 h 3 min");
}

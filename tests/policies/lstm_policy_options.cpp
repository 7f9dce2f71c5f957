// SPDX-License-Identifier: Apache-2.0
#include <nas/policies/lstm_policy_options.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace {

nas::lstm_policy_options read(std::string_view text) {
    return nas::parse_options<nas::lstm_policy_options>("nas::lstm_policy", text);
}

}  // namespace

TEST_CASE("lstm_policy_options: what decisions share is read as it is written") {
    CHECK(nas::to_text(nas::lstm_policy_options{}).ends_with(",share=none"));
    const nas::decision_sharing sharing{{1, 0}, {12, 3}};
    CHECK(nas::to_text(nas::lstm_policy_options{.share = sharing}).ends_with(",share=1:0+12:3"));
    CHECK(read("share=12:3+1:0").share == sharing);
    CHECK(read("share=none").share.empty());
    for (const std::string wrong : {"", "1", "1:", ":0", "1:0+", "1:0+1:0", "1:0;2:0", "-1:0", "a:0", "1:0 "}) {
        CAPTURE(wrong);
        CHECK_THROWS_WITH_AS(
            read("share=" + wrong),
            ("nas::lstm_policy: share ('" + wrong + "') must be none, or decision:earlier+decision:earlier+...")
                .c_str(),
            std::invalid_argument);
    }
}

// SPDX-License-Identifier: Apache-2.0
#include <nas/core/machine_limit.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>

TEST_CASE("machine_limit: a lack of the machine and nothing else") {
    for (const int code : {EMFILE, ENFILE, EAGAIN, ENOMEM, ENOSPC}) {
        CAPTURE(code);
        for (const std::error_category* category : {&std::generic_category(), &std::system_category()}) {
            const std::error_code error(code, *category);
            CHECK(nas::is_machine_limit(error));
            CHECK(nas::is_machine_limit(std::system_error(error, "thread")));
            CHECK(nas::is_machine_limit(std::filesystem::filesystem_error("open", error)));
        }
    }
    CHECK(nas::is_machine_limit(std::bad_alloc()));
    for (const int code : {0, ENOENT, EACCES, EINTR, EINVAL})
        CHECK_FALSE(nas::is_machine_limit(std::system_error(code, std::generic_category())));
    CHECK_FALSE(nas::is_machine_limit(std::bad_array_new_length()));
    CHECK_FALSE(nas::is_machine_limit(std::runtime_error("out of memory")));
    CHECK_FALSE(nas::is_machine_limit(std::length_error("vector")));
    CHECK(nas::machine_limit_text(std::bad_alloc()).find("(std::bad_alloc); free some") != std::string::npos);
}

// SPDX-License-Identifier: Apache-2.0
#include <nas/io/gzip_file.hpp>

#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include <nas/data/csv.hpp>

#include "support/small_disk.hpp"
#include "support/temporary_folder.hpp"

TEST_CASE("gzip_file: the same bytes for the same content, which are read again") {
    if (!nas::detail::has_zlib) return;
    const support::temporary_folder folder;
    const auto plain = folder.path() / "t.csv";
    const auto packed = folder.path() / "t.csv.gz";
    std::string text = "number\n";
    for (int i = 0; i < 50'000; ++i) text += std::to_string(i * 7919 % 10'007) + '\n';  // more than a piece
    nas::detail::replace_file(plain, text);
    nas::detail::gzip_file(plain, packed);
    const std::string bytes = support::content(packed);
    CHECK(bytes.starts_with("\x1f\x8b"));
    CHECK(nas::csv_table::read(packed).rows() == 50'000);
    CHECK(nas::csv_table::read(packed).number(49'999, 0) == 49'999 * 7919 % 10'007);
    nas::detail::gzip_file(plain, packed);
    CHECK(support::content(packed) == bytes);

    {
        const support::small_disk disk(bytes.size() / 2);
        CHECK_THROWS_AS(nas::detail::gzip_file(plain, packed), nas::detail::file_error);
    }
    CHECK(support::content(packed) == bytes);
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 2);
    CHECK_THROWS_AS(nas::detail::gzip_file(folder.path(), packed), nas::detail::file_error);
    CHECK_THROWS_AS(nas::detail::gzip_file(folder.path() / "none", packed), nas::detail::file_error);
    CHECK(support::content(packed) == bytes);
}

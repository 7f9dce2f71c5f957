// SPDX-License-Identifier: Apache-2.0
#include <nas/report/csv_writer.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <optional>

#include <nas/data/csv.hpp>

TEST_CASE("csv_writer: fields are quoted where they must be, and read back as they were") {
    nas::csv_writer table;
    table.add("plain").add("a,b").add("say \"no\"").add("two\nlines").add("").end_row();
    table.add(" x ").add("").add("1").add("\r").add("=").end_row();
    CHECK(table.text() == "plain,\"a,b\",\"say \"\"no\"\"\",\"two\nlines\",\n x ,,1,\"\r\",=\n");
    const nas::csv_table read = nas::csv_table::parse(table.text(), "text", {.header = false});
    CHECK(read.rows() == 2);
    CHECK(read.field(0, 1) == "a,b");
    CHECK(read.field(0, 2) == "say \"no\"");
    CHECK(read.field(0, 3) == "two\nlines");
    CHECK(read.field(1, 3) == "\r");
}

TEST_CASE("csv_writer: numbers have ten significant digits, what is missing is empty") {
    CHECK(nas::csv_number(0.1 + 0.2) == "0.3");
    CHECK(nas::csv_number(1.0 / 3) == "0.3333333333");
    CHECK(nas::csv_number(91.25) == "91.25");
    CHECK(nas::csv_number(-4) == "-4");
    CHECK(nas::csv_number(20000) == "20000");
    CHECK(nas::csv_number(1e-12) == "1e-12");
    CHECK(nas::csv_number(std::numeric_limits<double>::quiet_NaN()) == "");
    nas::csv_writer table;
    table.add(1.5).add(std::optional<double>()).add(std::optional(2.5)).add(std::size_t{7}).add(-3).end_row();
    CHECK(table.text() == "1.5,,2.5,7,-3\n");
}

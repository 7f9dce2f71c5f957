// SPDX-License-Identifier: Apache-2.0
#include <nas/data/csv.hpp>

#include <doctest/doctest.h>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// A file in the temporary folder that goes with the test.
class temporary_file {
  public:
    explicit temporary_file(std::string_view content)
        : path_(std::filesystem::temp_directory_path() /
                ("nas csv " + std::to_string(::getpid()) + ' ' + std::to_string(++made))) {
        std::ofstream(path_, std::ios::binary) << content;
    }
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    ~temporary_file() { std::filesystem::remove(path_); }

    const std::filesystem::path& path() const { return path_; }

  private:
    static inline int made = 0;
    std::filesystem::path path_;
};

std::string error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const nas::csv_error& error) {
        return error.what();
    }
    return "no error";
}

std::string parse_error(const std::string& text, const nas::csv_options& options = {}) {
    return error_of([&] { nas::csv_table::parse(text, "t.csv", options); });
}

std::vector<std::string> row_of(const nas::csv_table& table, std::size_t row) {
    std::vector<std::string> fields;
    for (std::size_t i = 0; i < table.columns(); ++i) {
        fields.emplace_back(table.field(row, i));
    }
    return fields;
}

using row = std::vector<std::string>;

/// Reads every field, so that a sanitizer sees a view that points astray.
void parse_and_touch(const std::string& text) {
    for (const bool header : {true, false}) {
        std::size_t bytes = 0;
        try {
            const nas::csv_table table = nas::csv_table::parse(text, "t.csv", {.header = header});
            for (std::size_t i = 0; i < table.rows(); ++i) {
                for (std::size_t j = 0; j < table.columns(); ++j) {
                    for (const char c : table.field(i, j)) {
                        bytes += c != '\0' ? 1U : 0U;
                    }
                    try {
                        table.number(i, j);
                    } catch (const nas::csv_error& error) {
                        CHECK(std::string_view(error.what()).starts_with("t.csv:"));
                    }
                }
            }
        } catch (const nas::csv_error& error) {
            CHECK(std::string_view(error.what()).starts_with("t.csv:"));
        }
        CHECK(bytes <= text.size());
    }
}

const std::string small =
    "\xef\xbb\xbfid,\"na\"\"me\",note\r\n1,\"a,b\",\"two\nlines\"\r\n\"2\",,\"say \"\"hi\"\"\"\n3, x ,\r\n";

#if defined(NAS_HAS_ZLIB) && NAS_HAS_ZLIB
std::string gzip(const std::string& text) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string packed(text.size() + 128, '\0');
    std::string input = text;
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    packed.resize(packed.size() - stream.avail_out);
    deflateEnd(&stream);
    return packed;
}
#endif

}  // namespace

TEST_CASE("csv: RFC 4180 fields, with a byte order mark and both line ends") {
    const auto table = nas::csv_table::parse(small);
    CHECK(table.names() == row{"id", "na\"me", "note"});
    CHECK(table.rows() == 3);
    CHECK(table.columns() == 3);
    CHECK(row_of(table, 0) == row{"1", "a,b", "two\nlines"});
    CHECK(row_of(table, 1) == row{"2", "", "say \"hi\""});
    CHECK(row_of(table, 2) == row{"3", " x ", ""});
    CHECK(table.column("note") == 2);
}

TEST_CASE("csv: the last line may lack its end") {
    for (const std::string end : {"", "\n", "\r\n"}) {
        CHECK(row_of(nas::csv_table::parse("a,b\n1,2" + end), 0) == row{"1", "2"});
        CHECK(row_of(nas::csv_table::parse("a,b\n1," + end), 0) == row{"1", ""});
        CHECK(row_of(nas::csv_table::parse("a,b\n1,\"\"" + end), 0) == row{"1", ""});
        CHECK(row_of(nas::csv_table::parse("a,b\n1,\"\"\"\"" + end), 0) == row{"1", "\""});
        CHECK(nas::csv_table::parse("a,b" + end).rows() == 0);
    }
}

TEST_CASE("csv: a blank line is a field of a one-column table, and an error in a wider one") {
    const auto table = nas::csv_table::parse("a\n\n1\n");
    CHECK(table.rows() == 2);
    CHECK(table.field(0, 0).empty());
    CHECK(parse_error("a,b\n1,2\n\n3,4\n") == "t.csv:3:1: a blank line; remove it");
}

TEST_CASE("csv: blank lines at the end of a file of several columns are skipped") {
    for (const std::string end : {"\n", "\r\n", "\n\n\r\n", " \t\n", "  "}) {
        const auto table = nas::csv_table::parse("a,b\n1,2\n" + end);
        CHECK(table.rows() == 1);
        CHECK(row_of(table, 0) == row{"1", "2"});
    }
    CHECK(parse_error("a,b\n1,2\n\n\n3,4\n") == "t.csv:3:1: a blank line; remove it");
    CHECK(parse_error("a,b\n1,2\n \n3,4\n") == "t.csv:3:1: a blank line; remove it");
    CHECK(parse_error("a,b\n1,2\n\"\"\n").starts_with("t.csv:3:1: a row of 1 field"));
    CHECK(nas::csv_table::parse("a\n1\n\n").rows() == 2);  // of one column it is a field
}

TEST_CASE("csv: a first line that names the separator, as Excel writes it") {
    for (const std::string line : {"sep=;\n", "sep=;\r\n", "SEP=;\n", "\xef\xbb\xbfsep=;\n"}) {
        const auto table = nas::csv_table::parse(line + "a;b\n1,5;2\n", "t.csv");
        CHECK(table.names() == row{"a", "b"});
        CHECK(row_of(table, 0) == row{"1,5", "2"});
        CHECK(error_of([&] { table.number(0, 0); }).starts_with("t.csv:3:1: column 'a': '1,5' is no finite number"));
    }
    CHECK(nas::csv_table::parse("sep=\t\n1\t2\n", "t.csv", {.header = false}).columns() == 2);
    CHECK(parse_error("sep=;\na;b\n1\n").starts_with("t.csv:3:1: a row of 1 field where the header has 2;"));
    for (const std::string nothing_else : {"sep=;", "sep=;\n"})
        CHECK(parse_error(nothing_else).starts_with("t.csv: the file is empty;"));
    // Not such a line.
    CHECK(nas::csv_table::parse("sep=,b\n1,2\n").names() == row{"sep=", "b"});
    CHECK(nas::csv_table::parse("sep=\n1\n").names() == row{"sep="});
    CHECK(nas::csv_table::parse("sep=xy\n1\n").names() == row{"sep=xy"});
}

TEST_CASE("csv: two columns of one name are read and refused where they are asked for") {
    const auto table = nas::csv_table::parse("a,b,a,,\n1,2,3,,\n", "t.csv");
    CHECK(table.names() == row{"a", "b", "a", "", ""});
    CHECK(table.column("b") == 1);
    CHECK(error_of([&] { table.column("a"); }) == "t.csv:1:5: two columns are called 'a'; rename one");
    CHECK(table.next_column("a", 0) == 0);
    CHECK(table.next_column("a", 1) == 2);
    CHECK(table.next_column("a", 3) == table.columns());
    CHECK(table.next_column("c", 0) == table.columns());
}

TEST_CASE("csv: a number that is too small for a double") {
    const auto table =
        nas::csv_table::parse("n\n1e-400\n-2E-999\n0." + std::string(400, '0') + "1\n1e-310\n0e-999\n", "t.csv");
    CHECK(error_of([&] { table.number(0, 0); }) ==
          "t.csv:2:1: column 'n': '1e-400' is too small for a double, and not 0; write 0");
    CHECK(error_of([&] {
              table.number(1, 0);
          }).starts_with("t.csv:3:1: column 'n': '-2E-999' is too small for a double"));
    CHECK(error_of([&] { table.number(2, 0); }).ends_with("...' is too small for a double, and not 0; write 0"));
    CHECK(table.number(3, 0) == 1e-310);
    CHECK(table.number(4, 0) == 0);
}

TEST_CASE("csv: options") {
    const auto table = nas::csv_table::parse("1;x,y\n2;z\n", "t.csv", {.separator = ';', .header = false});
    CHECK(table.names().empty());
    CHECK(table.rows() == 2);
    CHECK(row_of(table, 0) == row{"1", "x,y"});
    CHECK(error_of([&] { table.column("x"); }) ==
          "t.csv: no column 'x'; the table was read without a header, so use column numbers from 0 to 1");
    for (const char separator : {'"', '\n', '\r', '\0'}) {
        CHECK_THROWS_AS(nas::csv_table::parse("a", "t", {.separator = separator}), std::invalid_argument);
    }
}

TEST_CASE("csv: copied and moved tables are whole") {
    auto table = nas::csv_table::parse("a,b\nx,\"\"\"y\"\n");
    const auto copy = table;
    const auto moved = std::move(table);
    CHECK(row_of(copy, 0) == row{"x", "\"y"});
    CHECK(row_of(moved, 0) == row{"x", "\"y"});
}

TEST_CASE("csv: numbers") {
    const auto table = nas::csv_table::parse("n\n12\n-0.5\n +1e-3\t\n0.1\n1e308\n");
    CHECK(table.number(0, 0) == 12);
    CHECK(table.number(1, 0) == -0.5);
    CHECK(table.number(2, 0) == 1e-3);
    CHECK(table.number(3, 0) == 0.1);
    CHECK(table.number(4, 0) == 1e308);

    const std::string bad =
        "id,\"a,\nb\"\n1,\"2\"\"\"\n2,\n3,nan\n4,-inf\n5,1e999\n6,1x\n7,+-1\n8,+\n9,0x10\n10,1e-999\n";
    const auto broken = nas::csv_table::parse(bad, "t.csv");
    const auto message = [&](std::size_t i) { return error_of([&] { broken.number(i, 1); }); };
    CHECK(message(0) == "t.csv:3:4: column 'a,\nb': '2\"' is no finite number; write one such as 12, -0.5 or 1e-3");
    CHECK(message(1) == "t.csv:4:3: column 'a,\nb': the field is empty; write a number");
    CHECK(message(2) == "t.csv:5:3: column 'a,\nb': 'nan' is no finite number; write one such as 12, -0.5 or 1e-3");
    CHECK(message(3).starts_with("t.csv:6:3: "));
    CHECK(message(4) == "t.csv:7:3: column 'a,\nb': '1e999' is out of a double's range; write a smaller exponent");
    for (std::size_t i = 5; i < broken.rows(); ++i) {
        CHECK(message(i).starts_with("t.csv:" + std::to_string(i + 3) + ':'));
    }
    const auto bare = nas::csv_table::parse("1,2\n3,x\n", "t.csv", {.header = false});
    CHECK(error_of([&] { bare.number(1, 1); }).starts_with("t.csv:2:3: column '1': 'x' is no finite number"));
}

TEST_CASE("csv: what is wrong is said with its place") {
    CHECK(parse_error("").starts_with("t.csv: the file is empty;"));
    CHECK(parse_error("\xef\xbb\xbf").starts_with("t.csv: the file is empty;"));
    CHECK(parse_error("a,b\n1,2\n1,2,3\n") ==
          "t.csv:3:1: a row of 3 fields where the header has 2; complete the row, "
          "or quote a field that holds the separator");
    CHECK(parse_error("1,2\n\"1\"\n", {.header = false}) ==
          "t.csv:2:1: a row of 1 field where the first row has 2; complete the row, or quote a field that holds the "
          "separator");
    CHECK(parse_error("a,b\n1,\"2\n").starts_with("t.csv:2:3: the quote that opens here is never closed;"));
    CHECK(parse_error("a,b\n1,2\"3\n").starts_with("t.csv:2:4: a quote inside a field that does not begin with one;"));
    CHECK(parse_error("a,b\n1,\"2\" \n").starts_with("t.csv:2:6: text after a closing quote;"));
    CHECK(parse_error("a,b\n1,2\r3,4\n").starts_with("t.csv:2:4: a carriage return without a line feed;"));
    CHECK(parse_error("a,b\n1,2\r").starts_with("t.csv:2:4: a carriage return without a line feed;"));
    CHECK(parse_error({"a,b\n1,\0", 7}).starts_with("t.csv:2:3: a NUL byte;"));
    CHECK(parse_error("\xef\xbb\xbf"
                      "a,\"b\"c\n")
              .starts_with("t.csv:1:6: text after a closing quote;"));
    const auto table = nas::csv_table::parse("a,b\n", "t.csv");
    CHECK(error_of([&] { table.column("c"); }) == "t.csv: no column 'c'; the columns are 'a', 'b'");
}

TEST_CASE("csv: cut off at every byte and with every byte flipped, it is read or refused") {
    for (std::size_t i = 0; i <= small.size(); ++i) {
        parse_and_touch(small.substr(0, i));
    }
    for (std::size_t i = 0; i < small.size(); ++i) {
        for (int byte = 0; byte < 256; ++byte) {
            std::string flipped = small;
            flipped[i] = static_cast<char>(byte);
            parse_and_touch(flipped);
        }
    }
}

TEST_CASE("csv: files") {
    const temporary_file file("a,b\n1,2\n");
    const auto table = nas::csv_table::read(file.path());
    CHECK(table.name() == file.path().string());
    CHECK(row_of(table, 0) == row{"1", "2"});
    CHECK(error_of([] { nas::csv_table::read("/no such/file.csv"); }) ==
          "/no such/file.csv: cannot open: No such file or directory; check the path");
    CHECK(error_of([] { nas::csv_table::read("/"); }) == "/: cannot read: Is a directory; check the file");
    CHECK(error_of([] { nas::csv_table::read("/dev/zero"); }) ==
          "/dev/zero: cannot read: it is a device; check the path");
    const temporary_file empty("");
    CHECK(error_of([&] { nas::csv_table::read(empty.path()); }).find(": the file is empty;") != std::string::npos);
}

#if defined(NAS_HAS_ZLIB) && NAS_HAS_ZLIB

TEST_CASE("csv: gzip files, of one member or several, whole or damaged") {
    std::string text = "n,square\n";
    for (int i = 0; i < 5000; ++i) {
        text += std::to_string(i) + ',' + std::to_string(i * i) + '\n';
    }
    const auto check = [&](const std::string& packed) {
        const temporary_file file(packed);
        const auto table = nas::csv_table::read(file.path());
        CHECK(table.rows() == 5000);
        CHECK(table.number(4999, 1) == 4999.0 * 4999.0);
    };
    check(gzip(text));
    check(gzip(text.substr(0, 1234)) + gzip(text.substr(1234)));
    {
        std::string zeros = "a\n" + std::string(1 << 20, '0') + '\n';  // packs a thousandfold: the buffer has to grow
        const temporary_file file(gzip(zeros));
        CHECK(nas::csv_table::read(file.path()).field(0, 0).size() == 1 << 20);
    }

    const std::string packed = gzip(small);
    for (std::size_t i = 2; i < packed.size(); ++i) {
        const temporary_file file(packed.substr(0, i));
        CHECK(error_of([&] { nas::csv_table::read(file.path()); }).find("gzip data ends early") != std::string::npos);
    }
    for (std::size_t i = 0; i < packed.size(); ++i) {
        std::string flipped = packed;
        flipped[i] = static_cast<char>(~flipped[i]);
        const temporary_file file(flipped);
        // A header's time stamp may be any, so no error is right too.
        error_of([&] { nas::csv_table::read(file.path()); });
    }
    const temporary_file padded(packed + std::string(10240, '\0'));  // a tape's block
    CHECK(nas::csv_table::read(padded.path()).rows() == 3);
    const temporary_file padded_junk(packed + std::string(100, '\0') + "x");
    CHECK(error_of([&] { nas::csv_table::read(padded_junk.path()); }).find("damaged gzip data") != std::string::npos);
    const temporary_file trailing(packed + "junk");
    CHECK(error_of([&] { nas::csv_table::read(trailing.path()); }).find("damaged gzip data") != std::string::npos);
}

#else

TEST_CASE("csv: without zlib a gzip file is refused in one sentence") {
    const temporary_file file("\x1f\x8b\x08");
    CHECK(error_of([&] { nas::csv_table::read(file.path()); })
              .find("compressed by gzip, which this program was built "
                    "without;") != std::string::npos);
}

#endif

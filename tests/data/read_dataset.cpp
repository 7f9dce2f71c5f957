// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/core/rng.hpp>
#include <nas/data/leakage.hpp>
#include <nas/data/read_dataset.hpp>
#include <nas/data/split.hpp>

#include "data_dir.hpp"

namespace {

using names = std::vector<std::string>;

const nas::dataset_schema of_y{.labels = {"y"}};

nas::dataset parse(const std::string& text, const nas::dataset_schema& schema = of_y) {
    return nas::parse_dataset(text, "t.csv", schema);
}

/// The one line that refuses the file, or nothing. A caller's fault is another type and fails the test.
std::string fault(const std::string& text, const nas::dataset_schema& schema = of_y) {
    try {
        parse(text, schema);
    } catch (const nas::csv_error& error) {
        const std::string line = error.what();
        CHECK(line.find('\n') == std::string::npos);
        return line;
    }
    return "";
}

std::string schema_fault(const nas::dataset_schema& schema) {
    try {
        parse("a,b,y\n1,2,p\n3,4,q\n", schema);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

std::size_t count(const nas::dataset& data, const std::string& name) {
    const auto at = std::find(data.output_names.begin(), data.output_names.end(), name) - data.output_names.begin();
    return static_cast<std::size_t>(std::count(data.labels.begin(), data.labels.end(), static_cast<std::uint32_t>(at)));
}

}  // namespace

TEST_CASE("read_dataset: classes are the labels' texts in alphabetical order") {
    const nas::dataset data = parse("a,y,b\n1,medium,2\n3,low,4\n5,high,6\n7,low,8\n");
    CHECK(data.name == "t.csv");
    CHECK(data.feature_names == names{"a", "b"});
    CHECK(data.inputs == std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8});
    CHECK(data.output_names == names{"high", "low", "medium"});
    CHECK(data.labels == std::vector<std::uint32_t>{2, 1, 0, 1});
    CHECK(data.targets.empty());
    nas::check_dataset(data);
    CHECK(parse("a,y\n1,10\n2,2\n3, 2\n").output_names == names{" 2", "10", "2"});
}

TEST_CASE("read_dataset: multilabel and regression") {
    const nas::dataset labels =
        parse("y,a,z\n0,5,1\n1,6,1.0\n", {.labels = {"z", "y"}, .task = nas::learning_task::multilabel});
    CHECK(labels.output_names == names{"z", "y"});
    CHECK(labels.targets == std::vector<float>{1, 0, 1, 1});
    CHECK(labels.inputs == std::vector<float>{5, 6});
    nas::check_dataset(labels);

    const nas::dataset numbers =
        parse("a,y\n5,-1.5\n6,2e3\n", {.labels = {"y"}, .task = nas::learning_task::regression});
    CHECK(numbers.output_names == names{"y"});
    CHECK(numbers.targets == std::vector<float>{-1.5F, 2000});
    nas::check_dataset(numbers);
}

TEST_CASE("read_dataset: features are the others or those named in their order") {
    const std::string text = "a,b,c,y\n1,2,3,p\n4,5,6,q\n";
    CHECK(parse(text).feature_names == names{"a", "b", "c"});
    CHECK(parse(text, {.labels = {"y"}, .dropped = {"b"}}).inputs == std::vector<float>{1, 3, 4, 6});
    const nas::dataset chosen = parse(text, {.labels = {"y"}, .features = {"c", "a"}});
    CHECK(chosen.feature_names == names{"c", "a"});
    CHECK(chosen.inputs == std::vector<float>{3, 1, 6, 4});
    // What is not a feature need not be a number.
    CHECK(parse("a,b,y\n1,text,p\n2,,q\n", {.labels = {"y"}, .dropped = {"b"}}).inputs == std::vector<float>{1, 2});
}

TEST_CASE("read_dataset: a row index without a name is a feature only where it is asked for") {
    CHECK(parse(",a,y\n0,5,p\n1,6,q\n").feature_names == names{"a"});
    CHECK(parse("Unnamed: 0,a,y\n0,5,p\n1,6,q\n").feature_names == names{"a"});
    const nas::dataset asked = parse(",a,y\n0,5,p\n1,6,q\n", {.labels = {"y"}, .features = {"", "a"}});
    CHECK(asked.feature_names == names{"", "a"});
    CHECK(asked.inputs == std::vector<float>{0, 5, 1, 6});
}

TEST_CASE("read_dataset: byte order mark and CR LF and quotes and no line end and separators") {
    const nas::dataset data = parse("\xef\xbb\xbf\"a\",\"b, c\",y\r\n\" 1\",+2,\"p \"\"q\"\"\"\r\n3,4,r");
    CHECK(data.feature_names == names{"a", "b, c"});
    CHECK(data.inputs == std::vector<float>{1, 2, 3, 4});
    CHECK(data.output_names == names{"p \"q\"", "r"});
    CHECK(parse("a;y\n1;p\n2;q\n", {.labels = {"y"}, .separator = ';'}).inputs == std::vector<float>{1, 2});
    CHECK(parse("a\ty\n1\tp\n2\tq\n", {.labels = {"y"}, .separator = '\t'}).inputs == std::vector<float>{1, 2});
}

TEST_CASE("read_dataset: columns that are missing") {
    CHECK(fault("a,b\n1,2\n") == "t.csv: no column 'y'; the columns are 'a', 'b'");
    CHECK(fault("a,y\n1,p\n2,q\n", {.labels = {"y"}, .features = {"b"}}) ==
          "t.csv: no column 'b'; the columns are 'a', 'y'");
    CHECK(fault("a,y\n1,p\n2,q\n", {.labels = {"y"}, .dropped = {"quality"}}) ==
          "t.csv: no column 'quality'; the columns are 'a', 'y'");
    const std::string nothing_left =
        "t.csv: no feature is left besides labels, dropped columns and columns without a name; drop fewer, or name the "
        "features in the schema";
    CHECK(fault("y\np\nq\n") == nothing_left);
    CHECK(fault(",a,y\n0,1,p\n1,2,q\n", {.labels = {"y"}, .dropped = {"a"}}) == nothing_left);
}

TEST_CASE("read_dataset: files without data") {
    CHECK(fault("") == "t.csv: the file is empty; expected at least one row of values separated by ','");
    CHECK(fault("\xef\xbb\xbf").starts_with("t.csv: the file is empty;"));
    CHECK(fault("a,y\n") == "t.csv: a row of column names and nothing below; add rows of data");
    CHECK_THROWS_WITH_AS(nas::read_dataset("/no such/file.csv", of_y),
                         "/no such/file.csv: cannot open: No such file or directory; check the path", nas::csv_error);
}

TEST_CASE("read_dataset: features and targets that are no finite float") {
    CHECK(fault("a,y\n1,p\nnan,q\n") ==
          "t.csv:3:1: column 'a': 'nan' is no finite number; write one such as 12, -0.5 or 1e-3");
    CHECK(fault("a,b,y\n1,-inf,p\n").starts_with("t.csv:2:3: column 'b': '-inf' is no finite number;"));
    CHECK(fault("a,b,y\r\n1,high,p\r\n").starts_with("t.csv:2:3: column 'b': 'high' is no finite number;"));
    CHECK(fault("a,b,y\n1,\"1,5\",p\n").starts_with("t.csv:2:4: column 'b': '1,5' is no finite number;"));
    CHECK(fault("a,y\n1,p\n,q\n") == "t.csv:3:1: column 'a': the field is empty; write a number");
    CHECK(fault("a,y\n1,p\n1e999,q\n").starts_with("t.csv:3:1: column 'a': '1e999' is out of a double's range;"));
    CHECK(fault("a,y\n1,p\n-3.5e38,q\n") ==
          "t.csv:3:1: column 'a': the number is out of a float's range, 3.4e38; give the column a larger unit");
    CHECK(parse("a,y\n1,p\n-3.4e38,q\n").inputs[1] == -3.4e38F);
    const nas::dataset_schema numbers{.labels = {"y"}, .task = nas::learning_task::regression};
    CHECK(fault("a,y\n1,p\n", numbers).starts_with("t.csv:2:3: column 'y': 'p' is no finite number;"));
    CHECK(fault("a,y\n1,1e39\n", numbers).starts_with("t.csv:2:3: column 'y': the number is out of a float's range"));
}

TEST_CASE("read_dataset: numbers far from 0 that lie close together stay apart") {
    // The seconds of a minute, whole and not, identifiers beyond 2^24, and two columns that need no offset.
    std::string text = "time,stamp,id,size,count,y\n";
    for (int i = 0; i < 60; ++i)
        text += std::to_string(1700000000 + i) + ',' + std::to_string(1700000000 + i) + ".5," +
                std::to_string(16777216 + i) + ',' + std::to_string(100 + i) + ',' + std::to_string(10000000 + i) +
                ',' + (i < 30 ? "p" : "q") + '\n';
    const nas::dataset data = parse(text);
    nas::check_dataset(data);
    CHECK(data.input_offsets == std::vector<double>{1700000030, 1700000030.5, 16777246, 0, 0});
    for (std::size_t i = 0; i < 60; ++i) {
        CHECK(data.input(i, 0) == 1700000000.0 + static_cast<double>(i));
        CHECK(data.input(i, 1) == 1700000000.5 + static_cast<double>(i));
        CHECK(data.input(i, 2) == 16777216.0 + static_cast<double>(i));
        CHECK(data.row(i)[3] == static_cast<float>(100 + i));
        CHECK(data.row(i)[4] == static_cast<float>(10000000 + i));
    }
    // Rows are sorted by class, so that each column tells it.
    const nas::data_split split = nas::stratified_split(data, {.train = 0.8, .validation = 0.2}, 1);
    CHECK(nas::find_leaks(data, split).size() == 5);
    // As targets.
    const nas::dataset times = parse("a,y\n1,1700000000\n2,1700000001\n3,1700000003\n",
                                     {.labels = {"y"}, .task = nas::learning_task::regression});
    CHECK(times.targets == std::vector<float>{-1, 0, 2});
    CHECK(times.target(2, 0) == 1700000003);
    // Labels are numbers as they are.
    CHECK(fault("a,y,z\n1,1000000,0\n2,1000001,1\n", {.labels = {"y", "z"}, .task = nas::learning_task::multilabel}) ==
          "t.csv:2:3: column 'y': a label of a multilabel task must be 0 or 1");
    // Ordinary numbers are what they are.
    CHECK(parse("a,y\n0.98711,p\n1.03898,q\n").input_offsets.empty());
    CHECK(parse("a,y\n16777216,p\n16777215,q\n").input_offsets.empty());
    CHECK(parse("a,y\n16777216,p\n16777217,q\n").input_offsets == std::vector<double>{16777217});
    CHECK(parse("a,y\n1e9,p\n16777217,q\n").input_offsets.empty());  // one float of them is as good as the other
    // Six digits are different floats, but not far enough apart to learn from.
    const nas::dataset close = parse("a,y\n1000000.1,p\n1000000.2,q\n1000000.3,q\n");
    CHECK(close.row(0)[0] == doctest::Approx(-0.1));
    CHECK(close.row(2)[0] == doctest::Approx(0.1));
    CHECK(parse("a,y\n5e8,p\n5e8,q\n").input_offsets.empty());
}

TEST_CASE("read_dataset: an outlier or a code for what is missing does not make other numbers equal") {
    for (const int coded : {1, 20, 300, 450}) {  // of 600 rows
        CAPTURE(coded);
        std::string text = "when,stamp,x,y\n";
        for (int i = 0; i < 600; ++i) {
            const int second = i % 60;
            const bool missing = i * 7 % 600 < coded;  // 7 and 600 share no factor, so that so many rows are
            text += missing ? "0,-1,"
                            : std::to_string(1700000000 + second) + ',' + std::to_string(1700000000 + second) + ".25,";
            text += std::to_string(i * 37 % 100) + (second < 30 ? ",p\n" : ",q\n");
        }
        const nas::dataset data = parse(text);
        for (std::size_t i = 0; i < 600; ++i) {
            const bool missing = static_cast<int>(i * 7 % 600) < coded;
            const double second = static_cast<double>(i % 60);
            if (!missing) {
                CHECK(data.input(i, 0) == 1700000000 + second);
                CHECK(data.input(i, 1) == 1700000000.25 + second);
            } else {
                CHECK(std::abs(data.input(i, 0)) < 128);
            }
        }
        if (coded > 1) continue;
        const nas::data_split split = nas::stratified_split(data, {.train = 0.6, .validation = 0.2, .test = 0.2}, 1);
        const std::vector<nas::leak> leaks = nas::find_leaks(data, split);
        REQUIRE(leaks.size() == 2);
        CHECK(leaks[0].feature == 0);
        CHECK(leaks[1].feature == 1);
    }
}

TEST_CASE("read_dataset: identifiers over a wide range stay apart") {
    for (const int wide : {150, 250, 350}) {  // of 500 rows, the others close together far away
        std::string text = "id,y\n";
        for (int i = 0; i < 500; ++i)
            text += std::to_string(i < wide ? 3 + i * 70000 : 100000000 + i) + (i % 2 ? ",p\n" : ",q\n");
        std::vector<float> ids = parse(text).inputs;
        std::sort(ids.begin(), ids.end());
        CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
    }
}

TEST_CASE("read_dataset: a column whose numbers become equal from every offset is refused") {
    const std::string why =
        " become one float, as the column's numbers lie too far apart for their digits; drop it, or split it into "
        "columns of fewer digits, such as the day and the second of a time";
    CHECK(fault("id,y\n0,p\n1000000000,p\n2000000000,q\n1000000001,q\n2000000001,q\n1,q\n") ==
          "t.csv:7:1: column 'id': 1 (row 6 of the data) and 0 (row 1 of the data)" + why);
    // A minute of two years, whole and not, as a feature and as a target.
    std::string whole = "when,y\n";
    std::string real = "x,when\n";
    for (int i = 0; i < 120; ++i) {
        const std::string second = std::to_string((i % 2 ? 1600000000 : 1700000000) + i / 2);
        whole += second + (i < 60 ? ",p\n" : ",q\n");
        real += "1," + second + ".5\n";
    }
    CHECK(fault(whole) ==
          "t.csv:43:1: column 'when': 1600000020 (row 42 of the data) and 1600000012 (row 26 of the data)" + why);
    CHECK(fault(real, {.labels = {"when"}, .task = nas::learning_task::regression}).ends_with(why));
}

TEST_CASE("read_dataset: whole numbers that no double tells apart are refused") {
    for (const std::string sign : {"", "-"})
        for (const std::string& last : {std::string("0"), sign + "1234567890123456787"}) {
            const std::string line =
                fault("id,y\n" + sign + "1234567890123456788,p\n" + last + ",q\n" + sign + "1234567890123456789,q\n");
            CHECK(line.starts_with("t.csv:"));
            CHECK(line.find("column 'id': " + sign + "123456789012345678") != std::string::npos);
            CHECK(line.find(" become one float, as ") != std::string::npos);
        }
    CHECK(fault("id,y\n1152921504606846976,p\n1152921504606846977,q\n") != "");  // 2^60, which is a float
    // The same number twice, and what is no identifier.
    CHECK(parse("id,y\n1234567890123456789,p\n1234567890123456789,q\n5,q\n").rows() == 3);
    CHECK(parse("id,y\n1e20,p\n100000000000000000000,q\n5,q\n").rows() == 3);
    CHECK(parse("id,y\n0.1234567890123456789,p\n0.1234567890123456788,q\n5,q\n").rows() == 3);
}

TEST_CASE("read_dataset: real numbers that meet by chance are fine") {
    // Uniform; long tails on both sides; times of ten years, whole; amounts of which few are large, whole; rounding errors.
    std::string text = "uniform,tails,time,cents,sum,tiny,y\n";
    nas::rng generator(1);
    for (int i = 0; i < 100000; ++i) {
        const double u = static_cast<double>(generator() >> 11) * 0x1p-53;
        const double v = (static_cast<double>(generator() >> 11) + 0.5) * 0x1p-53;
        char line[256];
        std::snprintf(line, sizeof line, "%.17g,%.17g,%.0f,%.0f,%s,%s,%s\n", u, std::tan(3.14159265358979 * (v - 0.5)),
                      1.4e9 + 3e8 * u, 1000 / (v * v), i % 3 ? "0.3" : "0.30000000000000004",
                      i % 2   ? "0.5"
                      : i % 4 ? "1e-50"
                              : "2e-60",
                      i % 5 ? "p" : "q");
        text += line;
    }
    const nas::dataset data = parse(text);
    CHECK(data.rows() == 100000);
    CHECK(data.input_offset(0) == 0);
    CHECK(data.input_offset(1) == 0);
    std::vector<float> uniform;
    for (std::size_t i = 0; i < data.rows(); ++i) uniform.push_back(data.row(i)[0]);
    std::sort(uniform.begin(), uniform.end());
    CHECK(std::adjacent_find(uniform.begin(), uniform.end()) != uniform.end());  // some do meet
    // A pair by chance in a small file: one row of reals, but no whole number.
    CHECK(parse("a,y\n0.70000001,p\n0.70000002,q\n-1,q\n3,p\n").rows() == 4);
    CHECK(fault("a,y\n70000001,p\n70000002,q\n-70000000,q\n-70000001,p\n").starts_with("t.csv:"));
    // Beyond a float's range from each other, so that there is no offset for them.
    CHECK(parse("a,y\n3e38,p\n3.00000001e38,q\n-3e38,q\n3.1e38,p\n").input_offsets.empty());
}

TEST_CASE("read_dataset: numbers that no float tells apart near 0") {
    CHECK(
        fault("a,b,y\n1,1e-50,p\n2,9e-50,q\n") ==
        "t.csv:2:3: column 'b': the column's numbers differ by less than a float can tell, 1.2e-38; give it a smaller "
        "unit");
    CHECK(fault("a,y\n1,p\n1e-400,q\n") ==
          "t.csv:3:1: column 'a': '1e-400' is too small for a double, and not 0; write 0");
    // Beside numbers of another size it is 0, as near as matters.
    CHECK(parse("a,y\n0.5,p\n1e-50,q\n").inputs == std::vector<float>{0.5F, 0});
}

TEST_CASE("read_dataset: names that two columns have") {
    CHECK(fault("a,b,a,y\n1,2,3,p\n4,5,6,q\n") ==
          "t.csv:1:5: two columns are called 'a'; rename one, or let the schema drop both or name the features");
    const nas::dataset dropped = parse("a,b,a,y\n1,2,3,p\n4,5,6,q\n", {.labels = {"y"}, .dropped = {"a"}});
    CHECK(dropped.feature_names == names{"b"});
    CHECK(parse("a,b,a,y\n1,2,3,p\n4,5,6,q\n", {.labels = {"y"}, .features = {"b"}}).inputs ==
          std::vector<float>{2, 5});
    CHECK(fault("a,b,a,y\n1,2,3,p\n", {.labels = {"y"}, .features = {"a"}}) ==
          "t.csv:1:5: two columns are called 'a'; rename one");
    CHECK(fault("a,y,y\n1,p,p\n") == "t.csv:1:5: two columns are called 'y'; rename one");
    CHECK(parse("a,y,,\n1,p,,\n2,q,,\n").feature_names == names{"a"});  // empty columns, as Excel leaves them
}

TEST_CASE("read_dataset: a blank last line and a line that names the separator") {
    CHECK(parse("a,y\n1,p\n2,q\n\n").rows() == 2);
    CHECK(parse("sep=;\r\na;y\r\n1;p\r\n2;q\r\n\r\n").inputs == std::vector<float>{1, 2});
}

TEST_CASE("read_dataset: labels that say nothing") {
    const std::string empty = "the label is empty; write the row's class, or remove the row";
    CHECK(fault("a,y\n1,p\n2,\n") == "t.csv:3:3: column 'y': " + empty);
    CHECK(fault("y,a\np,1\n \t,2\n") == "t.csv:3:1: column 'y': " + empty);
    CHECK(fault("a,y\n1,p\n2,p\n") ==
          "t.csv:2:3: column 'y': every row has the same label; a classification needs rows of two classes at least");
    const nas::dataset_schema labels{.labels = {"y", "z"}, .task = nas::learning_task::multilabel};
    CHECK(fault("a,y,z\n1,0,1\n2,1,2\n", labels) ==
          "t.csv:3:5: column 'z': a label of a multilabel task must be 0 or 1");
    CHECK(fault("a,y,z\n1,0,\n", labels) == "t.csv:2:5: column 'z': the field is empty; write a number");
}

TEST_CASE("read_dataset: the numbers of a regression are no classes") {
    // Labels 0.5, 1.5, ...: `different` of them in turn.
    const auto table = [](int rows, int different, const std::string& last = "") {
        std::string text = "a,y\n";
        for (int i = 0; i < rows; ++i) text += std::to_string(i) + "," + std::to_string(i % different) + ".5\n";
        return text + last;
    };
    const std::string advice = " rows; for a regression set task = learning_task::regression";
    CHECK(fault(table(800, 800)) == "t.csv: column 'y' has 800 different numbers in 800" + advice);
    CHECK(fault(table(40, 21)) == "t.csv: column 'y' has 21 different numbers in 40" + advice);
    CHECK(fault("a,y\n1,1\n2,1.0\n" + table(40, 20).substr(4)) == "");  // 1 and 1.0 are one number: 21 in 42
    CHECK(parse(table(42, 21)).outputs() == 21);
    CHECK(parse(table(20, 20)).outputs() == 20);
    CHECK(parse(table(500, 10)).outputs() == 10);
    CHECK(parse(table(800, 800, "800,high\n")).outputs() == 801);
    CHECK(parse(table(800, 800), {.labels = {"y"}, .task = nas::learning_task::regression}).outputs() == 1);
}

TEST_CASE("read_dataset: a wrong separator is named with the right one") {
    const std::string start = "t.csv: the fields are separated by ';', not by ','; set the schema's separator to ';'";
    CHECK(fault("a;b;y\n1;2;p\n3;4;q\n") == start);
    // The file of the wine data as its authors publish it: quoted names, so that a comma fails inside the header.
    CHECK(fault("\"fixed acidity\";\"b\";\"y\"\n7;0.27;p\n6.3;0.3;q\n") == start);
    // Decimal commas: the header has one field by ',', the rows three.
    CHECK(fault("a;b;y\n1,5;2,5;p\n") == start);
    CHECK(fault("a\ty\n1\tp\n2\tq\n") ==
          "t.csv: the fields are separated by '\\t', not by ','; set the schema's separator to '\\t'");
    CHECK(fault("a,y\n1,p\n2,q\n", {.labels = {"y"}, .separator = ';'}) ==
          "t.csv: the fields are separated by ',', not by ';'; set the schema's separator to ','");
    CHECK(fault("a|y\n1|p\n2|q\n").starts_with("t.csv: the fields are separated by '|'"));
    // No separator gives the column: the columns there are show what happened.
    CHECK(fault("a;b;c\n1;2;3\n") == "t.csv: no column 'y'; the columns are 'a;b;c'");
}

TEST_CASE("read_dataset: rows that do not fit keep the table's own message") {
    CHECK(fault("a,y\n1,p\n2\n3,q\n").starts_with("t.csv:3:1: a row of 1 field where the header has 2;"));
    CHECK(fault("a,y\n1,p\n\n2,q\n").starts_with("t.csv:3:1: a blank line; remove it"));
    CHECK(fault("a,y\n1,\"p\n").starts_with("t.csv:2:3: the quote that opens here is never closed;"));
}

TEST_CASE("read_dataset: a schema that contradicts itself is the caller's fault") {
    CHECK(schema_fault({.labels = {}}) == "nas::dataset_schema: labels must name a column at least");
    CHECK(schema_fault({.labels = {"y", "a"}}) ==
          "nas::dataset_schema: labels (2 columns) must name one column for a classification");
    const std::string twice = "' must be named once only, as a label, a feature or a dropped column";
    CHECK(schema_fault({.labels = {"y"}, .features = {"a", "y"}}) == "nas::dataset_schema: column 'y" + twice);
    CHECK(schema_fault({.labels = {"y"}, .features = {"a"}, .dropped = {"a"}}) ==
          "nas::dataset_schema: column 'a" + twice);
    CHECK(schema_fault({.labels = {"y"}, .features = {"b", "b"}}) == "nas::dataset_schema: column 'b" + twice);
    CHECK(schema_fault({.labels = {"y"}, .dropped = {"y"}}) == "nas::dataset_schema: column 'y" + twice);
    CHECK(schema_fault({.labels = {"y"}, .separator = '"'}) ==
          "nas::csv_table: the separator must not be a quote, a line end or NUL");
    CHECK(schema_fault(of_y) == "");
}

TEST_CASE("read_dataset: MLPNAS oracle 44: wine") {
    const auto path = nas::tests::data_file("winequality_white.csv");
    if (!path) return;
    const nas::dataset data = nas::read_dataset(*path, {.labels = {"quality_label"}, .dropped = {"quality"}});
    nas::check_dataset(data);
    CHECK(data.rows() == 4898);
    CHECK(data.features() == 11);
    CHECK(data.feature_names.front() == "fixed_acidity_g_dm3");
    CHECK(data.feature_names.back() == "alcohol_pct_vol");
    CHECK(data.output_names == names{"high", "low", "medium"});
    CHECK(count(data, "low") == 1640);
    CHECK(count(data, "medium") == 3078);
    CHECK(count(data, "high") == 180);
    CHECK(static_cast<double>(count(data, "medium")) / 4898 == doctest::Approx(0.6284198).epsilon(1e-7));
    CHECK(data.row(0)[3] == 20.7F);
    CHECK(data.labels[0] == 2);

    const nas::data_split split = nas::ordered_split(data.rows());
    CHECK(split.train.size() == 4408);
    CHECK(split.validation.size() == 490);
    CHECK(split.train.front() == 0);
    CHECK(split.validation.front() == 4408);
    CHECK(split.test.empty());
}

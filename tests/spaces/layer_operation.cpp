// SPDX-License-Identifier: Apache-2.0
#include <nas/spaces/layer_operation.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <unordered_set>
#include <vector>

#include <doctest/doctest.h>

namespace {

using nas::attribute_value;
using nas::layer_operation;
using texts = std::vector<std::string>;

std::string value_text(const attribute_value& value) { return nas::detail::python_text(value); }

attribute_value value_of(const std::string& text) { return *layer_operation::parse("x:{'a': " + text + "}").find("a"); }

layer_operation conv(std::vector<nas::layer_attribute> more = {}) {
    std::vector<nas::layer_attribute> all{{"filters", 64}, {"kernel_size", 8}, {"activation", "relu"}};
    all.insert(all.end(), more.begin(), more.end());
    return layer_operation("conv1d", all);
}

std::string message_of(const std::string& text) {
    try {
        (void)layer_operation::parse(text);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("layer_operation: AMBER oracle 13 texts that are keys of its tables") {
    const layer_operation sfc("sfc", {{"output_dim", 10},
                                      {"symmetric", true},
                                      {"smoothness_penalty", 1.},
                                      {"smoothness_l1", true},
                                      {"smoothness_second_diff", true},
                                      {"curvature_constraint", 10.},
                                      {"name", "sfc"}});
    CHECK(sfc.text() ==
          "sfc:{'output_dim': 10, 'symmetric': True, 'smoothness_penalty': 1.0, 'smoothness_l1': True, "
          "'smoothness_second_diff': True, 'curvature_constraint': 10.0, 'name': 'sfc'}");
    const layer_operation denovo("Denovo", {{"filters", 3},
                                            {"kernel_size", 8},
                                            {"lambda_pos", 1e-4},
                                            {"lambda_l1", 1e-4},
                                            {"lambda_filter", 1e-8},
                                            {"name", "conv1"}});
    CHECK(denovo.text() ==
          "denovo:{'filters': 3, 'kernel_size': 8, 'lambda_pos': 0.0001, 'lambda_l1': 0.0001, 'lambda_filter': 1e-08, "
          "'name': 'conv1'}");
    CHECK(layer_operation("Identity").text() == "identity:{}");
    for (const layer_operation& one : {sfc, denovo, layer_operation("identity"), conv()}) {
        CHECK(layer_operation::parse(one.text()) == one);
        CHECK(layer_operation::parse(one.text()).text() == one.text());
    }
}

TEST_CASE("layer_operation: values as Python writes them") {
    struct row {
        attribute_value value;
        std::string text;
    };
    for (const row& one : {row{0, "0"},
                           {-7, "-7"},
                           {std::numeric_limits<std::int64_t>::min(), "-9223372036854775808"},
                           {true, "True"},
                           {false, "False"},
                           {0., "0.0"},
                           {-0., "-0.0"},
                           {1., "1.0"},
                           {0.1, "0.1"},
                           {1. / 3, "0.3333333333333333"},
                           {1e-4, "0.0001"},
                           {0.00012345, "0.00012345"},
                           {9.9e-5, "9.9e-05"},
                           {1e-8, "1e-08"},
                           {-2.5e-10, "-2.5e-10"},
                           {1e15, "1000000000000000.0"},
                           {9007199254740994., "9007199254740994.0"},
                           {1e16, "1e+16"},
                           {123456789012345678., "1.2345678901234568e+17"},
                           {1e22, "1e+22"},
                           {1.7976931348623157e308, "1.7976931348623157e+308"},
                           {5e-324, "5e-324"},
                           {"relu", "'relu'"},
                           {"", "''"},
                           {"it's", "\"it's\""},
                           {"say \"hi\"", "'say \"hi\"'"},
                           {"it's \"x\"", "'it\\'s \"x\"'"},
                           {"a\\b\n\r\t", "'a\\\\b\\n\\r\\t'"},
                           {std::string("\0\x1f\x7f", 3), "'\\x00\\x1f\\x7f'"},
                           {"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", "'\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80'"},
                           {"\xC2\x80\xC2\xA0\xC2\xAD\xC2\xA1", "'\\x80\\xa0\\xad\xC2\xA1'"},
                           {std::vector<std::int64_t>{}, "()"},
                           {std::vector<std::int64_t>{3}, "(3,)"},
                           {std::vector<std::int64_t>{3, -4}, "(3, -4)"}}) {
        CAPTURE(one.text);
        CHECK(value_text(one.value) == one.text);
        CHECK(value_of(one.text) == one.value);
        CHECK(value_of(one.text).index() == one.value.index());
    }
    CHECK(std::signbit(std::get<double>(value_of("-0.0"))));
    // What Python reads as well.
    CHECK(value_of("(3,4)") == attribute_value{std::vector<std::int64_t>{3, 4}});
    CHECK(value_of("(3, 4,)") == attribute_value{std::vector<std::int64_t>{3, 4}});
    CHECK(value_of("1.50") == attribute_value{1.5});
    CHECK(value_of("\"a\\x41\\u20ac\\U0001F600\\u00e9\"") == attribute_value{"aA\xE2\x82\xAC\xF0\x9F\x98\x80\xC3\xA9"});
    CHECK(layer_operation::parse("X:{\"a\":1,'b' : 2 }").text() == "x:{'a': 1, 'b': 2}");
}

TEST_CASE("layer_operation: texts that are none") {
    const auto wrong = [](const std::string& text, std::size_t column, const std::string& expected) {
        CAPTURE(text);
        CHECK(message_of(text) ==
              "nas::layer_operation: column " + std::to_string(column) + " of '" + text + "': expected " + expected);
    };
    const std::string value = "a finite number, a text in quotes, True, False or a tuple of integers";
    wrong("", 1, "':'");
    wrong("identity", 9, "':'");
    wrong("identity:", 10, "'{'");
    wrong("identity:{", 11, "a text in quotes");
    wrong("identity:{} ", 12, "the end of the text");
    wrong("x:{a: 1}", 4, "a text in quotes");
    wrong("x:{'a' 1}", 8, "':'");
    wrong("x:{'a': 1", 10, "','");
    wrong("x:{'a': 1 'b': 2}", 11, "','");
    wrong("x:{'a': 1,}", 11, "a text in quotes");
    wrong("x:{'a': }", 9, value);
    wrong("x:{'a': None}", 9, value);
    wrong("x:{'a': nan}", 9, value);
    wrong("x:{'a': 1e999}", 9, value);
    wrong("x:{'a': 1.2.3}", 9, value);
    wrong("x:{'a': [1]}", 9, value);
    wrong("x:{'a': 9223372036854775808}", 9, "an integer of at most 64 bits");
    wrong("x:{'a': (1)}", 11, "',' after the only integer of a tuple");
    wrong("x:{'a': (1.5, 2)}", 10, "an integer of at most 64 bits");
    wrong("x:{'a': (1, 2}", 14, "')'");
    wrong("x:{'a': 'b}", 12, "the text's closing quote");
    wrong("x:{'a': 'b\\q'}", 12, "one of the escapes \\\\ \\' \\\" \\n \\r \\t \\xhh \\uhhhh \\Uhhhhhhhh");
    wrong("x:{'a': 'b\\x4", 12, "one of the escapes \\\\ \\' \\\" \\n \\r \\t \\xhh \\uhhhh \\Uhhhhhhhh");
    wrong("x:{'a': '\\ud800'}", 11, "one of the escapes \\\\ \\' \\\" \\n \\r \\t \\xhh \\uhhhh \\Uhhhhhhhh");
    CHECK(message_of(":{}") == "nas::layer_operation: the type must not be empty");
    CHECK(message_of("x:{'': 1}") == "nas::layer_operation: an attribute of x has no name");
    CHECK(message_of("x:{'a': 1, 'a': 2}") == "nas::layer_operation: x has the attribute 'a' twice");
    // Nothing else than an exception comes of a text that was cut.
    const std::string whole = conv({{"name", "a\\'\"\n"}, {"size", std::vector<std::int64_t>{1, 2}}}).text();
    for (std::size_t length = 0; length < whole.size(); ++length)
        CHECK(message_of(whole.substr(0, length)).starts_with("nas::layer_operation: column "));
}

TEST_CASE("layer_operation: what cannot be one") {
    const auto refuses = [](const std::string& type, std::vector<nas::layer_attribute> attributes,
                            const std::string& sentence) {
        CHECK_THROWS_WITH_AS(layer_operation(type, attributes), ("nas::layer_operation: " + sentence).c_str(),
                             std::invalid_argument);
    };
    refuses("", {}, "the type must not be empty");
    refuses("a:b", {}, "the type 'a:b' must have no ':' in it");
    refuses("a", {{"", 1}}, "an attribute of a has no name");
    refuses("a", {{"b", 1}, {"c", 2}, {"b", 3}}, "a has the attribute 'b' twice");
    refuses("a", {{"b", "64"}}, "the attribute 'b' of a is the text '64', which looks like a number; write 64");
    refuses("a", {{"b", "-1.5e3"}},
            "the attribute 'b' of a is the text '-1.5e3', which looks like a number; write -1.5e3");
    refuses("caf\xe9", {}, "the type ('caf\xef\xbf\xbd') is not UTF-8");
    refuses("a", {{"\xff", 1}}, "the name of an attribute of a ('\xef\xbf\xbd') is not UTF-8");
    refuses("a", {{"b", "\xc3"}}, "the attribute 'b' of a ('\xef\xbf\xbd') is not UTF-8");
    for (const char* words : {"", "relu", "3x3", "1 2", "inf", "nan", "e5", "-", "0x10", "v2"})
        CHECK_NOTHROW(layer_operation("a", {{"b", words}}));
    refuses("a", {{"b", std::nan("")}}, "the attribute 'b' of a (nan) must be finite");
    refuses("a", {{"b", -std::numeric_limits<double>::infinity()}}, "the attribute 'b' of a (-inf) must be finite");
}

TEST_CASE("layer_operation: equality and hash do not see the order") {
    const layer_operation one("CONV1D", {{"b", 2}, {"a", 1}});
    const layer_operation other("conv1d", {{"a", 1}, {"b", 2}});
    CHECK(one == other);
    CHECK(one.text() != other.text());
    const std::hash<layer_operation> hash;
    CHECK(hash(one) == hash(other));
    CHECK(hash(layer_operation("x", {{"a", 0.}})) == hash(layer_operation("x", {{"a", -0.}})));  // equal numbers

    const std::vector<layer_operation> different{
        one,
        layer_operation("conv2d", {{"a", 1}, {"b", 2}}),
        layer_operation("conv1d", {{"a", 2}, {"b", 1}}),
        layer_operation("conv1d", {{"a", 1}}),
        layer_operation("conv1d", {{"a", 1}, {"c", 2}}),
        layer_operation("conv1d", {{"a", 1}, {"b", 2.}}),
        layer_operation("conv1d", {{"a", true}, {"b", 2}}),
        layer_operation("conv1d", {{"a", "one"}, {"b", 2}}),
        layer_operation("conv1d", {{"a", std::vector<std::int64_t>{1}}, {"b", 2}}),
        layer_operation("conv1d", {{"a", std::vector<std::int64_t>{1, 2}}, {"b", 2}}),
    };
    std::unordered_set<layer_operation> set;
    std::unordered_set<std::size_t> hashes;
    for (std::size_t i = 0; i < different.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) CHECK_FALSE(different[i] == different[k]);
        set.insert(different[i]);
        hashes.insert(hash(different[i]));
    }
    CHECK(set.size() == different.size());
    CHECK(hashes.size() == different.size());
    CHECK(set.contains(other));
}

TEST_CASE("layer_operation: AMBER oracle 12 short names") {
    CHECK(conv().short_name() == "conv_f64_k8_relu");
    CHECK(conv({{"dilation", 4}}).short_name() == "conv_f64_k8_relu_d4");
    CHECK(conv({{"dilation_rate", 2}, {"dilation", 4}}).short_name() == "conv_f64_k8_relu_d4_d2");
    CHECK(layer_operation("denovo", {{"filters", 3}, {"kernel_size", 8}}).short_name() == "regconv2d_f3_k8");
    CHECK(layer_operation("dense", {{"units", 10}, {"activation", "tanh"}}).short_name() == "dense_u10_tanh");
    CHECK(layer_operation("maxpool1d", {{"pool_size", 4}}).short_name() == "maxpool1d");
    for (const char* type : {"avgpool1d", "flatten", "identity", "globalmaxpool1d", "globalavgpool1d", "sfc"})
        CHECK(layer_operation(type, {{"x", 1}}).short_name() == type);
    CHECK(layer_operation("conv2d", {{"filters", 8}, {"kernel_size", 3}}).short_name() ==
          "conv2d:{'filters': 8, 'kernel_size': 3}");
    CHECK_THROWS_WITH_AS((void)layer_operation("conv1d", {{"filters", 8}, {"kernel_size", 3}}).short_name(),
                         "nas::layer_operation: the short name of conv1d:{'filters': 8, 'kernel_size': 3} needs the "
                         "attribute 'activation'",
                         std::invalid_argument);
    CHECK_THROWS_AS((void)layer_operation("denovo", {{"filters", 3}}).short_name(), std::invalid_argument);
    CHECK_THROWS_AS((void)layer_operation("dense", {{"activation", "relu"}}).short_name(), std::invalid_argument);
    CHECK(layer_operation("dense").missing_in_short_name() == "units");
    CHECK(conv().missing_in_short_name().empty());
}

TEST_CASE("layer_operation: labels of a layer are different and plain") {
    CHECK(nas::layer_labels({}).empty());
    CHECK(nas::layer_labels({conv(), layer_operation("identity")}) == texts{"conv_f64_k8_relu", "identity"});
    // The attributes that make the difference.
    CHECK(nas::layer_labels({layer_operation("maxpool1d", {{"pool_size", 4}, {"strides", 4}}),
                             layer_operation("maxpool1d", {{"pool_size", 8}, {"strides", 4}}),
                             layer_operation("avgpool1d", {{"pool_size", 8}})}) ==
          texts{"maxpool1d_pool_size=4", "maxpool1d_pool_size=8", "avgpool1d"});
    CHECK(nas::layer_labels({conv(), conv({{"padding", "same"}})}) ==
          texts{"conv_f64_k8_relu", "conv_f64_k8_relu_padding=same"});
    // The same operation twice.
    CHECK(nas::layer_labels({layer_operation("flatten"), layer_operation("flatten"), layer_operation("flatten")}) ==
          texts{"flatten", "flatten#2", "flatten#3"});
    // No short name, or none that can be made.
    CHECK(nas::layer_labels({layer_operation("conv2d", {{"filters", 8}, {"size", std::vector<std::int64_t>{3, 5}}}),
                             layer_operation("conv1d", {{"filters", 8}})}) ==
          texts{"conv2d_filters=8_size=3x5", "conv1d_filters=8"});
    // Nothing that would have to be escaped, and different all the same.
    CHECK(
        nas::layer_labels({layer_operation("a b", {{"x", "(1, 'y')"}}), layer_operation("a_b", {{"x", "[1, 'y']"}})}) ==
        texts{"a_b_x=_1___y___x=_1___y__", "a_b_x=_1___y___x=_1___y__#2"});
}

// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <io/history_example.hpp>
#include <nas/io/history_file.hpp>
#include <nas/run/search.hpp>

namespace {

using namespace nas::tests;

}  // namespace

TEST_CASE("damaged and foreign files are refused with file:line:column") {
    const scratch_file file;
    const space_type space{5};
    const std::string header =
        R"({"nas_history":1,"nas":"0.1.0","seed":1,"objectives":1,"metrics":["acc"],"searcher":{"name":"x","options":{}},)"
        R"("space":{"class":"choice_space","choices":[5,5,5,5,5,5]},"enqueue":[]})";
    const auto refuses = [&](const std::string& text, const std::string& sentence) {
        CAPTURE(text);
        file.write(text);
        CHECK_THROWS_WITH_AS(nas::read_history(file.path(), space), (file.name() + sentence).c_str(),
                             nas::history_error);
    };
    const auto refuses_trial = [&](const std::string& line, const std::string& sentence) {
        refuses(header + "\n" + R"({"row":0,"arch":"000000","value":1})" + "\n" + line + "\n", ":3:" + sentence);
    };

    file.write(header + "\n");
    CHECK(nas::read_history(file.path(), space).empty());
    file.write(header + "\r\n" + R"( { "row" : 0, "value" : 1.5e0, "arch" : "000000" } )" + "\r\n");
    CHECK(nas::read_history(file.path(), space).value(0) == 1.5);

    refuses("", ":1:1: the file is empty");
    refuses("arch,value", ":1:1: this is not a history file of nas");
    refuses("arch,value\n1,2\n", ":1:1: this is not a history file of nas");
    refuses("  arch,value\n", ":1:1: this is not a history file of nas");
    refuses("[1]\n", ":1:1: this is not a history file of nas");
    refuses("{\"arch\n", ":1:1: this is not a history file of nas");
    refuses("[\"nas_history\"]\n", ":1:1: expected a JSON object");
    refuses("{\"nas_history\":1\n",
            ":1:17: bad JSON: syntax error while parsing object - unexpected end of input; expected '}'");
    refuses("{\"id\":1}\n", ":1:1: this is not a history file of nas: its first line has no 'nas_history'");
    refuses(header, ":1:" + std::to_string(header.size() + 1) +
                        ": the header was cut off while it was written; it holds no trial, so begin anew: rm -- '" +
                        file.name() + "'");
    refuses(header + "\n{\"row\":0",
            ":2:9: the last line was cut off while it was written; to go on without it: truncate -s " +
                std::to_string(header.size() + 1) + " -- '" + file.name() + "'");

    const auto with_header = [&](const std::string& from, const std::string& to) {
        std::string changed = header;
        return changed.replace(changed.find(from), from.size(), to) + "\n";
    };
    refuses(with_header("\"nas_history\":1", "\"nas_history\":2"),
            ":1:16: nas_history: the file was written by a newer nas: its format is 2, and this one (0.1.0) reads 1");
    refuses(with_header("\"nas_history\":1", "\"nas_history\":0"), ":1:16: nas_history: there is no format 0");
    refuses(with_header("\"seed\":1", "\"seed\":-1"),
            ":1:39: seed: -1 must be an integer in [0, 18446744073709551615]");
    refuses(with_header("\"seed\":1", "\"sees\":1"), ":1:39: there is no member 'sees'");
    refuses(with_header("\"seed\":1,", ""), ":1:1: 'seed' is missing");
    refuses(with_header("\"seed\":1", "\"seed\":1,\"seed\":1"), ":1:48: 'seed' is there twice");
    refuses(with_header("[\"acc\"]", "[1]"), ":1:66: metrics: it must be an array of texts");
    refuses(with_header("5]", "4]"), ":1:119: space: choices/5 is 4 in the file, but 5 here");
    refuses(with_header("choice_space", "cell_space"),
            ":1:119: space: class is \"cell_space\" in the file, but \"choice_space\" here");

    refuses_trial(
        "{\"row\":1,",
        "10: bad JSON: syntax error while parsing object key - unexpected end of input; expected string literal");
    refuses_trial(
        "", "1: bad JSON: syntax error while parsing value - unexpected end of input; expected '[', '{', or a literal");
    refuses_trial(R"({"arch":"000000","value":1})", "1: 'row' is missing");
    refuses_trial(R"({"row":2,"arch":"000000","value":1})",
                  "8: row: it is 2, but this is row 1; a line is missing before it");
    refuses_trial(R"({"row":1,"id":0,"arch":"000000","value":1})", "15: id: trial 0 is there twice");
    refuses_trial(R"({"row":1,"id":4294967295,"arch":"000000","value":1})",
                  "15: id: 4294967295 must be an integer in [0, 4294967294]");
    refuses_trial(R"({"row":1,"arch":"000005","value":1})",
                  "17: arch: nas::choice_space: '000005' has no choice below 5 for decision 5");
    refuses_trial(R"({"row":1,"arch":7,"value":1})", "17: arch: it must be a text");
    refuses_trial(R"({"row":1,"arch":"000000"})", "1: 'value' is missing");
    refuses_trial(R"({"row":1,"arch":"000000","value":"1"})",
                  "34: value: it must be a number, null, \"inf\" or \"-inf\"");
    refuses_trial(R"({"row":1,"arch":"000000","value":null})", "34: value: a completed trial has finite values only");
    refuses_trial(R"({"row":1,"arch":"000000","value":1,"status":"done"})",
                  "45: status: 'done' must be one of completed, pruned, infeasible, failed");
    refuses_trial(R"({"row":1,"arch":"000000","value":1,"origin":3})", "45: origin: it must be a text");
    refuses_trial(R"({"row":1,"arch":"000000","value":1,"told":2})", "43: told: 2 must be an integer in [0, 1]");
    refuses_trial(R"({"row":1,"arch":"000000","value":1,"parent":-1})",
                  "45: parent: -1 must be an integer in [0, 4294967294]");
    refuses_trial(R"({"row":1,"arch":"000000","value":1,"metrics":[1,2]})",
                  "46: metrics: there are 2, but the header names 1");
    refuses_trial(R"({"row":1,"arch":"000000","value":1,"metrics":[true]})",
                  "46: metrics: true must be a number, null, \"inf\" or \"-inf\"");
    refuses_trial(R"({"row":1,"arch":"000000","value":1,"curve":{"steps":[1]}})",
                  "44: curve: it must have the members 'steps' and 'values'");
    refuses_trial(R"({"row":1,"arch":"000000","value":1,"curve":{"steps":[1,2],"values":[1]}})",
                  "44: curve: there are 1 values for 2 steps of 1 objective");
    refuses_trial(R"({"row":1,"arch":"000000","value":1,"colour":"red"})", "45: there is no member 'colour'");
    refuses_trial(R"({"row":1,"arch":"000000","value":1,"a\"[{,":"red"})", "45: there is no member 'a\"[{,'");
}

TEST_CASE("a file cut off or changed anywhere is refused, or says what it is read as") {
    const scratch_file file;
    const space_type space{5};
    {
        nas::search search{scripted{}, talkative<1>{}, {.seed = 5, .enqueue = {{0, 1, 2, 3, 4, 0}}}};
        nas::resume(search, file.path());
        search.run({.trials = 5, .batch = 2});
    }
    const std::string whole = file.text();
    const auto read = [&](const std::string& text) -> std::optional<nas::history<space_type>> {
        try {
            const nas::detail::history_lines lines("changed", text);
            return nas::detail::history_reader<space_type, 1>(lines, space).read();
        } catch (const nas::history_error& error) {
            CHECK(std::string(error.what()).starts_with("changed:"));
            return std::nullopt;
        }
    };
    // With what is the default spelt out.
    const auto normal = [](const std::string& line) {
        nlohmann::ordered_json members = nlohmann::ordered_json::parse(line);
        if (!members.contains("told")) members["told"] = members["row"];
        if (!members.contains("rest")) members["rest"] = 0;
        if (!members.contains("cost")) members["cost"] = 0;
        if (!members.contains("metrics")) members["metrics"] = {nullptr, nullptr};
        return nlohmann::json(members);  // which does not know the order of members
    };

    std::vector<std::size_t> rows_read;
    for (std::size_t length = 0; length < whole.size(); ++length) {
        if (const auto past = read(whole.substr(0, length))) rows_read.push_back(past->size());
    }
    CHECK(rows_read == std::vector<std::size_t>{0, 1, 2, 3, 4});  // at the ends of lines alone

    std::size_t accepted = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            std::string changed = whole;
            changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ (1U << bit));
            const auto past = read(changed);
            if (!past) continue;
            ++accepted;
            // Written again, it must be the same JSON: nothing was skipped or taken for something else.
            std::filesystem::remove(file.path());
            nas::history_writer::append(file.path(), 0)(*past);
            const auto given = lines_of(changed);
            const auto rewritten = lines_of(file.text());
            REQUIRE(rewritten.size() + 1 == given.size());
            for (std::size_t row = 0; row < rewritten.size(); ++row)
                CHECK(normal(rewritten[row]) == normal(given[row + 1]));
        }
    }
    CHECK(accepted < 2 * whole.size());
}

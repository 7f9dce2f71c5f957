// SPDX-License-Identifier: Apache-2.0
#include "project/rules.hpp"

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

namespace {

void write(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
}

const std::string licence = "// SPDX-License-Identifier: Apache-2.0\n";

/// A small repository that keeps all rules, and then one more file.
class small_repository {
  public:
    small_repository() {
        add("include/nas/core/rng.hpp", licence + "#pragma once\n#include <cstdint>\n");
        add("tests/core/rng.cpp", licence + "#include <nas/core/rng.hpp>\n");
        add("include/nas/policies/plan.hpp", licence + "#include <Eigen/Core>\n#include <nas/core/rng.hpp>\n");
        add("include/nas/policies/plan/step.hpp", licence + "int random_device_count;  // not thread_local\n");
        add("tests/policies/plan_steps.cpp", licence);
        add("backends/torch/include/nas/torch/trainer.hpp",
            licence + "#include <torch/torch.h>\n#include <nas/policies/plan.hpp>\n");
        add("tests/torch/trainer.cpp", licence);
        add("include/nas/nas.hpp", licence + "#include <nas/policies/plan.hpp>\n");
        add("scripts/test", "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n");
        add("README.md", "No licence line here.\n");
    }
    void add(const std::string& file, const std::string& text) const { write(folder_.path() / file, text); }

    std::vector<nas::tests::breach> breaches() const { return nas::tests::breaches(folder_.path()); }

  private:
    support::temporary_folder folder_;
};

struct broken_file {
    const char* rule;
    const char* file;
    std::string text;
};

}  // namespace

TEST_CASE("rules: this repository keeps them") {
    const auto all = nas::tests::breaches(NAS_SOURCE_DIR);
    CHECK(nas::tests::lines(all) == "");
}

TEST_CASE("rules: CONTRIBUTING.md explains each by its name") {
    const std::string text = support::content(std::filesystem::path(NAS_SOURCE_DIR) / "CONTRIBUTING.md");
    for (const std::string rule : nas::tests::rule_names)
        CHECK_MESSAGE(text.find("`" + rule + "`") != std::string::npos, "CONTRIBUTING.md does not name `", rule, "`");
}

TEST_CASE("rules: a small repository keeps them") { CHECK(nas::tests::lines(small_repository().breaches()) == ""); }

TEST_CASE("rules: a broken file is refused by the name of its rule") {
    const broken_file files[] = {
        {"folders", "include/nas/core/rng.hpp", licence + "#include <nas/policies/plan.hpp>\n"},
        {"folders", "include/nas/core/rng.hpp", licence + "#  include <nas/nas.hpp>\n"},
        {"folders", "include/nas/core/rng.hpp", licence + "#include \"draws.hpp\"\n"},
        {"folders", "include/nas/cellar/wine.hpp", licence},
        {"light-includes", "include/nas/core/rng.hpp", licence + "#include <Eigen/Core>\n"},
        {"light-includes", "include/nas/core/rng.hpp", licence + "#include <thread>\n"},
        {"light-includes", "include/nas/core/rng.hpp", licence + "#include <boost/hana.hpp>\n"},
        {"light-includes", "include/nas/core/rng.hpp", licence + "#include <boost/hana/tuple.hpp>\n"},
        {"light-includes", "include/nas/core/rng.hpp", licence + "#include <boost/math/special_functions.hpp>\n"},
        {"light-includes", "include/nas/policies/plan.hpp", licence + "#include <nlohmann/json.hpp>\n"},
        {"light-includes", "include/nas/policies/plan.hpp", licence + "#include <torch/torch.h>\n"},
        {"forbidden-calls", "include/nas/core/rng.hpp", licence + "std::uniform_int_distribution<int> d;\n"},
        {"forbidden-calls", "include/nas/core/rng.hpp", licence + "void f() { std::ranges::shuffle(a, b); }\n"},
        {"forbidden-calls", "include/nas/core/rng.hpp", licence + "int x = rand ();\n"},
        {"forbidden-calls", "include/nas/core/rng.hpp", licence + "auto x = std::rand();\n"},
        {"forbidden-calls", "include/nas/core/rng.hpp", licence + "inline thread_local int x;\n"},
        {"forbidden-calls", "include/nas/core/rng.hpp", licence + "std::random_device device;\n"},
        {"mirror", "include/nas/core/draws.hpp", licence},
        {"mirror", "backends/torch/include/nas/torch/network.hpp", licence},
        {"folders", "include/nas/policies/plan.hpp", licence + "#include <nas/torch/trainer.hpp>\n"},
        {"mirror", "include/nas/policies/other/step.hpp", licence},
        {"spdx", "include/nas/core/rng.hpp", "#pragma once\n"},
        {"spdx", "tests/core/draws.cpp", "int x;\n"},
        {"spdx", "backends/cuda/src/train.cu", "int x;\n"},
        {"spdx", "scripts/demo", "#!/bin/sh\n"},
        {"line-budget", "include/nas/core/rng.hpp", licence + std::string(250, '\n')},
        {"no-local-paths", "tests/core/rng.cpp",
         licence + "const char* data = \"/home"
                   "/me/wine.csv\";\n"},
        {"no-local-paths", "README.md",
         "cd /work"
         "/main\n"},
        {"exceptions", "tests/project/exceptions.csv", "rule,header,value,reason\nmirror,nas/core/gone.hpp,core,why\n"},
        {"exceptions", "tests/project/exceptions.csv", "rule,header,value,reason\nmirror,nas/core/rng.hpp,core, \n"},
    };
    std::vector<std::string> caught;
    for (const broken_file& broken : files) {
        const small_repository repository;
        repository.add(broken.file, broken.text);
        const auto all = repository.breaches();
        const std::string text = nas::tests::lines(all);
        CAPTURE(broken.text);
        CAPTURE(text);
        REQUIRE(all.size() == 1);
        CHECK(all[0].rule == broken.rule);
        CHECK(all[0].where.starts_with(broken.file));
        caught.push_back(all[0].rule);
    }
    for (const std::string rule : nas::tests::rule_names)
        CHECK_MESSAGE(std::find(caught.begin(), caught.end(), rule) != caught.end(), rule, " was broken by no file");
}

TEST_CASE("rules: an exception holds for what it says and no longer") {
    const small_repository repository;
    const std::string head = "rule,header,value,reason\n";
    const std::string long_header = licence + std::string(259, '\n');  // 260 lines
    repository.add("include/nas/core/rng.hpp", long_header);
    repository.add("include/nas/core/draws.hpp", licence);
    repository.add(
        "tests/project/exceptions.csv",
        head + "line-budget,nas/core/rng.hpp,260,one table\nmirror,nas/core/draws.hpp,core/rng.cpp,by rng\n");
    CHECK(nas::tests::lines(repository.breaches()) == "");
    repository.add("include/nas/core/rng.hpp", long_header + "\n");
    auto all = repository.breaches();
    REQUIRE(all.size() == 1);
    CHECK(all[0].what.starts_with("has 261 lines of 260"));
    repository.add("include/nas/core/rng.hpp", licence);  // needs no exception any more
    all = repository.breaches();
    REQUIRE(all.size() == 1);
    CHECK(all[0].rule == "exceptions");
}

TEST_CASE("rules: an empty folder is no repository") {
    const support::temporary_folder empty;
    CHECK(nas::tests::breaches(empty.path()).size() == 1);
}

// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <nas/searchers/registry.hpp>
#include <nas/spaces/choice_space.hpp>

// Whoever adds a searcher or a space must put it under the laws; this fails until it is.
namespace {

const std::filesystem::path source = NAS_SOURCE_DIR;

std::vector<std::string> headers(const std::string& folder, const std::vector<std::string>& exempt) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(source / "include/nas" / folder)) {
        const std::string name = entry.path().stem().string();
        if (entry.path().extension() == ".hpp" && std::find(exempt.begin(), exempt.end(), name) == exempt.end())
            names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

/// Whether one of tests/testing/laws_*.cpp includes that header and puts something through the laws.
bool under_laws(const std::string& header) {
    for (const auto& entry : std::filesystem::directory_iterator(source / "tests/testing")) {
        if (!entry.path().filename().string().starts_with("laws_")) continue;
        std::ifstream file(entry.path());
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        const bool checks =
            text.find("check_space(") != std::string::npos || text.find("_violations(") != std::string::npos;
        if (checks && text.find("#include <nas/" + header + ">") != std::string::npos) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("coverage: every searcher is registered") {
    std::vector<std::string> registered;
    for (const auto& info : nas::searchers<nas::choice_space<>>()) {
        registered.push_back(info.name);
        CHECK_MESSAGE((info.obstacle.empty() || under_laws("searchers/" + info.name + ".hpp")), info.name,
                      " cannot search a choice_space: ", info.obstacle);
        CHECK_MESSAGE(std::filesystem::exists(source / "tests/golden" / (info.name + ".txt")), info.name,
                      " has no golden history; NAS_UPDATE_GOLDEN=1 in the environment of the golden test writes it");
    }
    for (const auto& info : nas::wrappers<nas::choice_space<>>()) {
        registered.push_back(info.name);
        CHECK_MESSAGE(info.obstacle.empty(), info.name, " cannot search a choice_space: ", info.obstacle);
    }
    std::sort(registered.begin(), registered.end());
    // These are no algorithms.
    const std::vector<std::string> written = headers(
        "searchers", {"acquisition_optimizer", "kriging_believer", "learned_trials", "random_share", "policy_samples",
                      "any_searcher", "registry", "searcher_text", "policy_gradient", "controller_options"});
    for (const std::string& name : written) {
        // One that asks more than a space has no entry, but a test of its own.
        const bool found =
            std::binary_search(registered.begin(), registered.end(), name) || under_laws("searchers/" + name + ".hpp");
        CHECK_MESSAGE(found, "nas/searchers/", name, ".hpp is not in nas/searchers/registry.hpp");
    }
    for (const std::string& name : registered) CHECK(std::binary_search(written.begin(), written.end(), name));
}

TEST_CASE("coverage: every space is put through the laws") {
    // None is a space: the base of spaces, and what an aggregate_space, an mlp_space and a layer_space are made of.
    const std::vector<std::string> written =
        headers("spaces", {"decision_space", "aggregate_member", "mlp_layer", "layer_attribute", "layer_operation",
                           "layer_decisions", "layer_text", "model_space", "branched_model_space"});
    for (const std::string& name : written)
        CHECK_MESSAGE(under_laws("spaces/" + name + ".hpp"), "nas/spaces/", name,
                      ".hpp is in none of tests/testing/laws_*.cpp");
    CHECK(written.size() >= 3);
}

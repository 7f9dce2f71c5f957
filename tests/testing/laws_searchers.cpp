// SPDX-License-Identifier: Apache-2.0
#include "testing/law_driver.hpp"

#include <nas/core/dynamic_genotype.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/spaces/decision_space.hpp>

// Every registered searcher, with all options of law_driver.hpp, on two spaces that have nothing in common: one of a size
// known at compile time where decisions are free, and one of a size known at run time with conditions and masks.
namespace {

/// Nodes that each have an operation; a kernel where that is a convolution; and where it is anything, an input, which may
/// be no earlier node that is nothing.
class graph_space : public nas::decision_space<graph_space, nas::dynamic_genotype> {
  public:
    explicit graph_space(std::size_t nodes) : nodes_(nodes) {}

    std::size_t decisions() const { return 3 * nodes_; }
    static std::size_t cardinality(std::size_t i) { return i % 3 == 2 ? i / 3 + 1 : 4; }
    static std::string path(std::size_t i) {
        const char* const names[] = {"/operation", "/kernel", "/input"};
        return "node" + std::to_string(i / 3) + names[i % 3];
    }
    static std::string label(std::size_t i, std::size_t choice) {
        return i % 3 == 0 ? std::string("conv pool skip none").substr(5 * choice, 4) : std::to_string(choice);
    }
    static nas::decision_tag tag(std::size_t i) {
        const nas::decision_tag tags[] = {nas::decision_tag::operation, nas::decision_tag::size,
                                          nas::decision_tag::input};
        return tags[i % 3];
    }
    static bool conditional() { return true; }
    static std::optional<nas::condition> when(std::size_t i) {
        if (i % 3 == 1) return nas::condition{i - 1, {0}};
        if (i % 3 == 2) return nas::condition{i - 2, {0, 1, 2}};
        return std::nullopt;
    }
    // Input 0 is the graph's own.
    static void allowed(std::span<const std::uint8_t> prefix, std::size_t i, nas::choice_mask& mask) {
        if (i % 3 != 2) return;
        for (std::size_t node = 0; node < i / 3; ++node)
            if (prefix[3 * node] == 3) mask.erase(node + 1);
    }

  private:
    std::size_t nodes_;
};

/// That all registered searchers were put through the laws but those that `exempt` names.
template <class Space>
void check_all(const Space& space, const std::vector<std::string>& exempt) {
    const auto all = nas::searchers<Space>();
    for (const auto& info : all)
        if (!info.obstacle.empty())
            CHECK_MESSAGE(std::find(exempt.begin(), exempt.end(), info.name) != exempt.end(), info.name,
                          " cannot search one of the two spaces: ", info.obstacle);
    CHECK(nas::tests::lines(nas::testing::space_violations(space)) == "");
    CHECK(nas::tests::check_searchers(all, space, nas::testing::easy_landscape<Space>(space), 200, true) ==
          all.size() - exempt.size());
}

}  // namespace

TEST_CASE("laws: every searcher on a space of a size known at compile time") { check_all(nas::choice_space<8>{5}, {}); }

TEST_CASE("laws: every searcher on a space with conditions and masks") {
    static_assert(nas::MaskedSpace<graph_space> && nas::ConditionalSpace<graph_space>);
    check_all(graph_space{5}, {"grid_search"});  // which counts, and masks are not counted; it has conditions below
}

TEST_CASE("laws: grid_search on a space with conditions") {
    const nas::choice_space<> space{std::vector<nas::decision>{
        {"a", 3}, {"b", 4, {}, nas::decision_tag::size, nas::condition{0, {0, 2}}}, {"c", 5}}};
    for (const std::string& options : nas::tests::law_options("grid_search")) {
        CAPTURE(options);
        const nas::testing::searcher_law_options laws{.learns = false};
        CHECK(nas::tests::lines(
                  nas::testing::searcher_violations(nas::make_searcher(space, "grid_search:" + options), laws)) == "");
    }
}

// SPDX-License-Identifier: Apache-2.0
#include "testing/law_driver.hpp"

#include <array>
#include <span>

#include <nas/core/between.hpp>
#include <nas/core/dynamic_genotype.hpp>
#include <nas/core/levels.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/spaces/decision_space.hpp>

// Every registered searcher, with all options of law_driver.hpp, on two spaces that have nothing in common: one of a size
// known at compile time where decisions are free, and one of a size known at run time with conditions, masks and quantities.
namespace {

/// Nodes that each have an operation; a kernel, which is a number, where that is a convolution; and where it is anything, an
/// input, which may be no earlier node that is nothing. Last a learning rate on a logarithmic scale.
class graph_space : public nas::decision_space<graph_space, nas::dynamic_genotype> {
  public:
    explicit graph_space(std::size_t nodes) : nodes_(nodes) {}

    std::size_t decisions() const { return 3 * nodes_ + 1; }
    std::size_t cardinality(std::size_t i) const {
        if (i == 3 * nodes_) return rates_.size();
        return i % 3 == 2 ? i / 3 + 1 : 4;
    }
    std::string path(std::size_t i) const {
        if (i == 3 * nodes_) return "rate";
        const char* const names[] = {"/operation", "/kernel", "/input"};
        return "node" + std::to_string(i / 3) + names[i % 3];
    }
    std::string label(std::size_t i, std::size_t choice) const {
        if (i == 3 * nodes_) return std::to_string(rates_[choice]);
        return i % 3 == 0 ? std::string("conv pool skip none").substr(5 * choice, 4) : std::to_string(choice);
    }
    nas::decision_tag tag(std::size_t i) const {
        if (i == 3 * nodes_) return nas::decision_tag::generic;
        const nas::decision_tag tags[] = {nas::decision_tag::operation, nas::decision_tag::size,
                                          nas::decision_tag::input};
        return tags[i % 3];
    }
    static bool conditional() { return true; }
    std::optional<nas::condition> when(std::size_t i) const {
        if (i == 3 * nodes_) return std::nullopt;
        if (i % 3 == 1) return nas::condition{i - 1, {0}};
        if (i % 3 == 2) return nas::condition{i - 2, {0, 1, 2}};
        return std::nullopt;
    }
    static bool numeric() { return true; }
    std::span<const double> values(std::size_t i) const {
        if (i == 3 * nodes_) return rates_;
        return i % 3 == 1 ? std::span<const double>(kernels_) : std::span<const double>();
    }
    nas::value_scale scale(std::size_t i) const {
        return i == 3 * nodes_ ? nas::value_scale::logarithmic : nas::value_scale::linear;
    }
    // Input 0 is the graph's own.
    static void allowed(std::span<const std::uint8_t> prefix, std::size_t i, nas::choice_mask& mask) {
        if (i % 3 != 2) return;
        for (std::size_t node = 0; node < i / 3; ++node)
            if (prefix[3 * node] == 3) mask.erase(node + 1);
    }

  private:
    static constexpr std::array<double, 4> kernels_{1, 3, 5, 7};
    static constexpr std::array<double, 6> rates_{1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1};
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

TEST_CASE("laws: every searcher on a space of a size known at compile time") {
    check_all(nas::choice_space<8>{5}, {"progressive"});
}

TEST_CASE("laws: every searcher on a space with conditions, masks and numeric decisions") {
    static_assert(nas::MaskedSpace<graph_space> && nas::ConditionalSpace<graph_space> &&
                  nas::NumericSpace<graph_space>);
    // The first counts, and masks are not counted; it has conditions below. The second needs a space that grows: laws_mlp_space.cpp.
    check_all(graph_space{5}, {"grid_search", "progressive"});
}

TEST_CASE("laws: grid_search on a space with conditions and numeric decisions") {
    nas::decision size = nas::numeric_decision("b", nas::between(1, 4, 4));
    size.when = nas::condition{0, {0, 2}};
    const nas::choice_space<> space{
        std::vector<nas::decision>{{"a", 3}, size, nas::numeric_decision("c", nas::log_between(0.01, 1, 5))}};
    for (const std::string& options : nas::tests::law_options("grid_search")) {
        CAPTURE(options);
        const nas::testing::searcher_law_options laws{.learns = false};
        CHECK(nas::tests::lines(
                  nas::testing::searcher_violations(nas::make_searcher(space, "grid_search:" + options), laws)) == "");
    }
}

// SPDX-License-Identifier: Apache-2.0

#include <doctest/doctest.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <support/python_random.hpp>
#include <vector>

#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/searchers/regularized_evolution.hpp>
#include <nas/testing/space_laws.hpp>

using support::python_random;

namespace {

// Archai's example of a discrete search space, written by hand: no decisions, its own operators. Each draws from any
// generator for which `below(generator, n)` and `unit(generator)` exist: the library's, or Python's.
struct cnn {
    int layers = 1;
    int kernel = 1;
    int hidden = 32;
    friend bool operator==(const cnn&, const cnn&) = default;
};

class cnn_space {
  public:
    using arch_type = cnn;

    template <class Generator>
    cnn sample(Generator& random) const {
        const int layers = draw_layers(random);
        const int kernel = pick(kernels, random);
        return {layers, kernel, pick(widths, random)};
    }

    // Every gene is drawn anew with probability 0.2, and may come out as it was.
    template <class Generator>
    cnn mutate(cnn arch, Generator& random) const {
        if (unit(random) < 0.2) arch.layers = draw_layers(random);
        if (unit(random) < 0.2) arch.kernel = pick(kernels, random);
        if (unit(random) < 0.2) arch.hidden = pick(widths, random);
        return arch;
    }

    // Any number of parents: each gene from one of them.
    template <class Generator>
    cnn crossover(std::span<const cnn> parents, Generator& random) const {
        const int layers = pick(parents, random).layers;
        const int kernel = pick(parents, random).kernel;
        return {layers, kernel, pick(parents, random).hidden};
    }
    template <class Generator>
    cnn crossover(const cnn& a, const cnn& b, Generator& random) const {
        return crossover(std::array{a, b}, random);
    }

    bool contains(const cnn& arch) const {
        return arch.layers >= 1 && arch.layers <= 12 && has(kernels, arch.kernel) && has(widths, arch.hidden);
    }

    std::string describe(const cnn& arch) const {
        return "L=" + std::to_string(arch.layers) + ", K=" + std::to_string(arch.kernel) +
               ", H=" + std::to_string(arch.hidden);
    }
    cnn parse(std::string_view text) const {
        cnn arch;
        std::string_view rest = text;
        const auto read = [&](std::string_view name, int& value) {
            if (!rest.starts_with(name)) return;
            const char* const last = rest.data() + rest.size();
            rest.remove_prefix(
                static_cast<std::size_t>(std::from_chars(rest.data() + name.size(), last, value).ptr - rest.data()));
        };
        read("L=", arch.layers);
        read(", K=", arch.kernel);
        read(", H=", arch.hidden);
        if (!rest.empty() || !contains(arch) || describe(arch) != text)
            throw std::invalid_argument("cnn_space: '" + std::string(text) + "' is not of the form L=3, K=1, H=64");
        return arch;
    }

    static constexpr std::size_t encoding_size() { return 3; }
    void encode(const cnn& arch, std::span<double> features) const {
        features[0] = arch.layers;
        features[1] = arch.kernel;
        features[2] = arch.hidden;
    }

  private:
    static constexpr std::array kernels{1, 3, 5, 7};
    static constexpr std::array widths{32, 64, 128};

    template <class Generator>
    static int draw_layers(Generator& random) {
        return 1 + static_cast<int>(below(random, 12));
    }
    template <class Items, class Generator>
    static const auto& pick(const Items& items, Generator& random) {
        return items[below(random, items.size())];
    }
    static bool has(std::span<const int> items, int item) {
        for (const int other : items)
            if (other == item) return true;
        return false;
    }
};

static_assert(nas::SearchSpace<cnn_space> && nas::MutableSpace<cnn_space> && nas::CrossableSpace<cnn_space> &&
              nas::EncodableSpace<cnn_space>);
static_assert(!nas::DecisionSpace<cnn_space> && !nas::NeighborSpace<cnn_space> && !nas::EnumerableSpace<cnn_space>);
static_assert(nas::check_crossable_space<cnn_space>());

}  // namespace

TEST_CASE("archai appendix A: python_random draws what Python draws") {
    python_random random(1);
    CHECK(random.random() == 0.13436424411240122);
    CHECK(random.random() == 0.8474337369372327);
    CHECK(random.random() == 0.763774618976614);
    CHECK(random.word() == 1095513148);
    CHECK(random.word() == 506456969);

    random = python_random(1);
    std::vector<int> digits{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    random.shuffle(digits);
    CHECK(digits == std::vector<int>{6, 8, 9, 7, 5, 3, 0, 4, 1, 2});
    CHECK(random.sample(10, 3) == std::vector<std::size_t>{3, 1, 7});
    CHECK(random.choices(std::vector<char>{'a', 'b', 'c'}, 5) == std::vector<char>{'a', 'c', 'b', 'c', 'a'});

    random = python_random(42);
    std::vector<int> drawn;
    for (int i = 0; i < 10; ++i) drawn.push_back(random.randint(0, 9));
    CHECK(drawn == std::vector<int>{1, 0, 4, 3, 3, 2, 1, 8, 1, 9});
}

TEST_CASE("archai appendix A: a stream of randint and choice") {
    python_random random(1);
    const std::vector<std::array<int, 3>> expected{{3, 7, 16}, {5, 3, 32}, {8, 5, 64}, {7, 3, 16},
                                                   {8, 3, 32}, {7, 7, 16}, {8, 5, 64}, {4, 7, 16},
                                                   {6, 3, 16}, {1, 7, 64}, {1, 5, 64}, {4, 5, 64}};
    for (const std::array<int, 3>& triple : expected) {
        CHECK(random.randint(1, 10) == triple[0]);
        CHECK(random.choice(std::vector<int>{3, 5, 7}) == triple[1]);
        CHECK(random.choice(std::vector<int>{16, 32, 64}) == triple[2]);
    }
}

TEST_CASE("python_random: large samples, weighted choices and long seeds, as CPython 3.11 gives them") {
    python_random random(1);
    CHECK(random.sample(100, 4) == std::vector<std::size_t>{17, 72, 97, 8});
    CHECK(random.sample(1000, 8) == std::vector<std::size_t>{261, 120, 507, 779, 460, 483, 667, 388});
    CHECK(random.choices(std::vector<char>{'a', 'b', 'c'}, {1, 2, 3}, 6) ==
          std::vector<char>{'c', 'a', 'a', 'c', 'b', 'c'});
    CHECK(python_random((std::uint64_t{1} << 40) + 5).word() == 2166296868);
    CHECK_THROWS_AS(random.sample(3, 4), std::invalid_argument);
}

TEST_CASE("archai O21: the reference document's trace") {
    const cnn_space space;
    python_random random(1);
    const cnn first = space.sample(random);
    CHECK(space.describe(first) == "L=3, K=1, H=64");
    CHECK(space.describe(space.mutate(first, random)) == "L=8, K=1, H=64");
    std::vector<cnn> parents;
    for (int i = 0; i < 4; ++i) parents.push_back(space.sample(random));
    CHECK(parents == std::vector<cnn>{{4, 1, 64}, {1, 7, 64}, {10, 1, 128}, {8, 5, 128}});
    CHECK(space.describe(space.crossover(parents, random)) == "L=1, K=1, H=128");

    std::array<double, 3> features{};
    nas::encode(space, first, features);
    CHECK(features == std::array<double, 3>{3, 1, 64});
}

TEST_CASE("a space written by hand keeps the laws of spaces") {
    CHECK(nas::testing::space_violations(cnn_space{}) == std::vector<std::string>{});
    CHECK_THROWS_AS(cnn_space{}.parse("L=13, K=1, H=64"), std::invalid_argument);
    CHECK_THROWS_AS(cnn_space{}.parse("L=3, K=1"), std::invalid_argument);
}

TEST_CASE("the library calls a space's own operators") {
    const cnn_space space;
    const cnn parent{3, 1, 64};
    nas::rng random{7};
    nas::rng same = random;
    CHECK(nas::mutate(space, parent, random) == space.mutate(parent, same));
    CHECK(nas::crossover(space, parent, {8, 5, 128}, random) == space.crossover(parent, {8, 5, 128}, same));
    CHECK(random == same);

    // Each gene changes with probability 0.2 (1 - 1 / choices): 2/3 x 0.2 for the width. The bounds are 4 deviations wide.
    int widths_changed = 0;
    int unchanged = 0;
    constexpr int draws = 10'000;
    for (int i = 0; i < draws; ++i) {
        const cnn child = space.mutate(parent, random);
        widths_changed += child.hidden != parent.hidden ? 1 : 0;
        unchanged += child == parent ? 1 : 0;
    }
    CHECK(widths_changed == doctest::Approx(draws * 0.2 * 2 / 3).epsilon(0.11));
    CHECK(unchanged ==
          doctest::Approx(draws * (1 - 0.2 * 11 / 12) * (1 - 0.2 * 3 / 4) * (1 - 0.2 * 2 / 3)).epsilon(0.04));
}

TEST_CASE("regularized evolution and random search work on a space written by hand") {
    const cnn_space space;
    // The optimum is (12, 5, 128), with 0.
    const auto score = [](const cnn& net) {
        return net.layers - 12 - std::abs(net.kernel - 5) + (net.hidden - 128) / 32.0;
    };

    nas::search search{nas::regularized_evolution{space, {.population = 20, .tournament = 5}}, score, {.seed = 3}};
    // 12 x 4 x 3 architectures, told apart by their text.
    CHECK(search.run({.trials = 500}) == nas::stop_reason::exhausted);
    CHECK(search.history().size() == 144);
    CHECK(space.describe(search.history().best().arch) == "L=12, K=5, H=128");
    bool inside = true;
    for (std::size_t row = 0; row < search.history().size(); ++row)
        inside = inside && space.contains(search.history().arch(row));
    CHECK(inside);

    nas::search again{nas::regularized_evolution{space, {.population = 20, .tournament = 5}}, score, {.seed = 3}};
    again.run({.trials = 500});
    bool same = true;
    for (std::size_t row = 0; row < 144; ++row) same = same && again.history().arch(row) == search.history().arch(row);
    CHECK(same);

    nas::search all{nas::random_search{space, {.replacement = false, .retries = 10'000}}, score, {.seed = 3}};
    CHECK(all.run({.trials = 1000}) == nas::stop_reason::exhausted);
    CHECK(all.history().size() == 144);
}

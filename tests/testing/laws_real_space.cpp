// SPDX-License-Identifier: Apache-2.0
#include "testing/law_driver.hpp"

#include <charconv>

namespace {

/// Three learning-rate-like numbers in [0, 1]: no decisions at all.
class real_space {
  public:
    using arch_type = std::array<double, 3>;

    static arch_type sample(nas::rng& random) { return {nas::unit(random), nas::unit(random), nas::unit(random)}; }
    static bool contains(const arch_type& arch) {
        for (const double x : arch)
            if (!(x >= 0 && x <= 1)) return false;
        return true;
    }
    static std::string describe(const arch_type& arch) {
        std::string text;
        for (const double x : arch) {
            char digits[32];
            text += (text.empty() ? "" : " ") + std::string(digits, std::to_chars(digits, digits + 32, x).ptr);
        }
        return text;
    }
    static arch_type parse(std::string_view text) {
        arch_type arch{};
        const char* at = text.data();
        const char* const end = text.data() + text.size();
        for (std::size_t i = 0; i < 3; ++i) {
            if (i > 0 && at != end && *at == ' ') ++at;
            const auto [next, error] = std::from_chars(at, end, arch[i]);
            if (error != std::errc{}) throw std::invalid_argument("real_space: expected three numbers");
            at = next;
        }
        if (at != end) throw std::invalid_argument("real_space: expected the end of the text");
        return arch;
    }
    static arch_type mutate(arch_type arch, nas::rng& random) {
        double& x = arch[nas::below(random, 3)];
        x = std::clamp(x + 0.2 * (nas::unit(random) - 0.5), 0.0, 1.0);
        return arch;
    }
    static arch_type crossover(const arch_type& a, const arch_type& b, nas::rng& random) {
        arch_type child;
        const double share = nas::unit(random);
        for (std::size_t i = 0; i < 3; ++i) child[i] = share * a[i] + (1 - share) * b[i];
        return child;
    }
};

double bowl(const real_space::arch_type& arch) {
    double sum = 0;
    for (const double x : arch) sum -= (x - 0.3) * (x - 0.3);
    return sum;
}

}  // namespace

TEST_CASE("laws: a user's space of real numbers") {
    static_assert(!nas::DecisionSpace<real_space> && !nas::EnumerableSpace<real_space> &&
                  !nas::NeighborSpace<real_space>);
    nas::tests::check_space(real_space{}, bowl, 600, 3);
}

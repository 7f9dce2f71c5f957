// SPDX-License-Identifier: Apache-2.0
// Numbers of AMBER's controllers, as its code or an independent one has them.
#include <nas/networks/optimizers.hpp>
#include <nas/policies/lstm_policy.hpp>

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <doctest/doctest.h>
#include "layer_table.hpp"

namespace {

using genotype = nas::dynamic_genotype;
using nas::lstm_policy_options;
using probabilities = std::vector<std::vector<double>>;
template <class Scalar = double>
using policy = nas::lstm_policy<Scalar>;

const layer_table::layers with_skips{.operations = {3, 2, 4}, .skips = true};

template <class Scalar>
probabilities all_of(const policy<Scalar>& of, const nas::choice_space<>& space, const genotype& arch) {
    probabilities all;
    of.probabilities(space, arch,
                     [&](std::size_t, std::span<const double> p) { all.emplace_back(p.begin(), p.end()); });
    return all;
}

bool near(const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (!(std::abs(a[i] - b[i]) < tolerance)) return false;
    return true;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// AMBER's penalty holds sigmoid(q) against the target, where the probability is sigmoid(2 q).
double amber_penalty(double q) {
    return sigmoid(-q) * std::log(sigmoid(-q) / 0.2) + sigmoid(q) * std::log(sigmoid(q) / 0.8);
}
double amber_penalty_slope(double q) {
    return sigmoid(q) * sigmoid(-q) * (std::log(sigmoid(q) / 0.8) - std::log(sigmoid(-q) / 0.2));
}
double score_of(const std::vector<double>& bit) { return std::log(bit[1] / bit[0]) / 2; }

/// The mean over layers of the mean over their skips, in the space of three layers: bits are numbers 2, 4 and 5.
double amber_penalty_of(const probabilities& p) {
    return (amber_penalty(score_of(p[2])) + (amber_penalty(score_of(p[4])) + amber_penalty(score_of(p[5]))) / 2) / 2;
}

TEST_CASE("lstm_policy: AMBER O16: numbers of parameters") {
    const auto count = [](const layer_table::layers& of, std::size_t units, std::size_t layers) {
        return policy<float>(layer_table::space(of), {.units = units, .layers = layers}).parameters().size();
    };
    CHECK(count({.operations = {4, 4, 4, 4}, .skips = true}, 32, 2) == 19520);
    CHECK(count({.operations = {4, 4, 4, 4}}, 32, 2) == 17440);
    CHECK(count({.operations = {4, 4, 4}, .inputs = 2, .skips = true, .outputs = 2}, 32, 2) == 19456);
    CHECK(count({.operations = std::vector<std::size_t>(12, 7), .skips = true}, 64, 1) == 51840);
}

TEST_CASE("lstm_policy: AMBER O18: zero weights are uniform") {
    const auto space = layer_table::space(with_skips);
    policy<> net(space, {.skip_weight = 1});
    layer_table::set_all(net, 0);
    CHECK(net.log_probability(space, {2, 0, 1, 3, 0, 1}) == doctest::Approx(-5.2574953720).epsilon(1e-10));
    for (const auto& p : all_of(net, space, {2, 0, 1, 3, 0, 1}))
        for (const double one : p) CHECK(one == doctest::Approx(1.0 / static_cast<double>(p.size())));
    // Both penalties are the same at q = 0.
    CHECK(net.regularization(space, {2, 0, 1, 3, 0, 1}) == doctest::Approx(0.2231435513).epsilon(1e-9));
    CHECK(amber_penalty_of(all_of(net, space, {2, 0, 1, 3, 0, 1})) == doctest::Approx(0.2231435513).epsilon(1e-9));
    CHECK(net.entropy(space, {2, 0, 1, 3, 0, 1}) == doctest::Approx(5.2574953720).epsilon(1e-10));
}

template <class Scalar>
void check_forward(double tolerance) {
    {
        const auto space = layer_table::space({.operations = {3, 2, 4}});
        policy<Scalar> net(space, {.units = 4, .layers = 1});
        layer_table::fill(net, 0.5);
        const auto p = all_of(net, space, {2, 0, 3});
        CHECK(near(p[0], {0.3241258067, 0.3320806580, 0.3437935353}, tolerance));
        CHECK(near(p[1], {0.4868324565, 0.5131675435}, tolerance));
        CHECK(near(p[2], {0.2468823275, 0.2487229462, 0.2509954491, 0.2533992772}, tolerance));
        CHECK(std::abs(net.log_probability(space, {2, 0, 3}) + 3.1603381005) < 10 * tolerance);
    }
    const auto space = layer_table::space(with_skips);
    {
        policy<Scalar> net(space, {.units = 4, .layers = 1});
        layer_table::fill(net, 0.5);
        const auto p = all_of(net, space, {2, 0, 1, 3, 0, 1});
        CHECK(near(p[2], {0.4951214155, 0.5048785845}, tolerance));
        CHECK(near(p[3], {0.2501376639, 0.2490739886, 0.2494802208, 0.2513081266}, tolerance));
        CHECK(near(p[4], {0.4777623277, 0.5222376723}, tolerance));
        CHECK(near(p[5], {0.4489241491, 0.5510758509}, tolerance));
        CHECK(std::abs(-std::log(p[2][1]) - 0.6834373054) < tolerance);
        CHECK(std::abs(-std::log(p[4][0]) - std::log(p[5][1]) - 1.3345247115) < 10 * tolerance);
        CHECK(std::abs(net.log_probability(space, {2, 0, 1, 3, 0, 1}) + 5.1865867505) < 10 * tolerance);
        CHECK(std::abs(amber_penalty(score_of(p[2])) - 0.2197737947) < tolerance);
        CHECK(std::abs(amber_penalty(score_of(p[4])) - 0.2079694638) < tolerance);
        CHECK(std::abs(amber_penalty(score_of(p[5])) - 0.1889594219) < tolerance);
        CHECK(std::abs(amber_penalty_of(p) - 0.2091191188) < tolerance);
    }
    policy<Scalar> net(space, {.units = 4, .layers = 2});
    layer_table::fill(net, 0.5);
    const auto p = all_of(net, space, {0, 1, 0, 2, 1, 1});
    CHECK(near(p[0], {0.3312874793, 0.3331746098, 0.3355379108}, tolerance));
    CHECK(near(p[2], {0.5077151013, 0.4922848987}, tolerance));
    CHECK(std::abs(net.log_probability(space, {0, 1, 0, 2, 1, 1}) + 5.2913447057) < 10 * tolerance);
    CHECK(std::abs(amber_penalty_of(p) - 0.2303568191) < tolerance);
}

TEST_CASE("lstm_policy: AMBER O19 O20 O21: forward passes") {
    check_forward<double>(2e-10);
    check_forward<float>(1e-6);
}

/// AMBER's training of O23: sum_b A_b NLL_b + 0.5 mean_b penalty_b. Its penalty is none of the policy's; the gradient of each
/// skip's q follows from gradients that are: twice q is the difference of the log-probabilities of two architectures where the
/// skip is among the last decisions, and what is left of the policy's own penalty is the first skip's.
class amber_training {
  public:
    amber_training() {
        layer_table::fill(net, 0.5);
        old[0] = all_of(net, space, archs[0]);
        old[1] = all_of(net, space, archs[1]);
    }

    double loss() const {
        double sum = 0;
        for (std::size_t k = 0; k < 2; ++k)
            sum += -advantages[k] * net.log_probability(space, archs[k]) +
                   0.25 * amber_penalty_of(all_of(net, space, archs[k]));
        return sum;
    }

    std::vector<double> gradient() {
        std::vector<double> sum = weighted(net, archs, {-advantages[0], -advantages[1]});
        policy<> penalized(space, {.units = 4, .layers = 1, .skip_weight = 1});
        penalized.change([&](std::span<double> weights) {
            std::copy(net.parameters().begin(), net.parameters().end(), weights.begin());
        });
        for (const genotype& arch : archs) {
            const auto p = all_of(net, space, arch);
            const auto of_last = [&](std::size_t bit) {
                auto with = arch;
                auto without = arch;
                with[bit] = 1;
                without[bit] = 0;
                return weighted(net, {with, without}, {0.5, -0.5});
            };
            const auto of_4 = of_last(4);
            const auto of_5 = of_last(5);
            const auto own = weighted(penalized, {arch}, {0});
            const auto slope = [&](std::size_t bit) { return nas::bit_divergence_gradient(score_of(p[bit]), 0.8); };
            const auto wanted = [&](std::size_t bit) { return amber_penalty_slope(score_of(p[bit])); };
            for (std::size_t i = 0; i < sum.size(); ++i) {
                const double of_2 = (2 * own[i] - (slope(4) * of_4[i] + slope(5) * of_5[i]) / 2) / slope(2);
                sum[i] += 0.25 * (wanted(2) * of_2 + (wanted(4) * of_4[i] + wanted(5) * of_5[i]) / 2) / 2;
            }
        }
        return sum;
    }

    template <class Optimizer>
    void train(Optimizer& optimizer, double rate, int steps) {
        for (int i = 0; i < steps; ++i) {
            const auto slope = gradient();
            net.change([&](std::span<double> weights) { optimizer.step(weights, slope, rate); });
        }
    }

    /// Of what was to what is, over operations and single skips alike.
    double divergence() const {
        double sum = 0;
        for (std::size_t k = 0; k < 2; ++k) {
            const auto now = all_of(net, space, archs[k]);
            for (std::size_t i = 0; i < now.size(); ++i)
                for (std::size_t c = 0; c < now[i].size(); ++c)
                    sum += old[k][i][c] * std::log(old[k][i][c] / now[i][c]) / 12;
        }
        return sum;
    }

    nas::choice_space<> space = layer_table::space(with_skips);
    policy<> net{space, {.units = 4, .layers = 1}};
    std::vector<genotype> archs{{2, 0, 1, 3, 0, 1}, {0, 1, 0, 1, 1, 0}};
    std::vector<double> advantages{1, -1};

  private:
    std::vector<double> weighted(policy<>& of, const std::vector<genotype>& genotypes,
                                 const std::vector<double>& weights) {
        std::vector<double> slope(of.parameters().size());
        of.add_gradient(
            space, std::span<const genotype>(genotypes), [&](std::size_t k, double) { return weights[k]; }, 0.0,
            std::span<double>(slope));
        return slope;
    }

    probabilities old[2];
};

TEST_CASE("lstm_policy: AMBER O23: training") {
    {
        amber_training run;
        CHECK(run.loss() == doctest::Approx(-0.0165392816).epsilon(1e-8));
        CHECK(run.net.log_probability(run.space, run.archs[0]) == doctest::Approx(-5.1865867505).epsilon(1e-10));
        CHECK(run.net.log_probability(run.space, run.archs[1]) == doctest::Approx(-5.3142434280).epsilon(1e-10));
        double squares = 0;
        for (const double slope : run.gradient()) squares += slope * slope;
        CHECK(std::sqrt(squares) == doctest::Approx(0.6683772253).epsilon(1e-9));
        nas::sgd<double> sgd(run.net.parameters().size());
        run.train(sgd, 0.1, 1);
        CHECK(std::abs(run.loss() + 0.0619400353) < 1e-8);
        run.train(sgd, 0.1, 9);
        CHECK(std::abs(run.loss() + 0.8027307076) < 1e-8);
    }
    amber_training run;
    nas::adam<double> adam(run.net.parameters().size());
    run.train(adam, 1e-3, 1);
    CHECK(std::abs(run.loss() + 0.0239333655) < 1e-8);
    CHECK(run.divergence() == doctest::Approx(8.009e-7).epsilon(1e-3));
    run.train(adam, 1e-3, 9);
    CHECK(std::abs(run.loss() + 0.0926325305) < 1e-8);
    CHECK(run.divergence() == doctest::Approx(8.391e-5).epsilon(1e-3));
    run.train(adam, 1e-3, 90);
    CHECK(std::abs(run.loss() + 1.1716722312) < 1e-8);
    CHECK(run.divergence() == doctest::Approx(0.0136721).epsilon(1e-5));
}

TEST_CASE("lstm_policy: AMBER O25: skip penalty") {
    // AMBER's own, and that of the policy, whose optimum is where the probability is the target.
    CHECK(amber_penalty(0) == doctest::Approx(0.2231435513).epsilon(1e-9));
    CHECK(std::abs(amber_penalty(std::log(4.0))) < 1e-12);
    CHECK(nas::bit_probability(std::log(4.0)) == doctest::Approx(0.9411764706).epsilon(1e-9));
    CHECK(amber_penalty(-1) == doctest::Approx(0.6544028276).epsilon(1e-9));
    CHECK(amber_penalty(2) == doctest::Approx(0.0230600349).epsilon(1e-9));
    CHECK(nas::bit_divergence(0, 0.8) == doctest::Approx(0.2231435513).epsilon(1e-9));
    CHECK(nas::bit_divergence(-0.5, 0.8) == doctest::Approx(0.6544028276).epsilon(1e-9));
    CHECK(nas::bit_divergence(1, 0.8) == doctest::Approx(0.0230600349).epsilon(1e-9));
    CHECK(std::abs(nas::bit_divergence(std::log(2.0), 0.8)) < 1e-12);
}

const layer_table::layers blocks{.operations = {4, 4, 4}, .inputs = 2, .skips = true, .outputs = 2};
const genotype block_arch{1, 1, 0, 2, 0, 0, 1, 3, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0};

/// AMBER's masks: in the last layer a block that was read is not closed again.
struct amber_inputs : nas::choice_space<> {
    amber_inputs() : choice_space(layer_table::decisions(blocks)) {}
    void allowed(std::span<const std::uint8_t> prefix, std::size_t i, nas::choice_mask& mask) const {
        if (tag(i) != nas::decision_tag::input || i < 3) return;
        const bool last = i > 7;
        const std::size_t block = i - (last ? 8 : 4);
        const bool read = prefix[1 + block] != 0 || (last && prefix[4 + block] != 0);
        if (read && !last) mask.erase(1);
        if (!read && last) mask.erase(0);
    }
};

TEST_CASE("lstm_policy: AMBER O29: zero weights with input and output blocks") {
    const amber_inputs masked;
    policy<> by_space(masked, {.unique_outputs = true});
    layer_table::set_all(by_space, 0);
    CHECK(by_space.log_probability(masked, block_arch) == doctest::Approx(-11.2081379246).epsilon(1e-10));
    // Ours: what was read is closed in the last layer too, so that one bit less is free.
    const auto space = layer_table::space(blocks);
    policy<> net(space, {.unique_inputs = true, .unique_outputs = true});
    layer_table::set_all(net, 0);
    CHECK(net.log_probability(space, block_arch) == doctest::Approx(-11.2081379246 + std::log(2.0)).epsilon(1e-10));
    CHECK(net.entropy(space, block_arch) == doctest::Approx(11.2081379246 - std::log(2.0)).epsilon(1e-10));

    policy<float> small(space, {.units = 8,
                                .layers = 1,
                                .initial = 1,
                                .tanh_constant = 1.5,
                                .unique_inputs = true,
                                .unique_skips = true,
                                .unique_outputs = true});
    nas::rng random(3);
    for (int n = 0; n < 200; ++n) {
        const genotype arch = small.sample(space, random);
        CHECK(arch[1] + arch[4] + arch[8] == 1);
        CHECK(arch[2] + arch[5] + arch[9] == 1);
        CHECK(arch[6] + arch[10] <= 1);  // layer 0 is read by at most one skip
        CHECK(arch[12] + arch[13] + arch[14] == 1);
        CHECK(arch[15] + arch[16] + arch[17] == 1);
        CHECK(std::isfinite(small.log_probability(space, arch)));
    }
}

TEST_CASE("lstm_policy: AMBER O30: sharing") {
    const auto space = layer_table::space({.operations = {4, 4, 4}});
    const policy<> shared(space, {.share = {{1, 0}, {2, 0}}});
    const auto& at = shared.network().at();
    CHECK(at.embedding == std::vector<std::size_t>(3, at.embedding[0]));
    CHECK(at.softmax == std::vector<std::size_t>(3, at.softmax[0]));
    CHECK(shared.parameters().size() == policy<>(space).parameters().size() - 4 * 4 * 32);
    CHECK(policy<>(space, {.share_alike = true}).network().at().softmax == at.softmax);
    CHECK(policy<>(space, {.share = {{2, 1}}}).network().at().softmax[1] != at.softmax[0]);
    CHECK_THROWS_WITH(policy<>(space, {.share = {{0, 1}}}),
                      "nas::lstm_policy: decision 0 shares with decision 1, which is not an earlier one");
    CHECK_THROWS_WITH(policy<>(space, {.skip_weight = 1}),
                      "nas::lstm_policy: skip_weight needs a space with skip connections");
}

TEST_CASE("lstm_policy: AMBER O31: a descriptor that changes nothing") {
    const auto space = layer_table::space(with_skips);
    policy<> general(space, {.units = 4, .layers = 1});
    layer_table::fill(general, 0.5);
    for (const std::size_t hidden : {0U, 3U}) {
        policy<> described(space, {.units = 4, .layers = 1, .descriptor = 2, .descriptor_units = hidden});
        described.change([&](std::span<double> weights) {
            const auto from = general.parameters();
            const auto& at = general.network().at();
            const std::size_t start = at.start;
            std::fill(weights.begin(), weights.end(), 0.0);
            std::copy_n(from.begin(), start, weights.begin());
            std::copy(from.begin() + static_cast<std::ptrdiff_t>(start + 4), from.end(),
                      weights.begin() + static_cast<std::ptrdiff_t>(start));
            std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(start), 4, weights.end() - 4);  // the last biases
        });
        const double wanted = general.log_probability(space, {2, 0, 1, 3, 0, 1});
        for (const double number : {-3.0, 0.0, 5.0})
            CHECK(described.log_probability(space, {2, 0, 1, 3, 0, 1}, std::vector{number, 1.0}) ==
                  doctest::Approx(wanted).epsilon(1e-14));
    }
}

}  // namespace

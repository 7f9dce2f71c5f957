// SPDX-License-Identifier: Apache-2.0
#include <nas/networks/mlp.hpp>

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>
#include <vector>

#include <doctest/doctest.h>

namespace {

using nas::activation;
using nas::loss_function;
using nas::mlp_layer;
using matrix = Eigen::MatrixXd;

constexpr nas::mlp_layer dropout = nas::dropout_layer;

matrix random_matrix(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
    nas::rng random(seed);
    matrix values(rows, columns);
    for (Eigen::Index i = 0; i < values.size(); ++i) values.data()[i] = 2 * nas::unit(random) - 1;
    return values;
}

// A column of a matrix is a row of data.
template <class Matrix>
auto flat(const Matrix& columns) {
    return std::span<const typename Matrix::Scalar>(columns.data(), static_cast<std::size_t>(columns.size()));
}

/// Outputs of `net`, a column a row.
template <class Net, class... Random>
matrix run(Net& net, const matrix& rows, Random&... random) {
    const auto out = net.forward(flat(rows), random...);
    return Eigen::Map<const matrix>(out.data(), static_cast<Eigen::Index>(net.outputs()), rows.cols());
}

/// One-hot, or zeros and ones, or numbers: what an output layer can be trained on.
matrix targets_for(activation output, Eigen::Index outputs, Eigen::Index rows) {
    if (output == activation::linear || output == activation::tanh) return random_matrix(outputs, rows, 7);
    matrix targets = matrix::Zero(outputs, rows);
    for (Eigen::Index i = 0; i < rows; ++i)
        targets((i * i) % outputs, i) = output == activation::sigmoid && i % 3 == 0 ? 0 : 1;
    return targets;
}

/// The mean loss, straight from its definition.
double loss_of(const matrix& out, const matrix& targets, activation output, loss_function loss) {
    double total = 0;
    for (Eigen::Index i = 0; i < out.size(); ++i) {
        const double p = out.data()[i];
        const double t = targets.data()[i];
        if (loss == loss_function::mean_squared_error) {
            total += (p - t) * (p - t);
        } else if (output == activation::softmax) {
            total -= t * std::log(p);
        } else {
            total -= t * std::log(p) + (1 - t) * std::log(1 - p);
        }
    }
    return total / static_cast<double>(output == activation::softmax ? out.cols() : out.size());
}

/// Largest difference between the gradient and central differences, dropout drawn from the same seed every time.
double gradient_error(const std::vector<mlp_layer>& layers, loss_function loss) {
    constexpr Eigen::Index rows = 9;
    nas::mlp<double> net(4, layers, 0.3);
    nas::rng random(11);
    net.initialize(random);
    for (double& p : net.parameters()) p += 0.2 * (nas::unit(random) - 0.5);  // biases too
    const activation output = layers.back().function;
    const matrix inputs = random_matrix(4, rows, 3);
    const matrix targets = targets_for(output, static_cast<Eigen::Index>(layers.back().units), rows);
    const auto loss_now = [&] {
        nas::rng same(5);
        return loss_of(run(net, inputs, same), targets, output, loss);
    };
    loss_now();
    net.backward(flat(inputs), flat(targets), loss);
    const std::vector<double> gradient(net.gradient().begin(), net.gradient().end());
    double worst = 0;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
        constexpr double step = 1e-6;
        const double before = net.parameters()[i];
        net.parameters()[i] = before + step;
        const double above = loss_now();
        net.parameters()[i] = before - step;
        const double below = loss_now();
        net.parameters()[i] = before;
        worst = std::max(worst, std::abs((above - below) / (2 * step) - gradient[i]));
    }
    return worst;
}

}  // namespace

TEST_CASE("mlp: gradients are those of central differences, every activation with every loss") {
    for (const activation hidden :
         {activation::sigmoid, activation::tanh, activation::relu, activation::elu, activation::linear}) {
        for (const activation output :
             {activation::softmax, activation::sigmoid, activation::tanh, activation::linear}) {
            for (const loss_function loss : {loss_function::cross_entropy, loss_function::mean_squared_error}) {
                if (!nas::fits(loss, output)) continue;
                CAPTURE(nas::describe(mlp_layer{1, hidden}));
                CAPTURE(nas::describe(mlp_layer{3, output}));
                CHECK(gradient_error({{6, hidden}, {3, output}}, loss) < 1e-8);
                CHECK(gradient_error({{6, hidden}, {5, activation::tanh}, {3, output}}, loss) < 1e-8);
                CHECK(gradient_error({{8, hidden}, dropout, {5, hidden}, dropout, dropout, {3, output}}, loss) < 1e-8);
            }
        }
    }
}

TEST_CASE("mlp: slopes by the outputs give the gradient of the loss that they are of") {
    const matrix rows = random_matrix(3, 5, 1);
    for (const activation output : {activation::linear, activation::tanh}) {
        const std::vector<mlp_layer> layers{{4, activation::relu}, {2, output}};
        const matrix targets = targets_for(output, 2, 5);
        nas::mlp<double> net(3, layers, 0);
        nas::rng random(2);
        net.initialize(random);
        const matrix out = run(net, rows);
        net.backward(flat(rows), flat(targets), loss_function::mean_squared_error);
        const std::vector<double> expected(net.gradient().begin(), net.gradient().end());
        const matrix slopes = (out - targets) * 2 / 10;
        net.backward(flat(rows), flat(slopes));
        for (std::size_t i = 0; i < expected.size(); ++i) CHECK(net.gradient()[i] == doctest::Approx(expected[i]));
    }
    nas::mlp<double> classes(3, std::vector<mlp_layer>{{2, activation::softmax}}, 0);
    const matrix slopes = matrix::Zero(2, 5);
    CHECK_THROWS_WITH_AS(classes.backward(flat(rows), flat(slopes)),
                         "nas::mlp: slopes do not go through a softmax layer", std::invalid_argument);
}

TEST_CASE("mlp: derivatives by the rows are those of central differences, also after a larger batch") {
    const std::vector<mlp_layer> layers{{4, activation::tanh}, {2, activation::linear}};
    nas::mlp<double> net(3, layers, 0);
    nas::rng random(2);
    net.initialize(random);
    for (const Eigen::Index count : {5, 2}) {
        matrix rows = random_matrix(3, count, 1);
        const matrix slopes = random_matrix(2, count, 3);
        (void)run(net, rows);
        net.backward(flat(rows), flat(slopes));
        const std::vector<double> by_rows(net.input_gradient().begin(), net.input_gradient().end());
        REQUIRE(by_rows.size() == static_cast<std::size_t>(rows.size()));
        for (Eigen::Index i = 0; i < rows.size(); ++i) {
            const double kept = rows.data()[i];
            rows.data()[i] = kept + 1e-6;
            const double above = run(net, rows).cwiseProduct(slopes).sum();
            rows.data()[i] = kept - 1e-6;
            const double below = run(net, rows).cwiseProduct(slopes).sum();
            rows.data()[i] = kept;
            CHECK(by_rows[static_cast<std::size_t>(i)] == doctest::Approx((above - below) / 2e-6).epsilon(1e-6));
        }
    }
}

TEST_CASE("mlp: a single sigmoid unit, and a network without hidden layers") {
    CHECK(gradient_error({{5, activation::elu}, {1, activation::sigmoid}}, loss_function::cross_entropy) < 1e-8);
    CHECK(gradient_error({{2, activation::softmax}}, loss_function::cross_entropy) < 1e-8);
}

TEST_CASE("mlp: a network computed by hand") {
    nas::mlp<double> net(2, std::vector<mlp_layer>{{2, activation::relu}, {1, activation::linear}});
    const std::vector<double> parameters{1, -1, 2, 3, 0.5, -4, 10, 20, 0.25};  // W1 by columns, b1, W2, b2
    std::copy(parameters.begin(), parameters.end(), net.parameters().begin());
    matrix rows(2, 2);
    rows << 1, -2,  // first feature of both rows
        1, 1;
    // Row 1: sums (3.5, -2), so (3.5, 0) and 35.25; row 2: (0.5, 1), so 25.25.
    const matrix out = run(net, rows);
    CHECK(out(0, 0) == doctest::Approx(35.25));
    CHECK(out(0, 1) == doctest::Approx(25.25));
    CHECK(net.parameters(0).size() == 6);
    CHECK(net.parameters(1)[2] == 0.25);
}

TEST_CASE("mlp: softmax sums to one and bears large sums") {
    nas::mlp<float> net(1, std::vector<mlp_layer>{{3, activation::softmax}});
    const std::vector<float> parameters{1000, 999, -1000, 0, 0, 0};
    std::copy(parameters.begin(), parameters.end(), net.parameters().begin());
    const auto out = net.forward(std::vector<float>{1});
    CHECK(out[0] + out[1] + out[2] == doctest::Approx(1));
    CHECK(out[0] == doctest::Approx(1 / (1 + std::exp(-1.0))));
    CHECK(out[2] < 1e-37F);
}

TEST_CASE("mlp: a batch's rows do not touch each other, nor does what a larger batch left behind") {
    const std::vector<mlp_layer> layers{{7, activation::elu}, {4, activation::relu}, {3, activation::softmax}};
    nas::mlp<double> net(4, layers);
    nas::rng random(1);
    net.initialize(random);
    const matrix rows = random_matrix(4, 10, 2);
    const matrix targets = targets_for(activation::softmax, 3, 10);
    const matrix all = run(net, rows);
    net.backward(flat(rows), flat(targets), loss_function::cross_entropy);
    std::vector<double> mean(net.gradient().size());
    for (Eigen::Index i = 0; i < 10; ++i) {
        CHECK((run(net, rows.col(i)) - all.col(i)).norm() < 1e-14);
        net.backward(flat(matrix(rows.col(i))), flat(matrix(targets.col(i))), loss_function::cross_entropy);
        for (std::size_t k = 0; k < mean.size(); ++k) mean[k] += net.gradient()[k] / 10;
    }
    run(net, rows);
    net.backward(flat(rows), flat(targets), loss_function::cross_entropy);
    for (std::size_t k = 0; k < mean.size(); ++k) CHECK(net.gradient()[k] == doctest::Approx(mean[k]).epsilon(1e-9));
}

TEST_CASE("mlp: dropout drops its share while training, keeps the mean and is off otherwise") {
    // Dropout after 1000 units that are all 1, summed up: mean 1000, variance 1000 (1 - keep) / keep.
    for (const int times : {1, 2}) {
        std::vector<mlp_layer> layers{{1000, activation::linear}};
        for (int i = 0; i < times; ++i) layers.push_back(dropout);
        layers.push_back({1, activation::linear});
        nas::mlp<double> net(1, layers, 0.25);
        for (double& p : net.parameters()) p = 0;
        for (std::size_t i = 1000; i < 2000; ++i) net.parameters()[i] = 1;  // biases of the hidden layer
        for (std::size_t i = 2000; i < 3000; ++i) net.parameters()[i] = 1;
        const matrix rows = matrix::Ones(1, 400);
        nas::rng random(3);
        const matrix sums = run(net, rows, random);
        const double keep = std::pow(0.75, times);
        const double variance = 1000 * (1 - keep) / keep;
        CHECK(std::abs(sums.mean() - 1000) < 4 * std::sqrt(variance / 400));
        CHECK((sums.array() - sums.mean()).square().mean() == doctest::Approx(variance).epsilon(0.3));
        CHECK((run(net, rows).array() == 1000).all());
    }
}

TEST_CASE("mlp: dropout that leaves next to nothing keeps the mean too") {
    // Two layers that keep one of a thousand: less than the draws can tell, which are multiples of 2^-16.
    nas::mlp<double> net(
        1, std::vector<mlp_layer>{{4000, activation::linear}, dropout, dropout, {1, activation::linear}}, 0.999);
    for (double& p : net.parameters()) p = 0;
    for (std::size_t i = 4000; i < 12000; ++i) net.parameters()[i] = 1;
    nas::rng random(3);
    const double mean = run(net, matrix::Ones(1, 1000), random).mean();
    CHECK(std::abs(mean - 4000) < 4 * std::sqrt(4000 * 65535.0 / 1000));
}

TEST_CASE("mlp: a loss that does not fit the output layer is refused") {
    const std::vector<double> row{1};
    for (const auto& [output, loss] : {std::pair{activation::linear, loss_function::cross_entropy},
                                       {activation::tanh, loss_function::cross_entropy},
                                       {activation::softmax, loss_function::mean_squared_error}}) {
        nas::mlp<double> net(1, std::vector<mlp_layer>{{2, output}});
        net.forward(row);
        const auto wrong = loss;
        CHECK_THROWS_WITH_AS(net.backward(row, std::vector<double>{0, 1}, wrong),
                             "nas::mlp: the loss does not fit the output layer", std::invalid_argument);
    }
}

TEST_CASE("mlp: weights begin uniform in Glorot's range, biases at 0") {
    nas::mlp<float> net(11, std::vector<mlp_layer>{{64, activation::relu}, {3, activation::softmax}});
    nas::rng random(1);
    net.initialize(random);
    const auto first = net.parameters(0);
    const double limit = std::sqrt(6.0 / 75);
    double largest = 0;
    double mean = 0;
    for (std::size_t i = 0; i < 704; ++i) {
        largest = std::max(largest, std::abs(static_cast<double>(first[i])));
        mean += static_cast<double>(first[i]) / 704;
    }
    CHECK(largest < limit);
    CHECK(largest > 0.98 * limit);
    CHECK(std::abs(mean) < 4 * limit / std::sqrt(3.0 * 704));
    for (std::size_t i = 704; i < first.size(); ++i) CHECK(first[i] == 0);
}

TEST_CASE("mlp: weight decay takes from weights, not from biases") {
    nas::mlp<float> net(1, std::vector<mlp_layer>{{2, activation::relu}, {1, activation::linear}});
    for (float& p : net.parameters()) p = 1;
    net.scale_weights(0.5);
    const std::vector<float> expected{0.5, 0.5, 1, 1, 0.5, 0.5, 1};
    CHECK(std::vector<float>(net.parameters().begin(), net.parameters().end()) == expected);
}

TEST_CASE("mlp: what cannot be built") {
    const auto build = [](std::size_t inputs, std::vector<mlp_layer> layers, double drop = 0.2) {
        return nas::mlp<float>(inputs, layers, drop);
    };
    const mlp_layer hidden{8, activation::relu};
    const mlp_layer out{3, activation::softmax};
    CHECK_THROWS_WITH_AS(build(0, {hidden, out}), "nas::mlp: there must be at least one input feature",
                         std::invalid_argument);
    for (const auto& layers : std::vector<std::vector<mlp_layer>>{{}, {dropout, out}, {hidden, dropout}})
        CHECK_THROWS_WITH_AS(build(4, layers), "nas::mlp: the first and the last layer must be dense",
                             std::invalid_argument);
    CHECK_THROWS_WITH_AS(build(4, {out, out}), "nas::mlp: softmax is an activation of the output layer only",
                         std::invalid_argument);
    const std::size_t many = std::size_t{1} << 62;
    CHECK_THROWS_WITH_AS(build(4, {{many, activation::relu}, out}),
                         "nas::mlp: a layer has 4611686018427387904 units; it may have 2^20", std::invalid_argument);
    CHECK_THROWS_AS(build(many, {hidden, out}), std::invalid_argument);
    CHECK_THROWS_AS(build(4, {hidden, out}, 1), std::invalid_argument);
    CHECK_THROWS_AS(build(4, {hidden, out}, -0.1), std::invalid_argument);
}

// SPDX-License-Identifier: Apache-2.0
#include <nas/networks/lstm.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

namespace {

/// What each sequence reads in each step: sequences of one number the same.
using kinds = std::vector<std::vector<std::size_t>>;

kinds apart(std::size_t steps, std::size_t batch) {
    kinds all(steps, std::vector<std::size_t>(batch));
    for (auto& step : all) std::iota(step.begin(), step.end(), std::size_t{0});
    return all;
}

/// A network with numbers of its own, and the sum of its outputs times some factors.
struct fixture {
    fixture(std::size_t units, std::size_t layers, const kinds& read, double dropout = 0)
        : net(units, layers), steps(read.size()), batch(read[0].size()), weights(net.size()) {
        columns.start(batch, steps, true, dropout == 0);
        for (std::size_t step = 0; step < steps; ++step)
            columns.add(step, batch, [&](std::size_t b) { return read[step][b]; });
        inputs.resize(units * (columns[steps - 1].first_input + columns[steps - 1].inputs));
        nas::rng random(5);
        for (double& weight : weights) weight = nas::unit(random) - 0.5;
        for (double& input : inputs) input = 2 * nas::unit(random) - 1;
        memory = {nullptr, steps, batch, true, dropout > 0, &columns};
        data.resize(net.room(memory));
        memory.data = data.data();
        if (dropout > 0) net.draw_dropout(memory, dropout, random);
    }

    double factor(std::size_t step, std::size_t b, std::size_t i) const {
        return std::sin(static_cast<double>(17 * step + b * net.units() + i));
    }
    double* input(std::size_t step, std::size_t b) {
        return inputs.data() + (columns[step].first_input + columns.input(step, columns.state(step, b))) * net.units();
    }
    double* output(std::size_t step, std::size_t b) const {
        return net.top(memory, step) + columns.state(step, b) * net.units();
    }

    /// Segments end where `ends` says.
    double value(const std::vector<std::size_t>& ends) {
        std::size_t first = 0;
        for (const std::size_t end : ends) {
            net.forward(weights.data(), memory, inputs.data(), first, end);
            first = end;
        }
        double sum = 0;
        for (std::size_t step = 0; step < steps; ++step)
            for (std::size_t b = 0; b < batch; ++b)
                for (std::size_t i = 0; i < net.units(); ++i) sum += factor(step, b, i) * output(step, b)[i];
        return sum;
    }

    /// Largest difference from central differences, of weights and inputs.
    double gradient_error(const std::vector<std::size_t>& ends) {
        value(ends);
        std::vector<double> transposed(net.size());
        std::vector<double> gradient(net.size());
        net.transpose_weights(weights.data(), transposed.data());
        net.begin_backward(memory);
        for (std::size_t step = 0; step < steps; ++step) {
            std::fill_n(net.top_gradient(memory, step), columns[step].states * net.units(), 0.0);
            for (std::size_t b = 0; b < batch; ++b)
                for (std::size_t i = 0; i < net.units(); ++i)
                    net.top_gradient(memory, step)[columns.state(step, b) * net.units() + i] += factor(step, b, i);
        }
        for (std::size_t k = ends.size(); k-- > 0;)
            net.backward(transposed.data(), memory, k == 0 ? 0 : ends[k - 1], ends[k]);
        net.add_gradient(memory, inputs.data(), steps, gradient.data());
        const std::vector<double> of_inputs(net.input_gradient(memory, 0),
                                            net.input_gradient(memory, 0) + inputs.size());
        double error = 0;
        const auto compare = [&](std::vector<double>& numbers, const std::vector<double>& slopes) {
            for (std::size_t i = 0; i < numbers.size(); ++i) {
                const double before = numbers[i];
                numbers[i] = before + 1e-5;
                const double above = value(ends);
                numbers[i] = before - 1e-5;
                const double below = value(ends);
                numbers[i] = before;
                error = std::max(error, std::abs((above - below) / 2e-5 - slopes[i]));
            }
        };
        compare(weights, gradient);
        compare(inputs, of_inputs);
        return error;
    }

    nas::lstm<double> net;
    std::size_t steps;
    std::size_t batch;
    nas::shared_columns columns;
    std::vector<double> weights;
    std::vector<double> inputs;
    std::vector<double> data;
    nas::lstm<double>::memory memory;
};

TEST_CASE("lstm: AMBER O17: one cell") {
    const nas::lstm<double> net(1, 1);
    nas::shared_columns columns;
    columns.start(1, 2, false, true);
    columns.add(0);
    columns.add(1);
    nas::lstm<double>::memory memory{nullptr, 2, 1, false, false, &columns};
    std::vector<double> data(net.room(memory));
    memory.data = data.data();
    // The state before, of step 0, is put in place: cells are part 4 of the memory, outputs part 6, of two slots each.
    data[4 * 2] = 0.1;
    data[6 * 2] = -0.25;
    const double weights[] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8};
    const double inputs[] = {0, 0.5};
    net.forward(weights, memory, inputs, 1, 2);
    CHECK(std::abs(data[4 * 2 + 1] - 0.0487502604) < 1e-10);
    CHECK(std::abs(net.top(memory, 1)[0] - 0.0240514065) < 1e-10);
}

TEST_CASE("lstm: gradients of weights and inputs are central differences") {
    CHECK(fixture(3, 1, apart(4, 2)).gradient_error({4}) < 1e-8);
    CHECK(fixture(4, 2, apart(5, 3)).gradient_error({5}) < 1e-8);
    CHECK(fixture(4, 3, apart(5, 1)).gradient_error({1, 3, 5}) < 1e-8);
    CHECK(fixture(4, 2, apart(3, 3), 0.4).gradient_error({2, 3}) < 1e-8);
    // A pack and a bit in each of the instruction sets.
    CHECK(fixture(9, 1, apart(2, 2)).gradient_error({2}) < 1e-8);
}

// All read the same, then two and two; the last step's second input is that of two states.
const kinds shared{{0, 0, 0, 0}, {1, 0, 0, 1}, {2, 0, 1, 0}, {1, 1, 0, 1}};

TEST_CASE("lstm: gradients where sequences share states and inputs") {
    CHECK(fixture(4, 2, shared).gradient_error({4}) < 1e-8);
    CHECK(fixture(3, 3, shared).gradient_error({1, 2, 4}) < 1e-8);
    CHECK(fixture(3, 2, shared, 0.4).gradient_error({2, 4}) < 1e-8);
}

TEST_CASE("lstm: sharing changes nothing") {
    fixture net(5, 2, shared);
    fixture alone(5, 2, apart(4, 4));
    for (std::size_t step = 0; step < 4; ++step)
        for (std::size_t b = 0; b < 4; ++b) std::copy_n(net.input(step, b), 5, alone.input(step, b));
    CHECK(net.value({4}) == alone.value({4}));
}

TEST_CASE("lstm: segments and batches change nothing") {
    fixture net(5, 2, apart(6, 3));
    const double whole = net.value({6});
    CHECK(net.value({1, 2, 3, 4, 5, 6}) == whole);
    // The second sequence alone, in two slots.
    nas::shared_columns columns;
    columns.start(1, 6, false, true);
    nas::lstm<double>::memory memory{nullptr, 2, 1, false, false, &columns};
    std::vector<double> data(net.net.room(memory));
    memory.data = data.data();
    std::vector<double> inputs(10);
    for (std::size_t step = 0; step < 6; ++step) {
        columns.add(step);
        std::copy_n(net.input(step, 1), 5, inputs.begin() + static_cast<std::ptrdiff_t>(step % 2 * 5));
        net.net.forward(net.weights.data(), memory, inputs.data(), step, step + 1);
        for (std::size_t i = 0; i < 5; ++i) CHECK(net.net.top(memory, step)[i] == net.output(step, 1)[i]);
    }
}

TEST_CASE("lstm: dropout keeps its share and scales it") {
    fixture net(16, 1, apart(8, 8), 0.25);
    net.value({8});
    std::size_t dropped = 0;
    for (std::size_t step = 0; step < 8; ++step)
        for (std::size_t i = 0; i < 128; ++i) dropped += net.net.top(net.memory, step)[i] == 0 ? 1U : 0U;
    CHECK(dropped > 1024 * 0.2);
    CHECK(dropped < 1024 * 0.3);
}

}  // namespace

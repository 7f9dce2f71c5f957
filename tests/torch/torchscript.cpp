// SPDX-License-Identifier: Apache-2.0
#include <nas/torch/torchscript.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include <torch/script.h>
#include <torch/torch.h>
#include <nas/core/rng.hpp>
#include <nas/networks/network_plan.hpp>
#include <nas/torch/plan_module.hpp>

#include <support/mixed_plan.hpp>
#include <support/temporary_folder.hpp>

TEST_CASE("torchscript: every kind of node, loaded again, answers as the network") {
    nas::plan_module net(support::mixed_plan());
    nas::rng random(1);
    net.initialize(random);
    net.draw_from(random);
    const auto image = support::drawn({4, 2, 6, 5}, 2);
    const auto features = support::drawn({4, 4}, 3);
    net.forward({image, features});  // while training: statistics are not those of the beginning
    net.eval();
    const auto wanted = net.forward({image, features});

    const support::temporary_folder folder;
    const auto path = folder.path() / "net.pt";
    nas::write_torchscript(path, net);
    ::torch::jit::Module loaded = ::torch::jit::load(path.string());
    CHECK_FALSE(loaded.is_training());
    const auto out = loaded.forward({image, features}).toTuple();
    for (std::size_t k = 0; k < 2; ++k) CHECK(::torch::allclose(out->elements()[k].toTensor(), wanted[k], 1e-5, 1e-6));
    const auto one_row = loaded.forward({image.narrow(0, 1, 1), features.narrow(0, 1, 1)}).toTuple();
    CHECK(::torch::allclose(one_row->elements()[0].toTensor(), wanted[0].narrow(0, 1, 1), 1e-5, 1e-6));

    nas::rng other(2);
    net.initialize(other);  // the script has its own
    CHECK(::torch::equal(loaded.forward({image, features}).toTuple()->elements()[0].toTensor(),
                         out->elements()[0].toTensor()));
}

TEST_CASE("torchscript: one output is a tensor, and rows may be flat") {
    nas::network_plan plan;
    std::size_t at = plan.separable_dense(plan.input({2, 2, 2}), 3, false, {.bias = false});
    at = plan.activate(at, nas::activation::tanh);
    plan.output(plan.dense(plan.activate(at, nas::activation::relu), 2));
    nas::plan_module net(plan);
    nas::rng random(1);
    net.initialize(random);
    ::torch::jit::Module script = nas::to_torchscript(net);
    const auto rows = support::drawn({5, 8}, 1);
    CHECK(::torch::allclose(script.forward({rows}).toTensor(), net.forward({rows})[0], 1e-5, 1e-6));
}

TEST_CASE("torchscript: several networks and a missing folder are refused") {
    nas::network_plan plan;
    plan.output(plan.dense(plan.input(2), 1));
    CHECK_THROWS_WITH_AS(nas::to_torchscript(nas::plan_module(plan, 2)),
                         "nas::to_torchscript: there are 2 networks; give one of them to a plan_module of its own",
                         std::invalid_argument);
    const support::temporary_folder folder;
    CHECK_THROWS_AS(nas::write_torchscript(folder.path() / "no" / "net.pt", nas::plan_module(plan)),
                    std::runtime_error);
}

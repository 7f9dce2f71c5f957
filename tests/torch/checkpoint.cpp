// SPDX-License-Identifier: Apache-2.0
#if __has_include(<nlohmann/json.hpp>)  // as nas::io, an option

#include <nas/torch/checkpoint.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <torch/torch.h>
#include <nas/core/rng.hpp>
#include <nas/networks/network_plan.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/torch/plan_module.hpp>

#include <support/temporary_folder.hpp>

namespace {

using space_type = nas::choice_space<2>;

// So many channels, and so many units before the last layer.
nas::network_plan plan_of(const space_type::arch_type& arch) {
    nas::network_plan plan;
    std::size_t at = plan.batch_norm(plan.convolution(plan.input({1, 4, 4}), arch[0] + std::size_t{1}, {}));
    at = plan.dense(plan.global_average_pool(plan.activate(at, nas::activation::relu)), arch[1] + std::size_t{1});
    plan.output(plan.dense(at, 2));
    return plan;
}

const space_type space{3};

// With statistics of its own.
std::shared_ptr<nas::plan_module> trained(const space_type::arch_type& arch) {
    auto net = std::make_shared<nas::plan_module>(plan_of(arch));
    nas::rng random(1);
    net->initialize(random);
    net->forward({::torch::arange(3 * 16, ::torch::kFloat).sin().view({3, 1, 4, 4})});
    net->eval();
    return net;
}

std::string fault(auto&& call) {
    try {
        call();
    } catch (const nas::checkpoint_error& error) {
        const std::string line = error.what();
        CHECK(line.find('\n') == std::string::npos);
        return line;
    }
    return "";
}

std::string parse_fault(const std::string& text) {
    return fault([&] { (void)nas::detail::parse_checkpoint(text, "c"); });
}

std::string sealed(std::string text) {
    nas::detail::seal(text);
    return text;
}

}  // namespace

TEST_CASE("checkpoint: a network is loaded as it was saved, bit by bit") {
    const support::temporary_folder folder;
    const auto path = folder.path() / "best.nas";
    const auto arch = space.parse(space.describe(space_type::arch_type{1, 2}));
    const auto net = trained(arch);
    nas::write_checkpoint(path, nas::make_checkpoint(space, arch, *net));
    CHECK(nas::read_checkpoint(path) == nas::make_checkpoint(space, arch, *net));
    const auto loaded = nas::load_checkpoint(path, space, plan_of);
    CHECK(loaded.architecture == arch);
    CHECK_FALSE(loaded.module->is_training());
    CHECK(loaded.module->weights() == net->weights());
    CHECK(loaded.module->statistics() == net->statistics());
    CHECK(net->statistics() != nas::plan_module(plan_of(arch)).statistics());
    const auto x = ::torch::arange(32, ::torch::kFloat).cos().view({2, 1, 4, 4});
    CHECK(::torch::equal(loaded.module->forward({x})[0], net->forward({x})[0]));

    nas::plan_module three(plan_of(arch), 3);
    nas::load_weights(path, three, 2);
    CHECK(three.weights(2) == net->weights());
    CHECK(three.weights(1) == std::vector<float>(nas::plan_module(plan_of(arch)).weights()));
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        (void)entry;
        ++files;
    }
    CHECK(files == 1);  // no draft is left
}

TEST_CASE("checkpoint: cut off or damaged at any byte, it is refused and nothing of it loaded") {
    const auto arch = space_type::arch_type{0, 0};
    const std::string text = nas::detail::checkpoint_text(nas::make_checkpoint(space, arch, *trained(arch)));
    CHECK(parse_fault(text).empty());
    for (std::size_t size = 0; size < text.size(); ++size) REQUIRE_FALSE(parse_fault(text.substr(0, size)).empty());
    for (std::size_t at = 0; at < text.size(); ++at)
        for (const unsigned bit : {0U, 3U, 7U}) {
            std::string damaged = text;
            damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ (1U << bit));
            REQUIRE_FALSE(parse_fault(damaged).empty());
        }
    CHECK_FALSE(parse_fault(text + "x").empty());

    const support::temporary_folder folder;
    const auto path = folder.path() / "cut.nas";
    std::ofstream(path, std::ios::binary) << text.substr(0, text.size() - 7);
    nas::plan_module net(plan_of(arch));
    const auto before = net.weights();
    CHECK(fault([&] { nas::load_weights(path, net); }) ==
          path.string() + ": the file is cut off or damaged: its checksum is wrong");
    CHECK(net.weights() == before);
}

TEST_CASE("checkpoint: what is whole but wrong is refused in a sentence") {
    CHECK(parse_fault("weights") == "c: this is not a checkpoint of a network");
    CHECK(parse_fault("{\"nas_checkpoint\":2,}").starts_with("c: this checkpoint of a network has a format that nas "));
    const std::string start = R"({"nas_checkpoint":1,"architecture":"a","space":{},"plan":"p")";
    CHECK(parse_fault(sealed("{\"nas_checkpoint\":1,\n")).starts_with("c: the first line is wrong: "));
    CHECK(parse_fault(sealed(start + "}\n")).starts_with("c: the first line is wrong: "));
    for (const char* const count : {"-1", "0.5", "1e300", "null"})
        CHECK(parse_fault(sealed(start + R"(,"weights":)" + count + R"(,"statistics":0})" + "\n")) ==
              "c: the first line is wrong: weights (" + std::string(count == std::string("1e300") ? "1e+300" : count) +
                  ") must be a number of numbers");
    CHECK(parse_fault(sealed(start + R"(,"weights":18446744073709551615,"statistics":0})" + "\n")) ==
          "c: there are 0 bytes of numbers, not those of 18446744073709551615 weights and 0 statistics");
    CHECK(parse_fault(sealed(start + R"(,"weights":1,"statistics":0})" + "\n12345")) ==
          "c: there are 5 bytes of numbers, not those of 1 weights and 0 statistics");
    CHECK(parse_fault(sealed(start + R"(,"weights":"1","statistics":0})" + "\n1234"))
              .starts_with("c: the first line is wrong: "));
    CHECK(parse_fault(sealed(start + R"(,"weights":1,"statistics":0})" + "\n1234")).empty());
}

TEST_CASE("checkpoint: of another space or network it is refused, and the network stays") {
    const support::temporary_folder folder;
    const auto path = folder.path() / "best.nas";
    const space_type::arch_type arch{1, 2};
    nas::write_checkpoint(path, nas::make_checkpoint(space, arch, *trained(arch)));
    const std::string name = path.string();

    CHECK(fault([&] {
              nas::load_checkpoint(path, space_type{4}, plan_of);
          }).starts_with(name + ": it is of another space: "));
    const auto wider = [](const space_type::arch_type& one) {
        return plan_of({one[0], static_cast<space_type::arch_type::value_type>(one[1] + 1)});
    };
    CHECK(fault([&] { nas::load_checkpoint(path, space, wider); }) ==
          name + ": it is of another network: of its plan line 6 is '5 dense(4) 3 bias', not '5 dense(4) 4 bias'");
    nas::plan_module other(plan_of({2, 2}));
    const auto before = other.weights();
    CHECK(fault([&] { nas::load_weights(path, other); }).starts_with(name + ": it is of another network: "));
    CHECK(other.weights() == before);

    nas::checkpoint forged = nas::read_checkpoint(path);
    forged.weights.pop_back();
    nas::write_checkpoint(path, forged);
    nas::plan_module same(plan_of(arch));
    const auto zero = same.weights();
    CHECK(fault([&] { nas::load_weights(path, same); }).starts_with(name + ": it has "));
    CHECK(same.weights() == zero);
    forged = nas::make_checkpoint(space, arch, *trained(arch));
    forged.architecture = "none";
    nas::write_checkpoint(path, forged);
    CHECK(fault([&] {
              nas::load_checkpoint(path, space, plan_of);
          }).starts_with(name + ": its architecture 'none' is none of the space: "));
    nas::write_checkpoint(path, nas::make_checkpoint(space, arch, *trained(arch)));
    const auto refuses = [](const space_type::arch_type&) -> nas::network_plan {
        throw std::invalid_argument("too wide");
    };
    CHECK(fault([&] { nas::load_checkpoint(path, space, refuses); }) == name + ": the network of its architecture '" +
                                                                            std::string(space.describe(arch)) +
                                                                            "' cannot be built: too wide");
    CHECK(fault([&] { nas::read_checkpoint(folder.path() / "missing"); }).find("missing") != std::string::npos);
    CHECK_FALSE(fault([&] { nas::write_checkpoint(folder.path() / "no" / "folder", forged); }).empty());
}

#endif

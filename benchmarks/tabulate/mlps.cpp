// SPDX-License-Identifier: Apache-2.0

// Tables of multilayer perceptrons.

#include <string>
#include <utility>

#include <boost/crc.hpp>

#include <nas/data/read_dataset.hpp>
#include <nas/data/split.hpp>
#include <nas/data/standardize.hpp>
#include <nas/evaluators/joint_mlp_trainer.hpp>
#include <nas/evaluators/mlp_trainer.hpp>
#include <nas/io/mlp_space_json.hpp>
#include <nas/io/space_json.hpp>
#include <nas/spaces/mlp_space.hpp>
#ifdef NAS_HAS_CUDA
#include <nas/cuda/cuda_mlp_trainer.hpp>
#endif

#include "make_table.hpp"

namespace tabulate {

namespace {

/// What the rows and their labels are, so that a table does not go on with others.
std::uint32_t checksum(const nas::dataset& data) {
    boost::crc_32_type crc;
    crc.process_bytes(data.inputs.data(), data.inputs.size() * sizeof data.inputs[0]);
    crc.process_bytes(data.labels.data(), data.labels.size() * sizeof data.labels[0]);
    return crc.checksum();
}

}  // namespace

bool tabulate_mlps(const program_options& options) {
    const auto fractions = nas::parse_options<nas::split_fractions>("--split", options.split);
    const auto training = nas::parse_options<nas::mlp_trainer_options>("--trainer", options.trainer);
    nas::dataset data = nas::read_dataset(
        options.mlp, {.labels = {options.label}, .dropped = options.drop, .separator = options.separator});
    const json data_facts = {{"file", options.mlp.filename().string()},
                             {"rows", data.rows()},
                             {"features", data.feature_names},
                             {"label", options.label},
                             {"classes", data.output_names},
                             {"crc32", checksum(data)}};
    const nas::data_split split = nas::stratified_split(data, fractions, options.split_seed);
    data = nas::standardize(std::move(data), split);
    const json space_facts = options.space.empty() ? json::object() : read_space(options.space);
    json facts = {{options.cuda ? "cuda_mlp_trainer" : "mlp_trainer", nas::to_text(training)},
                  {"data", data_facts},
                  {"split", {{"stratified", nas::to_text(fractions)}, {"seed", options.split_seed}}},
                  {"standardized", true}};
    const auto tabulate = [&](const auto& trainer, json space) {
        return make_table(trainer.space(), std::move(space), trainer, std::move(facts), trainer.metric_names(),
                          options);
    };
    if (space_facts.contains("decisions") || space_facts.contains("choices")) {
        if (options.cuda) throw usage_error("--cuda trains networks of layers, not those of a table of decisions");
        const nas::joint_mlp_trainer trainer(nas::choice_space_from_json(space_facts), data, split, training);
        return tabulate(trainer, nas::space_to_json(trainer.space()));
    }
    nas::mlp_space_options vocabulary;
    vocabulary.output = nas::output_layer_for(data);
    const nas::mlp_space space = nas::mlp_space_from_json(space_facts, std::move(vocabulary));
    if (options.cuda) {
#ifdef NAS_HAS_CUDA
        const nas::cuda_mlp_trainer<> trainer(space, data, split, training);
        return tabulate(trainer, nas::mlp_space_to_json(space));
#else
        throw usage_error("--cuda needs nas_tabulate to be built where the CUDA Toolkit is");
#endif
    }
    const nas::mlp_trainer<> trainer(space, data, split, training);
    return tabulate(trainer, nas::mlp_space_to_json(space));
}

}  // namespace tabulate

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/spaces/model_space.hpp>

namespace nas {

/// AMBER's BranchedModelSpace: branches that each read an input of their own, and a stem that reads what they make, joined by
/// `concat_op`. Searched as one flat model_space, `flat()`: the layers of branch 0, those of branch 1, ..., those of the stem.
class branched_model_space {
  public:
    /// Throws std::invalid_argument where there is no branch, one of the spaces has gaps or empty layers, or concat_op is empty
    /// or not UTF-8.
    branched_model_space(std::vector<model_space> branches, const model_space& stem,
                         std::string concat_op = "concatenate")
        : concat_op_(std::move(concat_op)), branch_to_layer_(branches.size()) {
        if (branches.empty())
            throw std::invalid_argument("nas::branched_model_space: there must be at least one branch");
        if (concat_op_.empty()) throw std::invalid_argument("nas::branched_model_space: concat_op must not be empty");
        detail::check_utf8(concat_op_, "nas::branched_model_space: concat_op");
        for (std::size_t b = 0; b < branches.size(); ++b) append(branches[b], b);
        append(stem, std::nullopt);
    }

    const model_space& flat() const noexcept { return flat_; }
    /// How the outputs of the branches become the input of the stem, in the words of what builds the network.
    const std::string& concat_op() const noexcept { return concat_op_; }

    std::size_t branches() const noexcept { return branch_to_layer_.size(); }
    /// The branch that layer `layer` of flat() belongs to; nothing for one of the stem. Throws std::out_of_range.
    std::optional<std::size_t> layer_to_branch(std::size_t layer) const {
        if (layer >= layer_to_branch_.size())
            throw std::out_of_range("nas::branched_model_space: there is no layer " + std::to_string(layer) + " of " +
                                    std::to_string(layer_to_branch_.size()));
        return layer_to_branch_[layer];
    }
    /// The layers of flat() that belong to a branch; to the stem for nothing. Throws std::out_of_range.
    const std::vector<std::size_t>& branch_to_layer(std::optional<std::size_t> branch) const {
        if (!branch) return stem_layers_;
        if (*branch >= branches())
            throw std::out_of_range("nas::branched_model_space: there is no branch " + std::to_string(*branch) +
                                    " of " + std::to_string(branches()));
        return branch_to_layer_[*branch];
    }

    friend bool operator==(const branched_model_space&, const branched_model_space&) = default;

  private:
    void append(const model_space& part, std::optional<std::size_t> branch) {
        part.check("nas::branched_model_space: " + (branch ? "branch " + std::to_string(*branch) : "the stem"));
        for (std::size_t l = 0; l < part.layers(); ++l) {
            const std::size_t id = flat_.layers();
            flat_.add_layer(static_cast<std::ptrdiff_t>(id), part.layer(static_cast<std::ptrdiff_t>(l)));
            layer_to_branch_.push_back(branch);
            (branch ? branch_to_layer_[*branch] : stem_layers_).push_back(id);
        }
    }

    model_space flat_;
    std::string concat_op_;
    std::vector<std::optional<std::size_t>> layer_to_branch_;
    std::vector<std::vector<std::size_t>> branch_to_layer_;
    std::vector<std::size_t> stem_layers_;
};

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <nas/core/decision.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/dynamic_genotype.hpp>
#include <nas/core/options.hpp>
#include <nas/core/rng.hpp>
#include <nas/operators/enumerate.hpp>

namespace nas {

/// How the layers of a `layer_space` are wired. Defaults: AMBER's controllers.
struct layer_space_options {
    bool skips = true;
    bool unique_skips = false;
    std::size_t input_blocks = 0;
    bool unique_inputs = true;
    std::size_t output_blocks = 0;
    bool unique_outputs = true;

    static constexpr void fields(auto&& visit) {
        using self = layer_space_options;
        visit(&self::skips, field{"skips", 0, 0, "AMBER's GeneralController",
                                  "whether a layer may read any layer before it, next to its usual input"});
        visit(&self::unique_skips, field{"unique_skips", 0, 0, "AMBER's GeneralController",
                                         "whether a layer is the source of at most one skip"});
        visit(&self::input_blocks, field{"input_blocks", 0, 1000, "AMBER's MultiInputController has 2",
                                         "inputs of the network, each read by at least one layer"});
        visit(&self::unique_inputs, field{"unique_inputs", 0, 0, "AMBER's MultiInputController",
                                          "whether exactly one layer reads each input"});
        visit(&self::output_blocks, field{"output_blocks", 0, 1000, "AMBER's MultiIOController has 2",
                                          "outputs of the network, each made from at least one layer"});
        visit(&self::unique_outputs, field{"unique_outputs", 0, 0, "AMBER's MultiIOController",
                                           "whether each output is made from exactly one layer"});
    }

    friend bool operator==(const layer_space_options&, const layer_space_options&) = default;
};

/// A run of decisions of a `layer_space` that are of one kind: a layer's operation, its inputs, its skips, or the layers of
/// one output block.
struct layer_group {
    decision_tag tag = decision_tag::operation;  ///< operation, input, skip or output
    std::size_t index = 0;                       ///< of the layer, or of the output block
    std::size_t first = 0;                       ///< the first of its decisions
    std::size_t count = 1;                       ///< how many decisions it has: 1, input blocks, earlier layers, layers
    std::size_t choices = 2;                     ///< that each of its decisions has: operations, or not and yes

    friend bool operator==(const layer_group&, const layer_group&) = default;
};

namespace detail {

/// What the bits of a set may be.
enum class set_rule : std::uint8_t { free, at_most_one, exactly_one, at_least_one };

/// The decisions of a `layer_space` in AMBER's order. For layer l of N: its operation, a bit for each of I input blocks, a bit
/// for each of the l layers before it. Then for each of O output blocks a bit for each layer.
///
/// The rules are ones of sets of bits: the layers that read an earlier layer, that read an input, that make an
/// output.
class layer_decisions {
  public:
    /// A decision: its group, and which of the group's it is.
    struct row {
        std::size_t group;
        std::size_t member;
    };

    layer_decisions(const std::vector<std::size_t>& operations, const layer_space_options& options)
        : layers_(operations.size()), options_(options) {
        for (std::size_t l = 0; l < layers_; ++l) {
            add(decision_tag::operation, l, 1, operations[l]);
            add(decision_tag::input, l, options.input_blocks, 2);
            if (options.skips) add(decision_tag::skip, l, l, 2);
        }
        for (std::size_t o = 0; o < options.output_blocks; ++o) add(decision_tag::output, o, layers_, 2);
    }

    const layer_space_options& options() const noexcept { return options_; }
    std::size_t layers() const noexcept { return layers_; }
    std::size_t size() const noexcept { return rows_.size(); }
    const std::vector<layer_group>& groups() const noexcept { return groups_; }
    const row& operator[](std::size_t i) const noexcept { return rows_[i]; }
    const layer_group& group(std::size_t i) const noexcept { return groups_[rows_[i].group]; }

    std::size_t operation(std::size_t layer) const noexcept {
        return layer * (1 + options_.input_blocks) + (options_.skips && layer > 0 ? layer * (layer - 1) / 2 : 0);
    }
    std::size_t input(std::size_t layer, std::size_t block) const noexcept { return operation(layer) + 1 + block; }
    std::size_t skip(std::size_t layer, std::size_t source) const noexcept {
        return operation(layer) + 1 + options_.input_blocks + source;
    }
    std::size_t output(std::size_t block, std::size_t layer) const noexcept {
        return operation(layers_) + block * layers_ + layer;
    }

    set_rule skip_rule() const noexcept { return options_.unique_skips ? set_rule::at_most_one : set_rule::free; }
    set_rule input_rule() const noexcept { return block_rule(options_.unique_inputs); }
    set_rule output_rule() const noexcept { return block_rule(options_.unique_outputs); }

    /// Removes from `mask` what decision `i` may not be after `prefix`. A rule leaves a choice, whatever the prefix.
    void allowed(std::span<const std::uint8_t> prefix, std::size_t i, choice_mask& mask) const {
        const std::size_t member = rows_[i].member;
        const layer_group& group = groups_[rows_[i].group];
        const std::size_t layer = group.index;
        switch (group.tag) {
            case decision_tag::input:
                apply(prefix, input_rule(), layer, layers_, mask, [&](std::size_t l) { return input(l, member); });
                break;
            case decision_tag::skip:
                apply(prefix, skip_rule(), layer - member - 1, layers_ - member - 1, mask,
                      [&](std::size_t k) { return skip(member + 1 + k, member); });
                break;
            case decision_tag::output:
                apply(prefix, output_rule(), member, layers_, mask,
                      [&](std::size_t l) { return output(group.index, l); });
                break;
            default:
                break;
        }
    }

    /// Uniform over all genotypes.
    dynamic_genotype sample(rng& random) const {
        dynamic_genotype drawn(size());
        for_each_set([&](set_rule rule, std::size_t count, auto place) {
            if (rule == set_rule::free) {
                for (std::size_t k = 0; k < count; ++k)
                    drawn[place(k)] = static_cast<std::uint8_t>(below(random, group(place(k)).choices));
            } else if (rule == set_rule::at_least_one) {
                // With m bits left and none set, 2^(m-1) of the 2^m - 1 ways to go on have the next one set.
                bool any = false;
                for (std::size_t k = 0; k < count; ++k) {
                    const double none = any ? 0 : std::ldexp(1.0, -static_cast<int>(count - k));
                    const bool set = chance(random, 0.5 / (1 - none));
                    drawn[place(k)] = set ? 1 : 0;
                    any = any || set;
                }
            } else if (const std::size_t chosen = below(random, ways(rule, count, 2)); chosen < count) {
                drawn[place(chosen)] = 1;
            }
        });
        return drawn;
    }

    // A mixed radix number with a digit for each set, the first the most significant.

    std::uint64_t count() const noexcept {
        std::uint64_t total = 1;
        for_each_set([&](set_rule rule, std::size_t count, auto place) {
            total = saturating_product(total, ways(rule, count, group(place(0)).choices));
        });
        return total;
    }
    dynamic_genotype at(std::uint64_t index) const {
        std::uint64_t scale = count();
        check_index(index, scale);
        dynamic_genotype genotype(size());
        for_each_set([&](set_rule rule, std::size_t count, auto place) {
            const std::size_t choices = group(place(0)).choices;
            scale /= ways(rule, count, choices);
            std::uint64_t rank = index / scale;
            index %= scale;
            if (has_at_most_one(rule)) {
                if (rank < count) genotype[place(rank)] = 1;
                return;
            }
            if (rule == set_rule::at_least_one) ++rank;
            for (std::size_t k = count; k-- > 0; rank /= choices)
                genotype[place(k)] = static_cast<std::uint8_t>(rank % choices);
        });
        return genotype;
    }
    std::uint64_t index(const dynamic_genotype& genotype) const {
        std::uint64_t index = 0;
        for_each_set([&](set_rule rule, std::size_t count, auto place) {
            const std::size_t choices = group(place(0)).choices;
            std::uint64_t rank = 0;
            if (has_at_most_one(rule)) {
                while (rank < count && genotype[place(rank)] == 0) ++rank;
            } else {
                for (std::size_t k = 0; k < count; ++k) rank = rank * choices + genotype[place(k)];
                if (rule == set_rule::at_least_one) --rank;
            }
            index = index * ways(rule, count, choices) + rank;
        });
        return index;
    }

    friend bool operator==(const layer_decisions& a, const layer_decisions& b) {
        return a.groups_ == b.groups_ && a.options_ == b.options_;  // all else follows
    }

  private:
    void add(decision_tag tag, std::size_t index, std::size_t count, std::size_t choices) {
        if (count == 0) return;
        for (std::size_t member = 0; member < count; ++member) rows_.push_back({groups_.size(), member});
        groups_.push_back({tag, index, rows_.size() - count, count, choices});
    }

    static set_rule block_rule(bool unique) noexcept { return unique ? set_rule::exactly_one : set_rule::at_least_one; }

    static bool has_at_most_one(set_rule rule) noexcept {
        return rule == set_rule::exactly_one || rule == set_rule::at_most_one;
    }

    /// Calls `visit(rule, count, place)` for each set of bits, and for each operation, a set of rule free and of one: `count`
    /// decisions, place(0) to place(count - 1). Operations first, then skips, inputs and outputs.
    template <class Visit>
    void for_each_set(Visit&& visit) const {
        for (std::size_t l = 0; l < layers_; ++l) visit(set_rule::free, 1, [&](std::size_t) { return operation(l); });
        for (std::size_t j = 0; options_.skips && j + 1 < layers_; ++j)
            visit(skip_rule(), layers_ - 1 - j, [&](std::size_t k) { return skip(j + 1 + k, j); });
        for (std::size_t b = 0; b < options_.input_blocks; ++b)
            visit(input_rule(), layers_, [&](std::size_t l) { return input(l, b); });
        for (std::size_t o = 0; o < options_.output_blocks; ++o)
            visit(output_rule(), layers_, [&](std::size_t l) { return output(o, l); });
    }

    /// How many values a set of `count` decisions with `choices` each can have.
    static std::uint64_t ways(set_rule rule, std::size_t count, std::size_t choices) noexcept {
        if (has_at_most_one(rule)) return rule == set_rule::exactly_one ? count : count + 1;
        std::uint64_t all = 1;
        for (std::size_t k = 0; k < count; ++k) all = saturating_product(all, choices);
        return rule == set_rule::at_least_one && all != uncountable ? all - 1 : all;
    }

    // Of bit `number` of the set of `count`: no second one where one is all, and the last must be set where none was.
    template <class Place>
    static void apply(std::span<const std::uint8_t> prefix, set_rule rule, std::size_t number, std::size_t count,
                      choice_mask& mask, Place place) {
        if (rule == set_rule::free) return;
        bool taken = false;
        for (std::size_t k = 0; k < number && !taken; ++k) taken = prefix[place(k)] != 0;
        if (taken && rule != set_rule::at_least_one) mask.erase(1);
        if (!taken && rule != set_rule::at_most_one && number + 1 == count) mask.erase(0);
    }

    std::size_t layers_;
    layer_space_options options_;
    std::vector<layer_group> groups_;
    std::vector<row> rows_;
};

}  // namespace detail

}  // namespace nas

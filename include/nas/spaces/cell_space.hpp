// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/dynamic_genotype.hpp>
#include <nas/operators/indexed_range.hpp>
#include <nas/spaces/cell_space/cell_form.hpp>
#include <nas/spaces/cell_space/cell_key.hpp>
#include <nas/spaces/cell_space/cell_space_options.hpp>
#include <nas/spaces/cell_space/count_cells.hpp>
#include <nas/spaces/cell_space/enumerate_cells.hpp>
#include <nas/spaces/decision_space.hpp>

namespace nas {

/// The cells of progressive search (Liu et al. 2018, "Progressive Neural Architecture Search"): one to five blocks, each of two
/// operations whose inputs are previous cells or earlier blocks. A network is the cell many times over.
///
///     nas::cell_space space;
///     const auto arch = space.parse("(-2, 5x5 dconv, -2, 3x3 maxpool) (0, identity, -1, 3x3 dconv)");
///     space.blocks(arch);   // what to build: -2 is the cell before the last one, 0 the first block
///     space.outputs(arch);  // of which blocks to make the output: {1}
///
/// Decision 0 is the number of blocks; then each block has four, `blocks/0/input1`, `operation1`, `input2` and `operation2`, which
/// count where the cell has the block. So an architecture reads as the original's list of indices behind its first byte.
///
/// Several architectures are one cell: the halves of a block can be swapped, and blocks have an order only where one reads the
/// other. `canonical` gives the one that stands for all, `key` is the same for all. Equal blocks are not one: each has its
/// weights. `grow` adds a block, every one that there is, and returns canonical cells. Five blocks of the paper's eight
/// operations make 3.1e12 different cells, of 5.6e14 architectures.
class cell_space : public decision_space<cell_space, dynamic_genotype> {
  public:
    /// Throws std::invalid_argument where an option is out of its range, an operation repeats or its name cannot be told from what
    /// is around it, blocks may read blocks but no previous cell, or a cell does not fit in a key.
    explicit cell_space(cell_space_options options = {}) : options_(std::move(options)) {
        check();
        for (std::size_t b = options_.min_blocks; b <= options_.blocks; ++b) sizes_.push_back(static_cast<double>(b));
        for (std::size_t b = options_.min_blocks; b < options_.blocks; ++b) {
            condition& larger = conditions_.emplace_back();
            for (std::size_t size = b + 1; size <= options_.blocks; ++size)
                larger.values.insert(size - options_.min_blocks);
        }
    }

    const cell_space_options& options() const noexcept { return options_; }

    // The table of decisions.

    std::size_t decisions() const noexcept { return 1 + 4 * options_.blocks; }
    std::size_t cardinality(std::size_t i) const noexcept {
        if (i == 0) return sizes_.size();
        return i % 2 == 1 ? inputs_of((i - 1) / 4) : options_.operations.size();
    }
    static std::string path(std::size_t i) {
        if (i == 0) return "blocks";
        constexpr const char* names[]{"/input1", "/operation1", "/input2", "/operation2"};
        return "blocks/" + std::to_string((i - 1) / 4) + names[(i - 1) % 4];
    }
    static constexpr decision_tag tag(std::size_t i) noexcept {
        return i == 0 ? decision_tag::size : i % 2 == 1 ? decision_tag::input : decision_tag::operation;
    }
    std::string label(std::size_t i, std::size_t choice) const {
        if (i == 0) return std::to_string(options_.min_blocks + choice);
        return i % 2 == 1 ? std::to_string(input(choice)) : options_.operations[choice];
    }
    bool conditional() const noexcept { return !conditions_.empty(); }
    std::optional<condition> when(std::size_t i) const {
        if (i <= 4 * options_.min_blocks) return std::nullopt;
        return conditions_[(i - 1) / 4 - options_.min_blocks];
    }
    bool numeric() const noexcept { return sizes_.size() > 1; }
    std::span<const double> values(std::size_t i) const noexcept {
        return i == 0 && numeric() ? std::span<const double>(sizes_) : std::span<const double>();
    }
    static constexpr value_scale scale(std::size_t) noexcept { return value_scale::linear; }

    // What a cell is.

    /// How many blocks a cell has.
    std::size_t block_count(const arch_type& arch) const noexcept { return options_.min_blocks + arch[0]; }
    /// How many inputs block number `block` can have, in the order of the vocabulary: previous cells, the farthest first, then blocks.
    std::size_t inputs_of(std::size_t block) const noexcept { return externals() + std::min(block, readable()); }
    /// The signed input of that index in the vocabulary, see cell_block.
    int input(std::size_t index) const noexcept {
        return static_cast<int>(index) - static_cast<int>(options_.lookback);
    }

    std::vector<cell_block> blocks(const arch_type& arch) const {
        std::vector<cell_block> all;
        for (std::size_t i = 1; i < 1 + 4 * block_count(arch); i += 4)
            all.push_back({input(arch[i]), arch[i + 1], input(arch[i + 2]), arch[i + 3]});
        return all;
    }
    /// The blocks that the cell's output is the concatenation of.
    std::vector<std::size_t> outputs(const arch_type& arch) const {
        const std::uint32_t read =
            options_.output == cell_output::all ? 0 : detail::cell_reads(form(arch), externals());
        std::vector<std::size_t> all;
        for (std::size_t b = 0; b < block_count(arch); ++b)
            if ((read >> b & 1U) == 0) all.push_back(b);
        return all;
    }

    /// What is built of a cell, for files: `output=unused, combination=add`.
    std::string rules() const {
        return "output=" + std::string(enum_names(options_.output)[static_cast<std::size_t>(options_.output)]) +
               ", combination=" +
               std::string(enum_names(options_.combination)[static_cast<std::size_t>(options_.combination)]);
    }

    /// Each block's inputs and operations by their numbers, 4 for each block: `{0, 2, 0, 6}` is (-2, 5x5 dconv, -2, 3x3 maxpool).
    std::vector<std::size_t> indices(const arch_type& arch) const {
        return {arch.begin() + 1, arch.begin() + 1 + 4 * block_count(arch)};
    }
    /// Inverse of indices; std::invalid_argument says what is wrong.
    arch_type from_indices(std::span<const std::size_t> indices) const {
        return from_choices(indices.size(), [&](std::size_t i) {
            const std::size_t choice = indices[i - 1];
            if (choice >= cardinality(i))
                fail(path(i) + " (" + std::to_string(choice) + ") must be below " + std::to_string(cardinality(i)));
            return choice;
        });
    }

    /// The same as texts, signed inputs and names of operations, as in the files of the original.
    std::vector<std::string> fields(const arch_type& arch) const {
        std::vector<std::string> all;
        for (std::size_t i = 1; i < 1 + 4 * block_count(arch); ++i) all.push_back(label(i, arch[i]));
        return all;
    }
    /// Inverse of fields; std::invalid_argument says what is wrong.
    arch_type from_fields(std::span<const std::string> fields) const {
        return from_choices(fields.size(), [&](std::size_t i) {
            std::size_t choice = 0;
            while (choice < cardinality(i) && label(i, choice) != fields[i - 1]) ++choice;
            if (choice < cardinality(i)) return choice;
            std::string known;
            for (std::size_t k = 0; k < cardinality(i); ++k) known += (k == 0 ? "" : ", ") + label(i, k);
            fail(path(i) + " ('" + fields[i - 1] + "') must be one of " + known);
        });
    }

    /// `(-2, 5x5 dconv, -2, 3x3 maxpool) (0, identity, -1, 3x3 dconv)`.
    std::string describe(const arch_type& arch) const {
        std::string text;
        for (std::size_t i = 1; i < 1 + 4 * block_count(arch); ++i) {
            text += i % 4 != 1 ? ", " : i == 1 ? "(" : ") (";
            text += label(i, arch[i]);
        }
        return text + ')';
    }
    /// Inverse of describe; std::invalid_argument says what is wrong.
    arch_type parse(std::string_view text) const {
        std::vector<std::string> fields;
        for (std::size_t at = 0; at < text.size() || fields.empty();) {
            const std::string_view start = fields.empty() ? "(" : fields.size() % 4 == 0 ? ") (" : ", ";
            if (!text.substr(at).starts_with(start))
                fail("column " + std::to_string(at + 1) + " of '" + std::string(text) + "': expected '" +
                     std::string(start) + "'");
            at += start.size();
            const std::string_view field = text.substr(at, text.substr(at).find_first_of(",()"));
            fields.emplace_back(field);
            at += field.size();
            if (fields.size() % 4 == 0 && text.substr(at) == ")") break;
        }
        if (!text.ends_with(')')) fail("'" + std::string(text) + "' must end with ')'");
        return from_fields(fields);
    }

    // Which cells are the same.

    /// The architecture that stands for all that are this cell: blocks with the smaller half first, in the order that is smallest by
    /// indices, block by block.
    arch_type canonical(const arch_type& arch) const { return architecture_of(canonical_form(form(arch)).form()); }
    /// The same for all architectures of a cell, and no other's.
    cell_key key(const arch_type& arch) const {
        const detail::canonical_cell cell = canonical_form(form(arch));
        cell_key key;
        for (std::size_t b = 0; b < cell.form().size; ++b)
            for (const std::uint32_t half : {cell.form().blocks[b] >> 16U, cell.form().blocks[b] & 0xffffU})
                key.append((half >> 8U) * options_.operations.size() + (half & 0xffU), half_bits());
        return key;
    }

    // How a cell grows.

    /// The different cells of `min_blocks` blocks. Throws std::length_error where there are more than 2^20.
    auto roots() const {
        const std::uint64_t count = unique_cells(options_.min_blocks);
        if (count > most_roots)
            throw std::length_error("nas::cell_space: there are " + std::to_string(count) + " cells of min_blocks (" +
                                    std::to_string(options_.min_blocks) + ") blocks; to grow from, at most " +
                                    std::to_string(most_roots) + " are listed");
        std::vector<arch_type> all;
        for_each_unique_cell(options_.min_blocks, [&](const arch_type& arch) { all.push_back(arch); });
        const std::size_t size = all.size();
        return indexed_range(size, [all = std::move(all)](std::size_t i) { return all[i]; });
    }
    /// The cell with one block more, for each block there is, canonical. Several can be the same cell. The range refers to the
    /// space.
    auto grow(const arch_type& arch) const {
        const detail::canonical_cell cell = canonical_form(form(arch));
        std::vector<std::uint32_t> added = next_blocks(cell.form());
        const std::size_t count = added.size();
        return indexed_range(count, [this, form = cell.form(), simple = !cell.tied() && !limited(),
                                     added = std::move(added)](std::size_t i) {
            if (simple)
                return architecture_of(detail::insert_in_cell(
                    form, added[i], detail::place_in_cell(form, added[i], externals()), externals()));
            detail::cell_form larger = form;
            larger.push_back(added[i]);
            return architecture_of(canonical_form(larger).form());
        });
    }

    /// Blocks for surrogates: their inputs and operations. A space of more blocks has the same tokens, and more inputs.
    static constexpr std::size_t block_tokens() noexcept { return 4; }
    static constexpr std::size_t token_kinds() noexcept { return 2; }
    static constexpr std::size_t token_kind(std::size_t k) noexcept { return k % 2; }
    std::size_t kind_size(std::size_t kind) const noexcept {
        return kind == 0 ? inputs_of(options_.blocks - 1) : options_.operations.size();
    }
    static std::string kind_name(std::size_t kind) { return kind == 0 ? "input" : "operation"; }
    std::string token_label(std::size_t kind, std::size_t token) const { return label(1 + kind, token); }
    void append_blocks(const arch_type& arch, std::vector<std::uint8_t>& tokens) const {
        tokens.insert(tokens.end(), arch.begin() + 1, arch.begin() + 1 + 4 * block_count(arch));
    }

    // How many cells there are.

    /// Architectures of `blocks` blocks; `uncountable` for 2^64 - 1 and more, as below.
    std::uint64_t raw_cells(std::size_t blocks) const {
        check_range("blocks", blocks, 1, options_.blocks);
        std::uint64_t count = 1;
        for (std::size_t i = 1; i < 1 + 4 * blocks; ++i) count = detail::saturating_product(count, cardinality(i));
        return count;
    }
    /// Different cells of `blocks` blocks, without enumeration.
    std::uint64_t unique_cells(std::size_t blocks) const {
        check_range("blocks", blocks, 1, options_.blocks);
        return detail::cell_counter(externals(), options_.operations.size(), readable()).count(blocks);
    }
    /// Cells that progressive search trains up to `blocks` blocks at most: all of the fewest blocks, then `beam` of each number.
    std::uint64_t total_models(std::size_t blocks, std::uint64_t beam) const {
        std::uint64_t total = 0;
        for (std::size_t b = options_.min_blocks; b <= blocks; ++b) {
            const std::uint64_t cells = unique_cells(b);
            total = detail::saturating_sum(total, b == options_.min_blocks ? cells : std::min(cells, beam));
        }
        return total;
    }
    /// Calls `visit(arch)` for each different cell of `blocks` blocks once, in canonical form.
    template <class Visit>
    void for_each_unique_cell(std::size_t blocks, Visit&& visit) const {
        check_range("blocks", blocks, options_.min_blocks, options_.blocks);
        const auto each = [&](const detail::cell_form& form) {
            if (limited()) {
                visit(architecture_of(canonical_form(form).form()));
            } else {
                visit(architecture_of(form));
            }
        };
        detail::cell_enumeration(externals(), options_.operations.size(), readable(), blocks, each).run();
    }

    friend bool operator==(const cell_space& a, const cell_space& b) { return a.options_ == b.options_; }

  private:
    static constexpr std::uint64_t most_roots = std::uint64_t{1} << 20U;

    [[noreturn]] static void fail(const std::string& what) { throw std::invalid_argument("nas::cell_space: " + what); }
    static void check_range(const char* name, std::size_t value, std::size_t low, std::size_t high) {
        if (value < low || value > high)
            fail(std::string(name) + " (" + std::to_string(value) + ") must be in [" + std::to_string(low) + ", " +
                 std::to_string(high) + "]");
    }

    void check() const {
        const std::vector<std::string>& names = options_.operations;
        check_range("blocks", options_.blocks, 1, detail::most_cell_blocks);
        check_range("min_blocks", options_.min_blocks, 1, options_.blocks);
        check_range("lookback", options_.lookback, 0, 100);
        check_range("the number of operations", names.size(), 1, max_cardinality);
        for (std::size_t i = 0; i < names.size(); ++i) {
            detail::check_utf8(names[i], "nas::cell_space: the name of operation " + std::to_string(i));
            if (names[i].find('\0') != std::string::npos)
                fail("the name of operation " + std::to_string(i) + " must not have NUL bytes");
            if (names[i].empty() || names[i].find_first_of(",()\n\r") != std::string::npos)
                fail("the name of operation " + std::to_string(i) + " ('" + names[i] +
                     "') must not be empty, nor have commas, brackets or line ends");
            if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) !=
                names.begin() + static_cast<std::ptrdiff_t>(i))
                fail("the operation '" + names[i] + "' must not repeat");
        }
        if (options_.lookback == 0 && options_.lookforward != 0)
            fail("lookback 0 needs lookforward 0: its one input has no name that blocks could not have");
        const std::size_t bits = 2 * options_.blocks * half_bits() + 1;
        if (bits > 128)
            fail(std::to_string(options_.blocks) + " blocks of " + std::to_string(kind_size(0)) + " inputs and " +
                 std::to_string(names.size()) + " operations need keys of " + std::to_string(bits) +
                 " bits, of which there are 128");
    }

    // Inputs that are not blocks.
    std::size_t externals() const noexcept { return std::max<std::size_t>(options_.lookback, 1); }
    // Blocks that others may read: the first ones.
    std::size_t readable() const noexcept {
        return std::min(options_.lookforward.value_or(options_.blocks), options_.blocks - 1);
    }
    // Whether that depends on the order of a cell's blocks.
    bool limited() const noexcept { return readable() > 0 && readable() + 1 < options_.blocks; }
    std::size_t half_bits() const noexcept {
        return std::max<std::size_t>(
            1, static_cast<std::size_t>(std::bit_width(kind_size(0) * options_.operations.size() - 1)));
    }

    detail::cell_form form(const arch_type& arch) const noexcept {
        detail::cell_form form;
        const std::uint8_t* choice = arch.data() + 1;
        for (std::size_t b = block_count(arch); b > 0; --b, choice += 4)
            form.push_back(detail::cell_block_of(detail::cell_half(choice[0], choice[1]),
                                                 detail::cell_half(choice[2], choice[3])));
        return form;
    }
    detail::canonical_cell canonical_form(const detail::cell_form& form) const noexcept {
        return {form, externals(), limited() ? readable() : detail::most_cell_blocks};
    }
    arch_type architecture_of(const detail::cell_form& form) const {
        arch_type arch(decisions());
        std::uint8_t* choice = arch.data();
        *choice++ = static_cast<std::uint8_t>(form.size - options_.min_blocks);
        for (std::size_t b = 0; b < form.size; ++b)
            for (const unsigned shift : {24U, 16U, 8U, 0U})
                *choice++ = static_cast<std::uint8_t>(form.blocks[b] >> shift & 0xffU);
        return arch;
    }

    // The blocks that a cell can get.
    std::vector<std::uint32_t> next_blocks(const detail::cell_form& cell) const {
        std::vector<std::uint32_t> all;
        if (cell.size == options_.blocks) return all;
        const std::uint32_t read = detail::cell_reads(cell, externals());
        std::vector<std::uint32_t> halves;
        for (std::size_t input = 0; input < externals() + (readable() > 0 ? cell.size : 0); ++input)
            for (std::size_t operation = 0; operation < options_.operations.size(); ++operation)
                halves.push_back(detail::cell_half(input, operation));
        for (std::size_t i = 0; i < halves.size(); ++i)
            for (std::size_t k = i; k < halves.size(); ++k) {
                const std::uint32_t block = detail::cell_block_of(halves[i], halves[k]);
                const std::uint32_t reads = read | detail::block_reads(block, externals());
                if (static_cast<std::size_t>(std::popcount(reads)) <= readable()) all.push_back(block);
            }
        return all;
    }

    template <class Choose>
    arch_type from_choices(std::size_t count, Choose choose) const {
        if (count % 4 != 0)
            fail("a block is 4 inputs and operations, so that " + std::to_string(count) + " are no cell");
        check_range("the number of blocks", count / 4, options_.min_blocks, options_.blocks);
        arch_type arch(decisions());
        arch[0] = static_cast<std::uint8_t>(count / 4 - options_.min_blocks);
        for (std::size_t i = 1; i <= count; ++i) arch[i] = static_cast<std::uint8_t>(choose(i));
        return arch;
    }

    cell_space_options options_;
    std::vector<double> sizes_;          // the values of decision 0
    std::vector<condition> conditions_;  // of blocks min_blocks, min_blocks + 1, ...
};

static_assert(DecisionSpace<cell_space> && ConditionalSpace<cell_space> && NumericSpace<cell_space>);
static_assert(EnumerableSpace<cell_space> && KeyedSpace<cell_space> && GrowableSpace<cell_space> &&
              BlockSpace<cell_space>);

}  // namespace nas

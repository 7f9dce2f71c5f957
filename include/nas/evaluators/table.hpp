// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/options.hpp>
#include <nas/operators/enumerate.hpp>
#include <nas/operators/identity.hpp>

namespace nas {

/// What a trial gets where its architecture has several rows.
enum class table_replicates : std::uint8_t {
    drawn,  ///< one of them, uniformly, from the trial's own stream
    mean,   ///< their mean
};
constexpr std::array<std::string_view, 2> enum_names(table_replicates) { return {"drawn", "mean"}; }

/// What a trial gets where its architecture has no row.
enum class table_unknown : std::uint8_t {
    error,   ///< nas::fatal_error, which ends the search and names the architecture
    worst,   ///< the worst mean reward of the table
    failed,  ///< a failed trial
};
constexpr std::array<std::string_view, 3> enum_names(table_unknown) { return {"error", "worst", "failed"}; }

struct table_options {
    table_replicates replicates = table_replicates::drawn;
    table_unknown unknown = table_unknown::error;

    static constexpr void fields(auto&& visit) {
        visit(&table_options::replicates, field{"replicates", 0, 0, "AMBER's mock reward: drawn",
                                                "what a trial gets of an architecture's several rows"});
        visit(&table_options::unknown, field{"unknown", 0, 0, "a gap in the table is a mistake in the set-up",
                                             "what a trial gets of an architecture without a row"});
    }
};

/// The rows of a table, by column.
template <class Arch>
struct table_data {
    std::vector<Arch> archs;                     ///< one a row; rows of the same architecture are its replicates
    std::vector<double> rewards;                 ///< one a row, finite, higher is better
    std::vector<double> costs = {};              ///< one a row, seconds >= 0; empty: all 0
    std::vector<std::string> report_names = {};  ///< of what a row reports beside its reward
    std::vector<double> reports = {};            ///< row-major [row][name]
};

/// An evaluator that looks the reward up (a "mock reward"): training was done once for all, so that searchers can be compared
/// over many seeds. `nas::read_table` reads one from a file.
///
///     const auto table = nas::read_table("nb201.csv", {.reward = "c10_val12_pct", .report = {"c10_val200_pct"}});
///     nas::search search{nas::regularized_evolution{table.space()}, std::cref(table), {.seed = 1}};
///     search.run({.trials = 200});
///     const double accuracy = table.reported(search.history().best().arch)[0];
///
/// A copy copies the rows; std::cref, as above, shares them. Trials do not carry the reported values, which are asked from
/// the table afterwards: a search then pays for nothing but the reward.
/// A look-up is O(1) and, but for architectures that have neither decisions nor a hash, allocates nothing: an array over all
/// combinations of choices, or over `space.index(arch)`, where that is at most 2^16 or eight times the table's architectures,
/// a hash table otherwise. Fidelity is ignored. Unknown architectures that do not end the search cost the mean of the table's
/// costs, so that a search with a budget ends.
/// The space must be a SearchSpace. One objective.
template <class Space>
class table_evaluator {
    static_assert(check_search_space<Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = table_options;

    /// Throws std::invalid_argument where there is no row, columns differ in length, a number is not finite, a cost is
    /// negative, or an architecture is not in the space.
    explicit table_evaluator(Space space, const table_data<arch_type>& data, table_options options = {})
        : space_(std::move(space)), options_(options), report_names_(data.report_names), rows_(data.archs.size()) {
        check(data);
        fill(data, number_architectures(data.archs));
    }

    const Space& space() const noexcept { return space_; }
    const table_options& options() const noexcept { return options_; }

    evaluation<> operator()(const arch_type& arch, const context& about) const {
        const std::size_t slot = slot_of(arch);
        // Not a number where the slot is one of an architecture without a row.
        if (slot >= means_.size() || means_[slot] != means_[slot]) [[unlikely]]
            return unknown(arch);
        if (!draws_) return {means_[slot], mean_costs_.empty() ? 0 : mean_costs_[slot]};
        rng random = about.random();
        const std::size_t row = first_[slot] + below(random, first_[slot + 1] - first_[slot]);
        return {rewards_[row], costs_.empty() ? 0 : costs_[row]};
    }

    /// Some where trials draw from the rows of their architecture.
    evaluation_noise noise() const noexcept { return draws_ ? evaluation_noise::some : evaluation_noise::none; }

    /// Number of architectures that have a row.
    std::size_t size() const noexcept { return size_; }
    /// Number of rows, replicates included.
    std::size_t rows() const noexcept { return rows_; }

    /// The architectures that have a row, each once.
    std::vector<arch_type> architectures() const {
        std::vector<arch_type> all;
        all.reserve(size_);
        for (std::size_t slot = 0; slot < means_.size(); ++slot)
            if (first_[slot] < first_[slot + 1]) all.push_back(arch_at(slot));
        return all;
    }

    bool contains(const arch_type& arch) const { return replicates(arch) > 0; }
    /// Rows of this architecture, 0 where it is unknown.
    std::size_t replicates(const arch_type& arch) const {
        const std::size_t slot = slot_of(arch);
        return slot < means_.size() ? first_[slot + 1] - first_[slot] : 0;
    }

    // Of one architecture over its rows; std::out_of_range where it is unknown.

    double mean(const arch_type& arch) const { return means_[known_slot(arch)]; }
    /// The mean of the middle two where the number of rows is even.
    double median(const arch_type& arch) const {
        std::vector<double> sorted = rewards(arch);
        std::sort(sorted.begin(), sorted.end());
        return (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
    }
    /// The rewards of its rows, in the order of the rows.
    std::vector<double> rewards(const arch_type& arch) const {
        const std::size_t slot = known_slot(arch);
        return {rewards_.data() + first_[slot], rewards_.data() + first_[slot + 1]};
    }
    /// Mean cost in seconds.
    double cost(const arch_type& arch) const {
        const std::size_t slot = known_slot(arch);
        return mean_costs_.empty() ? 0 : mean_costs_[slot];
    }
    /// Means of the reported columns, in the order of report_names(). The span is valid as long as the table.
    std::span<const double> reported(const arch_type& arch) const {
        return {mean_reports_.data() + known_slot(arch) * report_names_.size(), report_names_.size()};
    }
    const std::vector<std::string>& report_names() const noexcept { return report_names_; }

    /// The best mean reward of an architecture, and the architecture that has it: the first of equals in the rows' order.
    double optimum() const noexcept { return means_[best_]; }
    arch_type best() const { return arch_at(best_); }
    /// The worst mean reward of an architecture.
    double worst() const noexcept { return worst_; }
    /// The mean over all architectures of their mean rewards: what a random architecture is worth.
    double average() const noexcept { return average_; }
    /// The same of costs, in seconds.
    double average_cost() const noexcept { return average_cost_; }

  private:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    [[noreturn]] static void fail(const std::string& what) {
        throw std::invalid_argument("nas::table_evaluator: " + what);
    }

    // ---- slots: each known architecture has one, numbered below means_.size(). With dense look-up there are empty ones too.

    std::size_t slot_of(const arch_type& arch) const {
        if constexpr (DecisionSpace<Space>) {
            const auto& genotype = space_.genotype(arch);
            if (!dense_) return hashed_.find(genotype);
            if (genotype.size() != space_.decisions()) return none;
            // Independent loads instead of a chain of multiplications; a choice out of range leads out of the array.
            std::size_t slot = 0;
            for (std::size_t i = 0; i < genotype.size(); ++i) slot += offsets_[i][genotype[i]];
            return slot;
        } else if constexpr (EnumerableSpace<Space>) {
            if (!dense_) return hashed_.find(identity_of(space_, arch));
            return space_.contains(arch) ? static_cast<std::size_t>(space_.index(arch)) : none;
        } else {
            return hashed_.find(identity_of(space_, arch));
        }
    }

    std::size_t known_slot(const arch_type& arch) const {
        const std::size_t slot = slot_of(arch);
        if (slot >= means_.size() || means_[slot] != means_[slot])
            throw std::out_of_range("nas::table_evaluator: " + missing(arch));
        return slot;
    }

    arch_type arch_at(std::size_t slot) const {
        if (!dense_) return archs_[slot];
        if constexpr (DecisionSpace<Space>) {
            auto genotype = blank_genotype<typename Space::genotype_type>(space_.decisions());
            for (std::size_t i = space_.decisions(); i-- > 0; slot /= space_.cardinality(i))
                genotype[i] = static_cast<std::uint8_t>(slot % space_.cardinality(i));
            return space_.architecture(genotype);
        } else if constexpr (EnumerableSpace<Space>) {
            return space_.at(slot);
        } else {
            return archs_[slot];
        }
    }

    // Slots that a dense look-up needs: with decisions, all combinations of choices, conditions and masks ignored, since an
    // inactive decision is 0.
    std::uint64_t dense_size() const {
        if constexpr (DecisionSpace<Space>) {
            std::uint64_t size = 1;
            for (std::size_t i = 0; i < space_.decisions(); ++i)
                size = detail::saturating_product(size, space_.cardinality(i));
            return size;
        } else if constexpr (EnumerableSpace<Space>) {
            return space_.size();
        } else {
            return uncountable;
        }
    }

    // Chooses the look-up, and returns the slot of each row.
    std::vector<std::size_t> number_architectures(const std::vector<arch_type>& archs) {
        for (const arch_type& arch : archs) {
            if constexpr (DecisionSpace<Space>) {
                hashed_.insert(space_.genotype(arch));
            } else {
                hashed_.insert(identity_of(space_, arch));
            }
            if (hashed_.size() > archs_.size()) archs_.push_back(arch);
        }
        size_ = archs_.size();
        const std::uint64_t slots = dense_size();
        dense_ = slots <= std::max<std::uint64_t>(std::uint64_t{1} << 16, 8 * std::uint64_t{size_});
        if (dense_) {
            if constexpr (DecisionSpace<Space>) set_offsets();
            hashed_ = {};
            archs_ = {};
        }
        means_.assign(dense_ ? static_cast<std::size_t>(slots) : size_, std::numeric_limits<double>::quiet_NaN());
        std::vector<std::size_t> slot_of_row;
        slot_of_row.reserve(archs.size());
        for (const arch_type& arch : archs) slot_of_row.push_back(slot_of(arch));
        return slot_of_row;
    }

    void set_offsets() {
        constexpr std::size_t outside = std::size_t{1} << 40;
        offsets_.resize(space_.decisions());
        std::size_t weight = 1;
        for (std::size_t i = space_.decisions(); i-- > 0; weight *= space_.cardinality(i))
            for (std::size_t choice = 0; choice < max_cardinality; ++choice)
                offsets_[i][choice] = choice < space_.cardinality(i) ? choice * weight : outside;
    }

    // ---- columns

    void check(const table_data<arch_type>& data) const {
        if (rows_ == 0) fail("there must be at least one row");
        if (rows_ >= std::numeric_limits<std::uint32_t>::max()) fail("there must be fewer than 2^32 - 1 rows");
        const auto check_column = [&](const std::vector<double>& column, std::size_t width, const char* name) {
            if (column.size() != rows_ * width)
                fail("there are " + std::to_string(column.size()) + ' ' + name + " for " + std::to_string(rows_) +
                     " rows" + (width == 1 ? "" : " of " + std::to_string(width)));
            for (std::size_t i = 0; i < column.size(); ++i)
                if (!std::isfinite(column[i]))
                    fail(std::string(name) + " of row " + std::to_string(i / width) + " (" + std::to_string(column[i]) +
                         ") must be finite");
        };
        check_column(data.rewards, 1, "rewards");
        if (!data.costs.empty()) check_column(data.costs, 1, "costs");
        check_column(data.reports, report_names_.size(), "reports");
        for (std::size_t row = 0; row < data.costs.size(); ++row)
            if (data.costs[row] < 0)
                fail("costs of row " + std::to_string(row) + " (" + std::to_string(data.costs[row]) +
                     ") must be at least 0");
        for (std::size_t row = 0; row < rows_; ++row)
            if (!space_.contains(data.archs[row]))
                fail("the architecture of row " + std::to_string(row) + " must be in the space");
    }

    void fill(const table_data<arch_type>& data, const std::vector<std::size_t>& slot_of_row) {
        const std::size_t width = report_names_.size();
        first_.assign(means_.size() + 1, 0);
        for (const std::size_t slot : slot_of_row) ++first_[slot + 1];
        for (std::size_t slot = 0; slot < means_.size(); ++slot) first_[slot + 1] += first_[slot];
        draws_ = options_.replicates == table_replicates::drawn && size_ < rows_;

        rewards_.resize(rows_);
        if (!data.costs.empty()) {
            costs_.resize(rows_);
            mean_costs_.assign(means_.size(), 0);
        }
        mean_reports_.assign(means_.size() * width, 0);
        std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
        for (std::size_t row = 0; row < rows_; ++row) {
            const std::size_t slot = slot_of_row[row];
            const std::size_t place = next[slot]++;
            rewards_[place] = data.rewards[row];
            if (!costs_.empty()) costs_[place] = data.costs[row];
            for (std::size_t i = 0; i < width; ++i) mean_reports_[slot * width + i] += data.reports[row * width + i];
        }
        for (std::size_t slot = 0; slot < means_.size(); ++slot) {
            const std::size_t begin = first_[slot];
            const std::size_t end = first_[slot + 1];
            if (begin == end) continue;
            const auto count = static_cast<double>(end - begin);
            means_[slot] = average(rewards_, begin, end);
            if (!costs_.empty()) mean_costs_[slot] = average(costs_, begin, end);
            for (std::size_t i = 0; i < width; ++i) mean_reports_[slot * width + i] /= count;
        }
        summarize(slot_of_row);
    }

    /// Of finite numbers, also where their sum is not finite.
    static double average(const std::vector<double>& column, std::size_t begin, std::size_t end) {
        const auto count = static_cast<double>(end - begin);
        double total = 0;
        for (std::size_t i = begin; i < end; ++i) total += column[i];
        if (std::isfinite(total)) return total / count;
        total = 0;
        for (std::size_t i = begin; i < end; ++i) total += column[i] / count;
        return total;
    }

    void summarize(const std::vector<std::size_t>& slot_of_row) {
        best_ = slot_of_row[0];
        for (const std::size_t slot : slot_of_row)
            if (means_[slot] > means_[best_]) best_ = slot;
        worst_ = means_[best_];
        std::vector<double> means;
        std::vector<double> costs;
        for (std::size_t slot = 0; slot < means_.size(); ++slot) {
            if (first_[slot] == first_[slot + 1]) continue;
            worst_ = std::min(worst_, means_[slot]);
            means.push_back(means_[slot]);
            costs.push_back(mean_costs_.empty() ? 0 : mean_costs_[slot]);
        }
        average_ = average(means, 0, means.size());
        average_cost_ = average(costs, 0, costs.size());
    }

    // ---- unknown architectures

    std::string missing(const arch_type& arch) const {
        if (!space_.contains(arch)) return "an architecture is not in the table's space";  // describe may not read it
        return "the table has no row for " + std::string(space_.describe(arch));
    }

    [[gnu::noinline]] evaluation<> unknown(const arch_type& arch) const {
        if (options_.unknown == table_unknown::error) throw fatal_error("nas::table_evaluator: " + missing(arch));
        if (options_.unknown == table_unknown::worst) return {worst_, average_cost_};
        return evaluation<>::failure(missing(arch), average_cost_);
    }

    Space space_;
    table_options options_;
    std::vector<std::string> report_names_;
    std::size_t rows_;
    std::size_t size_ = 0;

    // Look-up: dense, or by hash, with the architectures in the order of their first rows.
    bool dense_ = false;
    bool draws_ = false;
    std::vector<std::array<std::size_t, max_cardinality>> offsets_;
    identity_set<identity_t<Space>> hashed_;
    std::vector<arch_type> archs_;

    // By slot: means, and the first of its places in the columns of rows, sorted by slot.
    std::vector<double> means_;
    std::vector<double> mean_costs_;    // empty without costs
    std::vector<double> mean_reports_;  // row-major [slot][name]
    std::vector<std::uint32_t> first_;
    std::vector<double> rewards_;
    std::vector<double> costs_;

    std::size_t best_ = 0;
    double worst_ = 0;
    double average_ = 0;
    double average_cost_ = 0;
};

template <class Space, class Data>
table_evaluator(Space, const Data&) -> table_evaluator<Space>;
template <class Space, class Data>
table_evaluator(Space, const Data&, table_options) -> table_evaluator<Space>;

}  // namespace nas

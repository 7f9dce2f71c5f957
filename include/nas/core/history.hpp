// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <nas/core/space.hpp>
#include <nas/core/trial.hpp>
#include <nas/core/utf8.hpp>

namespace nas {

namespace detail {

/// A column that costs nothing while every row has the default value.
template <class T>
class lazy_column {
  public:
    explicit lazy_column(T usual) : usual_(usual) {}

    void append(std::size_t row, T value) {
        if (rows_.empty()) {
            if (value == usual_) return;
            begin(row);
        }
        rows_.push_back(value);
    }
    T operator[](std::size_t row) const noexcept { return row < rows_.size() ? rows_[row] : usual_; }
    bool written() const noexcept { return !rows_.empty(); }
    void reserve(std::size_t rows) { reserved_ = rows; }
    std::size_t bytes() const noexcept { return rows_.capacity() * sizeof(T); }

  private:
    [[gnu::noinline]] void begin(std::size_t row) {
        rows_.reserve(reserved_ > row ? reserved_ : row + 1);
        rows_.assign(row, usual_);
    }

    T usual_;
    std::size_t reserved_ = 0;
    std::vector<T> rows_;
};

/// Things that few rows have, each with its row, in ascending order of rows.
template <class T>
class sparse_column {
  public:
    void append(std::size_t row, T value) { rows_.emplace_back(row, std::move(value)); }
    const T* find(std::size_t row) const noexcept {
        std::size_t low = 0;
        for (std::size_t high = rows_.size(); low < high;) {
            const std::size_t middle = low + (high - low) / 2;
            if (rows_[middle].first < row) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low < rows_.size() && rows_[low].first == row ? &rows_[low].second : nullptr;
    }

  private:
    std::vector<std::pair<std::size_t, T>> rows_;
};

/// What one cell of a history's architecture column is: the architecture itself; with decisions its genotype, and a byte of
/// it where genotypes own memory.
template <class Space>
struct architecture_cell {
    static constexpr bool flat = false;
    using type = arch_t<Space>;
};
template <DecisionSpace Space>
struct architecture_cell<Space> {
    static constexpr bool flat = !std::is_trivially_copyable_v<typename Space::genotype_type>;
    using type = std::conditional_t<flat, std::uint8_t, typename Space::genotype_type>;
};

/// Architectures as rows of one array.
template <class Space>
class architecture_column {
    static constexpr bool flat = architecture_cell<Space>::flat;
    using cell = typename architecture_cell<Space>::type;

  public:
    void append(const Space& space, const arch_t<Space>& arch) {
        if constexpr (flat) {
            const auto& genotype = space.genotype(arch);
            cells_.insert(cells_.end(), genotype.data(), genotype.data() + genotype.size());
        } else if constexpr (DecisionSpace<Space>) {
            cells_.push_back(space.genotype(arch));
        } else {
            cells_.push_back(arch);
        }
    }
    arch_t<Space> read(const Space& space, std::size_t row) const {
        if constexpr (flat) {
            const std::size_t width = space.decisions();
            auto genotype = blank_genotype<typename Space::genotype_type>(width);
            for (std::size_t i = 0; i < width; ++i) genotype[i] = cells_[row * width + i];
            return space.architecture(genotype);
        } else if constexpr (DecisionSpace<Space>) {
            return space.architecture(cells_[row]);
        } else {
            return cells_[row];
        }
    }
    void reserve(const Space& space, std::size_t rows) {
        if constexpr (flat) {
            cells_.reserve(rows * space.decisions());
        } else {
            cells_.reserve(rows);
        }
    }
    std::size_t bytes() const noexcept { return cells_.capacity() * sizeof(cell); }

  private:
    std::vector<cell> cells_;
};

}  // namespace detail

/// Everything a search was told, one row a trial in the order of telling, kept by column. A column that only ever had its
/// default value takes no memory: six decisions and one value are 14 bytes a row.
///
/// Reading a row that does not exist is undefined; `operator[]` gives a row as a trial.
template <SearchSpace Space, std::size_t Objectives = 1>
class history {
  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using trial_type = trial<arch_type, Objectives>;
    static constexpr std::size_t objectives = Objectives;

    explicit history(Space space, std::vector<std::string> metric_names = {},
                     evaluation_noise noise = evaluation_noise::unknown)
        : space_(std::move(space)), metric_names_(std::move(metric_names)), noise_(noise) {}

    const Space& space() const noexcept { return space_; }
    const std::vector<std::string>& metric_names() const noexcept { return metric_names_; }
    /// What the evaluator says of its noise: unknown for most, and where the history was read from a file.
    evaluation_noise noise() const noexcept { return noise_; }

    std::size_t size() const noexcept { return values_.size() / Objectives; }
    bool empty() const noexcept { return values_.empty(); }

    // Columns, by row in [0, size()).
    arch_type arch(std::size_t row) const { return archs_.read(space_, row); }
    std::array<double, Objectives> values(std::size_t row) const noexcept {
        std::array<double, Objectives> all;
        for (std::size_t k = 0; k < Objectives; ++k) all[k] = values_[row * Objectives + k];
        return all;
    }
    double value(std::size_t row) const noexcept { return values_[row * Objectives]; }  ///< the first objective
    double cost(std::size_t row) const noexcept { return costs_[row]; }                 ///< seconds
    trial_status status(std::size_t row) const noexcept { return static_cast<trial_status>(statuses_[row]); }
    bool completed(std::size_t row) const noexcept { return status(row) == trial_status::completed; }
    trial_origin origin(std::size_t row) const noexcept { return static_cast<trial_origin>(origins_[row]); }
    trial_id parent(std::size_t row) const noexcept { return parents_[row]; }
    double fidelity(std::size_t row) const noexcept { return fidelities_[row]; }
    trial_id id(std::size_t row) const noexcept {
        return static_cast<trial_id>(static_cast<std::int64_t>(row) + id_offsets_[row]);
    }
    /// How many trials had been told when this one was asked: its row number in a serial run, less where others were pending.
    std::size_t told_when_asked(std::size_t row) const noexcept { return row - pending_[row]; }
    /// How many numbers after this trial's were asked in the same batch: 0 for the last of a batch, and where there was none.
    /// A history in which one of them is missing ends within a batch.
    std::size_t batch_rest(std::size_t row) const noexcept { return batch_rests_[row]; }
    /// Why the trial is not completed; empty where it is, or where nobody said. It is UTF-8, whatever the evaluator said.
    std::string reason(std::size_t row) const {
        const remark* made = remarks_.find(row);
        return made == nullptr ? std::string() : made->reason;
    }
    /// One number for each of metric_names(), NaN where the evaluator gave none; empty where no row has any yet.
    std::span<const double> metrics(std::size_t row) const noexcept {
        const std::size_t width = metric_names_.size();
        if ((row + 1) * width > metrics_.size()) return {};
        return {metrics_.data() + row * width, width};
    }
    /// Empty where nothing was reported.
    const learning_curve& curve(std::size_t row) const noexcept {
        static const learning_curve empty_curve;
        const remark* made = remarks_.find(row);
        return made == nullptr ? empty_curve : made->curve;
    }

    trial_type operator[](std::size_t row) const {
        trial_type told{{arch(row), parent(row), fidelity(row)}, {}};
        told.id = id(row);
        told.origin = origin(row);
        told.result.values = values(row);
        told.result.cost = cost(row);
        told.result.status = status(row);
        if (unusual_) told.result.reason = reason(row);
        const std::span<const double> all = metrics(row);
        told.result.metrics.assign(all.begin(), all.end());
        return told;
    }

    /// Row of the completed trial with the largest first objective, the earliest of equals; size() where there is none.
    std::size_t best_row() const noexcept { return best_ == none ? size() : best_; }
    bool has_best() const noexcept { return best_ != none; }
    /// That trial. Throws std::logic_error where no trial is completed.
    trial_type best() const {
        if (!has_best())
            throw std::logic_error("nas::history: there is no best trial: none of " + std::to_string(size()) +
                                   " is completed" +
                                   (empty() || reason(0).empty() ? "" : "; the first says: " + reason(0)));
        return (*this)[best_];
    }
    /// Sum of the costs of all trials, in seconds.
    double total_cost() const noexcept { return total_cost_; }

    /// Adds a trial, at the end. `told_when_asked` <= size(); its metrics are none or one for each of metric_names(); what is in
    /// `curve` is taken out of it. Throws std::invalid_argument where its cost is not a finite number >= 0, or a step of the curve
    /// has not a value for each objective.
    void append(const trial_type& told, std::size_t told_when_asked, learning_curve& curve,
                std::size_t batch_rest = 0) {
        const std::size_t row = size();
        const evaluation<Objectives>& result = told.result;
        const bool usual = result.status == trial_status::completed && told.id == row && told_when_asked == row &&
                           batch_rest == 0 && result.cost == 0 && told.origin == trial_origin::asked &&
                           told.fidelity == full_fidelity && result.metrics.empty() && result.reason.empty() &&
                           curve.empty();
        if (!usual || unusual_) append_unusual(told, told_when_asked, curve, batch_rest);
        append_usual(told, result.values, result.status == trial_status::completed);
    }
    void append(const trial_type& told, std::size_t told_when_asked) {
        learning_curve none_reported;
        append(told, told_when_asked, none_reported);
    }

    /// The part of `append` that is left where the trial's id is its row, told_when_asked too, it is asked alone and completed at
    /// full fidelity and without cost, metrics or curve, and so was every trial before (`plain()`).
    void append_usual(const proposal<arch_type>& asked, const std::array<double, Objectives>& values,
                      bool completed = true) {
        const std::size_t row = size();
        archs_.append(space_, asked.arch);
        for (const double value : values) values_.push_back(value);
        parents_.append(row, asked.parent);
        if (completed && (best_ == none || values[0] > best_value_)) {
            best_ = row;
            best_value_ = values[0];
        }
    }
    bool plain() const noexcept { return !unusual_; }

    /// Makes room for `rows` trials in all, so that appending them allocates nothing.
    void reserve(std::size_t rows) {
        archs_.reserve(space_, rows);
        values_.reserve(rows * Objectives);
        costs_.reserve(rows);
        statuses_.reserve(rows);
        origins_.reserve(rows);
        parents_.reserve(rows);
        fidelities_.reserve(rows);
        id_offsets_.reserve(rows);
        pending_.reserve(rows);
        batch_rests_.reserve(rows);
    }

    /// Bytes held for rows by the columns that every trial has.
    std::size_t bytes() const noexcept {
        return archs_.bytes() + values_.capacity() * sizeof(double) + costs_.bytes() + statuses_.bytes() +
               origins_.bytes() + parents_.bytes() + fidelities_.bytes() + id_offsets_.bytes() + pending_.bytes() +
               batch_rests_.bytes();
    }

  private:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    struct remark {
        std::string reason;
        learning_curve curve;
    };

    // The columns that most searches never write, kept apart so that a trial that writes none passes one test.
    void append_unusual(const trial_type& told, std::size_t told_when_asked, learning_curve& curve,
                        std::size_t batch_rest) {
        if (curve.values.size() != Objectives * curve.steps.size())
            throw std::invalid_argument("nas::history: the learning curve of trial " + std::to_string(told.id) +
                                        " has " + std::to_string(curve.values.size()) + " values for " +
                                        std::to_string(curve.steps.size()) + " steps of " + std::to_string(Objectives) +
                                        (Objectives == 1 ? " objective" : " objectives"));
        const std::size_t row = size();
        if (!(told.result.cost >= 0 && told.result.cost - told.result.cost == 0))
            throw std::invalid_argument("nas::history: the cost of trial " + std::to_string(told.id) + " is " +
                                        std::to_string(told.result.cost) +
                                        "; it must be a finite number of seconds >= 0");
        append_metrics(told);
        unusual_ = true;
        if (!told.result.reason.empty() || !curve.empty())
            remarks_.append(row, {detail::valid_utf8(told.result.reason), std::exchange(curve, {})});
        costs_.append(row, told.result.cost);
        statuses_.append(row, static_cast<std::uint32_t>(told.result.status));
        origins_.append(row, static_cast<std::uint32_t>(told.origin));
        fidelities_.append(row, told.fidelity);
        id_offsets_.append(row, told.id - static_cast<trial_id>(row));
        pending_.append(row, static_cast<std::uint32_t>(row - told_when_asked));
        batch_rests_.append(row, static_cast<std::uint32_t>(batch_rest));
        total_cost_ += told.result.cost;
    }

    void append_metrics(const trial_type& told) {
        const std::size_t width = metric_names_.size();
        const std::vector<double>& given = told.result.metrics;
        if (given.empty()) return;
        metrics_.resize(size() * width, std::numeric_limits<double>::quiet_NaN());
        metrics_.insert(metrics_.end(), given.begin(), given.end());
    }

    Space space_;
    std::vector<std::string> metric_names_;
    evaluation_noise noise_;
    detail::architecture_column<Space> archs_;
    // Few types of column, because each costs every user's compile 20 ms.
    std::vector<double> values_;  // row-major [row][objective]
    detail::lazy_column<double> costs_{0};
    detail::lazy_column<double> fidelities_{full_fidelity};
    detail::lazy_column<std::uint32_t> statuses_{static_cast<std::uint32_t>(trial_status::completed)};
    detail::lazy_column<std::uint32_t> origins_{static_cast<std::uint32_t>(trial_origin::asked)};
    detail::lazy_column<std::uint32_t> parents_{no_trial};
    detail::lazy_column<std::uint32_t> id_offsets_{0};  // id - row, modulo 2^32
    detail::lazy_column<std::uint32_t> pending_{0};     // row - told_when_asked
    detail::lazy_column<std::uint32_t> batch_rests_{0};
    detail::sparse_column<remark> remarks_;
    std::vector<double> metrics_;  // row-major; shorter than the history where the last rows have none
    bool unusual_ = false;         // some row has more than an architecture, values and a parent
    double total_cost_ = 0;
    std::size_t best_ = none;
    double best_value_ = 0;
};

}  // namespace nas

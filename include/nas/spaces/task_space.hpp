// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/decision.hpp>
#include <nas/core/dynamic_genotype.hpp>
#include <nas/core/space.hpp>
#include <nas/spaces/decision_space.hpp>

namespace nas {

/// An architecture for one of several tasks.
template <class Arch>
struct task_arch {
    std::uint8_t task = 0;  ///< its number
    Arch arch{};

    friend bool operator==(const task_arch&, const task_arch&) = default;
};

namespace detail {

template <class G>
struct task_genotype {
    using type = dynamic_genotype;
};
template <std::size_t N>
struct task_genotype<std::array<std::uint8_t, N>> {
    using type = std::array<std::uint8_t, N + 1>;
};

/// Masks, where the inner space has them: a space that has none must not name the member.
template <class Space, class Inner>
struct task_masks {
    friend bool operator==(const task_masks&, const task_masks&) = default;
};
template <class Space, MaskedSpace Inner>
struct task_masks<Space, Inner> {
    void allowed(std::span<const std::uint8_t> prefix, std::size_t i, choice_mask& mask) const {
        if (i > 0) static_cast<const Space&>(*this).inner().allowed(prefix.subspan(1), i - 1, mask);
    }
    friend bool operator==(const task_masks&, const task_masks&) = default;
};

}  // namespace detail

/// Architectures of one space for several tasks, such as data sets: decision 0, called `task`, is the task, the decisions
/// after it are those of the inner space. One search, one history and one table then cover all tasks; an evaluator reads
/// `arch.task` and evaluates `arch.arch` for it.
///
///     nas::task_space space{nas::nasbench201_space{}, {"cifar10", "cifar100"}};
///     space.describe(arch);  // task=cifar10, |nor_conv_3x3~0|+|...
///
/// Operators take the task for a decision like others: a mutation may change it.
template <DecisionSpace Inner>
class task_space
    : public decision_space<task_space<Inner>, typename detail::task_genotype<typename Inner::genotype_type>::type,
                            task_arch<arch_t<Inner>>>,
      public detail::task_masks<task_space<Inner>, Inner> {
    using base = decision_space<task_space, typename detail::task_genotype<typename Inner::genotype_type>::type,
                                task_arch<arch_t<Inner>>>;

  public:
    using inner_space_type = Inner;
    using typename base::arch_type;
    using typename base::genotype_type;

    /// `tasks` are their names, 1 to 256. Throws std::invalid_argument where there are fewer or more, one is empty, not
    /// UTF-8 or there twice, or has a comma or a line break, and where the inner space has a decision called `task` too.
    task_space(Inner inner, std::vector<std::string> tasks) : inner_(std::move(inner)), tasks_(std::move(tasks)) {
        if (tasks_.empty() || tasks_.size() > max_cardinality)
            fail("there are " + std::to_string(tasks_.size()) + " tasks; there must be 1 to 256");
        for (std::size_t t = 0; t < tasks_.size(); ++t) {
            const std::string& name = tasks_[t];
            const std::string start = "the name of task " + std::to_string(t) + " ('" + name + "') must not ";
            detail::check_utf8(name, "nas::task_space: the name of task " + std::to_string(t));
            if (name.empty()) fail(start + "be empty");
            if (name.find_first_of(",\r\n") != name.npos) fail(start + "have a comma or a line break");
            const auto first = std::find(tasks_.begin(), tasks_.end(), name) - tasks_.begin();
            if (static_cast<std::size_t>(first) < t) fail(start + "be that of task " + std::to_string(first));
        }
        for (std::size_t i = 0; i < inner_.decisions(); ++i)
            if (std::string(inner_.path(i)) == path_)
                fail("decision " + std::to_string(i) + " of the inner space is called 'task' too");
    }

    const Inner& inner() const noexcept { return inner_; }
    const std::vector<std::string>& tasks() const noexcept { return tasks_; }

    std::size_t decisions() const noexcept { return 1 + inner_.decisions(); }
    std::size_t cardinality(std::size_t i) const { return i == 0 ? tasks_.size() : inner_.cardinality(i - 1); }
    std::string path(std::size_t i) const { return i == 0 ? std::string(path_) : std::string(inner_.path(i - 1)); }
    decision_tag tag(std::size_t i) const { return i == 0 ? decision_tag::generic : inner_.tag(i - 1); }
    std::string label(std::size_t i, std::size_t choice) const {
        return i == 0 ? tasks_[choice] : std::string(inner_.label(i - 1, choice));
    }
    bool conditional() const noexcept {
        if constexpr (ConditionalSpace<Inner>) return inner_.conditional();
        return false;
    }
    std::optional<condition> when(std::size_t i) const {
        std::optional<condition> on;
        if constexpr (ConditionalSpace<Inner>) {
            if (i > 0) on = inner_.when(i - 1);
            if (on) ++on->decision;
        }
        return on;
    }
    bool numeric() const noexcept { return has_numeric(inner_); }
    std::span<const double> values(std::size_t i) const {
        if constexpr (NumericSpace<Inner>)
            if (i > 0) return inner_.values(i - 1);
        return {};
    }
    value_scale scale(std::size_t i) const {
        if constexpr (NumericSpace<Inner>)
            if (i > 0) return inner_.scale(i - 1);
        return value_scale::linear;
    }

    genotype_type genotype(const arch_type& arch) const {
        const auto& of_inner = inner_.genotype(arch.arch);
        auto all = blank_genotype<genotype_type>(1 + of_inner.size());
        all[0] = arch.task;
        for (std::size_t i = 0; i < of_inner.size(); ++i) all[i + 1] = of_inner[i];
        return all;
    }
    arch_type architecture(const genotype_type& genotype) const {
        auto of_inner = blank_genotype<typename Inner::genotype_type>(inner_.decisions());
        for (std::size_t i = 0; i < of_inner.size(); ++i) of_inner[i] = genotype[i + 1];
        return {genotype[0], inner_.architecture(of_inner)};
    }

    bool contains(const arch_type& arch) const { return arch.task < tasks_.size() && inner_.contains(arch.arch); }

    /// `task=name, ` and what the inner space says.
    std::string describe(const arch_type& arch) const {
        std::string text = "task=";  // not "task=" + ...: g++ 12 warns of it at -O3
        text += tasks_[arch.task];
        text += ", ";
        text += inner_.describe(arch.arch);
        return text;
    }
    /// Inverse of describe; std::invalid_argument where the text begins otherwise, or what the inner space says.
    arch_type parse(std::string_view text) const {
        const std::string_view first = text.substr(0, text.find(", "));
        for (std::size_t t = 0; t < tasks_.size(); ++t)
            if (first != text && first.starts_with("task=") && first.substr(5) == tasks_[t])
                return {static_cast<std::uint8_t>(t), inner_.parse(text.substr(first.size() + 2))};
        fail("'" + std::string(text) + "' does not begin with 'task=', the name of a task and ', '");
    }

    friend bool operator==(const task_space&, const task_space&) = default;

  private:
    [[noreturn]] static void fail(const std::string& what) { throw std::invalid_argument("nas::task_space: " + what); }

    static constexpr std::string_view path_ = "task";

    Inner inner_;
    std::vector<std::string> tasks_;
};

}  // namespace nas

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <boost/hana/at.hpp>
#include <boost/hana/for_each.hpp>
#include <boost/hana/tuple.hpp>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nas/core/decision.hpp>
#include <nas/core/levels.hpp>
#include <nas/core/unit_value.hpp>
#include <nas/spaces/aggregate_space/aggregate_member.hpp>
#include <nas/spaces/aggregate_space/member.hpp>
#include <nas/spaces/decision_space.hpp>

namespace nas {

namespace detail {

/// First position of `value` in `choices`; their number where it is not among them.
template <class T>
std::size_t position_of(const std::vector<T>& choices, const T& value) {
    // Without an early exit: where the value stands is random, and a mispredicted branch costs more than a short list.
    std::size_t found = choices.size();
    for (std::size_t i = choices.size(); i-- > 0;) found = choices[i] == value ? i : found;
    return found;
}

/// What a space sees of one of its template arguments.
template <class T>
struct aggregate_argument {
    static constexpr bool is_member = false;
    using struct_type = int;
};
template <auto Member, auto On>
struct aggregate_argument<aggregate_member<Member, On>> {
    static constexpr bool is_member = true;
    static constexpr bool conditional = !std::same_as<constant<On>, constant<nullptr>>;
    using struct_type = struct_of<Member>;
    using pointer = constant<Member>;
    using on = constant<On>;
};

/// The struct that the first member belongs to.
template <class... Members>
struct aggregate_struct {
    using type = int;
};
template <class First, class... Rest>
struct aggregate_struct<First, Rest...> {
    using type = typename aggregate_argument<First>::struct_type;
};

/// Position of the first member of that pointer; their number where there is none.
template <class Pointer, class... Members>
consteval std::size_t member_index() {
    std::size_t index = 0;
    static_cast<void>(
        ((std::same_as<Pointer, typename aggregate_argument<Members>::pointer> || (++index, false)) || ...));
    return index;
}

template <class... Members>
consteval bool members_are_distinct() {
    std::size_t i = 0;
    return ((member_index<typename aggregate_argument<Members>::pointer, Members...>() == i++) && ...);
}

template <class... Members>
consteval bool conditions_look_back() {
    std::size_t i = 0;
    const auto looks_back = [&]<class Member>(std::type_identity<Member>) {
        const std::size_t own = i++;
        return !aggregate_argument<Member>::conditional ||
               member_index<typename aggregate_argument<Member>::on, Members...>() < own;
    };
    return (looks_back(std::type_identity<Members>{}) && ...);
}

template <class... Members>
consteval bool check_aggregate() {
    static_assert(
        sizeof...(Members) >= 1,
        "nas::aggregate_space: it needs at least one member, as in `nas::member<&your_struct::kernel>({1, 3, 5})`");
    static_assert(
        (aggregate_argument<Members>::is_member && ...),
        "nas::aggregate_space: its arguments must be members, as in `nas::member<&your_struct::kernel>({1, 3, 5})`");
    if constexpr (sizeof...(Members) >= 1 && (aggregate_argument<Members>::is_member && ...)) {
        using arch = typename aggregate_struct<Members...>::type;
        constexpr bool same = (std::same_as<arch, typename aggregate_argument<Members>::struct_type> && ...);
        static_assert(same,
                      "nas::aggregate_space: all members must be of the same struct; inherited ones are of their base");
        static_assert(
            std::regular<arch>,
            "nas::aggregate_space: the struct must be a plain value: default-constructible, copyable, and comparable; "
            "write `friend bool operator==(const your_struct&, const your_struct&) = default;` in it");
        static_assert(members_are_distinct<Members...>(),
                      "nas::aggregate_space: a member of the struct is listed twice");
        static_assert(
            conditions_look_back<Members...>(),
            "nas::aggregate_space: a condition must name a member that is listed earlier; list `nas::member<&S::op>(...)` "
            "before the member that has `.when<&S::op>(...)`");
    }
    return true;
}

}  // namespace detail

/// A struct of the user's as a search space: what each member may be, and when it counts.
///
///     struct cnn {
///         int layers;
///         op_kind op;
///         int kernel;
///         double rate;
///         friend bool operator==(const cnn&, const cnn&) = default;
///     };
///     const nas::aggregate_space space{
///         nas::member<&cnn::layers>(nas::between(1, 12)).named("nb_layers").short_name("L"),
///         nas::member<&cnn::op>({op_kind::conv, op_kind::pool}).labels({"conv", "pool"}),
///         nas::member<&cnn::kernel>({1, 3, 5, 7}).named("kernel_size").short_name("K").when<&cnn::op>(op_kind::conv),
///         nas::member<&cnn::rate>(nas::log_between(1e-4, 1e-1, 16))};
///
/// An architecture is a `cnn`. Its text is `L=3, op=conv, K=1, rate=0.01`, its JSON
/// `{"nb_layers":3,"op":"conv","kernel_size":1,"rate":0.01}`; what does not count appears in neither. Its last member is numeric:
/// operators step along its levels; of `nb_layers`, `nas::between(1, 12)` with `.numeric()` would say so too. So that equal networks compare equal, a member that does not count holds its first
/// choice, and a member of the struct that the space does not list holds what `cnn{}` gives it: the space contains no other
/// architectures; `canonical` makes them so.
///
/// The constructor throws std::invalid_argument where a member has no or more than 256 choices, a choice twice or one that
/// is not finite; labels that are not one for each choice, empty, repeated or not UTF-8; a name that is empty, another's or
/// not UTF-8; a condition on a value that the member it names cannot have; or a numeric member whose choices do not only rise or
/// only fall, or are not above 0 on a logarithmic scale.
template <class... Members>
class aggregate_space : public decision_space<aggregate_space<Members...>, std::array<std::uint8_t, sizeof...(Members)>,
                                              typename detail::aggregate_struct<Members...>::type> {
    static_assert(detail::check_aggregate<Members...>());
    using base = decision_space<aggregate_space<Members...>, std::array<std::uint8_t, sizeof...(Members)>,
                                typename detail::aggregate_struct<Members...>::type>;

  public:
    using typename base::arch_type;
    using typename base::genotype_type;

    explicit aggregate_space(Members... members) : members_(std::move(members)...) {
        table_.reserve(sizeof...(Members));
        for_each_member([this](const auto& member, std::size_t) { this->add(member); });
    }

    static constexpr std::size_t decisions() noexcept { return sizeof...(Members); }
    std::size_t cardinality(std::size_t i) const noexcept { return cardinalities_[i]; }
    std::string path(std::size_t i) const { return table_[i].path; }
    decision_tag tag(std::size_t i) const noexcept { return table_[i].tag; }
    std::string label(std::size_t i, std::size_t choice) const { return table_[i].labels[choice]; }
    bool conditional() const noexcept { return conditional_; }
    std::optional<condition> when(std::size_t i) const { return table_[i].when; }
    bool numeric() const noexcept { return numeric_; }
    std::span<const double> values(std::size_t i) const noexcept { return table_[i].values; }
    value_scale scale(std::size_t i) const noexcept { return table_[i].scale; }

    /// Positions of the members' values among their choices. Throws std::invalid_argument where a value is none of them.
    genotype_type genotype(const arch_type& arch) const {
        genotype_type genotype{};
        if (const std::size_t i = read(arch, genotype); i < decisions()) refuse(arch, i);
        return genotype;
    }

    arch_type architecture(const genotype_type& genotype) const {
        arch_type arch{};
        for_each_member([&]<auto Member, auto On>(const aggregate_member<Member, On>& member, std::size_t i) {
            arch.*Member = member.choices_[genotype[i]];
        });
        return arch;
    }

    bool contains(const arch_type& arch) const {
        genotype_type genotype{};
        return read(arch, genotype) == decisions() && is_valid(*this, genotype) && architecture(genotype) == arch;
    }

    /// `arch` with the first choice for each member that does not count, and defaults where the space lists no member: an
    /// architecture of the space. Throws std::invalid_argument where a member that counts has a value that is no choice.
    arch_type canonical(const arch_type& arch) const {
        genotype_type genotype{};
        for_each_member([&]<auto Member, auto On>(const aggregate_member<Member, On>& member, std::size_t i) {
            if (!is_active(*this, genotype, i)) return;
            const std::size_t choice = detail::position_of(member.choices_, arch.*Member);
            if (choice == member.choices_.size()) refuse(arch, i);
            genotype[i] = static_cast<std::uint8_t>(choice);
        });
        return architecture(genotype);
    }

    /// `L=3, K=1`: short names and labels of the members that count.
    std::string describe(const arch_type& arch) const { return brief{*this}.describe(arch); }
    /// Inverse of describe; std::invalid_argument names the column and what was expected.
    arch_type parse(std::string_view text) const { return brief{*this}.parse(text); }

    /// `{"nb_layers":3,"kernel_size":1}`: paths and values of the members that count, on one line, without blanks. Numbers,
    /// bools and strings as what they are, enumerators as their label, or their number where there are no labels.
    std::string to_json(const arch_type& arch) const {
        const genotype_type genotype = this->genotype(arch);
        std::string text;
        for (std::size_t i = 0; i < decisions(); ++i)
            if (is_active(*this, genotype, i))
                text += (text.empty() ? "{" : ",") + detail::json_string(table_[i].path) + ":" + json_[i][genotype[i]];
        return text + "}";
    }
    /// The JSON value of choice `choice` of decision `i`.
    const std::string& json_value(std::size_t i, std::size_t choice) const { return json_[i][choice]; }

    /// Length of `encode`'s vector: 1 for each number or bool, 2 for each that is numeric, the number of choices for each
    /// enumeration or string.
    std::size_t encoding_size() const {
        std::size_t size = 0;
        for_each_member([&](const auto& member, std::size_t) { size += width(member); });
        return size;
    }
    /// The value of each number or bool; of what is numeric the two features of encode_quadratic; a one-hot block for each
    /// enumeration or string; -1 throughout for what does not count, as in Archai. `features` holds `encoding_size()` numbers.
    void encode(const arch_type& arch, std::span<double> features) const {
        const genotype_type genotype = this->genotype(arch);
        std::size_t start = 0;
        for_each_member([&]<auto Member, auto On>(const aggregate_member<Member, On>& member, std::size_t i) {
            const bool active = is_active(*this, genotype, i);
            const std::size_t end = start + width(member);
            if (!active) {
                for (std::size_t k = start; k < end; ++k) features[k] = -1;
            } else if constexpr (std::is_arithmetic_v<detail::value_of<Member>>) {
                if (member.numeric_) {
                    const double value = unit_value(table_[i].values, member.scale_, genotype[i]);
                    features[start] = value;
                    features[start + 1] = (2 * value - 1) * (2 * value - 1);
                } else {
                    features[start] = static_cast<double>(arch.*Member);
                }
            } else {
                for (std::size_t choice = 0; start + choice < end; ++choice)
                    features[start + choice] = choice == genotype[i] ? 1 : 0;
            }
            start = end;
        });
    }

  private:
    // The same space under the short names.
    struct brief : decision_space<brief, genotype_type, arch_type> {
        explicit brief(const aggregate_space& of) : space(of) {}
        std::size_t decisions() const noexcept { return space.decisions(); }
        std::size_t cardinality(std::size_t i) const noexcept { return space.cardinality(i); }
        std::string path(std::size_t i) const { return space.names_[i]; }
        std::string label(std::size_t i, std::size_t choice) const { return space.label(i, choice); }
        bool conditional() const noexcept { return space.conditional(); }
        std::optional<condition> when(std::size_t i) const { return space.when(i); }
        bool numeric() const noexcept { return space.numeric(); }
        std::span<const double> values(std::size_t i) const noexcept { return space.values(i); }
        value_scale scale(std::size_t i) const noexcept { return space.scale(i); }
        genotype_type genotype(const arch_type& arch) const { return space.genotype(arch); }
        arch_type architecture(const genotype_type& genotype) const { return space.architecture(genotype); }
        const aggregate_space& space;
    };

    [[noreturn]] static void fail(const std::string& what) {
        throw std::invalid_argument("nas::aggregate_space: " + what);
    }

    // Says which value of member `i` is no choice.
    [[noreturn]] void refuse(const arch_type& arch, std::size_t i) const {
        std::string value;
        for_each_member([&]<auto Member, auto On>(const aggregate_member<Member, On>&, std::size_t k) {
            if (k == i) value = detail::plain_text(arch.*Member);
        });
        std::string choices;
        for (const std::string& label : table_[i].labels) choices += (choices.empty() ? "" : ", ") + label;
        fail(table_[i].path + " (" + value + ") must be one of " + choices);
    }

    template <class Visit>
    void for_each_member(Visit&& visit) const {
        std::size_t i = 0;
        boost::hana::for_each(members_, [&](const auto& member) { visit(member, i++); });
    }

    template <auto Member, auto On>
    static std::size_t width(const aggregate_member<Member, On>& member) noexcept {
        if (member.numeric_) return 2;
        return std::is_arithmetic_v<detail::value_of<Member>> ? 1 : member.choices_.size();
    }

    // Returns the first member whose value is no choice of it, decisions() where all are.
    std::size_t read(const arch_type& arch, genotype_type& genotype) const {
        std::size_t wrong = decisions();
        for_each_member([&]<auto Member, auto On>(const aggregate_member<Member, On>& member, std::size_t i) {
            const std::size_t choice = detail::position_of(member.choices_, arch.*Member);
            if (choice == member.choices_.size() && wrong == decisions()) wrong = i;
            genotype[i] = static_cast<std::uint8_t>(choice);
        });
        return wrong;
    }

    template <auto Member, auto On>
    void add(const aggregate_member<Member, On>& member) {
        using value = detail::value_of<Member>;
        const std::size_t count = member.choices_.size();
        decision row{.path = member.path_, .cardinality = count, .labels = member.labels_, .tag = member.tag_};
        const std::string name = member.brief_.empty() ? member.path_ : member.brief_;
        if (row.path.empty()) fail("a member has an empty name");
        detail::check_utf8(row.path, "nas::aggregate_space: the name of a member");
        detail::check_utf8(name, "nas::aggregate_space: the short name of a member");
        if (count < 1 || count > max_cardinality)
            fail(row.path + " has " + std::to_string(count) + " choices; it must have 1 to 256");
        for (std::size_t i = 0; i < count; ++i) {
            const value choice = member.choices_[i];
            if constexpr (std::floating_point<value>)
                if (!std::isfinite(choice)) fail("the choices of " + row.path + " must be finite");
            if (detail::position_of(member.choices_, choice) != i)
                fail(row.path + " has the choice " + detail::plain_text(choice) + " twice");
        }
        if (!row.labels.empty() && row.labels.size() != count)
            fail(row.path + " has " + std::to_string(row.labels.size()) + " labels for " + std::to_string(count) +
                 " choices");
        std::vector<std::string> json;
        for (std::size_t i = 0; i < count; ++i) {
            json.push_back(detail::plain_text<value>(member.choices_[i]));
            if (member.labels_.empty()) row.labels.push_back(json[i]);
            if (std::same_as<value, std::string>) json[i] = detail::json_string(json[i]);
            if (std::is_enum_v<value> && !member.labels_.empty()) json[i] = detail::json_string(row.labels[i]);
            detail::check_utf8(row.labels[i], "nas::aggregate_space: a label of " + row.path);
            if (row.labels[i].empty())
                fail("choice " + std::to_string(i) + " of " + row.path + " needs a label that is not empty");
            if (detail::position_of(row.labels, row.labels[i]) != i)
                fail(row.path + " has the label '" + row.labels[i] + "' twice");
        }
        if constexpr (std::is_arithmetic_v<value>) {
            if (member.numeric_)
                for (const value choice : member.choices_) row.values.push_back(static_cast<double>(choice));
            row.scale = member.scale_;
            detail::check_values(row.values, row.scale, count, "nas::aggregate_space: " + row.path);
            numeric_ = numeric_ || member.numeric_;
        }
        for (std::size_t k = 0; k < table_.size(); ++k)
            if (table_[k].path == row.path || names_[k] == name)
                fail("the members " + std::to_string(k) + " and " + std::to_string(table_.size()) +
                     " have the same name '" + (table_[k].path == row.path ? row.path : name) + "'");
        if constexpr (detail::aggregate_argument<aggregate_member<Member, On>>::conditional) {
            row.when = condition_of(member);
            conditional_ = true;
        }
        cardinalities_[table_.size()] = static_cast<std::uint16_t>(count);
        table_.push_back(std::move(row));
        names_.push_back(name);
        json_.push_back(std::move(json));
    }

    template <auto Member, auto On>
    condition condition_of(const aggregate_member<Member, On>& member) const {
        constexpr std::size_t earlier = detail::member_index<detail::constant<On>, Members...>();
        condition when{.decision = earlier, .values = {}};
        if constexpr (earlier < sizeof...(Members)) {
            const auto& choices = boost::hana::at_c<earlier>(members_).choices_;
            for (const auto& value : member.when_) {
                const std::size_t choice = detail::position_of(choices, detail::value_of<On>(value));
                if (choice == choices.size())
                    fail(member.path_ + " is for a " + table_[earlier].path + " of " +
                         detail::plain_text<detail::value_of<On>>(value) + ", which is none of the choices of " +
                         table_[earlier].path);
                when.values.insert(choice);
            }
        }
        return when;
    }

    boost::hana::tuple<Members...> members_;
    std::array<std::uint16_t, sizeof...(Members)> cardinalities_{};
    std::vector<decision> table_;                 // one row a member, labels filled in
    std::vector<std::string> names_;              // short ones
    std::vector<std::vector<std::string>> json_;  // value of each choice
    bool conditional_ = false;
    bool numeric_ = false;
};

}  // namespace nas

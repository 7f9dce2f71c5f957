// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/operators/crossover.hpp>
#include <nas/operators/encode.hpp>
#include <nas/operators/enumerate.hpp>
#include <nas/operators/mutate.hpp>
#include <nas/operators/neighbors.hpp>
#include <nas/testing/block_laws.hpp>
#include <nas/testing/decision_laws.hpp>
#include <nas/testing/report.hpp>

namespace nas::testing {

struct space_law_options {
    std::uint64_t seed = 1;
    std::size_t samples = 100;  ///< random architectures that are looked at
    std::uint64_t enumerated =
        20'000;  ///< a space of at most that size is walked whole, of a larger one `samples` indices
};

namespace detail {

template <class Space>
class space_laws {
    using arch_type = arch_t<Space>;

  public:
    space_laws(const Space& space, const space_law_options& options)
        : space_(space), options_(options), random_(options.seed) {}

    std::vector<std::string> run() && {
        try {
            if constexpr (DecisionSpace<Space>) check_table(space_, report_);
            if constexpr (BlockSpace<Space>) check_tokens(space_, report_);
            for (std::size_t i = 0; i < options_.samples; ++i) check_sample();
            if constexpr (MutableSpace<Space>)
                report_.expect(moved_ || !differ_, "mutate changes something", [] { return ""; });
            check_refusal();
            if constexpr (EnumerableSpace<Space>) check_enumeration();
            if constexpr (GrowableSpace<Space>) check_growth();
        } catch (const std::exception& error) {
            report_.violated("nothing throws", error.what());
        }
        return std::move(report_).violations();
    }

  private:
    std::string text(const arch_type& arch) const { return std::string(space_.describe(arch)); }

    bool expect_inside(const arch_type& arch, const char* law) {
        return report_.expect(space_.contains(arch), law, [&] { return "the space does not contain " + text(arch); });
    }

    void check_sample() {
        rng again = random_;
        const arch_type arch = space_.sample(random_);
        expect_inside(arch, "samples are inside");
        report_.expect(space_.sample(again) == arch && again == random_, "sample depends on the generator alone",
                       [&] { return "the second call with the same generator differs from " + text(arch); });
        const arch_type copy = arch;
        report_.expect(copy == arch && !(copy != arch), "equality is regular",
                       [&] { return "a copy differs from " + text(arch); });
        check_text(arch);
        if constexpr (MutableSpace<Space>) check_mutation(arch);
        if constexpr (CrossableSpace<Space>) check_crossover(arch);
        if constexpr (NeighborSpace<Space>) check_neighbors(arch);
        if constexpr (DecisionSpace<Space>) detail::check_decisions(space_, arch, report_);
        if constexpr (BlockSpace<Space>) check_blocks(space_, arch, report_);
        if constexpr (EncodableSpace<Space>) check_encoding(arch);
        if constexpr (EnumerableSpace<Space>) check_index(arch);
        if constexpr (KeyedSpace<Space>)
            report_.expect(
                space_.key(arch) == space_.key(copy) && space_.key(arch) == space_.key(space_.parse(text(arch))),
                "equal architectures have equal keys", [&] { return text(arch); });
        if (last_.size() == 1 && !(last_[0] == arch)) differ_ = true;
        last_.assign(1, arch);
    }

    void check_text(const arch_type& arch) {
        const std::string line = text(arch);
        report_.expect(line.find('\n') == std::string::npos, "describe gives one line",
                       [&] { return "'" + line + "'"; });
        report_.expect(text(arch) == line, "describe depends on the architecture alone",
                       [&] { return "'" + line + "'"; });
        try {
            const arch_type back = space_.parse(line);
            report_.expect(back == arch, "parse is the inverse of describe",
                           [&] { return "'" + line + "' was read as '" + text(back) + "'"; });
        } catch (const std::exception& error) {
            report_.violated("parse is the inverse of describe", "it refuses '" + line + "': " + error.what());
        }
    }

    void check_refusal() {
        const std::string garbage = "\x01 no architecture \x01";
        bool refused = false;
        try {
            static_cast<void>(space_.parse(garbage));
        } catch (const std::invalid_argument&) {
            refused = true;
        }
        report_.expect(refused, "parse throws std::invalid_argument where the text is no architecture",
                       [] { return ""; });
    }

    void check_mutation(const arch_type& arch) {
        rng again = random_;
        const arch_type child = mutate(space_, arch, random_);
        expect_inside(child, "mutate stays inside");
        report_.expect(mutate(space_, arch, again) == child, "mutate depends on architecture and generator alone",
                       [&] { return "from " + text(arch); });
        if (!(child == arch)) moved_ = true;
    }

    void check_crossover(const arch_type& arch) {
        const arch_type& other = last_.empty() ? arch : last_[0];
        rng again = random_;
        const arch_type child = crossover(space_, arch, other, random_);
        expect_inside(child, "crossover stays inside");
        report_.expect(crossover(space_, arch, other, again) == child,
                       "crossover depends on parents and generator alone",
                       [&] { return "from " + text(arch) + " and " + text(other); });
    }

    void check_neighbors(const arch_type& arch) {
        std::vector<arch_type> all(1, arch);  // neighbors appends
        rng again = random_;
        neighbors(space_, arch, random_, all);
        if (!report_.expect(!all.empty() && all[0] == arch, "neighbors appends",
                            [] { return "what was in the vector is gone"; }))
            return;
        std::vector<arch_type> same(1, arch);
        neighbors(space_, arch, again, same);
        report_.expect(same == all && again == random_, "neighbors depend on architecture and generator alone",
                       [&] { return "from " + text(arch); });
        std::vector<std::string> lines;
        for (std::size_t i = 1; i < all.size(); ++i) {
            expect_inside(all[i], "neighbors are inside");
            report_.expect(!(all[i] == arch), "no architecture is its own neighbor", [&] { return text(arch); });
            lines.push_back(text(all[i]));
        }
        std::sort(lines.begin(), lines.end());
        const auto twice = std::adjacent_find(lines.begin(), lines.end());
        report_.expect(twice == lines.end(), "neighbors come once",
                       [&] { return *twice + " is twice next to " + text(arch); });
    }

    void check_encoding(const arch_type& arch) {
        const std::size_t size = encoding_size(space_);
        report_.expect(size == encoding_size(space_), "encodings have one length", [] { return ""; });
        constexpr double untouched = 123456.789;
        constexpr double other_untouched = -987654.321;
        std::vector<double> first(size + 2, untouched);
        std::vector<double> second(size + 2, other_untouched);
        encode(space_, arch, std::span<double>(first).subspan(1, size));
        encode(space_, arch, std::span<double>(second).subspan(1, size));
        report_.expect(first[0] == untouched && first[size + 1] == untouched, "encode writes its features only", [&] {
            return "it writes outside of its " + std::to_string(size) + " features for " + text(arch);
        });
        for (std::size_t i = 1; i <= size; ++i) {
            report_.expect(std::isfinite(first[i]), "features are finite",
                           [&] { return "feature " + std::to_string(i - 1) + " of " + text(arch); });
            report_.expect(first[i] == second[i], "encode fills every feature, the same each time",
                           [&] { return "feature " + std::to_string(i - 1) + " of " + text(arch); });
        }
    }

    void check_index(const arch_type& arch) {
        const std::uint64_t size = space_.size();
        if (size == uncountable) return;
        const std::uint64_t index = space_.index(arch);
        if (report_.expect(index < size, "index is below size", [&] {
                return std::to_string(index) + " of " + std::to_string(size) + " for " + text(arch);
            }))
            report_.expect(space_.at(index) == arch, "at is the inverse of index",
                           [&] { return text(arch) + " comes back as " + text(space_.at(index)); });
    }

    void check_enumeration() {
        const std::uint64_t size = space_.size();
        if (size == uncountable) return;
        if (!report_.expect(size > 0, "a space is not empty", [] { return "size() is 0"; })) return;
        const bool whole = size <= options_.enumerated;
        for (std::uint64_t i = 0; i < (whole ? size : options_.samples); ++i) {
            const std::uint64_t index = whole ? i : below(random_, size);
            const arch_type arch = space_.at(index);
            expect_inside(arch, "at stays inside");
            report_.expect(space_.index(arch) == index, "index is the inverse of at", [&] {
                return std::to_string(index) + " comes back as " + std::to_string(space_.index(arch));
            });
        }
        bool refused = false;
        try {
            static_cast<void>(space_.at(size));
        } catch (const std::out_of_range&) {
            refused = true;
        }
        report_.expect(refused, "at(size()) throws std::out_of_range", [] { return ""; });
    }

    void check_growth() {
        for (const arch_type& root : space_.roots()) {
            expect_inside(root, "roots are inside");
            for (const arch_type& larger : space_.grow(root)) {
                expect_inside(larger, "grow stays inside");
                report_.expect(!(larger == root), "grow changes the architecture", [&] { return text(root); });
                if constexpr (BlockSpace<Space>)
                    report_.expect(has_more_blocks(space_, larger, root), "grow adds blocks",
                                   [&] { return text(root); });
            }
        }
    }

    const Space& space_;
    const space_law_options& options_;
    rng random_;
    law_report report_;
    std::vector<arch_type> last_;  // the sample before, where there was one
    bool moved_ = false;           // some mutation changed something
    bool differ_ = false;          // two samples differed
};

}  // namespace detail

/// What `space` does against the laws of spaces, in all the concepts it satisfies: `law: how`; nothing where all hold.
///
/// Samples, mutants, children, neighbours and what `at` gives are inside and follow from the generator alone; neighbours
/// exclude the architecture itself and come once; describe and parse, genotype and architecture, index and at are inverse to
/// each other; inactive decisions are 0 and masks leave a choice; encodings are finite and fill what they state; blocks are
/// whole.
template <class Space>
std::vector<std::string> space_violations(const Space& space, const space_law_options& options = {}) {
    static_assert(check_search_space<Space>());
    return detail::space_laws<Space>(space, options).run();
}

}  // namespace nas::testing

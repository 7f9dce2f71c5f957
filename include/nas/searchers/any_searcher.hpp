// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <nas/core/checks.hpp>
#include <nas/core/options_text.hpp>

namespace nas {

/// Any searcher over `Space` for `Objectives` objectives, chosen at run time: programs and the registry hold these. It is
/// itself a searcher and a value: a copy is a searcher of its own. One virtual call for each ask and tell.
///
///     nas::any_searcher<Space> searcher{"mine", my_searcher{space}};
///     nas::search search{searcher, evaluator};
///
/// A moved-from any_searcher may only be assigned to or destroyed.
template <class Space, std::size_t Objectives = 1>
class any_searcher {
    static_assert(check_search_space<Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;

    /// Holds `searcher` under `name`.
    template <class T>
        requires(!std::same_as<T, any_searcher> && std::same_as<typename T::space_type, Space> &&
                 Searcher<T, Objectives>)
    any_searcher(std::string name, T searcher) : name_(std::move(name)), options_(detail::all_options_text(searcher)) {
        held_ = std::make_unique<holder<T>>(std::move(searcher));
    }

    any_searcher(const any_searcher& other)
        : held_(other.held_->clone()), name_(other.name_), options_(other.options_) {}
    any_searcher(any_searcher&&) noexcept = default;
    any_searcher& operator=(any_searcher other) noexcept {
        held_.swap(other.held_);
        name_.swap(other.name_);
        options_.swap(other.options_);
        return *this;
    }
    ~any_searcher() = default;

    const std::string& name() const noexcept { return name_; }
    /// All options with their values, as `name=value,name=value`, unusual ones and the weights of a policy that was
    /// given after `policy.`, those of a searcher that it wraps after `searcher.`; empty for a searcher without described
    /// options.
    const std::string& options_text() const noexcept { return options_; }

    const Space& space() const noexcept { return held_->space(); }
    void begin(rng& random) { held_->begin(random); }
    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        return held_->ask(view, random);
    }
    void tell(const trial<arch_type, Objectives>& told, rng& random) { held_->tell(told, random); }

    /// Of the searcher that it holds; 0 where that one does not say.
    std::size_t initial_trials() const { return held_->initial_trials(); }

    /// Whether it learns a policy that sample_policy draws from.
    bool has_policy() const noexcept { return held_->has_policy(); }
    /// An architecture as the policy is now. Throws std::logic_error where there is none.
    arch_type sample_policy(rng& random) const { return held_->sample_policy(random); }

  private:
    struct base {
        virtual ~base() = default;
        virtual std::unique_ptr<base> clone() const = 0;
        virtual const Space& space() const noexcept = 0;
        virtual void begin(rng& random) = 0;
        virtual std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const = 0;
        virtual void tell(const trial<arch_type, Objectives>& told, rng& random) = 0;
        virtual std::size_t initial_trials() const = 0;
        virtual bool has_policy() const noexcept = 0;
        virtual arch_type sample_policy(rng& random) const = 0;
    };
    template <class T>
    struct holder final : base {
        explicit holder(T what) : searcher(std::move(what)) {}
        std::unique_ptr<base> clone() const override { return std::make_unique<holder>(searcher); }
        const Space& space() const noexcept override { return searcher.space(); }
        void begin(rng& random) override {
            if constexpr (BeginningSearcher<T>) searcher.begin(random);
        }
        std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const override {
            return searcher.ask(view, random);
        }
        void tell(const trial<arch_type, Objectives>& told, rng& random) override { searcher.tell(told, random); }
        std::size_t initial_trials() const override { return nas::initial_trials(searcher); }
        bool has_policy() const noexcept override {
            if constexpr (requires { searcher.has_policy(); })
                return searcher.has_policy();  // wraps one that may have none
            return samples;
        }
        arch_type sample_policy(rng& random) const override {
            if constexpr (samples) {
                return searcher.sample_policy(random);
            } else {
                throw std::logic_error("nas::any_searcher: this searcher has no policy to sample");
            }
        }

        static constexpr bool samples = requires(const T& held, rng& random) {
            { held.sample_policy(random) } -> std::same_as<arch_type>;
        };
        T searcher;
    };

    std::unique_ptr<base> held_;
    std::string name_;
    std::string options_;
};

}  // namespace nas

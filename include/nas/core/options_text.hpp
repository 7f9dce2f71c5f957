// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

#include <nas/core/fingerprint.hpp>
#include <nas/core/options.hpp>

/// What a history's header and a summary say of the options of a searcher.
namespace nas {

namespace detail {

// clang-format off
template <class T>
concept GivenPolicy = requires(const T& of) { to_text(of.policy().options()); } &&
                      !requires(const T& of) {
                          requires std::same_as<std::remove_cvref_t<decltype(of.options().network)>,
                                                std::remove_cvref_t<decltype(of.policy().options())>>;
                      } &&
                      !requires(const T& of) { of.options_text(); };
// clang-format on

/// The predictor of a searcher that is made of parts, as an object, by itself or in a surrogate.
template <class T>
concept HasModel = requires(const T& of) {
    of.model();
};
template <class T>
concept HasSurrogateModel = requires(const T& of) {
    of.surrogate().model();
};
template <class T>
decltype(auto) model_of(const T& of) {
    if constexpr (HasSurrogateModel<T>) {
        return of.surrogate().model();
    } else {
        return of.model();
    }
}
template <class T>
concept HasModelOptions = (HasModel<T> || HasSurrogateModel<T>)&&requires(const T& of) {
    to_text(model_of(of).options());
};

/// The options of a searcher, but for those of parts that are others: those that `unused_options()` names, if there is one; and
/// instead of options for a model those that its model has, `model.name=value` where they are not the usual ones and the searcher
/// has none of that kind.
template <class T>
std::string own_options_text(const T& of) {
    using options_type = std::remove_cvref_t<decltype(of.options())>;
    std::string text;
    const auto add = [&](const std::string& prefix, const option_description& option) {
        text += (text.empty() ? "" : ",") + prefix + option.name + "=" + option.value;
    };
    const auto add_all = [&](const std::string& prefix, const auto& options) {
        for (const option_description& option : describe_options(options)) add(prefix, option);
    };
    const auto is_unused = [&](std::string_view name) {
        if constexpr (requires { of.unused_options(); })
            for (const std::string_view unused : of.unused_options())
                if (unused == name) return true;
        return false;
    };
    bool has_models = false;
    options_type::fields([&](auto member, const field& about) {
        const auto& value = of.options().*member;
        using value_type = std::remove_cvref_t<decltype(value)>;
        const std::string name(about.name);
        if (is_unused(name)) return;
        if constexpr (!DescribedOptions<value_type>) {
            text += (text.empty() ? "" : ",") + name + "=" + option_text(value);
        } else if constexpr (!HasModel<T>) {
            add_all(name + ".", value);
        } else if constexpr (HasModelOptions<T>) {
            if constexpr (std::same_as<std::remove_cvref_t<decltype(model_of(of).options())>, value_type>) {
                add_all(name + ".", model_of(of).options());
                has_models = true;
            }
        }
    });
    if constexpr (HasModelOptions<T>) {
        const auto given = describe_options(model_of(of).options());
        const auto usual = describe_options(std::remove_cvref_t<decltype(model_of(of).options())>{});
        for (std::size_t i = 0; i < given.size() && !has_models; ++i)
            if (given[i].value != usual[i].value) add("model.", given[i]);
    }
    return text;
}

/// The options of a searcher, or of a policy, as `name=value,name=value`: its `options()`, or, where it was chosen at run time,
/// its `options_text()`. Those of a policy that was given to a searcher, and not made from its options, are added as
/// `policy.name=value` where they are not the usual ones, and `policy.weights`, a fingerprint of those that it was given with;
/// those of a searcher that it wraps as `searcher.name=value`. Those of a part that was exchanged are not among them.
template <class T>
std::string all_options_text(const T& of) {
    std::string text;
    if constexpr (requires { to_text(of.options()); }) {
        text = own_options_text(of);
    } else if constexpr (requires { std::string(of.options_text()); }) {
        text = of.options_text();
    }
    const auto add = [&](std::string_view item) { text.append(text.empty() ? "" : ",").append(item); };
    if constexpr (GivenPolicy<T>) {
        const auto given = describe_options(of.policy().options());
        const auto usual = describe_options(std::remove_cvref_t<decltype(of.policy().options())>{});
        for (std::size_t i = 0; i < given.size(); ++i)
            if (given[i].value != usual[i].value) add("policy." + given[i].name + "=" + given[i].value);
    }
    if constexpr (requires { fingerprint_text(*of.given_weights()); }) {
        if (of.given_weights()) add("policy.weights=" + fingerprint_text(*of.given_weights()));
    }
    if constexpr (requires { of.searcher(); }) {
        const std::string inner = all_options_text(of.searcher());
        for (std::size_t at = 0; at < inner.size();) {
            const std::size_t end = std::min(inner.find(',', at), inner.size());
            add("searcher." + inner.substr(at, end - at));
            at = end + 1;
        }
    }
    return text;
}

}  // namespace detail

}  // namespace nas

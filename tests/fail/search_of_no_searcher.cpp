// expect: nas: this type is not a searcher: it has no space_type
// SPDX-License-Identifier: Apache-2.0

#include <nas/core/draws.hpp>
#include <nas/run/search.hpp>

int main() {
    nas::search search{42, [](int arch) { return arch; }};
}

// expect: nas::evaluation: there must be at least one objective
// SPDX-License-Identifier: Apache-2.0

#include <nas/core/draws.hpp>
#include <nas/run/search.hpp>

int main() { nas::evaluation<0> nothing; }

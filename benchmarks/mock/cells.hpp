// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "options.hpp"
#include "problem.hpp"

namespace mock_bench {

/// Whether --landscape names the landscape over cells, which has a space of its own.
bool is_cells(std::string_view landscape);

/// --space says how many blocks and operations: `5x8`. Throws usage_error, std::invalid_argument.
std::unique_ptr<problem> open_cells(const bench_options& options);

}  // namespace mock_bench

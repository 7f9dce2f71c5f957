// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The networks of the library's spaces as plans, a class for each space: mlp_plans, cnn_plans, nasbench201_plans, cell_plans,
/// layer_plans. Each is built from the space or its task, and called with an architecture gives a network_plan: what
/// it costs is counted without building anything, and what trains it builds it.

#include <nas/networks/plans/cell_plans.hpp>
#include <nas/networks/plans/cnn_plans.hpp>
#include <nas/networks/plans/layer_plans.hpp>
#include <nas/networks/plans/mlp_plans.hpp>
#include <nas/networks/plans/nasbench201_plans.hpp>

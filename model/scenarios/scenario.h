/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Scenarios on Arm: all that they begin with.
 */
#ifndef SCENARIOS_SCENARIO_H
#define SCENARIOS_SCENARIO_H

#include "base.h"
#include "vm.h"

#endif

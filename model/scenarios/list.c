// SPDX-License-Identifier: GPL-2.0
/*
 * All scenarios, in the order of the table.
 */
#include "scenario.h"

#include <stddef.h>

extern const struct scenario problem1_matching, problem1_nsh_under_ish, problem1_nsh_under_nsh;
extern const struct scenario problem2_reset;

const struct scenario * const scenarios[] = {
	&problem1_matching, &problem1_nsh_under_ish, &problem1_nsh_under_nsh,
	&problem2_reset,
	NULL,
};

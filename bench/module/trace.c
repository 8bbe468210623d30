// SPDX-License-Identifier: GPL-2.0
/*
 * The code of guest memory's tracepoints, as the module has it.
 */
#define CREATE_TRACE_POINTS
#include "mem/trace.h"

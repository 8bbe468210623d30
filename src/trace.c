// SPDX-License-Identifier: GPL-2.0
/*
 * The tracepoints' own code, once for the module.
 */
#define CREATE_TRACE_POINTS
#include "mem/trace.h"
/* the first one's has undefined it */
#define CREATE_TRACE_POINTS
#include "arm64/trace.h"

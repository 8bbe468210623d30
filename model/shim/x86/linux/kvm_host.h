/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What of the kernel's header is used stands in context_tracking.h.
 */
#include <linux/context_tracking.h>

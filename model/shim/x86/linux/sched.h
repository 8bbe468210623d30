/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The thread that runs, of a kernel of which nothing is configured.
 */
#ifndef SHIM_X86_LINUX_SCHED_H
#define SHIM_X86_LINUX_SCHED_H

#include_next <linux/sched.h>

#ifndef IS_ENABLED
#define IS_ENABLED(CONFIG_OPTION)	0
#endif

#endif

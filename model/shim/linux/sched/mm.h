/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An address space, held by reference.
 */
#ifndef SHIM_LINUX_SCHED_MM_H
#define SHIM_LINUX_SCHED_MM_H

#include <linux/sched.h>

#endif

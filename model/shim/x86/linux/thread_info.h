/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Flags of a thread, of which it has none.
 */
#ifndef SHIM_X86_LINUX_THREAD_INFO_H
#define SHIM_X86_LINUX_THREAD_INFO_H

#include <linux/types.h>

#define TIF_BLOCKSTEP		25
#define test_thread_flag(flag)	false

#endif

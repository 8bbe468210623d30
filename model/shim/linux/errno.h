/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Error numbers, with those that never reach user space.
 */
#ifndef SHIM_LINUX_ERRNO_H
#define SHIM_LINUX_ERRNO_H

#include_next <linux/errno.h>
#include <asm/errno.h>

#define ERESTARTSYS	512

#endif

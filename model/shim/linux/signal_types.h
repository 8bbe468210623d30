/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Signal masks: what others embed.
 */
#ifndef SHIM_LINUX_SIGNAL_TYPES_H
#define SHIM_LINUX_SIGNAL_TYPES_H

#include <signal.h>

#undef sigmask
#define sigmask(sig)		(1UL << ((sig) - 1))
#define sigdelsetmask(set, mask)	((set)->__val[0] &= ~(mask))

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What must hold when it is compiled.
 */
#ifndef SHIM_LINUX_BUILD_BUG_H
#define SHIM_LINUX_BUILD_BUG_H

#define BUILD_BUG_ON(c)		_Static_assert(!(c), #c)

#endif

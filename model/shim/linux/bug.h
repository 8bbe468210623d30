/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What must never happen.
 */
#ifndef SHIM_LINUX_BUG_H
#define SHIM_LINUX_BUG_H

#include <linux/compiler.h>

#define WARN_ON(c) ({							\
	bool _c = (c);							\
	if (_c)								\
		shim_die("%s:%d: %s", __FILE__, __LINE__, #c);		\
	_c;								\
})
#define WARN_ON_ONCE(c)		WARN_ON(c)

#endif

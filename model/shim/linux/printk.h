/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The log.
 */
#ifndef SHIM_LINUX_PRINTK_H
#define SHIM_LINUX_PRINTK_H

#include <linux/compiler.h>

#define pr_err(...)		shim_print(__VA_ARGS__)
#define pr_warn(...)		shim_print(__VA_ARGS__)
#define pr_info(...)		shim_print(__VA_ARGS__)
#define pr_err_ratelimited(...)	shim_print(__VA_ARGS__)
#define pr_warn_ratelimited(...)	shim_print(__VA_ARGS__)
#define pr_warn_once(...) do {						\
	static bool _said;						\
									\
	if (!_said)							\
		shim_print(__VA_ARGS__);				\
	_said = true;							\
} while (0)

#endif

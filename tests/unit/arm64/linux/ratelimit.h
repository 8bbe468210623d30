/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is said often is said at once here.
 */
#ifndef TEST_LINUX_RATELIMIT_H
#define TEST_LINUX_RATELIMIT_H

#include <linux/printk.h>

#endif

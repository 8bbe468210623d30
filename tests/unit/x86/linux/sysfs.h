/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of /sys: a test has the functions.
 */
#ifndef FAKE_LINUX_SYSFS_H
#define FAKE_LINUX_SYSFS_H

#include <linux/kobject.h>

struct attribute_group {
	const char *name;
	struct attribute **attrs;
};

int sysfs_create_group(struct kobject *kobj, const struct attribute_group *group);
int sysfs_emit(char *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Folders of /sys: a test has the functions, and the module that they are beside.
 */
#ifndef FAKE_LINUX_KOBJECT_H
#define FAKE_LINUX_KOBJECT_H

#include <linux/types.h>

struct kobject;

struct kset {
	int unused;
};

struct sysfs_ops {
	int unused;
};

struct kobj_type {
	void (*release)(struct kobject *kobj);
	const struct sysfs_ops *sysfs_ops;
};

struct kobject {
	struct kset *kset;
	const struct kobj_type *type;
	const char *name;
};

struct attribute {
	const char *name;
	unsigned short mode;
};

struct kobj_attribute {
	struct attribute attr;
	ssize_t (*show)(struct kobject *kobj, struct kobj_attribute *attr, char *buf);
};

struct fake_module {
	struct {
		struct kobject kobj;
	} mkobj;
};

extern struct fake_module fake_module;
extern const struct sysfs_ops kobj_sysfs_ops;

#define __ATTR_RO(n)	{ .attr = { .name = #n, .mode = 0444 }, .show = n##_show }

struct kobject *kset_find_obj(struct kset *kset, const char *name);
int kobject_init_and_add(struct kobject *kobj, const struct kobj_type *type, struct kobject *parent, const char *fmt,
			 const char *name);
void kobject_del(struct kobject *kobj);
void kobject_put(struct kobject *kobj);

#endif

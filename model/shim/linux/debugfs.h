/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files for people. Who makes some in a test defines the functions.
 */
#ifndef SHIM_LINUX_DEBUGFS_H
#define SHIM_LINUX_DEBUGFS_H

#include <linux/fs.h>

struct dentry;

struct dentry *debugfs_create_dir(const char *name, struct dentry *parent);
void debugfs_create_file(const char *name, unsigned int mode, struct dentry *dir, void *data,
			 const struct file_operations *fops);
void debugfs_remove_recursive(struct dentry *dir);

#endif

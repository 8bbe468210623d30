/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files without a name in a file system.
 */
#ifndef SHIM_LINUX_ANON_INODES_H
#define SHIM_LINUX_ANON_INODES_H

#include <linux/file.h>

struct file *anon_inode_getfile(const char *name, const struct file_operations *fops, void *priv, int flags);
int anon_inode_getfd(const char *name, const struct file_operations *fops, void *priv, int flags);

#endif

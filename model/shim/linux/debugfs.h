/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files for people, which nobody reads here.
 */
#ifndef SHIM_LINUX_DEBUGFS_H
#define SHIM_LINUX_DEBUGFS_H

struct dentry;

#define debugfs_create_dir(name, parent)		((void)(name), (void)(parent), (struct dentry *)NULL)
#define debugfs_create_file(name, mode, dir, data, fops) ((void)(dir), (void)(fops))
#define debugfs_remove_recursive(dir)			((void)(dir))

#endif

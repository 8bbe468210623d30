/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files: passed on, never looked into.
 */
#ifndef SHIM_LINUX_FS_H
#define SHIM_LINUX_FS_H

struct file;
struct inode;

#endif

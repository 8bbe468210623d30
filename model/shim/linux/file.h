/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Descriptors of the process.
 */
#ifndef SHIM_LINUX_FILE_H
#define SHIM_LINUX_FILE_H

#include <linux/fs.h>

int get_unused_fd_flags(unsigned int flags);
void put_unused_fd(unsigned int fd);
void fd_install(unsigned int fd, struct file *file);
void fput(struct file *file);

#endif

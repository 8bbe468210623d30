/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files: what they can do, and whose they are. Who opens some in a test defines the functions.
 */
#ifndef SHIM_LINUX_FS_H
#define SHIM_LINUX_FS_H

#include <fcntl.h>

#include <linux/ioctl.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/types.h>

struct file;
struct inode;
struct seq_file;
struct vm_area_struct;

struct inode {
	void *i_private;
};

struct file_operations {
	void *owner;
	int (*open)(struct inode *inode, struct file *file);
	int (*release)(struct inode *inode, struct file *file);
	long (*unlocked_ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
	int (*mmap)(struct file *file, struct vm_area_struct *vma);
	ssize_t (*read)(struct file *file, char __user *buf, size_t len, loff_t *pos);
	ssize_t (*write)(struct file *file, const char __user *buf, size_t len, loff_t *pos);
	int (*show)(struct seq_file *m, void *unused);
	void *llseek;
};

struct file {
	const struct file_operations *f_op;
	void *private_data;
	unsigned int f_mode;
};

#define FMODE_PREAD	8U
#define noop_llseek	((void *)1)

ssize_t simple_read_from_buffer(void __user *to, size_t n, loff_t *pos, const void *from, size_t size);

#endif

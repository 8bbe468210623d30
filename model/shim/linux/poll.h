/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who waits for a file to become ready.
 */
#ifndef SHIM_LINUX_POLL_H
#define SHIM_LINUX_POLL_H

#include <linux/wait.h>

typedef unsigned int __poll_t;

#define EPOLLIN		0x001U
#define EPOLLHUP	0x010U

struct file;
struct poll_table_struct;

typedef void (*poll_queue_proc)(struct file *file, wait_queue_head_t *head, struct poll_table_struct *pt);
typedef struct poll_table_struct {
	poll_queue_proc _qproc;
} poll_table;

#define init_poll_funcptr(pt, f)	((pt)->_qproc = (f))
#define key_to_poll(key)		((__poll_t)(unsigned long)(key))

__poll_t vfs_poll(struct file *file, poll_table *pt);

#endif

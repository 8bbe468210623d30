/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a thread that moved to another CPU owes user space: the test says.
 */
#ifndef TEST_LINUX_RSEQ_H
#define TEST_LINUX_RSEQ_H

void rseq_virt_userspace_exit(void);

#endif

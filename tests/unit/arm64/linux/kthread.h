/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads of the kernel's, which borrow a process's memory where a test sees it.
 */
#ifndef TEST_LINUX_KTHREAD_H
#define TEST_LINUX_KTHREAD_H

struct mm_struct;

void kthread_use_mm(struct mm_struct *mm);
void kthread_unuse_mm(struct mm_struct *mm);

#endif

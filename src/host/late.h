/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that is not there now and is fetched: swapped out, or userfaultfd's.
 */
#ifndef TABULA_HOST_LATE_H
#define TABULA_HOST_LATE_H

#include <linux/types.h>

struct mm_struct;

/**
 * host_page_is_late() - would an access have to wait for the page?
 * @hva: user address of the current process, untagged
 * @write: the access is a write
 *
 * A page that needs no waiting is faulted in; for one that is read from a disk the read is begun.
 *
 * Context: takes mmap_lock; may sleep for that and for memory, but not for the page.
 * Return: true if so; false also where the access would fail.
 */
bool host_page_is_late(unsigned long hva, bool write);

/**
 * host_page_fetch() - wait for the page
 * @mm: address space, which its caller keeps from going away (mmgrab())
 * @hva: user address, untagged
 * @write: the access is a write
 *
 * For a worker of the kernel's. It comes back, with the page or not, when the process ends.
 *
 * Context: takes mmap_lock; may sleep for long.
 */
void host_page_fetch(struct mm_struct *mm, unsigned long hva, bool write);

#endif

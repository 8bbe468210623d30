/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Atomic operations on user memory, and loads and stores of one piece.
 */
#ifndef TABULA_HOST_USER_H
#define TABULA_HOST_USER_H

#include <linux/types.h>

/**
 * host_user_load() - load a value from the current process's memory
 * @hva: user address, untagged, aligned to @width
 * @width: bytes: 1, 2, 4 or 8
 * @val: the value, as this CPU reads it, zero-extended
 *
 * One access. Context: may sleep.
 * Return: 0; -EFAULT: not readable; -EINVAL: alignment or width.
 */
int host_user_load(unsigned long hva, unsigned int width, u64 *val);

/**
 * host_user_store() - store a value to the current process's memory
 * @hva: user address, untagged, aligned to @width
 * @width: bytes: 1, 2, 4 or 8
 * @val: the value; bits above @width are dropped
 *
 * One access: nothing has changed after an error. Context: may sleep.
 * Return: 0; -EFAULT: not writable; -EINVAL: alignment or width.
 */
int host_user_store(unsigned long hva, unsigned int width, u64 val);

/**
 * host_user_cmpxchg() - compare and exchange on the current process's memory
 * @hva: user address, untagged, aligned to @width
 * @width: bytes: 1, 2, 4 or 8
 * @old: what to compare with; on success of the call, what was there
 * @new: what to store if it is that
 *
 * A full barrier when it stores. Faults pages in.
 *
 * Context: may sleep.
 * Return: 0: done, exchanged if *@old is what it was; -EFAULT: not readable, or not
 * writable; -EINVAL: alignment or width; -EAGAIN: others write there all the time;
 * -EOPNOTSUPP: not on this architecture.
 */
int host_user_cmpxchg(unsigned long hva, unsigned int width, u64 *old, u64 new);

#endif

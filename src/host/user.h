/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Atomic operations on user memory, and loads and stores of one piece.
 */
#ifndef TABULA_HOST_USER_H
#define TABULA_HOST_USER_H

#include <linux/types.h>
#include <linux/uaccess.h>

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
 * host_user_add_versioned() - add to a number that readers take for torn while its version is odd; x86
 * @hva: user address, aligned to 16 bytes, of guest memory that was looked up: the number's 64 bits,
 *	the version's 32
 * @delta: what to add
 *
 * One section of user access. A version that was odd counts as one before. No page fault is served.
 * Context: any; page faults are off. Return: how far it came: 0: nothing has changed; 1: the version is odd; 2: the
 * number is the new one, too; 3: done.
 */
#ifdef CONFIG_X86_64
static inline int host_user_add_versioned(unsigned long hva, u64 delta)
{
	u64 __user *at = (u64 __user *)hva;
	u32 __user *version = (u32 __user *)(at + 1);
	u64 val;
	u32 v;

	/* slots are in user space */
	__uaccess_begin_nospec();
	unsafe_get_user(v, version, nothing);
	unsafe_get_user(val, at, nothing);
	v = (v + 1) | 1;
	unsafe_put_user(v, version, nothing);
	/* odd before what follows; pairs with the reader's, as does the next */
	smp_wmb();
	unsafe_put_user(val + delta, at, odd);
	/* even after it */
	smp_wmb();
	unsafe_put_user(v + 1, version, added);
	__uaccess_end();
	return 3;
added:
	__uaccess_end();
	return 2;
odd:
	__uaccess_end();
	return 1;
nothing:
	__uaccess_end();
	return 0;
}
#else
int host_user_add_versioned(unsigned long hva, u64 delta);
#endif

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

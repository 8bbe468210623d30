/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A branch that others turn: a number here.
 */
#ifndef TEST_LINUX_JUMP_LABEL_H
#define TEST_LINUX_JUMP_LABEL_H

#define DECLARE_STATIC_KEY_FALSE(name)	extern int name
#define DEFINE_STATIC_KEY_FALSE(name)	int name
#define static_branch_unlikely(key)	(*(key) > 0)
#define static_branch_inc(key)		(++*(key))
#define static_branch_dec(key)		(--*(key))

#endif

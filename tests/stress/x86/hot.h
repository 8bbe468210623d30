/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the x86-64 stress guest and its VMM agree upon: pages that the hypervisor writes and reads on its own account, next to
 * each other in a slot of their own.
 */
#ifndef TESTS_STRESS_X86_HOT_H
#define TESTS_STRESS_X86_HOT_H

#define HOT_AT		0x20000000UL
#define HOT_BLOCK	0x200000UL	/* the slot's size */
#define HOT_PAGES	12UL
#define HOT(page)	(HOT_AT + (page) * 4096UL)

enum {
	HOT_VMCB, HOT_MSRPM, HOT_MSRPM_2, HOT_IOPM, HOT_IOPM_2, HOT_IOPM_3,	/* of L1 */
	HOT_DATA,								/* of L2 */
	HOT_CLOCK, HOT_EOI, HOT_STEAL,						/* records */
	HOT_SAME, HOT_SAME_2,							/* empty pages, for others to be like */
};

/* What is wrong. */
enum {
	WRONG_EXIT, WRONG_RAX, WRONG_DATA, WRONG_GS, WRONG_TIME, WRONG_IN_SERVICE, WRONG_TAKEN, WRONG_PREEMPTED, WRONG_VERSION,
	WRONG_STEAL, WRONG_KINDS,
};

#define HOT_STOP	(PORT_TEST + 0)		/* read: 0: go on */
#define HOT_WRONG	(PORT_TEST + 1)		/* which of the above */
#define HOT_IS		(PORT_TEST + 2)		/* what it is */
#define HOT_WANT	(PORT_TEST + 4)		/* and what it should be */
#define HOT_ROUNDS	(PORT_TEST + 3)		/* rounds that were checked since the last time */
#define TELL_ROUNDS	16

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the x86-64 stress guest and its VMM agree upon: pages that the hypervisor writes and reads on its own account, next to
 * each other in a slot of their own.
 */
#ifndef TESTS_STRESS_X86_HOT_H
#define TESTS_STRESS_X86_HOT_H

#define HOT_AT		0x20000000UL
#define HOT_BLOCK	0x200000UL	/* the slot's size */
#define HOT_PAGES	16UL
#define HOT(page)	(HOT_AT + (page) * 4096UL)

enum {
	HOT_VMCB, HOT_MSRPM, HOT_MSRPM_2, HOT_IOPM, HOT_IOPM_2, HOT_IOPM_3,	/* of L1 */
	HOT_DATA,								/* of L2 */
	HOT_CLOCK, HOT_EOI, HOT_STEAL,						/* records */
	HOT_SHARED, HOT_INFO, HOT_RUNSTATE, HOT_RUNSTATE_2,			/* Xen's: shared_info, vcpu_info, times over a page's end */
	HOT_SAME, HOT_SAME_2,							/* empty pages, for others to be like */
};

/* Xen's: in their pages, and the ports. What the guest sends on I leads to LED(I), in eight words; the VMM has one of its own. */
#define HOT_TIMES	(HOT(HOT_RUNSTATE_2) - 20)
#define XEN_TIME	32		/* in vcpu_info */
#define XEN_SELECT	8
#define XEN_PENDING	0x800		/* in shared_info */
#define XEN_WALL	0xc00
#define LEADS		8U
#define LED(i)		(64 * (i) + (i))
#define VMM_PORT	4000U
#define HOT_UPCALL	0x56		/* the interrupt of events */

/* What is wrong. */
enum {
	WRONG_EXIT, WRONG_RAX, WRONG_DATA, WRONG_GS, WRONG_TIME, WRONG_IN_SERVICE, WRONG_TAKEN, WRONG_PREEMPTED, WRONG_VERSION,
	WRONG_STEAL, WRONG_PENDING, WRONG_EVENTS, WRONG_ELSE, WRONG_RUNNING, WRONG_SUM, WRONG_ENTRY, WRONG_KINDS,
};

#define HOT_STOP	(PORT_TEST + 0)		/* read: 0: go on */
#define HOT_WRONG	(PORT_TEST + 1)		/* which of the above */
#define HOT_IS		(PORT_TEST + 2)		/* what it is */
#define HOT_WANT	(PORT_TEST + 4)		/* and what it should be */
#define HOT_ROUNDS	(PORT_TEST + 3)		/* rounds that were checked since the last time */
#define HOT_HEARD	(PORT_TEST + 5)		/* an event of the VMM's has come */
#define TELL_ROUNDS	16

#endif

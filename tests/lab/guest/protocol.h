/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the lab's bare-metal guests and the programs that run them agree upon.
 */
#ifndef GUEST_PROTOCOL_H
#define GUEST_PROTOCOL_H

#define GUEST_RAM	0x40000000
#define GUEST_RAM_SIZE	0x400000	/* unless a test asks for more */
#define GUEST_DIST	0x08000000
#define GUEST_REDIST	0x080a0000
#define GUEST_IO	0x0a000000	/* nothing there: each access is an event */
#define GUEST_STACK	0x4000		/* of each vCPU, from the end of RAM down */

/* Ports: 64-bit words at GUEST_IO. A test has PORT_TEST and above to itself. */
#define PORT_DONE	0		/* the guest ends, with a value */
#define PORT_GOT	1		/* a check failed: got, wanted, line */
#define PORT_WANT	2
#define PORT_FAIL	3
#define PORT_TEST	8
#define PORT_END	256

/* Words of the image's head. */
#define GUEST_HEAD_DUMP		1
#define GUEST_HEAD_SECONDARY	2
#define GUEST_HEAD_SIZE		3

/* Flag in X0: turn MMU and caches on before anything else. */
#define GUEST_MMU	0x10000

/* What guest_dump() leaves, in bytes from SP. */
#define DUMP_X		0
#define DUMP_SYS	256
#define DUMP_SYS_COUNT	31
#define DUMP_V		768		/* then FPCR, FPSR */
#define DUMP_SIZE	2048
#define DUMP_STACK	0x8000

#define FRAME_SIZE	288

/* Which vector: entry modulo 4, and where from. */
#define VECTOR_SYNC	0
#define VECTOR_IRQ	1
#define VECTOR_FIQ	2
#define VECTOR_SERROR	3

#define EC(esr)		((esr) >> 26 & 0x3f)
#define EC_UNKNOWN	0x00
#define EC_SVC64	0x15
#define EC_SYS64	0x18
#define EC_IABT_LOW	0x20
#define EC_IABT_CUR	0x21
#define EC_DABT_LOW	0x24
#define EC_DABT_CUR	0x25
#define EC_BREAK_CUR	0x31
#define EC_STEP_CUR	0x33
#define EC_WATCH_CUR	0x35
#define EC_BRK64	0x3c

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the lab's x86-64 guests and the programs that run them agree upon.
 */
#ifndef GUEST_PROTOCOL_H
#define GUEST_PROTOCOL_H

#define GUEST_RAM_SIZE	0x400000	/* from address 0 on, but for the hole; unless a test asks for more */
#define GUEST_HOLE	0xa0000		/* nothing there, where real mode reaches too */
#define GUEST_HOLE_END	0xc0000
#define GUEST_DEVICE	0x10000000	/* nor there, for tests of accesses */

/* What the VMM writes below the image. */
#define GUEST_GDT	0x1000
#define GUEST_TSS	0x1800
#define GUEST_TABLES	0x2000		/* PML4, PDPT and four page directories: 4 GiB one to one, in pages of 2 MiB */
#define GUEST_PD	(GUEST_TABLES + 0x2000)
#define GUEST_PD32	0x8000		/* the same for 32-bit mode, in pages of 4 MiB */
#define GUEST_LOW	0x9000		/* for a test's own code below 64 KiB, to GUEST_LOW_END */
#define GUEST_LOW_END	0x10000

#define GUEST_IMAGE	0x100000
#define GUEST_STEP	0x200000	/* a page for an instruction of the VMM's */
#define GUEST_FREE	0x210000	/* for a test's own use, up to the stacks */
#define GUEST_STACK	0x4000		/* of each vCPU, from the end of RAM down */

/* Selectors. */
#define SEL_CODE64	0x08
#define SEL_DATA	0x10
#define SEL_CODE32	0x18
#define SEL_CODE16	0x20
#define SEL_DATA16	0x28
#define SEL_USER_DATA	0x33
#define SEL_USER64	0x3b
#define SEL_TSS		0x40		/* two entries */
#define GDT_ENTRIES	10

/* Ports: OUT of AL says RAX, IN of EAX asks. A test has PORT_TEST and above to itself. */
#define GUEST_PORT	0x200
#define PORT_DONE	0		/* the guest ends, with a value */
#define PORT_GOT	1		/* a check failed: got, wanted, line */
#define PORT_WANT	2
#define PORT_FAIL	3
#define PORT_TEST	8
#define PORT_END	256

#define FAIL_VECTOR	100000		/* PORT_FAIL's value for an exception that nobody expected */

/* Words of the image's head. */
#define HEAD_SIZE	1
#define HEAD_BLOB	2		/* code that a test carries: where it stands, and its length */
#define HEAD_BLOB_SIZE	3

#endif

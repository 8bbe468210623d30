/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Affinities of CPUs (Arm ARM D24.2.118).
 */
#ifndef TEST_ASM_CPUTYPE_H
#define TEST_ASM_CPUTYPE_H

#define MPIDR_HWID_BITMASK	0xff00ffffffUL
#define MPIDR_UP_BITMASK	(1UL << 30)
#define MPIDR_MT_BITMASK	(1UL << 24)

/* Which CPU the test runs on. */
unsigned int read_cpuid_id(void);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sixteen CPUs, of which the test says who is online.
 */
#ifndef TEST_LINUX_CPUMASK_H
#define TEST_LINUX_CPUMASK_H

#include <linux/types.h>

struct cpumask {
	unsigned long bits;
};

extern unsigned long test_online;

#define num_online_cpus()		16U
#define cpumask_test_cpu(cpu, m)	((m)->bits >> (cpu) & 1)
#undef for_each_online_cpu
#define for_each_online_cpu(cpu)					\
	for ((cpu) = 0; (cpu) < 16; (cpu)++)				\
		if (test_online >> (cpu) & 1)

#endif

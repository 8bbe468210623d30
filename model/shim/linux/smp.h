/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUs.
 */
#ifndef SHIM_LINUX_SMP_H
#define SHIM_LINUX_SMP_H

#include <linux/irqflags.h>
#include <linux/types.h>

#define smp_processor_id()	shim_cpu()
#define raw_smp_processor_id()	shim_cpu()
#ifndef NR_CPUS
#define NR_CPUS			4
#endif
#define nr_cpu_ids		((unsigned int)NR_CPUS)
#define num_possible_cpus()	((unsigned int)NR_CPUS)
#define for_each_possible_cpu(cpu)					\
	for ((cpu) = 0; (unsigned int)(cpu) < NR_CPUS; (cpu)++)
#define for_each_online_cpu(cpu)	for_each_possible_cpu(cpu)

#endif

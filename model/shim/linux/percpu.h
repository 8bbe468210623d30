/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One of each for every CPU.
 */
#ifndef SHIM_LINUX_PERCPU_H
#define SHIM_LINUX_PERCPU_H

#include <linux/smp.h>

#define DEFINE_PER_CPU(type, name)	__typeof__(type) name[NR_CPUS]
#define DECLARE_PER_CPU(type, name)	extern __typeof__(type) name[NR_CPUS]
#define this_cpu_ptr(p)			(&(*(p))[shim_cpu()])
#define per_cpu_ptr(p, cpu)		(&(*(p))[cpu])
#define per_cpu(name, cpu)		((name)[cpu])
#define this_cpu_read(name)		READ_ONCE((name)[shim_cpu()])
#define this_cpu_write(name, v)		WRITE_ONCE((name)[shim_cpu()], v)

#endif

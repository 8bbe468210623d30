/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two CPUs, of which the test says which it is on; what is only declared is as for one.
 */
#ifndef FAKE_SPEC_PERCPU_H
#define FAKE_SPEC_PERCPU_H

extern unsigned int fake_cpu;

#define DEFINE_PER_CPU(type, name)	__typeof__(type) name[2]
#define DECLARE_PER_CPU(type, name)	extern __typeof__(type) name
#define this_cpu_read(name)		((name)[fake_cpu])
#define this_cpu_write(name, v)		((name)[fake_cpu] = (v))
#define __this_cpu_read(v)		(v)
#define this_cpu_ptr(p)			(p)

#endif

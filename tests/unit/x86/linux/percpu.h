/* SPDX-License-Identifier: GPL-2.0 */
/*
 * There is one CPU.
 */
#ifndef FAKE_LINUX_PERCPU_H
#define FAKE_LINUX_PERCPU_H

#define DECLARE_PER_CPU(type, name)	extern __typeof__(type) name
#define __this_cpu_read(v)		(v)
#define this_cpu_ptr(p)			(p)

#endif

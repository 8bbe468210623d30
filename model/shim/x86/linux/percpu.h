/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One of each for every CPU: the first CPU's is the variable itself, others' are as far from it as CPUs are apart.
 */
#ifndef SHIM_X86_LINUX_PERCPU_H
#define SHIM_X86_LINUX_PERCPU_H

#include <linux/smp.h>

#include "../../percpu.h"

#define DEFINE_PER_CPU(type, name)	__attribute__((section("percpu_vars"))) __typeof__(type) name
#define DECLARE_PER_CPU(type, name)	extern __typeof__(type) name
#define per_cpu_ptr(p, cpu)		((__typeof__(p))shim_percpu(p, cpu))
#define this_cpu_ptr(p)			per_cpu_ptr(p, shim_cpu())
#define per_cpu(v, cpu)			(*per_cpu_ptr(&(v), cpu))
#define __this_cpu_read(v)		(*this_cpu_ptr(&(v)))
#define __this_cpu_write(v, val)	(*this_cpu_ptr(&(v)) = (val))

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUs, and interrupts between them.
 */
#ifndef SHIM_X86_LINUX_SMP_H
#define SHIM_X86_LINUX_SMP_H

#include_next <linux/smp.h>

#define arch_smp_send_reschedule(cpu)	((void)(cpu))

#endif

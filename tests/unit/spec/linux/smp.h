/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FAKE_SPEC_SMP_H
#define FAKE_SPEC_SMP_H

#include <linux/percpu.h>
#include_next <linux/smp.h>

#undef smp_processor_id
#define smp_processor_id()	fake_cpu

#endif

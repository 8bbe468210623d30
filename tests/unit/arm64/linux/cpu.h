/* SPDX-License-Identifier: GPL-2.0 */
/*
 * That no CPU comes or goes, and what the kernel was told of mitigations: a test sees it.
 */
#ifndef TEST_LINUX_CPU_H
#define TEST_LINUX_CPU_H

#include <linux/types.h>

void cpus_read_lock(void);
void cpus_read_unlock(void);
bool cpu_mitigations_off(void);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUs that lose power where a test says so.
 */
#ifndef TEST_LINUX_CPU_PM_H
#define TEST_LINUX_CPU_PM_H

enum { CPU_PM_ENTER, CPU_PM_ENTER_FAILED, CPU_PM_EXIT };

#define NOTIFY_OK	1

struct notifier_block {
	int (*notifier_call)(struct notifier_block *nb, unsigned long event, void *data);
};

int cpu_pm_register_notifier(struct notifier_block *nb);
void cpu_pm_unregister_notifier(struct notifier_block *nb);

#endif

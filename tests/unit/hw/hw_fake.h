/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUs that come and go, MSRs and CPUID of the one that runs, and those who hear of the machine's end.
 */
#ifndef TEST_HW_FAKE_H
#define TEST_HW_FAKE_H

#include <asm/barrier.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/types.h>

#define HW_CPUS		2

/* The one variable that there is: the first CPU's goes by its name, the other's is beside it. */
#define DECLARE_PER_CPU(type, name)	extern __typeof__(type) name, name##_other
#define DEFINE_PER_CPU(type, name)	__typeof__(type) name, name##_other
#define per_cpu_ptr(p, n)		((n) ? (__typeof__(p))((char *)&svm_cpu_other + ((char *)(p) - (char *)&svm_cpu)) : (p))
#define this_cpu_ptr(p)			per_cpu_ptr(p, hw_cpu)
#define __this_cpu_read(v)		(v)

extern unsigned int hw_cpu;		/* which one runs */

struct notifier_block {
	int (*notifier_call)(struct notifier_block *nb, unsigned long action, void *data);
};

struct syscore_ops {
	int (*suspend)(void *data);
	void (*resume)(void *data);
};

struct syscore {
	const struct syscore_ops *ops;
};

#define NOTIFY_DONE		0
#define CPUHP_AP_ONLINE_DYN	7

extern int panic_notifier_list;

int cpuhp_setup_state(int state, const char *name, int (*online)(unsigned int cpu), int (*offline)(unsigned int cpu));
void cpuhp_remove_state(int state);
void register_reboot_notifier(struct notifier_block *nb);
void unregister_reboot_notifier(struct notifier_block *nb);
void atomic_notifier_chain_register(int *list, struct notifier_block *nb);
void atomic_notifier_chain_unregister(int *list, struct notifier_block *nb);
void register_syscore(struct syscore *s);
void unregister_syscore(struct syscore *s);
void on_each_cpu(void (*fn)(void *data), void *data, int wait);

#endif

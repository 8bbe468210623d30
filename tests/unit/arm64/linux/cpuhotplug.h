/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUs that come and go where a test says so.
 */
#ifndef TEST_LINUX_CPUHOTPLUG_H
#define TEST_LINUX_CPUHOTPLUG_H

#define CPUHP_AP_ONLINE_DYN	7

int cpuhp_setup_state(int state, const char *name, int (*online)(unsigned int cpu),
		      int (*offline)(unsigned int cpu));
void cpuhp_remove_state(int state);

#endif

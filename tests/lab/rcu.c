// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that never leaves by itself, on every CPU but one: how long the host's RCU
 * grace periods take beside it. Time is virtual, so a busy machine changes nothing.
 */
#define _GNU_SOURCE
#include "vmm.h"

#ifdef GUEST
bool guest_irq(struct guest_frame *f)
{
	return false;
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	for (;;)
		;
}
#else
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>

#define PERIODS	10
/* The scheduler lets a grace period wait for a CPU some 300 ms before it asks it to reschedule. */
#define MEAN_MS	380

static struct vmm v;

static void pin(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

static void *run(void *cpu)
{
	pin((long)cpu);
	ioctl(v.cpu[(long)cpu], KVM_RUN, 0);
	return NULL;
}

static void busy(void)
{
	unsigned int n = sysconf(_SC_NPROCESSORS_ONLN), i;
	long begun, mean;
	pthread_t t;

	if (n < 2)
		cannot("needs two CPUs");
	vmm_open(&v, &(struct vmm_config){ .cpus = n });
	for (i = 1; i < n; i++) {
		vmm_start(&v, i, 0, 0);
		if (pthread_create(&t, NULL, run, (void *)(long)i))
			die("pthread_create");
	}
	pin(0);
	usleep(200000);
	begun = vmm_now(CLOCK_MONOTONIC);
	for (i = 0; i < PERIODS; i++)
		if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
			die("membarrier");
	mean = (vmm_now(CLOCK_MONOTONIC) - begun) / PERIODS / 1000000;
	printf("# %d grace periods: mean %ld ms\n", PERIODS, mean);
	if (mean > MEAN_MS)
		die("mean %ld ms, not %d at most", mean, MEAN_MS);
	exit(0);	/* the guests never end */
}

static const struct check checks[] = {
	{ "busy", busy },
	{ },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}
#endif

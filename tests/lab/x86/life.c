// SPDX-License-Identifier: GPL-2.0
/*
 * life storm N: makes a VM with two vCPUs and interrupt controllers, runs it, destroys it, N times, in four processes at
 * once; fails if anything fails, or if kernel memory is not back at the end. life use: says how much there is in use, in KiB,
 * and how much of it in small objects. life hold WHAT: makes and runs a VM, closes every descriptor but WHAT (vm, vcpu,
 * stats or sys), says "held", and keeps that one open until its input ends.
 */
#include "vmm.h"

#ifdef GUEST

uint64_t guest_main(uint64_t what, uint64_t arg)
{
	return arg + 1;
}

#else

#include <sys/wait.h>

#include "use.h"

#define WORKERS	4

static void make(struct vmm *v)
{
	struct kvm_mp_state runs = { KVM_MP_STATE_RUNNABLE };
	unsigned int i;

	vmm_open(v, &(struct vmm_config){ .cpus = 2, .irqs = IRQS_KERNEL });
	/* the second one waits for the first to start it */
	must(v->cpu[1], KVM_SET_MP_STATE, &runs);
	for (i = 0; i < 2; i++)
		expect(vmm_go(v, i, 0, i) == i + 1, "vCPU %u does not run", i);
}

static void many(unsigned int n)
{
	unsigned int i;
	int status;

	for (i = 0; i < WORKERS; i++) {
		pid_t pid = fork();
		struct vmm v;

		if (pid < 0)
			err(1, "fork");
		if (pid)
			continue;
		for (n /= WORKERS; n; n--) {
			make(&v);
			vmm_close(&v);
		}
		_exit(0);
	}
	for (i = 0; i < WORKERS; i++)
		if (wait(&status) < 0 || status)
			errx(1, "a VM failed");
}

static int storm(unsigned int n)
{
	struct use before;

	many(n / 5);
	before = use_settled();
	many(n);
	return !use_is_back(n, before, use_settled());
}

static int hold(const char *what)
{
	struct vmm v;
	int stats;
	char c;

	make(&v);
	stats = must(v.vm, KVM_GET_STATS_FD, 0);
	munmap(v.run[0], v.run_size);
	munmap(v.run[1], v.run_size);
	if (strcmp(what, "vcpu"))
		close(v.cpu[0]);
	close(v.cpu[1]);
	if (strcmp(what, "stats"))
		close(stats);
	if (strcmp(what, "vm"))
		close(v.vm);
	if (strcmp(what, "sys"))
		close(v.sys);
	puts("held");
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	return 0;
}

int main(int argc, char **argv)
{
	struct use now;

	if (argc > 2 && !strcmp(argv[1], "storm"))
		return storm(atoi(argv[2]));
	if (argc > 2 && !strcmp(argv[1], "hold"))
		return hold(argv[2]);
	now = use_settled();
	printf("%ld %ld\n", now.all, now.slab);
	return 0;
}

#endif

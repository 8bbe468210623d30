// SPDX-License-Identifier: GPL-2.0
/*
 * storm N: makes a VM with two vCPUs, a GIC and RAM, runs it, destroys it, N
 * times, in four processes at once; fails if anything fails, or if kernel memory
 * is not back at the end.
 */
#include <sys/wait.h>

#include "kvm.h"

/* Kernel memory in use, in KiB: what is neither free nor user pages nor reclaimable cache. */
static long in_use(void)
{
	static const char *const minus[] = {
		"MemFree:", "AnonPages:", "Active(file):", "Inactive(file):", "SReclaimable:", "Shmem:",
	};
	char line[128], name[64];
	long kib, sum = 0;
	unsigned int i;
	FILE *f;

	f = fopen("/proc/sys/vm/drop_caches", "w");
	if (f) {
		fputs("3\n", f);
		fclose(f);
	}
	f = fopen("/proc/sys/vm/compact_memory", "w");	/* gives back what CPUs keep aside */
	if (f) {
		fputs("1\n", f);
		fclose(f);
	}
	sleep(1);	/* what waits for RCU */
	f = fopen("/proc/meminfo", "r");
	if (!f)
		err(1, "/proc/meminfo");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %ld", name, &kib) != 2)
			continue;
		if (!strcmp(name, "MemTotal:"))
			sum += kib;
		for (i = 0; i < sizeof(minus) / sizeof(minus[0]); i++)
			if (!strcmp(name, minus[i]))
				sum -= kib;
	}
	fclose(f);
	return sum;
}

#define WORKERS	4

static void many(int n)
{
	int i, status;

	for (i = 0; i < WORKERS; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (pid)
			continue;
		for (n = n / WORKERS; n > 0; n--) {
			struct vm v;

			vm_open(&v);
			vm_run(&v, 0);
			vm_run(&v, 1);
			vm_close(&v);
		}
		_exit(0);
	}
	for (i = 0; i < WORKERS; i++)
		if (wait(&status) < 0 || status)
			errx(1, "a VM failed");
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 100;
	/* One page that each VM leaves behind would be 4 * n; allow an eighth of that, and noise. */
	long slack = 512 + n / 2, before, after;

	many(n / 10);
	before = in_use();
	many(n);
	after = in_use();
	printf("# %d VMs: kernel memory %ld KiB before, %ld KiB after (%ld more allowed)\n", n, before, after, slack);
	return after - before > slack;
}

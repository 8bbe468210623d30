// SPDX-License-Identifier: GPL-2.0
/*
 * storm N: makes a VM with two vCPUs, a GIC and RAM, runs it, destroys it, N
 * times, in four processes at once; fails if anything fails, or if kernel memory
 * is not back at the end. storm use: only says how much there is in use, in KiB,
 * and how much of it in small objects.
 */
#include <sys/wait.h>

#include "kvm.h"
#include "shrink.h"

struct use {
	long all;	/* KiB that are neither free nor user pages nor reclaimable cache */
	long slab;	/* KiB in small kernel objects */
};

static void poke(const char *file, const char *text)
{
	FILE *f = fopen(file, "w");

	if (f) {
		fputs(text, f);
		fclose(f);
	}
}

static struct use use_now(void)
{
	static const char *const minus[] = {
		"MemFree:", "AnonPages:", "Active(file):", "Inactive(file):", "SReclaimable:", "Shmem:",
	};
	struct use use = { 0 };
	char line[128], name[64];
	unsigned int i;
	long kib;
	FILE *f;

	poke("/proc/sys/vm/drop_caches", "3\n");
	f = fopen("/proc/meminfo", "r");
	if (!f)
		err(1, "/proc/meminfo");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %ld", name, &kib) != 2)
			continue;
		if (!strcmp(name, "MemTotal:"))
			use.all += kib;
		if (!strcmp(name, "SUnreclaim:"))
			use.slab = kib;
		for (i = 0; i < sizeof(minus) / sizeof(minus[0]); i++)
			if (!strcmp(name, minus[i]))
				use.all -= kib;
	}
	fclose(f);
	f = fopen("/proc/zoneinfo", "r");	/* free pages that CPUs keep aside: MemFree lacks them */
	if (!f)
		err(1, "/proc/zoneinfo");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " count: %ld", &kib) == 1)
			use.all -= 4 * kib;
	fclose(f);
	return use;
}

/* The least of some seconds: RCU and lazy unmapping take their time. */
static struct use use_settled(void)
{
	struct use least, now;
	int i;

	sleep(1);
	shrink_caches();
	least = use_now();
	for (i = 0; i < 3; i++) {
		sleep(1);
		now = use_now();
		if (now.all < least.all)
			least.all = now.all;
		if (now.slab < least.slab)
			least.slab = now.slab;
	}
	return least;
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
	/* One page that each VM leaves behind is 4 * n, 256 bytes n / 4. Noise is below 200. */
	long all_slack = 512 + n / 4, slab_slack = 128 + n / 8;
	struct use before, after;

	if (argc > 1 && !strcmp(argv[1], "use")) {
		after = use_settled();
		printf("%ld %ld\n", after.all, after.slab);
		return 0;
	}
	many(n / 5);
	before = use_settled();
	many(n);
	after = use_settled();
	printf("# %d VMs: kernel memory %ld KiB before, %ld KiB after (%ld more allowed)\n",
	       n, before.all, after.all, all_slack);
	printf("# %d VMs: small objects %ld KiB before, %ld KiB after (%ld more allowed)\n",
	       n, before.slab, after.slab, slab_slack);
	return after.all - before.all > all_slack || after.slab - before.slab > slab_slack;
}

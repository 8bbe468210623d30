/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For programs that look whether kernel memory is back: how much is in use.
 */
#ifndef LAB_USE_H
#define LAB_USE_H

#include <err.h>
#include <string.h>

#include "../shrink.h"

struct use {
	long all;	/* KiB that are neither free nor user pages nor reclaimable cache */
	long slab;	/* KiB in small kernel objects */
};

static inline void poke(const char *file, const char *text)
{
	FILE *f = fopen(file, "w");

	if (f) {
		fputs(text, f);
		fclose(f);
	}
}

static inline struct use use_now(void)
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
static inline struct use use_settled(void)
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

/* Whether N VMs, after those that filled caches, have left it where it was, as it is said. */
static inline bool use_is_back(unsigned int n, struct use before, struct use after)
{
	/* One page that each VM leaves behind is 4 * n, 256 bytes n / 4. Noise is below 200. */
	long all_slack = 512 + n / 4, slab_slack = 128 + n / 8;

	printf("# %u VMs: kernel memory %ld KiB before, %ld KiB after (%ld more allowed)\n", n, before.all, after.all, all_slack);
	printf("# %u VMs: small objects %ld KiB before, %ld KiB after (%ld more allowed)\n", n, before.slab, after.slab, slab_slack);
	return after.all - before.all <= all_slack && after.slab - before.slab <= slab_slack;
}

#endif

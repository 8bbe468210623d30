// SPDX-License-Identifier: GPL-2.0
/*
 * What the server says of its memory.
 */
#include "shrink.h"
#include "stress.h"

/* The number after NAME in a file of lines "NAME number". */
static long number_of(const char *path, const char *name)
{
	char line[160], word[80];
	FILE *f = fopen(path, "r");
	long n, found = -1;

	if (!f)
		die("%s: %s", path, strerror(errno));
	while (found < 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, "%79s %ld", word, &n) == 2 && !strcmp(word, name))
			found = n;
	fclose(f);
	return found;
}

uint64_t vmstat(const char *name)
{
	long n = number_of("/proc/vmstat", name);

	if (n < 0)
		die("no %s in /proc/vmstat", name);
	return n;
}

static long meminfo(const char *name)
{
	long n = number_of("/proc/meminfo", name);

	return n < 0 ? 0 : n;
}

long memory_kernel(void)
{
	return meminfo("SUnreclaim:") + meminfo("PageTables:") + meminfo("SecPageTables:") +
	       meminfo("KernelStack:") + meminfo("Percpu:");
}

/* Pages that CPUs keep aside: MemFree lacks them. KiB. */
static long aside(void)
{
	FILE *f = fopen("/proc/zoneinfo", "r");
	char line[160];
	long sum = 0, n;

	if (!f)
		die("/proc/zoneinfo: %s", strerror(errno));
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " count: %ld", &n) == 1)
			sum += 4 * n;
	fclose(f);
	return sum;
}

static long used_now(void)
{
	put("/proc/sys/vm/drop_caches", "3\n");
	return meminfo("MemTotal:") - meminfo("MemFree:") - aside() - meminfo("AnonPages:") -
	       meminfo("Active(file):") - meminfo("Inactive(file):") - meminfo("SReclaimable:") - meminfo("Shmem:");
}

/* The least of a second and a half: RCU and lazy unmapping take their time. */
long memory_used(void)
{
	long least, now;
	int i;

	shrink_caches();
	least = used_now();
	for (i = 0; i < 3; i++) {
		usleep(500000);
		now = used_now();
		if (now < least)
			least = now;
	}
	return least;
}

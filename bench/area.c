// SPDX-License-Identifier: GPL-2.0
/*
 * A VM of which single operations are measured; see area.h.
 */
#define _GNU_SOURCE
#include <dirent.h>

#include "area.h"

static const char *chosen;
static void *area;		/* what aligns the memory, too; of one VM at a time */
static uint64_t area_size;

void area_policy(const char *policy)
{
	chosen = policy;
}

/* The newest VM under debugfs is ours: nobody else makes any. */
static void choose_policy(const char *policy)
{
	char path[300], best[64] = "";
	struct dirent *d;
	int last = -1, serial, fd;
	DIR *dir = opendir("/sys/kernel/debug/tabula");

	while (dir && (d = readdir(dir)))
		if (sscanf(d->d_name, "%*d-%d", &serial) == 1 && serial > last && strlen(d->d_name) < 64) {
			last = serial;
			strcpy(best, d->d_name);
		}
	if (dir)
		closedir(dir);
	snprintf(path, sizeof(path), "/sys/kernel/debug/tabula/%s/policy", best);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, policy, strlen(policy)) < 0)
		die("policy %s: %s", policy, strerror(errno));
	close(fd);
}

uint8_t *area_open(struct vmm *v, unsigned int cpus, uint64_t bytes, uint64_t leaf)
{
	struct vmm_config c = { .cpus = cpus };
	uint8_t *mem;
	uint64_t i;

	vmm_open(v, &c);
	if (chosen)
		choose_policy(chosen);
	if (!bytes)
		return NULL;
	area_size = bytes + BLOCK;
	area = mmap(NULL, area_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (area == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	mem = (uint8_t *)(((uintptr_t)area + BLOCK - 1) & ~(BLOCK - 1));
	if (madvise(area, area_size, leaf == BLOCK ? MADV_HUGEPAGE : MADV_NOHUGEPAGE))
		die("madvise: %s", strerror(errno));
	for (i = 0; i < bytes; i += PAGE)
		mem[i] = 1;
	if (vmm_slot(v, 1, AREA, bytes, mem, 0))
		die("KVM_SET_USER_MEMORY_REGION: %s", strerror(errno));
	return mem;
}

void area_close(struct vmm *v)
{
	vmm_close(v);
	if (area_size)
		munmap(area, area_size);
	area_size = 0;
}

uint64_t area_cheapest(struct vmm *v, uint64_t what)
{
	uint64_t best = ~0UL, got;
	int i;

	vmm_go(v, 0, what, 1);
	for (i = 0; i < BATCHES; i++) {
		got = vmm_go(v, 0, what, LOOPS);
		if (got < best)
			best = got;
	}
	return best * TICK;
}

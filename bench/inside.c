// SPDX-License-Identifier: GPL-2.0
/*
 * What each way into guest memory costs inside the kernel, in instructions, and what
 * an invalidation costs with many pages kept elsewhere: drives bench/module in the server.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "count.h"
#include "module/bench.h"

#define PAGE	4096UL
#define LOOPS	1000
#define KEPT	1000
#define LOST	256		/* pages that are lost one by one */
#define OTHERS	30		/* slots, about as many as a guest of QEMU's has */

static unsigned char *mem;

static uint64_t run(int fd, uint64_t way)
{
	struct bench_run r = { .way = way, .loops = LOOPS };
	uint64_t best = ~0UL;
	int i;

	for (i = 0; i < BATCHES; i++) {
		if (ioctl(fd, BENCH_RUN, &r))
			err(1, "BENCH_RUN of way %lu", (long)way);
		if (i && r.ticks < best)	/* the first one warms up */
			best = r.ticks;
	}
	return best * TICK;
}

/* Pages in the middle, which nobody keeps though maybe those beside them, go one by one. */
static uint64_t lose(void)
{
	uint64_t best = ~0UL, begun, took;
	unsigned char *at = mem + KEPT * PAGE;
	int batch, i;

	for (batch = 0; batch < BATCHES; batch++) {
		for (i = 0; i < LOST; i++)
			at[2 * i * PAGE] = 1;
		begun = now();
		for (i = 0; i < LOST; i++)
			madvise(at + 2 * i * PAGE, PAGE, MADV_DONTNEED);
		took = now() - begun;
		if (batch && took < best)
			best = took;
	}
	return best * TICK;
}

int main(void)
{
	static const struct {
		const char *name;
		uint64_t way;
	} ways[] = {
		{ "guest-write-uncached", BENCH_UNCACHED }, { "guest-write-hva", BENCH_HVA },
		{ "guest-write-pfn", BENCH_PFN }, { "guest-write-map", BENCH_MAP },
		{ "guest-write-map-once", BENCH_MAP_ONCE }, { "pfn-refresh", BENCH_REFRESH },
	};
	static const unsigned int kept[] = { 0, 1, KEPT };
	struct bench_slots slots = { .npages = 2 * KEPT, .others = OTHERS };
	unsigned int i;
	int fd;

	feed_entropy();
	mem = mmap(NULL, slots.npages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	fd = open("/dev/tabula-bench", O_RDWR);
	if (mem == MAP_FAILED || fd < 0 || madvise(mem, slots.npages * PAGE, MADV_NOHUGEPAGE))
		err(1, "/dev/tabula-bench");
	slots.hva = (uintptr_t)mem;
	row("instructions", (double)lose() / LOST, "invalidate-no-vm");
	if (ioctl(fd, BENCH_SLOTS, &slots))
		err(1, "BENCH_SLOTS");
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		row("instructions", (double)run(fd, ways[i].way) / LOOPS, "%s", ways[i].name);
	close(fd);

	/* another one, in which nothing is kept but what is said */
	fd = open("/dev/tabula-bench", O_RDWR);
	if (fd < 0 || ioctl(fd, BENCH_SLOTS, &slots))
		err(1, "BENCH_SLOTS");
	for (i = 0; i < 3; i++) {
		if (ioctl(fd, BENCH_KEEP, kept[i]))
			err(1, "BENCH_KEEP %u", kept[i]);
		row("instructions", (double)lose() / LOST, "invalidate-caches-%u", kept[i]);
	}
	return 0;
}

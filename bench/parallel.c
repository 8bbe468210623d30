// SPDX-License-Identifier: GPL-2.0
/*
 * First touch by several vCPUs at once, each on a CPU of the server's and in memory of its own: instructions of all CPUs
 * together for each page, those of waiting for a lock included. The emulator gives one CPU after the other a turn.
 */
#define _GNU_SOURCE
#include <sched.h>

#include "area.h"

#ifdef GUEST

/* @arg: the first page, and above bit 32 how many. */
uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	uint64_t a = AREA + (arg & 0xffffffff) * PAGE, end = a + (arg >> 32) * PAGE;

	for (; a < end; a += PAGE)
		write64(a, a);
	return 0;
}

#else

#define BYTES	(32 * MIB)

static pthread_barrier_t ready, done;

struct part {
	struct vmm *v;
	unsigned int cpu;
	uint64_t first, pages;
};

static void *toucher(void *arg)
{
	struct part *p = arg;
	cpu_set_t mine;

	CPU_ZERO(&mine);
	CPU_SET(p->cpu, &mine);
	if (sched_setaffinity(0, sizeof(mine), &mine))
		die("CPU %u: %s", p->cpu, strerror(errno));
	vmm_go(p->v, p->cpu, GUEST_MMU, 0);
	pthread_barrier_wait(&ready);
	vmm_go(p->v, p->cpu, GUEST_MMU, p->pages << 32 | p->first);
	pthread_barrier_wait(&done);
	return NULL;
}

static void row_touch(unsigned int cpus)
{
	struct part part[VMM_CPUS];
	pthread_t thread[VMM_CPUS];
	uint64_t begun, pages = BYTES / PAGE / cpus;
	unsigned int i;
	struct vmm v;

	area_open(&v, cpus, BYTES, PAGE);
	pthread_barrier_init(&ready, NULL, cpus + 1);
	pthread_barrier_init(&done, NULL, cpus + 1);
	for (i = 0; i < cpus; i++) {
		part[i] = (struct part) { .v = &v, .cpu = i, .first = i * pages, .pages = pages };
		pthread_create(&thread[i], NULL, toucher, &part[i]);
	}
	pthread_barrier_wait(&ready);
	begun = now();
	pthread_barrier_wait(&done);
	begun = now() - begun;
	for (i = 0; i < cpus; i++)
		pthread_join(thread[i], NULL);
	row("instructions", (double)begun * TICK * PAGE / BYTES, "touch-parallel-%u", cpus);
	area_close(&v);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	feed_entropy();
	row_touch(1);
	row_touch(2);
	row_touch(4);
	row_touch(8);
	return 0;
}
#endif

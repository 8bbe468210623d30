/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the stress program's parts agree upon: its guest (guest.c), what is done to
 * the guest's memory (kinds.c), what that came to (count.c), and who runs it all.
 */
#ifndef TESTS_STRESS_H
#define TESTS_STRESS_H

#include "vmm.h"

#define DATA_AT		0x80000000UL
#define DATA_MOVED	0xa0000000UL
#define STEAL_AT	0x70000000UL
#define PARAMS_AT	(GUEST_RAM + 0x300000)
#define PAGE		4096UL
#define BLOCK		0x200000UL
#define CPUS		2
#define TELL		0x40000UL	/* bytes after which the guest says how far it came */

/* Ports */
#define PORT_PASS	(PORT_TEST + 0)		/* a pass is done */
#define PORT_WRONG	(PORT_TEST + 1)		/* address of a wrong word */
#define PORT_IS		(PORT_TEST + 2)		/* and what it is */
#define PORT_ZEROES	(PORT_TEST + 3)		/* words of the next that were zero, and may be */
#define PORT_CHECKED	(PORT_TEST + 4)		/* bytes that were looked at since the last time */
#define PORT_STEAL	(PORT_TEST + 5)		/* stolen time went back */
#define PORT_STOP	(PORT_TEST + 6)		/* read: the next pass's number, 0: stop */

/* What the guest is told before it starts. */
struct params {
	uint64_t data, size;		/* of this vCPU's part */
	uint64_t classes;		/* pages alike modulo this number */
	uint64_t may_be_zero;
	uint64_t steal;			/* address of its structure */
	uint64_t stop;			/* set while it runs: end within a page */
};

#define GOLDEN	0x9e3779b97f4a7c15UL

static inline uint64_t pattern(uint64_t offset, uint64_t classes, uint64_t pass)
{
	return (((offset / PAGE % classes) << 40 ^ offset % PAGE) + pass) * GOLDEN | 1;
}

#ifndef GUEST

struct stress;

#define COUNTS	2

/* Something that a kind does to memory, and that must have happened. */
struct count {
	const char *what;
	const char *vmstat;		/* the server's own count; NULL: stress.counted */
};

struct kind {
	const char *name;
	struct count count[COUNTS];
	void (*prepare)(struct stress *s);	/* memory is there, the VM is not */
	void (*disturb)(struct stress *s);	/* again and again in a thread of its own */
	void (*after_pass)(struct stress *s, unsigned int cpu);
	void (*finish)(struct stress *s);	/* vCPUs have stopped */
	uint64_t classes;
	bool may_be_zero;
	bool device;			/* memory is /dev/mem's */
	bool serves;			/* who disturbs is needed until the guest ends */
	bool dies;			/* the VMM is killed, again and again */
	bool logged;
	bool small;			/* the second vCPU's part is never in huge pages */
};

/* Shared between processes: most of what is counted outlives a VMM that is killed. */
struct total {
	uint64_t bytes, wrong, zeroes, stolen, events, counted[COUNTS];
	long grew;			/* KiB of kernel memory while the guest ran */
};

struct stress {
	const struct kind *kind;
	struct total *total;
	struct vmm vmm;
	unsigned char *mem;		/* the image's memory, then the data, then stolen time */
	unsigned char *data, *steal;
	uint64_t size;			/* of the data */
	uint64_t all;			/* of what the host does things to, from mem on */
	volatile bool stop;
	unsigned char *shadow;
	unsigned long *bitmap;
	int fd;				/* userfaultfd, or /dev/mem */
};

static inline void add(uint64_t *total, uint64_t n)
{
	__atomic_fetch_add(total, n, __ATOMIC_RELAXED);
}

/* kinds.c: ends with one without a name */
extern const struct kind kinds[];
void put(const char *path, const char *what);

/* count.c: KiB of the server's memory */
long memory_kernel(void);		/* in small objects, tables and stacks, right now */
long memory_used(void);			/* by anything but user pages and caches, once it has settled */
uint64_t vmstat(const char *name);

#endif
#endif

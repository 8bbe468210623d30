/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What /dev/tabula-bench and the program that drives it agree upon.
 */
#ifndef BENCH_H
#define BENCH_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define BENCH_GPA	0x80000000ULL	/* where the slot that is measured begins */

/* Ways to write eight bytes of guest memory. */
enum {
	BENCH_UNCACHED,
	BENCH_HVA,
	BENCH_PFN,
	BENCH_MAP,		/* mapped once, a stretch for each write */
	BENCH_MAP_ONCE,		/* map, write, unmap */
	BENCH_REFRESH,		/* no write: a page kept is lost and found again */
	BENCH_WAYS,
};

struct bench_slots {
	__u64 hva;
	__u64 npages;
	__u64 others;		/* slots besides, as a VM has them */
};

struct bench_run {
	__u64 way;
	__u64 loops;
	__u64 ticks;		/* out: of CNTVCT */
};

#define BENCH_SLOTS	_IOW(0x74, 1, struct bench_slots)
#define BENCH_RUN	_IOWR(0x74, 2, struct bench_run)
#define BENCH_KEEP	_IO(0x74, 3)	/* so many pages are kept: the slot's odd ones */

#endif

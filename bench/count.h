/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counting instructions in the emulated server, where a nanosecond of the counter is one.
 */
#ifndef BENCH_COUNT_H
#define BENCH_COUNT_H

#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TICK	16	/* instructions of a tick of Arm's counter, which runs at 62.5 MHz */
#define BATCHES	5	/* the cheapest counts: no tick of the server's in it */

#ifdef __aarch64__
static inline uint64_t now(void)
{
	uint64_t t;

	asm volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r" (t) : : "memory");
	return t;
}
#endif

__attribute__((format(printf, 3, 4)))
static inline void row(const char *unit, double value, const char *fmt, ...)
{
	char name[80];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	printf("row %s %s %.0f\n", name, unit, value);
	fflush(stdout);
}

/* Else every system call costs thousands of instructions more, as the pool fills. */
static inline void feed_entropy(void)
{
	struct {
		struct rand_pool_info info;
		char bytes[256];
	} pool = { .info = { .entropy_count = 2048, .buf_size = 256 } };
	int fd = open("/dev/urandom", O_RDWR);

	if (fd < 0 || ioctl(fd, RNDADDENTROPY, &pool)) {
		printf("# RNDADDENTROPY: %s\n", strerror(errno));
		exit(1);
	}
	close(fd);
}

#endif

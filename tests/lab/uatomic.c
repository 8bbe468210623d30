// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's atomic operations on a program's memory: values, page faults of every
 * sort inside them, refusals, and two threads that count.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "equal.h"

struct user_op {
	uint64_t hva, width, old, new;
};

enum { USER_LOAD = 0x7401, USER_STORE, USER_CMPXCHG };	/* low ones are the VFS's own */

#define PAGE	4096UL
#define COUNT	5000

static int fd;

static int op(unsigned int cmd, void *p, unsigned int width, uint64_t *old, uint64_t new)
{
	struct user_op o = { (uintptr_t)p, width, old ? *old : 0, new };
	int ret = ioctl(fd, cmd, &o) ? -errno : 0;

	if (old)
		*old = o.old;
	return ret;
}

static void *map(int prot)
{
	void *p = mmap(NULL, PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		exit(2);
	return p;
}

static void values(void)
{
	static const unsigned int widths[] = { 1, 2, 4, 8 };
	unsigned char *p = map(PROT_READ | PROT_WRITE);
	unsigned int i, w;
	uint64_t v = 0, mask;

	for (i = 0; i < 4; i++) {
		w = widths[i];
		mask = w == 8 ? ~0UL : (1UL << 8 * w) - 1;
		memset(p, 0x81, 32);
		v = 0x8181818181818181UL;
		expect(op(USER_CMPXCHG, p + 8, w, &v, 0x1122334455667788UL), 0);
		expect(v, 0x8181818181818181UL & mask);
		expect(op(USER_LOAD, p + 8, w, &v, 0), 0);
		expect(v, 0x1122334455667788UL & mask);
		expect(p[7], 0x81);
		expect(p[8 + w], 0x81);
		v = 1;
		expect(op(USER_CMPXCHG, p + 8, w, &v, 5), 0);
		expect(v, 0x1122334455667788UL & mask);
		expect(op(USER_STORE, p + 8, w, NULL, 9), 0);
		v = 0;
		memcpy(&v, p + 8, w);
		expect(v, 9);
		if (w > 1) {
			expect(op(USER_CMPXCHG, p + 1, w, &v, 5), -EINVAL);
			expect(op(USER_LOAD, p + 1, w, &v, 5), -EINVAL);
			expect(op(USER_STORE, p + 1, w, &v, 5), -EINVAL);
		}
	}
	expect(op(USER_CMPXCHG, p, 3, &v, 5), -EINVAL);
	expect(op(USER_CMPXCHG, p, 16, &v, 5), -EINVAL);
	expect(op(USER_CMPXCHG, p, 0, &v, 5), -EINVAL);
}

/* Pages that are not there, shared with a child, swapped or merged with zeroes: it works as a store does. */
static void faults(void)
{
	uint64_t *p = map(PROT_READ | PROT_WRITE), v = 0;
	pid_t pid;

	expect(op(USER_CMPXCHG, p, 8, &v, 1), 0);	/* nothing there */
	expect(*p, 1);
	p = map(PROT_READ | PROT_WRITE);
	expect(*(volatile uint64_t *)p, 0);		/* the page of zeroes */
	v = 0;
	expect(op(USER_CMPXCHG, p, 8, &v, 2), 0);
	expect(*p, 2);
	pid = fork();					/* copy on write */
	if (!pid) {
		v = 2;
		op(USER_CMPXCHG, p, 8, &v, 3);
		_exit(*p == 3 && v == 2 ? 0 : 1);
	}
	waitpid(pid, &bad, 0);
	expect(*p, 2);
	v = 2;
	expect(op(USER_CMPXCHG, p, 8, &v, 4), 0);
	expect(*p, 4);
	madvise(p, PAGE, 21 /* MADV_PAGEOUT */);
	v = 4;
	expect(op(USER_CMPXCHG, p, 8, &v, 5), 0);
	expect(*p, 5);
}

static void refusals(void)
{
	uint64_t *ro = map(PROT_READ), *none = map(PROT_NONE), v = 0;

	expect(op(USER_LOAD, ro, 8, &v, 0), 0);
	expect(op(USER_STORE, ro, 8, NULL, 1), -EFAULT);
	v = 0;
	expect(op(USER_CMPXCHG, ro, 8, &v, 1), -EFAULT);
	v = 7;						/* differs: nothing is stored */
	expect(op(USER_CMPXCHG, ro, 8, &v, 1), 0);
	expect(op(USER_LOAD, none, 8, &v, 0), -EFAULT);
	expect(op(USER_CMPXCHG, none, 8, &v, 0), -EFAULT);
	munmap(none, PAGE);
	expect(op(USER_CMPXCHG, none, 4, &v, 0), -EFAULT);
	expect(op(USER_CMPXCHG, NULL, 4, &v, 0), -EFAULT);
	expect(op(USER_CMPXCHG, (void *)(1UL << 63), 4, &v, 0), -EFAULT);
	expect(op(USER_CMPXCHG, (void *)-8UL, 8, &v, 0), -EFAULT);
	expect(op(USER_LOAD, (void *)(0xffffUL << 48), 8, &v, 0), -EFAULT);
}

static uint64_t *shared;

static void *count(void *width)
{
	unsigned int w = (uintptr_t)width, i;
	uint64_t v = 0, was;

	for (i = 0; i < COUNT; i++)
		do {
			op(USER_LOAD, shared, w, &v, 0);
			was = v;
			if (op(USER_CMPXCHG, shared, w, &was, v + 1) < 0)
				exit(3);
		} while (was != v);
	return NULL;
}

static void *discard(void *arg)
{
	while (!*(volatile bool *)arg) {
		madvise(shared, PAGE, 21);
		usleep(200);
	}
	return NULL;
}

/* Two threads that count lose none, while the page goes and comes; COUNT fits two bytes. */
static void crowd(void)
{
	pthread_t t[2], d;
	bool stop;
	unsigned int w;

	for (w = 2; w <= 8; w *= 2) {
		shared = map(PROT_READ | PROT_WRITE);
		stop = false;
		pthread_create(&t[0], NULL, count, (void *)(uintptr_t)w);
		pthread_create(&t[1], NULL, count, (void *)(uintptr_t)w);
		pthread_create(&d, NULL, discard, &stop);
		pthread_join(t[0], NULL);
		pthread_join(t[1], NULL);
		stop = true;
		pthread_join(d, NULL);
		expect(*shared, 2 * COUNT);
	}
}

int main(void)
{
	fd = open("/dev/tabula-test", O_RDWR);
	if (fd < 0) {
		perror("/dev/tabula-test");
		return 2;
	}
	values();
	faults();
	refusals();
	crowd();
	return bad;
}

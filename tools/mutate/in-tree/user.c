// SPDX-License-Identifier: GPL-2.0
/*
 * Planted errors in user space: those that $PLANTED names are awake, and the file
 * $PLANTED_SEEN has a byte for each number that the program came by.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "planted_count.h"

int planted(int n);

static unsigned char planted_on[PLANTED_COUNT + 1], planted_none[PLANTED_COUNT + 1];
static unsigned char *planted_seen = planted_none;

int planted(int n)
{
	planted_seen[n] = 1;
	return planted_on[n];
}

__attribute__((constructor)) static void planted_start(void)
{
	const char *on = getenv("PLANTED"), *seen = getenv("PLANTED_SEEN");

	while (on && *on) {
		char *end;
		long n = strtol(on, &end, 10);

		if (end == on || n < 0 || n > PLANTED_COUNT)
			abort();
		planted_on[n] = 1;
		on = *end ? end + 1 : end;
	}
	if (seen) {
		int fd = open(seen, O_RDWR | O_CREAT, 0600);
		void *map = MAP_FAILED;

		if (fd >= 0 && !ftruncate(fd, PLANTED_COUNT + 1))
			map = mmap(NULL, PLANTED_COUNT + 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (map == MAP_FAILED)
			abort();
		planted_seen = map;
	}
}

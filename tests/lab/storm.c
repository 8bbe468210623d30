// SPDX-License-Identifier: GPL-2.0
/*
 * storm N: makes a VM with two vCPUs, a GIC and RAM, runs it, destroys it, N
 * times, in four processes at once; fails if anything fails, or if kernel memory
 * is not back at the end. storm use: only says how much there is in use, in KiB,
 * and how much of it in small objects.
 */
#include <sys/wait.h>

#include <stdbool.h>

#include "common/use.h"
#include "kvm.h"

#define WORKERS	4

static void many(int n)
{
	int i, status;

	for (i = 0; i < WORKERS; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (pid)
			continue;
		for (n = n / WORKERS; n > 0; n--) {
			struct vm v;

			vm_open(&v);
			vm_run(&v, 0);
			vm_run(&v, 1);
			vm_close(&v);
		}
		_exit(0);
	}
	for (i = 0; i < WORKERS; i++)
		if (wait(&status) < 0 || status)
			errx(1, "a VM failed");
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 100;
	struct use before, after;

	if (argc > 1 && !strcmp(argv[1], "use")) {
		after = use_settled();
		printf("%ld %ld\n", after.all, after.slab);
		return 0;
	}
	many(n / 5);
	before = use_settled();
	many(n);
	after = use_settled();
	return !use_is_back(n, before, after);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Variables of each CPU: copies of one section.
 */
#include "percpu.h"

#include <stddef.h>
#include <string.h>

#include "../explore/explore.h"

#define CPUS	4
#define SIZE	512	/* bytes of a CPU's */

extern char __start_percpu_vars[] __attribute__((weak));
extern char __stop_percpu_vars[] __attribute__((weak));

static char others[CPUS - 1][SIZE] __attribute__((section("model_state"), aligned(64)));

void *shim_percpu(const volatile void *p, unsigned int cpu)
{
	size_t at = (const volatile char *)p - __start_percpu_vars;

	if (!cpu)
		return (void *)p;
	if (cpu >= CPUS || at >= SIZE)
		explore_unfinished("too many CPUs, or variables of theirs");
	return others[cpu - 1] + at;
}

void shim_percpu_reset(void)
{
	memset(__start_percpu_vars, 0, __stop_percpu_vars - __start_percpu_vars);
	memset(others, 0, sizeof(others));
}

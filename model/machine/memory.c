// SPDX-License-Identifier: GPL-2.0
/*
 * Reserves the address space of the linear map.
 */
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static void memory_map_range(uint64_t pa, uint64_t size)
{
	void *at = memory_kva(pa);
	void *p = mmap(at, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
		       -1, 0);

	if (p != at) {
		perror("model: cannot map the machine's memory");
		exit(2);
	}
}

void memory_map(void)
{
	memory_map_range(MEMORY_KERNEL, MEMORY_KERNEL_SIZE);
	memory_map_range(MEMORY_USER, MEMORY_USER_SIZE);
}

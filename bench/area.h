/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VM of which single operations are measured, and its memory at AREA; the image lives elsewhere.
 */
#ifndef BENCH_AREA_H
#define BENCH_AREA_H

#include "vmm.h"

#define AREA		0x80000000UL
#define PAGE		4096UL
#define BLOCK		0x200000UL
#define MIB		0x100000UL
#define LOOPS		200

#ifndef GUEST
#include "count.h"

/* The policy of VMs to come, or NULL for the one in force. */
void area_policy(const char *policy);
/* A VM with @bytes at AREA, present in the server as pages or blocks (@leaf), in nobody's stage 2 yet. Returns the memory. */
uint8_t *area_open(struct vmm *v, unsigned int cpus, uint64_t bytes, uint64_t leaf);
void area_close(struct vmm *v);
/* The cheapest of some runs of @what with LOOPS as its argument, in instructions, after one to warm up. */
uint64_t area_cheapest(struct vmm *v, uint64_t what);
#endif
#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A record in guest memory that is reached by the VMM's own mapping: for those who may sleep.
 */
#ifndef TABULA_PV_RANGE_H
#define TABULA_PV_RANGE_H

#include "../../mem/hva_cache.h"
#include "mem.h"

/**
 * struct pv_range - a record and where it is
 * @mem: how it is accessed
 * @hc: its range
 */
struct pv_range {
	struct pv_mem mem;
	struct hva_cache hc;
};

/**
 * pv_range_init() - a record at a guest address
 * @r: uninitialised memory; stays where it is
 * @gm: guest memory
 * @gpa: guest physical address
 * @len: bytes
 *
 * Context: may sleep.
 * Return: as hva_cache_init(); pv_range_exit() in any case.
 */
int pv_range_init(struct pv_range *r, struct gmem *gm, u64 gpa, u64 len);

/**
 * pv_range_exit() - and no more
 * @r: initialised, or zeroed
 */
void pv_range_exit(struct pv_range *r);

#endif

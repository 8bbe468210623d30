/* SPDX-License-Identifier: GPL-2.0 */
/*
 * L1's nested tables where they are: in guest memory, by uncached access.
 */
#ifndef TABULA_NESTED_REACH_H
#define TABULA_NESTED_REACH_H

#include "../../mem/gmem.h"
#include "tables.h"

/**
 * struct reach - tables in guest memory
 * @t: the tables; their form is the caller's to fill in
 * @gm: guest memory
 */
struct reach {
	struct nested_tables t;
	struct gmem *gm;
};

/**
 * reach_init() - entries are read and marked in guest memory
 * @r: filled in: @r->gm, and of @r->t the functions
 * @gm: guest memory
 *
 * Both functions: on the VMM's mm; may sleep.
 */
void reach_init(struct reach *r, struct gmem *gm);

#endif

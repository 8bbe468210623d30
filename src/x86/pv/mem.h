/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A record in guest memory, as seen from here: somebody knows where it is.
 */
#ifndef TABULA_PV_MEM_H
#define TABULA_PV_MEM_H

#include <linux/types.h>

/**
 * struct pv_mem - a record in guest memory
 * @load: one access of @width bytes, @off from its beginning: 0, or an error and
 *	nothing has changed
 * @store: the same
 * @exchange: stores @val, which then is what was there, as one operation with regard to
 *	vCPUs and the VMM
 *
 * Its owner has it in a structure of its own.
 */
struct pv_mem {
	int (*load)(struct pv_mem *m, u32 off, unsigned int width, u64 *val);
	int (*store)(struct pv_mem *m, u32 off, unsigned int width, u64 val);
	int (*exchange)(struct pv_mem *m, u32 off, unsigned int width, u64 *val);
};

#endif

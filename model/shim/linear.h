/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's linear map is the machine's; for files that turn addresses of tables into
 * physical ones. Included before everything else.
 */
#ifndef SHIM_LINEAR_H
#define SHIM_LINEAR_H

#include "../machine/memory.h"

#define SHIM_PHYS_MAP
#define virt_to_phys(p)		((phys_addr_t)memory_pa((const void *)(p)))
#define phys_to_virt(pa)	memory_kva(pa)

#endif

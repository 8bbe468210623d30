/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages and addresses: physical is virtual until a machine says otherwise.
 */
#ifndef SHIM_LINUX_MM_H
#define SHIM_LINUX_MM_H

#include <linux/pfn.h>
#include <linux/types.h>

#define PAGE_SHIFT	12
#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define PAGE_ALIGN(x)	(((x) + PAGE_SIZE - 1) & PAGE_MASK)

/* Tags are in the top byte; user addresses have bit 55 clear. */
#define untagged_addr(x)	((__typeof__(x))((x) & ~(0xffUL << 56)))

#ifndef SHIM_PHYS_MAP
#define virt_to_phys(p)		((phys_addr_t)(unsigned long)(p))
#define phys_to_virt(pa)	((void *)(unsigned long)(pa))
#endif
#define __pa(p)			virt_to_phys(p)
#define __va(pa)		phys_to_virt(pa)

#endif

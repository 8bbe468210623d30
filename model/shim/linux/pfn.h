/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frame numbers.
 */
#ifndef SHIM_LINUX_PFN_H
#define SHIM_LINUX_PFN_H

#define PFN_PHYS(pfn)	((phys_addr_t)(pfn) << PAGE_SHIFT)
#define PHYS_PFN(phys)	((unsigned long)((phys) >> PAGE_SHIFT))

#endif

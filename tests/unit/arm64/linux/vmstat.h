/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Statistics of memory: the test has the counter.
 */
#ifndef TEST_LINUX_VMSTAT_H
#define TEST_LINUX_VMSTAT_H

enum node_stat_item { NR_SECONDARY_PAGETABLE = 1 };

#undef virt_to_page
#define virt_to_page(kva)	(kva)

void mod_lruvec_page_state(const void *page, enum node_stat_item item, int n);

#endif

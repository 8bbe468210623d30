/* SPDX-License-Identifier: GPL-2.0 */
/*
 * L1's nested page tables, walked as a CPU would (AMD APM vol. 2, 5.2, 5.3, 15.25). They are a
 * guest's: each entry is read once and checked, and there are as many as there are levels. Knows no
 * guest memory: runs in user space, too.
 */
#ifndef TABULA_NESTED_TABLES_H
#define TABULA_NESTED_TABLES_H

#include <linux/types.h>

#define TABLES_MAX_LEVELS	5

/* What nested_walk() answers beside errnos. */
#define TABLES_MAPPED		0
#define TABLES_FAULT		1

/**
 * struct nested_tables - tables of one VMRUN
 * @root: L1's address of the top one
 * @levels: 2, 3 (PAE), 4 or 5
 * @nx: EFER.NXE of L1
 * @pse: CR4.PSE of L1, for two levels
 * @phys_bits: of an address of L1's
 * @load: read an entry of @size bytes in one access; 0 or -errno: it is not memory
 * @mark: exchange an entry that still is @old for @new; 0; -EAGAIN: it is another one by
 *	now; or another errno
 */
struct nested_tables {
	u64 root;
	unsigned int levels;
	bool nx;
	bool pse;
	unsigned int phys_bits;
	int (*load)(struct nested_tables *t, u64 addr, unsigned int size, u64 *pte);
	int (*mark)(struct nested_tables *t, u64 addr, unsigned int size, u64 old, u64 new);
};

/**
 * struct nested_leaf - what L1 maps
 * @addr: L1's address that the address asked for is
 * @shift: log2 of the bytes that one entry maps alike
 * @write: it may be written, and its D is set
 * @exec: it may be executed
 * @memory: PWT and PCD, where long-mode entries have them
 */
struct nested_leaf {
	u64 addr;
	unsigned int shift;
	bool write;
	bool exec;
	u64 memory;
};

/**
 * nested_walk() - what L1 says that an address of L2 is
 * @t: the tables
 * @addr: L2's address, any
 * @write: for a write
 * @exec: for a fetch
 * @leaf: filled in if mapped
 * @error: EXITINFO1's low bits if not
 *
 * Sets A, and D for a write, in L1's entries if the access is allowed.
 * Context: as @load and @mark. Return: TABLES_MAPPED; TABLES_FAULT; -EAGAIN: L1 changes its
 * tables meanwhile; an errno of @mark.
 */
int nested_walk(struct nested_tables *t, u64 addr, bool write, bool exec,
		struct nested_leaf *leaf, u64 *error);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nested page tables of one VM (AMD APM vol. 2, 15.25): what guest physical addresses mean,
 * and who hears that they mean it no longer.
 *
 * No instruction of AMD-V reaches another CPU's TLB. What is taken away is gone when every
 * vCPU was asked to flush and none that had not heard of it is in its guest: clear, request,
 * kick, wait. Who calls is told which by npt_flush(); how is the VM's business (@kick).
 */
#ifndef TABULA_X86_NPT_H
#define TABULA_X86_NPT_H

#include <linux/atomic.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "../../mem/gmem.h"

/* What npt_fault() answers beside errnos. */
#define NPT_FAULT_DONE		0	/* mapped, or to be tried again: back into the guest */
#define NPT_FAULT_MMIO		1	/* no memory there, or a write to a KVM_MEM_READONLY slot */

/* The access that faulted; flags for npt_fault(). */
#define NPT_ACCESS_WRITE	(1U << 0)
#define NPT_ACCESS_EXEC		(1U << 1)

/**
 * struct npt_stats - counters of one VM; relaxed, for statistics only
 * @faults: on slots
 * @mapped_4k: leaves installed
 * @mapped_2m: blocks of 2 MiB installed
 * @mapped_1g: blocks of 1 GiB installed
 * @retries: faults that an invalidation came between
 * @flushes: times that every vCPU was asked to flush
 * @tables: pages of tables
 */
struct npt_stats {
	atomic64_t faults;
	atomic64_t mapped_4k;
	atomic64_t mapped_2m;
	atomic64_t mapped_1g;
	atomic64_t retries;
	atomic64_t flushes;
	atomic64_t tables;
};

/**
 * struct npt - nested page tables
 * @gmem: guest memory; the tables are its client
 * @lock: all entries; held for the install of one leaf, or one slice of a range
 * @root: top table
 * @taken: leaves taken away, ever; under @lock
 * @flushed: of these, how many no TLB has any more; under @lock
 * @levels: 4, or 5 where the host has 5
 * @max_level: largest leaf: 1: 4 KiB, 2: 2 MiB, 3: 1 GiB
 * @old: that accesses are to be seen again: have every vCPU that keeps copies of entries forget
 *	them, soon; NULL: none does. Any context, too
 * @kick: have every vCPU flush before it runs on; returns when none that did not is in its
 *	guest. Any context that @gmem's callbacks come in: does not sleep
 * @slots: other slots are published: as struct gmem_client.changed; NULL likewise
 * @stats: counters
 */
struct npt {
	struct gmem gmem;
	spinlock_t lock;
	u64 *root;
	u64 taken;
	u64 flushed;
	unsigned int levels;
	unsigned int max_level;
	void (*old)(struct npt *npt);
	void (*kick)(struct npt *npt);
	void (*slots)(struct npt *npt);
	struct npt_stats stats;
};

/**
 * npt_init() - empty tables for a new VM of the current process
 * @npt: zeroed but for @kick
 * @gpa_bits: size of guest physical addresses
 *
 * Return: 0, or an errno of gmem_init(); -ENOMEM.
 */
int npt_init(struct npt *npt, unsigned int gpa_bits);

/**
 * npt_destroy() - give guest memory back and free the tables
 * @npt: no vCPU runs any more. May sleep.
 */
void npt_destroy(struct npt *npt);

/**
 * npt_root() - nested CR3
 * @npt: the tables
 *
 * Return: physical address of the top table.
 */
u64 npt_root(const struct npt *npt);

/**
 * npt_fault() - map what a vCPU accessed
 * @npt: the tables
 * @gpa: guest physical address, bytes
 * @access: NPT_ACCESS_*
 * @bad_hva: user address that could not be had, with an errno other than -EINTR
 *
 * Context: the vCPU's thread, on the VMM's mm; may sleep.
 * Return: NPT_FAULT_*; -EINTR: a signal came; -EFAULT, -EHWPOISON, -ENOMEM.
 */
int npt_fault(struct npt *npt, u64 gpa, unsigned int access, unsigned long *bad_hva);

/**
 * struct npt_copy - an entry, as somebody who makes a copy of it needs it
 * @pfn: host frame of the page
 * @shift: log2 of the bytes around it that the entry maps
 * @write: it may be written
 * @memory: bits of the memory type, as they stand in entries
 */
struct npt_copy {
	u64 pfn;
	unsigned int shift;
	bool write;
	u64 memory;
};

/**
 * npt_copy() - the entry that maps an address, and that it was used
 * @npt: the tables
 * @gpa: guest physical address, bytes
 * @write: for a write
 * @copy: filled in
 *
 * What is made of it by a vCPU's thread, while that vCPU is not in its guest, has to be gone
 * before the vCPU enters with the request of @npt->kick served. Does not sleep.
 *
 * Return: true; false: nothing is mapped, or not for a write: npt_fault() first.
 */
bool npt_copy(struct npt *npt, u64 gpa, bool write, struct npt_copy *copy);

/**
 * npt_flush() - after something was taken away: no vCPU has it any more
 * @npt: the tables; @npt->lock is not held. Does not sleep.
 */
void npt_flush(struct npt *npt);

#endif

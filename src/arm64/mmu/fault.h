/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A stage-2 abort on a slot, while it is served.
 */
#ifndef TABULA_MMU_FAULT_H
#define TABULA_MMU_FAULT_H

#include <linux/kvm.h>
#include <linux/types.h>

#include "../../mutant.h"
#include "table.h"

/* The try is over without an answer: do it again. */
#define FAULT_AGAIN	2
/* Another fault prepares the same memory: wait for it. */
#define FAULT_TAKEN	3
/* It takes more than a look at the host's table. */
#define FAULT_SLOW	4

/**
 * struct mmu_fault_state - one fault on a slot
 * @mmu: the VM's
 * @mv: the vCPU
 * @tree: the one the vCPU runs on
 * @slot: the slot; gmem's read side is held
 * @gfn: faulting frame
 * @hva: its user address
 * @write: the access needs write permission
 * @exec: it is an instruction fetch
 * @relax: the page is mapped, permissions are missing
 * @look: told of invalidations
 * @shift: log2 of what is to be mapped
 * @epoch: fault_epoch() before the page was cleaned
 */
struct mmu_fault_state {
	struct mmu *mmu;
	struct mmu_vcpu *mv;
	struct s2_tree *tree;
	struct gmem_slot *slot;
	u64 gfn;
	unsigned long hva;
	bool write;
	bool exec;
	bool relax;
	struct gmem_look look;
	unsigned int shift;
	u64 epoch;
};

/**
 * fault_is_logged() - does the VMM want to know of each page that is written?
 * @f: the fault
 *
 * Return: true where it does.
 */
static inline bool fault_is_logged(const struct mmu_fault_state *f)
{
	return f->slot->flags & KVM_MEM_LOG_DIRTY_PAGES;
}

/**
 * fault_permissions() - what may be done to a page that is mapped
 * @f: the fault
 * @writable: the host maps it so
 *
 * Write permission is given where it costs no report: not before a write to a logged slot.
 *
 * Return: S2_PTE_R, S2_PTE_W, S2_PTE_MAY_WRITE.
 */
static inline u64 fault_permissions(const struct mmu_fault_state *f, bool writable)
{
	bool readonly = f->slot->flags & KVM_MEM_READONLY && !MUTANT(readonly_writable);

	if (!writable || readonly)
		return S2_PTE_R;
	if (fault_is_logged(f) && !f->write)
		return S2_PTE_R | S2_PTE_MAY_WRITE;
	return S2_PTE_R | S2_PTE_W | S2_PTE_MAY_WRITE;
}

/* near.c */

/**
 * near_fault() - serve a fault by what the host's table says, and some of those to come
 * @f: the fault, not of permission; its look-up has begun
 *
 * Does not sleep.
 *
 * Return: 0; %FAULT_SLOW: nothing was done; %FAULT_AGAIN; %FAULT_TAKEN.
 */
int near_fault(struct mmu_fault_state *f);

#endif

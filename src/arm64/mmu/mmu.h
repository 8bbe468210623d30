/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stage 2 of one VM: what the rest of the hypervisor asks of it.
 */
#ifndef TABULA_MMU_H
#define TABULA_MMU_H

#include <linux/atomic.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "../../mem/gmem.h"

struct mmu_stats;

/**
 * struct s2_tree - one stage-2 translation tree
 * @pgd: root table(s), kernel address; concatenated where the IPA size asks for it
 * @pgd_phys: its physical address
 * @ia_bits: input address size in bits (32..48)
 * @start_level: first level walked (0..2)
 * @pgd_pages: number of concatenated root pages (1..16)
 * @vmid: the VMID word: generation above, VMID in the low 8 or 16 bits; see vmid.c
 * @vtcr: VTCR_EL2 to walk it with
 * @lock: who installs holds the read side, who takes away holds the write side
 * @stats: counters of the VM it belongs to
 * @spare: a table page for the split of a 1 GiB block that is going away, or
 *	NULL; changed under the write side of @lock
 * @want_spare: the tree has mapped 1 GiB blocks that owe maintenance
 */
struct s2_tree {
	u64 *pgd;
	phys_addr_t pgd_phys;
	u8 ia_bits;
	s8 start_level;
	u8 pgd_pages;
	atomic64_t vmid;
	u64 vtcr;
	rwlock_t *lock;
	struct mmu_stats *stats;
	u64 *spare;
	bool want_spare;
};

/**
 * struct mmu_stats - events of one VM; relaxed counters, for statistics only
 * @faults: stage-2 faults on slots
 * @faults_perm: of these, permission faults
 * @faults_access: of these, access flag faults
 * @mapped_4k: leaves installed, of 4 KiB
 * @mapped_2m: of 2 MiB
 * @mapped_1g: of 1 GiB
 * @retries: faults done again because of an invalidation
 * @lines_map: data cache lines maintained at a first map
 * @lines_unmap: when a mapping went away
 * @lines_reset: when a vCPU was initialised again
 * @lines_mmu_on: when a guest turned MMU or caches on or off
 * @lines_setway: instead of maintenance by set/way
 * @icache_invals: invalidations of all instruction caches
 * @tlbi_pages: stage-2 entries invalidated by address
 * @tlbi_all: invalidations of a whole VMID
 * @lines_exec: data cache lines cleaned to the PoU for instruction fetches
 * @splits: blocks replaced by a table
 * @tables: table pages the tree has now, root included
 */
struct mmu_stats {
	atomic64_t faults;
	atomic64_t faults_perm;
	atomic64_t faults_access;
	atomic64_t mapped_4k;
	atomic64_t mapped_2m;
	atomic64_t mapped_1g;
	atomic64_t retries;
	atomic64_t lines_map;
	atomic64_t lines_unmap;
	atomic64_t lines_reset;
	atomic64_t lines_mmu_on;
	atomic64_t lines_setway;
	atomic64_t icache_invals;
	atomic64_t tlbi_pages;
	atomic64_t tlbi_all;
	atomic64_t lines_exec;
	atomic64_t splits;
	atomic64_t tables;
};

/**
 * struct mmu - guest memory as the guest's vCPUs see it
 * @gmem: the VM's memory
 * @tree: the stage-2 tree
 * @vtcr: VTCR_EL2 of the VM
 * @lock: faults install under the read side; whoever takes away holds the write side
 * @epoch: counts walks that pay for all that is mapped (reset, MMU toggled, set/way): a
 *	page cleaned in an older epoch may not be installed any more; written under
 *	the write side of @lock
 * @last_vcpu: by physical CPU: index of the vCPU of this VM that was loaded
 *	there last, or -1
 * @stats: counters
 */
struct mmu {
	struct gmem gmem;
	struct s2_tree tree;
	u64 vtcr;
	rwlock_t lock;
	u64 epoch;
	int *last_vcpu;
	struct mmu_stats stats;
};

/* What a stage-2 abort said. */
#define MMU_ABORT_WRITE		(1U << 0)
#define MMU_ABORT_EXEC		(1U << 1)	/* instruction fetch */
#define MMU_ABORT_S1PTW		(1U << 2)	/* on a stage-1 table walk */
#define MMU_ABORT_PERM		(1U << 3)	/* permission fault */
#define MMU_ABORT_ACCESS	(1U << 4)	/* access flag fault */
#define MMU_ABORT_CMO		(1U << 5)	/* cache maintenance instruction */

/**
 * struct mmu_abort - a stage-2 abort, decoded
 * @ipa: faulting intermediate physical address, bytes; only the page counts unless
 *	the syndrome gave the offset
 * @flags: MMU_ABORT_*
 */
struct mmu_abort {
	u64 ipa;
	u32 flags;
};

/*
 * What mmu_fault() says when it is not 0 or an errno: not memory the access can
 * be given. The caller emulates it, hands it to the VMM, or, for a fetch, a
 * stage-1 walk or cache maintenance, does what the architecture says for Device
 * memory or nothing there.
 */
#define MMU_FAULT_MMIO		1

/**
 * mmu_hw_init() - read the machine's features and set up the VMID allocator
 *
 * Once, at module load, in process context.
 *
 * Return: 0, -ENODEV where stage 2 cannot be run (the log says why) or -ENOMEM.
 */
int mmu_hw_init(void);

/**
 * mmu_hw_exit() - undo mmu_hw_init(); no VM may be left
 */
void mmu_hw_exit(void);

/**
 * mmu_max_ipa_bits() - largest IPA size a VM may ask for
 *
 * Source: KVM API 4.2 (KVM_CREATE_VM), KVM_CAP_ARM_VM_IPA_SIZE. The smallest is
 * %MMU_MIN_IPA_BITS.
 *
 * Return: bits, 32..48.
 */
unsigned int mmu_max_ipa_bits(void);

/* The KVM API lets a VM ask for no less. */
#define MMU_MIN_IPA_BITS	32U

/**
 * mmu_init() - guest memory of a new VM: gmem and an empty tree
 * @mmu: zeroed memory
 * @ipa_bits: IPA size, %MMU_MIN_IPA_BITS..mmu_max_ipa_bits()
 *
 * Process context of the VMM, whose address space becomes the guest's.
 *
 * Return: 0, -EINVAL for a size out of range, -ENOMEM, or what gmem_init() says.
 */
int mmu_init(struct mmu *mmu, unsigned int ipa_bits);

/**
 * mmu_destroy() - unmap all, pay what is owed, free everything
 * @mmu: initialised; no vCPU of the VM runs any more
 *
 * May sleep. Works after the VMM's address space is gone.
 */
void mmu_destroy(struct mmu *mmu);

/**
 * mmu_fault() - serve a stage-2 abort
 * @mmu: the VM's
 * @abort: what the syndrome said
 * @bad_hva: the user address that could not be resolved, for -EHWPOISON and -EFAULT
 *
 * Process context on the VMM's address space, IRQs and preemption on; sleeps.
 * Cleans what the page owes before it becomes visible to the guest, marks it
 * dirty where the slot is logged.
 *
 * Return: 0 where the guest should try again (also after a lost race),
 * %MMU_FAULT_MMIO, -EHWPOISON (raise SIGBUS), -EFAULT, -EINTR (a signal), -ENOMEM.
 */
int mmu_fault(struct mmu *mmu, const struct mmu_abort *abort, u64 *bad_hva);

/**
 * mmu_load() - what VTTBR_EL2 must hold to run a vCPU of this VM here
 * @mmu: the VM's
 *
 * Preemption off, right before each entry; interrupts on or off. Cheap while
 * the VMID is current. VTCR_EL2 is @mmu->vtcr, and HCR_EL2.FWB must equal
 * hw_features.fwb. The value stays good while preemption is off: a rollover on
 * another CPU keeps the VMIDs in use.
 *
 * Return: VTTBR_EL2, CnP clear.
 */
u64 mmu_load(struct mmu *mmu);

/**
 * mmu_vcpu_load() - a vCPU starts to run on this physical CPU
 * @mmu: the VM's
 * @vcpu_idx: index of the vCPU within its VM
 *
 * Preemption off, once per load, before mmu_load(). A guest may use one ASID for different
 * things on different vCPUs, and may rely on its non-broadcast TLBI: where
 * another vCPU of the VM was the last one here, this CPU's entries of
 * the VMID go.
 */
void mmu_vcpu_load(struct mmu *mmu, unsigned int vcpu_idx);

/**
 * mmu_vcpu_reset() - a vCPU that has run is initialised again
 * @mmu: the VM's
 *
 * What the VMM wrote before the call is what the vCPU will read and execute,
 * MMU on or off. Without FEAT_S2FWB everything is unmapped (each page is then
 * cleaned at its next fault); with it, the instruction caches are invalidated. May sleep.
 *
 * Source: KVM API 4.82 (KVM_ARM_VCPU_INIT).
 */
void mmu_vcpu_reset(struct mmu *mmu);

/**
 * mmu_caches_toggled() - a guest turned its MMU or caches on or off
 * @mmu: the VM's
 * @now_on: SCTLR_EL1.{M,C} are both set now
 *
 * Without FEAT_S2FWB all that is mapped is cleaned and invalidated to the PoC,
 * in slices. May sleep; before the register write takes effect.
 */
void mmu_caches_toggled(struct mmu *mmu, bool now_on);

/**
 * mmu_set_way() - do by VA what a guest asked for by set/way
 * @mmu: the VM's
 *
 * Without FEAT_S2FWB all that is mapped is cleaned and invalidated to the PoC,
 * in slices; with it the guest cannot tell. Once per burst: that is the caller's to
 * know. May sleep.
 */
void mmu_set_way(struct mmu *mmu);

/**
 * mmu_icache_inval_all() - invalidate all instruction caches, complete on return
 * @mmu: the VM on whose behalf, for its counters
 */
void mmu_icache_inval_all(struct mmu *mmu);

#endif

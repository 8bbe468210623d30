/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stage 2 of one VM: what the rest of the hypervisor asks of it.
 */
#ifndef TABULA_MMU_H
#define TABULA_MMU_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/mutex.h>
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
 * @fwb: it runs with HCR_EL2.FWB; set before anything is mapped
 * @fences: tables that are fenced since execute permission was taken from it
 * @leaves: leaves that are mapped; not kept with @fwb
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
	bool fwb;
	atomic_t fences;
	atomic64_t leaves;
};

/**
 * enum mmu_policy - who maintains the caches, and when, for a VM's memory
 * @MMU_NONE: nobody; what the checker must find wrong
 * @MMU_UNMAP: a reset unmaps everything, each page is cleaned when it is mapped again;
 *	a vCPU's MMU-on cleans all that is mapped (the kernel's KVM)
 * @MMU_CLEAN: a reset cleans all that is mapped; else as @MMU_UNMAP
 * @MMU_TWO_TREE: vCPUs with their MMU off have a tree of their own
 * @MMU_DC: MMU-off accesses are made cacheable (HCR_EL2.DC); for the checker
 * @MMU_FWB: FEAT_S2FWB makes all accesses cacheable
 * @MMU_POLICIES: how many there are
 */
enum mmu_policy {
	MMU_NONE,
	MMU_UNMAP,
	MMU_CLEAN,
	MMU_TWO_TREE,
	MMU_DC,
	MMU_FWB,
	MMU_POLICIES,
};

/**
 * enum mmu_side - how a vCPU sees memory, by SCTLR_EL1
 * @MMU_COLD: M = 0: data accesses go past the caches
 * @MMU_UNCACHED: M = 1, C = 0: so they do, with stage-1 translation
 * @MMU_WARM: M = 1, C = 1
 */
enum mmu_side {
	MMU_COLD,
	MMU_UNCACHED,
	MMU_WARM,
};

/**
 * struct mmu_stats - events of one VM; relaxed counters, for statistics only
 * @faults: stage-2 faults on slots
 * @faults_perm: of these, permission faults
 * @faults_access: of these, access flag faults
 * @faults_cold: of these, faults of vCPUs whose MMU is off
 * @faults_waited: of these, faults on what another fault prepared: they waited for it
 * @mapped_4k: leaves installed, of 4 KiB
 * @mapped_2m: of 2 MiB
 * @mapped_1g: of 1 GiB
 * @retries: faults done again because of an invalidation
 * @lines_map: data cache lines maintained at a first map
 * @lines_unmap: when a mapping went away
 * @lines_reset: when a vCPU was initialised again
 * @lines_warm: when a vCPU turned its MMU or caches on or off
 * @lines_setway: instead of maintenance by set/way
 * @lines_exec: cleaned to the PoU for instruction fetches
 * @lines_dirty: of pages that the dirty log reported
 * @icache_invals: invalidations of all instruction caches
 * @tlbi_pages: stage-2 entries invalidated by address
 * @tlbi_all: invalidations of a whole VMID
 * @tlbi_guest: invalidations by guests that were done for them
 * @warm_ups: vCPUs that turned MMU and caches on
 * @warm_ups_fast: of these, served with interrupts off
 * @cool_downs: vCPUs that turned them off again
 * @resets: vCPUs initialised again that ran again
 * @drops: times the cold tree was dropped
 * @set_way_walks: walks that stood in for maintenance by set/way
 * @splits: blocks replaced by a table
 * @fences: tables entered again after a reset took execute permission from the root
 * @tables: table pages of all trees now, roots included
 */
struct mmu_stats {
	atomic64_t faults;
	atomic64_t faults_perm;
	atomic64_t faults_access;
	atomic64_t faults_cold;
	atomic64_t faults_waited;
	atomic64_t mapped_4k;
	atomic64_t mapped_2m;
	atomic64_t mapped_1g;
	atomic64_t retries;
	atomic64_t lines_map;
	atomic64_t lines_unmap;
	atomic64_t lines_reset;
	atomic64_t lines_warm;
	atomic64_t lines_setway;
	atomic64_t lines_exec;
	atomic64_t lines_dirty;
	atomic64_t icache_invals;
	atomic64_t tlbi_pages;
	atomic64_t tlbi_all;
	atomic64_t tlbi_guest;
	atomic64_t warm_ups;
	atomic64_t warm_ups_fast;
	atomic64_t cool_downs;
	atomic64_t resets;
	atomic64_t drops;
	atomic64_t set_way_walks;
	atomic64_t splits;
	atomic64_t fences;
	atomic64_t tables;
};

/**
 * struct mmu - guest memory as the guest's vCPUs see it
 * @gmem: the VM's memory
 * @tree: the stage-2 tree; with two trees the warm one
 * @cold_tree: with two trees, that of the vCPUs whose MMU is off: 4 KiB leaves only,
 *	each cleaned before it is mapped, each taken for written past the caches
 * @vtcr: VTCR_EL2 of the VM
 * @policy: who maintains caches
 * @started: a vCPU has begun to run: @policy stays
 * @split: blocks of a slot that is to be logged become pages at once (KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE:
 *	bytes, of which any but 0 means so: one block is split at a time); set before there is a slot
 * @lock: faults install under the read side; whoever takes away holds the write side
 * @sides: serialises vCPUs that change sides, and resets; outside of @lock
 * @cold: vCPUs that have run cold since they were last warm; under @sides
 * @warm: with two trees, vCPUs that are not cold, or are about to be so no more
 * @untrapped: cold vCPUs in the guest whose TLBIs do not trap
 * @kick: bring all vCPUs out of the guest; any context. NULL: none goes in
 * @owing: vCPUs whose return to the caches owes all that @tree maps; under @sides
 * @epoch: counts walks that pay for all that is mapped (reset, MMU toggled, set/way): a
 *	page cleaned in an older epoch may not be installed any more; written under
 *	the write side of @lock
 * @cold_epoch: the same for drops of the cold tree, and what is to be installed in that
 * @setway_lock: one walk at a time stands in for set/way maintenance
 * @setway_begun: such walks begun
 * @setway_broken: the last of them was interrupted and stands for nobody; under @setway_lock
 * @last_vcpu: by CPU, index of the vCPU of this VM that ran there last, or -1
 * @stats: counters
 */
struct mmu {
	struct gmem gmem;
	struct s2_tree tree;
	struct s2_tree cold_tree;
	u64 vtcr;
	enum mmu_policy policy;
	bool started;
	u64 split;
	rwlock_t lock;
	struct mutex sides;
	unsigned int cold;
	atomic_t warm;
	atomic_t untrapped;
	void (*kick)(struct mmu *mmu);
	unsigned int owing;
	u64 epoch;
	u64 cold_epoch;
	struct mutex setway_lock;
	atomic64_t setway_begun;
	bool setway_broken;
	int *last_vcpu;
	struct mmu_stats stats;
};

/* What a vCPU owes; struct mmu_vcpu.owes. */
#define MMU_OWES_RESET	(1U << 0)	/* it was initialised: pay before it runs */
#define MMU_OWES_JOIN	(1U << 1)	/* it is cold and not among mmu->cold yet */
#define MMU_OWES_FLUSH	(1U << 2)	/* its guest may rely on an empty TLB once its MMU is on */
#define MMU_OWES_ALL	(1U << 3)	/* it wrote past the caches, nobody knows where */
#define MMU_OWES_START	(1U << 4)	/* it comes out of reset: look at the rest before it runs */

/**
 * struct mmu_vcpu - one vCPU as stage 2 knows it
 * @side: how it sees memory; the tree it runs on
 * @owes: MMU_OWES_*
 * @has_run: since the VM was made
 * @counted: it is among mmu->cold; under mmu->sides
 * @untrapped: it is in the guest, among mmu->untrapped
 * @next_gfn: the frame behind what its last fault mapped
 * @near: how many frames that fault asked for
 *
 * Changed by the vCPU's thread, or under its mutex while it does not run.
 */
struct mmu_vcpu {
	enum mmu_side side;
	u32 owes;
	bool has_run;
	bool counted;
	bool untrapped;
	u8 near;
	u64 next_gfn;
};

/**
 * struct mmu_tree_count - what a tree maps
 * @leaves: by level, 1 to 3
 * @exec: of these, executable
 * @writable: of these, writable
 */
struct mmu_tree_count {
	u64 leaves[4];
	u64 exec;
	u64 writable;
};

/**
 * mmu_count_tree() - count what a tree maps, for people
 * @tree: the tree
 * @count: out
 *
 * Takes the tree's lock for reading, in slices; may sleep.
 */
void mmu_count_tree(struct s2_tree *tree, struct mmu_tree_count *count);

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
 * @may_sleep: called with @whose once it is known that there is memory, before anything that may
 *	sleep; or NULL
 * @whose: for @may_sleep
 */
struct mmu_abort {
	u64 ipa;
	u32 flags;
	void (*may_sleep)(void *whose);
	void *whose;
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
 * mmu_is_memory() - is there a slot?
 * @mmu: the VM's
 * @ipa: any address
 *
 * Preemption may be off. Return: there is one, whatever an access may do to it.
 */
bool mmu_is_memory(struct mmu *mmu, u64 ipa);

/**
 * mmu_fault() - serve a stage-2 abort
 * @mmu: the VM's
 * @mv: the vCPU that ran into it
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
int mmu_fault(struct mmu *mmu, struct mmu_vcpu *mv, const struct mmu_abort *abort,
	      u64 *bad_hva);

/**
 * mmu_load() - what VTTBR_EL2 must hold to run a vCPU of this VM here
 * @mmu: the VM's
 * @mv: the vCPU
 *
 * Preemption off, right before each entry; interrupts on or off. Cheap while
 * the VMID is current. VTCR_EL2 is @mmu->vtcr, and HCR_EL2.FWB must follow
 * the VM's policy. The value stays good while preemption is off: a rollover on
 * another CPU keeps the VMIDs in use.
 *
 * Return: VTTBR_EL2, CnP clear.
 */
u64 mmu_load(struct mmu *mmu, const struct mmu_vcpu *mv);

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
 * mmu_policy_default() - the policy that suits this machine
 *
 * Return: %MMU_FWB with FEAT_S2FWB, else %MMU_TWO_TREE.
 */
enum mmu_policy mmu_policy_default(void);

/**
 * mmu_policy_by_name() - find a policy
 * @name: as mmu_policy_name() spells it
 *
 * Return: enum mmu_policy, or -EINVAL.
 */
int mmu_policy_by_name(const char *name);

/**
 * mmu_policy_name() - what a policy is called
 * @policy: which
 *
 * Return: its name.
 */
const char *mmu_policy_name(enum mmu_policy policy);

/**
 * mmu_set_policy() - choose a VM's policy
 * @mmu: the VM's
 * @policy: which
 *
 * Takes mmu->sides.
 *
 * Return: 0, -EBUSY once a vCPU has begun to run, -ENODEV for %MMU_FWB without FEAT_S2FWB.
 */
int mmu_set_policy(struct mmu *mmu, enum mmu_policy policy);

/* What one entry of stage 2 can map, in bytes: bits of KVM_CAP_ARM_SUPPORTED_BLOCK_SIZES. */
#define MMU_BLOCK_SIZES	(BIT_ULL(12) | BIT_ULL(21) | BIT_ULL(30))

/**
 * mmu_set_split() - KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE (KVM API 7.33)
 * @mmu: the VM's
 * @size: how much to split at a time, bytes, of %MMU_BLOCK_SIZES; 0: only what is written to
 *
 * Takes slots_lock; may sleep. Return: 0; -EINVAL: another size, or there is a slot.
 */
int mmu_set_split(struct mmu *mmu, u64 size);

/**
 * mmu_start() - a vCPU is about to run for the first time
 * @mmu: the VM's
 *
 * The policy stays from here on: what follows from it (mmu_vcpu_traps()) is asked for afterwards,
 * whatever was known when the vCPU was initialised. Takes mmu->sides; may sleep.
 */
void mmu_start(struct mmu *mmu);

/* What HCR_EL2 must do for a vCPU; bits of mmu_vcpu_traps(). */
#define MMU_TRAP_STAGE1	(1U << 0)	/* TVM: writes of stage-1 registers */
#define MMU_TRAP_SCTLR	(1U << 1)	/* SCTLR_EL1 alone, where the CPU can (FEAT_FGT) */
#define MMU_MAKE_CACHED	(1U << 2)	/* DC: MMU-off accesses are cacheable */
#define MMU_MAKE_FWB	(1U << 3)	/* FWB */

/**
 * mmu_vcpu_traps() - what must be trapped to keep track of a vCPU
 * @mmu: the VM's
 * @mv: the vCPU
 *
 * Changes only with @mv->side, and with the policy, up to mmu_start(). TLB maintenance is
 * mmu_vcpu_inside()'s to say.
 *
 * Return: MMU_TRAP_* and MMU_MAKE_*.
 */
u32 mmu_vcpu_traps(const struct mmu *mmu, const struct mmu_vcpu *mv);

/**
 * mmu_cold_inside() - mmu_vcpu_inside() of a cold vCPU
 * @mmu: the VM's
 * @mv: the vCPU
 *
 * Return: as there.
 */
bool mmu_cold_inside(struct mmu *mmu, struct mmu_vcpu *mv);

/**
 * mmu_vcpu_inside() - a vCPU goes into the guest: must its TLB maintenance trap?
 * @mmu: the VM's
 * @mv: the vCPU
 *
 * Interrupts off, before each entry, and after the vCPU has said that it can be kicked
 * out; mmu_vcpu_outside() after it. What a cold vCPU invalidates by itself is its own VMID only. While
 * nobody is warm that will do, for who warms up flushes the other one.
 *
 * Return: true where HCR_EL2.TTLB must be set, for mmu_guest_tlbi().
 */
static inline bool mmu_vcpu_inside(struct mmu *mmu, struct mmu_vcpu *mv)
{
	return mmu->policy == MMU_TWO_TREE && mv->side == MMU_COLD && mmu_cold_inside(mmu, mv);
}

/**
 * mmu_vcpu_outside() - a vCPU has come out of the guest
 * @mmu: the VM's
 * @mv: the vCPU; before its exit is looked at
 */
static inline void mmu_vcpu_outside(struct mmu *mmu, struct mmu_vcpu *mv)
{
	if (!mv->untrapped)
		return;
	mv->untrapped = false;
	smp_mb__before_atomic();	/* what the guest did, before it is out */
	atomic_dec(&mmu->untrapped);
}

/**
 * mmu_vcpu_reset() - a vCPU is initialised (again)
 * @mmu: the VM's
 * @mv: the vCPU; it does not run
 *
 * Only takes a note: the VMM may go on writing until the vCPU's next
 * mmu_vcpu_enter(), which pays. Source: KVM API 4.82 (KVM_ARM_VCPU_INIT).
 */
void mmu_vcpu_reset(struct mmu *mmu, struct mmu_vcpu *mv);

/**
 * mmu_vcpu_start() - a vCPU comes out of reset by a call of the guest (PSCI CPU_ON)
 * @mmu: the VM's
 * @mv: the vCPU; its thread calls, it is not loaded
 */
void mmu_vcpu_start(struct mmu *mmu, struct mmu_vcpu *mv);

/**
 * mmu_vcpu_enter_slow() - pay what must be paid before a vCPU runs
 * @mmu: the VM's
 * @mv: the vCPU
 *
 * May sleep. What the VMM wrote before is what the vCPU then reads and executes.
 *
 * Return: 0, or -EINTR: a signal came, nothing is lost, call again.
 */
int mmu_vcpu_enter_slow(struct mmu *mmu, struct mmu_vcpu *mv);

/**
 * mmu_vcpu_owes() - has mmu_vcpu_enter() something to do?
 * @mv: the vCPU; its own thread asks, which alone makes it owe
 *
 * Return: it has.
 */
static inline bool mmu_vcpu_owes(const struct mmu_vcpu *mv)
{
	return mv->owes & (MMU_OWES_RESET | MMU_OWES_JOIN | MMU_OWES_START);
}

/**
 * mmu_vcpu_enter() - a vCPU is about to run, in process context
 * @mmu: the VM's
 * @mv: the vCPU
 *
 * Cheap where nothing is owed. Return: as mmu_vcpu_enter_slow().
 */
static inline int mmu_vcpu_enter(struct mmu *mmu, struct mmu_vcpu *mv)
{
	return mmu_vcpu_owes(mv) ? mmu_vcpu_enter_slow(mmu, mv) : 0;
}

#define MMU_SCTLR_M	(1U << 0)
#define MMU_SCTLR_C	(1U << 2)

/**
 * mmu_side_of() - the side that a value of SCTLR_EL1 means
 * @sctlr: the value
 *
 * Return: enum mmu_side.
 */
static __always_inline enum mmu_side mmu_side_of(u64 sctlr)
{
	if (!(sctlr & MMU_SCTLR_M))
		return MMU_COLD;
	return sctlr & MMU_SCTLR_C ? MMU_WARM : MMU_UNCACHED;
}

/* How mmu_vcpu_sctlr() is called. */
#define MMU_NOWAIT	(1U << 0)	/* interrupts are off: little, or nothing */
#define MMU_SEEN	(1U << 1)	/* it took effect some time ago: what happened since is unknown */

/**
 * mmu_vcpu_sctlr() - a vCPU writes SCTLR_EL1
 * @mmu: the VM's
 * @mv: the vCPU; its thread calls
 * @sctlr: the value that will take effect on return
 * @flags: MMU_NOWAIT, MMU_SEEN
 *
 * Pays what a change of sides owes. With MMU_NOWAIT at most %MMU_FAST_PAGES pages
 * are paid. Without, may sleep. Source: Arm ARM D8.2.12, D8.17.3.
 *
 * Return: 0; -EAGAIN with MMU_NOWAIT: call without; -EINTR: a signal came, nothing
 * has changed.
 */
int mmu_vcpu_sctlr(struct mmu *mmu, struct mmu_vcpu *mv, u64 sctlr, u32 flags);

/**
 * mmu_vcpu_strayed() - a warm vCPU is seen to have MMU or caches off
 * @mmu: the VM's
 * @mv: the vCPU; its thread calls
 *
 * It may have written anything past the caches that it could write: it owes everything, and
 * whatever is logged is dirty. It is on the same side as before: mmu_vcpu_sctlr() with
 * MMU_SEEN, which calls this too, is due before it runs again. Called before the VMM
 * gets to know that the vCPU has stopped, or its last look at the dirty log comes too early.
 * May sleep.
 */
void mmu_vcpu_strayed(struct mmu *mmu, struct mmu_vcpu *mv);

/* Most pages that are paid with interrupts off. */
#define MMU_FAST_PAGES	16

/**
 * mmu_guest_tlbi() - do a TLB invalidation that a cold vCPU was kept from
 * @mmu: the VM's
 *
 * The guest believes in one TLB; there are two VMIDs. Everything of both goes.
 */
void mmu_guest_tlbi(struct mmu *mmu);

/**
 * mmu_set_way() - do by VA what a guest asked for by set/way
 * @mmu: the VM's
 *
 * Cleans and invalidates to the PoC all that the guest can have in the caches, in
 * slices between which it reschedules. A walk that another vCPU began after this call stands
 * for both. Once per burst: that is the caller's to know.
 *
 * Return: 0, or -EINTR when the thread is being killed.
 */
int mmu_set_way(struct mmu *mmu);

#endif

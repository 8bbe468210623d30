// SPDX-License-Identifier: GPL-2.0
/*
 * Sides and what it costs to change them, with two trees: which tree, which leaves, which
 * VMIDs, in which order, and what the books say afterwards.
 */
#include <linux/limits.h>

#include "test_mmu_guest_fake.h"

#define ON	(MMU_SCTLR_M | MMU_SCTLR_C)
#define M_ONLY	MMU_SCTLR_M
#define OFF	0
#define VCPUS	3

static struct mmu_vcpu v[VCPUS];
static unsigned int kicks;

/* Brings all out of the guest. */
static void kick(struct mmu *m)
{
	unsigned int i;

	kicks++;
	for (i = 0; i < VCPUS; i++)
		mmu_vcpu_outside(m, &v[i]);
}

/* What the books say of all. */
static void books(unsigned int cold, int warm, unsigned int owing)
{
	assert_int_equal(mmu.cold, cold);
	assert_int_equal(atomic_read(&mmu.warm), warm);
	assert_int_equal(mmu.owing, owing);
}

/* The first vCPUs have begun to run, cold. */
static void run_cold(unsigned int n)
{
	unsigned int i;

	assert_int_equal(mmu_set_policy(&mmu, MMU_TWO_TREE), 0);
	mmu.kick = kick;
	memset(v, 0, sizeof(v));
	kicks = 0;
	for (i = 0; i < n; i++) {
		mmu_vcpu_reset(&mmu, &v[i]);
		assert_int_equal(mmu_vcpu_enter(&mmu, &v[i]), 0);
	}
	mmu_start(&mmu);
	fake_clear();
	books(n, 0, 0);
}

/* One of them has turned MMU and caches on. */
static void run_warm(struct mmu_vcpu *mv)
{
	assert_int_equal(mmu_vcpu_sctlr(&mmu, mv, ON, 0), 0);
	fake_clear();
}

static int fault_by(struct mmu_vcpu *who, u64 ipa, u32 flags)
{
	struct mmu_abort abort = { .ipa = ipa, .flags = flags };

	return mmu_fault(&mmu, who, &abort, &bad_hva);
}

/* It writes so many pages. */
static void touch(struct mmu_vcpu *who, u64 ipa, unsigned int pages)
{
	while (pages--)
		assert_int_equal(fault_by(who, ipa + pages * 4096ULL, MMU_ABORT_WRITE), 0);
	fake_clear();
}

static u64 cold_leaf(u64 ipa)
{
	return fake_walk(&mmu.cold_tree, ipa, NULL);
}

static u64 cold_leaves(void)
{
	return atomic64_read(&mmu.cold_tree.leaves);
}

static u64 stat(const atomic64_t *counter)
{
	return atomic64_read(counter);
}

/* VMIDs that were flushed whole, in order; the trees, then NULL. */
static void flushed(const struct s2_tree *first, const struct s2_tree *second)
{
	int at = fake_find(0, F_TLBI_VMID);

	if (first) {
		assert_true(at >= 0);
		assert_ptr_equal(fake_log[at].a, first);
		at = fake_find(at + 1, F_TLBI_VMID);
	}
	if (second) {
		assert_true(at >= 0);
		assert_ptr_equal(fake_log[at].a, second);
		at = fake_find(at + 1, F_TLBI_VMID);
	}
	assert_int_equal(at, -1);
}

/* How often one was; a cold tree's is flushed when it loses a table, too. */
static unsigned int flushes_of(const struct s2_tree *tree)
{
	unsigned int i, n = 0;

	for (i = 0; i < fake_nr; i++)
		n += fake_log[i].kind == F_TLBI_VMID && fake_log[i].a == (u64)tree;
	return n;
}

/* --- where a fault goes */

/* A cold vCPU's pages are in the cold tree alone, single and cleaned; a warm one's in the warm tree, as a block. */
static void each_its_tree(void **state)
{
	run_cold(2);
	run_warm(&v[1]);
	host.shift = 21;
	assert_int_equal(fault_by(&v[0], IPA + 0x3000, 0), 0);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 4096);
	assert_int_not_equal(cold_leaf(IPA + 0x3000), 0);
	assert_int_equal(cold_leaf(IPA + 0x4000), 0);
	assert_int_equal(leaf(IPA + 0x3000), 0);
	assert_int_equal(stat(&mmu.stats.faults_cold), 1);
	fake_clear();
	assert_int_equal(fault_by(&v[1], IPA + 0x3000, 0), 0);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), MB(2));
	assert_int_equal(level_of(IPA + 0x3000), 2);
	assert_int_equal(fake_translate(&mmu.tree, IPA + 0x3000), SLOT_PHYS + 0x3000);
	assert_int_equal(fake_translate(&mmu.cold_tree, IPA + 0x3000), SLOT_PHYS + 0x3000);
	assert_int_equal(cold_leaves(), 1);
	assert_int_equal(stat(&mmu.stats.faults_cold), 1);
}

/* An access flag that is missed is set in the tree that misses it, and in no other. */
static void access_of_its_tree(void **state)
{
	run_cold(2);
	run_warm(&v[1]);
	touch(&v[0], IPA, 1);
	touch(&v[1], IPA, 1);
	assert_true(mmu.gmem.client->age(&mmu.gmem, SLOT_GFN, 1, HOST_AGE_CLEAR));
	assert_int_equal(fault_by(&v[0], IPA, MMU_ABORT_ACCESS), 0);
	assert_int_equal(cold_leaf(IPA) & S2_PTE_AF, S2_PTE_AF);
	assert_int_equal(leaf(IPA) & S2_PTE_AF, 0);
	assert_int_equal(fault_by(&v[1], IPA, MMU_ABORT_ACCESS), 0);
	assert_int_equal(leaf(IPA) & S2_PTE_AF, S2_PTE_AF);
	assert_int_equal(stat(&mmu.stats.faults_access), 2);
}

/* Each runs on its own side's root and VMID. */
static void each_its_vmid(void **state)
{
	u64 cold, warm;

	run_cold(2);
	run_warm(&v[1]);
	preempt_disable();
	cold = mmu_load(&mmu, &v[0]);
	warm = mmu_load(&mmu, &v[1]);
	preempt_enable();
	assert_int_equal(cold & GENMASK_ULL(47, 0), mmu.cold_tree.pgd_phys);
	assert_int_equal(warm & GENMASK_ULL(47, 0), mmu.tree.pgd_phys);
	assert_int_not_equal(cold >> 48, warm >> 48);
	v[1].side = MMU_UNCACHED;
	preempt_disable();
	assert_int_equal(mmu_load(&mmu, &v[1]), warm);
	preempt_enable();
	v[1].side = MMU_WARM;
}

/* --- warming up */

/* One that is not the last cold vCPU pays for each page of the cold tree, and leaves them all there; nothing of the warm tree is touched. */
static void not_the_last(void **state)
{
	run_cold(2);
	run_warm(&v[0]);
	touch(&v[0], IPA + MB(4), 2);
	mmu_vcpu_start(&mmu, &v[0]);
	assert_int_equal(mmu_vcpu_enter(&mmu, &v[0]), 0);
	touch(&v[1], IPA, 3);
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[1], ON, 0), 0);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 3 * 4096);
	assert_int_equal(fake_count(F_BREAK), 0);
	assert_int_equal(cold_leaves(), 3);
	assert_int_equal(stat(&mmu.stats.drops), 0);
	assert_int_equal(v[1].side, MMU_WARM);
	books(1, 1, 0);
}

/* The last one takes each leaf away, then tells the TLBs, then pays, then counts, and flushes the warm VMID before it runs there. */
static void the_last(void **state)
{
	u64 epoch;

	run_cold(1);
	touch(&v[0], IPA + MB(2) - 4096, 2);
	epoch = mmu.cold_epoch;
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[0], ON, 0), 0);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 2 * 4096);
	assert_true(fake_find(0, F_BREAK) < fake_find(0, F_TLBI_RANGE));
	assert_true(fake_find(0, F_TLBI_RANGE) < fake_find(0, F_CLEAN_INVAL));
	assert_int_equal(cold_leaves(), 0);
	assert_int_equal(cold_leaf(IPA + MB(2) - 4096) | cold_leaf(IPA + MB(2)), 0);
	assert_int_equal(mmu.cold_epoch, epoch + 1);
	assert_int_equal(mmu.epoch, 0);
	assert_int_equal(stat(&mmu.stats.drops), 1);
	assert_int_equal(stat(&mmu.stats.warm_ups), 1);
	assert_int_equal(stat(&mmu.stats.lines_warm), 2 * 64);
	assert_int_equal(fake_log[fake_nr - 1].kind, F_TLBI_VMID);
	assert_ptr_equal(fake_log[fake_nr - 1].a, &mmu.tree);
	assert_int_equal(v[0].owes, 0);
	books(0, 1, 0);
}

/* A cold tree that is empty is no drop, but faults in flight on it start again all the same. */
static void nothing_to_drop(void **state)
{
	run_cold(1);
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[0], ON, 0), 0);
	assert_int_equal(stat(&mmu.stats.drops), 0);
	assert_int_equal(mmu.cold_epoch, 2);
	books(0, 1, 0);
}

/* A page that a cold vCPU's fault has cleaned before a drop is not installed after it; a warm one's is. */
static void drop_meanwhile(void)
{
	host.hook = NULL;
	mutex_lock(&mmu.sides);
	side_drop(&mmu, &mmu.stats.lines_reset);
	mutex_unlock(&mmu.sides);
}

static void drop_between_clean_and_install(void **state)
{
	run_cold(2);
	run_warm(&v[1]);
	host.hook = drop_meanwhile;
	assert_int_equal(fault_by(&v[0], IPA, 0), 0);
	assert_int_equal(cold_leaf(IPA), 0);
	host.hook = drop_meanwhile;
	assert_int_equal(fault_by(&v[1], IPA, 0), 0);
	assert_int_not_equal(leaf(IPA), 0);
}

/* With interrupts off at most 16 pages are paid, by who is the last and by who is not; with one more nothing at all happens. */
static void at_once(void **state)
{
	unsigned int n;
	u64 lines;

	for (n = 1; n <= 2; n++) {
		mmu.started = false;
		mmu.cold = 0;
		atomic_set(&mmu.warm, 0);
		run_cold(n);
		touch(&v[0], IPA, MMU_FAST_PAGES + 1);
		assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[0], ON, MMU_NOWAIT), -EAGAIN);
		assert_int_equal(fake_nr, 0);
		assert_int_equal(v[0].side, MMU_COLD);
		assert_int_equal(stat(&mmu.stats.warm_ups), n - 1);
		books(n, 0, 0);
		lines = stat(&mmu.stats.lines_warm);
		s2_unmap(&mmu.cold_tree, IPA, 4096, S2_RANGE_SLEEP, &mmu.stats.lines_unmap);
		fake_clear();
		assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[0], ON, MMU_NOWAIT), 0);
		assert_int_equal(fake_bytes(F_CLEAN_INVAL), MMU_FAST_PAGES * 4096);
		assert_int_equal(cold_leaves(), n == 1 ? 0 : MMU_FAST_PAGES);
		assert_int_equal(stat(&mmu.stats.drops), 1);
		assert_int_equal(stat(&mmu.stats.lines_warm), lines + MMU_FAST_PAGES * 64);
		assert_int_equal(stat(&mmu.stats.warm_ups), n);
		assert_int_equal(stat(&mmu.stats.warm_ups_fast), n);
		assert_int_equal(fake_log[fake_nr - 1].kind, F_TLBI_VMID);
		assert_ptr_equal(fake_log[fake_nr - 1].a, &mmu.tree);
		books(n - 1, 1, 0);
		s2_unmap(&mmu.cold_tree, 0, s2_limit(&mmu.cold_tree), S2_RANGE_SLEEP, &mmu.stats.lines_unmap);
	}
}

/* A drop at once counts for faults in flight on the cold tree as one that waits does. */
static void at_once_counts(void **state)
{
	u64 epoch;

	run_cold(1);
	touch(&v[0], IPA, 1);
	epoch = mmu.cold_epoch;
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[0], ON, MMU_NOWAIT), 0);
	assert_int_equal(mmu.cold_epoch, epoch + 1);
	assert_int_equal(mmu.epoch, 0);
}

static void not_at_once(u64 sctlr)
{
	enum mmu_side side = v[0].side;
	unsigned int cold = mmu.cold, owing = mmu.owing;
	int warm = atomic_read(&mmu.warm);

	fake_clear();
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[0], sctlr, MMU_NOWAIT), -EAGAIN);
	assert_int_equal(fake_nr, 0);
	assert_int_equal(v[0].side, side);
	books(cold, warm, owing);
}

/* Whatever takes longer, or has to wait, is not begun with interrupts off, and leaves no trace. */
static void never_at_once(void **state)
{
	run_cold(2);
	not_at_once(M_ONLY);
	mutex_lock(&mmu.sides);
	not_at_once(ON);
	mutex_unlock(&mmu.sides);
	write_lock(&mmu.lock);
	not_at_once(ON);
	write_unlock(&mmu.lock);
	read_lock(&mmu.lock);
	not_at_once(ON);
	read_unlock(&mmu.lock);
	inval_ret = -EAGAIN;
	not_at_once(ON);
	inval_ret = 0;
	/* another's TLBIs do not trap: that takes a kick */
	assert_false(mmu_vcpu_inside(&mmu, &v[1]));
	not_at_once(ON);
	assert_int_equal(kicks, 0);
	mmu_vcpu_outside(&mmu, &v[1]);
	mutex_lock(&mmu.sides);
	side_set_owing(&mmu, &v[0], true);
	mutex_unlock(&mmu.sides);
	not_at_once(ON);
	mutex_lock(&mmu.sides);
	side_set_owing(&mmu, &v[0], false);
	mutex_unlock(&mmu.sides);
	v[0].owes |= MMU_OWES_JOIN;
	not_at_once(ON);
	v[0].owes &= ~MMU_OWES_JOIN;
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[0], ON, MMU_NOWAIT), 0);
	not_at_once(OFF);
	not_at_once(M_ONLY);
}

/* A signal while an invalidation is waited for: nothing has changed, nothing is forgotten. */
static void wait_cut_short(void **state)
{
	run_cold(1);
	touch(&v[0], IPA, 1);
	inval_ret = -EINTR;
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[0], ON, 0), -EINTR);
	assert_int_equal(inval_waits, 1);
	assert_int_equal(fake_nr, 0);
	assert_int_equal(v[0].side, MMU_COLD);
	assert_int_equal(cold_leaves(), 1);
	books(1, 0, 0);
	inval_ret = 0;
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[0], ON, 0), 0);
	assert_int_equal(cold_leaves(), 0);
	/* the same value again is no change */
	fake_clear();
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[0], ON, 0), 0);
	assert_int_equal(fake_nr, 0);
	assert_int_equal(inval_waits, 2);
}

/* --- TLB maintenance of the cold */

/* While nobody is warm TLBIs of the cold do not trap; the first to warm up kicks who is inside without, waits, and flushes the warm VMID. */
static void trapped_tlbi(void **state)
{
	run_cold(3);
	v[0].owes &= ~MMU_OWES_FLUSH;
	assert_false(mmu_vcpu_inside(&mmu, &v[1]));
	assert_false(mmu_vcpu_inside(&mmu, &v[2]));
	assert_int_equal(atomic_read(&mmu.untrapped), 2);
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[0], ON, 0), 0);
	assert_int_equal(kicks, 1);
	assert_int_equal(atomic_read(&mmu.untrapped), 0);
	flushed(&mmu.tree, NULL);
	assert_true(mmu_vcpu_inside(&mmu, &v[1]));
	assert_int_equal(atomic_read(&mmu.untrapped), 0);
	assert_false(mmu_vcpu_inside(&mmu, &v[0]));
	mmu_vcpu_outside(&mmu, &v[1]);
	assert_int_equal(atomic_read(&mmu.untrapped), 0);
	/* the second one need not */
	fake_clear();
	v[1].owes &= ~MMU_OWES_FLUSH;
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[1], ON, 0), 0);
	flushed(NULL, NULL);
	assert_int_equal(kicks, 1);
	/* nobody is warm any more: they do not trap again */
	mmu_vcpu_start(&mmu, &v[0]);
	mmu_vcpu_start(&mmu, &v[1]);
	assert_false(mmu_vcpu_inside(&mmu, &v[2]));
	mmu_vcpu_outside(&mmu, &v[2]);
}

/* A trapped TLBI is done in both VMIDs; with one tree, in its own. */
static void guest_tlbi(void **state)
{
	mmu_guest_tlbi(&mmu);
	flushed(&mmu.tree, NULL);
	run_cold(1);
	mmu_guest_tlbi(&mmu);
	flushed(&mmu.tree, &mmu.cold_tree);
	assert_int_equal(stat(&mmu.stats.tlbi_guest), 2);
}

/* What is trapped follows from policy and side, and from nothing else. */
static void traps(void **state)
{
	static const u32 want[MMU_POLICIES][3] = {
		[MMU_NONE] = { 0, 0, 0 },
		[MMU_UNMAP] = { MMU_TRAP_STAGE1, MMU_TRAP_STAGE1, MMU_TRAP_SCTLR },
		[MMU_CLEAN] = { MMU_TRAP_STAGE1, MMU_TRAP_STAGE1, MMU_TRAP_SCTLR },
		[MMU_TWO_TREE] = { MMU_TRAP_STAGE1, MMU_TRAP_STAGE1, MMU_TRAP_SCTLR },
		[MMU_DC] = { MMU_TRAP_STAGE1 | MMU_MAKE_CACHED, MMU_TRAP_STAGE1, MMU_TRAP_SCTLR },
		[MMU_FWB] = { MMU_MAKE_FWB, MMU_MAKE_FWB, MMU_MAKE_FWB },
	};
	static const u64 sctlr[3] = { OFF, M_ONLY, ON };
	unsigned int p, s;

	hw_features.fwb = true;
	for (p = 0; p < MMU_POLICIES; p++) {
		for (s = 0; s < 3; s++) {
			assert_int_equal(mmu_set_policy(&mmu, p), 0);
			mv.side = mmu_side_of(sctlr[s]);
			assert_int_equal(mmu_vcpu_traps(&mmu, &mv), want[p][s]);
		}
	}
	/* C = 1 without M is cold, and other bits say nothing */
	assert_int_equal(mmu_side_of(MMU_SCTLR_C), MMU_COLD);
	assert_int_equal(mmu_side_of(~0ULL ^ ON), MMU_COLD);
	assert_int_equal(mmu_side_of(~0ULL), MMU_WARM);
	assert_int_equal(mmu_set_policy(&mmu, MMU_UNMAP), 0);
}

/* --- reset */

/* Each vCPU that is initialised again drops what it finds in the cold tree, before it runs and not earlier, and keeps the warm one. */
static void reset_drops(void **state)
{
	unsigned int i;

	run_cold(2);
	run_warm(&v[0]);
	touch(&v[0], IPA + MB(2), 1);
	for (i = 0; i < 2; i++) {
		touch(&v[1], IPA, 1);
		mmu_vcpu_reset(&mmu, &v[0]);
		assert_int_equal(fake_nr, 0);
		assert_int_equal(cold_leaves(), 1);
		assert_int_equal(mmu_vcpu_enter(&mmu, &v[0]), 0);
		assert_int_equal(cold_leaves(), 0);
		assert_int_equal(fake_bytes(F_CLEAN_INVAL), 4096);
		assert_int_equal(fake_count(F_ICACHE), 1);
		assert_int_not_equal(leaf(IPA + MB(2)), 0);
		assert_int_equal(stat(&mmu.stats.lines_reset), (i + 1) * 64);
		assert_int_equal(stat(&mmu.stats.resets), i + 1);
		/* it was cold and counted the second time: counted once */
		books(2, 0, 0);
		/* paid is paid */
		fake_clear();
		assert_int_equal(mmu_vcpu_enter(&mmu, &v[0]), 0);
		assert_int_equal(fake_nr, 0);
	}
}

/* A vCPU's first life drops what others have mapped cold, too, but is no reset. */
static void first_life(void **state)
{
	run_cold(1);
	touch(&v[0], IPA, 1);
	mmu_vcpu_reset(&mmu, &v[1]);
	assert_int_equal(mmu_vcpu_enter(&mmu, &v[1]), 0);
	assert_int_equal(cold_leaves(), 0);
	assert_int_equal(stat(&mmu.stats.resets), 0);
	assert_true(v[1].has_run);
	books(2, 0, 0);
}

/* Where IDC is 0 a reset takes execute permission from the warm tree, and faults that have paid for a fetch pay again; where DIC is 1 the instruction caches stay. */
static void reset_exec(void **state)
{
	run_cold(1);
	run_warm(&v[0]);
	hw_features.idc = false;
	hw_features.dic = true;
	assert_int_equal(fault_by(&v[0], IPA, MMU_ABORT_EXEC), 0);
	assert_int_equal(leaf(IPA) & S2_PTE_XN, 0);
	fake_clear();
	mmu_vcpu_reset(&mmu, &v[0]);
	assert_int_equal(mmu_vcpu_enter(&mmu, &v[0]), 0);
	assert_int_equal(leaf(IPA), 0);
	assert_int_equal(mmu.epoch, 1);
	assert_int_equal(fake_count(F_ICACHE), 0);
	run_warm(&v[0]);
	assert_int_equal(fault_by(&v[0], IPA, 0), 0);
	assert_int_equal(leaf(IPA) & S2_PTE_XN, S2_PTE_XN);
}

/* A debt of everything is paid at the reset of who has it, from the warm tree, and is gone then. */
static void reset_owing(void **state)
{
	run_cold(1);
	run_warm(&v[0]);
	touch(&v[0], IPA, 3);
	mmu_vcpu_strayed(&mmu, &v[0]);
	books(0, 1, 1);
	mmu_vcpu_reset(&mmu, &v[0]);
	assert_int_equal(mmu_vcpu_enter(&mmu, &v[0]), 0);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 3 * 4096);
	assert_int_equal(stat(&mmu.stats.lines_reset), 3 * 64);
	assert_int_equal(mmu.epoch, 1);
	assert_int_not_equal(leaf(IPA), 0);
	books(1, 0, 0);
}

/* Out of reset by CPU_ON: cold and counted, nothing dropped, and the warm VMID is flushed before its stage 1 counts there. */
static void cpu_on(void **state)
{
	run_cold(2);
	run_warm(&v[0]);
	touch(&v[1], IPA, 1);
	mmu_vcpu_start(&mmu, &v[0]);
	assert_int_equal(v[0].side, MMU_COLD);
	books(1, 0, 0);
	assert_int_equal(mmu_vcpu_enter(&mmu, &v[0]), 0);
	books(2, 0, 0);
	assert_int_equal(fake_nr, 0);
	assert_int_equal(cold_leaves(), 1);
	/* not the first to be warm: the flush is the reset's */
	run_warm(&v[1]);
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[0], ON, 0), 0);
	assert_int_equal(flushes_of(&mmu.tree), 1);
	books(0, 2, 0);
}

/* One that changes sides and never runs is counted once, and counted out, however often it is initialised. */
static void counted_once(void **state)
{
	run_cold(1);
	mmu_vcpu_reset(&mmu, &v[1]);
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[1], ON, MMU_SEEN), 0);
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[1], 0, MMU_SEEN), 0);
	assert_int_equal(mmu.cold, 2);
	mmu_vcpu_reset(&mmu, &v[1]);
	assert_int_equal(mmu_vcpu_enter(&mmu, &v[1]), 0);
	assert_int_equal(mmu.cold, 2);
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[1], ON, 0), 0);
	assert_int_equal(mmu.cold, 1);
}

/* One that was started and never ran owes nothing to the cold tree: it is not counted out of what it was not in. */
static void never_joined(void **state)
{
	run_cold(1);
	touch(&v[0], IPA, 1);
	v[1].owes = MMU_OWES_JOIN;
	v[1].has_run = true;
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[1], ON, 0), 0);
	assert_int_equal(cold_leaves(), 1);
	assert_int_equal(fake_count(F_CLEAN_INVAL), 0);
	assert_int_equal(v[1].owes & MMU_OWES_JOIN, 0);
	books(1, 1, 0);
}

/* --- caches off with the MMU on, and off again */

/* M = 1 without C: all that the warm tree maps is paid on the way in and on the way out, and it owes all that time. */
static void uncached(void **state)
{
	run_cold(2);
	run_warm(&v[1]);
	touch(&v[1], IPA + MB(2), 3);
	touch(&v[0], IPA, 1);
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[0], M_ONLY, 0), 0);
	/* the cold page, too: it was the last cold one */
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 4 * 4096);
	assert_int_equal(cold_leaves(), 0);
	assert_int_equal(flushes_of(&mmu.tree), 1);
	assert_int_equal(mmu.epoch, 1);
	books(0, 2, 1);
	fake_clear();
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[0], ON, 0), 0);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 3 * 4096);
	assert_int_equal(mmu.epoch, 2);
	assert_int_equal(stat(&mmu.stats.warm_ups), 2);
	books(0, 2, 0);
	/* off again, known in time: nothing was written past the caches yet, all may be from now on */
	fake_clear();
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[0], M_ONLY, 0), 0);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 3 * 4096);
	assert_int_equal(stat(&mmu.stats.cool_downs), 1);
	books(0, 2, 1);
	/* and from there to cold: it stays in debt */
	fake_clear();
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[0], OFF, 0), 0);
	assert_int_equal(fake_count(F_CLEAN_INVAL), 0);
	books(1, 1, 1);
}

/* Off by a trap: cold again, and no debt but the cold tree's. */
static void off_trapped(void **state)
{
	run_cold(1);
	run_warm(&v[0]);
	touch(&v[0], IPA, 3);
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[0], OFF, 0), 0);
	assert_int_equal(fake_count(F_CLEAN_INVAL), 0);
	assert_int_equal(all_dirty, 0);
	assert_int_equal(stat(&mmu.stats.cool_downs), 1);
	books(1, 0, 0);
	touch(&v[0], IPA + MB(2), 1);
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[0], ON, MMU_NOWAIT), 0);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 4096);
	books(0, 1, 0);
}

/* Off, seen later: it owes all that the warm tree maps, all that is logged is dirty, and its return pays both trees. */
static void off_seen(void **state)
{
	run_cold(1);
	run_warm(&v[0]);
	touch(&v[0], IPA, 3);
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[0], OFF, MMU_SEEN), 0);
	assert_int_equal(all_dirty, 1);
	assert_int_equal(fake_count(F_CLEAN_INVAL), 0);
	books(1, 0, 1);
	/* to say so again changes nothing */
	mmu_vcpu_strayed(&mmu, &v[0]);
	assert_int_equal(all_dirty, 1);
	books(1, 0, 1);
	touch(&v[0], IPA + MB(2), 1);
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[0], ON, MMU_NOWAIT), -EAGAIN);
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &v[0], ON, 0), 0);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 4 * 4096);
	assert_int_equal(cold_leaves(), 0);
	books(0, 1, 0);
}

/* Where nothing is tracked nothing is counted, paid or said to be dirty; the side alone is known. */
static void untracked(void **state)
{
	assert_int_equal(mmu_set_policy(&mmu, MMU_NONE), 0);
	mv = (struct mmu_vcpu) { .side = MMU_WARM };
	touch(&mv, IPA, 1);
	mmu_vcpu_strayed(&mmu, &mv);
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &mv, OFF, MMU_SEEN), 0);
	assert_int_equal(mv.side, MMU_COLD);
	assert_int_equal(all_dirty, 0);
	assert_int_equal(fake_nr, 0);
	books(0, 0, 0);
}

/* --- one tree */

/* With one tree all that is mapped is paid when caches come on, and when they go off if that is known in time. */
static void one_tree(void **state)
{
	mv = (struct mmu_vcpu) { 0 };
	mmu_vcpu_reset(&mmu, &mv);
	assert_int_equal(mmu_vcpu_enter(&mmu, &mv), 0);
	flushed(&mmu.tree, NULL);
	books(1, 0, 1);
	touch(&mv, IPA, 3);
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &mv, ON, MMU_NOWAIT), -EAGAIN);
	/* cut short it is as cold as before, and in debt */
	shim_kill(1);
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &mv, ON, 0), -EINTR);
	shim_kill(0);
	assert_int_equal(mv.side, MMU_COLD);
	books(1, 0, 1);
	fake_clear();
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &mv, ON, 0), 0);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 3 * 4096);
	assert_int_equal(inval_waits, 0);
	books(1, 0, 0);
	fake_clear();
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &mv, M_ONLY, 0), 0);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 3 * 4096);
	books(1, 0, 1);
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &mv, ON, 0), 0);
	fake_clear();
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &mv, OFF, MMU_SEEN), 0);
	assert_int_equal(fake_count(F_CLEAN_INVAL), 0);
	assert_int_equal(all_dirty, 1);
	books(1, 0, 1);
}

/* With HCR_EL2.DC each way over M flushes the VMID, M = 1 without C pays all, and a reset flushes. */
static void dc(void **state)
{
	assert_int_equal(mmu_set_policy(&mmu, MMU_DC), 0);
	mv = (struct mmu_vcpu) { 0 };
	mmu_vcpu_reset(&mmu, &mv);
	assert_int_equal(mmu_vcpu_enter(&mmu, &mv), 0);
	touch(&mv, IPA, 3);
	books(1, 0, 0);
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &mv, ON, 0), 0);
	flushed(&mmu.tree, NULL);
	assert_int_equal(fake_count(F_CLEAN_INVAL), 0);
	fake_clear();
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &mv, M_ONLY, 0), 0);
	flushed(NULL, NULL);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 3 * 4096);
	books(1, 0, 1);
	fake_clear();
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &mv, ON, 0), 0);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 3 * 4096);
	books(1, 0, 0);
	fake_clear();
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &mv, OFF, 0), 0);
	flushed(&mmu.tree, NULL);
	assert_int_equal(fake_count(F_CLEAN_INVAL), 0);
	books(1, 0, 0);
	fake_clear();
	mmu_vcpu_reset(&mmu, &mv);
	assert_int_equal(mmu_vcpu_enter(&mmu, &mv), 0);
	/* the reset's, and the one before it runs */
	flushed(&mmu.tree, &mmu.tree);
	assert_int_equal(fake_count(F_CLEAN_INVAL), 0);
}

/* Policy clean: a reset pays for all that is mapped and keeps it. */
static void clean(void **state)
{
	assert_int_equal(mmu_set_policy(&mmu, MMU_CLEAN), 0);
	touch(&mv, IPA, 3);
	reset_vcpu();
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 3 * 4096);
	assert_int_equal(stat(&mmu.stats.lines_reset), 3 * 64);
	assert_int_equal(mmu.epoch, 1);
	assert_int_not_equal(leaf(IPA), 0);
}

/* --- what the host and the VMM do to both trees */

static void both_mapped(void)
{
	run_cold(2);
	run_warm(&v[1]);
	touch(&v[1], IPA, 2);
	touch(&v[0], IPA, 2);
}

/* The notifier takes the page from both trees, the warm one first, each paid by itself; the next page stays in both. */
static void unmap_both(void **state)
{
	both_mapped();
	mmu.gmem.client->unmap(&mmu.gmem, SLOT_GFN, 1, true);
	assert_ops(F_BREAK, F_TLBI_IPA, F_CLEAN_INVAL, F_BREAK, F_TLBI_IPA, F_CLEAN_INVAL);
	assert_int_equal(leaf(IPA) | cold_leaf(IPA), 0);
	assert_int_not_equal(leaf(IPA + 4096), 0);
	assert_int_not_equal(cold_leaf(IPA + 4096), 0);
	assert_int_equal(stat(&mmu.stats.lines_unmap), 2 * 64);
}

/* At the VM's end the cold tree is paid for, the warm one only where somebody owes. */
static void destroyed(void **state)
{
	unsigned int owing;

	for (owing = 0; owing < 2; owing++) {
		both_mapped();
		if (owing)
			mmu_vcpu_strayed(&mmu, &v[1]);
		mmu_destroy(&mmu);
		assert_int_equal(fake_bytes(F_CLEAN_INVAL), (owing ? 4 : 2) * 4096);
		memset(&mmu, 0, sizeof(mmu));
		assert_int_equal(mmu_init(&mmu, 40), 0);
	}
}

/* The log goes on: write permission goes from both trees, told to the TLBs, then the cold pages are paid, and the warm ones where somebody owes. */
static void log_on(void **state)
{
	unsigned int owing;

	for (owing = 0; owing < 2; owing++) {
		both_mapped();
		if (owing)
			mmu_vcpu_strayed(&mmu, &v[1]);
		mmu.gmem.client->write_protect(&mmu.gmem, SLOT_GFN, 2);
		assert_int_equal((leaf(IPA) | leaf(IPA + 4096)) & S2_PTE_W, 0);
		assert_int_equal((cold_leaf(IPA) | cold_leaf(IPA + 4096)) & S2_PTE_W, 0);
		assert_int_equal(fake_count(F_TLBI_RANGE), 2);
		assert_int_equal(fake_bytes(F_CLEAN_INVAL), (owing ? 4 : 2) * 4096);
		assert_true(fake_find(fake_find(0, F_TLBI_RANGE) + 1, F_TLBI_RANGE) <
			    fake_find(0, F_CLEAN_INVAL));
		mmu_destroy(&mmu);
		memset(&mmu, 0, sizeof(mmu));
		assert_int_equal(mmu_init(&mmu, 40), 0);
	}
}

/* A harvest takes write permission of what it names in both trees, flushes both VMIDs, and then pays page by page. */
static void harvest_both(void **state)
{
	both_mapped();
	mmu.gmem.client->write_protect_masked(&mmu.gmem, SLOT_GFN, 2);
	assert_int_equal(leaf(IPA + 4096) & S2_PTE_W, 0);
	assert_int_equal(cold_leaf(IPA + 4096) & S2_PTE_W, 0);
	assert_int_not_equal(leaf(IPA) & S2_PTE_W, 0);
	assert_int_not_equal(cold_leaf(IPA) & S2_PTE_W, 0);
	fake_clear();
	assert_true(mmu.gmem.client->flush(&mmu.gmem));
	flushed(&mmu.tree, &mmu.cold_tree);
	fake_clear();
	mmu.gmem.client->settle(&mmu.gmem, SLOT_GFN, 2);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 4096);
	assert_int_equal(fake_log[0].a, SLOT_PHYS + 4096);
	assert_int_equal(fake_log[fake_nr - 1].kind, F_DSB);
	mmu_vcpu_strayed(&mmu, &v[1]);
	fake_clear();
	mmu.gmem.client->settle(&mmu.gmem, SLOT_GFN, 3);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 4 * 4096);
	assert_int_equal(stat(&mmu.stats.lines_dirty), 5 * 64);
}

/* Of a range of one page that page is paid; of a block, the pages that are named and not the first ones. */
static void parts(void **state)
{
	run_cold(2);
	run_warm(&v[1]);
	host.shift = 21;
	assert_int_equal(fault_by(&v[1], IPA, MMU_ABORT_WRITE), 0);
	touch(&v[0], IPA + MB(2), 1);
	mmu.gmem.client->write_protect(&mmu.gmem, SLOT_GFN + 512, 1);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 4096);
	mmu_vcpu_strayed(&mmu, &v[1]);
	fake_clear();
	mmu.gmem.client->settle(&mmu.gmem, SLOT_GFN + 64, 1UL << 63 | 1UL << 5);
	assert_int_equal(fake_count(F_CLEAN_INVAL), 2);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 2 * 4096);
	assert_int_equal(fake_log[0].a, SLOT_PHYS + (64 + 5) * 4096ULL);
	assert_int_equal(fake_log[1].a, SLOT_PHYS + (64 + 63) * 4096ULL);
}

/* Before it writes past the caches a vCPU has said so, with a full barrier behind it. */
static void says_so_first(void **state)
{
	unsigned long before;

	run_cold(1);
	before = shim_barriers[SHIM_MB];
	mutex_lock(&mmu.sides);
	side_set_owing(&mmu, &v[0], true);
	mutex_unlock(&mmu.sides);
	assert_int_equal(shim_barriers[SHIM_MB], before + 1);
	/* so has one that goes in with TLBIs that do not trap, before it asks whether they must */
	assert_false(mmu_vcpu_inside(&mmu, &v[0]));
	assert_int_equal(shim_barriers[SHIM_MB], before + 2);
	mmu_vcpu_outside(&mmu, &v[0]);
	assert_int_equal(shim_barriers[SHIM_MB], before + 3);
}

/* Nobody writes past the caches, or has: nothing is owed for the log, and only the warm VMID is flushed. */
static void harvest_warm(void **state)
{
	run_cold(1);
	run_warm(&v[0]);
	touch(&v[0], IPA, 1);
	assert_false(mmu.gmem.client->flush(&mmu.gmem));
	flushed(&mmu.tree, NULL);
	fake_clear();
	mmu.gmem.client->write_protect(&mmu.gmem, SLOT_GFN, 1);
	assert_int_equal(fake_count(F_CLEAN_INVAL), 0);
	mmu_vcpu_strayed(&mmu, &v[0]);
	assert_true(mmu.gmem.client->flush(&mmu.gmem));
}

/* Young is who was used in either tree, and clearing clears both. */
static void age_both(void **state)
{
	both_mapped();
	assert_true(mmu.gmem.client->age(&mmu.gmem, SLOT_GFN, 1, HOST_AGE_CLEAR));
	assert_int_equal((leaf(IPA) | cold_leaf(IPA)) & S2_PTE_AF, 0);
	assert_false(mmu.gmem.client->age(&mmu.gmem, SLOT_GFN, 1, HOST_AGE_TEST));
	read_lock(&mmu.lock);
	s2_set_access(&mmu.cold_tree, IPA);
	read_unlock(&mmu.lock);
	assert_true(mmu.gmem.client->age(&mmu.gmem, SLOT_GFN, 1, HOST_AGE_TEST));
	assert_true(mmu.gmem.client->age(&mmu.gmem, SLOT_GFN, 1, HOST_AGE_CLEAR));
	assert_int_equal(cold_leaf(IPA) & S2_PTE_AF, 0);
	assert_false(mmu.gmem.client->age(&mmu.gmem, SLOT_GFN, 1, HOST_AGE_CLEAR));
}

/* Set/way pays for what the warm tree maps, once for each that asks, and makes faults in flight pay again; a walk that was cut short stands for nobody. */
static void set_way(void **state)
{
	both_mapped();
	assert_int_equal(mmu_set_way(&mmu), 0);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 2 * 4096);
	assert_int_equal(stat(&mmu.stats.lines_setway), 2 * 64);
	assert_int_equal(mmu.epoch, 1);
	assert_int_equal(mmu_set_way(&mmu), 0);
	assert_int_equal(stat(&mmu.stats.set_way_walks), 2);
	assert_false(mmu.setway_broken);
	shim_kill(2);
	assert_int_equal(mmu_set_way(&mmu), -EINTR);
	assert_true(mmu.setway_broken);
	shim_kill(0);
	assert_int_equal(mmu_set_way(&mmu), 0);
	assert_false(mmu.setway_broken);
}

static void another_walks(void)
{
	assert_int_equal(mmu_set_way(&mmu), 0);
}

static void another_is_killed(void)
{
	shim_kill(1);
	assert_int_equal(mmu_set_way(&mmu), -EINTR);
	shim_kill(0);
}

/* A walk that another begins while we wait stands for ours, unless it was cut short. */
static void set_way_shared(void **state)
{
	both_mapped();
	lock_hook = another_walks;
	assert_int_equal(mmu_set_way(&mmu), 0);
	assert_int_equal(stat(&mmu.stats.set_way_walks), 1);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 2 * 4096);
	lock_hook = another_is_killed;
	assert_int_equal(mmu_set_way(&mmu), 0);
	assert_int_equal(stat(&mmu.stats.set_way_walks), 3);
	assert_false(mmu.setway_broken);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_its_tree), T(access_of_its_tree),
		T(each_its_vmid), T(not_the_last), T(the_last), T(nothing_to_drop),
		T(drop_between_clean_and_install), T(at_once), T(at_once_counts), T(never_at_once),
		T(wait_cut_short), T(trapped_tlbi), T(guest_tlbi), T(traps), T(reset_drops),
		T(first_life), T(reset_exec), T(reset_owing), T(cpu_on), T(never_joined), T(counted_once),
		T(uncached), T(off_trapped), T(off_seen), T(untracked), T(one_tree), T(dc),
		T(clean), T(unmap_both), T(destroyed), T(log_on), T(harvest_both), T(parts),
		T(says_so_first),
		T(harvest_warm), T(age_both), T(set_way), T(set_way_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

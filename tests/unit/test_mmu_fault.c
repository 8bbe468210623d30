// SPDX-License-Identifier: GPL-2.0
/*
 * Faults, and what memory owes before it is mapped.
 */
#include "test_mmu_guest_fake.h"
#include "each_alloc.h"

/* A read of new memory: cleaned to the PoC, completed, and only then installed. */
static void clean_before_install(void **state)
{
	int clean, dsb, make;

	assert_int_equal(fault(IPA + 0x3456, 0), 0);
	clean = fake_find(0, F_CLEAN_INVAL);
	dsb = fake_find(clean, F_DSB);
	make = fake_find(0, F_MAKE);
	assert_true(clean >= 0 && dsb > clean && make > dsb);
	assert_int_equal(fake_log[clean].a, SLOT_PHYS + 0x3000);
	assert_int_equal(fake_log[clean].b, 4096);
	assert_int_equal(fake_translate(&mmu.tree, IPA + 0x3000), SLOT_PHYS + 0x3000);
	assert_int_equal(atomic64_read(&mmu.stats.lines_map), 64);
	assert_int_equal(fake_count(F_TLBI_IPA) + fake_count(F_TLBI_RANGE), 0);
}

/* What a read maps is writable at once where that costs no report; XN until it is fetched from. */
static void read_maps_writable(void **state)
{
	assert_int_equal(fault(IPA, 0), 0);
	assert_true(leaf(IPA) & S2_PTE_W);
	assert_true(leaf(IPA) & S2_PTE_XN);
	assert_int_equal(host.put_flags, HOST_PUT_ACCESSED | HOST_PUT_DIRTY);
	assert_int_equal(dirty_marks, 0);
}

/* A page the host shares is mapped read-only; a write gets it writable, by relaxing, uncleaned. */
static void shared_page(void **state)
{
	host.readonly = true;
	assert_int_equal(fault(IPA, 0), 0);
	assert_false(leaf(IPA) & S2_PTE_W);
	assert_int_equal(host.put_flags, HOST_PUT_ACCESSED);
	assert_int_equal(fault(IPA, MMU_ABORT_WRITE | MMU_ABORT_PERM), 0);
	assert_true(host.get_flags & HOST_GET_WRITE);
	assert_true(leaf(IPA) & S2_PTE_W);
	assert_ops(F_CHANGE, F_TLBI_IPA);
}

/* No slot, or a write to a read-only one, is not memory; reads of that one are. */
static void mmio(void **state)
{
	assert_int_equal(fault(0, 0), MMU_FAULT_MMIO);
	assert_int_equal(fault(IPA + GB(1), MMU_ABORT_WRITE), MMU_FAULT_MMIO);
	assert_int_equal(fault(BIT_ULL(40), 0), MMU_FAULT_MMIO);
	assert_int_equal(fault(~0ULL, 0), MMU_FAULT_MMIO);
	slot.flags = KVM_MEM_READONLY;
	assert_int_equal(fault(IPA, MMU_ABORT_WRITE), MMU_FAULT_MMIO);
	assert_int_equal(host.gets, 0);
	assert_int_equal(fault(IPA, 0), 0);
	assert_false(leaf(IPA) & S2_PTE_W);
	assert_int_equal(fault(IPA, MMU_ABORT_WRITE | MMU_ABORT_PERM), MMU_FAULT_MMIO);
	assert_true(mmu_is_memory(&mmu, IPA) && mmu_is_memory(&mmu, IPA + 0xfff));
	assert_false(mmu_is_memory(&mmu, IPA - 1) || mmu_is_memory(&mmu, 0) || mmu_is_memory(&mmu, ~0ULL));
}

/* Cache maintenance by the guest: a clean needs the page, not write permission; an invalidate does. */
static void guest_maintenance(void **state)
{
	host.readonly = true;
	assert_int_equal(fault(IPA, MMU_ABORT_CMO | MMU_ABORT_WRITE), 0);
	assert_false(host.get_flags & HOST_GET_WRITE);
	/* whether or not the syndrome calls it a write: to map it read-only again would be for ever */
	assert_int_equal(fault(IPA, MMU_ABORT_CMO | MMU_ABORT_PERM), 0);
	assert_true(leaf(IPA) & S2_PTE_W);
	assert_int_equal(fault(IPA + 0x1000, MMU_ABORT_CMO), 0);
	assert_int_equal(fault(IPA + 0x1000, MMU_ABORT_CMO | MMU_ABORT_WRITE | MMU_ABORT_PERM), 0);
	assert_true(leaf(IPA + 0x1000) & S2_PTE_W);
	slot.flags = KVM_MEM_READONLY;
	assert_int_equal(fault(IPA + 0x2000, MMU_ABORT_CMO), 0);
	assert_int_equal(fault(IPA + 0x2000, MMU_ABORT_CMO | MMU_ABORT_PERM), MMU_FAULT_MMIO);
	assert_int_equal(fault(0, MMU_ABORT_CMO | MMU_ABORT_WRITE), MMU_FAULT_MMIO);
}

/* An access flag fault sets the flag and looks up nothing. */
static void access_fault(void **state)
{
	unsigned int gets;

	fault(IPA, 0);
	gets = host.gets;
	mmu.gmem.client->age(&mmu.gmem, SLOT_GFN, 1, HOST_AGE_CLEAR_FLUSH);
	assert_false(leaf(IPA) & S2_PTE_AF);
	assert_int_equal(fault(IPA, MMU_ABORT_ACCESS), 0);
	assert_true(leaf(IPA) & S2_PTE_AF);
	assert_int_equal(host.gets, gets);
	assert_int_equal(fault(IPA + MB(2), MMU_ABORT_ACCESS), 0);
}

/* What the host says of an address it cannot give reaches the caller with the address. */
static void host_errors(void **state)
{
	static const int errors[] = { -EHWPOISON, -EFAULT, -EINTR, -ENOMEM };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		host.ret = errors[i];
		assert_int_equal(fault(IPA + 0x5000, 0), errors[i]);
		assert_int_equal(bad_hva, SLOT_HVA + 0x5000);
	}
	host.ret = -EAGAIN;
	assert_int_equal(fault(IPA, 0), 0);
	host.ret = 0;
	look_ret = -EINTR;
	assert_int_equal(fault(IPA, 0), -EINTR);
	look_ret = 0;
	assert_int_equal(leaf(IPA), 0);
}

static int fault_or_nothing(void)
{
	int ret = fault(IPA, 0);

	assert_int_equal(host.held, 0);
	if (ret)
		assert_int_equal(leaf(IPA), 0);
	return ret;
}

/* No memory for a table, at any point: -ENOMEM, nothing mapped, nothing held. */
static void no_table_memory(void **state)
{
	assert_int_equal(each_alloc(fault_or_nothing(), -ENOMEM), 2);
}

static unsigned int inval_order;

/* An invalidation touches a block of this size around the address. */
static void begin_inval(void)
{
	look->lost = inval_order;
	host.hook = NULL;
}

/* An invalidation that begins after the look-up: nothing is installed, the guest tries again. */
static void invalidated_meanwhile(void **state)
{
	inval_order = 12;
	host.hook = begin_inval;
	assert_int_equal(fault(IPA, 0), 0);
	assert_int_equal(leaf(IPA), 0);
	assert_int_equal(atomic64_read(&mmu.stats.retries), 1);
	assert_int_equal(fault(IPA, 0), 0);
	assert_int_not_equal(leaf(IPA), 0);
	/* the page beside it: no reason to start again */
	inval_order = 13;
	host.hook = begin_inval;
	assert_int_equal(fault(IPA + MB(4), 0), 0);
	assert_int_not_equal(leaf(IPA + MB(4)), 0);
	assert_int_equal(atomic64_read(&mmu.stats.retries), 1);
	/* another part of the block, before its size is known: a page will do */
	host.shift = 21;
	inval_order = 20;
	host.hook = begin_inval;
	assert_int_equal(fault(IPA + MB(6), 0), 0);
	assert_int_equal(level_of(IPA + MB(6)), 3);
	/* and when it has been cleaned already: all again */
	claim_hook = begin_inval;
	assert_int_equal(fault(IPA + MB(8), 0), 0);
	assert_int_equal(leaf(IPA + MB(8)), 0);
	assert_int_equal(atomic64_read(&mmu.stats.retries), 2);
	claim_hook = NULL;
	assert_int_equal(fault(IPA + MB(8), 0), 0);
	assert_int_equal(level_of(IPA + MB(8)), 2);
}

/* While another fault prepares the block this one neither cleans nor installs, but waits for all of it. */
static void another_is_at_it(void **state)
{
	host.shift = 21;
	claim_taken = true;
	assert_int_equal(fault(IPA + 0x5000, 0), 0);
	assert_int_equal(waited_shift, 21);
	assert_int_equal(fake_count(F_CLEAN_INVAL), 0);
	assert_int_equal(leaf(IPA), 0);
	assert_int_equal(atomic64_read(&mmu.stats.faults_waited), 1);
	wait_ret = -EINTR;
	assert_int_equal(fault(IPA + 0x5000, 0), -EINTR);
	/* memory that owes nothing is nobody's to prepare */
	claims = 0;
	host.flags = HOST_PAGE_DEVICE;
	assert_int_equal(fault(IPA + MB(2), 0), 0);
	assert_int_equal(level_of(IPA + MB(2)), 2);
	assert_int_equal(claims, 0);
}

/* What another fault maps between our look and our claim. */
static u64 other_attr;

static void other_installs(void)
{
	struct s2_pages pages = { .tree = &mmu.tree };
	struct s2_mapping m = {
		.ipa = IPA, .phys = SLOT_PHYS, .level = 3, .attr = other_attr,
	};

	claim_hook = NULL;
	assert_int_equal(s2_pages_fill(&pages, 2), 0);
	read_lock(&mmu.lock);
	assert_int_equal(s2_map(&mmu.tree, &m, &pages), S2_MAPPED);
	read_unlock(&mmu.lock);
	s2_pages_empty(&pages);
	fake_clear();
}

/* Who gets the claim after another has cleaned and installed cleans nothing again, and adds what it needs. */
static void another_was_faster(void **state)
{
	other_attr = s2_leaf_attr(&mmu.tree, S2_NORMAL, S2_PTE_R, false);
	claim_hook = other_installs;
	assert_int_equal(fault(IPA, MMU_ABORT_WRITE), 0);
	assert_int_equal(fake_count(F_CLEAN_INVAL), 0);
	assert_true(leaf(IPA) & S2_PTE_W);
	/* mapped by page where this one wants a block: out of the way, cleaned, and the block installed */
	mmu.gmem.client->unmap(&mmu.gmem, 0, mmu.gmem.max_gfn, true);
	host.shift = 21;
	claim_hook = other_installs;
	assert_int_equal(fault(IPA, 0), 0);
	assert_int_equal(level_of(IPA), 2);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), MB(2) + 4096);
}

/* A fetch from what another has made executable meanwhile costs no maintenance; otherwise its own alone. */
static void another_fetched(void **state)
{
	hw_features.idc = false;
	hw_features.dic = false;
	other_attr = s2_leaf_attr(&mmu.tree, S2_NORMAL, S2_PTE_R, true);
	claim_hook = other_installs;
	assert_int_equal(fault(IPA, MMU_ABORT_EXEC), 0);
	assert_int_equal(fake_count(F_CLEAN_INVAL) + fake_count(F_CLEAN_POU) + fake_count(F_ICACHE), 0);
	mmu.gmem.client->unmap(&mmu.gmem, 0, mmu.gmem.max_gfn, true);
	other_attr = s2_leaf_attr(&mmu.tree, S2_NORMAL, S2_PTE_R, false);
	claim_hook = other_installs;
	assert_int_equal(fault(IPA, MMU_ABORT_EXEC), 0);
	assert_int_equal(fake_count(F_CLEAN_POU), 1);
	assert_int_equal(fake_count(F_ICACHE), 1);
	assert_false(leaf(IPA) & S2_PTE_XN);
}

static void unmap_meanwhile(void)
{
	claim_hook = NULL;
	s2_unmap(&mmu.tree, IPA, MB(2), 0, &mmu.stats.lines_unmap);
	fake_clear();
}

/* A permission fault on what is gone by then cleans nothing and installs nothing. */
static void gone_meanwhile(void **state)
{
	hw_features.idc = false;
	assert_int_equal(fault(IPA, 0), 0);
	claim_hook = unmap_meanwhile;
	assert_int_equal(fault(IPA, MMU_ABORT_EXEC | MMU_ABORT_PERM), 0);
	assert_int_equal(fake_count(F_CLEAN_INVAL) + fake_count(F_CLEAN_POU), 0);
	assert_int_equal(leaf(IPA), 0);
}

static void reset_meanwhile(void)
{
	host.hook = NULL;
	reset_vcpu();
}

static bool reset_when_cleaned;

static void hook_reset(enum fake_kind kind)
{
	if (kind != F_DSB || !reset_when_cleaned)
		return;
	reset_when_cleaned = false;
	reset_vcpu();
}

/* A page cleaned before a reset is not installed after it: the VMM wrote in between. */
static void reset_between_clean_and_install(void **state)
{
	host.hook = reset_meanwhile;
	assert_int_equal(fault(IPA, 0), 0);
	assert_int_equal(leaf(IPA), 0);

	reset_when_cleaned = true;
	fake_hook = hook_reset;
	assert_int_equal(fault(IPA, 0), 0);
	fake_hook = NULL;
	assert_false(reset_when_cleaned);
	assert_int_equal(leaf(IPA), 0);
	assert_int_equal(fault(IPA, 0), 0);
	assert_int_not_equal(leaf(IPA), 0);
}

/* A fetch: mapped executable only after what idc and dic ask for, in that order. */
static void exec_maintenance(void **state)
{
	unsigned int idc, dic;
	u64 ipa = IPA;

	for (idc = 0; idc < 2; idc++) {
		for (dic = 0; dic < 2; dic++, ipa += 4096) {
			hw_features.idc = idc;
			hw_features.dic = dic;
			/* first as data, then fetched from */
			assert_int_equal(fault(ipa, MMU_ABORT_WRITE), 0);
			assert_int_equal(fake_count(F_CLEAN_INVAL), 1);
			assert_int_equal(!(leaf(ipa) & S2_PTE_XN), idc && dic);
			assert_int_equal(fault(ipa, MMU_ABORT_EXEC | MMU_ABORT_PERM), 0);
			assert_int_equal(fake_count(F_CLEAN_INVAL), 0);
			assert_int_equal(fake_count(F_CLEAN_POU), !idc);
			assert_int_equal(fake_count(F_ICACHE), !dic);
			assert_false(leaf(ipa) & S2_PTE_XN);
			assert_true(leaf(ipa) & S2_PTE_W);
			if (!idc && !dic) {
				assert_ops(F_CLEAN_POU, F_ICACHE, F_CHANGE, F_TLBI_IPA);
				assert_int_equal(fake_log[1].kind, F_DSB);
				assert_int_equal(fake_log[3].kind, F_DSB);
			}
		}
	}
}

/* A fetch from new memory: the clean to the PoC does for the PoU, then the I-cache goes. */
static void exec_first_map(void **state)
{
	int clean, icache, i;

	hw_features.idc = false;
	assert_int_equal(fault(IPA, MMU_ABORT_EXEC), 0);
	assert_int_equal(fake_count(F_CLEAN_POU), 0);
	clean = fake_find(0, F_CLEAN_INVAL);
	icache = fake_find(0, F_ICACHE);
	assert_true(clean >= 0 && icache > clean);
	assert_int_equal(fake_log[clean + 1].kind, F_DSB);
	assert_int_equal(fake_log[icache + 1].kind, F_DSB);
	for (i = 0; i < icache; i++)
		assert_int_not_equal(fake_log[i].kind, F_MAKE);
	assert_false(leaf(IPA) & S2_PTE_XN);
	/* with FEAT_S2FWB nothing is owed to the PoC, but the PoU is as before */
	set_fwb(true);
	assert_int_equal(fault(IPA + 4096, MMU_ABORT_EXEC), 0);
	assert_int_equal(fake_count(F_CLEAN_POU), 1);
	assert_int_equal(fake_count(F_CLEAN_INVAL), 0);
	assert_int_equal(fake_count(F_ICACHE), 1);
	hw_features.fwb = false;
	mmu.gmem.client->unmap(&mmu.gmem, SLOT_GFN, 2, true);
}

/* Device memory, and memory that cannot be maintained: Device or NC, never executable, never cleaned. */
static void device_memory(void **state)
{
	host.flags = HOST_PAGE_DEVICE | HOST_PAGE_NOSTRUCT;
	host.shift = 21;
	assert_int_equal(fault(IPA, MMU_ABORT_EXEC), MMU_FAULT_MMIO);
	assert_int_equal(leaf(IPA), 0);
	assert_int_equal(fault(IPA, MMU_ABORT_WRITE), 0);
	assert_int_equal(level_of(IPA), 2);
	assert_int_equal(leaf(IPA) & S2_PTE_MEMATTR, S2_MEMATTR_DEVICE);
	assert_true(leaf(IPA) & S2_PTE_XN);
	host.flags = HOST_PAGE_NC;
	assert_int_equal(fault(IPA + MB(2), 0), 0);
	assert_int_equal(leaf(IPA + MB(2)) & S2_PTE_MEMATTR, S2_MEMATTR_NC);
	host.flags = HOST_PAGE_NOSTRUCT;
	host.phys = FAKE_NO_RAM;
	assert_int_equal(fault(IPA + MB(4), 0), 0);
	assert_int_equal(leaf(IPA + MB(4)) & S2_PTE_MEMATTR, S2_MEMATTR_DEVICE);
	assert_int_equal(fake_count(F_CLEAN_INVAL), 0);
}

/* A frame beyond what a descriptor can hold, or this machine's CPUs can reach, is not mapped as another one. */
static void high_frames(void **state)
{
	host.flags = HOST_PAGE_DEVICE | HOST_PAGE_NOSTRUCT;
	host.phys = 1ULL << 48;
	assert_int_equal(fault(IPA, 0), -EFAULT);
	assert_int_equal(leaf(IPA), 0);
	host.phys = (1ULL << 52) - MB(2);
	assert_int_equal(fault(IPA, MMU_ABORT_WRITE), -EFAULT);
	host.phys = (1ULL << 48) - MB(2);
	assert_int_equal(fault(IPA, 0), 0);
	assert_int_equal(leaf(IPA) & S2_PTE_OA, (1ULL << 48) - MB(2));
	hw_features.pa_bits = 40;
	host.phys = 1ULL << 40;
	assert_int_equal(fault(IPA + 4096, 0), -EFAULT);
	hw_features.pa_bits = 48;
}

/* Bare cacheable frames are mapped page by page: of their neighbours nothing is known. */
static void bare_frames(void **state)
{
	host.flags = HOST_PAGE_NOSTRUCT;
	host.shift = 21;
	assert_int_equal(fault(IPA, 0), 0);
	assert_int_equal(level_of(IPA), 3);
	assert_int_equal(leaf(IPA) & S2_PTE_MEMATTR, S2_MEMATTR_WB);
}

/* Where the VMM asks for it, all of a slot becomes pages before it is logged; else no block does. */
static void splits_at_once(void **state)
{
	host.shift = 21;
	assert_int_equal(fault(IPA, MMU_ABORT_WRITE), 0);
	assert_int_equal(fault(IPA + MB(2), MMU_ABORT_WRITE), 0);
	mmu.gmem.client->split(&mmu.gmem, SLOT_GFN, SLOT_PAGES);
	assert_int_equal(level_of(IPA), 2);
	mmu.split = MB(2);
	mmu.gmem.client->split(&mmu.gmem, SLOT_GFN + 512, 1);
	assert_int_equal(level_of(IPA), 2);
	assert_int_equal(level_of(IPA + MB(2)), 3);
	mmu.gmem.client->split(&mmu.gmem, SLOT_GFN, SLOT_PAGES);
	assert_int_equal(level_of(IPA), 3);
	assert_int_equal(atomic64_read(&mmu.stats.splits), 2);
}

/* KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE: what a block or a page covers, or nothing; not once there is a slot. */
static void split_sizes(void **state)
{
	static const u64 wrong[] = { 1, 2048, 8192, MB(1), MB(2) + 4096, MB(4), GB(2), 512 * GB(1), ~0ULL };
	unsigned int i;

	no_slots = true;
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(mmu_set_split(&mmu, wrong[i]), -EINVAL);
	assert_int_equal(mmu.split, 0);
	assert_int_equal(mmu_set_split(&mmu, 4096), 0);
	assert_int_equal(mmu.split, 4096);
	assert_int_equal(mmu_set_split(&mmu, GB(1)), 0);
	assert_int_equal(mmu_set_split(&mmu, MB(2)), 0);
	assert_int_equal(mmu.split, MB(2));
	no_slots = false;
	assert_int_equal(mmu_set_split(&mmu, 0), -EINVAL);
	assert_int_equal(mmu.split, MB(2));
	no_slots = true;
	assert_int_equal(mmu_set_split(&mmu, 0), 0);
	assert_int_equal(mmu.split, 0);
}

/* A block is found by one look-up, cleaned as a whole, mapped as one. */
static void block(void **state)
{
	host.shift = 21;
	assert_int_equal(fault(IPA + MB(2) + 0x7000, 0), 0);
	assert_int_equal(level_of(IPA + MB(2)), 2);
	assert_int_equal(host.gets, 1);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), MB(2));
	assert_int_equal(fake_log[fake_find(0, F_CLEAN_INVAL)].a, SLOT_PHYS + MB(2));
	/* the bits below a block's address are none of it */
	assert_int_equal(leaf(IPA + MB(2)) & GENMASK_ULL(47, 12), SLOT_PHYS + MB(2));
	assert_int_equal(leaf(IPA), 0);
	assert_int_equal(leaf(IPA + MB(4)), 0);
	assert_int_equal(atomic64_read(&mmu.stats.mapped_2m), 1);
}

/* A walk of stage 1 for a fetch reads: it asks for no execute permission, and owes nothing for one. */
static void walk_for_a_fetch(void **state)
{
	hw_features.idc = false;
	assert_int_equal(fault(IPA, MMU_ABORT_EXEC | MMU_ABORT_S1PTW), 0);
	assert_int_equal(leaf(IPA) & S2_PTE_XN, S2_PTE_XN);
	assert_int_equal(fake_count(F_ICACHE), 0);
}

/* Instructions come from Normal cacheable memory: a fetch of anything else is not served, a read is. */
static void fetch_of_other_memory(void **state)
{
	static const u32 flags[] = { HOST_PAGE_DEVICE, HOST_PAGE_NC };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		host.flags = flags[i];
		assert_int_equal(fault(IPA + i * 4096, MMU_ABORT_EXEC), MMU_FAULT_MMIO);
		assert_int_equal(leaf(IPA + i * 4096), 0);
		assert_int_equal(fault(IPA + i * 4096, 0), 0);
		assert_int_equal(leaf(IPA + i * 4096) & S2_PTE_XN, S2_PTE_XN);
	}
}

/* The host's 1 GiB mapping becomes one, with a table kept for its end; cleaned in pieces. */
static void gigabyte(void **state)
{
	host.shift = 30;
	assert_int_equal(fault(IPA + MB(300), 0), 0);
	assert_int_equal(level_of(IPA), 1);
	assert_int_equal(fake_count(F_CLEAN_INVAL), 512);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), GB(1));
	assert_non_null(mmu.tree.spare);
	assert_int_equal(host.gets, 1);
}

/* Without a table for its end a gigabyte is not mapped in one; with FEAT_S2FWB it needs none. */
static void gigabyte_without_memory(void **state)
{
	host.shift = 30;
	fake_fail_tables = 1;
	assert_int_equal(fault(IPA, 0), 0);
	assert_int_equal(fake_fail_tables, 0);
	assert_int_equal(level_of(IPA), 2);
	mmu.gmem.client->unmap(&mmu.gmem, 0, mmu.gmem.max_gfn, true);
	mmu.tree.want_spare = false;
	set_fwb(true);
	assert_int_equal(fault(IPA, 0), 0);
	assert_int_equal(level_of(IPA), 1);
	assert_false(mmu.tree.want_spare);
	mmu.gmem.client->unmap(&mmu.gmem, 0, mmu.gmem.max_gfn, true);
	set_fwb(false);
}

/* A block fits only where gfn, user address and physical page agree and the slot holds all of it. */
static void block_fits(void **state)
{
	static const struct {
		u64 gfn, npages;
		unsigned long hva;
		u64 phys;
		u64 at;		/* page in the slot */
		int level;
	} cases[] = {
		{ 0, 1024, SLOT_HVA, SLOT_PHYS, 0, 2 },
		{ 0, 1024, SLOT_HVA, SLOT_PHYS, 511, 2 },
		{ 0, 1024, SLOT_HVA, SLOT_PHYS, 1023, 2 },
		{ 0, 1023, SLOT_HVA, SLOT_PHYS, 511, 2 },
		{ 0, 1023, SLOT_HVA, SLOT_PHYS, 512, 3 },	/* end of slot inside the block */
		{ 0, 511, SLOT_HVA, SLOT_PHYS, 0, 3 },
		{ 1, 1024, SLOT_HVA, SLOT_PHYS, 600, 3 },	/* gfn not congruent */
		{ 1, 1024, SLOT_HVA + 4096, SLOT_PHYS + 4096, 0, 3 },	/* block begins before the slot */
		{ 1, 1024, SLOT_HVA + 4096, SLOT_PHYS + 4096, 510, 3 },
		{ 1, 1024, SLOT_HVA + 4096, SLOT_PHYS + 4096, 511, 2 },
		{ 1, 1024, SLOT_HVA + 4096, SLOT_PHYS + 4096, 1023, 3 },
		{ 0, 1024, SLOT_HVA + 4096, SLOT_PHYS, 0, 3 },	/* user address not congruent */
		{ 0, 1024, SLOT_HVA, SLOT_PHYS + 4096, 0, 3 },	/* physical page not congruent */
		{ 0, SLOT_PAGES - 1, SLOT_HVA, SLOT_PHYS, 0, 2 },	/* 1 GiB does not fit, 2 MiB does */
		{ 0, SLOT_PAGES, SLOT_HVA, SLOT_PHYS, 0, 1 },
		{ 0, SLOT_PAGES, SLOT_HVA + MB(2), SLOT_PHYS + MB(2), 0, 2 },
	};
	unsigned int i;

	set_fwb(true);
	host.shift = 30;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 ipa = IPA + ((cases[i].gfn + cases[i].at) << 12);

		slot.base_gfn = SLOT_GFN + cases[i].gfn;
		slot.npages = cases[i].npages;
		slot.hva = cases[i].hva;
		host.phys = cases[i].phys;
		assert_int_equal(fault(ipa, 0), 0);
		assert_int_equal(level_of(ipa), cases[i].level);
		assert_int_equal(fake_translate(&mmu.tree, ipa), host.phys + (cases[i].at << 12));
		mmu.gmem.client->unmap(&mmu.gmem, 0, mmu.gmem.max_gfn, true);
	}
	set_fwb(false);
}

/* A start level of 2 has no place for 1 GiB blocks. */
static void block_above_the_root(void **state)
{
	mmu_destroy(&mmu);
	memset(&mmu, 0, sizeof(mmu));
	assert_int_equal(mmu_init(&mmu, 32), 0);
	host.shift = 30;
	assert_int_equal(fault(IPA + MB(8), 0), 0);
	assert_int_equal(fake_translate(&mmu.tree, IPA + MB(8)), SLOT_PHYS + MB(8));
	assert_int_equal(level_of(IPA + MB(8)), 2);
	assert_int_equal(atomic64_read(&mmu.stats.mapped_2m), 1);
}

/* In a logged slot a read maps read-only and marks nothing; a write marks its page, under the lock. */
static void logged_pages(void **state)
{
	slot.flags = KVM_MEM_LOG_DIRTY_PAGES;
	host.shift = 21;
	assert_int_equal(fault(IPA + 0x1000, 0), 0);
	assert_int_equal(level_of(IPA + 0x1000), 3);
	assert_false(leaf(IPA + 0x1000) & S2_PTE_W);
	assert_int_equal(dirty_marks, 0);
	assert_int_equal(fault(IPA + 0x1000, MMU_ABORT_WRITE | MMU_ABORT_PERM), 0);
	assert_true(leaf(IPA + 0x1000) & S2_PTE_W);
	assert_int_equal(dirty_marks, 1);
	assert_int_equal(dirty_gfn, SLOT_GFN + 1);
	assert_true(dirty_locked);
	assert_int_equal(fault(IPA + 0x2000, MMU_ABORT_WRITE), 0);
	assert_int_equal(dirty_marks, 2);
	/* a fetch from a clean page does not make it writable */
	assert_int_equal(fault(IPA + 0x3000, MMU_ABORT_EXEC), 0);
	assert_false(leaf(IPA + 0x3000) & S2_PTE_W);
	assert_int_equal(dirty_marks, 2);
}

/* Log switched on over a block: the first write splits it; only the written page gets writable. */
static void logging_splits(void **state)
{
	u64 ipa;

	host.shift = 21;
	assert_int_equal(fault(IPA, 0), 0);
	slot.flags = KVM_MEM_LOG_DIRTY_PAGES;
	mmu.gmem.client->write_protect(&mmu.gmem, SLOT_GFN, SLOT_PAGES);
	assert_int_equal(fault(IPA + 0x9000, MMU_ABORT_WRITE | MMU_ABORT_PERM), 0);
	assert_int_equal(fake_count(F_CLEAN_INVAL), 0);
	for (ipa = IPA; ipa < IPA + MB(2); ipa += 4096) {
		assert_int_equal(level_of(ipa), 3);
		assert_int_equal(!!(leaf(ipa) & S2_PTE_W), ipa == IPA + 0x9000);
		assert_int_equal(fake_translate(&mmu.tree, ipa), SLOT_PHYS + ipa - IPA);
	}
	/* log off again: the next fault that could have a block clears the way, the one after it gets it */
	slot.flags = 0;
	assert_int_equal(fault(IPA, MMU_ABORT_WRITE | MMU_ABORT_PERM), 0);
	assert_int_equal(leaf(IPA), 0);
	assert_int_equal(fault(IPA, MMU_ABORT_WRITE), 0);
	assert_int_equal(level_of(IPA), 2);
}

/* A harvest takes write permission of its pages, flushes once, and the next write is marked again. */
static void harvest(void **state)
{
	u64 i;

	slot.flags = KVM_MEM_LOG_DIRTY_PAGES;
	for (i = 0; i < 64; i++)
		assert_int_equal(fault(IPA + i * 4096, MMU_ABORT_WRITE), 0);
	fake_clear();
	mmu.gmem.client->write_protect_masked(&mmu.gmem, SLOT_GFN, 0x11);
	mmu.gmem.client->flush(&mmu.gmem);
	assert_ops(F_CHANGE, F_CHANGE, F_TLBI_VMID);
	for (i = 0; i < 64; i++)
		assert_int_equal(!(leaf(IPA + i * 4096) & S2_PTE_W), i == 0 || i == 4);
	assert_int_equal(fault(IPA, MMU_ABORT_WRITE | MMU_ABORT_PERM), 0);
	assert_int_equal(dirty_marks, 65);
}

/* Two faults on one page: the second finds it done, and a permission fault that lost its page waits. */
static void late_faults(void **state)
{
	assert_int_equal(fault(IPA, MMU_ABORT_WRITE), 0);
	assert_int_equal(fault(IPA, MMU_ABORT_WRITE), 0);
	assert_int_equal(fake_count(F_MAKE) + fake_count(F_CHANGE), 0);
	assert_int_equal(fault(IPA + 4096, MMU_ABORT_WRITE | MMU_ABORT_PERM), 0);
	assert_int_equal(leaf(IPA + 4096), 0);
}

/* A write to a page that the log alone keeps from being written asks nobody: the leaf says that it may be. */
static void logged_again(void **state)
{
	unsigned int gets;

	slot.flags = KVM_MEM_LOG_DIRTY_PAGES;
	assert_int_equal(fault(IPA, 0), 0);
	assert_false(leaf(IPA) & S2_PTE_W);
	assert_int_equal(host.put_flags, HOST_PUT_ACCESSED | HOST_PUT_DIRTY);
	gets = host.gets;
	assert_int_equal(fault(IPA, MMU_ABORT_WRITE | MMU_ABORT_PERM), 0);
	assert_ops(F_CHANGE, F_TLBI_IPA);
	assert_true(leaf(IPA) & S2_PTE_W);
	assert_int_equal(dirty_marks, 1);
	assert_int_equal(dirty_gfn, SLOT_GFN);
	assert_true(dirty_locked);
	/* another vCPU's entry is being forgotten already; it has written, too */
	assert_int_equal(fault(IPA, MMU_ABORT_WRITE | MMU_ABORT_PERM), 0);
	assert_int_equal(fake_count(F_CHANGE) + fake_count(F_TLBI_IPA), 0);
	assert_int_equal(dirty_marks, 2);
	assert_int_equal(host.gets, gets);
	mmu.gmem.client->write_protect_masked(&mmu.gmem, SLOT_GFN, 1);
	mmu.gmem.client->age(&mmu.gmem, SLOT_GFN, 1, HOST_AGE_CLEAR);
	assert_int_equal(fault(IPA, MMU_ABORT_WRITE | MMU_ABORT_PERM), 0);
	assert_true(fake_count(F_TLBI_IPA) == 1 && leaf(IPA) & S2_PTE_AF);
	assert_int_equal(host.gets, gets);
}

/* So does it not where the host said that the page may not be written, nor for a fetch, nor for what is not there by itself. */
static void logged_shared(void **state)
{
	slot.flags = KVM_MEM_LOG_DIRTY_PAGES;
	host.readonly = true;
	assert_int_equal(fault(IPA, 0), 0);
	assert_int_equal(host.put_flags, HOST_PUT_ACCESSED);
	assert_int_equal(fault(IPA, MMU_ABORT_WRITE | MMU_ABORT_PERM), 0);
	assert_int_equal(host.gets, 2);
	assert_true(host.get_flags & HOST_GET_WRITE);
	assert_true(leaf(IPA) & S2_PTE_W);
	mmu.gmem.client->write_protect_masked(&mmu.gmem, SLOT_GFN, 1);
	assert_int_equal(fault(IPA, MMU_ABORT_EXEC | MMU_ABORT_PERM), 0);
	assert_int_equal(host.gets, 3);
	assert_false(leaf(IPA) & S2_PTE_W);
	assert_int_equal(fault(IPA + 4096, MMU_ABORT_WRITE | MMU_ABORT_PERM), 0);
	assert_int_equal(leaf(IPA + 4096), 0);
	assert_int_equal(fault(IPA + MB(4), MMU_ABORT_WRITE | MMU_ABORT_PERM), 0);
	assert_int_equal(leaf(IPA + MB(4)), 0);
}

/* A table for the pages, and a fault on the first of them: the next one follows it. */
static void first_of_a_row(void)
{
	host.near = 0;
	assert_int_equal(fault(IPA, 0), 0);
	host.near = 100;
}

static unsigned int mapped_from(u64 ipa)
{
	unsigned int n = 0;

	while (leaf(ipa + n * 4096))
		n++;
	return n;
}

/* Faults in a row map twice as many each time, up to sixteen, by the host's table alone; each is cleaned once. */
static void row_of_faults(void **state)
{
	static const unsigned int want[] = { 2, 4, 8, 16, 16 };
	unsigned int i, at = 1, gets;

	first_of_a_row();
	gets = host.gets;
	for (i = 0; i < ARRAY_SIZE(want); i++, at = mapped_from(IPA)) {
		assert_int_equal(fault(IPA + at * 4096, MMU_ABORT_WRITE), 0);
		assert_int_equal(mapped_from(IPA) - at, want[i]);
		assert_int_equal(fake_count(F_CLEAN_INVAL), want[i]);
		assert_true(fake_find(fake_find(0, F_CLEAN_INVAL), F_DSB) < fake_find(0, F_MAKE));
	}
	assert_int_equal(host.gets, gets);
	for (i = 0; i < at; i++)
		assert_int_equal(fake_translate(&mmu.tree, IPA + i * 4096), SLOT_PHYS + i * 4096);
	assert_int_equal(atomic64_read(&mmu.stats.mapped_4k), at);
	assert_int_equal(atomic64_read(&mmu.tree.leaves), at);
}

/* A fault elsewhere maps its page alone, and so does the first one of another row. */
static void faults_at_random(void **state)
{
	first_of_a_row();
	assert_int_equal(fault(IPA + 7 * 4096, 0), 0);
	assert_int_equal(mapped_from(IPA + 7 * 4096), 1);
	assert_int_equal(fault(IPA + 3 * 4096, 0), 0);
	assert_int_equal(host.near_want, 1);
	assert_int_equal(fault(IPA + 4 * 4096, 0), 0);
	assert_int_equal(mapped_from(IPA + 3 * 4096), 3);
}

/* Not beyond the table, nor the slot, nor what is mapped already. */
static void row_ends(void **state)
{
	unsigned int i;

	first_of_a_row();
	mv.near = 16;
	mv.next_gfn = SLOT_GFN + 510;
	assert_int_equal(fault(IPA + 510 * 4096, 0), 0);
	assert_int_equal(host.near_want, 2);
	slot.npages = 110;
	mv.near = 16;
	mv.next_gfn = SLOT_GFN + 100;
	assert_int_equal(fault(IPA + 100 * 4096, 0), 0);
	assert_int_equal(host.near_want, 10);
	assert_int_equal(mapped_from(IPA + 100 * 4096), 10);
	slot.npages = SLOT_PAGES;
	mv.next_gfn = 0;
	assert_int_equal(fault(IPA + 40 * 4096, 0), 0);
	mv.next_gfn = SLOT_GFN + 36;
	mv.near = 8;
	assert_int_equal(fault(IPA + 36 * 4096, 0), 0);
	assert_int_equal(fake_count(F_CLEAN_INVAL), 4);
	for (i = 36; i <= 40; i++)
		assert_int_not_equal(leaf(IPA + i * 4096), 0);
	assert_int_equal(leaf(IPA + 41 * 4096), 0);
}

/* Writable where the host's entry is; a slot that is read-only or logged stays what it is. */
static void row_permissions(void **state)
{
	first_of_a_row();
	host.near_readonly = 2;
	mv.near = 2;
	assert_int_equal(fault(IPA + 4096, 0), 0);
	assert_int_equal(mapped_from(IPA + 4096), 4);
	assert_true(leaf(IPA + 4096) & S2_PTE_W);
	assert_false(leaf(IPA + 2 * 4096) & S2_PTE_W);
	assert_true(leaf(IPA + 3 * 4096) & S2_PTE_W);
	assert_true(leaf(IPA + 3 * 4096) & S2_PTE_AF);
	/* a write has no use for what may not be written */
	assert_int_equal(fault(IPA + 5 * 4096, MMU_ABORT_WRITE), 0);
	assert_int_equal(mapped_from(IPA + 5 * 4096), 1);
	host.near_readonly = 0;
	slot.flags = KVM_MEM_READONLY;
	assert_int_equal(fault(IPA + 6 * 4096, 0), 0);
	assert_int_equal(mapped_from(IPA + 6 * 4096), 16);
	assert_false(leaf(IPA + 6 * 4096) & S2_PTE_W);
	assert_false(leaf(IPA + 7 * 4096) & S2_PTE_W);
	slot.flags = KVM_MEM_LOG_DIRTY_PAGES;
	assert_int_equal(fault(IPA + 22 * 4096, MMU_ABORT_WRITE), 0);
	assert_int_equal(host.near_want, 1);
	assert_int_equal(dirty_gfn, SLOT_GFN + 22);
	assert_true(dirty_locked);
	assert_int_equal(fault(IPA + 23 * 4096, 0), 0);
	assert_false(leaf(IPA + 23 * 4096) & S2_PTE_W);
}

/* An invalidation of a page that comes along keeps all of these away, one of the page itself the fault. */
static void row_invalidated(void **state)
{
	first_of_a_row();
	mv.near = 2;
	inval_order = 16;
	host.hook = begin_inval;
	assert_int_equal(fault(IPA + 4096, 0), 0);
	assert_int_equal(mapped_from(IPA + 4096), 4);
	inval_order = 13;
	host.hook = begin_inval;
	assert_int_equal(fault(IPA + 5 * 4096, 0), 0);
	assert_int_equal(mapped_from(IPA + 5 * 4096), 1);
	inval_order = 12;
	host.hook = begin_inval;
	assert_int_equal(fault(IPA + 6 * 4096, 0), 0);
	assert_int_equal(leaf(IPA + 6 * 4096), 0);
	assert_int_equal(atomic64_read(&mmu.stats.retries), 1);
}

/* Who is cold maps one at a time; with FEAT_S2FWB nothing is cleaned, nor claimed. */
static void row_of_others(void **state)
{
	mmu.started = false;
	assert_int_equal(mmu_set_policy(&mmu, MMU_TWO_TREE), 0);
	mv.side = MMU_COLD;
	first_of_a_row();
	assert_int_equal(fault(IPA + 4096, 0), 0);
	assert_int_equal(host.near_want, 1);
	assert_int_equal(fake_count(F_CLEAN_INVAL), 1);
	assert_int_equal(atomic64_read(&mmu.cold_tree.leaves), 2);
	mv.side = MMU_WARM;
	mmu_client_unmap(&mmu.gmem, SLOT_GFN, 2, true);
	set_fwb(true);
	first_of_a_row();
	claims = 0;
	assert_int_equal(fault(IPA + 4096, 0), 0);
	assert_int_equal(mapped_from(IPA), 3);
	assert_int_equal(claims + fake_count(F_CLEAN_INVAL), 0);
	hw_features.fwb = false;
	mmu.gmem.client->unmap(&mmu.gmem, SLOT_GFN, 3, true);
}

/* Fetches in a row: what comes along is cleaned and executable, and the instruction caches go once. */
static void row_of_fetches(void **state)
{
	hw_features.idc = false;
	hw_features.dic = false;
	first_of_a_row();
	assert_int_equal(fault(IPA + 4096, MMU_ABORT_EXEC), 0);
	assert_int_equal(fake_count(F_CLEAN_INVAL), 2);
	assert_int_equal(fake_count(F_ICACHE), 1);
	assert_true(fake_find(0, F_ICACHE) < fake_find(0, F_MAKE));
	assert_false((leaf(IPA + 4096) | leaf(IPA + 2 * 4096)) & S2_PTE_XN);
	assert_int_equal(fault(IPA + 3 * 4096, 0), 0);
	assert_true(leaf(IPA + 4 * 4096) & S2_PTE_XN);
}

/* Somebody else pays for what would come along: the page alone; for the page itself: it waits. */
static void row_taken(void **state)
{
	first_of_a_row();
	claim_taken = true;
	assert_int_equal(fault(IPA + 4096, 0), 0);
	assert_int_equal(leaf(IPA + 4096), 0);
	assert_int_equal(waited_shift, 12);
	assert_int_equal(atomic64_read(&mmu.stats.faults_waited), 1);
}

/* Frames that no descriptor holds, and what is not the kernel's memory, are looked at by those who know them. */
static void row_of_other_memory(void **state)
{
	first_of_a_row();
	host.phys = FAKE_NO_RAM;
	host.flags = HOST_PAGE_NOSTRUCT;
	assert_int_equal(fault(IPA + 4096, 0), 0);
	assert_int_equal(mapped_from(IPA + 4096), 1);
	assert_int_equal(leaf(IPA + 4096) & S2_PTE_MEMATTR, S2_MEMATTR_DEVICE);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(clean_before_install), T(read_maps_writable), T(shared_page), T(mmio), T(high_frames),
		T(guest_maintenance), T(access_fault), T(host_errors), T(no_table_memory),
		T(invalidated_meanwhile),
		T(another_is_at_it), T(another_was_faster), T(another_fetched), T(gone_meanwhile), T(reset_between_clean_and_install),
		T(exec_maintenance), T(exec_first_map), T(device_memory), T(bare_frames),
		T(walk_for_a_fetch), T(fetch_of_other_memory), T(block), T(gigabyte), T(gigabyte_without_memory), T(block_fits),
		T(block_above_the_root), T(logged_pages), T(logging_splits), T(splits_at_once), T(split_sizes), T(harvest),
		T(late_faults),
		T(logged_again), T(logged_shared), T(row_of_faults), T(faults_at_random), T(row_ends), T(row_permissions), T(row_invalidated),
		T(row_of_others), T(row_of_fetches), T(row_taken), T(row_of_other_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

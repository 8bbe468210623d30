// SPDX-License-Identifier: GPL-2.0
/*
 * What is mapped, while resets, MMU toggles, the host's unmaps and the VM's end pass over it.
 */
#include "test_mmu_guest_fake.h"

/* The host's unmap reaches the slot's frames, pays, and counts it as unmapping. */
static void client_unmap(void **state)
{
	fault(IPA, 0);
	fault(IPA + 4096, 0);
	fake_clear();
	mmu.gmem.client->unmap(&mmu.gmem, SLOT_GFN, 1, false);
	assert_ops(F_BREAK, F_TLBI_IPA, F_CLEAN_INVAL);
	assert_int_equal(leaf(IPA), 0);
	assert_int_not_equal(leaf(IPA + 4096), 0);
	assert_int_equal(atomic64_read(&mmu.stats.lines_unmap), 64);
}

/* Re-initialising a vCPU unmaps and pays all of it, and the next faults clean anew. */
static void reset_unmaps(void **state)
{
	host.shift = 21;
	fault(IPA, 0);
	fault(IPA + MB(8), 0);
	fake_clear();
	reset_vcpu();
	assert_int_equal(leaf(IPA), 0);
	assert_int_equal(leaf(IPA + MB(8)), 0);
	assert_int_equal(atomic64_read(&mmu.stats.lines_reset), LINES(MB(4)));
	assert_int_equal(atomic64_read(&mmu.stats.lines_unmap), 0);
	assert_int_equal(fake_count(F_ICACHE), 1);
	assert_int_equal(fault(IPA, 0), 0);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), MB(2));
}

/* With FEAT_S2FWB memory stays mapped; the I-cache goes unless DIC, execute permission without IDC. */
static void reset_with_fwb(void **state)
{
	unsigned int idc, dic;

	set_fwb(true);
	for (idc = 0; idc < 2; idc++) {
		for (dic = 0; dic < 2; dic++) {
			hw_features.idc = idc;
			hw_features.dic = dic;
			assert_int_equal(fault(IPA, MMU_ABORT_EXEC), 0);
			fake_clear();
			reset_vcpu();
			/* without IDC the first access of any kind meets the fence, and no more than that */
			assert_int_equal(fake_count(F_ICACHE), !dic);
			assert_int_equal(!leaf(IPA), !idc);
			if (!idc)
				assert_int_equal(fault(IPA, 0), 0);
			assert_int_equal(fake_count(F_CLEAN_INVAL), 0);
			assert_int_not_equal(leaf(IPA), 0);
			assert_int_equal(!(leaf(IPA) & S2_PTE_XN), idc);
		}
	}
	mmu.gmem.client->unmap(&mmu.gmem, 0, mmu.gmem.max_gfn, true);
	set_fwb(false);
}

/* Turning caches on or off, and set/way, maintain all that is mapped, leave it mapped, and count it. */
static void maintain_what_is_mapped(void **state)
{
	fault(IPA, 0);
	fault(IPA + 0x5000, 0);
	host.shift = 21;
	fault(IPA + MB(2), 0);
	host.flags = HOST_PAGE_DEVICE;
	fault(IPA + MB(4), 0);
	fake_clear();
	turn_caches_on();
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), MB(2) + 2 * 4096);
	assert_int_equal(fake_log[fake_nr - 1].kind, F_DSB);
	assert_int_equal(atomic64_read(&mmu.stats.lines_warm), LINES(MB(2) + 2 * 4096));
	assert_int_equal(fake_count(F_BREAK), 0);
	mmu_set_way(&mmu);
	assert_int_equal(atomic64_read(&mmu.stats.lines_setway), LINES(MB(2) + 2 * 4096));
	assert_int_not_equal(leaf(IPA + MB(2)), 0);

	set_fwb(true);
	fake_clear();
	turn_caches_on();
	mmu_set_way(&mmu);
	assert_int_equal(fake_nr, 0);
	set_fwb(false);
}

/* Of a 1 GiB block every piece is maintained, one critical section each. */
static void maintain_gigabyte(void **state)
{
	host.shift = 30;
	fault(IPA, 0);
	fake_clear();
	mmu_set_way(&mmu);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), GB(1));
	assert_int_equal(fake_count(F_DSB), 512);
	assert_int_equal(fake_log[0].a, SLOT_PHYS);
	assert_int_equal(fake_log[fake_nr - 2].a, SLOT_PHYS + GB(1) - MB(2));
}

/* A page cleaned before such a walk began is not installed after it. */
static void toggle_meanwhile(void)
{
	host.hook = NULL;
	turn_caches_on();
}

static void toggle_between_clean_and_install(void **state)
{
	host.hook = toggle_meanwhile;
	assert_int_equal(fault(IPA, 0), 0);
	assert_int_equal(leaf(IPA), 0);
}

/* A vCPU whose warm-up was cut short is as cold, and as much in debt, as before; the next attempt pays all. */
static void warm_up_cut_short(void **state)
{
	struct mmu_vcpu two[2] = { 0 };
	unsigned int i;

	assert_int_equal(mmu_set_policy(&mmu, MMU_TWO_TREE), 0);
	for (i = 0; i < 2; i++) {
		mmu_vcpu_reset(&mmu, &two[i]);
		assert_int_equal(mmu_vcpu_enter(&mmu, &two[i]), 0);
	}
	mv = two[0];
	for (i = 0; i < 3; i++)
		assert_int_equal(fault(IPA + MB(2) * i, MMU_ABORT_WRITE), 0);
	shim_kill(1);
	fake_clear();
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &two[1], MMU_SCTLR_M | MMU_SCTLR_C, 0), -EINTR);
	assert_int_equal(two[1].side, MMU_COLD);
	assert_int_equal(mmu.cold, 2);
	assert_int_equal(atomic_read(&mmu.warm), 0);
	shim_kill(0);
	fake_clear();
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &two[1], MMU_SCTLR_M | MMU_SCTLR_C, 0), 0);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 3 * 4096);
	assert_int_equal(mmu.cold, 1);
}

/* The policy may change up to the moment a vCPU begins to run, and what is trapped changes with it. */
static void policy_until_start(void **state)
{
	mv = (struct mmu_vcpu) { 0 };
	assert_int_equal(mmu_set_policy(&mmu, MMU_NONE), 0);
	mmu_vcpu_reset(&mmu, &mv);
	/* as if another vCPU had its MMU on */
	atomic_set(&mmu.warm, 1);
	assert_int_equal(mmu_vcpu_traps(&mmu, &mv), 0);
	assert_false(mmu_vcpu_inside(&mmu, &mv));
	assert_int_equal(mmu_set_policy(&mmu, MMU_TWO_TREE), 0);
	mmu_start(&mmu);
	assert_int_equal(mmu_vcpu_traps(&mmu, &mv), MMU_TRAP_STAGE1);
	assert_true(mmu_vcpu_inside(&mmu, &mv));
	atomic_set(&mmu.warm, 0);
	assert_false(mmu_vcpu_inside(&mmu, &mv));
	mmu_vcpu_outside(&mmu, &mv);
	assert_int_equal(atomic_read(&mmu.untrapped), 0);
	assert_int_equal(mmu_set_policy(&mmu, MMU_UNMAP), -EBUSY);
}

/* Another vCPU of the VM on a CPU flushes that CPU once; the same one, or the first, never. */
static void other_vcpu_here(void **state)
{
	u64 vttbr;

	preempt_disable();
	fake_cpu = 2;
	mmu_vcpu_load(&mmu, 5);
	mmu_vcpu_load(&mmu, 5);
	assert_int_equal(fake_count(F_TLBI_LOCAL), 0);
	fake_cpu = 3;
	mmu_vcpu_load(&mmu, 0);
	assert_int_equal(fake_count(F_TLBI_LOCAL), 0);
	mmu_vcpu_load(&mmu, 5);
	assert_int_equal(fake_count(F_TLBI_LOCAL), 1);
	assert_ptr_equal(fake_log[fake_find(0, F_TLBI_LOCAL)].a, &mmu.tree);
	fake_cpu = 2;
	mmu_vcpu_load(&mmu, 5);
	assert_int_equal(fake_count(F_TLBI_LOCAL), 1);
	/* and back, each time */
	mmu_vcpu_load(&mmu, 0);
	mmu_vcpu_load(&mmu, 5);
	assert_int_equal(fake_count(F_TLBI_LOCAL), 3);
	vttbr = mmu_load(&mmu, &mv);
	assert_int_not_equal(vttbr >> 48, 0);
	assert_int_equal(vttbr, mmu.tree.pgd_phys | (u64)vmid_of(&mmu.tree) << 48);
	assert_int_equal(mmu_load(&mmu, &mv), vttbr);
	preempt_enable();
}

/* IPA sizes outside the machine's are refused; every failing allocation leaves nothing. */
static void init_errors(void **state)
{
	struct mmu other;
	unsigned int before = shim_allocs(), i;

	hw_features.pa_bits = 40;
	assert_int_equal(mmu_max_ipa_bits(), 40);
	memset(&other, 0, sizeof(other));
	assert_int_equal(mmu_init(&other, 31), -EINVAL);
	assert_int_equal(mmu_init(&other, 41), -EINVAL);
	assert_int_equal(mmu_init(&other, 0), -EINVAL);
	for (i = 1; i <= 2; i++) {
		shim_fail_alloc(i);
		assert_int_equal(mmu_init(&other, 40), -ENOMEM);
		assert_int_equal(shim_allocs(), before);
	}
	shim_fail_alloc(0);
	gmem_init_ret = -EINTR;
	assert_int_equal(mmu_init(&other, 40), -EINTR);
	assert_int_equal(shim_allocs(), before);
}

/* The end of a VM unmaps all, and pays where a vCPU may have written past the caches. */
static void destroy_pays(void **state)
{
	host.shift = 21;
	fault(IPA, 0);
	fault(IPA + MB(2), 0);
	fake_clear();
	mmu.owing = 1;
	mmu_destroy(&mmu);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), MB(4));
	assert_int_equal(atomic64_read(&mmu.stats.tables), 0);
	memset(&mmu, 0, sizeof(mmu));
	assert_int_equal(mmu_init(&mmu, 40), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(client_unmap), T(reset_unmaps), T(reset_with_fwb),
		T(maintain_what_is_mapped), T(maintain_gigabyte),
		T(toggle_between_clean_and_install), T(other_vcpu_here), T(init_errors),
		T(destroy_pays), T(warm_up_cut_short), T(policy_until_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

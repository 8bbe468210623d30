// SPDX-License-Identifier: GPL-2.0
/*
 * Stolen time: what the guest reads after loads, with the page there and not.
 */
#include <linux/arm-smccc.h>
#include <linux/kvm.h>

#include <stdlib.h>

#include "gmem_env.h"
#include "../../src/arm64/firmware/pvtime.h"

#define BASE	(101 * PAGE + 0x40)

static unsigned char page[PAGE] __attribute__((aligned(4096)));
static unsigned char *mem;
static struct pvtime pv;
static int task_a, task_b, get_ret;

int host_page_get(unsigned long hva, unsigned int flags, struct host_page *hp)
{
	if (get_ret)
		return get_ret;
	*hp = (struct host_page) {
		.pfn = hva / PAGE, .hva = hva, .map_shift = 12,
		.flags = HOST_PAGE_WRITABLE, .page = (struct page *)page,
	};
	return 0;
}

void host_page_put(struct host_page *hp, unsigned int flags)
{
	(void)flags;
	hp->page = NULL;
}

void *host_page_map(const struct host_page *hp)
{
	return (void *)(hp->pfn * PAGE);
}

void host_page_unmap(const struct host_page *hp, void *kva)
{
	(void)hp;
	(void)kva;
}

static int setup(void **state)
{
	if (env_setup(state))
		return -1;
	get_ret = 0;
	mem = aligned_alloc(PAGE, 4 * PAGE);
	memset(mem, 0x55, 4 * PAGE);
	pvtime_init(&pv, gm);
	return env_region(0, 100, 4, (unsigned long)mem, KVM_MEM_LOG_DIRTY_PAGES);
}

static int teardown(void **state)
{
	pvtime_destroy(&pv);
	free(mem);
	return env_teardown(state);
}

static int set_attr(uint64_t base)
{
	struct kvm_device_attr attr = { .addr = (uintptr_t)&base };

	return pvtime_set_attr(&pv, &attr);
}

/* As the scheduler calls it. */
static bool load(const void *task, uint64_t waited)
{
	bool told;

	shim_atomic_enter();
	told = pvtime_load(&pv, task, waited);
	shim_atomic_leave();
	return told;
}

static uint64_t stolen(void)
{
	uint64_t v;

	memcpy(&v, mem + PAGE + 0x48, 8);
	return v;
}

/* One address, once, aligned, in a slot; before that there is no such thing. */
static void address(void **state)
{
	struct kvm_device_attr attr = { 0 };
	uint64_t v = 0;

	(void)state;
	attr.addr = (uintptr_t)&v;
	assert_int_equal(pvtime_has_attr(&attr), 0);
	assert_int_equal(pvtime_get_attr(&pv, &attr), 0);
	assert_true(v == PVTIME_NONE);
	assert_int_equal(pvtime_features(&pv, ARM_SMCCC_HV_PV_TIME_ST), SMCCC_RET_NOT_SUPPORTED);
	assert_int_equal(pvtime_start(&pv), SMCCC_RET_NOT_SUPPORTED);
	assert_true(load(&task_a, 5));
	assert_int_equal(set_attr(BASE + 32), -EINVAL);
	assert_int_equal(set_attr(99 * PAGE), -EINVAL);
	assert_int_equal(set_attr(PVTIME_NONE), -EINVAL);
	assert_int_equal(set_attr(PVTIME_NONE & ~63ULL), -EINVAL);
	assert_int_equal(set_attr(BASE), 0);
	assert_int_equal(set_attr(BASE), -EEXIST);
	assert_int_equal(set_attr(BASE + 1), -EINVAL);
	assert_int_equal(pvtime_get_attr(&pv, &attr), 0);
	assert_int_equal(v, BASE);
	shim_user_hole((uintptr_t)&v, 1);
	assert_int_equal(pvtime_set_attr(&pv, &attr), -EFAULT);
	assert_int_equal(pvtime_get_attr(&pv, &attr), -EFAULT);
	shim_user_hole(0, 0);
	attr.attr = 1;
	assert_int_equal(pvtime_has_attr(&attr), -ENXIO);
	assert_int_equal(pvtime_get_attr(&pv, &attr), -ENXIO);
	assert_int_equal(pvtime_set_attr(&pv, &attr), -ENXIO);
}

/* The guest that asks gets a zeroed structure, and no more than that is touched. */
static void start(void **state)
{
	(void)state;
	assert_int_equal(set_attr(BASE), 0);
	assert_int_equal(pvtime_features(&pv, ARM_SMCCC_HV_PV_TIME_FEATURES), SMCCC_RET_SUCCESS);
	assert_int_equal(pvtime_features(&pv, ARM_SMCCC_HV_PV_TIME_ST), SMCCC_RET_SUCCESS);
	assert_int_equal(pvtime_features(&pv, 0x84000000), SMCCC_RET_NOT_SUPPORTED);
	assert_int_equal(pvtime_start(&pv), BASE);
	assert_int_equal(stolen(), 0);
	assert_int_equal(mem[PAGE + 0x3f], 0x55);
	assert_int_equal(mem[PAGE + 0x40], 0);
	assert_int_equal(mem[PAGE + 0x7f], 0);
	assert_int_equal(mem[PAGE + 0x80], 0x55);
	assert_int_equal(env_region(0, 100, 0, 0, 0), 0);
	assert_int_equal(pvtime_start(&pv), SMCCC_RET_NOT_SUPPORTED);
}

/* What the thread waited since the last load is added, once, whether the page is there or not. */
static void adds_up(void **state)
{
	(void)state;
	assert_int_equal(set_attr(BASE), 0);
	assert_int_equal(pvtime_start(&pv), BASE);
	assert_true(load(&task_a, 1000));	/* not known since when */
	assert_true(load(&task_a, 1000));
	assert_false(load(&task_a, 1010));	/* no page yet */
	assert_int_equal(stolen(), 0);
	pvtime_refresh(&pv);
	assert_int_equal(stolen(), 10);
	assert_true(load(&task_a, 1015));
	assert_int_equal(stolen(), 15);
	env_range_start((unsigned long)mem, (unsigned long)mem + 4 * PAGE, 0);
	assert_false(load(&task_a, 1020));
	assert_false(load(&task_a, 1030));
	env_range_end((unsigned long)mem, (unsigned long)mem + 4 * PAGE);
	assert_int_equal(stolen(), 15);
	pvtime_refresh(&pv);
	assert_int_equal(stolen(), 30);
	pvtime_refresh(&pv);
	assert_int_equal(stolen(), 30);
	/* Other threads' waiting is not the vCPU's. */
	assert_true(load(&task_b, 5000000));
	assert_true(load(&task_b, 5000001));
	assert_true(load(&task_a, 70));
	assert_true(load(&task_a, 60));
	assert_int_equal(stolen(), 31);
}

/* What was owed before the guest asked is not told it. */
static void owed_before(void **state)
{
	(void)state;
	assert_int_equal(set_attr(BASE), 0);
	load(&task_a, 100);
	assert_false(load(&task_a, 105));
	assert_int_equal(pvtime_start(&pv), BASE);
	pvtime_refresh(&pv);
	assert_int_equal(stolen(), 0);
	assert_true(load(&task_a, 107));
	assert_int_equal(stolen(), 2);
}

/* The value that a migration brought along goes on growing. */
static void goes_on(void **state)
{
	uint64_t v = 7777;

	(void)state;
	memcpy(mem + PAGE + 0x48, &v, 8);
	assert_int_equal(set_attr(BASE), 0);
	load(&task_a, 100);
	load(&task_a, 103);
	pvtime_refresh(&pv);
	assert_int_equal(stolen(), 7780);
}

/* Without the memory nothing is lost, and an address that comes back is found. */
static void memory_goes_and_comes(void **state)
{
	(void)state;
	assert_int_equal(set_attr(BASE), 0);
	assert_int_equal(pvtime_start(&pv), BASE);
	load(&task_a, 100);
	get_ret = -EFAULT;
	assert_false(load(&task_a, 105));
	pvtime_refresh(&pv);
	assert_false(load(&task_a, 106));
	get_ret = 0;
	pvtime_refresh(&pv);
	assert_int_equal(stolen(), 6);
	assert_int_equal(env_region(0, 100, 0, 0, 0), 0);
	assert_false(load(&task_a, 107));
	pvtime_refresh(&pv);
	assert_int_equal(env_region(0, 100, 4, (unsigned long)mem, 0), 0);
	pvtime_refresh(&pv);
	assert_int_equal(stolen(), 7);
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(address),
		T(start),
		T(adds_up),
		T(owed_before),
		T(goes_on),
		T(memory_goes_and_comes),
	};

	return cmocka_run_group_tests_name("pvtime", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is beside kvmclock.c: a TSC that ticks once a nanosecond, the host's clocks, two vCPUs with their records, and
 * guest memory that may be away.
 */
#ifndef TEST_PV_KVMCLOCK_FAKE_H
#define TEST_PV_KVMCLOCK_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <linux/mm.h>
#include <linux/smp.h>

#ifndef KVM_CLOCK_REALTIME
#define KVM_CLOCK_REALTIME	(1 << 2)
#define KVM_CLOCK_HOST_TSC	(1 << 3)
#endif

static u64 tsc, boot, day;
static s64 slept;
static unsigned int cpu, in_one, boot_in_one;

#define TK_OFFS_BOOT			1
#define ktime_mono_to_any(t, offs)	((t) || (offs) != TK_OFFS_BOOT ? -1 : slept)
#define ktime_to_ns(t)			(t)
#define ktime_get_boottime_ns()		boot_ns()
#define ktime_get_real_ns()		real_ns()
#undef smp_processor_id
#define smp_processor_id()		(cpu)

static u64 real_ns(void), boot_ns(void);

#include "../../model/shim/unit.h"
#include "../../src/x86/pv/kvmclock.c"

#define S	1000000000ULL
#define OWN	KVMCLOCK_OWN

unsigned int tsc_khz = 1000000;

static struct x86_vm vm;
static struct x86_vcpu vcpus[2];
static struct vmcb vmcbs[2], l1;
static struct nested nested;
static struct pv_clock_record pages[2][KVMCLOCK_RECORDS];
static bool unstable, begin_fails[2];
static int refresh_ret, activate_ret;
static u64 activated;
static void (*on_refresh)(void);
static unsigned int asked, kept_out, deactivated, tsc_changes, dirtied, refreshes, inits;
static struct { u64 gpa, day; unsigned int inits, exits; int ret; } wall;

/* With the clock held, and at one moment with the TSC. */
static u64 real_ns(void)
{
	in_one += irqs_disabled() && mutex_is_locked(&vm.clock.lock);
	return day;
}

static u64 boot_ns(void)
{
	boot_in_one += irqs_disabled();
	return boot;
}

u64 rdtsc(void)
{
	return tsc;
}

u64 rdtsc_ordered(void)
{
	return tsc;
}

int check_tsc_unstable(void)
{
	return unstable;
}

struct vcpu *vm_vcpu(struct vm *v, unsigned int idx)
{
	return idx < vm.base.nr_vcpus ? &vcpus[idx].base : NULL;
}

void vcpu_request(struct vcpu *v, unsigned int req)
{
	assert_int_equal(req, X86_REQ_CLOCK);
	set_bit(req, &v->requests);
	asked |= v == &vcpus[0].base ? 1 : 2;
}

void vm_request_all(struct vm *v, unsigned int req)
{
	assert_int_equal(req, X86_REQ_CLOCK);
	vcpus[0].base.requests |= BIT(req);
	vcpus[1].base.requests |= BIT(req);
	kept_out++;
}

void intc_tsc_changed(struct x86_vcpu *v)
{
	tsc_changes++;
}

void pfn_cache_init(struct pfn_cache *pc, struct gmem *g, u32 flags)
{
	assert_ptr_equal(g, &vm.npt.gmem);
	assert_int_equal(flags, PFN_CACHE_WRITE);
	memset(pc, 0, sizeof(*pc));
	inits++;
}

int pfn_cache_activate(struct pfn_cache *pc, u64 gpa, unsigned int len)
{
	assert_int_equal(len, 32);
	activated = gpa;
	if (activate_ret)
		return activate_ret;
	pc->active = pc->valid = true;
	return 0;
}

int pfn_cache_refresh(struct pfn_cache *pc)
{
	assert_false(mutex_is_locked(&vm.clock.lock));
	refreshes++;
	if (on_refresh)
		on_refresh();
	if (!pc->active)
		return -EINVAL;
	if (!refresh_ret)
		pc->valid = true;
	return refresh_ret;
}

void pfn_cache_deactivate(struct pfn_cache *pc)
{
	pc->active = pc->valid = false;
	deactivated++;
}

bool pfn_cache_check(struct pfn_cache *pc)
{
	return pc->valid;
}

void *pfn_cache_begin(struct pfn_cache *pc, struct pfn_use *use)
{
	unsigned int i, k;

	for (i = 0; i < 2; i++)
		for (k = 0; k < KVMCLOCK_RECORDS; k++)
			if (pc == &vcpus[i].clock.record[k].pc)
				return pc->valid && !begin_fails[i] ? &pages[i][k] : NULL;
	fail_msg("a page that is nobody's");
	return NULL;
}

void pfn_cache_end(struct pfn_cache *pc, struct pfn_use *use, u32 flags)
{
	assert_int_equal(flags, PFN_CACHE_DIRTY);
	dirtied++;
}

static int wall_load(struct pv_mem *m, u32 off, unsigned int width, u64 *val)
{
	*val = 0;
	return 0;
}

static int wall_store(struct pv_mem *m, u32 off, unsigned int width, u64 val)
{
	if (off == 4)
		wall.day = val;
	return 0;
}

int pv_range_init(struct pv_range *r, struct gmem *g, u64 gpa, u64 len)
{
	assert_int_equal(len, 12);
	wall.gpa = gpa;
	wall.inits++;
	memset(r, 0, sizeof(*r));
	r->mem.load = wall_load;
	r->mem.store = wall_store;
	return wall.ret;
}

void pv_range_exit(struct pv_range *r)
{
	wall.exits++;
}

static void pass(u64 ns)
{
	tsc += ns;
	boot += ns;
	day += ns;
}

static int setup(void **state)
{
	unsigned int i;

	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(vcpus, 0, sizeof(vcpus));
	memset(vmcbs, 0, sizeof(vmcbs));
	memset(&l1, 0, sizeof(l1));
	memset(&nested, 0, sizeof(nested));
	memset(pages, 0, sizeof(pages));
	memset(&wall, 0, sizeof(wall));
	tsc = 50 * S;
	boot = 70 * S;
	day = 1000 * S;
	slept = 3 * S;
	cpu = 0;
	unstable = begin_fails[0] = begin_fails[1] = false;
	refresh_ret = activate_ret = 0;
	on_refresh = NULL;
	in_one = boot_in_one = inits = 0;
	kvmclock_vm_init(&vm);
	vm.base.nr_vcpus = 2;
	for (i = 0; i < 2; i++) {
		vcpus[i].vm = &vm;
		vcpus[i].base.vm = &vm.base;
		vcpus[i].svm.vmcb = &vmcbs[i];
		kvmclock_vcpu_init(&vcpus[i]);
		kvmclock_prepare(&vcpus[i]);
	}
	asked = kept_out = deactivated = tsc_changes = dirtied = refreshes = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	shim_check_quiet();
	return 0;
}

/* What a guest reads in a record, at the TSC that it has now. */
static u64 reads(unsigned int i, enum kvmclock_kind kind)
{
	const struct pv_clock_record *r = &pages[i][kind];
	u64 guest = tsc + vmcbs[i].control.tsc_offset, ticks = guest > r->tsc ? guest - r->tsc : 0;

	assert_int_equal(r->version & 1, 0);
	assert_int_equal(r->shift, 1);
	assert_int_equal(r->mul, 1U << 31);
	return r->ns + ticks;
}

static void give(unsigned int i, enum kvmclock_kind kind, u8 flags)
{
	kvmclock_give(&vcpus[i], kind, true, 0x1000 * (i + 1), flags);
	assert_int_equal(kvmclock_prepare(&vcpus[i]), VCPU_RESUME);
}

#endif

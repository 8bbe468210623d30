/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A Xen guest with two vCPUs around src/x86/xen: its memory is four pages that can be away, time and timers
 * are the test's, and what is asked of others is written down.
 */
#ifndef TEST_XEN_FAKE_H
#define TEST_XEN_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../model/shim/unit.h"
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/kvm.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "../../src/x86/vm.h"

#define FAKE_PAGES	4
#define FAKE_MEM	0x10000UL	/* guest physical; linear addresses are the same */
#define FAKE_CPUS	2
#define FAKE_NOW	1000000ULL	/* of the host's clock, when the guest's is 0 */

static unsigned char fake_mem[FAKE_PAGES][PAGE_SIZE];
static bool fake_away[FAKE_PAGES];		/* the host has taken the page from whoever had it, and it is not fetched */
static unsigned int fake_dirty[FAKE_PAGES];	/* how often somebody said that it was written */
static unsigned int fake_uses;			/* begun and not ended */
static void (*fake_on_end)(struct pfn_cache *pc);	/* called while it may still be written */
static struct x86_vm fake_vm;
static struct x86_vcpu fake_cpu[FAKE_CPUS];
static u64 fake_time;				/* of the guest's clock */
static unsigned int fake_upcalls[256], fake_kicks[FAKE_CPUS], fake_halts;

static unsigned int page_of(u64 gpa)
{
	assert_true(gpa >= FAKE_MEM && gpa < FAKE_MEM + sizeof(fake_mem));
	return (gpa - FAKE_MEM) >> PAGE_SHIFT;
}

static inline unsigned char *mem_at(u64 gpa)
{
	return &fake_mem[page_of(gpa)][offset_in_page(gpa)];
}

/* The host takes a page: no cache has it, and @fetched says whether it can be had again. */
static inline void fake_take(u64 gpa, bool fetched);

#define FAKE_CACHES	16
static struct pfn_cache *fake_caches[FAKE_CACHES];

void pfn_cache_init(struct pfn_cache *pc, struct gmem *gm, u32 flags)
{
	unsigned int i;

	assert_int_equal(flags, PFN_CACHE_WRITE);
	assert_ptr_equal(gm, &fake_vm.npt.gmem);
	*pc = (struct pfn_cache){ .gm = gm, .flags = flags };
	for (i = 0; fake_caches[i] && fake_caches[i] != pc; i++)
		assert_true(i + 1 < FAKE_CACHES);
	fake_caches[i] = pc;
}

static inline void fake_take(u64 gpa, bool fetched)
{
	unsigned int i;

	fake_away[page_of(gpa)] = !fetched;
	for (i = 0; i < FAKE_CACHES && fake_caches[i]; i++)
		if (fake_caches[i]->active && page_of(fake_caches[i]->gpa) == page_of(gpa))
			fake_caches[i]->valid = false;
}

int pfn_cache_refresh(struct pfn_cache *pc)
{
	if (!pc->active)
		return -EINVAL;
	if (fake_away[page_of(pc->gpa)])
		return -EFAULT;
	pc->valid = true;
	return 0;
}

int pfn_cache_activate(struct pfn_cache *pc, u64 gpa, unsigned int len)
{
	assert_true(len && offset_in_page(gpa) + len <= PAGE_SIZE);
	if (gpa < FAKE_MEM || gpa >= FAKE_MEM + sizeof(fake_mem) || fake_away[page_of(gpa)])
		return -EFAULT;
	pc->active = pc->valid = true;
	pc->gpa = gpa;
	pc->len = len;
	return 0;
}

void pfn_cache_deactivate(struct pfn_cache *pc)
{
	pc->active = pc->valid = false;
}

bool pfn_cache_check(struct pfn_cache *pc)
{
	return pc->valid;
}

void *pfn_cache_begin(struct pfn_cache *pc, struct pfn_use *use)
{
	if (!pc->valid)
		return NULL;
	fake_uses++;
	use->irqs = pc->gpa;
	return mem_at(pc->gpa);
}

void pfn_cache_end(struct pfn_cache *pc, struct pfn_use *use, u32 flags)
{
	assert_int_equal(use->irqs, pc->gpa);
	assert_true(fake_uses--);
	if (fake_on_end)
		fake_on_end(pc);
	fake_dirty[page_of(pc->gpa)] += flags == PFN_CACHE_DIRTY;
}

struct vcpu *vm_vcpu(struct vm *vm, unsigned int idx)
{
	assert_ptr_equal(vm, &fake_vm.base);
	return idx < FAKE_CPUS ? &fake_cpu[idx].base : NULL;
}

struct vcpu *vm_vcpu_by_id(struct vm *vm, unsigned int id)
{
	assert_ptr_equal(vm, &fake_vm.base);
	return vm_vcpu(vm, id);
}

void vcpu_request(struct vcpu *vcpu, unsigned int req)
{
	set_bit(req, &vcpu->requests);
	fake_kicks[vcpu->idx]++;
}

static inline bool was_asked(unsigned int cpu, unsigned int req)
{
	return test_and_clear_bit(req, &fake_cpu[cpu].base.requests);
}

int lapic_deliver(struct lapic *a, const struct lapic_message *m)
{
	(void)a;
	assert_true(m->mode == LAPIC_FIXED && !m->level);
	fake_upcalls[m->vector]++;
	return 1;
}

void power_halt(struct x86_vcpu *vcpu)
{
	(void)vcpu;
	fake_halts++;
}

u64 kvmclock_now(struct x86_vm *vm)
{
	assert_ptr_equal(vm, &fake_vm);
	return fake_time;
}

ktime_t ktime_get(void)
{
	return FAKE_NOW + fake_time;
}

void hrtimer_init(struct hrtimer *timer, clockid_t clock, enum hrtimer_mode mode)
{
	assert_true(clock == CLOCK_MONOTONIC && mode == HRTIMER_MODE_ABS_HARD);
	timer->expires = 0;
}

void hrtimer_start(struct hrtimer *timer, ktime_t expires, enum hrtimer_mode mode)
{
	assert_int_equal(mode, HRTIMER_MODE_ABS_HARD);
	timer->expires = expires;
}

int hrtimer_cancel(struct hrtimer *timer)
{
	timer->expires = 0;
	return 0;
}

int hrtimer_try_to_cancel(struct hrtimer *timer)
{
	return hrtimer_cancel(timer);
}

/* It has to be armed for that time of the guest's clock. */
static inline void fires_at(struct hrtimer *timer, u64 time)
{
	assert_int_equal(timer->expires, FAKE_NOW + time);
	fake_time = time;
	timer->expires = 0;
	assert_int_equal(timer->function(timer), HRTIMER_NORESTART);
}

static inline int fake_setup(void **state)
{
	unsigned int i;

	(void)state;
	memset(fake_mem, 0, sizeof(fake_mem));
	memset(fake_away, 0, sizeof(fake_away));
	memset(fake_dirty, 0, sizeof(fake_dirty));
	memset(fake_caches, 0, sizeof(fake_caches));
	memset(fake_upcalls, 0, sizeof(fake_upcalls));
	memset(fake_kicks, 0, sizeof(fake_kicks));
	memset(&fake_vm, 0, sizeof(fake_vm));
	memset(fake_cpu, 0, sizeof(fake_cpu));
	fake_uses = fake_halts = 0;
	fake_on_end = NULL;
	fake_time = 5000;
	mutex_init(&fake_vm.base.lock);
	fake_vm.base.nr_vcpus = FAKE_CPUS;
	fake_vm.gpa_bits = 40;
	fake_vm.xen.long_mode = true;
	fake_vm.xen.shared = KVM_XEN_INVALID_GFN;
	pfn_cache_init(&fake_vm.xen.page, &fake_vm.npt.gmem, PFN_CACHE_WRITE);
	xa_init_flags(&fake_vm.xen.ports, XA_FLAGS_ACCOUNT);
	for (i = 0; i < FAKE_CPUS; i++) {
		fake_cpu[i].vm = &fake_vm;
		fake_cpu[i].base.vm = &fake_vm.base;
		fake_cpu[i].base.idx = i;
		fake_cpu[i].intc.there = true;
		pfn_cache_init(&fake_cpu[i].xen.info, &fake_vm.npt.gmem, PFN_CACHE_WRITE);
	}
	return 0;
}

static inline int fake_teardown(void **state)
{
	(void)state;
	assert_int_equal(fake_uses, 0);
	shim_check_quiet();
	return 0;
}

#endif

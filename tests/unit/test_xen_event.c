// SPDX-License-Identifier: GPL-2.0
/*
 * Event channels of a Xen guest, its timer, and waiting for events. Where the bits are is Xen's: xen.h, struct
 * shared_info and struct vcpu_info.
 */
#include "test_xen_fake.h"

#define SHARED		FAKE_MEM
#define INFO(cpu)	(FAKE_MEM + 2 * PAGE_SIZE + 64 * (cpu))
#define PENDING		(SHARED + 0x800)
#define MASK_64		(SHARED + 0xa00)
#define MASK_32		(SHARED + 0x880)
#define VECTOR		0x55

static struct x86_vcpu *cpu = &fake_cpu[0];

static void set_bit_at(u64 gpa, unsigned int nr)
{
	mem_at(gpa)[nr / 8] |= 1 << nr % 8;
}

static u64 u64_at(u64 gpa)
{
	u64 val;

	memcpy(&val, mem_at(gpa), sizeof(val));
	return val;
}

/* How many bits are set in memory, all in all. */
static unsigned int bits(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < sizeof(fake_mem); i++)
		n += __builtin_popcount(((unsigned char *)fake_mem)[i]);
	return n;
}

static int setup(void **state)
{
	unsigned int i;

	fake_setup(state);
	mutex_lock(&fake_vm.base.lock);
	assert_int_equal(event_set_shared(&fake_vm, SHARED >> PAGE_SHIFT), 0);
	mutex_unlock(&fake_vm.base.lock);
	for (i = 0; i < FAKE_CPUS; i++) {
		assert_int_equal(pfn_cache_activate(&fake_cpu[i].xen.info, INFO(i), 64), 0);
		fake_cpu[i].xen.on = true;
		fake_cpu[i].xen.vector = VECTOR;
		fake_cpu[i].base.requests = 0;
		poll_init(&fake_cpu[i]);
	}
	memset(fake_kicks, 0, sizeof(fake_kicks));
	return 0;
}

/* An event sets its bit, its word's bit and the flag, both pages are written, and the vCPU is interrupted; a second time it is nothing. */
static void raises(void **state)
{
	static const u32 ports[] = { 1, 63, 64, 4095 };
	unsigned int i;

	for (i = 0; i < 4; i++) {
		setup(state);
		assert_int_equal(event_raise(cpu, ports[i]), 1);
		assert_int_equal(mem_at(PENDING)[ports[i] / 8], 1 << ports[i] % 8);
		assert_int_equal(u64_at(INFO(0) + 8), 1ULL << ports[i] / 64);
		assert_int_equal(*mem_at(INFO(0)), 1);
		assert_int_equal(bits(), 3);
		assert_true(fake_dirty[0] == 1 && fake_dirty[2] == 1);
		assert_true(fake_upcalls[VECTOR] == 1 && was_asked(0, VCPU_REQ_IRQ) && fake_kicks[0] == 1);
		assert_int_equal(event_raise(cpu, ports[i]), 0);
		assert_int_equal(bits(), 3);
		/* nothing was written */
		assert_true(fake_dirty[0] == 1 && fake_dirty[2] == 1);
		assert_true(fake_upcalls[VECTOR] == 1 && fake_kicks[0] == 1);
		/* another one in a vCPU that has not looked yet is no interrupt more */
		assert_int_equal(event_raise(cpu, 200), 1);
		assert_true(fake_upcalls[VECTOR] == 1 && fake_kicks[0] == 1);
	}
}

/* A 32-bit guest has fewer ports, and its masks and words elsewhere. */
static void raises_32(void **state)
{
	(void)state;
	fake_vm.xen.long_mode = false;
	assert_int_equal(event_raise(cpu, 1024), -EINVAL);
	assert_int_equal(event_raise(cpu, 1023), 1);
	assert_int_equal(mem_at(PENDING)[127], 0x80);
	assert_int_equal(u64_at(INFO(0) + 4), 1ULL << 31);
	assert_int_equal(bits(), 3);
	set_bit_at(MASK_32, 40);
	assert_int_equal(event_raise(cpu, 40), 0);
	/* that bit is another port's mask in the other mode */
	set_bit_at(MASK_64, 41);
	assert_int_equal(event_raise(cpu, 41), 1);
	assert_int_equal(u64_at(INFO(0) + 4), 1ULL << 31 | 1 << 1);
}

/* What is no port, or has no page to be in, is refused, and nothing is written. */
static void refused(void **state)
{
	(void)state;
	assert_int_equal(event_raise(cpu, 0), -EINVAL);
	assert_int_equal(event_raise(cpu, 4096), -EINVAL);
	assert_int_equal(event_send(&fake_vm, 7, 5), -ENOENT);
	assert_int_equal(event_pending(&fake_vm, 4096), -EINVAL);
	fake_vm.xen.long_mode = false;
	assert_int_equal(event_pending(&fake_vm, 1024), -EINVAL);
	fake_vm.xen.long_mode = true;
	mutex_lock(&fake_vm.base.lock);
	assert_int_equal(event_set_shared(&fake_vm, KVM_XEN_INVALID_GFN), 0);
	assert_int_equal(event_raise(cpu, 5), -ENXIO);
	/* where there is no memory */
	assert_int_equal(event_set_shared(&fake_vm, 1), -EFAULT);
	mutex_unlock(&fake_vm.base.lock);
	assert_int_equal(event_raise(cpu, 5), -ENXIO);
	assert_int_equal(bits(), 0);
	assert_int_equal(fake_kicks[0], 0);
}

/* A masked event waits in its bit. */
static void masked(void **state)
{
	(void)state;
	set_bit_at(MASK_64, 70);
	assert_int_equal(event_raise(cpu, 70), 0);
	assert_int_equal(event_pending(&fake_vm, 70), 1);
	assert_int_equal(event_pending(&fake_vm, 71), 0);
	assert_int_equal(bits(), 2);
	assert_true(fake_dirty[0] == 1 && !fake_dirty[2] && !fake_kicks[0]);
}

/* Of a route the port must be one of the mode's, the priority the only one there is. */
static void routes(void **state)
{
	struct kvm_irq_routing_xen_evtchn e = { .port = 4095, .priority = KVM_IRQ_ROUTING_XEN_EVTCHN_PRIO_2LEVEL };

	(void)state;
	assert_true(event_route_fits(&fake_vm, &e));
	e.port = 4096;
	assert_false(event_route_fits(&fake_vm, &e));
	e.port = 0;
	assert_false(event_route_fits(&fake_vm, &e));
	e.port = 1024;
	fake_vm.xen.long_mode = false;
	assert_false(event_route_fits(&fake_vm, &e));
	e.port = 1023;
	assert_true(event_route_fits(&fake_vm, &e));
	e.priority = 0;
	assert_false(event_route_fits(&fake_vm, &e));
}

/* A vCPU with no vector of its own, or no local APIC, is woken and looks for itself. */
static void upcalls(void **state)
{
	unsigned int i;

	(void)state;
	cpu->xen.vector = 0;
	assert_int_equal(event_send(&fake_vm, 0, 5), 1);
	fake_cpu[1].intc.there = false;
	assert_int_equal(event_send(&fake_vm, 1, 6), 1);
	for (i = 0; i < 256; i++)
		assert_int_equal(fake_upcalls[i], 0);
	assert_true(was_asked(0, VCPU_REQ_IRQ) && was_asked(1, VCPU_REQ_IRQ));
	assert_int_equal(*mem_at(INFO(1)), 1);
}

/* Events whose page is away are put off and come when it is back, once each, and no sooner. */
static void late(void **state)
{
	(void)state;
	fake_take(SHARED, false);
	assert_int_equal(event_raise(cpu, 5), 1);
	assert_int_equal(event_raise(cpu, 4095), 1);
	assert_true(was_asked(0, X86_REQ_XEN) && !was_asked(0, VCPU_REQ_IRQ));
	event_late(cpu);
	assert_int_equal(bits(), 0);
	fake_take(SHARED, true);
	event_late(cpu);
	assert_true(event_pending(&fake_vm, 5) == 1 && event_pending(&fake_vm, 4095) == 1);
	assert_int_equal(u64_at(INFO(0) + 8), 1ULL << 63 | 1);
	assert_int_equal(fake_upcalls[VECTOR], 1);
	memset(fake_mem, 0, sizeof(fake_mem));
	event_late(cpu);
	assert_int_equal(bits(), 0);
}

/* So does the word of one whose vcpu_info is away, as long as there is one. */
static void late_words(void **state)
{
	(void)state;
	fake_take(INFO(0), true);
	assert_int_equal(event_raise(cpu, 130), 1);
	assert_int_equal(event_pending(&fake_vm, 130), 1);
	assert_true(was_asked(0, X86_REQ_XEN) && bits() == 1 && !fake_upcalls[VECTOR]);
	/* it is not back yet: it waits on, and asks to be looked at */
	event_late(cpu);
	assert_true(was_asked(0, X86_REQ_XEN) && bits() == 1);
	assert_int_equal(pfn_cache_refresh(&cpu->xen.info), 0);
	cpu->xen.lost = true;
	event_late(cpu);
	assert_int_equal(bits(), 1);
	cpu->xen.lost = false;
	cpu->xen.on = false;
	event_late(cpu);
	assert_int_equal(bits(), 1);
	cpu->xen.on = true;
	event_late(cpu);
	assert_true(bits() == 3 && u64_at(INFO(0) + 8) == 1 << 2 && fake_upcalls[VECTOR] == 1);
	event_late(cpu);
	assert_int_equal(fake_upcalls[VECTOR], 1);
	/* 32-bit words */
	fake_vm.xen.long_mode = false;
	fake_take(INFO(0), true);
	assert_int_equal(event_raise(cpu, 160), 1);
	assert_int_equal(pfn_cache_refresh(&cpu->xen.info), 0);
	memset(mem_at(INFO(0)), 0, 64);
	event_late(cpu);
	assert_int_equal(u64_at(INFO(0) + 4), 1 << 5);
}

/* Who has waited for a shared page is told that there is one. */
static void shared_page(void **state)
{
	(void)state;
	mutex_lock(&fake_vm.base.lock);
	assert_int_equal(event_set_shared(&fake_vm, KVM_XEN_INVALID_GFN), 0);
	assert_true(!was_asked(0, X86_REQ_XEN) && !was_asked(1, X86_REQ_XEN));
	assert_false(pfn_cache_check(&fake_vm.xen.page));
	assert_int_equal(event_set_shared(&fake_vm, (SHARED >> PAGE_SHIFT) + 1), 0);
	mutex_unlock(&fake_vm.base.lock);
	assert_true(was_asked(0, X86_REQ_XEN) && was_asked(1, X86_REQ_XEN));
	assert_int_equal(event_raise(cpu, 8), 1);
	assert_int_equal(mem_at(PENDING + PAGE_SIZE)[1], 1);
}

/* The timer fires once, at its time, with its event; one in the past at once; without a port there is none. */
static void timer(void **state)
{
	struct xen_timers *t = &cpu->xen.timers;

	(void)state;
	poll_set_timer(cpu, 9000);
	assert_true(!t->timer.expires && !t->expires);
	t->port = 77;
	poll_set_timer(cpu, 9000);
	assert_int_equal(t->expires, 9000);
	fires_at(&t->timer, 9000);
	assert_true(!t->expires && event_pending(&fake_vm, 77) == 1);
	poll_set_timer(cpu, 100);
	assert_int_equal(t->timer.expires, FAKE_NOW + fake_time);
	poll_set_timer(cpu, 0);
	assert_true(!t->timer.expires && !t->expires);
	/* further than there is time */
	poll_set_timer(cpu, ~0ULL);
	assert_true(t->timer.expires > (s64)1 << 60);
	poll_destroy(cpu);
	assert_int_equal(t->timer.expires, 0);
}

/* A poll for what is there goes on at once; for what is not it halts, until the time that it says. */
static void polls(void **state)
{
	const u32 ports[] = { 5, 70 };

	(void)state;
	assert_int_equal(event_raise(cpu, 70), 1);
	assert_int_equal(poll_begin(cpu, ports, 2, 9000), 0);
	assert_true(!fake_halts && cpu->xen.timers.polled == POLL_NONE && !cpu->xen.timers.poll.expires);
	assert_int_equal(poll_begin(cpu, ports, 1, 9000), 0);
	assert_true(fake_halts == 1 && !cpu->unhalt);
	fires_at(&cpu->xen.timers.poll, 9000);
	assert_true(cpu->unhalt && cpu->xen.timers.polled == POLL_NONE);
	/* without a time there is no timer */
	cpu->unhalt = false;
	assert_int_equal(poll_begin(cpu, ports, 1, 0), 0);
	assert_true(fake_halts == 2 && !cpu->xen.timers.poll.expires);
	/* what comes too late for anybody wakes nobody */
	poll_end(cpu);
	was_asked(0, VCPU_REQ_IRQ);
	cpu->xen.timers.poll.function(&cpu->xen.timers.poll);
	assert_true(!cpu->unhalt && !was_asked(0, VCPU_REQ_IRQ));
	assert_int_equal(poll_begin(cpu, ports, 1, 9900), 0);
	poll_end(cpu);
	assert_true(!cpu->xen.timers.poll.expires && cpu->xen.timers.polled == POLL_NONE);
	assert_int_equal(poll_begin(cpu, ports, 1, 9900), 0);
	poll_destroy(cpu);
	assert_int_equal(cpu->xen.timers.poll.expires, 0);
}

/* A port that is none ends a poll with an error, and a page that cannot be had lets the guest look for itself. */
static void polls_badly(void **state)
{
	const u32 ports[] = { 5, 4096 };

	(void)state;
	assert_int_equal(poll_begin(cpu, ports, 2, 0), -EINVAL);
	assert_true(!fake_halts && cpu->xen.timers.polled == POLL_NONE);
	fake_take(SHARED, false);
	assert_int_equal(poll_begin(cpu, ports, 1, 0), 0);
	assert_true(!fake_halts && cpu->xen.timers.polled == POLL_NONE);
	fake_take(SHARED, true);
	set_bit_at(PENDING, 5);
	assert_int_equal(poll_begin(cpu, ports, 1, 0), 0);
	assert_int_equal(fake_halts, 0);
	fake_take(SHARED, true);
	mem_at(PENDING)[0] = 0;
	assert_int_equal(poll_begin(cpu, ports, 1, 0), 0);
	assert_int_equal(fake_halts, 1);
}

/* One polled port wakes though it is masked, any that is not masked wakes, another that is masked does not. */
static void poll_wakes(void **state)
{
	const u32 ports[] = { 5, 70 };

	(void)state;
	set_bit_at(MASK_64, 5);
	set_bit_at(MASK_64, 6);
	set_bit_at(MASK_64, 70);
	assert_int_equal(poll_begin(cpu, ports, 1, 0), 0);
	assert_int_equal(event_raise(cpu, 6), 0);
	assert_false(cpu->unhalt);
	assert_int_equal(event_raise(cpu, 5), 0);
	assert_true(cpu->unhalt && cpu->xen.timers.polled == POLL_NONE && was_asked(0, VCPU_REQ_IRQ));
	mem_at(PENDING)[0] = cpu->unhalt = 0;
	/* of several nobody says which: whatever comes wakes, and the guest looks */
	assert_int_equal(poll_begin(cpu, ports, 2, 0), 0);
	assert_int_equal(event_raise(cpu, 70), 0);
	assert_true(cpu->unhalt);
	mem_at(PENDING)[8] = cpu->unhalt = 0;
	assert_int_equal(poll_begin(cpu, ports, 1, 0), 0);
	assert_int_equal(event_raise(cpu, 300), 1);
	assert_true(cpu->unhalt);
	/* nobody polls */
	cpu->unhalt = false;
	assert_int_equal(event_raise(cpu, 301), 1);
	assert_false(cpu->unhalt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(raises, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(raises_32, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(refused, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(masked, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(routes, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(upcalls, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(late, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(late_words, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(shared_page, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(timer, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(polls, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(polls_badly, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(poll_wakes, setup, fake_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

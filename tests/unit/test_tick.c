// SPDX-License-Identifier: GPL-2.0
/*
 * The PIT of a VM: when its interrupts come, which of them are owed, and what its calls answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/kernel.h>
#include <linux/kvm.h>

#include "../../model/shim/unit.h"
#include "../../src/x86/irq/tick.c"

#define BEGIN	5000000000LL
#define SECOND	1000000000LL
#define PERIOD	999848LL	/* ns that 1193 ticks take, rounded up */

static struct x86_vm vm;
static s64 now;
static int answer;		/* how many take an interrupt */
static unsigned int pulses;
static bool level;
static void (*on_pulse)(void);
static s64 fires_at;		/* 0: not armed */

ktime_t ktime_get(void)
{
	return now;
}

void hrtimer_init(struct hrtimer *timer, clockid_t clock, enum hrtimer_mode mode)
{
	assert_true(clock == CLOCK_MONOTONIC && mode == HRTIMER_MODE_ABS_HARD);
}

void hrtimer_start(struct hrtimer *timer, ktime_t expires, enum hrtimer_mode mode)
{
	assert_int_equal(mode, HRTIMER_MODE_ABS_HARD);
	assert_false(raw_spin_trylock(&vm.irq.tick->lock));
	fires_at = expires;
}

int hrtimer_cancel(struct hrtimer *timer)
{
	/* what runs just now takes the lock */
	assert_true(raw_spin_trylock(&vm.irq.tick->lock));
	raw_spin_unlock(&vm.irq.tick->lock);
	fires_at = 0;
	return 0;
}

int hrtimer_try_to_cancel(struct hrtimer *timer)
{
	fires_at = 0;
	return 0;
}

static struct work_struct *queued;
static unsigned int cancels;

struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max)
{
	static int queue;

	assert_string_equal(name, "tabula-pit");
	return answer < -1 ? NULL : (struct workqueue_struct *)&queue;
}

void destroy_workqueue(struct workqueue_struct *wq)
{
}

bool queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	assert_ptr_equal(wq, tick_queue);
	queued = work;
	return true;
}

bool cancel_work_sync(struct work_struct *work)
{
	assert_int_equal(fires_at, 0);	/* no timer queues it again */
	queued = NULL;
	cancels++;
	return true;
}

static void serve(void)
{
	if (queued)
		queued->func(queued);
	queued = NULL;
}

int chip_set_gsi(struct x86_vm *v, u32 gsi, bool l)
{
	assert_ptr_equal(v, &vm);
	assert_int_equal(gsi, 0);
	assert_true(l != level);
	assert_true(raw_spin_trylock(&vm.irq.tick->lock));
	raw_spin_unlock(&vm.irq.tick->lock);
	level = l;
	pulses += l;
	if (l && on_pulse)
		on_pulse();
	return l ? answer : 0;
}

static int setup(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	mutex_init(&vm.base.lock);
	mutex_lock(&vm.base.lock);
	vm.irq.kind = IRQ_KERNEL;
	now = BEGIN;
	answer = 1;
	pulses = 0;
	fires_at = 0;
	assert_int_equal(tick_module_init(), 0);
	assert_int_equal(tick_create(&vm, KVM_PIT_SPEAKER_DUMMY), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tick_destroy(&vm);
	assert_int_equal(fires_at, 0);
	mutex_unlock(&vm.base.lock);
	return 0;
}

static void out(u16 port, u32 val)
{
	assert_true(tick_port(&vm, port, 1, &val, true));
}

/* 1 kHz, again and again or once. */
static void begin(u8 mode)
{
	out(0x43, 0x30 | mode << 1);
	out(0x40, 1193 & 255);
	out(0x40, 1193 >> 8);
}

/* The host's timer fires: so late. */
static void fire(s64 late)
{
	assert_true(fires_at);
	now = fires_at + late;
	fires_at = 0;
	assert_int_equal(vm.irq.tick->timer.function(&vm.irq.tick->timer), HRTIMER_NORESTART);
	serve();
}

/* A VM has one PIT, and only where it has the other controllers of PCs. */
static void made(void **state)
{
	struct kvm_pit_state2 s;
	u32 data = 0;

	(void)state;
	assert_int_equal(tick_create(&vm, 0), -EEXIST);
	tick_destroy(&vm);
	vm.irq.tick = NULL;
	assert_int_equal(tick_get_state(&vm, &s), -ENXIO);
	assert_int_equal(tick_set_state(&vm, &s, true), -ENXIO);
	assert_int_equal(tick_set_reinject(&vm, true), -ENXIO);
	assert_false(tick_port(&vm, 0x40, 1, &data, false));
	tick_destroy(&vm);
	vm.irq.kind = IRQ_SPLIT;
	assert_int_equal(tick_create(&vm, 0), -ENOENT);
	vm.irq.kind = IRQ_VMM;
	assert_int_equal(tick_create(&vm, 0), -ENOENT);
	vm.irq.kind = IRQ_KERNEL;
	shim_fail_alloc(1);
	assert_int_equal(tick_create(&vm, 0), -ENOMEM);
	shim_fail_alloc(0);
	assert_int_equal(tick_create(&vm, 0), 0);
}

/* Its ports are four, and the speaker's where the VMM has none; what is read is a byte. */
static void ports(void **state)
{
	u32 data = ~0;

	(void)state;
	assert_false(tick_port(&vm, 0x3f, 1, &data, false));
	assert_false(tick_port(&vm, 0x44, 1, &data, false));
	begin(0);
	assert_true(tick_port(&vm, 0x40, 4, &data, false));
	assert_int_equal(data, 1193 & 255);
	data = 0xff01;
	assert_true(tick_port(&vm, 0x61, 2, &data, true));
	data = ~0;
	assert_true(tick_port(&vm, 0x61, 1, &data, false));
	assert_int_equal(data & ~0x10, 1);
	tick_destroy(&vm);
	vm.irq.tick = NULL;
	assert_int_equal(tick_create(&vm, 0), 0);
	assert_false(tick_port(&vm, 0x61, 1, &data, false));
	assert_true(tick_port(&vm, 0x43, 1, &data, false));
}

/* What repeats interrupts at each of its times, in edges; what comes once does so once. */
static void edges(void **state)
{
	unsigned int i;

	(void)state;
	begin(2);
	assert_int_equal(fires_at, BEGIN + PERIOD);
	for (i = 1; i < 4; i++) {
		fire(100);
		assert_int_equal(pulses, i);
		assert_in_range(fires_at, BEGIN + (i + 1) * PERIOD - 3, BEGIN + (i + 1) * PERIOD);
	}
	begin(0);
	assert_int_equal(fires_at, now + PERIOD);
	fire(0);
	assert_int_equal(pulses, 4);
	assert_int_equal(fires_at, 0);
	/* one that never does so takes away the timer */
	begin(2);
	assert_true(fires_at);
	begin(5);
	assert_int_equal(fires_at, 0);
}

/* A timer that fires while it is set anew, or stopped, is none; nor is one that is early. */
static void overtaken(void **state)
{
	struct kvm_pit_state2 s;

	(void)state;
	begin(2);
	now += 1000;
	begin(2);
	now = BEGIN + PERIOD;
	assert_int_equal(tick_fires(&vm.irq.tick->timer), HRTIMER_NORESTART);
	assert_int_equal(pulses, 0);
	assert_int_equal(fires_at, BEGIN + 1000 + PERIOD);
	assert_int_equal(tick_get_state(&vm, &s), 0);
	s.flags |= KVM_PIT_FLAGS_HPET_LEGACY;
	assert_int_equal(tick_set_state(&vm, &s, true), 0);
	assert_int_equal(fires_at, 0);
	now += 1 * SECOND;
	assert_int_equal(tick_fires(&vm.irq.tick->timer), HRTIMER_NORESTART);
	assert_int_equal(pulses, 0);
}

/* A tick that finds the one before still waiting is owed, and comes when a vCPU has taken that. */
static void owed(void **state)
{
	(void)state;
	begin(2);
	answer = 0;
	fire(0);
	fire(0);
	assert_int_equal(pulses, 2);
	/* still none has taken it */
	tick_again(&vm);
	assert_int_equal(pulses, 3);
	assert_int_equal(vm.irq.tick->owed, 2);
	answer = 1;
	tick_again(&vm);
	tick_again(&vm);
	assert_int_equal(pulses, 5);
	tick_again(&vm);
	assert_int_equal(pulses, 5);
	/* of three that are told at once two are */
	fire(2 * PERIOD);
	assert_int_equal(pulses, 6);
	assert_int_equal(vm.irq.tick->owed, 2);
	fire(0);
	assert_int_equal(vm.irq.tick->owed, 2);
	/* where nobody listens any more nothing is */
	answer = -1;
	fire(0);
	assert_int_equal(vm.irq.tick->owed, 0);
	answer = 0;
	fire(0);
	assert_int_equal(vm.irq.tick->owed, 1);
	answer = -1;
	tick_again(&vm);
	assert_int_equal(vm.irq.tick->owed, 0);
	/* nor without end */
	answer = 0;
	fire(100000 * SECOND);
	assert_in_range(vm.irq.tick->owed, TICK_OWED_MAX, TICK_OWED_MAX + 1);
	fire(100000 * SECOND);
	assert_in_range(vm.irq.tick->owed, TICK_OWED_MAX, TICK_OWED_MAX + 1);
	/* and a guest that sets it up again has none */
	begin(2);
	assert_int_equal(vm.irq.tick->owed, 0);
}

static void anew(void)
{
	on_pulse = NULL;
	begin(2);
}

/* The timer's interrupt injects nothing itself, and what it leaves for the worker goes with what it is of. */
static void by_worker(void **state)
{
	(void)state;
	begin(2);
	now = fires_at;
	tick_fires(&vm.irq.tick->timer);
	now = fires_at;
	tick_fires(&vm.irq.tick->timer);
	assert_int_equal(pulses, 0);
	serve();
	assert_int_equal(pulses, 1);
	assert_int_equal(vm.irq.tick->owed, 1);
	now = fires_at;
	tick_fires(&vm.irq.tick->timer);
	begin(2);
	serve();
	assert_int_equal(pulses, 1);
	assert_int_equal(vm.irq.tick->owed, 0);
	now = fires_at;
	tick_fires(&vm.irq.tick->timer);
	/* set up anew while one is on its way: what was in hand is of before */
	answer = 0;
	on_pulse = anew;
	serve();
	assert_int_equal(vm.irq.tick->owed, 0);
	now = fires_at;
	tick_fires(&vm.irq.tick->timer);
	serve();
	assert_int_equal(vm.irq.tick->owed, 1);
	on_pulse = anew;
	tick_again(&vm);
	assert_int_equal(vm.irq.tick->owed, 0);
	answer = 1;
	now = fires_at;
	tick_fires(&vm.irq.tick->timer);
	cancels = 0;
	tick_destroy(&vm);
	assert_int_equal(cancels, 1);
	assert_null(queued);
	vm.irq.tick = NULL;
	answer = -2;
	assert_int_equal(tick_module_init(), -ENOMEM);
	answer = 1;
	assert_int_equal(tick_module_init(), 0);
	tick_module_exit();
}

/* KVM_REINJECT_CONTROL: what is lost is lost. */
static void lost(void **state)
{
	(void)state;
	begin(2);
	answer = 0;
	fire(0);
	assert_int_equal(vm.irq.tick->owed, 1);
	assert_int_equal(tick_set_reinject(&vm, false), 0);
	assert_int_equal(vm.irq.tick->owed, 0);
	fire(3 * PERIOD);
	assert_int_equal(vm.irq.tick->owed, 0);
	assert_int_equal(tick_set_reinject(&vm, true), 0);
	fire(0);
	assert_int_equal(vm.irq.tick->owed, 1);
	assert_int_equal(tick_set_reinject(&vm, true), 0);
	assert_int_equal(vm.irq.tick->owed, 1);
}

/* What is saved is set again, and interrupts go on when they would have come; what was due meanwhile comes at once. */
static void saved(void **state)
{
	struct kvm_pit_state2 s, t;

	(void)state;
	begin(2);
	out(0x61, 2);
	answer = 0;
	fire(0);
	memset(&s, 0xff, sizeof(s));
	assert_int_equal(tick_get_state(&vm, &s), 0);
	assert_int_equal(s.flags, KVM_PIT_FLAGS_SPEAKER_DATA_ON);
	assert_int_equal(s.reserved[8], 0);
	fires_at = 0;
	now += 100;
	assert_int_equal(tick_set_state(&vm, &s, true), 0);
	assert_int_equal(fires_at, BEGIN + 2 * PERIOD - 1);
	assert_int_equal(vm.irq.tick->owed, 0);
	assert_int_equal(tick_get_state(&vm, &t), 0);
	assert_memory_equal(&s, &t, sizeof(s));
	/* an HPET in its place */
	s.flags = KVM_PIT_FLAGS_HPET_LEGACY;
	assert_int_equal(tick_set_state(&vm, &s, true), 0);
	assert_int_equal(fires_at, 0);
	begin(2);
	assert_int_equal(fires_at, 0);
	assert_int_equal(tick_get_state(&vm, &t), 0);
	assert_int_equal(t.flags, KVM_PIT_FLAGS_HPET_LEGACY);
	/* callers of before the flags leave them */
	out(0x61, 2);
	memset(&t.flags, 0xff, sizeof(t.flags));
	t.flags &= ~KVM_PIT_FLAGS_SPEAKER_DATA_ON;
	t.flags &= ~KVM_PIT_FLAGS_HPET_LEGACY;
	assert_int_equal(tick_set_state(&vm, &t, false), 0);
	assert_int_equal(tick_get_state(&vm, &s), 0);
	assert_int_equal(s.flags, KVM_PIT_FLAGS_HPET_LEGACY | KVM_PIT_FLAGS_SPEAKER_DATA_ON);
	assert_int_equal(fires_at, 0);
	assert_int_equal(tick_set_state(&vm, &t, true), 0);
	assert_true(fires_at);
	/* once, and its time is over */
	begin(0);
	assert_int_equal(tick_get_state(&vm, &s), 0);
	now += 1 * SECOND;
	assert_int_equal(tick_set_state(&vm, &s, true), 0);
	assert_true(fires_at && fires_at < now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(made, setup, teardown),
		cmocka_unit_test_setup_teardown(ports, setup, teardown),
		cmocka_unit_test_setup_teardown(edges, setup, teardown),
		cmocka_unit_test_setup_teardown(overtaken, setup, teardown),
		cmocka_unit_test_setup_teardown(owed, setup, teardown),
		cmocka_unit_test_setup_teardown(by_worker, setup, teardown),
		cmocka_unit_test_setup_teardown(lost, setup, teardown),
		cmocka_unit_test_setup_teardown(saved, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The PIT of a VM. Channel 0's interrupts come by a timer of the host's, and go to vCPUs by a
 * worker: there may be hundreds of them. One that comes while the one before still waits for a vCPU
 * is owed, and comes when a vCPU has taken that: a guest counts its time by them.
 */
#include <linux/ktime.h>
#include <linux/lockdep.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "../../compat/hrtimer.h"
#include "../vm.h"
#include "chip.h"
#include "pit.h"
#include "tick.h"

#define TICK_GSI	0
#define TICK_OWED_MAX	(1 << 20)	/* who did not run for longer has other sources of time */

/**
 * struct tick - the PIT of a VM
 * @vm: whose
 * @lock: all that changes; taken in any context
 * @pit: the timer
 * @legacy: an HPET of the VMM's interrupts in its place
 * @armed: @timer will fire
 * @due: when
 * @timer: channel 0's next interrupt
 * @speaker: the speaker's port is here, too
 * @reinject: ticks may be owed
 * @owed: how many are
 * @come: ticks that the worker is to give
 * @set: how often all these were forgotten: what somebody has in hand then is of before
 * @work: the worker's
 */
struct tick {
	struct x86_vm *vm;
	raw_spinlock_t lock;
	struct pit pit;
	bool legacy;
	bool armed;
	s64 due;
	struct hrtimer timer;
	bool speaker;
	bool reinject;
	u32 owed;
	u32 come;
	u32 set;
	struct work_struct work;
};

static struct workqueue_struct *tick_queue;

int tick_module_init(void)
{
	tick_queue = alloc_workqueue("tabula-pit", WQ_UNBOUND | WQ_HIGHPRI, 0);
	return tick_queue ? 0 : -ENOMEM;
}

void tick_module_exit(void)
{
	destroy_workqueue(tick_queue);
}

/* Return: as chip_set_gsi() does. */
static int tick_pulse(struct tick *t)
{
	int taken = chip_set_gsi(t->vm, TICK_GSI, true);

	chip_set_gsi(t->vm, TICK_GSI, false);
	return taken;
}

/* @n ticks of @set, of which @taken one: where nobody listens nobody counts, else the rest is owed. */
static void tick_settle(struct tick *t, u32 set, u32 n, int taken)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&t->lock, flags);
	if (set == t->set) {
		if (taken < 0)
			t->owed = 0;
		else if (t->reinject && t->owed < TICK_OWED_MAX)
			t->owed += n - (taken > 0);
	}
	raw_spin_unlock_irqrestore(&t->lock, flags);
}

static void tick_work(struct work_struct *work)
{
	struct tick *t = container_of(work, struct tick, work);
	unsigned long flags;
	u32 n, set;

	raw_spin_lock_irqsave(&t->lock, flags);
	n = t->come;
	set = t->set;
	t->come = 0;
	raw_spin_unlock_irqrestore(&t->lock, flags);
	if (n)
		tick_settle(t, set, n, tick_pulse(t));
}

void tick_again(struct x86_vm *vm)
{
	struct tick *t = vm->irq.tick;
	unsigned long flags;
	u32 owed, set;

	if (!READ_ONCE(t->owed))
		return;
	raw_spin_lock_irqsave(&t->lock, flags);
	owed = t->owed;
	set = t->set;
	if (owed)
		t->owed--;
	raw_spin_unlock_irqrestore(&t->lock, flags);
	if (owed)
		tick_settle(t, set, 1, tick_pulse(t));
}

/* Ticks of before are nobody's any more. */
static void tick_forget(struct tick *t)
{
	lockdep_assert_held(&t->lock);
	t->come = 0;
	t->owed = 0;
	t->set++;
}

static void tick_arm(struct tick *t, s64 now)
{
	lockdep_assert_held(&t->lock);
	t->armed = !t->legacy && pit_next(&t->pit, now, &t->due);
	if (t->armed)
		hrtimer_start(&t->timer, t->due, HRTIMER_MODE_ABS_HARD);
	else
		/* if it fires just now, it finds that it is not armed */
		hrtimer_try_to_cancel(&t->timer);
}

/* Return: how many ticks have come; 0: it was armed anew, or stopped, in the meantime. */
static u32 tick_count(struct tick *t, s64 now)
{
	u64 period = pit_period(&t->pit);
	s64 due = t->due;

	lockdep_assert_held(&t->lock);
	if (!t->armed || now < due)
		return 0;
	if (!period) {
		t->armed = false;
		return 1;
	}
	tick_arm(t, now);
	return 1 + min_t(u64, div64_u64(now - due, period), TICK_OWED_MAX);
}

static enum hrtimer_restart tick_fires(struct hrtimer *timer)
{
	struct tick *t = container_of(timer, struct tick, timer);
	unsigned long flags;
	u32 n;

	raw_spin_lock_irqsave(&t->lock, flags);
	n = tick_count(t, ktime_get());
	if (t->come < TICK_OWED_MAX)
		t->come += n;
	raw_spin_unlock_irqrestore(&t->lock, flags);
	if (n)
		queue_work(tick_queue, &t->work);
	return HRTIMER_NORESTART;
}

int tick_create(struct x86_vm *vm, u32 flags)
{
	struct tick *t;

	lockdep_assert_held(&vm->base.lock);
	if (vm->irq.tick)
		return -EEXIST;
	if (vm->irq.kind != IRQ_KERNEL)
		return -ENOENT;
	t = kzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);
	if (!t)
		return -ENOMEM;
	t->vm = vm;
	t->speaker = flags & KVM_PIT_SPEAKER_DUMMY;
	t->reinject = true;
	raw_spin_lock_init(&t->lock);
	INIT_WORK(&t->work, tick_work);
	compat_hrtimer_setup(&t->timer, tick_fires, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_HARD);
	pit_reset(&t->pit, ktime_get());
	/* vCPUs may run, and find it */
	smp_store_release(&vm->irq.tick, t);
	return 0;
}

void tick_destroy(struct x86_vm *vm)
{
	struct tick *t = vm->irq.tick;
	unsigned long flags;

	if (!t)
		return;
	raw_spin_lock_irqsave(&t->lock, flags);
	t->armed = false;
	raw_spin_unlock_irqrestore(&t->lock, flags);
	hrtimer_cancel(&t->timer);
	cancel_work_sync(&t->work);
	kfree(t);
}

static struct tick *tick_of(struct x86_vm *vm)
{
	/* pairs with tick_create(): who sees it sees it whole */
	return smp_load_acquire(&vm->irq.tick);
}

bool tick_port(struct x86_vm *vm, u16 port, unsigned int len, u32 *data, bool write)
{
	struct tick *t = tick_of(vm);
	unsigned long flags;
	s64 now;

	if (!t || !(pit_has_port(port) || (port == PIT_SPEAKER && t->speaker)))
		return false;
	raw_spin_lock_irqsave(&t->lock, flags);
	now = ktime_get();
	if (!write) {
		*data = pit_read(&t->pit, port, now);
	} else if (pit_write(&t->pit, port, *data, now)) {
		tick_forget(t);
		tick_arm(t, now);
	}
	raw_spin_unlock_irqrestore(&t->lock, flags);
	return true;
}

int tick_get_state(struct x86_vm *vm, struct kvm_pit_state2 *state)
{
	struct tick *t = tick_of(vm);
	unsigned long flags;

	if (!t)
		return -ENXIO;
	memset(state, 0, sizeof(*state));
	raw_spin_lock_irqsave(&t->lock, flags);
	BUILD_BUG_ON(sizeof(state->channels) != sizeof(t->pit.channel));
	memcpy(state->channels, t->pit.channel, sizeof(state->channels));
	state->flags = (t->legacy ? KVM_PIT_FLAGS_HPET_LEGACY : 0) | (t->pit.speaker ? KVM_PIT_FLAGS_SPEAKER_DATA_ON : 0);
	raw_spin_unlock_irqrestore(&t->lock, flags);
	return 0;
}

int tick_set_state(struct x86_vm *vm, const struct kvm_pit_state2 *state, bool flags)
{
	struct tick *t = tick_of(vm);
	unsigned long irqs;
	bool speaker;
	s64 now;

	if (!t)
		return -ENXIO;
	raw_spin_lock_irqsave(&t->lock, irqs);
	now = ktime_get();
	speaker = t->pit.speaker;
	pit_set_state(&t->pit, state, now);
	if (flags)
		t->legacy = state->flags & KVM_PIT_FLAGS_HPET_LEGACY;
	else
		t->pit.speaker = speaker;
	tick_forget(t);
	tick_arm(t, now);
	raw_spin_unlock_irqrestore(&t->lock, irqs);
	return 0;
}

int tick_set_reinject(struct x86_vm *vm, bool reinject)
{
	struct tick *t = tick_of(vm);
	unsigned long flags;

	if (!t)
		return -ENXIO;
	raw_spin_lock_irqsave(&t->lock, flags);
	t->reinject = reinject;
	if (!reinject)
		t->owed = 0;
	raw_spin_unlock_irqrestore(&t->lock, flags);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Is a vCPU on, and how does it begin: what PSCI's CPU_ON and CPU_OFF (DEN0022 5.1),
 * the machine's end, and the VMM (KVM API 4.38, 4.39, 4.82) change.
 *
 * The state is its own message: a vCPU that finds itself on finds its start state, too,
 * whether it was told yet or not.
 */
#ifndef TABULA_POWER_H
#define TABULA_POWER_H

#include <linux/spinlock.h>
#include <linux/types.h>
#include <asm/barrier.h>

/**
 * struct power_start - how a vCPU that CPU_ON turned on begins
 * @pc: entry point
 * @x0: context id
 * @big_endian: data at EL1, as its caller's
 */
struct power_start {
	u64 pc;
	u64 x0;
	bool big_endian;
};

/**
 * struct power - the power state of one vCPU
 * @lock: the VM's, for all its vCPUs: their states change together
 * @off: it does not run
 * @suspended: on, but waits for an event that the VMM is to hear of
 * @start_pending: @start is not yet in its registers. Whoever holds the vCPU's mutex
 *	puts it there before anything else; stays while it is turned off again.
 * @start: how it begins
 */
struct power {
	spinlock_t *lock;
	bool off;
	bool suspended;
	bool start_pending;
	struct power_start start;
};

/* What CPU_ON came to. */
enum power_result {
	POWER_STARTED,
	POWER_ALREADY_ON,
	POWER_CALLER_OFF,	/* the machine went off meanwhile: nobody is started any more */
};

/**
 * power_init() - a new vCPU: on
 * @p: its power state
 * @lock: the VM's lock of power states; nothing nests inside
 */
void power_init(struct power *p, spinlock_t *lock);

/**
 * power_reset() - KVM_ARM_VCPU_INIT: forget what CPU_ON left; takes the lock
 * @p: of the vCPU
 * @off: KVM_ARM_VCPU_POWER_OFF
 */
void power_reset(struct power *p, bool off);

/**
 * power_cpu_on() - CPU_ON; takes the lock
 * @caller: who calls
 * @target: whom it turns on; of the same VM
 * @start: how it begins
 *
 * Return: enum power_result. After POWER_STARTED the target has to be kicked.
 */
enum power_result power_cpu_on(const struct power *caller, struct power *target,
			       const struct power_start *start);

/**
 * power_off() - turn a vCPU off; takes the lock
 * @p: of any vCPU, which then has to be kicked
 */
void power_off(struct power *p);

/**
 * power_off_held() - power_off() where the lock is held, to turn off many at once
 * @p: of any vCPU
 */
void power_off_held(struct power *p);

/**
 * power_set_on() - KVM_MP_STATE_RUNNABLE: on, with the registers it has; takes the lock
 * @p: of the vCPU; its mutex is held
 */
void power_set_on(struct power *p);

/**
 * power_suspend() - KVM_MP_STATE_SUSPENDED; takes the lock
 * @p: of the vCPU; its mutex is held
 */
void power_suspend(struct power *p);

/**
 * power_take_start() - take the start state that CPU_ON left; takes the lock
 * @p: of a vCPU whose mutex is held
 * @start: given the state
 *
 * Return: false: there is none.
 */
bool power_take_start(struct power *p, struct power_start *start);

/**
 * power_is_off() - does the vCPU not run?
 * @p: of any vCPU; no lock
 *
 * Return: true when off. After false power_is_plain() tells of a start state that made it so.
 */
static inline bool power_is_off(const struct power *p)
{
	return smp_load_acquire(&p->off);	/* pairs with power_cpu_on() */
}

/**
 * power_is_suspended() - does the vCPU wait for an event?
 * @p: of any vCPU; no lock
 *
 * Return: true when suspended, which is not off.
 */
static inline bool power_is_suspended(const struct power *p)
{
	return READ_ONCE(p->suspended);
}

/**
 * power_is_plain() - may the vCPU run on with the registers it has?
 * @p: of the current thread's vCPU; no lock
 *
 * Return: true: on, not suspended, no start state.
 */
static inline bool power_is_plain(const struct power *p)
{
	return !power_is_off(p) && !power_is_suspended(p) && !READ_ONCE(p->start_pending);
}

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What counts: perf events that count nothing but what the guest does, from entry to exit.
 */
#ifndef TABULA_PMU_EVENT_H
#define TABULA_PMU_EVENT_H

#include <linux/types.h>

struct arm_vcpu;

/**
 * event_version() - PMUVer of a vCPU
 * @vcpu: the vCPU
 *
 * Return: what its VM's ID_AA64DFR0_EL1 shows.
 */
unsigned int event_version(const struct arm_vcpu *vcpu);

/**
 * event_sync() - have an event for each counter that is enabled, and for no other
 * @vcpu: the current thread's, or not running; its mutex is held; may sleep
 *
 * Also what follows from PMCR_EL0.E and the overflow interrupt's level.
 */
void event_sync(struct arm_vcpu *vcpu);

/**
 * event_stop() - let go of counters' events; what they have counted goes to the registers
 * @vcpu: likewise
 * @which: counters
 *
 * event_sync() makes new ones.
 */
void event_stop(struct arm_vcpu *vcpu, u32 which);

/**
 * event_read() - a counter's value
 * @vcpu: likewise
 * @n: the counter, below PMU_COUNTERS
 *
 * Notes an overflow that its event has come by. Return: it, of 64 or 32 bits.
 */
u64 event_read(struct arm_vcpu *vcpu, unsigned int n);

/**
 * event_increment() - PMSWINC_EL0
 * @vcpu: likewise
 * @which: counters; those that are enabled and count SW_INCR at this exception level
 */
void event_increment(struct arm_vcpu *vcpu, u32 which);

#endif

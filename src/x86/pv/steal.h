/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Steal time: how long a vCPU could have run and did not, and whether it is preempted
 * just now, in a record that other vCPUs read, and ask for a TLB flush in.
 */
#ifndef TABULA_PV_STEAL_H
#define TABULA_PV_STEAL_H

#include <linux/types.h>

#include "mem.h"

#define PV_STEAL_SIZE		64
#define PV_STEAL_PREEMPTED	0x01
#define PV_STEAL_FLUSH		0x02	/* another vCPU: flush its TLB before it runs */

/**
 * struct pv_steal - steal time of a vCPU
 * @mem: the record; NULL: the guest has none
 * @last: the host's count when the record was last written
 * @marked: it says that the vCPU is preempted
 * @clear: it says that the vCPU runs: we stored that, and have not marked it since
 * @flush: a flush was asked for and is owed
 * @torn: its version is odd, and all time is told
 */
struct pv_steal {
	struct pv_mem *mem;
	u64 last;
	bool marked;
	bool clear;
	bool flush;
	bool torn;
};

/**
 * pv_steal_set() - the guest gives a record, or takes it away
 * @s: steal time
 * @mem: the record, or NULL
 * @delay_ns: the host's count of time that the vCPU's thread waited for a CPU
 *
 * Time stolen before is not told. What is in the record is added to: the guest may have
 * come from another host.
 */
void pv_steal_set(struct pv_steal *s, struct pv_mem *mem, u64 delay_ns);

/**
 * pv_steal_is_due() - has pv_steal_enter() anything to do?
 * @s: steal time, of a guest that has a record
 * @delay_ns: as there
 *
 * Return: false: the record says all, and that the vCPU runs.
 */
static inline bool pv_steal_is_due(const struct pv_steal *s, u64 delay_ns)
{
	/* what others ask for they ask in a byte that says preempted, and a clear one does not */
	return !s->clear || s->torn || delay_ns != s->last;
}

/**
 * pv_steal_enter() - before the guest runs again, once its thread has been away
 * @s: steal time
 * @delay_ns: the host's count, which only grows
 *
 * Then pv_steal_take_flush(). A record that is clear, and has no time to be told, is left alone. On an error the guest must not run until a call succeeds:
 * others may ask for a flush in a record that says preempted, or wait for its version to
 * be even. Nothing is lost, or told twice.
 *
 * Return: 0, or the first error of @s->mem.
 */
int pv_steal_enter(struct pv_steal *s, u64 delay_ns);

/**
 * pv_steal_leave() - its thread leaves the CPU
 * @s: steal time
 *
 * In the scheduler's hook: @s->mem->xchg must not sleep then. On an error the vCPU seems
 * to run, and others interrupt it: that is slow, not wrong.
 *
 * Return: 0, or the error of @s->mem.
 */
int pv_steal_leave(struct pv_steal *s);

/**
 * pv_steal_take_flush() - is a flush owed?
 * @s: steal time
 *
 * Return: true, once: flush all of the vCPU's TLB before the guest runs.
 */
bool pv_steal_take_flush(struct pv_steal *s);

#endif

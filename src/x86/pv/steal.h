/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Steal time: how long a vCPU could have run and did not, and whether it is preempted
 * just now, in a record that other vCPUs read, and ask for a TLB flush in.
 */
#ifndef TABULA_PV_STEAL_H
#define TABULA_PV_STEAL_H

#include <linux/types.h>

#include "../../host/user.h"
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
 * @torn: its version is odd; the time may be told
 * @at: user address of the record, for pv_steal_tell(), while it says that the vCPU runs, and is whole; else 0
 */
struct pv_steal {
	struct pv_mem *mem;
	u64 last;
	bool marked;
	bool clear;
	bool flush;
	bool torn;
	unsigned long at;
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
 * pv_steal_tell() - tell that time was stolen, in the last moment
 * @s: steal time; its @at is not 0
 * @delta_ns: how much, since it was told last
 *
 * Context: the vCPU has said that it is inside (vcpu_say_inside()), where a change of slots waits for it; page
 * faults are off. Return: false: a page is not at hand: pv_steal_enter() is due.
 */
static inline bool pv_steal_tell(struct pv_steal *s, u64 delta_ns)
{
	int far = host_user_add_versioned(s->at, delta_ns);

	if (far >= 2)
		s->last += delta_ns;
	if (far == 3)
		return true;
	s->torn = far;
	s->at = 0;
	return false;
}

/**
 * pv_steal_found() - from here on pv_steal_tell() will do
 * @s: steal time
 * @hva: user address of the record, as slots have it; 0: not known
 *
 * Context: the vCPU's thread, preemption off. Where a switch of threads has marked the record meanwhile, or it is torn,
 * nothing changes.
 */
static inline void pv_steal_found(struct pv_steal *s, unsigned long hva)
{
	s->at = s->clear && !s->torn ? hva : 0;
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
 * In the scheduler's hook: @s->mem->exchange must not sleep then. On an error the vCPU seems
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

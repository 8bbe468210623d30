// SPDX-License-Identifier: GPL-2.0
/*
 * Steal time. The byte that says "preempted" is only ever exchanged: whoever takes it
 * away holds what others asked for in it.
 */
#include <asm/barrier.h>

#include "../../mutant.h"
#include "steal.h"

#define STEAL_TIME	0
#define STEAL_VERSION	8
#define STEAL_STATE	16

void pv_steal_set(struct pv_steal *s, struct pv_mem *mem, u64 delay_ns)
{
	s->mem = mem;
	s->last = delay_ns;
	s->marked = false;
	s->clear = false;
	s->torn = false;
	s->at = 0;
}

static int exchange(struct pv_steal *s, u64 val)
{
	struct pv_mem *m = s->mem;
	u64 was = 0;
	int ret;

	if (MUTANT(steal_two_steps)) {
		ret = m->load(m, STEAL_STATE, 1, &was) ?: m->store(m, STEAL_STATE, 1, val);
	} else {
		ret = m->exchange(m, STEAL_STATE, 1, &val);
		was = val;
	}
	if (!ret && (was & PV_STEAL_FLUSH) && !MUTANT(steal_unflushed))
		s->flush = true;
	return ret;
}

/* The version is odd while the time is written, which a 32-bit guest reads in halves. */
static int tell(struct pv_steal *s, u64 delay_ns)
{
	struct pv_mem *m = s->mem;
	u64 version, time;
	int ret;

	ret = m->load(m, STEAL_VERSION, 4, &version);
	if (!ret)
		ret = m->load(m, STEAL_TIME, 8, &time);
	if (ret)
		return ret;
	version += version & 1 ? 2 : 1;
	ret = m->store(m, STEAL_VERSION, 4, (u32)version);
	if (ret)
		return ret;
	/* odd before what follows; pairs with the reader's, as does the next */
	smp_wmb();
	ret = m->store(m, STEAL_TIME, 8, time + delay_ns - s->last);
	if (ret)
		return ret;
	s->last = delay_ns;
	/* even after it */
	smp_wmb();
	ret = m->store(m, STEAL_VERSION, 4, (u32)(version + 1));
	s->torn = ret;
	return ret;
}

int pv_steal_enter(struct pv_steal *s, u64 delay_ns)
{
	int ret;

	if (!s->mem)
		return 0;
	if (!s->clear) {
		/* first: a switch of threads right behind the exchange marks it again, and says so */
		s->clear = true;
		ret = exchange(s, 0);
		if (ret) {
			s->clear = false;
			return ret;
		}
		s->marked = false;
	}
	return delay_ns == s->last && !s->torn ? 0 : tell(s, delay_ns);
}

int pv_steal_leave(struct pv_steal *s)
{
	int ret;

	if (!s->mem || s->marked)
		return 0;
	s->clear = false;
	s->at = 0;
	ret = exchange(s, PV_STEAL_PREEMPTED);
	s->marked = !ret;
	return ret;
}

bool pv_steal_take_flush(struct pv_steal *s)
{
	bool flush = s->flush;

	s->flush = false;
	return flush;
}

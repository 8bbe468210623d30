// SPDX-License-Identifier: GPL-2.0
/*
 * kvmclock: arithmetic, and the order of stores.
 */
#include <linux/kernel.h>

#include <asm/barrier.h>

#include "../../mutant.h"
#include "clock.h"

#define NS_PER_S	1000000000ULL

/* As many bits of the factor as there are, cut off: the line is never too steep. */
static void set_scale(struct pv_clock *c, u32 tsc_khz)
{
	int shift = -12;

	while ((1000000ULL << (32 - shift)) / tsc_khz > U32_MAX)
		shift++;
	c->mul = (1000000ULL << (32 - shift)) / tsc_khz;
	c->shift = shift;
}

void pv_clock_set(struct pv_clock *c, u32 tsc_khz, u64 tsc, u64 ns)
{
	c->tsc = tsc;
	c->ns = ns;
	set_scale(c, tsc_khz);
}

u64 pv_clock_at(const struct pv_clock *c, u64 tsc)
{
	u64 ticks = tsc > c->tsc ? tsc - c->tsc : 0;

	ticks = c->shift < 0 ? ticks >> -c->shift : ticks << c->shift;
	return c->ns + (ticks >> 32) * c->mul + ((ticks & U32_MAX) * c->mul >> 32);
}

void pv_clock_go_on(struct pv_clock *c, u32 tsc_khz, u64 tsc, u64 ns)
{
	pv_clock_set(c, tsc_khz, tsc, MUTANT(clock_back) ? ns : max(ns, pv_clock_at(c, tsc)));
}

/* Odd, and another than any reader may have seen, whatever the guest wrote there. */
u32 pv_clock_begin(struct pv_clock_record *r)
{
	u32 version = READ_ONCE(r->version);

	static_assert(sizeof(*r) == 32);
	version += version & 1 ? 2 : 1;
	if (!MUTANT(clock_unbegun))
		WRITE_ONCE(r->version, version);
	/* before what follows, and before the time is taken */
	smp_mb();
	return version;
}

void pv_clock_end(struct pv_clock_record *r, u32 version, const struct pv_clock *c, u8 flags)
{
	if (MUTANT(clock_early))
		WRITE_ONCE(r->version, version + 1);
	WRITE_ONCE(r->tsc, c->tsc);
	WRITE_ONCE(r->ns, c->ns);
	WRITE_ONCE(r->mul, c->mul);
	WRITE_ONCE(r->shift, c->shift);
	WRITE_ONCE(r->flags, flags | (READ_ONCE(r->flags) & PV_CLOCK_PAUSED));
	/* pairs with the reader's barrier before he looks at the version again */
	smp_wmb();
	WRITE_ONCE(r->version, version + 1);
}

#define WALL_VERSION	0
#define WALL_SECONDS	4
#define WALL_NS		8

int pv_wall_write(struct pv_mem *m, u64 day_ns, u64 clock_ns)
{
	u64 ns = day_ns > clock_ns ? day_ns - clock_ns : 0, version;
	int ret;

	ret = m->load(m, WALL_VERSION, 4, &version);
	if (ret)
		return ret;
	version += version & 1 ? 2 : 1;
	ret = m->store(m, WALL_VERSION, 4, (u32)version);
	if (ret)
		return ret;
	/* odd before what follows; pairs with the reader's, as does the next */
	smp_wmb();
	ret = m->store(m, WALL_SECONDS, 4, (u32)(ns / NS_PER_S));
	if (!ret)
		ret = m->store(m, WALL_NS, 4, ns % NS_PER_S);
	if (ret)
		return ret;
	/* even after it */
	smp_wmb();
	return m->store(m, WALL_VERSION, 4, (u32)(version + 1));
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kvmclock: what time a guest makes of its TSC, by a record in its memory whose version
 * is odd while it is written. Arithmetic and order of stores only: runs in user space, too.
 */
#ifndef TABULA_PV_CLOCK_H
#define TABULA_PV_CLOCK_H

#include <linux/types.h>

#include "mem.h"

#define PV_CLOCK_STABLE	0x01	/* the same on all vCPUs: no step back from one to another */
#define PV_CLOCK_PAUSED	0x02	/* the VM stood still; the guest clears it */

/* As the guest has it. */
struct pv_clock_record {
	u32 version;
	u32 pad0;
	u64 tsc;
	u64 ns;
	u32 mul;
	s8 shift;
	u8 flags;
	u8 pad[2];
};

/**
 * struct pv_clock - a straight line from TSC to nanoseconds
 * @tsc: a moment
 * @ns: the time then
 * @mul: nanoseconds of 2^32 ticks, which are shifted first
 * @shift: how ticks are shifted: left if positive
 */
struct pv_clock {
	u64 tsc;
	u64 ns;
	u32 mul;
	s8 shift;
};

/**
 * pv_clock_set() - begin a line
 * @c: filled in
 * @tsc_khz: of the guest's TSC; not 0
 * @tsc: now
 * @ns: now
 */
void pv_clock_set(struct pv_clock *c, u32 tsc_khz, u64 tsc, u64 ns);

/**
 * pv_clock_at() - the time
 * @c: the line
 * @tsc: then; before its beginning time stands still
 *
 * Return: nanoseconds, as the guest computes them.
 */
u64 pv_clock_at(const struct pv_clock *c, u64 tsc);

/**
 * pv_clock_go_on() - begin another line where one ends, without a step back
 * @c: the line; then the other one
 * @tsc_khz: of the guest's TSC from now on
 * @tsc: now, taken after each record that has the old line was begun to be written
 * @ns: what the host's clock says of now
 */
void pv_clock_go_on(struct pv_clock *c, u32 tsc_khz, u64 tsc, u64 ns);

/**
 * pv_clock_begin() - begin to write a record: from here no reader is content with it
 * @r: the record
 *
 * A reader who is content has read his TSC before: so all records of one clock are begun,
 * the time is taken, and then they are ended.
 *
 * Return: for pv_clock_end().
 */
u32 pv_clock_begin(struct pv_clock_record *r);

/**
 * pv_clock_end() - write a record
 * @r: the record
 * @version: of pv_clock_begin(); what the guest made of the one in memory is not looked at
 * @c: what it says
 * @flags: PV_CLOCK_*; that the VM was paused stays until the guest has seen it
 */
void pv_clock_end(struct pv_clock_record *r, u32 version, const struct pv_clock *c, u8 flags);

/**
 * pv_wall_write() - write the record of the time of day at which the clock was 0
 * @m: 12 bytes: version, seconds, nanoseconds
 * @day_ns: the time of day now
 * @clock_ns: the clock now
 *
 * Return: 0, or the first error of @m.
 */
int pv_wall_write(struct pv_mem *m, u64 day_ns, u64 clock_ns);

#endif

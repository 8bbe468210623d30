// SPDX-License-Identifier: GPL-2.0
/*
 * The 8254 (Intel 8254 datasheet, 231164), as PCs have it. Counts are never stored: they follow
 * from when they began. A gate that is low is an output that is as the datasheet says, but the
 * count goes on: the state that VMMs know has no place for one that stands still.
 */
#include <linux/bits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/string.h>

#include "pit.h"

#define PORT_FIRST	0x40
#define PORT_CONTROL	0x43

#define RATE_HZ		1193182U
#define SECOND_NS	1000000000U
#define PERIOD_MIN_NS	200000ULL	/* a guest cannot have the host do nothing but serve its timer */

#define COUNT_ALL	0x10000U	/* what a count of 0 is */
#define COUNT_ALL_BCD	10000U

#define CHANNEL_TICK	0	/* its output is an interrupt */
#define CHANNEL_GATED	2	/* only its gate is not held high */

/* The control word. */
#define CONTROL_CHANNEL	6
#define CONTROL_HALVES	4
#define CONTROL_MODE	1
#define CONTROL_BCD	BIT(0)
#define CONTROL_BACK	3	/* channel: none, but a read-back command */
#define BACK_NO_COUNT	BIT(5)
#define BACK_NO_STATUS	BIT(4)
#define STATUS_OUT	7

/* Which halves of a count are read or written: of the control word, then which is next. */
enum pit_halves { HALVES_LATCH, HALVES_LOW, HALVES_HIGH, HALVES_BOTH, HALVES_SECOND };

enum pit_mode { MODE_ONCE, MODE_SHOT, MODE_RATE, MODE_SQUARE, MODE_STROBE, MODE_SHOT_STROBE, MODE_NONE = 0xff };

/* The speaker's port. */
#define SPEAKER_GATE	BIT(0)
#define SPEAKER_DATA	BIT(1)
#define SPEAKER_REFRESH	4	/* a bit that changes all the time */
#define SPEAKER_OUT	5
#define REFRESH_SHIFT	14	/* every 16 us */

static u32 of_bcd(u32 v)
{
	return (v & 15) + (v >> 4 & 15) * 10 + (v >> 8 & 15) * 100 + (v >> 12 & 15) * 1000;
}

static u32 to_bcd(u32 v)
{
	return v % 10 | v / 10 % 10 << 4 | v / 100 % 10 << 8 | v / 1000 % 10 << 12;
}

/* How far it counts: not 0. */
static u32 length(const struct kvm_pit_channel_state *c)
{
	u32 raw = c->count & (COUNT_ALL - 1);

	if (!c->bcd)
		return raw ?: COUNT_ALL;
	return raw ? of_bcd(raw) : COUNT_ALL_BCD;
}

static u64 ticks(const struct kvm_pit_channel_state *c, s64 now)
{
	return now > c->count_load_time ? mul_u64_u32_div((u64)now - (u64)c->count_load_time, RATE_HZ, SECOND_NS) : 0;
}

/* Not before so many ticks have passed. */
static u64 ns(u64 n)
{
	return mul_u64_u32_div(n, SECOND_NS, RATE_HZ) + 1;
}

static bool repeats(const struct kvm_pit_channel_state *c)
{
	return c->mode == MODE_RATE || c->mode == MODE_SQUARE;
}

/* The count, as the guest reads it. */
static u16 count(const struct kvm_pit_channel_state *c, s64 now)
{
	u32 n = length(c), all = c->bcd ? COUNT_ALL_BCD : COUNT_ALL, passed, left;
	u64 d = ticks(c, now);

	if (c->mode == MODE_SQUARE)
		d *= 2;
	div_u64_rem(d, repeats(c) ? n : all, &passed);
	left = repeats(c) ? n - passed : (n + all - passed) % all;
	return c->bcd ? to_bcd(left) : left;
}

static bool output(const struct kvm_pit_channel_state *c, s64 now)
{
	u32 n = length(c), passed;
	u64 d = ticks(c, now);

	div_u64_rem(d, n, &passed);
	switch (c->mode) {
	case MODE_RATE:
		return !c->gate || passed != n - 1;
	case MODE_SQUARE:
		return !c->gate || passed < (n + 1) / 2;
	case MODE_STROBE:
	case MODE_SHOT_STROBE:
		return d != n;
	default:
		return d >= n;
	}
}

static void begin(struct kvm_pit_channel_state *c, u32 val, s64 now)
{
	c->count = val ?: COUNT_ALL;
	c->count_load_time = now;
}

void pit_reset(struct pit *p, s64 now)
{
	unsigned int i;

	memset(p, 0, sizeof(*p));
	for (i = 0; i < PIT_CHANNELS; i++) {
		p->channel[i].mode = MODE_NONE;
		p->channel[i].gate = i != CHANNEL_GATED;
		begin(&p->channel[i], 0, now);
	}
}

bool pit_has_port(u16 port)
{
	return port >= PORT_FIRST && port <= PORT_CONTROL;
}

/* What was latched first stays. */
static void latch_count(struct kvm_pit_channel_state *c, s64 now)
{
	if (c->count_latched)
		return;
	c->latched_count = count(c, now);
	c->count_latched = c->rw_mode;
}

static void latch_status(struct kvm_pit_channel_state *c, s64 now)
{
	if (c->status_latched)
		return;
	c->status = output(c, now) << STATUS_OUT | (c->rw_mode & 3) << CONTROL_HALVES |
		    (c->mode & 7) << CONTROL_MODE | (c->bcd ? 1 : 0);
	c->status_latched = 1;
}

static void read_back(struct pit *p, u8 val, s64 now)
{
	unsigned int i;

	for (i = 0; i < PIT_CHANNELS; i++) {
		if (!(val & 2 << i))
			continue;
		if (!(val & BACK_NO_COUNT))
			latch_count(&p->channel[i], now);
		if (!(val & BACK_NO_STATUS))
			latch_status(&p->channel[i], now);
	}
}

static void control(struct pit *p, u8 val, s64 now)
{
	unsigned int i = val >> CONTROL_CHANNEL;
	u8 halves = val >> CONTROL_HALVES & 3, mode = val >> CONTROL_MODE & 7;
	struct kvm_pit_channel_state *c;

	if (i == CONTROL_BACK) {
		read_back(p, val, now);
		return;
	}
	c = &p->channel[array_index_nospec(i, PIT_CHANNELS)];
	if (halves == HALVES_LATCH) {
		latch_count(c, now);
		return;
	}
	c->rw_mode = halves;
	c->read_state = halves;
	c->write_state = halves;
	c->count_latched = 0;
	c->status_latched = 0;
	/* the two above 5 are other names of 2 and 3 */
	c->mode = mode > MODE_SHOT_STROBE ? mode - 4 : mode;
	c->bcd = val & CONTROL_BCD;
}

/* Return: the channel begins. */
static bool write_count(struct kvm_pit_channel_state *c, u8 val, s64 now)
{
	switch (c->write_state) {
	case HALVES_HIGH:
		begin(c, val << 8, now);
		return true;
	case HALVES_BOTH:
		c->write_latch = val;
		c->write_state = HALVES_SECOND;
		return false;
	case HALVES_SECOND:
		begin(c, c->write_latch | val << 8, now);
		c->write_state = HALVES_BOTH;
		return true;
	default:
		begin(c, val, now);
		return true;
	}
}

static u8 read_latched(struct kvm_pit_channel_state *c)
{
	u8 halves = c->count_latched;

	c->count_latched = halves == HALVES_BOTH ? HALVES_HIGH : 0;
	return halves == HALVES_HIGH ? c->latched_count >> 8 : c->latched_count;
}

static u8 read_count(struct kvm_pit_channel_state *c, s64 now)
{
	u16 val;

	if (c->status_latched) {
		c->status_latched = 0;
		return c->status;
	}
	if (c->count_latched)
		return read_latched(c);
	val = count(c, now);
	switch (c->read_state) {
	case HALVES_HIGH:
		return val >> 8;
	case HALVES_BOTH:
		c->read_state = HALVES_SECOND;
		return val;
	case HALVES_SECOND:
		c->read_state = HALVES_BOTH;
		return val >> 8;
	default:
		return val;
	}
}

/* A rising gate begins the count anew in modes that a gate triggers. */
static void speaker_write(struct pit *p, u8 val, s64 now)
{
	struct kvm_pit_channel_state *c = &p->channel[CHANNEL_GATED];
	bool gate = val & SPEAKER_GATE;

	if (gate && !c->gate && c->mode != MODE_ONCE && c->mode != MODE_STROBE)
		c->count_load_time = now;
	c->gate = gate;
	p->speaker = val & SPEAKER_DATA;
}

static u8 speaker_read(const struct pit *p, s64 now)
{
	const struct kvm_pit_channel_state *c = &p->channel[CHANNEL_GATED];

	return (c->gate ? SPEAKER_GATE : 0) | (p->speaker ? SPEAKER_DATA : 0) |
	       ((u64)now >> REFRESH_SHIFT & 1) << SPEAKER_REFRESH | output(c, now) << SPEAKER_OUT;
}

u8 pit_read(struct pit *p, u16 port, s64 now)
{
	if (port == PIT_SPEAKER)
		return speaker_read(p, now);
	if (port < PORT_FIRST || port >= PORT_CONTROL)
		return 0;
	return read_count(&p->channel[array_index_nospec(port - PORT_FIRST, PIT_CHANNELS)], now);
}

bool pit_write(struct pit *p, u16 port, u8 val, s64 now)
{
	if (port == PIT_SPEAKER) {
		speaker_write(p, val, now);
		return false;
	}
	if (port == PORT_CONTROL) {
		control(p, val, now);
		return false;
	}
	if (port < PORT_FIRST || port > PORT_CONTROL)
		return false;
	return write_count(&p->channel[array_index_nospec(port - PORT_FIRST, PIT_CHANNELS)], val, now) &&
	       port == PORT_FIRST + CHANNEL_TICK;
}

u64 pit_period(const struct pit *p)
{
	const struct kvm_pit_channel_state *c = &p->channel[CHANNEL_TICK];

	return repeats(c) ? max(ns(length(c)), PERIOD_MIN_NS) : 0;
}

bool pit_next(const struct pit *p, s64 after, s64 *when)
{
	const struct kvm_pit_channel_state *c = &p->channel[CHANNEL_TICK];
	u32 n = length(c);
	s64 at;

	switch (c->mode) {
	case MODE_ONCE:
	case MODE_SHOT:
	case MODE_STROBE:
		*when = c->count_load_time + ns(n);
		return true;
	case MODE_RATE:
	case MODE_SQUARE:
		/* by the channel's own ticks, so that nothing adds up */
		at = c->count_load_time + ns((div_u64(ticks(c, after), n) + 1) * n);
		if (pit_period(p) == PERIOD_MIN_NS)
			at = max_t(s64, at, max_t(s64, after, c->count_load_time) + PERIOD_MIN_NS);
		*when = at;
		return true;
	default:
		return false;
	}
}

void pit_set_state(struct pit *p, const struct kvm_pit_state2 *state, s64 now)
{
	unsigned int i;

	for (i = 0; i < PIT_CHANNELS; i++) {
		struct kvm_pit_channel_state *c = &p->channel[i];
		s64 began = state->channels[i].count_load_time;

		*c = state->channels[i];
		begin(c, c->count & (COUNT_ALL - 1), began > 0 && began <= now ? began : now);
	}
	p->speaker = state->flags & KVM_PIT_FLAGS_SPEAKER_DATA_ON;
}

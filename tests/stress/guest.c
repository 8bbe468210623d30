// SPDX-License-Identifier: GPL-2.0
/*
 * The guest under stress: checks all of its part of memory, writes it anew, and
 * looks whether stolen time only grows.
 */
#include "stress.h"

static void wrong(uint64_t at, uint64_t is)
{
	guest_say(PORT_WRONG, at);
	guest_say(PORT_IS, is);
}

static void tell(uint64_t bytes, uint64_t zeroes)
{
	guest_say(PORT_ZEROES, zeroes);
	guest_say(PORT_CHECKED, bytes);
}

/* One pass over the memory: what the last one left is there, or nothing where that may be. */
static void pass_over(const struct params *p, uint64_t last, uint64_t now)
{
	uint64_t off, is, told = 0, zeroes = 0, bad = 0;

	for (off = 0; off < p->size; off += 8) {
		if (off - told == TELL) {
			tell(off - told, zeroes);
			told = off;
			zeroes = 0;
		}
		if (off % PAGE == 0 && read64((uintptr_t)&p->stop))
			break;
		is = read64(p->data + off);
		if (is != pattern(off, p->classes, last)) {
			if (!is && p->may_be_zero)
				zeroes++;
			else if (bad++ < 4)
				wrong(p->data + off, is);
		}
		write64(p->data + off, pattern(off, p->classes, now));
	}
	tell(off - told, zeroes);
	guest_say(PORT_PASS, 0);
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	const struct params *p = (const struct params *)PARAMS_AT + arg;
	uint64_t last = 0, now, steal, first, before;

	guest_hvc(0xc5000021, 0, 0, 0);		/* PV_TIME_ST: stolen time begins */
	first = before = read64(p->steal + 8);	/* the VMM counts from the first question on */
	while ((now = guest_ask(PORT_STOP))) {
		pass_over(p, last, now);
		last = now;
		steal = read64(p->steal + 8);
		if (steal < before)
			guest_say(PORT_STEAL, steal);
		before = steal;
	}
	return read64(p->steal + 8) - first;
}

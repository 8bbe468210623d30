// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that turns its MMU off, writes, and turns it on again, with nothing between that
 * would leave the guest. With FEAT_FGT the write of SCTLR_EL1 does.
 */
#include "vmm.h"
#include "count.h"

enum { WHAT_OFF_ON, WHAT_OTHER_BITS };

#define TIMES		1000

#define SCTLR_M		1UL
#define SCTLR_C		(1UL << 2)
#define SCTLR_I		(1UL << 12)

#ifdef GUEST

static volatile uint64_t cell __attribute__((aligned(4096)));

static uint64_t off_on(uint64_t off)
{
	uint64_t on = read_reg(sctlr_el1);
	unsigned int i;

	guest_check((on & (SCTLR_M | SCTLR_C)) == (SCTLR_M | SCTLR_C));
	for (i = 0; i < TIMES; i++) {
		write_reg(on & ~off, sctlr_el1);
		guest_expect(read_reg(sctlr_el1), on & ~off);
		cell = i;
		write_reg(on, sctlr_el1);
		guest_expect(read_reg(sctlr_el1), on);
		guest_expect(cell, i);
	}
	return 0;
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	return off_on(what == WHAT_OTHER_BITS ? SCTLR_I : SCTLR_M | SCTLR_C);
}

#else

struct sides {
	long warm, cool, lines;
};

/* What a run of the guest has added, without its first MMU-on. */
static struct sides run(uint64_t what)
{
	struct sides s;
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_go(&v, 0, what | GUEST_MMU, 0);
	s = (struct sides){ count("warm_ups") - 1, count("cool_downs"), count("lines_warm") };
	vmm_close(&v);
	printf("# %ld times off, %ld times on, %ld lines paid\n", s.cool, s.warm, s.lines);
	return s;
}

static void check_off_on(void)
{
	struct sides s = run(WHAT_OFF_ON);

	expect(s.cool == TIMES && s.warm == TIMES, "%d toggles, %ld and %ld were seen", TIMES, s.cool, s.warm);
	/* each paid for the page it wrote; and since nothing went unseen, for few others */
	expect(s.lines >= TIMES * 64L && s.lines <= TIMES * 64L * 16,
	       "%ld lines paid for %d toggles", s.lines, TIMES);
}

static void check_other_bits(void)
{
	struct sides s = run(WHAT_OTHER_BITS);

	expect(!s.cool && !s.warm, "%ld and %ld toggles of a guest whose MMU stays on", s.cool, s.warm);
}

static const struct check checks[] = {
	{ "off-on", check_off_on },
	{ "other-bits", check_other_bits },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif

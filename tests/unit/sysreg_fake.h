/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System registers that keep what is written, and a log of who was written when.
 */
#ifndef TEST_SYSREG_FAKE_H
#define TEST_SYSREG_FAKE_H

#include <string.h>

#include <linux/kernel.h>
#include <asm/barrier.h>
#include <asm/sysreg.h>

#define FAKE_SYSREGS	256
#define FAKE_WRITES	8192
#define FAKE_ISB	(~0U)

static struct {
	u32 reg;
	u64 val;
} fake_regs[FAKE_SYSREGS], fake_writes[FAKE_WRITES];
static unsigned int fake_nr_regs, fake_nr_writes;

/* The register itself, without a trace. */
static u64 *fake_reg(u32 reg)
{
	unsigned int i;

	for (i = 0; i < fake_nr_regs; i++)
		if (fake_regs[i].reg == reg)
			return &fake_regs[i].val;
	assert_true(fake_nr_regs < FAKE_SYSREGS);
	fake_regs[fake_nr_regs].reg = reg;
	fake_regs[fake_nr_regs].val = 0;
	return &fake_regs[fake_nr_regs++].val;
}

static void fake_note(u32 reg, u64 val)
{
	assert_true(fake_nr_writes < FAKE_WRITES);
	fake_writes[fake_nr_writes].reg = reg;
	fake_writes[fake_nr_writes++].val = val;
}

u64 test_sysreg_read(u32 reg)
{
	return *fake_reg(reg);
}

void test_sysreg_write(u64 val, u32 reg)
{
	*fake_reg(reg) = val;
	fake_note(reg, val);
}

void test_isb(void)
{
	fake_note(FAKE_ISB, 0);
}

static inline void fake_sysregs_reset(void)
{
	fake_nr_regs = fake_nr_writes = 0;
}

/* Where in the log @reg was written last; it must be there. */
static inline unsigned int fake_when(u32 reg)
{
	unsigned int i;

	for (i = fake_nr_writes; i; i--)
		if (fake_writes[i - 1].reg == reg)
			return i - 1;
	fail_msg("register %#x was not written", reg);
	return 0;
}

/* @first was written before @then, and an ISB stands between them. */
static inline bool fake_ordered(u32 first, u32 then)
{
	unsigned int i;

	for (i = fake_when(first); i < fake_when(then); i++)
		if (fake_writes[i].reg == FAKE_ISB)
			return true;
	return false;
}

#endif

// SPDX-License-Identifier: GPL-2.0
/*
 * Just enough of a GICv3 driver for the lab's bare-metal guests. IHI 0069.
 */
#include "guest.h"

#define GICD_CTLR		(GUEST_DIST + 0x0)
#define GICR_TYPER		0x8
#define GICR_WAKER		0x14
#define GICR_SIZE		0x20000
#define GICR_SGI		0x10000

#define CTLR_RWP		(1U << 31)
#define CTLR_ARE		(1U << 4)
#define CTLR_G1			(1U << 1)

uint64_t gic_redist(void)
{
	uint64_t mpidr = read_reg(mpidr_el1), base = GUEST_REDIST;
	uint64_t aff = (mpidr & 0xffffff) | (mpidr >> 8 & 0xff000000);

	while (read64(base + GICR_TYPER) >> 32 != aff)
		base += GICR_SIZE;
	return base;
}

/* Registers of a private interrupt are the redistributor's. */
static uint64_t gic_frame(unsigned int intid)
{
	return intid < 32 ? gic_redist() + GICR_SGI : GUEST_DIST;
}

static void gic_wait(void)
{
	while (read32(GICD_CTLR) & CTLR_RWP)
		;
}

void gic_start(void)
{
	uint64_t rd = gic_redist();

	write32(GICD_CTLR, CTLR_ARE | CTLR_G1);
	gic_wait();
	write32(rd + GICR_WAKER, read32(rd + GICR_WAKER) & ~2U);
	while (read32(rd + GICR_WAKER) & 4)
		;
	write32(rd + GICR_SGI + 0x80, ~0U);		/* IGROUPR0 */
	write_reg(7, s3_0_c12_c12_5);			/* ICC_SRE_EL1 */
	write_reg(0xf0, s3_0_c4_c6_0);			/* ICC_PMR_EL1 */
	write_reg(0, s3_0_c12_c12_3);			/* ICC_BPR1_EL1 */
	write_reg(1, s3_0_c12_c12_7);			/* ICC_IGRPEN1_EL1 */
}

void gic_enable(unsigned int intid, unsigned int priority, bool edge)
{
	uint64_t f = gic_frame(intid), a;
	unsigned int shift = intid % 4 * 8;

	a = f + 0x400 + intid / 4 * 4;
	write32(a, (read32(a) & ~(0xffU << shift)) | priority << shift);
	a = f + 0x80 + intid / 32 * 4;
	write32(a, read32(a) | 1U << intid % 32);
	if (intid >= 16) {
		a = f + 0xc00 + intid / 16 * 4;
		shift = intid % 16 * 2;
		write32(a, (read32(a) & ~(3U << shift)) | (edge ? 2U : 0) << shift);
	}
	if (intid >= 32)
		write64(GUEST_DIST + 0x6000 + 8UL * intid, read_reg(mpidr_el1) & 0xff00ffffffUL);
	write32(f + 0x100 + intid / 32 * 4, 1U << intid % 32);
}

void gic_disable(unsigned int intid)
{
	write32(gic_frame(intid) + 0x180 + intid / 32 * 4, 1U << intid % 32);
	gic_wait();
}

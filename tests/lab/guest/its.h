/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Just enough of a driver of the ITS for the lab's bare-metal guests, and where its tables are. IHI 0069, chapter 5.
 */
#ifndef GUEST_ITS_H
#define GUEST_ITS_H

#define RAM_SIZE	0x1000000
#define ITS_FRAME	0x08080000
#define DOORBELL	(ITS_FRAME + 0x10040)
#define PROPERTIES	(GUEST_RAM + 0x800000)
#define PENDING		(GUEST_RAM + 0x810000)	/* a table of 64 KiB for each vCPU */
#define DEVICES		(GUEST_RAM + 0x840000)
#define COLLECTIONS	(GUEST_RAM + 0x850000)
#define QUEUE		(GUEST_RAM + 0x860000)
#define QUEUE_SIZE	0x10000
#define ITTS		(GUEST_RAM + 0x880000)

#define LPI		8192

#ifdef GUEST

#define MAPD(dev, bits, itt)	cmd(8 | (uint64_t)(dev) << 32, (bits) - 1, 1UL << 63 | (itt), 0)
#define UNMAPD(dev)		cmd(8 | (uint64_t)(dev) << 32, 0, 0, 0)
#define MAPC(icid, cpu)		cmd(9, 0, 1UL << 63 | (uint64_t)(cpu) << 16 | (icid), 0)
#define UNMAPC(icid)		cmd(9, 0, (icid), 0)
#define MAPTI(dev, ev, lpi, icid) cmd(10 | (uint64_t)(dev) << 32, (uint64_t)(lpi) << 32 | (ev), icid, 0)
#define MAPI(dev, ev, icid)	cmd(11 | (uint64_t)(dev) << 32, ev, icid, 0)
#define MOVI(dev, ev, icid)	cmd(1 | (uint64_t)(dev) << 32, ev, icid, 0)
#define INVALL(icid)		cmd(13, 0, icid, 0)
#define MOVALL(from, to)	cmd(14, 0, (uint64_t)(from) << 16, (uint64_t)(to) << 16)
#define SYNC(cpu)		cmd(5, 0, (uint64_t)(cpu) << 16, 0)
#define INT(dev, ev)		cmd(3 | (uint64_t)(dev) << 32, ev, 0, 0)
#define CLEAR(dev, ev)		cmd(4 | (uint64_t)(dev) << 32, ev, 0, 0)
#define INV(dev, ev)		cmd(12 | (uint64_t)(dev) << 32, ev, 0, 0)
#define DISCARD(dev, ev)	cmd(15 | (uint64_t)(dev) << 32, ev, 0, 0)

static inline unsigned int me(void)
{
	return read_reg(mpidr_el1) & 3;
}

static inline void cmd(uint64_t c0, uint64_t c1, uint64_t c2, uint64_t c3)
{
	uint64_t at = read64(ITS_FRAME + 0x88), next = (at + 32) % QUEUE_SIZE;

	write64(QUEUE + at, c0);
	write64(QUEUE + at + 8, c1);
	write64(QUEUE + at + 16, c2);
	write64(QUEUE + at + 24, c3);
	asm volatile("dsb sy" : : : "memory");
	write64(ITS_FRAME + 0x88, next);
	while (read64(ITS_FRAME + 0x90) != next)
		;
}

static inline void property(unsigned int lpi, unsigned int val)
{
	*(volatile uint8_t *)(uintptr_t)(PROPERTIES + lpi - LPI) = val;
	asm volatile("dsb sy" : : : "memory");
}

static inline void lpis_on(void)
{
	uint64_t rd = gic_redist();

	write64(rd + 0x70, PROPERTIES | 1 << 10 | 7 << 7 | 15);
	write64(rd + 0x78, (PENDING + 0x10000 * me()) | 1 << 10 | 7 << 7);
	write32(rd, 1);
	guest_expect(read32(rd) & 1, 1);
}

static inline void its_on(void)
{
	write64(ITS_FRAME + 0x100, 1UL << 63 | 7UL << 59 | 1 << 10 | 2 << 8 | DEVICES);
	write64(ITS_FRAME + 0x108, 1UL << 63 | 7UL << 59 | 1 << 10 | 2 << 8 | COLLECTIONS);
	write64(ITS_FRAME + 0x80, 1UL << 63 | 7UL << 59 | 1 << 10 | QUEUE | (QUEUE_SIZE / 4096 - 1));
	write32(ITS_FRAME, 1);
	guest_expect(read32(ITS_FRAME) & 1, 1);
}

#endif
#endif

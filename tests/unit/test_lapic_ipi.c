// SPDX-License-Identifier: GPL-2.0
/*
 * Who gets an interrupt: destinations of xAPICs and x2APICs, shorthands, MSIs; what ICR
 * sends and what not.
 */
#include "test_lapic_fake.h"

/* Bit i: CPU i has vector @v in IRR; taken away. */
static unsigned int got(int v)
{
	unsigned int i, mask = 0;

	for (i = 0; i < NCPUS; i++) {
		mask |= (unsigned int)bit_of(i, IRR, v) << i;
		cpus[i].a.regs[(IRR + v / 32 * 16) / 4] = 0;
	}
	return mask;
}

/* From CPU 0, an xAPIC. */
static unsigned int ipi(u32 dest, u32 icr)
{
	wr(0, ICR2, dest << 24);
	wr(0, ICR, icr | 0x71);
	return got(0x71);
}

static unsigned int ipi_x2(u32 dest, u32 icr)
{
	assert_int_equal(wrx(0, ICR, (u64)dest << 32 | icr | 0x71), 0);
	return got(0x71);
}

/* An xAPIC's physical destination is one ID, which software may have changed, or all. */
static void physical(void **state)
{
	u32 dest;

	(void)state;
	for (dest = 0; dest < 256; dest++)
		assert_int_equal(ipi(dest, 0), dest == 0xff ? 0xf : dest < NCPUS ? 1U << dest : 0);
	wr(2, ID, 0x77ffffff);
	assert_int_equal(rd(2, ID), 0x77000000);
	assert_int_equal(ipi(2, 0), 0);
	assert_int_equal(ipi(0x77, 0), 4);
}

/* Logical, flat: who shares a bit. */
static void flat(void **state)
{
	u32 dest, i, want;

	(void)state;
	for (i = 0; i < NCPUS; i++)
		wr(i, LDR, 0x3000000U << 2 * i | 0xffffff);
	assert_int_equal(rd(1, LDR), 0xc000000);
	for (dest = 0; dest < 256; dest++) {
		for (want = 0, i = 0; i < NCPUS; i++)
			want |= (dest & 3 << 2 * i ? 1U : 0) << i;
		assert_int_equal(ipi(dest, 0x800), dest == 0xff ? 0xf : want);
	}
}

/* Logical, in clusters: who is in the cluster, or any if it is f, and shares a bit. */
static void clusters(void **state)
{
	u32 dest, i, want;

	(void)state;
	for (i = 0; i < NCPUS; i++) {
		wr(i, DFR, 0);
		assert_int_equal(rd(i, DFR), 0x0fffffff);
		wr(i, LDR, (i / 2) << 28 | (i % 2 ? 9 : 2) << 24);
	}
	for (dest = 0; dest < 256; dest++) {
		for (want = 0, i = 0; i < NCPUS; i++)
			if ((dest >> 4 == i / 2 || dest >> 4 == 15) && (dest & (i % 2 ? 9 : 2)))
				want |= 1U << i;
		assert_int_equal(ipi(dest, 0x800), dest == 0xff ? 0xf : want);
	}
	/* no such format: nobody */
	wr(1, DFR, 0x80000000);
	assert_int_equal(ipi(0xf9, 0x800), 8);
}

/* An x2APIC's destinations have 32 bits: an ID, a cluster of 16 and its bits, or all ones. */
static void x2(void **state)
{
	static const u32 ids[NCPUS] = { 0, 0x25, 0x2f, 0x12345 };
	u32 i, bits;

	(void)state;
	for (i = 0; i < NCPUS; i++) {
		cpus[i].a.config.id = ids[i];
		make_x2(i);
		assert_int_equal(rdx(i, ID), ids[i]);
		assert_int_equal(rdx(i, LDR), (ids[i] >> 4) << 16 | 1 << (ids[i] & 15));
	}
	for (i = 0; i < NCPUS; i++)
		assert_int_equal(ipi_x2(ids[i], 0), 1 << i);
	assert_int_equal(ipi_x2(0xff, 0), 0);
	assert_int_equal(ipi_x2(0x45, 0), 0);
	assert_int_equal(ipi_x2(~0U, 0), 0xf);
	assert_int_equal(ipi_x2(~0U, 0x800), 0xf);
	for (bits = 0; bits < 0x10000; bits += 0x1357) {
		assert_int_equal(ipi_x2(2 << 16 | bits, 0x800),
				 (bits & 1 << 5 ? 2 : 0) | (bits & 1 << 15 ? 4 : 0));
		assert_int_equal(ipi_x2(0x1234 << 16 | bits, 0x800), bits & 1 << 5 ? 8 : 0);
		assert_int_equal(ipi_x2(0x1235 << 16 | bits, 0x800), 0);
	}
}

/* An x2APIC reaches an xAPIC by its ID, even one of more than eight bits, which is not cut off; not by logical ones beyond. */
static void x2_to_xapic(void **state)
{
	(void)state;
	make_x2(0);
	assert_int_equal(ipi_x2(1, 0), 2);
	assert_int_equal(ipi_x2(0x101, 0), 0);
	wr(1, LDR, 0x2000000);
	assert_int_equal(ipi_x2(2, 0x800), 2);
	assert_int_equal(ipi_x2(0x102, 0x800), 0);
	cpus[3].a.config.id = 0x303;
	assert_int_equal(ipi_x2(0x303, 0), 8);
	assert_int_equal(ipi_x2(3, 0), 8);
	/* one of eight bits that has another ID now is not reached by the old one */
	wr(2, ID, 0x55000000);
	assert_int_equal(ipi_x2(2, 0), 0);
}

/* Shorthands ask for no destination. */
static void shorthands(void **state)
{
	(void)state;
	assert_int_equal(ipi(3, 1 << 18), 1);
	assert_int_equal(ipi(3, 2 << 18), 0xf);
	assert_int_equal(ipi(3, 3 << 18), 0xe);
	lapic_write_base(&cpus[2].a, LAPIC_BASE_ADDRESS, false);
	assert_int_equal(ipi(3, 2 << 18), 0xb);
	assert_int_equal(ipi(0xff, 0), 0xb);
	assert_int_equal(ipi(2, 0), 0);
	ipi(3, 0x400 | 2 << 18);
	assert_true(cpus[1].nmis == 1 && cpus[2].nmis == 0);
	make_x2(1);
	assert_int_equal(wrx(1, 0x3f0, 0x99), 0);
	assert_int_equal(got(0x99), 2);
}

/* Of those addressed with lowest priority one gets it: whose APR is lowest. */
static void lowest(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < NCPUS; i++)
		wr(i, TPR, 0x40 + 0x10 * (i ^ 2));
	assert_int_equal(ipi(0xff, 0x100), 4);
	wr(2, TPR, 0x80);
	assert_int_equal(ipi(0xff, 0x100), 8);
	assert_int_equal(ipi(1, 0x100), 2);
	assert_int_equal(ipi(0, 0x100 | 3 << 18), 8);
}

/* NMI, INIT and SIPI go to others; INIT and SIPI not to oneself by a shorthand; reserved modes to nobody. */
static void events(void **state)
{
	int i;

	(void)state;
	ipi(1, 0x400);
	ipi(0, 0x4000 | 0x500 | 3 << 18);
	ipi(2, 0x600);
	assert_true(cpus[1].nmis == 1 && cpus[0].nmis + cpus[2].nmis + cpus[3].nmis == 0);
	for (i = 0; i < NCPUS; i++)
		assert_true(cpus[i].inits == !!i && cpus[i].sipis == (i == 2));
	assert_int_equal(cpus[2].sipi, 0x71);
	for (i = 1; i < 3; i++) {
		ipi(0, 0x4500 | i << 18);
		ipi(0, 0x600 | i << 18);
	}
	ipi(0xff, 0x200);
	ipi(0xff, 0x300);
	ipi(0xff, 0x700);
	for (i = 0; i < NCPUS; i++)
		assert_true(cpus[i].inits == !!i && cpus[i].sipis == (i == 2) && cpus[i].nmis == (i == 1));
	ipi(0, 0x400 | 2 << 18);
	for (i = 0; i < NCPUS; i++)
		assert_int_equal(cpus[i].nmis, 1 + (i == 1));
	/* the level-triggered INIT, and its deassert */
	ipi(1, 0xc500);
	ipi(1, 0x8500);
	assert_int_equal(cpus[1].inits, 2);
}

/* A fixed interrupt with a vector below 16 is not sent and is an error of the sender; a SIPI has any. */
static void vectors(void **state)
{
	int v, mode;

	(void)state;
	for (v = 0; v < 32; v++) {
		for (mode = 0; mode < 2; mode++) {
			wr(0, ICR2, 1 << 24);
			wr(0, ICR, mode << 8 | v);
			assert_int_equal(got(v), v < 16 ? 0 : 2);
			wr(0, ESR, 0);
			assert_int_equal(rd(0, ESR), v < 16 ? 0x20 : 0);
			wr(1, ESR, 0);
			assert_int_equal(rd(1, ESR), 0);
		}
		wr(0, ICR, 0x600 | v);
		assert_int_equal(cpus[1].sipis, v + 1);
		assert_int_equal(cpus[1].sipi, v);
	}
}

/* A level-triggered one is level-triggered, its deassert is nothing. */
static void levels(void **state)
{
	(void)state;
	assert_int_equal(ipi(1, 0xc000), 2);
	assert_true(bit_of(1, TMR, 0x71));
	assert_int_equal(ipi(1, 0x8000), 0);
	assert_int_equal(ipi(1, 0x4000), 2);
	assert_false(bit_of(1, TMR, 0x71));
}

/* ICR reads as written, but that it is never busy. */
static void icr_reads(void **state)
{
	int i;

	(void)state;
	srand(3);
	for (i = 0; i < 1000; i++) {
		u32 low = (u32)rand() << 1 ^ rand(), high = (u32)rand() << 1;

		wr(0, ICR2, high);
		wr(0, ICR, low & ~0x500);
		assert_int_equal(rd(0, ICR), low & ~0x1500);
		assert_int_equal(rd(0, ICR2), high & 0xff000000);
	}
	make_x2(0);
	assert_int_equal(rdx(0, ICR) >> 32, 0);
	for (i = 0; i < 1000; i++) {
		u64 val = ((u64)rand() << 33 ^ rand()) & ~0xfff33500ULL;

		assert_int_equal(wrx(0, ICR, val), 0);
		assert_true(rdx(0, ICR) == val);
		assert_int_equal(wrx(0, ICR, 1ULL << 63 | 0x41 | 1ULL << (i % 12 + 20)), -EINVAL);
		assert_true(rdx(0, ICR) == val);
	}
	for (i = 0; i < 32; i++)
		assert_int_equal(wrx(0, ICR, 1ULL << i), 0xfff33000 >> i & 1 ? -EINVAL : 0);
}

static struct lapic_message msi(u64 address, u32 data, bool wide)
{
	struct lapic_message m;

	memset(&m, 0xff, sizeof(m));
	assert_int_equal(lapic_message_of_msi(address, data, wide, &m), 0);
	return m;
}

static unsigned int send(struct lapic_message m)
{
	unsigned int mask = 0, i;

	for (i = 0; i < NCPUS; i++)
		mask |= (unsigned int)lapic_match(&cpus[i].a, NULL, &m) << i;
	return mask;
}

/* An MSI says destination, vector, mode and trigger; other addresses are no MSI. */
static void msis(void **state)
{
	struct lapic_message m;

	(void)state;
	m = msi(0xfee03000, 0x55, false);
	assert_true(m.dest == 3 && m.vector == 0x55 && m.mode == LAPIC_FIXED && !m.shorthand);
	assert_true(!m.logical && !m.wide && !m.level && !m.one);
	m = msi(0xfee80004, 0xffff8455, false);
	assert_true(m.dest == 0x80 && m.vector == 0x55 && m.mode == LAPIC_NMI && m.logical && m.level && !m.one);
	assert_true(msi(0xfee01000, 0x155, false).one);
	assert_true(msi(0xfee0100c, 0x55, false).one);
	assert_false(msi(0xfee01008, 0x55, false).one);
	assert_int_equal(lapic_message_of_msi(0xfed00000, 0x55, false, &m), -EINVAL);
	assert_int_equal(lapic_message_of_msi(0xfef00000, 0x55, false, &m), -EINVAL);
	assert_int_equal(lapic_message_of_msi(0x1fee00000, 0x55, false, &m), -EINVAL);
	assert_int_equal(lapic_message_of_msi(0x100fee00000, 0x55, false, &m), -EINVAL);
	assert_int_equal(lapic_message_of_msi(0x1fee00000, 0x55, true, &m), -EINVAL);
	m = msi(0x12345600fee78000, 0x55, true);
	assert_true(m.dest == 0x12345678 && m.wide);
	m = msi(0xfee78000, 0x55, true);
	assert_true(m.dest == 0x78 && !m.wide);
	assert_int_equal(send(msi(0xfee02000, 0x55, false)), 4);
	assert_int_equal(send(msi(0xfeeff000, 0x55, false)), 0xf);
}

/* A device's ff is a broadcast to all, or to xAPICs alone if the VMM knows x2APICs by 32 bits. */
static void msi_broadcast(void **state)
{
	int i;

	(void)state;
	cpus[3].a.config.id = 0xff;
	make_x2(2);
	make_x2(3);
	assert_int_equal(send(msi(0xfeeff000, 0x55, false)), 0xf);
	for (i = 0; i < NCPUS; i++)
		cpus[i].a.config.exact_ff = true;
	assert_int_equal(send(msi(0xfeeff000, 0x55, true)), 0xb);
	assert_int_equal(send(msi(0xffffff00feeff000, 0x55, true)), 0xf);
	assert_int_equal(send(msi(0xffffff00feefe000, 0x55, true)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(physical, fake_setup),
		cmocka_unit_test_setup(flat, fake_setup),
		cmocka_unit_test_setup(clusters, fake_setup),
		cmocka_unit_test_setup(x2, fake_setup),
		cmocka_unit_test_setup(x2_to_xapic, fake_setup),
		cmocka_unit_test_setup(shorthands, fake_setup),
		cmocka_unit_test_setup(lowest, fake_setup),
		cmocka_unit_test_setup(events, fake_setup),
		cmocka_unit_test_setup(vectors, fake_setup),
		cmocka_unit_test_setup(levels, fake_setup),
		cmocka_unit_test_setup(icr_reads, fake_setup),
		cmocka_unit_test_setup(msis, fake_setup),
		cmocka_unit_test_setup(msi_broadcast, fake_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

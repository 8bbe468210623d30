// SPDX-License-Identifier: GPL-2.0
/*
 * Which registers there are in which mode, modes and their order, resets, and a state
 * that a VMM reads and writes, whatever it writes.
 */
#include "test_lapic_fake.h"

static struct lapic *const a = &cpus[0].a;

/* From the manuals: what may be read and written, as an xAPIC and as an x2APIC. */
static const struct {
	u32 first, last;
	const char *xapic, *x2;
} registers[] = {
	{ 0x020, 0x020, "rw", "r" },	{ 0x030, 0x030, "r", "r" },	{ 0x080, 0x080, "rw", "rw" },
	{ 0x090, 0x090, "r", "" },	{ 0x0a0, 0x0a0, "r", "r" },	{ 0x0b0, 0x0b0, "w", "w" },
	{ 0x0c0, 0x0c0, "r", "" },	{ 0x0d0, 0x0d0, "rw", "r" },	{ 0x0e0, 0x0e0, "rw", "" },
	{ 0x0f0, 0x0f0, "rw", "rw" },	{ 0x100, 0x270, "r", "r" },	{ 0x280, 0x280, "rw", "rw" },
	{ 0x300, 0x300, "rw", "rw" },	{ 0x310, 0x310, "rw", "" },	{ 0x320, 0x380, "rw", "rw" },
	{ 0x390, 0x390, "r", "r" },	{ 0x3e0, 0x3e0, "rw", "rw" },	{ 0x3f0, 0x3f0, "", "w" },
};

static const char *access_of(u32 offset, bool x2)
{
	size_t i;

	for (i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		if (offset >= registers[i].first && offset <= registers[i].last)
			return x2 ? registers[i].x2 : registers[i].xapic;
	return "";
}

static bool register_error(void)
{
	wr(0, ESR, 0);
	return rd(0, ESR) & 0x80;
}

/* An xAPIC's register that is not there, or not so, reads 0 and is an error, in all of the page. */
static void registers_xapic(void **state)
{
	u32 offset;

	(void)state;
	for (offset = 0; offset < 0x1000; offset += 0x10) {
		const char *may = access_of(offset, false);
		u32 val = rd(0, offset);

		assert_int_equal(register_error(), !strchr(may, 'r'));
		if (!strchr(may, 'r'))
			assert_int_equal(val, 0);
		wr(0, offset, 0x10000);
		assert_int_equal(register_error(), !strchr(may, 'w'));
	}
}

/* An x2APIC's is #GP, of all MSRs that are its; and as long as it is none all of them are. */
static void registers_x2(void **state)
{
	u32 msr;
	u64 val;

	(void)state;
	for (msr = 0x800; msr < 0x900; msr++) {
		assert_int_equal(lapic_read_msr(a, msr, &val), -EINVAL);
		assert_int_equal(lapic_write_msr(a, msr, 0), -EINVAL);
	}
	make_x2(0);
	for (msr = 0x800; msr < 0x900; msr++) {
		const char *may = access_of((msr - 0x800) * 16, true);

		assert_int_equal(lapic_read_msr(a, msr, &val), strchr(may, 'r') ? 0 : -EINVAL);
		assert_int_equal(lapic_write_msr(a, msr, 0), strchr(may, 'w') ? 0 : -EINVAL);
	}
}

/* Bits of an x2APIC's register that are reserved are #GP, and change nothing. */
static void reserved_x2(void **state)
{
	static const struct {
		u32 offset;
		u64 bits;
	} may[] = {
		{ TPR, 0xff }, { EOI, 0 }, { SPIV, 0x3ff }, { ESR, 0 }, { LVTT, 0x750ff }, { LVTTHM, 0x157ff },
		{ LVTPC, 0x157ff }, { LVT0, 0x1f7ff }, { LVT1, 0x1f7ff }, { LVTERR, 0x150ff }, { TMICT, 0xffffffff },
		{ TDCR, 0xb }, { 0x3f0, 0xff },
	};
	size_t i;
	int bit;

	(void)state;
	make_x2(0);
	for (i = 0; i < sizeof(may) / sizeof(may[0]); i++) {
		for (bit = 0; bit < 64; bit++)
			assert_int_equal(wrx(0, may[i].offset, 1ULL << bit), may[i].bits >> bit & 1 ? 0 : -EINVAL);
	}
	assert_int_equal(wrx(0, TPR, 0x20), 0);
	assert_int_equal(wrx(0, TPR, 0x130), -EINVAL);
	assert_int_equal(wrx(0, TPR, 0x100000030), -EINVAL);
	assert_int_equal(rdx(0, TPR), 0x20);
	/* what is not the CPU's to have */
	a->config.tsc_deadline = false;
	assert_int_equal(wrx(0, LVTT, 0x40000), -EINVAL);
	assert_int_equal(wrx(0, LVTT, 0x20000), 0);
}

/* An xAPIC drops reserved bits. */
static void reserved_xapic(void **state)
{
	static const struct {
		u32 offset, zeros, ones;
	} reads[] = {
		{ ID, 0, 0xff000000 }, { TPR, 0, 0xff }, { LDR, 0, 0xff000000 }, { DFR, 0x0fffffff, ~0U }, { SPIV, 0, 0x3ff },
		{ ICR2, 0, 0xff000000 }, { TDCR, 0, 0xb }, { TMICT, 0, ~0U }, { 0x30, 0x50014, 0x50014 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
		wr(0, reads[i].offset, 0);
		assert_int_equal(rd(0, reads[i].offset), reads[i].zeros);
		wr(0, reads[i].offset, ~0U);
		assert_int_equal(rd(0, reads[i].offset), reads[i].ones);
	}
	a->config.tsc_deadline = false;
	wr(0, LVTT, ~0U);
	assert_int_equal(rd(0, LVTT), 0x300ff);
}

/* A part of a register may be read; writes are of aligned words. */
static void widths(void **state)
{
	unsigned char data[8];
	u32 val = 0x12345678;

	(void)state;
	wr(0, TMICT, 0x87654321);
	memset(data, 0xaa, sizeof(data));
	lapic_mmio_read(a, TMICT, 8, data);
	assert_memory_equal(data, "\x21\x43\x65\x87\0\0\0\0", 8);
	memset(data, 0xaa, sizeof(data));
	lapic_mmio_read(a, TMICT + 1, 2, data);
	assert_memory_equal(data, "\x43\x65\xaa", 3);
	lapic_mmio_read(a, TMICT + 3, 4, data);
	assert_memory_equal(data, "\x87\0\0\0\xaa", 5);
	lapic_mmio_read(a, TMICT + 4, 4, data);
	assert_memory_equal(data, "\0\0\0\0\xaa", 5);
	lapic_mmio_read(a, TMICT + 9, 4, data);
	assert_memory_equal(data, "\0\0\0\0\xaa", 5);
	lapic_mmio_write(a, LVT0 + 4, 4, &val);
	lapic_mmio_write(a, TMICT, 2, &val);
	lapic_mmio_write(a, TMICT, 8, &val);
	lapic_mmio_write(a, TMICT + 4, 4, &val);
	lapic_mmio_write(a, TMICT - 2, 4, &val);
	lapic_mmio_write(a, TMICT + 1, 4, &val);
	/* between words there is nothing that could be wrong, not even where the word is not there */
	lapic_mmio_read(a, 0x14, 4, data);
	lapic_mmio_write(a, 0x14, 4, &val);
	wr(0, ESR, 0);
	assert_int_equal(rd(0, ESR), 0);
	lapic_mmio_read(a, 0x10, 4, data);
	wr(0, ESR, 0);
	assert_int_equal(rd(0, ESR), 0x80);
	assert_int_equal(rd(0, TMICT), 0x87654321);
	assert_int_equal(rd(0, LVT0), 0x10000);
}

#define OFF	LAPIC_BASE_ADDRESS
#define XAPIC	(OFF | LAPIC_BASE_ENABLED)
#define X2APIC	(XAPIC | LAPIC_BASE_X2)
#define INVALID	(OFF | LAPIC_BASE_X2)

/* Of the modes' transitions only the manual's are the guest's; the VMM has all between those that exist. */
static void modes(void **state)
{
	static const u64 mode[] = { OFF, XAPIC, X2APIC };
	static const bool legal[3][3] = { { 1, 1, 0 }, { 1, 1, 1 }, { 1, 0, 1 } };
	int from, to, host;

	(void)state;
	for (host = 0; host < 2; host++) {
		for (from = 0; from < 3; from++) {
			for (to = 0; to < 3; to++) {
				assert_int_equal(lapic_write_base(a, mode[from], true), 0);
				assert_int_equal(lapic_write_base(a, mode[to], host), host || legal[from][to] ? 0 : -EINVAL);
				assert_true(a->base == mode[host || legal[from][to] ? to : from]);
			}
			assert_int_equal(lapic_write_base(a, INVALID, host), -EINVAL);
		}
	}
}

/* Only bits that exist: addresses as wide as the CPU's, x2APIC where CPUID has it. */
static void base_bits(void **state)
{
	const u64 bits = 0xfffffff000 | LAPIC_BASE_BSP;
	int bit, host;

	(void)state;
	for (host = 0; host < 2; host++)
		for (bit = 0; bit < 64; bit++)
			if (bit != 10 && bit != 11)
				assert_int_equal(lapic_write_base(a, LAPIC_BASE_ENABLED | 1ULL << bit, host),
						 bits >> bit & 1 ? 0 : -EINVAL);
	a->config.x2apic = false;
	assert_int_equal(lapic_write_base(a, X2APIC, true), -EINVAL);
	assert_int_equal(lapic_write_base(a, XAPIC, false), 0);
}

/* The page of registers is where the base says, in xAPIC mode. */
static void covers(void **state)
{
	(void)state;
	assert_true(lapic_covers(a, 0xfee00000) && lapic_covers(a, 0xfee00fff));
	assert_false(lapic_covers(a, 0xfee01000) || lapic_covers(a, 0xfedfffff) || lapic_covers(a, 0x1fee00000));
	lapic_write_base(a, 0x1234567000 | LAPIC_BASE_ENABLED, false);
	assert_true(lapic_covers(a, 0x1234567020) && !lapic_covers(a, 0xfee00020));
	make_x2(0);
	assert_false(lapic_covers(a, 0x1234567020));
	lapic_write_base(a, OFF, false);
	assert_false(lapic_covers(a, 0xfee00020));
}

/* Off, nothing is kept but the address; what waited is gone and nothing comes. */
static void off(void **state)
{
	u32 regs[256];

	(void)state;
	wr(0, ID, 0x77000000);
	wr(0, TPR, 0x20);
	wr(0, TMICT, 1000);
	wr(0, LDR, 0x4000000);
	lapic_accept(a, 0x55, false);
	assert_int_equal(lapic_write_base(a, OFF, false), 0);
	assert_true(cpus[0].armed == LAPIC_NEVER);
	assert_int_equal(lapic_accept(a, 0x56, false), -1);
	assert_int_equal(lapic_local(a, LAPIC_LINT0), -1);
	assert_int_equal(lapic_pending(a), -1);
	/* whatever a VMM brings it, until it is on */
	lapic_get_state(a, regs);
	regs[SPIV / 4] = 0x1ff;
	regs[(IRR + 0x20) / 4] = 1;
	assert_int_equal(lapic_set_state(a, regs), 0);
	assert_int_equal(lapic_accept(a, 0x56, false), -1);
	assert_int_equal(lapic_pending(a), -1);
	assert_int_equal(lapic_write_base(a, XAPIC, false), 0);
	assert_int_equal(lapic_pending(a), 0x40);
	lapic_write_base(a, OFF, false);
	lapic_write_base(a, XAPIC, false);
	assert_true(rd(0, ID) == 0 && rd(0, TPR) == 0 && rd(0, SPIV) == 0xff && rd(0, LDR) == 0);
	assert_int_equal(lapic_waiting(a), -1);
}

/* Becoming an x2APIC keeps what waits and what is in service, and makes the identity the vCPU's. */
static void becoming_x2(void **state)
{
	struct lapic *b = &cpus[1].a;

	(void)state;
	wr(1, ID, 0x77000000);
	wr(1, LDR, 0x4000000);
	wr(1, ICR2, 0x5000000);
	wr(1, TPR, 0x20);
	lapic_accept(b, 0x55, false);
	lapic_acknowledge(b);
	lapic_accept(b, 0x56, false);
	make_x2(1);
	assert_true(rdx(1, ID) == 1 && rdx(1, LDR) == 2 && rdx(1, TPR) == 0x20 && rdx(1, ICR) == 0);
	assert_true(bit_of(1, ISR, 0x55) && lapic_waiting(b) == 0x56);
	assert_int_equal(rdx(1, SPIV), 0x1ff);
	/* the VMM makes it an xAPIC again */
	assert_int_equal(lapic_write_base(b, XAPIC, true), 0);
	assert_true(rd(1, ID) == 0x1000000 && rd(1, LDR) == 0);
}

static bool is_reset(int cpu, u32 lint0)
{
	struct lapic_state {
		u32 regs[256];
	} s;
	u32 i, want;

	lapic_get_state(&cpus[cpu].a, &s);
	for (i = 0; i < 256; i++) {
		u32 offset = i * 4;

		if (offset == ID || offset == LDR)
			continue;
		want = offset == 0x30 ? 0x50014 : offset == DFR ? ~0U : offset == SPIV ? 0xff : offset == LVT0 ? lint0 :
		       offset >= LVTT && offset <= LVTERR && !(offset & 15) ? 0x10000 : 0;
		if (s.regs[i] != want)
			return false;
	}
	return !cpus[cpu].a.errors && cpus[cpu].armed == LAPIC_NEVER;
}

static void dirty_all(int cpu)
{
	u32 regs[256], i;

	for (i = 0; i < 256; i++)
		regs[i] = ~0U;
	regs[ID / 4] = lapic_is_x2(&cpus[cpu].a) ? cpus[cpu].a.config.id : 0x99000000;
	assert_int_equal(lapic_set_state(&cpus[cpu].a, regs), 0);
	lapic_error(&cpus[cpu].a, LAPIC_ERR_REGISTER);
}

/* INIT resets all but ID and mode, power those, too. */
static void resets(void **state)
{
	struct lapic_config c = cpus[1].a.config;

	(void)state;
	dirty_all(1);
	lapic_init(&cpus[1].a);
	assert_true(is_reset(1, 0x10000));
	assert_true(rd(1, ID) == 0x99000000 && rd(1, LDR) == 0);
	make_x2(1);
	dirty_all(1);
	lapic_init(&cpus[1].a);
	assert_true(is_reset(1, 0x10000));
	assert_true(lapic_is_x2(&cpus[1].a) && rdx(1, ID) == 1 && rdx(1, LDR) == 2);
	dirty_all(1);
	lapic_power_up(&cpus[1].a, &fake_ops, &c);
	assert_true(is_reset(1, 0x10000));
	assert_true(rd(1, ID) == 0x1000000 && rd(1, LDR) == 0 && cpus[1].a.base == XAPIC);
	/* the PIC's wire, for the bootstrap processor */
	c.virtual_wire = true;
	lapic_power_up(&cpus[1].a, &fake_ops, &c);
	assert_true(is_reset(1, 0x10000));
	c.bsp = true;
	lapic_power_up(&cpus[1].a, &fake_ops, &c);
	assert_true(is_reset(1, 0x700));
	assert_true(cpus[1].a.base == (XAPIC | LAPIC_BASE_BSP));
}

/* What a VMM reads and writes back changes nothing. */
static void round_trip(void **state)
{
	u32 regs[256], again[256];
	int x2, wide;

	(void)state;
	for (x2 = 0; x2 < 2; x2++) {
		for (wide = 0; wide < 2; wide++) {
			fake_setup(NULL);
			cpus[1].a.config.wide_ids = wide;
			wr(1, ID, 0x66000000);
			wr(1, LDR, 0x2000000);
			wr(1, DFR, 0);
			if (x2)
				make_x2(1);
			lapic_accept(&cpus[1].a, 0x66, true);
			lapic_acknowledge(&cpus[1].a);
			lapic_accept(&cpus[1].a, 0x44, false);
			cpus[1].a.regs[LVTT / 4] = 0x20055;
			cpus[1].a.regs[LVT0 / 4] = 0x8466;
			lapic_get_state(&cpus[1].a, regs);
			assert_int_equal(regs[PPR / 4], 0x60);
			assert_int_equal(regs[ID / 4], !x2 ? 0x66000000 : wide ? 1 : 1 << 24);
			dirty_all(1);
			assert_int_equal(lapic_set_state(&cpus[1].a, regs), 0);
			lapic_get_state(&cpus[1].a, again);
			assert_memory_equal(regs, again, sizeof(regs));
			lapic_eoi(&cpus[1].a);
			assert_int_equal(cpus[1].eoi, 0x66);
			assert_int_equal(lapic_acknowledge(&cpus[1].a), 0x44);
		}
	}
}

/* An x2APIC's ID and LDR are not the VMM's: refused if it speaks of 32 bits, ignored if not. */
static void identity(void **state)
{
	u32 regs[256], before[256];
	int wide;

	(void)state;
	make_x2(1);
	for (wide = 0; wide < 2; wide++) {
		cpus[1].a.config.wide_ids = wide;
		lapic_get_state(&cpus[1].a, before);
		memcpy(regs, before, sizeof(regs));
		regs[TPR / 4] = 0x50 + wide;
		regs[LDR / 4] = 0xff;
		regs[ID / 4] = 1;
		assert_int_equal(lapic_set_state(&cpus[1].a, regs), 0);
		assert_true(rdx(1, ID) == 1 && rdx(1, LDR) == 2 && rdx(1, TPR) == 0x50 + wide);
		regs[ID / 4] = 1 << 24;
		regs[TPR / 4] = 0x70;
		assert_int_equal(lapic_set_state(&cpus[1].a, regs), wide ? -EINVAL : 0);
		assert_true(rdx(1, ID) == 1 && rdx(1, TPR) == (wide ? 0x51 : 0x70));
	}
}

/* Whatever a VMM writes, only bits that exist are kept, waiting and serving vectors as they are, and all goes on. */
static void hostile(void **state)
{
	u32 regs[256], got[256], i, n;

	(void)state;
	srand(11);
	for (n = 0; n < 3000; n++) {
		for (i = 0; i < 256; i++)
			regs[i] = (u32)rand() << 1 ^ rand();
		assert_int_equal(lapic_write_base(a, n & 1 ? X2APIC : XAPIC, true), 0);
		assert_int_equal(lapic_set_state(a, regs), 0);
		lapic_get_state(a, got);
		for (i = 0; i < 256; i++) {
			u32 offset = i * 4;

			if (offset & 15)
				assert_int_equal(got[i], 0);
			else if (offset >= ISR && offset < ESR)
				assert_int_equal(got[i], regs[i]);
			else if (!strchr(access_of(offset, false), 'r'))
				assert_int_equal(got[i], 0);
		}
		assert_int_equal(got[0x30 / 4], 0x50014);
		assert_int_equal(got[DFR / 4], regs[DFR / 4] | 0x0fffffff);
		assert_int_equal(got[ICR / 4], regs[ICR / 4] & ~0x1000);
		assert_int_equal(got[ICR2 / 4], n & 1 ? regs[ICR2 / 4] : regs[ICR2 / 4] & 0xff000000);
		assert_int_equal(got[SPIV / 4], regs[SPIV / 4] & 0x3ff);
		assert_int_equal(got[LVTT / 4], regs[LVTT / 4] & 0x700ff);
		assert_int_equal(got[LVT0 / 4], regs[LVT0 / 4] & 0x1a7ff);
		assert_int_equal(got[TDCR / 4], regs[TDCR / 4] & 0xb);
		fake_now.ns += rand();
		fake_now.tsc += rand();
		lapic_timer_run(a);
		for (i = 0; lapic_acknowledge(a) >= 0; i++)
			;
		for (i = 0; i < 256; i++)
			lapic_eoi(a);
		lapic_set_cr8(a, 0);
		while (lapic_acknowledge(a) >= 0)
			lapic_eoi(a);
		/* vectors below 16 never come */
		assert_true(lapic_waiting(a) < 16);
	}
}

/* Firmware finds LINT0 wired to the PIC as the VMM left it, before software enables anything. */
static void wired_by_vmm(void **state)
{
	u32 regs[256];

	(void)state;
	lapic_init(a);
	lapic_get_state(a, regs);
	regs[LVT0 / 4] = 0x700;
	assert_int_equal(lapic_set_state(a, regs), 0);
	assert_true(lapic_takes_extint(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(registers_xapic, fake_setup),
		cmocka_unit_test_setup(registers_x2, fake_setup),
		cmocka_unit_test_setup(reserved_x2, fake_setup),
		cmocka_unit_test_setup(reserved_xapic, fake_setup),
		cmocka_unit_test_setup(widths, fake_setup),
		cmocka_unit_test_setup(modes, fake_setup),
		cmocka_unit_test_setup(base_bits, fake_setup),
		cmocka_unit_test_setup(covers, fake_setup),
		cmocka_unit_test_setup(off, fake_setup),
		cmocka_unit_test_setup(becoming_x2, fake_setup),
		cmocka_unit_test_setup(resets, fake_setup),
		cmocka_unit_test_setup(round_trip, fake_setup),
		cmocka_unit_test_setup(identity, fake_setup),
		cmocka_unit_test_setup(hostile, fake_setup),
		cmocka_unit_test_setup(wired_by_vmm, fake_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

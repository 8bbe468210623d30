// SPDX-License-Identifier: GPL-2.0
/*
 * ID registers for guests: what is listed passes up to what is understood, all else is denied.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/kvm.h>

#include "../../src/arm64/cpu/idfield.h"
#include "../../src/arm64/errata.h"

#define PFR0	IDFIELD_REG(4, 0)
#define PFR1	IDFIELD_REG(4, 1)
#define ZFR0	IDFIELD_REG(4, 4)
#define DFR0	IDFIELD_REG(5, 0)
#define ISAR0	IDFIELD_REG(6, 0)
#define ISAR1	IDFIELD_REG(6, 1)
#define ISAR2	IDFIELD_REG(6, 2)
#define MMFR0	IDFIELD_REG(7, 0)
#define MMFR1	IDFIELD_REG(7, 1)
#define MMFR2	IDFIELD_REG(7, 2)

#define SEVENS	0x7777777777777777ULL

/* A host with more of everything than is known gives a guest exactly what is known. */
static void most(void **state)
{
	static const struct {
		unsigned int reg;
		uint64_t val;
	} most[] = {
		{ PFR0, 0x1101000111111012 },
		{ ZFR0, 0x0110110101210022 },
		{ PFR1, 0x21 },
		{ DFR0, 0x000000f070707607 },
		{ ISAR0, 0x1221111110312120ULL },
		{ ISAR1, 0x0011221111311552ULL },
		{ ISAR2, 0x0010000010105110ULL },
		{ MMFR0, 0x0000000010211125ULL },
		{ MMFR1, 0x1001003010312122ULL },
		{ MMFR2, 0x1021001110011111ULL },
	};

	for (unsigned int reg = 0; reg < IDFIELD_REGS; reg++) {
		uint64_t want = 0;

		for (unsigned int i = 0; i < sizeof(most) / sizeof(most[0]); i++)
			if (most[i].reg == reg)
				want = most[i].val;
		if (idfield_guest(reg, SEVENS, 0) != want)
			fail_msg("register %u: %#lx, not %#lx", reg, idfield_guest(reg, SEVENS, 0), want);
	}
}

/* No bit shows that the host has not, in any unsigned field; what is not there at all stays away in a signed one. */
static void least(void **state)
{
	for (unsigned int reg = 0; reg < IDFIELD_REGS; reg++) {
		uint64_t fixed = reg == PFR0 ? 0x01000010 : reg == DFR0 ? 0xfULL << 36 : 0;

		assert_int_equal(idfield_guest(reg, 0, 0), fixed);
	}
	/* 0xf: no FP, no AdvSIMD, no granule of 64 or 4 KiB; larger than all in an unsigned field */
	assert_int_equal(idfield_guest(PFR0, 0xffULL << 16, 0), 0x01ff0010);
	assert_int_equal(idfield_guest(MMFR0, ~0ULL, 0), 0xff211125);
	assert_int_equal(idfield_guest(MMFR2, ~0ULL, 0), 0x1021001110011111ULL);
	/* PMUVer: what is not PMUv3 */
	assert_int_equal(idfield_guest(DFR0, 0xf00, 0), 0xf000000000);
	/* a value below the largest passes */
	assert_int_equal(idfield_guest(MMFR0, 2, 0), 2);
	assert_int_equal(idfield_guest(PFR0, 0, 0) & 0xff0000, 0);
}

/* What errata break is hidden, and nothing else. */
static void errata(void **state)
{
	assert_int_equal(idfield_guest(MMFR1, SEVENS, ERRATA_NO_S2_AF), 0x1001003010312120ULL);
	assert_int_equal(idfield_guest(ISAR1, SEVENS, ERRATA_NO_BF16), 0x0011021111311552ULL);
	assert_int_equal(idfield_guest(MMFR1, SEVENS, ERRATA_ALL & ~ERRATA_NO_S2_AF),
			 idfield_guest(MMFR1, SEVENS, 0));
}

/* A CPU serves what it has, field by field; fields that guests do not see do not count. */
static void serves(void **state)
{
	for (unsigned int reg = 0; reg < IDFIELD_REGS; reg++) {
		uint64_t promised = idfield_guest(reg, SEVENS, 0);

		assert_true(idfield_serves(reg, promised, SEVENS));
		assert_true(idfield_serves(reg, idfield_guest(reg, 0, 0), 0));
		for (unsigned int shift = 0; shift < 64; shift += 4) {
			uint64_t cpu = SEVENS & ~(0xfULL << shift);
			bool is_fixed = (reg == PFR0 && (shift == 4 || shift == 24)) || (reg == DFR0 && shift == 36);

			assert_int_equal(idfield_serves(reg, promised, cpu),
					 is_fixed || !(promised >> shift & 0xf));
		}
	}
	assert_false(idfield_serves(PFR0, 0, 0xfULL << 16));
	assert_true(idfield_serves(PFR0, 0xfULL << 16, 0));
}

/* A VMM may show less of a field, and nothing of what was not promised; fields with a sign have -1 below 0. */
static void lowered(void **state)
{
	static const struct {
		unsigned int reg;
		uint64_t promised, val;
		bool ok;
	} t[] = {
		{ ISAR0, 0x200000, 0x200000, true }, { ISAR0, 0x200000, 0x100000, true }, { ISAR0, 0x200000, 0, true },
		{ ISAR0, 0x200000, 0x300000, false }, { ISAR0, 0x200000, 0x1200000, false },
		{ PFR0, 0x01010011, 0x00010011, true }, { PFR0, 0x01010011, 0x02010011, false },
		{ PFR0, 0x00000011, 0x00ff0011, true },		/* no FP: -1 */
		{ PFR0, 0x00ff0011, 0x00000011, false },
		{ DFR0, 0xf000000000, 0, true },		/* the double lock, which nobody heeds */
		{ DFR0, 0xf000000000, 0x1000000000, false },
		{ PFR0, 0x11, 0x111, true }, { PFR0, 0x11, 0x211, false },	/* EL2, of no use */
		{ PFR0, 0x12, 0x11, true }, { PFR0, 0x11, 0x12, false },	/* AArch32 at EL0 */
		{ DFR0, 0x400, 0x100, true }, { DFR0, 0x400, 0x500, false }, { DFR0, 0, 0x100, false },
		{ MMFR0, 0x0, 0xff000000, true },		/* neither granule: -1 */
		{ MMFR0, 0xff000000, 0x0, false },
		{ MMFR1, 0, 0x1000000, true },			/* SpecSEI: what may go wrong */
		{ MMFR1, 0, 0x2000000000, false },
		{ PFR0, 0x100000011, 0x100000011, true }, { PFR0, 0x100000011, 0x11, false },	/* SVE is a vCPU's feature */
		{ PFR0, 0x11, 0x100000011, false }, { ZFR0, 0x21, 0x11, true }, { ZFR0, 0x11, 0x12, false }, { ZFR0, 0, 1, false },
		{ ISAR1, 0x50, 0x50, true },			/* which algorithm: neither less nor another */
		{ ISAR1, 0x50, 0x40, false }, { ISAR1, 0x50, 0, false }, { ISAR1, 0x50, 0x500, false },
		{ ISAR1, 0, 0x10, false }, { ISAR2, 0x5100, 0x5000, false }, { ISAR2, 0x5100, 0x5100, true },
		{ IDFIELD_REG(4, 5), 0, 0, true }, { IDFIELD_REG(4, 5), 0, 1, false }, { IDFIELD_REG(4, 5), 0, 0xf, false },
	};
	unsigned int i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (idfield_may_be(t[i].reg, t[i].promised, t[i].val) != t[i].ok)
			fail_msg("row %u", i);
}

/* What takes a feature of the vCPU's is hidden without it, and nothing else is. */
static void hidden(void **state)
{
	const uint64_t both = 1 << KVM_ARM_VCPU_PTRAUTH_ADDRESS | 1 << KVM_ARM_VCPU_PTRAUTH_GENERIC;
	const uint64_t pmu = 1 << KVM_ARM_VCPU_PMU_V3, sve = 1 << KVM_ARM_VCPU_SVE;

	for (unsigned int reg = 0; reg < IDFIELD_REGS; reg++) {
		uint64_t keyed = reg == ISAR1 ? 0xff000ff0 : reg == ISAR2 ? 0xff00 : 0;
		uint64_t counted = reg == DFR0 ? 0xf00 : 0, given = reg == PFR0 ? 0xfULL << 32 : 0;
		uint64_t vectors = given | (reg == ZFR0 ? 0x0ff0ff0f0fff00ff : 0);

		assert_int_equal(idfield_hidden(reg, 0), keyed | counted | vectors);
		assert_int_equal(idfield_hidden(reg, ~sve), vectors);
		assert_int_equal(idfield_hidden(reg, ~both), keyed);
		assert_int_equal(idfield_hidden(reg, ~pmu), counted);
		assert_int_equal(idfield_hidden(reg, both | pmu | sve), 0);
		assert_int_equal(idfield_exact(reg), keyed | given);
	}
}

/* A late CPU that authenticates in another way does not serve; more than is understood counts as the most that is. */
static void same_algorithm(void **state)
{
	assert_true(idfield_serves(ISAR1, 0x50, 0x50));
	assert_true(idfield_serves(ISAR1, 0x50, 0x60));
	assert_false(idfield_serves(ISAR1, 0x50, 0x40));
	assert_false(idfield_serves(ISAR1, 0x30, 0x50));
	assert_false(idfield_serves(ISAR1, 0x30, 0x300));
	assert_false(idfield_serves(ISAR1, 0, 0x10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lowered),
		cmocka_unit_test(hidden),
		cmocka_unit_test(same_algorithm),
		cmocka_unit_test(most),
		cmocka_unit_test(least),
		cmocka_unit_test(errata),
		cmocka_unit_test(serves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

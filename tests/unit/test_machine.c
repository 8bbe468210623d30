// SPDX-License-Identifier: GPL-2.0
/*
 * Cores by MIDR_EL1, all CPUs of a machine taken together, and which kernel or late CPU
 * is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/arm64/machine.h"

#define ARM(part)	(0x410f0000U | (part) << 4)
#define V_R(var, rev)	((uint32_t)(var) << 20 | (rev))
#define UNLISTED	0x000f0510U
#define CTR		0x8444c004ULL
#define CTR_DIC		(1ULL << 29)
#define CTR_IDC		(1ULL << 28)

static struct machine_cpu base(uint32_t midr)
{
	return (struct machine_cpu) {
		.midr = midr, .mpidr = 1ULL << 31, .ctr = CTR, .clidr = 0x0a200023,
		.isar0 = 2ULL << 56, .mmfr0 = 5, .mmfr1 = 2 << 4 | 2, .mmfr2 = 1ULL << 40,
		.vtr = 0x90080003, .ccsidr = { 0x701fe01a, 0x201fe01a, 0x707fe03a },
	};
}

static struct machine one(struct machine_cpu cpu)
{
	struct machine m = { 0 };

	machine_add(&m, &cpu);
	return m;
}

static uint32_t workarounds(uint32_t midr)
{
	return errata_of(midr).flags & ERRATA_WORKAROUNDS;
}

/* A core that is not listed needs every workaround that does not belong to one model; a listed one what its row says. */
static void cores(void **state)
{
	assert_int_equal(workarounds(UNLISTED), ERRATA_ALL);
	assert_int_equal(workarounds(0), ERRATA_ALL);
	assert_int_equal(workarounds(0xffffffff), ERRATA_ALL);
	assert_int_equal(workarounds(ARM(0xd0c)), ERRATA_REPEAT_TLBI | ERRATA_STALE_FETCH);
	assert_int_equal(workarounds(ARM(0xd81)), 0);
	assert_int_equal(workarounds(0xc00fac30), ERRATA_NO_S2_AF);
	assert_int_equal(workarounds(0xc00fac40), ERRATA_NO_S2_AF | ERRATA_HCR_BARRIERS);
	assert_int_equal(workarounds(0x431f0af1), ERRATA_TRAP_STAGE1);
	assert_int_equal(workarounds(0x420f5160), ERRATA_TRAP_STAGE1);
	/* its number by another implementer is another core */
	assert_int_equal(workarounds(0x420fd0c0), ERRATA_ALL);
}

/* TLBIs are repeated on every core that the notices name, whatever its version, and not where they say it is mended. */
static void repeat_tlbi(void **state)
{
	static const uint32_t affected[] = {
		ARM(0xd05), ARM(0xd0b), ARM(0xd0c), ARM(0xd0d), ARM(0xd0e), ARM(0xd40), ARM(0xd41),
		ARM(0xd42), ARM(0xd44), ARM(0xd47), ARM(0xd48), ARM(0xd49), ARM(0xd4b), ARM(0xd4c),
		ARM(0xd4e), ARM(0xd4f), ARM(0xd82), ARM(0xd83), ARM(0xd84), ARM(0xd85), ARM(0xd8c),
		ARM(0xd90), 0x4e0f0100, 0x6d0fd490, 0x510f8040, 0x510f8050,
	};

	for (unsigned int i = 0; i < sizeof(affected) / sizeof(affected[0]); i++) {
		assert_true(errata_of(affected[i]).flags & ERRATA_REPEAT_TLBI);
		assert_true(errata_of(affected[i] | V_R(15, 15)).flags & ERRATA_REPEAT_TLBI);
	}
	assert_true(workarounds(ARM(0xd46) | V_R(1, 1)) & ERRATA_REPEAT_TLBI);
	assert_false(workarounds(ARM(0xd46) | V_R(1, 2)) & ERRATA_REPEAT_TLBI);
}

/* Versions: both ends of a range count, in variant before revision. */
static void versions(void **state)
{
	assert_true(workarounds(ARM(0xd46) | V_R(0, 3)) & ERRATA_NO_BF16);
	assert_false(workarounds(ARM(0xd46) | V_R(2, 0)) & ERRATA_NO_BF16);
	assert_non_null(errata_of(ARM(0xd46) | V_R(0, 2)).refused);
	assert_null(errata_of(ARM(0xd46) | V_R(0, 3)).refused);
	assert_null(errata_of(ARM(0xd46) | V_R(1, 0)).refused);
	assert_true(errata_of(ARM(0xd0d) | V_R(1, 0)).flags & ERRATA_GUEST_HANGS);
	assert_false(errata_of(ARM(0xd0d) | V_R(1, 1)).flags & ERRATA_GUEST_HANGS);
	assert_non_null(errata_of(0x431f0a11).refused);
	assert_non_null(errata_of(0x510f0010).refused);
	assert_non_null(errata_of(0x610f0230).refused);
}

/* Each thing that a kernel must be, alone, is what is missed. */
static void hosts(void **state)
{
	const struct machine_host good = { .pfr0 = 1 << 24, .ctr = CTR, .hyp = true, .pages_4k = true };
	struct machine_host h;

	assert_null(machine_refuses_host(&good));
	h = good;
	h.hyp = false;
	assert_non_null(strstr(machine_refuses_host(&h), "VHE"));
	h = good;
	h.pages_4k = false;
	assert_non_null(strstr(machine_refuses_host(&h), "4 KiB"));
	h = good;
	h.rt = true;
	assert_non_null(strstr(machine_refuses_host(&h), "PREEMPT_RT"));
	h = good;
	h.pfr0 = 0;
	assert_non_null(strstr(machine_refuses_host(&h), "GICv3"));
	h = good;
	h.pmr_masking = true;
	assert_non_null(strstr(machine_refuses_host(&h), "pseudo-NMI"));
	/* VPIPT and AIVIVT are refused, VIPT and PIPT are not */
	for (unsigned int l1ip = 0; l1ip < 4; l1ip++) {
		h = good;
		h.ctr = (CTR & ~(3ULL << 14)) | l1ip << 14;
		assert_int_equal(machine_refuses_host(&h) == NULL, l1ip >= 2);
	}
}

/* One kind of CPU reads its caches' registers itself, unless DIC promises too much or CCSIDR_EL1 has another format. */
static void traps(void **state)
{
	struct machine_cpu cpu = base(ARM(0xd0c));
	struct machine m = one(cpu);

	machine_add(&m, &cpu);
	assert_false(m.trap_caches);
	assert_int_equal(machine_guest_ctr(&m), CTR);

	cpu.ctr |= CTR_DIC | CTR_IDC;
	m = one(cpu);
	assert_true(m.trap_caches);
	assert_int_equal(machine_guest_ctr(&m), CTR | CTR_IDC);

	cpu.midr = ARM(0xd81);
	m = one(cpu);
	assert_false(m.trap_caches);
	assert_int_equal(machine_guest_ctr(&m), CTR | CTR_DIC | CTR_IDC);

	cpu = base(ARM(0xd81));
	cpu.mmfr2 |= 1 << 20;
	m = one(cpu);
	assert_true(m.trap_caches);
}

/* Caches that differ: the smallest line, the largest granule, what all promise; and guests do not read hardware. */
static void mixed_caches(void **state)
{
	struct machine_cpu big = base(ARM(0xd81)), little = base(ARM(0xd80));
	struct machine m;

	big.ctr = 0x4ULL << 32 | 0xb4448004;	/* IDC, DIC, 64 bytes, VIPT */
	little.ctr = 0x9333c003;		/* IDC, 32 bytes, PIPT */
	m = one(big);
	machine_add(&m, &little);
	assert_true(m.trap_caches);
	assert_true(m.mixed_models);
	assert_int_equal(machine_guest_ctr(&m), 0x94438003);

	little.ctr &= ~(0xffULL << 20);		/* CWG and ERG not told */
	machine_add(&m, &little);
	assert_int_equal(machine_guest_ctr(&m) >> 20 & 0xff, 0);

	little = base(ARM(0xd81));
	little.ccsidr[2]++;
	m = one(base(ARM(0xd81)));
	assert_false(m.trap_caches);
	machine_add(&m, &little);
	assert_true(m.trap_caches);
	assert_false(m.mixed_models);
	little = base(ARM(0xd81));
	little.clidr ^= 1 << 24;
	m = one(base(ARM(0xd81)));
	machine_add(&m, &little);
	assert_true(m.trap_caches);
}

/* CCSIDR_EL1 by any CSSELR_EL1, in the 32-bit format whatever the CPU has. */
static void ccsidr(void **state)
{
	struct machine_cpu cpu = base(ARM(0xd81));
	struct machine m = one(cpu);

	assert_int_equal(machine_guest_ccsidr(&m, 0), 0x701fe01a);
	assert_int_equal(machine_guest_ccsidr(&m, 2), 0x707fe03a);
	assert_int_equal(machine_guest_ccsidr(&m, 13), 0);
	assert_int_equal(machine_guest_ccsidr(&m, 14), 0);
	assert_int_equal(machine_guest_ccsidr(&m, ~0ULL), 0);

	cpu.mmfr2 |= 1 << 20;
	cpu.ccsidr[0] = 255ULL << 32 | 3 << 3 | 2;	/* 256 sets, 4 ways, 64 bytes */
	cpu.ccsidr[2] = 0xffffULL << 32 | 0x7ff << 3 | 2;
	m = one(cpu);
	assert_int_equal(machine_guest_ccsidr(&m, 0), 255 << 13 | 3 << 3 | 2);
	assert_int_equal(machine_guest_ccsidr(&m, 2), 0x7fff << 13 | 0x3ff << 3 | 2);
}

/* A workaround that one CPU needs is in force on all; ThunderX2's only where cores have threads. */
static void needs(void **state)
{
	struct machine_cpu tx2 = base(0x431f0af1);
	struct machine m = one(base(ARM(0xd81)));

	assert_false(machine_needs(&m, ERRATA_REPEAT_TLBI));
	tx2.midr = ARM(0xd0c);
	machine_add(&m, &tx2);
	assert_true(machine_needs(&m, ERRATA_REPEAT_TLBI));

	tx2 = base(0x431f0af1);
	m = one(tx2);
	assert_false(machine_needs(&m, ERRATA_TRAP_STAGE1));
	tx2.mpidr |= 1;
	assert_non_null(machine_refuses_cpu(&m, &tx2));
	machine_add(&m, &tx2);
	assert_true(machine_needs(&m, ERRATA_TRAP_STAGE1));
	assert_null(machine_refuses_cpu(&m, &tx2));
}

/* GIC interfaces that differ, and a core that guests cannot run on, refuse the machine. */
static void refused(void **state)
{
	struct machine_cpu cpu = base(ARM(0xd0c));
	struct machine m = one(cpu);

	assert_null(m.refused);
	cpu.vtr++;
	machine_add(&m, &cpu);
	assert_non_null(strstr(m.refused, "GIC"));
	cpu = base(ARM(0xd0c));
	m = one(cpu);
	cpu.pmu = !cpu.pmu;
	machine_add(&m, &cpu);
	assert_non_null(strstr(m.refused, "PMU"));
	m = one(base(ARM(0xd46)));
	assert_non_null(strstr(m.refused, "2077057"));
}

/* A CPU that comes late has all that guests were promised and needs nothing more, or stays away. */
static void late(void **state)
{
	struct machine m = one(base(ARM(0xd0c)));
	struct machine_cpu cpu;

#define LATE(change) (cpu = base(ARM(0xd0c)), (change), machine_refuses_cpu(&m, &cpu))
	assert_null(LATE(cpu.mpidr = 1ULL << 31));
	assert_null(LATE(cpu.mpidr = 5));
	assert_null(LATE(cpu.midr |= V_R(4, 1)));
	assert_null(LATE(cpu.mmfr0 = 6));
	assert_non_null(strstr(LATE(cpu.midr = UNLISTED), "workaround"));
	assert_non_null(strstr(LATE(cpu.midr = ARM(0xd46)), "2077057"));
	assert_null(LATE(cpu.midr = ARM(0xd81)));
	assert_non_null(strstr(LATE(cpu.vtr = 0), "GIC"));
	assert_non_null(strstr(LATE(cpu.sme = true), "SME"));
	assert_non_null(strstr(LATE(cpu.pmu = true), "PMU"));
	assert_non_null(strstr(LATE(cpu.ctr -= 1), "CTR_EL0"));
	assert_non_null(strstr(LATE(cpu.ctr |= CTR_IDC), "caches differ"));
	assert_non_null(strstr(LATE(cpu.clidr = 0), "caches differ"));
	assert_non_null(strstr(LATE(cpu.mmfr0 = 4), "physical"));
	assert_non_null(strstr(LATE(cpu.mmfr1 = 2 << 4), "access flag"));
	assert_non_null(strstr(LATE(cpu.mmfr1 = 2), "VMID"));
	assert_non_null(strstr(LATE(cpu.mmfr2 = 0), "S2FWB"));
	assert_non_null(strstr(LATE(cpu.isar0 = 1ULL << 56), "TLBIRANGE"));

	/* what some CPU lacked all the time was promised to nobody */
	cpu = base(ARM(0xd0c));
	cpu.mmfr2 = 0;
	machine_add(&m, &cpu);
	assert_null(LATE(cpu.mmfr2 = 0));
}

/* Guests' vectors are no longer than what only some CPUs have; below that all CPUs have the same. */
static void vectors(void **state)
{
	static const struct { uint16_t a, b, c, want; } t[] = {
		{ 0xffff, 0xffff, 0xffff, 0xffff }, { 0x000b, 0x000b, 0x008b, 0x000b }, { 0x000b, 0x008b, 0x000b, 0x000b },
		{ 0x008b, 0x000b, 0x000b, 0x000b }, { 0x000f, 0x000b, 0x000f, 0x0003 }, { 0x0001, 0x0001, 0, 0 },
		{ 0, 0, 0, 0 }, { 0x8001, 0x8003, 0x8001, 0x0001 }, { 0x8001, 0x8001, 0x8001, 0x8001 },
	};
	struct machine_cpu cpu = base(ARM(0xd0c));
	unsigned int i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const uint16_t cpus[] = { t[i].a, t[i].b, t[i].c };
		struct machine m = { 0 };
		unsigned int k;

		for (k = 0; k < 3; k++) {
			cpu.sve_lengths = cpus[k];
			machine_add(&m, &cpu);
		}
		assert_int_equal(machine_sve_lengths(&m), t[i].want);
	}
	/* a late CPU may have longer ones, and must not make others shorter or less */
	for (i = 0; i < 2; i++) {
		struct machine m = { 0 };
		static const struct { uint16_t late; bool ok; } lates[] = {
			{ 0x000b, true }, { 0x008b, true }, { 0x0003, false }, { 0x000f, false }, { 0, false },
		};
		unsigned int k;

		cpu.sve_lengths = 0x000b;
		machine_add(&m, &cpu);
		for (k = 0; k < sizeof(lates) / sizeof(lates[0]); k++) {
			cpu.sve_lengths = lates[k].late;
			if (lates[k].ok)
				assert_null(machine_refuses_cpu(&m, &cpu));
			else
				assert_non_null(strstr(machine_refuses_cpu(&m, &cpu), "vectors"));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cores),
		cmocka_unit_test(repeat_tlbi),
		cmocka_unit_test(versions),
		cmocka_unit_test(hosts),
		cmocka_unit_test(traps),
		cmocka_unit_test(mixed_caches),
		cmocka_unit_test(ccsidr),
		cmocka_unit_test(needs),
		cmocka_unit_test(refused),
		cmocka_unit_test(late),
		cmocka_unit_test(vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

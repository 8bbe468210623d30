// SPDX-License-Identifier: GPL-2.0
/*
 * What this machine's CPUs have: each register is read from its own name, each CPU is looked at once it comes, and
 * its vectors are those that were chosen for it.
 */
#include <linux/kernel.h>

#include "gmem_env.h"

#include <linux/arm-smccc.h>
#include <linux/bitops.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <asm/barrier.h>
#include <asm/cpufeature.h>
#include <asm/cputype.h>
#include <asm/sysreg.h>

/* Fields of ID registers (Arm ARM D24.2). */
enum { SYS_ID_AA64ISAR1_EL1 = 0x40, SYS_ID_AA64DFR0_EL1, SYS_ID_AA64ISAR2_EL1, SYS_ICH_VTR_EL2,
       TEST_REG_ccsidr_el1, TEST_REG_clidr_el1, TEST_REG_revidr_el1, TEST_REG_aidr_el1, TEST_REG_mpidr_el1, NR_REGS = 0x200 };
#define ID_AA64MMFR1_EL1_HCX_MASK	(0xfULL << 40)
#define ID_AA64MMFR0_EL1_FGT_SHIFT	56
#define ID_AA64MMFR0_EL1_FGT_MASK	(0xfULL << 56)
#define ID_AA64PFR0_EL1_EL0_SHIFT	0
#define ID_AA64PFR0_EL1_EL0_MASK	0xfULL
#define ID_AA64ISAR1_EL1_APA_MASK	(0xfULL << 4)
#define ID_AA64ISAR1_EL1_API_MASK	(0xfULL << 8)
#define ID_AA64ISAR1_EL1_GPA_MASK	(0xfULL << 24)
#define ID_AA64ISAR1_EL1_GPI_MASK	(0xfULL << 28)
#define ID_AA64ISAR2_EL1_GPA3_MASK	(0xfULL << 8)
#define ID_AA64ISAR2_EL1_APA3_MASK	(0xfULL << 12)
#define ID_AA64PFR0_EL1_DIT_MASK	(0xfULL << 48)
#define ID_AA64PFR1_EL1_MTE_SHIFT	8
#define ID_AA64PFR1_EL1_MTE_MASK	(0xfULL << 8)
#define ID_AA64PFR1_EL1_SME_SHIFT	24
#define ID_AA64PFR1_EL1_SME_MASK	(0xfULL << 24)
#define ID_AA64DFR0_EL1_PMUVer_SHIFT	8
#define ID_AA64DFR0_EL1_PMUVer_MASK	(0xfULL << 8)
#define ID_AA64DFR0_EL1_BRPs_SHIFT	12
#define ID_AA64DFR0_EL1_BRPs_MASK	(0xfULL << 12)
#define ID_AA64DFR0_EL1_WRPs_SHIFT	20
#define ID_AA64DFR0_EL1_WRPs_MASK	(0xfULL << 20)
#define read_cpuid_cachetype()		regs[SYS_CTR_EL0]
#define raw_cpu_read(name)		this_cpu_read(name)

struct arm_smccc_res {
	long a0;
};

enum { SMCCC_CONDUIT_NONE, SMCCC_CONDUIT_SMC, SMCCC_CONDUIT_HVC };

static int conduit;
static u64 regs[NR_REGS], sane[NR_REGS];

static unsigned int nr_functions;
static char said[256];

#define arm_smccc_1_1_get_conduit()	conduit
#define arm_smccc_1_1_smc(f, a, res)	fake_smc(f, a, res)

static void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(said, sizeof(said), fmt, args);
	va_end(args);
}

/* Firmware's answer is the function's last byte. */
static void fake_smc(u32 function, u32 arg, struct arm_smccc_res *res)
{
	assert_int_equal(function, ARM_SMCCC_ARCH_FEATURES_FUNC_ID);
	nr_functions++;
	res->a0 = arg == ARM_SMCCC_ARCH_WORKAROUND_1 ? 0x11 : arg == ARM_SMCCC_ARCH_WORKAROUND_2 ? 0x22 :
		  arg == ARM_SMCCC_ARCH_WORKAROUND_3 ? 0x33 : 0x44;
}

#undef pr_err
#undef pr_info
#undef pr_warn
#define pr_err(...)	say(__VA_ARGS__)
#define pr_info(...)	say(__VA_ARGS__)
#define pr_warn(...)	say(__VA_ARGS__)

#include "../../src/arm64/cpu/hw.c"
#include "../../src/arm64/cpu/spectre.c"

char cpu_vectors[1], cpu_vectors_loop8[1], cpu_vectors_loop11[1], cpu_vectors_loop24[1], cpu_vectors_loop32[1],
	cpu_vectors_loop38[1], cpu_vectors_loop132[1], cpu_vectors_clrbhb[1], cpu_vectors_firmware1[1],
	cpu_vectors_firmware1_loop132[1], cpu_vectors_firmware3[1];

struct machine machine;

static char log[64];
static unsigned int n;
static struct machine_cpu added;
static const char *refusal;
static bool serves, worse, off;
static u32 needs;
static struct predictor chosen;
static struct predictor_cpu asked;
static int (*online)(unsigned int id);
static int hp_ret, sysreg_ret;
static unsigned int isbs;

static void note(char c)
{
	assert_true(n < sizeof(log) - 1);
	log[n++] = c;
	log[n] = 0;
}

static void expect(const char *what)
{
	assert_string_equal(log, what);
	n = log[0] = 0;
}

/* The cache's size is by which is chosen. */
u64 test_sysreg_read(u32 reg)
{
	if (reg != TEST_REG_ccsidr_el1)
		return regs[reg];
	assert_true(irqs_disabled());
	assert_int_equal(isbs, 1);
	isbs = 0;
	return 0x100 + regs[SYS_CSSELR_EL1];
}

void test_sysreg_write(u64 val, u32 reg)
{
	assert_int_equal(reg, SYS_CSSELR_EL1);
	assert_true(irqs_disabled());
	isbs = 0;
	regs[reg] = val;
}

void test_isb(void)
{
	assert_true(irqs_disabled());
	isbs++;
}

u64 read_sanitised_ftr_reg(u32 id)
{
	return sane[id];
}

unsigned int read_cpuid_id(void)
{
	return 0x410fd0c1;
}

void machine_add(struct machine *m, const struct machine_cpu *cpu)
{
	assert_ptr_equal(m, &machine);
	added = *cpu;
	note('a');
}

const char *machine_refuses_cpu(const struct machine *m, const struct machine_cpu *cpu)
{
	note('r');
	return refusal;
}

u16 machine_sve_lengths(const struct machine *m)
{
	assert_ptr_equal(m, &machine);
	return m->sve_all;
}

u16 cpu_fp_lengths(void)
{
	assert_false(irqs_disabled());
	return 0x8b;
}

bool machine_needs(const struct machine *m, u32 erratum)
{
	return needs & erratum;
}

bool cpu_idreg_serves(void)
{
	note('s');
	return serves;
}

void cpu_idreg_init(void)
{
	/* what was read goes into them; no CPU comes meanwhile */
	assert_int_equal(cpu_hw.brps, 6);
	note('i');
}

int cpu_sysreg_init(void)
{
	note('t');
	return sysreg_ret;
}

int cpuhp_setup_state(int state, const char *name, int (*on)(unsigned int cpu), int (*down)(unsigned int cpu))
{
	assert_int_equal(state, CPUHP_AP_ONLINE_DYN);
	assert_null(down);
	online = on;
	note('h');
	return hp_ret;
}

void cpuhp_remove_state(int state)
{
	assert_int_equal(state, hp_ret);
	note('H');
}

void cpus_read_lock(void)
{
	note('<');
}

void cpus_read_unlock(void)
{
	note('>');
}

bool cpu_mitigations_off(void)
{
	return off;
}

struct predictor predictor_choose(const struct predictor_cpu *cpu)
{
	asked = *cpu;
	note('p');
	return chosen;
}

bool predictor_worst(struct predictor *all, const struct predictor *cpu)
{
	assert_memory_equal(cpu, &chosen, sizeof(chosen));
	if (worse)
		*all = *cpu;
	return worse;
}

static int setup(void **state)
{
	unsigned int i;

	(void)state;
	memset(&cpu_hw, 0, sizeof(cpu_hw));
	memset(&machine, 0, sizeof(machine));
	memset(sane, 0, sizeof(sane));
	for (i = 0; i < NR_REGS; i++)
		regs[i] = 0xabc000 + i;
	regs[TEST_REG_clidr_el1] = 0;
	hw_promised = worse = off = false;
	serves = true;
	refusal = NULL;
	needs = hp_ret = sysreg_ret = 0;
	n = log[0] = said[0] = nr_functions = 0;
	conduit = SMCCC_CONDUIT_SMC;
	chosen = (struct predictor) { .vectors = PREDICTOR_PLAIN };
	spectre_machine = (struct predictor) { 0 };
	hw_cpu_online(0);
	n = log[0] = nr_functions = 0;
	return 0;
}

/* Each register is read from its own name, and what stands in CSSELR_EL1 is put back. */
static void registers(void **state)
{
	(void)state;
	assert_int_equal(hw_cpu_online(1), 0);
	expect("ap");
	assert_int_equal(added.midr, 0x410fd0c1);
	assert_int_equal(added.revidr, 0xabc000 + TEST_REG_revidr_el1);
	assert_int_equal(added.aidr, 0xabc000 + TEST_REG_aidr_el1);
	assert_int_equal(added.mpidr, 0xabc000 + TEST_REG_mpidr_el1);
	assert_int_equal(added.ctr, 0xabc000 + SYS_CTR_EL0);
	assert_int_equal(added.clidr, 0);
	assert_int_equal(added.isar0, 0xabc000 + SYS_ID_AA64ISAR0_EL1);
	assert_int_equal(added.mmfr0, 0xabc000 + SYS_ID_AA64MMFR0_EL1);
	assert_int_equal(added.mmfr1, 0xabc000 + SYS_ID_AA64MMFR1_EL1);
	assert_int_equal(added.mmfr2, 0xabc000 + SYS_ID_AA64MMFR2_EL1);
	assert_int_equal(added.vtr, 0xabc000 + SYS_ICH_VTR_EL2);
	assert_int_equal(added.sme, !!((0xabc000 + SYS_ID_AA64PFR1_EL1) >> 24 & 15));
	assert_int_equal(added.pmu, (0xabc000 + TEST_REG_id_aa64dfr0_el1) >> 8 & 15 && ((0xabc000 + TEST_REG_id_aa64dfr0_el1) >> 8 & 15) != 15);
	assert_int_equal(added.sve_lengths, 0x8b);
	assert_int_equal(regs[SYS_CSSELR_EL1], 0xabc000 + SYS_CSSELR_EL1);
	assert_int_equal(isbs, 1);
	isbs = 0;
	assert_false(irqs_disabled());
}

/* Of each level its kind says which of the two caches there are: instruction, data, both apart, unified; others none. */
static void caches(void **state)
{
	static const u8 data[] = { 0, 0, 1, 1, 1, 0, 0, 0 }, fetch[] = { 0, 1, 0, 1, 0, 0, 0, 0 };
	unsigned int type, level;

	(void)state;
	for (type = 0; type < 8; type++)
		for (level = 0; level < 7; level++) {
			regs[TEST_REG_clidr_el1] = (u64)type << 3 * level;
			hw_cpu_online(1);
			n = 0;
			assert_int_equal(added.ccsidr[2 * level], data[type] ? 0x100 + 2 * level : 0);
			assert_int_equal(added.ccsidr[2 * level + 1], fetch[type] ? 0x101 + 2 * level : 0);
			assert_int_equal(regs[SYS_CSSELR_EL1], 0xabc000 + SYS_CSSELR_EL1);
		}
	/* what stands above the seven levels is something else */
	regs[TEST_REG_clidr_el1] = 3 | 4 << 3 | 4ULL << 18 | 4ULL << 21 | 3ULL << 24;
	hw_cpu_online(1);
	assert_int_equal(added.ccsidr[0] + added.ccsidr[1] + added.ccsidr[2] + added.ccsidr[12], 0x400 + 1 + 2 + 12);
	assert_int_equal(added.ccsidr[3] + added.ccsidr[13] + added.ccsidr[4], 0);
}

/* Once guests were promised something a CPU that lacks any of it stays away, and changes nothing. */
static void comes_late(void **state)
{
	(void)state;
	hw_promised = true;
	assert_int_equal(hw_cpu_online(7), 0);
	expect("rsp");
	refusal = "it lacks it";
	assert_int_equal(hw_cpu_online(7), -EINVAL);
	expect("r");
	assert_non_null(strstr(said, "CPU 7 stays away"));
	assert_non_null(strstr(said, "it lacks it"));
	refusal = NULL;
	serves = false;
	assert_int_equal(hw_cpu_online(7), -EINVAL);
	expect("rs");
	assert_non_null(strstr(said, "ID registers"));
	serves = true;
	worse = true;
	chosen.stores = PREDICTOR_VULNERABLE;
	assert_int_equal(hw_cpu_online(7), -EINVAL);
	expect("rsp");
	assert_int_equal(cpu_spectre_machine()->stores, PREDICTOR_UNAFFECTED);
	/* before it is what the machine is */
	hw_promised = false;
	assert_int_equal(hw_cpu_online(7), 0);
	expect("ap");
	assert_int_equal(cpu_spectre_machine()->stores, PREDICTOR_VULNERABLE);
}

/* What a CPU says of itself and what firmware does, each in its place; only SMC reaches firmware. */
static void asks(void **state)
{
	(void)state;
	regs[SYS_ID_AA64PFR1_EL1] = 0x777;
	assert_null(cpu_spectre_online(true));
	assert_int_equal(asked.midr, 0x410fd0c1);
	assert_int_equal(asked.pfr0, 0xabc000 + SYS_ID_AA64PFR0_EL1);
	assert_int_equal(asked.pfr1, 0x777);
	assert_int_equal(asked.mmfr1, 0xabc000 + SYS_ID_AA64MMFR1_EL1);
	assert_int_equal(asked.isar2, 0xabc000 + SYS_ID_AA64ISAR2_EL1);
	assert_int_equal(asked.firmware[0], 0x11);
	assert_int_equal(asked.firmware[1], 0x22);
	assert_int_equal(asked.firmware[2], 0x33);
	assert_false(asked.off);
	assert_int_equal(nr_functions, 3);
	off = true;
	conduit = SMCCC_CONDUIT_HVC;
	cpu_spectre_online(true);
	assert_true(asked.off);
	assert_int_equal(asked.firmware[0], -1);
	assert_int_equal(asked.firmware[1], -1);
	assert_int_equal(asked.firmware[2], -1);
	assert_int_equal(nr_functions, 3);
}

/* Each choice has vectors of its own, which this CPU then has and no other. */
static void vectors(void **state)
{
	static char *const of[] = {
		cpu_vectors, cpu_vectors_loop8, cpu_vectors_loop11, cpu_vectors_loop24, cpu_vectors_loop32,
		cpu_vectors_loop38, cpu_vectors_loop132, cpu_vectors_clrbhb, cpu_vectors_firmware1,
		cpu_vectors_firmware1_loop132, cpu_vectors_firmware3,
	};
	unsigned int i;

	(void)state;
	assert_int_equal(ARRAY_SIZE(of), PREDICTOR_KINDS);
	for (i = 0; i < PREDICTOR_KINDS; i++) {
		chosen.vectors = i;
		/* also where it must stay away: who is in a guest there goes on */
		cpu_spectre_online(i & 1);
		assert_int_equal(cpu_spectre_vectors(), (unsigned long)of[i]);
	}
}

static bool alone(const bool *which)
{
	const bool *const all[] = { &cpu_hw.has_aarch32, &cpu_hw.has_pauth, &cpu_hw.has_hcx, &cpu_hw.has_fgt, &cpu_hw.has_fgt2, &cpu_hw.has_pmu, &cpu_hw.has_ras,
				    &cpu_hw.has_dit, &cpu_hw.has_mte, &cpu_hw.has_sme, &cpu_hw.no_hafdbs, &cpu_hw.hcr_barriers };
	unsigned int i, set = 0;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		set += *all[i];
	return *which && set == 1;
}

static bool none(void)
{
	return !memchr_inv(&cpu_hw, 0, offsetof(struct cpu_hw, brps));
}

static void read_with(u64 *reg, u64 val)
{
	memset(sane, 0, sizeof(sane));
	memset(regs, 0, sizeof(regs));
	*reg = val;
	hw_read();
}

/* Each feature is its own field, from the value on that it is there with; 15 in some means that there is none. */
static void features(void **state)
{
	static const struct { u32 reg; unsigned int shift; u8 from, to; size_t what; bool raw; } fields[] = {
		{ SYS_ID_AA64MMFR1_EL1, 40, 1, 14, offsetof(struct cpu_hw, has_hcx), false },
		{ SYS_ID_AA64PFR0_EL1, 0, 2, 15, offsetof(struct cpu_hw, has_aarch32), false },
		{ SYS_ID_AA64PFR0_EL1, 28, 1, 14, offsetof(struct cpu_hw, has_ras), false },
		{ SYS_ID_AA64PFR0_EL1, 48, 1, 14, offsetof(struct cpu_hw, has_dit), false },
		{ SYS_ID_AA64PFR1_EL1, 8, 2, 15, offsetof(struct cpu_hw, has_mte), false },
		{ SYS_ID_AA64PFR1_EL1, 24, 1, 15, offsetof(struct cpu_hw, has_sme), true },
		{ TEST_REG_id_aa64dfr0_el1, 8, 1, 14, offsetof(struct cpu_hw, has_pmu), true },
	};
	unsigned int i, val;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(fields); i++)
		for (val = 0; val < 16; val++) {
			read_with(&(fields[i].raw ? regs : sane)[fields[i].reg], (u64)val << fields[i].shift);
			if (val >= fields[i].from && val <= fields[i].to)
				assert_true(alone((bool *)((char *)&cpu_hw + fields[i].what)));
			else
				assert_true(none());
		}
	for (val = 0; val < 16; val++) {
		read_with(&sane[SYS_ID_AA64MMFR0_EL1], (u64)val << 56);
		assert_int_equal(cpu_hw.has_fgt, val && val != 15);
		assert_int_equal(cpu_hw.has_fgt2, val >= 2);
		read_with(&sane[SYS_ID_AA64DFR0_EL1], val << 12);
		assert_int_equal(cpu_hw.brps, val + 1);
		assert_int_equal(cpu_hw.wrps, 1);
		read_with(&sane[SYS_ID_AA64DFR0_EL1], val << 20);
		assert_int_equal(cpu_hw.brps, 1);
		assert_int_equal(cpu_hw.wrps, val + 1);
	}
	/* pointer authentication: for addresses and in general, each by one of three algorithms */
	for (i = 0; i < 8; i++)
		for (val = 0; val < 8; val++) {
			read_with(&sane[SYS_ID_AA64ISAR1_EL1], (i & 1) << 4 | (i & 2) << 7 | (u64)(val & 1) << 24 | (u64)(val & 2) << 27);
			sane[SYS_ID_AA64ISAR2_EL1] = (i & 4) << 10 | (val & 4) << 6;
			hw_read();
			assert_int_equal(cpu_hw.has_pauth, i && val);
		}
	machine.sve_all = 0x8003;
	read_with(&regs[0], 0);
	assert_int_equal(cpu_hw.sve_lengths, 0x8003);
	needs = ERRATA_NO_S2_AF;
	read_with(&regs[0], 0);
	assert_true(alone(&cpu_hw.no_hafdbs));
	needs = ERRATA_HCR_BARRIERS;
	read_with(&regs[0], 0);
	assert_true(alone(&cpu_hw.hcr_barriers));
}

/* The module's start: each CPU is looked at, then the promise is made with none coming meanwhile. */
static void starts(void **state)
{
	(void)state;
	sane[SYS_ID_AA64DFR0_EL1] = 5 << 12;
	hp_ret = 77;
	assert_int_equal(cpu_hw_init(), 0);
	expect("th<i>");
	assert_ptr_equal(online, hw_cpu_online);
	assert_true(hw_promised);
	assert_int_equal(said[0], 0);
	cpu_hw_exit();
	expect("H");
}

/* What hinders it is said, and what was begun is undone. */
static void hindered(void **state)
{
	(void)state;
	sane[SYS_ID_AA64DFR0_EL1] = 5 << 12;
	sysreg_ret = -EIO;
	assert_int_equal(cpu_hw_init(), -EIO);
	expect("t");
	sysreg_ret = 0;
	hp_ret = -ENOMEM;
	assert_int_equal(cpu_hw_init(), -ENOMEM);
	expect("th");
	assert_false(hw_promised);
	hp_ret = 78;
	machine.refused = "no such";
	assert_int_equal(cpu_hw_init(), -ENODEV);
	expect("th<i>H");
	assert_non_null(strstr(said, "no such"));
	machine.refused = NULL;
	machine.mixed_models = true;
	assert_int_equal(cpu_hw_init(), 0);
	assert_non_null(strstr(said, "several models"));
	needs = ERRATA_GUEST_HANGS;
	assert_int_equal(cpu_hw_init(), 0);
	assert_non_null(strstr(said, "1508412"));
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(registers), TEST(caches), TEST(comes_late), TEST(asks), TEST(vectors), TEST(features), TEST(starts),
		TEST(hindered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

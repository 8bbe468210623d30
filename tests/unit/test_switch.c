// SPDX-License-Identifier: GPL-2.0
/*
 * The world switch: which registers change hands at load, entry, exit and put, in which order, and that each
 * side finds its own again. The assembly in the middle is a guest of the test's.
 */
#include <linux/kernel.h>

#include "gmem_env.h"
#include "sysreg_fake.h"

#include <linux/percpu.h>
#include <linux/string.h>

#define raw_cpu_write(name, val)	this_cpu_write(name, val)
#define raw_cpu_ptr(p)			this_cpu_ptr(p)
#define dsb(kind)			fake_note(FAKE_DSB, 0)
#define FAKE_DSB			(~1U)

#include "../../src/arm64/cpu/debug.c"
#include "../../src/arm64/cpu/regs.c"
#include "../../src/arm64/cpu/switch.c"

#define HOST(i)		(0xa000 + (i))
#define GUEST(i)	(0xb000 + (i))
#define LATER(i)	(0xc000 + (i))	/* what the guest makes of it */
#define HCR_TGE		(1UL << 27)
#define MDE		(1UL << 15)
#define FGTS		10

static struct arm_vm vm;
static struct arm_vcpu vcpu;
static void (*guest)(void);	/* at each entry */
static u64 exit_code;
static unsigned int keyed, entries, pan, dit, resets, befores, afters;
static unsigned int fast;	/* so many exits are served inside */
static bool translates, vectors_in;
static unsigned int vectors, vector_resets;
static u32 traps, errata;

struct cpu_hw cpu_hw;
struct machine machine;

/* Swapped at load and put, as the Arm ARM names them at EL2 with E2H (D24.1). */
static const struct { enum cpu_sys at; u32 reg; } swapped[] = {
	{ CPU_SCTLR_EL1, SYS_SCTLR_EL12 }, { CPU_CPACR_EL1, SYS_CPACR_EL12 },
	{ CPU_TTBR0_EL1, SYS_TTBR0_EL12 }, { CPU_TTBR1_EL1, SYS_TTBR1_EL12 },
	{ CPU_TCR_EL1, SYS_TCR_EL12 }, { CPU_ESR_EL1, SYS_ESR_EL12 },
	{ CPU_AFSR0_EL1, SYS_AFSR0_EL12 }, { CPU_AFSR1_EL1, SYS_AFSR1_EL12 },
	{ CPU_FAR_EL1, SYS_FAR_EL12 }, { CPU_MAIR_EL1, SYS_MAIR_EL12 },
	{ CPU_VBAR_EL1, SYS_VBAR_EL12 }, { CPU_CONTEXTIDR_EL1, SYS_CONTEXTIDR_EL12 },
	{ CPU_AMAIR_EL1, SYS_AMAIR_EL12 }, { CPU_ELR_EL1, SYS_ELR_EL12 },
	{ CPU_SPSR_EL1, SYS_SPSR_EL12 }, { CPU_CNTKCTL_EL1, SYS_CNTKCTL_EL12 },
	{ CPU_SP_EL1, SYS_SP_EL1 }, { CPU_TPIDR_EL0, SYS_TPIDR_EL0 },
	{ CPU_TPIDRRO_EL0, SYS_TPIDRRO_EL0 }, { CPU_TPIDR_EL1, SYS_TPIDR_EL1 },
	{ CPU_CSSELR_EL1, SYS_CSSELR_EL1 }, { CPU_DISR_EL1, SYS_VDISR_EL2 },
};

/* The host's own, which it must find as it left them: after a put, and some after each exit. */
static const u32 till_put[] = {
	SYS_TPIDR_EL0, SYS_TPIDRRO_EL0, SYS_CSSELR_EL1, SYS_TPIDR2_EL0,
	sys_reg(3, 4, 1, 1, 4), sys_reg(3, 4, 1, 1, 5), sys_reg(3, 4, 1, 1, 6), sys_reg(3, 4, 3, 1, 4),
	sys_reg(3, 4, 3, 1, 5), sys_reg(3, 4, 3, 1, 2), sys_reg(3, 4, 3, 1, 3), sys_reg(3, 4, 3, 1, 7),
	sys_reg(3, 4, 3, 1, 0), sys_reg(3, 4, 3, 1, 1),
};
static const u32 till_exit[] = {
	TEST_REG_hcr_el2, TEST_REG_vbar_el1, TEST_REG_cpacr_el1, TEST_REG_mdcr_el2, TEST_REG_mdscr_el1,
	TEST_REG_daif, SYS_HCRX_EL2, TEST_REG_pmuserenr_el0,
};

unsigned int read_cpuid_id(void)
{
	return 0x413fd0c1;
}

void set_pstate_pan(int on)
{
	pan += on;
}

void set_pstate_dit(int on)
{
	dit += on;
}

unsigned long cpu_spectre_vectors(void)
{
	return 0xffff0000;
}

void cpu_serror_before(void)
{
	assert_int_equal(*fake_reg(TEST_REG_daif), HOST(5));	/* not masked yet */
	befores++;
}

void cpu_serror_after(struct cpu_ctx *ctx)
{
	assert_int_equal(*fake_reg(TEST_REG_hcr_el2) & HCR_TGE, 0);
	afters++;
}

u64 cpu_enter(struct cpu_ctx *ctx)
{
	assert_ptr_equal(ctx, &vcpu.ctx);
	entries++;
	if (guest)
		guest();
	return exit_code;
}

/* As the assembly does it: key IA is the guest's between these two only. */
u64 cpu_enter_keyed(struct cpu_ctx *ctx)
{
	u64 code;

	keyed++;
	*fake_reg(SYS_APIAKEYLO_EL1) = ctx->keys[0];
	*fake_reg(SYS_APIAKEYHI_EL1) = ctx->keys[1];
	code = cpu_enter(ctx);
	ctx->keys[0] = *fake_reg(SYS_APIAKEYLO_EL1);
	ctx->keys[1] = *fake_reg(SYS_APIAKEYHI_EL1);
	*fake_reg(SYS_APIAKEYLO_EL1) = ctx->host_keys[0];
	*fake_reg(SYS_APIAKEYHI_EL1) = ctx->host_keys[1];
	return code;
}

bool cpu_exit_fast(struct arm_vcpu *v)
{
	return fast && fast--;
}

/* In hardware while the guest's CPTR_EL2 is, and the fast path keeps them there. */
static void vectors_only_inside(void)
{
	assert_int_equal(*fake_reg(TEST_REG_cpacr_el1) & (3UL << 16 | 3UL << 20), 3UL << 16 | 3UL << 20);
	assert_int_equal(*fake_reg(TEST_REG_hcr_el2) & HCR_TGE, 0);
}

void cpu_fp_enter(struct arm_vcpu *v)
{
	vectors_only_inside();
	assert_false(vectors_in);
	assert_int_equal(fake_writes[fake_nr_writes - 1].reg, FAKE_ISB);
	vectors_in = true;
	vectors++;
}

void cpu_fp_leave(struct arm_vcpu *v)
{
	vectors_only_inside();
	assert_true(vectors_in);
	vectors_in = false;
}

void sve_reset(struct arm_vcpu *v)
{
	vector_resets++;
}

u64 cpu_translate_el1(u64 va)
{
	assert_int_equal(va, 0x1234567);
	return !translates;
}

void cpu_sysreg_reset(struct arm_vcpu *v)
{
	resets++;
}

u32 mmu_vcpu_traps(const struct mmu *mmu, const struct mmu_vcpu *mv)
{
	return traps;
}

bool machine_needs(const struct machine *m, u32 erratum)
{
	return errata & erratum;
}

/* A host on a machine that has everything, and a guest that has something in each register. */
static int setup(void **state)
{
	unsigned int i;

	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&machine, 0, sizeof(machine));
	fake_sysregs_reset();
	vcpu.vm = &vm;
	mutex_init(&vcpu.base.mutex);
	vm.mmu.vtcr = 0x55;
	cpu_hw = (struct cpu_hw) {
		.has_hcx = true, .has_fgt = true, .has_fgt2 = true, .has_pmu = true, .has_ras = true,
		.has_dit = true, .has_mte = true, .has_sme = true, .brps = 6, .wrps = 4,
	};
	guest = NULL;
	exit_code = CPU_EXIT_IRQ;
	keyed = entries = pan = dit = resets = befores = afters = fast = 0;
	translates = true;
	traps = errata = vectors = 0;
	for (i = 0; i < ARRAY_SIZE(till_put); i++)
		*fake_reg(till_put[i]) = HOST(16 + i);
	for (i = 0; i < ARRAY_SIZE(till_exit); i++)
		*fake_reg(till_exit[i]) = HOST(i);
	*fake_reg(TEST_REG_hcr_el2) |= HCR_TGE;
	for (i = 0; i < CPU_SYS_COUNT; i++)
		vcpu.ctx.sys[i] = GUEST(i);
	vcpu.ctx.sys[CPU_MDSCR_EL1] = vcpu.ctx.sys[CPU_OSLSR_EL1] = 0;
	vcpu.ctx.mpidr = 0x80000003;
	vcpu.ctx.regs.pstate = PSR_MODE_EL1h;
	cpu_reset(&vcpu);
	fake_nr_writes = 0;
	return 0;
}

static void load(void)
{
	preempt_disable();
	cpu_load(&vcpu);
	preempt_enable();
}

static void run(void)
{
	cpu_run(&vcpu, 0x7777);
}

static void put(void)
{
	preempt_disable();
	cpu_put(&vcpu);
	preempt_enable();
}

static void host_is_back(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(till_exit); i++)
		assert_int_equal(*fake_reg(till_exit[i]) & ~HCR_TGE, HOST(i) & ~HCR_TGE);
	assert_true(*fake_reg(TEST_REG_hcr_el2) & HCR_TGE);
}

/* Inside: each register has the guest's; then the guest writes all of them. */
static void guest_writes_all(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(swapped); i++) {
		assert_int_equal(*fake_reg(swapped[i].reg), GUEST(swapped[i].at));
		*fake_reg(swapped[i].reg) = LATER(i);
	}
	assert_int_equal(*fake_reg(SYS_PAR_EL1), GUEST(CPU_PAR_EL1));
	assert_int_equal(*fake_reg(SYS_TPIDR2_EL0), 0);
	assert_int_equal(*fake_reg(TEST_REG_vpidr_el2), 0x413fd0c1);
	assert_int_equal(*fake_reg(TEST_REG_vmpidr_el2), 0x80000003);
	assert_int_equal(*fake_reg(TEST_REG_vtcr_el2), 0x55);
	assert_int_equal(*fake_reg(TEST_REG_vttbr_el2), 0x7777);
	assert_int_equal(*fake_reg(TEST_REG_hcr_el2), vcpu.ctx.hcr);
	assert_int_equal(*fake_reg(SYS_HCRX_EL2), 0);
	assert_int_equal(*fake_reg(TEST_REG_daif), DAIF_MASK);
	assert_int_equal(*fake_reg(TEST_REG_vbar_el1), 0xffff0000);
	assert_int_equal(*fake_reg(TEST_REG_pmuserenr_el0), 1);
	assert_int_equal(*fake_reg(TEST_REG_pmselr_el0), 0);
	*fake_reg(SYS_PAR_EL1) = 0x99;
	*fake_reg(SYS_TPIDR2_EL0) = 0x98;
	*fake_reg(TEST_REG_pmuserenr_el0) = 0x97;
}

/* Each side finds what it left, register by register. */
static void both_sides(void **state)
{
	unsigned int i;

	(void)state;
	guest = guest_writes_all;
	*fake_reg(TEST_REG_pmselr_el0) = 3;
	load();
	run();
	host_is_back();
	assert_int_equal(vcpu.ctx.sys[CPU_PAR_EL1], 0x99);
	*fake_reg(SYS_PAR_EL1) = 0x55;	/* the host's */
	put();
	for (i = 0; i < ARRAY_SIZE(till_put); i++)
		assert_int_equal(*fake_reg(till_put[i]), HOST(16 + i));
	for (i = 0; i < ARRAY_SIZE(swapped); i++)
		assert_int_equal(vcpu.ctx.sys[swapped[i].at], LATER(i));
	assert_int_equal(vcpu.ctx.sys[CPU_PAR_EL1], 0x99);
	assert_int_equal(entries, 1);
	assert_int_equal(befores, 1);
	assert_int_equal(afters, 1);
	assert_int_equal(pan, 1);
	assert_int_equal(dit, 1);
	assert_int_equal(cpu_host_vbar[0], HOST(1));
}

static const u32 key_regs[CPU_KEYS] = {
	SYS_APIAKEYLO_EL1, SYS_APIAKEYHI_EL1, SYS_APIBKEYLO_EL1, SYS_APIBKEYHI_EL1, SYS_APDAKEYLO_EL1,
	SYS_APDAKEYHI_EL1, SYS_APDBKEYLO_EL1, SYS_APDBKEYHI_EL1, SYS_APGAKEYLO_EL1, SYS_APGAKEYHI_EL1,
};

static void guest_writes_keys(void)
{
	unsigned int i;

	for (i = 0; i < CPU_KEYS; i++) {
		assert_int_equal(*fake_reg(key_regs[i]), GUEST(i));
		*fake_reg(key_regs[i]) = LATER(i);
	}
	assert_int_equal(*fake_reg(TEST_REG_hcr_el2) & (3UL << 40), 3UL << 40);
}

/* A guest with pointer authentication has its keys, and the host its own: IA after each exit, the others after put. */
static void keys(void **state)
{
	unsigned int i;

	(void)state;
	vcpu.ctx.features = BIT(KVM_ARM_VCPU_PTRAUTH_ADDRESS) | BIT(KVM_ARM_VCPU_PTRAUTH_GENERIC);
	vcpu.ctx.keys[3] = 1;
	cpu_reset(&vcpu);
	for (i = 0; i < CPU_KEYS; i++) {
		assert_int_equal(vcpu.ctx.keys[i], 0);
		vcpu.ctx.keys[i] = GUEST(i);
		*fake_reg(key_regs[i]) = HOST(i);
	}
	guest = guest_writes_keys;
	load();
	run();
	assert_int_equal(keyed, 1);
	assert_int_equal(*fake_reg(SYS_APIAKEYLO_EL1), HOST(0));
	assert_int_equal(*fake_reg(SYS_APIAKEYHI_EL1), HOST(1));
	put();
	for (i = 0; i < CPU_KEYS; i++) {
		assert_int_equal(*fake_reg(key_regs[i]), HOST(i));
		assert_int_equal(vcpu.ctx.keys[i], LATER(i));
	}
	/* on another CPU, for another thread */
	for (i = 0; i < CPU_KEYS; i++) {
		*fake_reg(key_regs[i]) = HOST(100 + i);
		vcpu.ctx.keys[i] = GUEST(i);
	}
	load();
	run();
	put();
	for (i = 0; i < CPU_KEYS; i++)
		assert_int_equal(*fake_reg(key_regs[i]), HOST(100 + i));
}

/* One without has none: no key is touched, and what could tell traps. */
static void no_keys(void **state)
{
	unsigned int i, k;

	(void)state;
	vcpu.ctx.features = 0;
	cpu_reset(&vcpu);
	assert_int_equal(vcpu.ctx.hcr & (3UL << 40), 0);
	load();
	run();
	put();
	assert_int_equal(keyed, 0);
	assert_int_equal(entries, 1);
	for (i = 0; i < fake_nr_writes; i++)
		for (k = 0; k < CPU_KEYS; k++)
			assert_true(fake_writes[i].reg != key_regs[k]);
}

/* Registers of what a machine has not are not touched. */
static void lean(void **state)
{
	static const u32 optional[] = {
		SYS_TPIDR2_EL0, SYS_VDISR_EL2, SYS_HCRX_EL2, TEST_REG_pmuserenr_el0, TEST_REG_pmselr_el0, SYS_VSESR_EL2,
		sys_reg(3, 4, 1, 1, 4), sys_reg(3, 4, 1, 1, 5), sys_reg(3, 4, 3, 1, 2), sys_reg(3, 4, 3, 1, 1),
	};
	unsigned int i, k;

	(void)state;
	memset(&cpu_hw, 0, sizeof(cpu_hw));
	cpu_hw.brps = cpu_hw.wrps = 2;
	vcpu.ctx.flags |= CPU_SERROR_PENDING;
	load();
	run();
	put();
	for (i = 0; i < fake_nr_writes; i++)
		for (k = 0; k < ARRAY_SIZE(optional); k++)
			assert_true(fake_writes[i].reg != optional[k]);
	assert_int_equal(dit, 0);
	host_is_back();

	cpu_hw.has_fgt = true;
	load();
	put();
	for (i = 0; i < fake_nr_writes; i++)
		assert_true(fake_writes[i].reg != sys_reg(3, 4, 3, 1, 2));
	assert_int_equal(*fake_reg(sys_reg(3, 4, 3, 1, 5)), HOST(24));
}

/* A guest register is read and written where it is: in hardware from load to put, but for PAR_EL1. */
static void where_it_is(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(swapped); i++) {
		bool in_hw = swapped[i].at < CPU_SYS_SWAPPED;

		cpu_sys_write(&vcpu, swapped[i].at, 1);
		assert_int_equal(vcpu.ctx.sys[swapped[i].at], 1);
		load();
		*fake_reg(swapped[i].reg) = 2;
		assert_int_equal(cpu_sys_read(&vcpu, swapped[i].at), in_hw ? 2 : 1);
		cpu_sys_write(&vcpu, swapped[i].at, 3);
		assert_int_equal(*fake_reg(swapped[i].reg), in_hw ? 3 : 2);
		if (in_hw) {
			cpu_sys_write_loaded(&vcpu, swapped[i].at, 4);
			assert_int_equal(*fake_reg(swapped[i].reg), 4);
		}
		put();
	}
	load();
	*fake_reg(SYS_PAR_EL1) = 5;
	cpu_sys_write(&vcpu, CPU_PAR_EL1, 6);
	assert_int_equal(*fake_reg(SYS_PAR_EL1), 5);
	assert_int_equal(cpu_sys_read(&vcpu, CPU_PAR_EL1), 6);
	put();
	assert_int_equal(vcpu.ctx.sys[CPU_PAR_EL1], 6);
}

/* Stage 2 and the debug registers are the guest's before TGE falls; the host's HCR is back before its vectors are used. */
static void order(void **state)
{
	unsigned int i, hcr[2] = { 0 }, n = 0;

	(void)state;
	load();
	fake_nr_writes = 0;
	run();
	for (i = 0; i < fake_nr_writes; i++)
		if (fake_writes[i].reg == TEST_REG_hcr_el2)
			hcr[n++ & 1] = i;
	assert_int_equal(n, 2);
	assert_true(fake_when(TEST_REG_vttbr_el2) < hcr[0]);
	assert_true(fake_when(TEST_REG_vtcr_el2) < hcr[0]);
	assert_int_equal(fake_writes[hcr[0] - 1].reg, FAKE_ISB);
	assert_true(fake_ordered(TEST_REG_mdscr_el1, TEST_REG_daif));
	assert_true(fake_ordered(TEST_REG_vbar_el1, TEST_REG_daif));
	assert_int_equal(fake_writes[0].reg, TEST_REG_daif);
	assert_int_equal(fake_writes[fake_nr_writes - 1].reg, TEST_REG_daif);
}

/* On cores where a write of HCR_EL2 disturbs translations it stands between barriers. */
static void hcr_barriers(void **state)
{
	unsigned int i;

	(void)state;
	cpu_hw.hcr_barriers = true;
	run();
	for (i = 0; i < fake_nr_writes; i++)
		if (fake_writes[i].reg == TEST_REG_hcr_el2) {
			assert_int_equal(fake_writes[i - 1].reg, FAKE_DSB);
			assert_int_equal(fake_writes[i + 1].reg, FAKE_ISB);
		}
}

static void guest_controls(void)
{
	assert_int_equal(*fake_reg(TEST_REG_cpacr_el1),
			 (1UL << 28) | (1UL << 30) | (vcpu.ctx.flags & CPU_FP_LOADED ? 3UL << 20 : 0) |
			 (vcpu.ctx.flags & CPU_SVE_LOADED ? 3UL << 16 : 0));
	assert_int_equal(vectors_in, !!(vcpu.ctx.flags & CPU_SVE_LOADED));
	assert_int_equal(*fake_reg(TEST_REG_mdcr_el2) & 0x1f, HOST(3) & 0x1f);
	assert_int_equal(*fake_reg(TEST_REG_mdcr_el2) & ~0x1fUL, vcpu.ctx.mdcr);
	assert_int_equal(*fake_reg(SYS_HFGWTR_EL2), vcpu.ctx.hfgwtr);
}

/* FP is the guest's only while it is loaded; activity monitors and trace never; counters of the host's stay its own. */
static void controls(void **state)
{
	(void)state;
	guest = guest_controls;
	vcpu.ctx.hfgwtr = 0x123;
	load();
	run();
	vcpu.ctx.flags |= CPU_FP_LOADED;
	run();
	assert_int_equal(entries, 2);
	assert_int_equal(vectors, 0);
	/* vectors go in and out at each entry and exit */
	vcpu.ctx.flags |= CPU_SVE_LOADED;
	run();
	run();
	assert_int_equal(entries, 4);
	assert_int_equal(vectors, 2);
	assert_false(vectors_in);
	assert_int_equal(vcpu.ctx.mdcr, 0x4000UL | 0x80000UL | 0xe00UL | 0x60UL);
}

static bool seen_vse, takes_serror;

static void guest_serror(void)
{
	seen_vse = *fake_reg(TEST_REG_hcr_el2) & (1UL << 8);
	if (takes_serror)
		*fake_reg(TEST_REG_hcr_el2) &= ~(1UL << 8);
}

/* A virtual SError is there at each entry, with its syndrome, until the guest takes it. */
static void serror(void **state)
{
	(void)state;
	guest = guest_serror;
	takes_serror = false;
	run();
	assert_false(seen_vse);
	vcpu.ctx.flags |= CPU_SERROR_PENDING;
	vcpu.ctx.serror_esr = 0x42;
	run();
	assert_true(seen_vse);
	assert_int_equal(*fake_reg(SYS_VSESR_EL2), 0x42);
	assert_true(vcpu.ctx.flags & CPU_SERROR_PENDING);
	takes_serror = true;
	run();
	assert_true(seen_vse);
	assert_false(vcpu.ctx.flags & CPU_SERROR_PENDING);
	run();
	assert_false(seen_vse);
}

/* What an exit brings: the syndrome, for aborts where, and the page behind it. */
static void syndromes(void **state)
{
	static const struct { u64 esr; bool far, ipa; } cases[] = {
		{ 0x16UL << 26, false, false },			/* HVC */
		{ ESR_ELx_EC_WATCHPT_LOW << 26, true, false },
		{ ESR_ELx_EC_DABT_LOW << 26 | 0x07, true, true },
		{ ESR_ELx_EC_IABT_LOW << 26 | 0x07, true, true },
		{ ESR_ELx_EC_DABT_LOW << 26 | 0x0f | ESR_ELx_S1PTW, true, true },
	};
	unsigned int i;

	(void)state;
	exit_code = CPU_EXIT_SYNC;
	*fake_reg(TEST_REG_far_el2) = 0x1234567;
	*fake_reg(TEST_REG_hpfar_el2) = 0xf000000000045670 | 0xf;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		vcpu.ctx.exit_far = vcpu.ctx.exit_ipa = 0;
		*fake_reg(TEST_REG_esr_el2) = cases[i].esr;
		*fake_reg(SYS_PAR_EL1) = 0x1000 + i;
		vcpu.ctx.sys[CPU_PAR_EL1] = 0x1000 + i;
		run();
		assert_int_equal(vcpu.ctx.exit_esr, cases[i].esr);
		assert_int_equal(vcpu.ctx.exit_far, cases[i].far * 0x1234567UL);
		assert_int_equal(vcpu.ctx.exit_ipa, cases[i].ipa * 0x4567000UL);
		assert_int_equal(vcpu.ctx.exit_code, CPU_EXIT_SYNC);
		assert_int_equal(vcpu.ctx.sys[CPU_PAR_EL1], 0x1000 + i);
	}
	exit_code = CPU_EXIT_SERROR;
	*fake_reg(TEST_REG_esr_el2) = 0x77;
	run();
	assert_int_equal(vcpu.ctx.exit_esr, 0x77);
	exit_code = CPU_EXIT_IRQ;
	*fake_reg(TEST_REG_esr_el2) = 0x78;
	run();
	assert_int_equal(vcpu.ctx.exit_esr, 0x77);
}

static u64 translation;

static void guest_permission_fault(void)
{
	*fake_reg(SYS_PAR_EL1) = translation;	/* as the AT instruction will leave it */
	exit_code = entries == 1 ? CPU_EXIT_SYNC : CPU_EXIT_IRQ;
}

/* A permission fault's page is found by the guest's own stage 1; where that fails now, the guest tries again. */
static void permission_faults(void **state)
{
	(void)state;
	guest = guest_permission_fault;
	*fake_reg(TEST_REG_esr_el2) = ESR_ELx_EC_DABT_LOW << 26 | 0x0f;
	*fake_reg(TEST_REG_far_el2) = 0x1234567;
	*fake_reg(TEST_REG_hpfar_el2) = 0x10;
	translation = 0xff00000089abc000 | 0xf80;
	run();
	assert_int_equal(vcpu.ctx.exit_ipa, 0x89abc000);
	assert_int_equal(entries, 1);
	assert_int_equal(vcpu.ctx.exit_code, CPU_EXIT_SYNC);

	entries = 0;
	translation = 0x89abc000 | SYS_PAR_EL1_F;
	run();
	assert_int_equal(entries, 2);
	assert_int_equal(vcpu.ctx.exit_code, CPU_EXIT_IRQ);

	entries = 0;
	translation = 0x89abc000;
	translates = false;
	run();
	assert_int_equal(entries, 2);
}

static void guest_moves(void)
{
	if (entries == 2)
		*fake_reg(SYS_SCTLR_EL12) = 0;
}

/* Exits that are served inside end there, unless there is something for the loop outside: then it must not serve them again. */
static void fast_exits(void **state)
{
	(void)state;
	exit_code = CPU_EXIT_SYNC;
	fast = 3;
	run();
	assert_int_equal(entries, 4);
	assert_int_equal(afters, 4);
	assert_int_equal(vcpu.ctx.exit_code, CPU_EXIT_SYNC);

	entries = 0;
	fast = 3;
	vcpu.base.requests = 1;
	run();
	assert_int_equal(entries, 1);
	assert_int_equal(vcpu.ctx.exit_code, CPU_EXIT_IRQ);
	vcpu.base.requests = 0;

	entries = 0;
	fast = 3;
	vcpu.ctx.serror_seen = 1;
	run();
	assert_int_equal(entries, 1);
	assert_int_equal(vcpu.ctx.exit_code, CPU_EXIT_IRQ);
	vcpu.ctx.serror_seen = 0;

	entries = 0;
	fast = 3;
	vcpu.ctx.regs.pstate = PSR_MODE32_BIT;
	run();
	assert_int_equal(entries, 1);
	vcpu.ctx.regs.pstate = PSR_MODE_EL1h;
}

/* A warm guest that turns its caches or its MMU off is found out at the next exit, served inside or not. */
static void side_moves(void **state)
{
	const u64 on = 1 | 4;

	(void)state;
	vcpu.mmu.side = MMU_WARM;
	exit_code = CPU_EXIT_SYNC;
	fast = 9;
	guest = guest_moves;
	*fake_reg(SYS_SCTLR_EL12) = on;
	run();
	assert_int_equal(entries, 2);
	assert_true(vcpu.ctx.flags & CPU_SIDE_MOVED);
	assert_int_equal(vcpu.ctx.exit_code, CPU_EXIT_IRQ);

	vcpu.ctx.flags &= ~CPU_SIDE_MOVED;
	fast = 0;
	run();
	assert_true(vcpu.ctx.flags & CPU_SIDE_MOVED);
	vcpu.ctx.flags &= ~CPU_SIDE_MOVED;
	*fake_reg(SYS_SCTLR_EL12) = on;
	run();
	assert_false(vcpu.ctx.flags & CPU_SIDE_MOVED);
	vcpu.mmu.side = MMU_COLD;
	*fake_reg(SYS_SCTLR_EL12) = 0;
	run();
	assert_false(vcpu.ctx.flags & CPU_SIDE_MOVED);
}

/* Breakpoints and watchpoints by number, the host's and the guest's. */
static u64 *debug_reg(unsigned int kind, unsigned int n)
{
	return fake_reg(sys_reg(2, 0, 0, n, 4 + kind));
}

static u64 *debug_mem(struct cpu_debug *d, unsigned int kind, unsigned int n)
{
	return kind == 0 ? &d->bvr[n] : kind == 1 ? &d->bcr[n] : kind == 2 ? &d->wvr[n] : &d->wcr[n];
}

static u64 expected[4][16];
static u64 expected_mdscr;

static void guest_debugs(void)
{
	unsigned int kind, n;

	for (kind = 0; kind < 4; kind++)
		for (n = 0; n < 16; n++)
			assert_int_equal(*debug_reg(kind, n), expected[kind][n]);
	assert_int_equal(*fake_reg(TEST_REG_mdscr_el1), expected_mdscr);
}

/* Every breakpoint and watchpoint that the machine has changes hands while the guest has them on, and only then. */
static void breakpoints(void **state)
{
	static const u8 numbers[][2] = { { 16, 16 }, { 2, 16 }, { 16, 2 }, { 6, 4 } };
	unsigned int i, kind, n;

	(void)state;
	guest = guest_debugs;
	for (i = 0; i < 2 * ARRAY_SIZE(numbers); i++) {
		bool on = i % 2;

		cpu_hw.brps = numbers[i / 2][0];
		cpu_hw.wrps = numbers[i / 2][1];
		vcpu.ctx.sys[CPU_MDSCR_EL1] = on ? MDE : 0;
		expected_mdscr = on ? MDE : 0;
		memset(debug_host, 0, sizeof(debug_host));
		for (kind = 0; kind < 4; kind++)
			for (n = 0; n < 16; n++) {
				bool there = n < numbers[i / 2][kind / 2];

				*debug_reg(kind, n) = HOST(kind * 16 + n);
				*debug_mem(&vcpu.ctx.debug, kind, n) = GUEST(kind * 16 + n);
				expected[kind][n] = on && there ? GUEST(kind * 16 + n) : HOST(kind * 16 + n);
			}
		run();
		for (kind = 0; kind < 4; kind++)
			for (n = 0; n < 16; n++) {
				assert_int_equal(*debug_reg(kind, n), HOST(kind * 16 + n));
				assert_int_equal(*debug_mem(&vcpu.ctx.debug, kind, n), GUEST(kind * 16 + n));
			}
		host_is_back();
	}
}

static u64 seen_pstate, seen_mdscr, leaves_pstate;

static void guest_steps(void)
{
	seen_pstate = vcpu.ctx.regs.pstate;
	seen_mdscr = *fake_reg(TEST_REG_mdscr_el1);
	vcpu.ctx.regs.pstate = leaves_pstate;
}

static int debug_set(u32 control)
{
	struct kvm_guest_debug dbg = { .control = control };
	unsigned int n;
	int ret;

	for (n = 0; n < 16; n++) {
		dbg.arch.dbg_bvr[n] = LATER(n);
		dbg.arch.dbg_bcr[n] = LATER(16 + n) | 0xe000;
		dbg.arch.dbg_wvr[n] = LATER(32 + n);
		dbg.arch.dbg_wcr[n] = LATER(48 + n) | 0xe000;
	}
	mutex_lock(&vcpu.base.mutex);
	ret = cpu_debug_set(&vcpu, &dbg);
	mutex_unlock(&vcpu.base.mutex);
	return ret;
}

/* A VMM's own stand in place of the guest's, without those for elsewhere, and every debug exception is the VMM's. */
static void debugger_breakpoints(void **state)
{
	unsigned int kind, n;

	(void)state;
	assert_int_equal(debug_set(KVM_GUESTDBG_ENABLE | 1U << 20), -EINVAL);
	assert_int_equal(debug_set(KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW), 0);
	assert_true(vcpu.ctx.mdcr & (1UL << 8));
	guest = guest_debugs;
	cpu_hw.brps = cpu_hw.wrps = 16;
	expected_mdscr = MDE | 1UL << 13;
	for (kind = 0; kind < 4; kind++)
		for (n = 0; n < 16; n++)
			expected[kind][n] = LATER(kind * 16 + n) & (kind % 2 ? ~0xe000UL : ~0UL);
	vcpu.ctx.regs.pstate = PSR_MODE_EL1h;
	run();
	assert_int_equal(entries, 1);
	guest = guest_steps;	/* but does not step */
	leaves_pstate = PSR_MODE_EL1h | DBG_SPSR_SS;
	run();
	assert_int_equal(seen_pstate, PSR_MODE_EL1h);
	assert_int_equal(vcpu.ctx.regs.pstate, leaves_pstate);
	vcpu.ctx.regs.pstate = PSR_MODE_EL1h;
	assert_int_equal(debug_set(KVM_GUESTDBG_USE_HW), 0);	/* without ENABLE it is the end of it */
	assert_non_null(vcpu.ctx.debugger.regs);		/* but for the room */
	assert_int_equal(vcpu.ctx.debugger.control, 0);
	assert_false(vcpu.ctx.mdcr & (1UL << 8));
}

/* Only breakpoints of a VMM's want room. Where there is none all is as it was. */
static void debugger_room(void **state)
{
	const u32 step = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP;

	(void)state;
	assert_int_equal(debug_set(step), 0);
	assert_null(vcpu.ctx.debugger.regs);
	vcpu.ctx.debugger.stepped = true;
	shim_fail_alloc(1);
	assert_int_equal(debug_set(KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW), -ENOMEM);
	shim_fail_alloc(0);
	assert_int_equal(vcpu.ctx.debugger.control, step);
	assert_true(vcpu.ctx.debugger.stepped);
	assert_true(vcpu.ctx.mdcr & (1UL << 8));
	assert_int_equal(debug_set(KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW), 0);
	assert_non_null(vcpu.ctx.debugger.regs);
}

/* A guest that is stepped does one instruction; its own step bit is as it was; what is done already is not done again. */
static void steps(void **state)
{
	const u64 own[] = { 0, DBG_SPSR_SS };
	unsigned int i;

	(void)state;
	guest = guest_steps;
	for (i = 0; i < ARRAY_SIZE(own); i++) {
		assert_int_equal(debug_set(KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP), 0);
		vcpu.ctx.regs.pstate = PSR_MODE_EL1h | PSR_Z_BIT | own[i];
		leaves_pstate = PSR_MODE_EL1h | DBG_SPSR_SS;	/* an interrupt came first */
		run();
		assert_int_equal(seen_pstate, PSR_MODE_EL1h | PSR_Z_BIT | DBG_SPSR_SS);
		assert_int_equal(seen_mdscr, 1);
		assert_int_equal(vcpu.ctx.regs.pstate, PSR_MODE_EL1h | own[i]);
		assert_false(vcpu.ctx.debugger.stepped);
		leaves_pstate = PSR_MODE_EL1h;			/* one is done */
		run();
		assert_int_equal(vcpu.ctx.regs.pstate, PSR_MODE_EL1h | own[i]);
		assert_true(vcpu.ctx.debugger.stepped);
		assert_int_equal(debug_set(KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP), 0);
		assert_true(vcpu.ctx.debugger.stepped);
		run();
		assert_int_equal(seen_pstate, PSR_MODE_EL1h);
		leaves_pstate = vcpu.ctx.regs.pstate = PSR_MODE_EL1t;
		run();
		assert_int_equal(seen_pstate, PSR_MODE_EL1t);
		assert_int_equal(debug_set(KVM_GUESTDBG_ENABLE), 0);
		assert_false(vcpu.ctx.debugger.stepped);
		assert_int_equal(debug_set(0), 0);
		vcpu.ctx.regs.pstate = PSR_MODE_EL1h | own[i];
		leaves_pstate = PSR_MODE_EL1h | own[i];
		run();
		assert_int_equal(seen_pstate, PSR_MODE_EL1h | own[i]);
		assert_int_equal(seen_mdscr, 0);
	}
}

/* The VMM hears what it was: the whole syndrome, and an address where there is one. */
static void debug_exits(void **state)
{
	static struct kvm_run page;

	(void)state;
	vcpu.base.run = &page;
	vcpu.ctx.exit_far = 0x4321;
	vcpu.ctx.exit_esr = 0x700000000 | ESR_ELx_EC_WATCHPT_LOW << 26 | 5;
	vcpu.ctx.debugger.stepped = true;
	assert_int_equal(cpu_debug_exit(&vcpu), VCPU_TO_USER);
	assert_int_equal(page.exit_reason, KVM_EXIT_DEBUG);
	assert_int_equal(page.flags, KVM_DEBUG_ARCH_HSR_HIGH_VALID);
	assert_int_equal(page.debug.arch.hsr, ESR_ELx_EC_WATCHPT_LOW << 26 | 5);
	assert_int_equal(page.debug.arch.hsr_high, 7);
	assert_int_equal(page.debug.arch.far, 0x4321);
	assert_true(vcpu.ctx.debugger.stepped);
	vcpu.ctx.exit_esr = ESR_ELx_EC_SOFTSTP_LOW << 26;
	cpu_debug_exit(&vcpu);
	assert_int_equal(page.debug.arch.far, 0);
	assert_int_equal(page.debug.arch.hsr_high, 0);
	assert_false(vcpu.ctx.debugger.stepped);
}

/* Statistical profiling leaves guests out, where there is any that is not EL3's. */
static void profiling(void **state)
{
	const u32 pmscr = sys_reg(3, 5, 9, 9, 0);

	(void)state;
	*fake_reg(pmscr) = 3;
	load();
	assert_int_equal(*fake_reg(pmscr), 3);
	put();
	*fake_reg(TEST_REG_id_aa64dfr0_el1) = 1UL << 32;
	*fake_reg(SYS_PMBIDR_EL1) = 1 << 4;
	load();
	assert_int_equal(*fake_reg(pmscr), 3);
	put();
	*fake_reg(SYS_PMBIDR_EL1) = 1 << 5;
	load();
	assert_int_equal(*fake_reg(pmscr), 0);
	put();
}

/* What a vCPU's side of the caches asks for is in its controls, and no more once it does not. */
static void traps_follow(void **state)
{
	const u64 tvm = 1UL << 26, dc = 1UL << 12, fwb = 1UL << 46, tid2 = 1UL << 17, ttlb = 1UL << 25;
	const u64 mine = tvm | dc | fwb | tid2 | ttlb;

	(void)state;
	traps = MMU_TRAP_STAGE1;
	cpu_update_traps(&vcpu);
	assert_int_equal(vcpu.ctx.hcr & mine, tvm);
	assert_int_equal(vcpu.ctx.hfgwtr, 0);
	traps = MMU_MAKE_CACHED;
	cpu_update_traps(&vcpu);
	assert_int_equal(vcpu.ctx.hcr & mine, dc);
	traps = MMU_MAKE_FWB | MMU_TRAP_SCTLR;
	cpu_update_traps(&vcpu);
	assert_int_equal(vcpu.ctx.hcr & mine, fwb);
	assert_int_equal(vcpu.ctx.hfgwtr, 1UL << 30);
	traps = 0;
	errata = ERRATA_TRAP_STAGE1;
	cpu_hw.no_hafdbs = true;
	cpu_update_traps(&vcpu);
	assert_int_equal(vcpu.ctx.hcr & mine, tvm);
	assert_int_equal(vcpu.ctx.hfgwtr, 1UL << 32);
	errata = 0;
	vm.idregs.trap_caches = true;
	cpu_update_traps(&vcpu);
	assert_int_equal(vcpu.ctx.hcr & mine, tid2);
	cpu_trap_tlbi(&vcpu, true);
	assert_int_equal(vcpu.ctx.hcr & mine, tid2 | ttlb);
	cpu_trap_tlbi(&vcpu, false);
	assert_int_equal(vcpu.ctx.hcr & mine, tid2);
}

/* A reset leaves nothing of what was, and the controls that every guest has. */
static void reset(void **state)
{
	const u64 always = 1UL << 34 | 1UL << 31 | 1UL << 0 | 1UL << 1 | 1UL << 3 | 1UL << 4 | 1UL << 5 |
			   1UL << 10 | 1UL << 9 | 1UL << 13 | 1UL << 14 | 1UL << 22 | 1UL << 19 |
			   1UL << 20 | 1UL << 21 | 1UL << 35 | 1UL << 16 | 1UL << 18;
	struct cpu_ctx *ctx = &vcpu.ctx;

	(void)state;
	memset(ctx, 0xff, sizeof(*ctx));
	ctx->debugger.control = 0;
	ctx->debugger.regs = NULL;
	resets = vector_resets = 0;
	cpu_reset(&vcpu);
	assert_int_equal(ctx->hcr, always | 3UL << 36 | 1UL << 58 | 3UL << 40);
	assert_int_equal(ctx->regs.pstate, PSR_MODE_EL1h | 0x3c0);
	assert_int_equal(ctx->regs.pc | ctx->regs.sp | ctx->regs.regs[0] | ctx->regs.regs[30], 0);
	assert_int_equal(ctx->fp.fpsr | ctx->fp.fpcr | (u64)ctx->fp.vregs[31], 0);
	assert_int_equal(ctx->spsr32[0] | ctx->spsr32[3] | ctx->serror_esr, 0);
	assert_int_equal(ctx->debug.bcr[0] | ctx->debug.wvr[15] | ctx->keys[0] | ctx->keys[9], 0);
	assert_int_equal(ctx->flags & (CPU_SERROR_PENDING | CPU_MMIO_PENDING | CPU_SIDE_MOVED | CPU_ABORT_PENDING), 0);
	assert_int_equal(resets, 1);
	assert_int_equal(vector_resets, 1);

	cpu_hw.has_ras = cpu_hw.has_mte = false;
	machine.trap_caches = true;
	ctx->features = 0;
	cpu_reset(&vcpu);
	assert_int_equal(ctx->hcr, always | 1UL << 17);
}

/* Stands for the real one, which is tried elsewhere. */
u64 aarch32_step_it(u64 pstate)
{
	return pstate ^ 1UL << 25;
}

/* In AArch32 the instruction's length is in the syndrome, and what looks like BTYPE is of the IT block. */
static void skipped_32(void **state)
{
	u64 pstate = PSR_MODE32_BIT | PSR_BTYPE_MASK | PSR_Z_BIT;

	(void)state;
	vcpu.ctx.regs.pc = 0x1000;
	vcpu.ctx.regs.pstate = pstate | DBG_SPSR_SS;
	vcpu.ctx.exit_esr = ESR_ELx_IL;
	cpu_skip_instr(&vcpu);
	assert_int_equal(vcpu.ctx.regs.pc, 0x1004);
	assert_int_equal(vcpu.ctx.regs.pstate, pstate ^ 1UL << 25);
	vcpu.ctx.exit_esr = ~(u64)ESR_ELx_IL;
	cpu_skip_instr(&vcpu);
	assert_int_equal(vcpu.ctx.regs.pc, 0x1006);
	assert_int_equal(vcpu.ctx.regs.pstate, pstate);
}

/* Register 31 is zero and goes nowhere; an instruction that is skipped takes BTYPE and the step bit with it. */
static void general_registers(void **state)
{
	(void)state;
	vcpu.ctx.regs.sp = 5;
	vcpu.ctx.regs.regs[30] = 6;
	assert_int_equal(cpu_get_x(&vcpu, 31), 0);
	assert_int_equal(cpu_get_x(&vcpu, 30), 6);
	cpu_set_x(&vcpu, 31, 7);
	assert_int_equal(vcpu.ctx.regs.sp, 5);
	cpu_set_x(&vcpu, 30, 8);
	assert_int_equal(vcpu.ctx.regs.regs[30], 8);
	vcpu.ctx.regs.pc = 0x1000;
	vcpu.ctx.regs.pstate = PSR_MODE_EL1h | PSR_BTYPE_MASK | DBG_SPSR_SS | PSR_Z_BIT;
	vcpu.ctx.debugger.stepped = false;
	cpu_skip_instr(&vcpu);
	assert_int_equal(vcpu.ctx.regs.pc, 0x1004);
	assert_int_equal(vcpu.ctx.regs.pstate, PSR_MODE_EL1h | PSR_Z_BIT);
	assert_true(vcpu.ctx.debugger.stepped);
}

static int teardown(void **state)
{
	(void)state;
	cpu_debug_destroy(&vcpu);
	vcpu.ctx.debugger.regs = NULL;
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_sides), TEST(keys), TEST(no_keys), TEST(lean), TEST(where_it_is), TEST(order), TEST(hcr_barriers),
		TEST(controls), TEST(serror), TEST(syndromes), TEST(permission_faults), TEST(fast_exits),
		TEST(side_moves), TEST(breakpoints), TEST(debugger_breakpoints), TEST(debugger_room), TEST(steps),
		TEST(debug_exits), TEST(profiling), TEST(traps_follow), TEST(reset), TEST(general_registers), TEST(skipped_32),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Every system register that traps or that the VMM sees: what a guest's access does, what a reset leaves, what the
 * VMM reads, may write and gets listed.
 */
#include <linux/kernel.h>

#include "gmem_env.h"

#include <linux/kvm.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define u64_to_user_ptr(x)	((void __user *)(uintptr_t)(x))
#define NSEC_PER_MSEC		1000000UL
#define WARN_ON(c)		(c)

#include "../../src/arm64/cpu/sysreg.c"
#include "../../src/arm64/cpu/systrap.c"
#include "../../src/arm64/cpu/idreg.c"
#include "../../src/arm64/cpu/onereg.c"
#include "../../src/arm64/cpu/sve.c"

#include <asm/arch_timer.h>

#define RT		5
#define VAL		0x1122334455667788UL
#define PC		0x80001000UL

static struct arm_vm vm;
static struct arm_vcpu vcpu;
struct cpu_hw cpu_hw;
struct machine machine;

static unsigned int skips, undefs, saves, updates, tlbis, set_ways, strays;
static struct { unsigned int n; enum timer_reg reg; u64 val; enum timer_kind kind; } timer;
static struct { unsigned int n; u64 val; u64 which; bool write; } gic;
static bool has_gic, icc_there;
static struct { unsigned int n; u64 sctlr; u32 flags; } side;
static int side_ret, way_ret, affinity_ret, firmware_ret;
static u64 mono, affinity, loaded[CPU_SYS_COUNT], firmware_val;
static bool all_loaded;
static u64 host_ids[IDFIELD_REGS], own_ids[IDFIELD_REGS];

static struct { unsigned int n; unsigned int reg; bool write; u64 val; } pmu;
static bool pmu_there;

bool pmu_trap(struct arm_vcpu *v, unsigned int reg, bool is_write, u64 *val)
{
	assert_ptr_equal(v, &vcpu);
	assert_true(saves);
	pmu.n++;
	pmu.reg = reg;
	pmu.write = is_write;
	pmu.val = *val;
	if (!is_write)
		*val = 0x9999;
	return pmu_there;
}

u64 pmu_get_reg(struct arm_vcpu *v, unsigned int reg)
{
	return 0x700 + reg;
}

void pmu_set_reg(struct arm_vcpu *v, unsigned int reg, u64 val)
{
	pmu.reg = reg;
	pmu.val = val;
}

void test_isb(void)
{
}

u64 test_sysreg_read(u32 reg)
{
	switch (reg) {
	case TEST_REG_revidr_el1:
		return 0x111;
	case TEST_REG_aidr_el1:
		return 0x222;
	case TEST_REG_cntpct_el0:
		return 5000;
	default:
		return own_ids[IDFIELD_REG(sys_reg_CRm(reg), sys_reg_Op2(reg))];
	}
}

u64 read_sanitised_ftr_reg(u32 reg)
{
	return host_ids[IDFIELD_REG(sys_reg_CRm(reg), sys_reg_Op2(reg))];
}

u64 machine_guest_ctr(const struct machine *m)
{
	return m->ctr;
}

u32 machine_guest_ccsidr(const struct machine *m, u64 csselr)
{
	return 0x7000 + csselr;
}

/* While it is loaded a register is in hardware, here in @loaded. */
u64 cpu_sys_read(struct arm_vcpu *v, enum cpu_sys reg)
{
	return all_loaded ? loaded[reg] : v->ctx.sys[reg];
}

void cpu_sys_write(struct arm_vcpu *v, enum cpu_sys reg, u64 val)
{
	loaded[reg] = val;
}

void cpu_sys_write_loaded(struct arm_vcpu *v, enum cpu_sys reg, u64 val)
{
	loaded[reg] = val;
}

void cpu_fp_save(struct arm_vcpu *v)
{
	saves++;
}

void cpu_skip_instr(struct arm_vcpu *v)
{
	skips++;
}

void cpu_inject_undef(struct arm_vcpu *v)
{
	undefs++;
}

void cpu_update_traps(struct arm_vcpu *v)
{
	updates++;
}

int mmu_vcpu_sctlr(struct mmu *mmu, struct mmu_vcpu *mv, u64 sctlr, u32 flags)
{
	side.n++;
	side.sctlr = sctlr;
	side.flags = flags;
	if (!side_ret)
		mv->side = mmu_side_of(sctlr);
	return side_ret;
}

void mmu_vcpu_strayed(struct mmu *mmu, struct mmu_vcpu *mv)
{
	strays++;
}

void mmu_guest_tlbi(struct mmu *mmu)
{
	tlbis++;
}

int mmu_set_way(struct mmu *mmu)
{
	assert_true(saves > 0);
	set_ways++;
	return way_ret;
}

u64 ktime_get_mono_fast_ns(void)
{
	return mono;
}

bool gic_exists(const struct arm_vm *v)
{
	return has_gic;
}

void gic_send_sgi(struct arm_vcpu *v, u64 val, bool group1)
{
	gic.n++;
	gic.val = val;
	gic.which = group1;
}

void gic_deactivate(struct arm_vcpu *v, u64 val)
{
	assert_true(saves > 0);
	gic.n++;
	gic.val = val;
}

bool gic_icc_trap(struct arm_vcpu *v, enum gic_icc reg, bool is_write, u64 *val)
{
	gic.n++;
	gic.which = reg;
	gic.write = is_write;
	gic.val = *val;
	if (!is_write)
		*val = 0x99;
	return icc_there;
}

void timer_trap_write(struct arm_vcpu *v, enum timer_reg reg, u64 val)
{
	timer.n++;
	timer.reg = reg;
	timer.val = val;
}

u64 timer_trap_read(struct arm_vcpu *v, enum timer_reg reg)
{
	timer.n++;
	timer.reg = reg;
	return 0x77;
}

void timer_set_reg(struct arm_vcpu *v, enum timer_kind kind, enum timer_reg reg, u64 val)
{
	timer.kind = kind;
	timer.reg = reg;
	timer.val = val;
}

u64 timer_get_reg(struct arm_vcpu *v, enum timer_kind kind, enum timer_reg reg)
{
	return 0x3000 + kind * 16 + reg;
}

int affinity_set(struct arm_vcpu *v, u64 mpidr)
{
	affinity = mpidr;
	return affinity_ret;
}

int firmware_get_reg(struct arm_vcpu *v, u64 id, u64 *val)
{
	*val = id & 0xffff;
	return firmware_ret;
}

int firmware_set_reg(struct arm_vcpu *v, u64 id, u64 val)
{
	firmware_val = val;
	return firmware_ret;
}

unsigned long firmware_list_regs(u64 *out)
{
	if (out) {
		out[0] = KVM_REG_ARM_PSCI_VERSION;
		out[1] = KVM_REG_ARM_STD_BMAP;
	}
	return 2;
}

static int setup(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&machine, 0, sizeof(machine));
	memset(&timer, 0, sizeof(timer));
	memset(&gic, 0, sizeof(gic));
	memset(&side, 0, sizeof(side));
	memset(loaded, 0, sizeof(loaded));
	memset(host_ids, 0x11, sizeof(host_ids));
	memset(own_ids, 0xff, sizeof(own_ids));
	skips = undefs = saves = updates = tlbis = set_ways = strays = 0;
	side_ret = way_ret = affinity_ret = firmware_ret = 0;
	has_gic = icc_there = true;
	all_loaded = false;
	mono = 1000;
	cpu_hw = (struct cpu_hw) { .has_ras = true, .brps = 6, .wrps = 4 };
	machine.first.midr = 0x413fd0c1;
	machine.first.revidr = 0x333;
	machine.first.aidr = 0x444;
	machine.first.clidr = 1UL << 24 | 1UL << 27;
	machine.first.ccsidr[0] = machine.first.ccsidr[1] = machine.first.ccsidr[2] = 1;
	machine.ctr = CTR_EL0_IDC_MASK | 4UL << 16 | 4;
	vcpu.vm = &vm;
	mutex_init(&vm.base.lock);
	mutex_init(&vcpu.base.mutex);
	cpu_idreg_init();
	cpu_idreg_vm_init(&vm);
	cpu_sysreg_reset(&vcpu);
	vcpu.ctx.regs.pc = PC;
	vcpu.ctx.regs.regs[RT] = VAL;
	mutex_lock(&vcpu.base.mutex);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mutex_unlock(&vcpu.base.mutex);
	shim_check_quiet();
	return 0;
}

/* An instruction's syndrome (Arm ARM D24.2.40, "MSR, MRS, or System instruction"). */
static u64 esr_of(u32 enc, unsigned int rt, bool is_read)
{
	return 0x18UL << 26 | (u64)sys_reg_Op0(enc) << 20 | sys_reg_Op2(enc) << 17 | sys_reg_Op1(enc) << 14 |
	       sys_reg_CRn(enc) << 10 | rt << 5 | sys_reg_CRm(enc) << 1 | is_read;
}

/* The guest's access. True: it went on behind it; false: it was undefined. */
static bool access_by(u32 enc, unsigned int rt, bool is_read)
{
	unsigned int before = skips + undefs, ok = skips;

	vcpu.ctx.exit_code = CPU_EXIT_SYNC;
	vcpu.ctx.exit_esr = esr_of(enc, rt, is_read);
	vcpu.ctx.slow_exits++;
	assert_int_equal(cpu_sysreg_trap(&vcpu), VCPU_RESUME);
	assert_int_equal(skips + undefs, before + 1);
	return skips > ok;
}

static bool mrs(u32 enc)
{
	vcpu.ctx.regs.regs[RT] = VAL;
	return access_by(enc, RT, true);
}

static bool msr(u32 enc, u64 val)
{
	vcpu.ctx.regs.regs[RT] = val;
	return access_by(enc, RT, false);
}

static u64 *x(void)
{
	return (u64 *)&vcpu.ctx.regs.regs[RT];
}

/* Registers that are nothing: read as zero, and a write changes nothing, or is not there. */
static void nothing(void **state)
{
	static const u32 raz_wi[] = {
		SYS_OSDTRRX_EL1, SYS_OSDTRTX_EL1, SYS_OSECCR_EL1, SYS_MDRAR_EL1, SYS_OSDLR_EL1, SYS_DBGPRCR_EL1,
		SYS_DBGCLAIMSET_EL1, SYS_DBGCLAIMCLR_EL1, SYS_DBGDTR_EL0, SYS_DBGDTRRX_EL0, SYS_ACTLR_EL1,
	};
	static const u32 raz[] = { SYS_DBGAUTHSTATUS_EL1, SYS_MDCCSR_EL0 };
	struct cpu_ctx before;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(raz_wi); i++) {
		assert_true(mrs(raz_wi[i]));
		assert_int_equal(*x(), 0);
		before = vcpu.ctx;
		assert_true(msr(raz_wi[i], VAL));
		assert_memory_equal(before.sys, vcpu.ctx.sys, sizeof(before.sys));
		assert_int_equal(*x(), VAL);
	}
	for (i = 0; i < ARRAY_SIZE(raz); i++) {
		assert_true(mrs(raz[i]));
		assert_int_equal(*x(), 0);
		assert_false(msr(raz[i], VAL));
	}
}

/* What nobody knows is undefined, and so is a register that never traps. Register 31 is zero and goes nowhere. */
static void undefined(void **state)
{
	(void)state;
	assert_false(mrs(sys_reg(3, 0, 15, 0, 0)));
	assert_false(msr(sys_reg(3, 7, 15, 15, 7), 0));
	assert_false(mrs(SYS_VBAR_EL1));
	assert_int_equal(vcpu.ctx.regs.regs[RT], VAL);
	vcpu.ctx.regs.sp = 0x55;
	assert_true(access_by(SYS_ACTLR_EL1, 31, true));
	assert_int_equal(vcpu.ctx.regs.sp, 0x55);
	loaded[CPU_TTBR0_EL1] = 1;
	assert_true(access_by(SYS_TTBR0_EL1, 31, false));
	assert_int_equal(loaded[CPU_TTBR0_EL1], 0);
}

static const struct { u32 enc; enum cpu_sys at; } stage1[] = {
	{ SYS_TTBR0_EL1, CPU_TTBR0_EL1 }, { SYS_TTBR1_EL1, CPU_TTBR1_EL1 }, { SYS_TCR_EL1, CPU_TCR_EL1 },
	{ SYS_AFSR0_EL1, CPU_AFSR0_EL1 }, { SYS_AFSR1_EL1, CPU_AFSR1_EL1 }, { SYS_ESR_EL1, CPU_ESR_EL1 },
	{ SYS_FAR_EL1, CPU_FAR_EL1 }, { SYS_MAIR_EL1, CPU_MAIR_EL1 }, { SYS_AMAIR_EL1, CPU_AMAIR_EL1 },
	{ SYS_CONTEXTIDR_EL1, CPU_CONTEXTIDR_EL1 },
};

/* Registers of stage 1 whose writes trap (HCR_EL2.TVM) get what is written, at once or later. Reads never trap. */
static void stage1_writes(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(stage1); i++) {
		assert_true(msr(stage1[i].enc, VAL + i));
		assert_int_equal(loaded[stage1[i].at], VAL + i);
		assert_false(mrs(stage1[i].enc));
		vcpu.ctx.exit_esr = esr_of(stage1[i].enc, RT, false);
		*x() = i;
		assert_true(cpu_sysreg_fast(&vcpu));
		assert_int_equal(loaded[stage1[i].at], i);
	}
	assert_true(msr(SYS_TCR_EL1, TCR_HA | TCR_HD | 7));
	assert_int_equal(loaded[CPU_TCR_EL1], TCR_HA | TCR_HD | 7);
	cpu_hw.no_hafdbs = true;
	assert_true(msr(SYS_TCR_EL1, TCR_HA | TCR_HD | 7));
	assert_int_equal(loaded[CPU_TCR_EL1], 7);
}

/* With interrupts off only what is listed below is served, and ID registers. */
static void fast(void **state)
{
	static const u32 near[] = {
		sys_reg(3, 0, 0, 0, 3), sys_reg(3, 0, 0, 8, 3), sys_reg(3, 1, 0, 1, 3), sys_reg(3, 0, 1, 9, 3),
		sys_reg(2, 0, 0, 1, 3), sys_reg(1, 0, 0, 1, 3),
	};
	unsigned int i, k, crm, n = 0;

	(void)state;
	for (i = 0; i < sysreg_count; i++) {
		bool expected = sysreg_table[i].enc == SYS_CNTPCT_EL0;

		for (k = 0; k < ARRAY_SIZE(stage1); k++)
			expected |= sysreg_table[i].enc == stage1[k].enc;
		expected |= sysreg_table[i].enc == SYS_SCTLR_EL1;
		assert_int_equal(!!(sysreg_table[i].flags & SYSREG_FAST), expected);
		n += expected;
		vcpu.ctx.exit_esr = esr_of(sysreg_table[i].enc, RT, false);
		if (!expected)
			assert_false(cpu_sysreg_fast(&vcpu));
	}
	assert_int_equal(n, ARRAY_SIZE(stage1) + 2);
	assert_int_equal(skips, 0);
	for (crm = 1; crm < 8; crm++) {
		vcpu.ctx.exit_esr = esr_of(sys_reg(3, 0, 0, crm, 3), RT, true);
		*x() = ~0UL;
		assert_true(cpu_sysreg_fast(&vcpu));
		assert_int_equal(*x(), cpu_idreg_read(&vm, sys_reg(3, 0, 0, crm, 3)));
		vcpu.ctx.exit_esr = esr_of(sys_reg(3, 0, 0, crm, 3), 31, true);
		assert_true(cpu_sysreg_fast(&vcpu));
		vcpu.ctx.exit_esr = esr_of(sys_reg(3, 0, 0, crm, 3), RT, false);
		assert_false(cpu_sysreg_fast(&vcpu));
	}
	assert_int_equal(skips, 14);
	/* what is next to them is none of them */
	for (i = 0; i < ARRAY_SIZE(near); i++) {
		vcpu.ctx.exit_esr = esr_of(near[i], RT, true);
		assert_false(cpu_sysreg_fast(&vcpu));
	}
	vcpu.ctx.exit_esr = esr_of(sys_reg(1, 0, 8, 7, 0), RT, false);
	assert_false(cpu_sysreg_fast(&vcpu));
}

/* The register last looked for is remembered: no other is mistaken for it, slow or fast. */
static void another_register(void **state)
{
	static const u32 unknown = sys_reg(3, 7, 15, 15, 7);
	unsigned int i, before;

	(void)state;
	for (i = 0; i < 2; i++) {
		loaded[CPU_TTBR0_EL1] = 0;
		loaded[CPU_TTBR1_EL1] = 0;
		assert_true(msr(SYS_TTBR0_EL1, VAL));
		assert_int_equal(vcpu.ctx.trapped->enc, SYS_TTBR0_EL1);
		assert_int_equal(loaded[CPU_TTBR0_EL1], VAL);
		assert_true(msr(SYS_TTBR1_EL1, VAL + 1));
		assert_int_equal(vcpu.ctx.trapped->enc, SYS_TTBR1_EL1);
		assert_int_equal(loaded[CPU_TTBR0_EL1], VAL);
		assert_int_equal(loaded[CPU_TTBR1_EL1], VAL + 1);
		assert_false(msr(unknown, VAL));
		assert_null(vcpu.ctx.trapped);
		assert_false(msr(unknown, VAL));
	}
	assert_true(msr(SYS_TTBR0_EL1, VAL));
	before = skips;
	vcpu.ctx.exit_esr = esr_of(SYS_ACTLR_EL1, RT, false);
	assert_false(cpu_sysreg_fast(&vcpu));
	vcpu.ctx.exit_esr = esr_of(unknown, RT, false);
	assert_false(cpu_sysreg_fast(&vcpu));
	assert_int_equal(skips, before);
	vcpu.ctx.exit_esr = esr_of(SYS_TTBR1_EL1, RT, false);
	vcpu.ctx.regs.regs[RT] = VAL + 2;
	assert_true(cpu_sysreg_fast(&vcpu));
	assert_int_equal(loaded[CPU_TTBR1_EL1], VAL + 2);
	assert_int_equal(loaded[CPU_TTBR0_EL1], VAL);
}

/* The physical count with an offset: at once, and anywhere else as the timer says. */
static void counter(void **state)
{
	static const struct { u32 enc; enum timer_reg reg; } regs[] = {
		{ SYS_CNTP_TVAL_EL0, TIMER_TVAL }, { SYS_CNTP_CTL_EL0, TIMER_CTL }, { SYS_CNTP_CVAL_EL0, TIMER_CVAL },
	};
	unsigned int i;

	(void)state;
	vcpu.timer.poffset = 1000;
	vcpu.ctx.exit_esr = esr_of(SYS_CNTPCT_EL0, RT, true);
	assert_true(cpu_sysreg_fast(&vcpu));
	assert_int_equal(*x(), 4000);
	assert_true(mrs(SYS_CNTPCT_EL0));
	assert_int_equal(*x(), 0x77);
	assert_int_equal(timer.reg, TIMER_CNT);
	assert_false(msr(SYS_CNTPCT_EL0, 1));
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		assert_true(mrs(regs[i].enc));
		assert_int_equal(*x(), 0x77);
		assert_int_equal(timer.reg, regs[i].reg);
		assert_true(msr(regs[i].enc, VAL + i));
		assert_int_equal(timer.reg, regs[i].reg);
		assert_int_equal(timer.val, VAL + i);
	}
}

/* SCTLR_EL1: on the same side at once; on another one only with what that owes, and the write after it. */
static void sctlr(void **state)
{
	const u64 on = 5;

	(void)state;
	vcpu.mmu.side = MMU_COLD;
	*x() = 0x100;
	vcpu.ctx.exit_esr = esr_of(SYS_SCTLR_EL1, RT, false);
	assert_true(cpu_sysreg_fast(&vcpu));
	assert_int_equal(loaded[CPU_SCTLR_EL1], 0x100);
	assert_int_equal(side.n, 0);
	*x() = on;
	assert_false(cpu_sysreg_fast(&vcpu));
	assert_int_equal(loaded[CPU_SCTLR_EL1], 0x100);

	side_ret = -EINTR;
	vcpu.ctx.exit_esr = esr_of(SYS_SCTLR_EL1, RT, false);
	assert_int_equal(cpu_sysreg_trap(&vcpu), -EINTR);
	assert_int_equal(loaded[CPU_SCTLR_EL1], 0x100);
	assert_int_equal(updates, 0);
	side_ret = 0;
	assert_true(msr(SYS_SCTLR_EL1, on));
	assert_int_equal(side.sctlr, on);
	assert_int_equal(side.flags, 0);
	assert_int_equal(saves, 2);
	assert_int_equal(loaded[CPU_SCTLR_EL1], on);
	assert_int_equal(updates, 1);
	assert_false(mrs(SYS_SCTLR_EL1));
}

static void exit_early(u32 enc, bool is_read, u64 code, u64 ec)
{
	vcpu.ctx.exit_code = code;
	vcpu.ctx.exit_esr = (esr_of(enc, RT, is_read) & ~(0x3fUL << 26)) | ec << 26;
	cpu_exit_early(&vcpu);
}

/* Early, with interrupts off: a write of SCTLR_EL1, where little is owed; the exit is done with. */
static void sctlr_early(void **state)
{
	(void)state;
	*x() = 5;
	exit_early(SYS_SCTLR_EL1, true, CPU_EXIT_SYNC, 0x18);
	exit_early(SYS_TCR_EL1, false, CPU_EXIT_SYNC, 0x18);
	exit_early(SYS_SCTLR_EL1, false, CPU_EXIT_IRQ, 0x18);
	exit_early(SYS_SCTLR_EL1, false, CPU_EXIT_SYNC, 0x24);
	assert_int_equal(side.n + skips, 0);
	side_ret = -EAGAIN;
	exit_early(SYS_SCTLR_EL1, false, CPU_EXIT_SYNC, 0x18);
	assert_int_equal(side.n, 1);
	assert_int_equal(side.flags, MMU_NOWAIT);
	assert_int_equal(skips + updates, 0);
	assert_int_equal(vcpu.ctx.exit_code, CPU_EXIT_SYNC);
	side_ret = 0;
	exit_early(SYS_SCTLR_EL1, false, CPU_EXIT_SYNC, 0x18);
	assert_int_equal(loaded[CPU_SCTLR_EL1], 5);
	assert_int_equal(skips, 1);
	assert_int_equal(updates, 1);
	assert_int_equal(vcpu.ctx.exit_code, CPU_EXIT_IRQ);
}

/* What a guest did to SCTLR_EL1 without a trap is paid for; a signal leaves it owed. */
static void side_syncs(void **state)
{
	(void)state;
	vcpu.mmu.side = MMU_WARM;
	vcpu.ctx.sys[CPU_SCTLR_EL1] = 5;
	vcpu.ctx.flags = CPU_SIDE_MOVED;
	cpu_side_note(&vcpu);
	assert_int_equal(strays, 0);
	assert_int_equal(cpu_side_sync(&vcpu), 0);
	assert_int_equal(side.n + vcpu.ctx.flags, 0);
	vcpu.ctx.sys[CPU_SCTLR_EL1] = 0;
	cpu_side_note(&vcpu);
	assert_int_equal(strays, 0);
	vcpu.ctx.flags = CPU_SIDE_MOVED;
	cpu_side_note(&vcpu);
	assert_int_equal(strays, 1);
	side_ret = -EINTR;
	assert_int_equal(cpu_side_sync(&vcpu), -EINTR);
	assert_int_equal(side.flags, MMU_SEEN);
	assert_int_equal(side.sctlr, 0);
	assert_int_equal(saves, 1);
	assert_int_equal(vcpu.ctx.flags, CPU_SIDE_MOVED);
	assert_int_equal(updates, 0);
	side_ret = 0;
	assert_int_equal(cpu_side_sync(&vcpu), 0);
	assert_int_equal(vcpu.ctx.flags, 0);
	assert_int_equal(updates, 1);
	vcpu.ctx.flags = CPU_SIDE_MOVED;	/* it is cold by now */
	vcpu.ctx.sys[CPU_SCTLR_EL1] = 0;
	cpu_side_note(&vcpu);
	assert_int_equal(strays, 1);
}

/* Cache maintenance by set and way: once for a loop, which is from one place, soon after, with nothing between. */
static void set_way(void **state)
{
	static const u32 ops[] = { SYS_DC_ISW, SYS_DC_CSW, SYS_DC_CISW };
	unsigned int i, done;
	u64 way = 0;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		assert_true(msr(ops[i], way += 64));
		assert_int_equal(set_ways, 1);
		assert_false(mrs(ops[i]));
		vcpu.ctx.slow_exits--;
	}
	done = set_ways;
	mono += SET_WAY_BURST - 1;
	assert_true(msr(SYS_DC_CISW, way += 64));
	assert_int_equal(set_ways, done);
	mono += SET_WAY_BURST;
	assert_true(msr(SYS_DC_CISW, way += 64));
	assert_int_equal(set_ways, done + 1);
	vcpu.ctx.regs.pc += 0x3c;
	assert_true(msr(SYS_DC_CISW, way += 64));
	assert_int_equal(set_ways, done + 1);
	vcpu.ctx.regs.pc += 4;
	assert_true(msr(SYS_DC_CISW, way += 64));
	assert_int_equal(set_ways, done + 2);
	vcpu.ctx.slow_exits++;
	assert_true(msr(SYS_DC_CISW, way += 64));
	assert_int_equal(set_ways, done + 3);
	/* a signal: nothing is done, and the next time all is */
	vcpu.ctx.slow_exits += 2;
	way_ret = -EINTR;
	vcpu.ctx.exit_esr = esr_of(SYS_DC_CISW, RT, false);
	assert_int_equal(cpu_sysreg_trap(&vcpu), -EINTR);
	way_ret = 0;
	assert_true(msr(SYS_DC_CISW, way += 64));
	assert_int_equal(set_ways, done + 5);
}

/* A loop that begins again is another one, however soon: of all levels, or of one that the loop before had, too. */
static void set_way_again(void **state)
{
	static const u64 loop[] = { 0xc0000040, 0xc0000000, 0x40000000, 0, 0xe0000042, 0xe0000002, 2 };
	unsigned int i, n;

	(void)state;
	for (n = 1; n < 4; n++) {
		for (i = 0; i < ARRAY_SIZE(loop); i++) {
			assert_true(msr(SYS_DC_CISW, loop[i]));
			assert_int_equal(set_ways, n);
		}
	}
	for (i = 4; i < ARRAY_SIZE(loop); i++) {
		assert_true(msr(SYS_DC_CISW, loop[i]));
		assert_int_equal(set_ways, 4);
	}
}

/* TLB maintenance that traps is done for the guest; nothing else of op0 1 is. */
static void tlbi(void **state)
{
	(void)state;
	assert_true(msr(sys_reg(1, 0, 8, 7, 0), 0));
	assert_true(msr(sys_reg(1, 0, 9, 3, 1), 0));
	assert_int_equal(tlbis, 2);
	assert_false(msr(sys_reg(1, 0, 7, 1, 0), 0));
	assert_false(msr(sys_reg(1, 0, 10, 1, 0), 0));
	assert_false(msr(sys_reg(1, 4, 8, 7, 0), 0));
	assert_false(msr(sys_reg(2, 0, 8, 7, 0), 0));
	assert_int_equal(tlbis, 2);
}

static bool briefly(u32 enc, bool is_write)
{
	/* the exit tries it with interrupts off before */
	vcpu.ctx.exit_esr = esr_of(enc, RT, !is_write);
	assert_false(cpu_sysreg_fast(&vcpu));
	return cpu_sysreg_brief(&vcpu);
}

/* SGIs are sent at once, as they are in the run loop; what may sleep or wait, and what is undefined, is not. */
static void brief(void **state)
{
	static const u32 sgis[] = { SYS_ICC_SGI1R_EL1, SYS_ICC_ASGI1R_EL1, SYS_ICC_SGI0R_EL1 };
	static const u32 not[] = { SYS_ICC_DIR_EL1, SYS_DC_CISW, SYS_PMCR_EL0, sys_reg(3, 0, 15, 15, 7) };
	unsigned int i, n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sgis); i++) {
		*x() = VAL;
		gic.val = 0;
		assert_true(briefly(sgis[i], true));
		assert_int_equal(gic.val, VAL);
		assert_int_equal(skips, i + 1);
	}
	n = gic.n;
	assert_false(briefly(sgis[0], false));
	for (i = 0; i < ARRAY_SIZE(not); i++)
		assert_false(briefly(not[i], true));
	has_gic = false;
	assert_false(briefly(sgis[0], true));
	assert_int_equal(gic.n, n);
	assert_int_equal(skips, ARRAY_SIZE(sgis));
	assert_int_equal(undefs + saves, 0);
}

/* The GIC's interface: SGIs by group, ends, and what traps with these; nothing of it without a GIC. */
static void icc(void **state)
{
	static const struct { u32 enc; bool group1; } sgis[] = {
		{ SYS_ICC_SGI1R_EL1, true }, { SYS_ICC_ASGI1R_EL1, false }, { SYS_ICC_SGI0R_EL1, false },
	};
	static const struct { u32 enc; enum gic_icc reg; } regs[] = {
		{ SYS_ICC_PMR_EL1, GIC_ICC_PMR }, { SYS_ICC_CTLR_EL1, GIC_ICC_CTLR }, { SYS_ICC_RPR_EL1, GIC_ICC_RPR },
	};
	unsigned int i, n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sgis); i++) {
		gic.which = !sgis[i].group1;
		assert_true(msr(sgis[i].enc, VAL));
		assert_int_equal(gic.which, sgis[i].group1);
		assert_int_equal(gic.val, VAL);
		assert_false(mrs(sgis[i].enc));
	}
	assert_true(msr(SYS_ICC_DIR_EL1, 33));
	assert_int_equal(gic.val, 33);
	assert_false(mrs(SYS_ICC_DIR_EL1));
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		assert_true(mrs(regs[i].enc));
		assert_int_equal(*x(), 0x99);
		assert_int_equal(gic.which, regs[i].reg);
		assert_int_equal(gic.val, 0);
		assert_true(msr(regs[i].enc, VAL));
		assert_int_equal(gic.val, VAL);
		assert_true(gic.write);
	}
	assert_true(mrs(SYS_ICC_SRE_EL1));
	assert_int_equal(*x(), 7);
	assert_true(msr(SYS_ICC_SRE_EL1, 0));
	assert_int_equal(*x(), 0);
	icc_there = has_gic = false;
	n = gic.n;
	for (i = 0; i < ARRAY_SIZE(sgis); i++)
		assert_false(msr(sgis[i].enc, VAL));
	assert_false(msr(SYS_ICC_DIR_EL1, 33));
	assert_false(mrs(SYS_ICC_SRE_EL1));
	assert_int_equal(gic.n, n);
	assert_false(mrs(SYS_ICC_PMR_EL1));
	assert_int_equal(*x(), VAL);
}

static int vmm_set(u32 enc, u64 val)
{
	struct kvm_one_reg reg = { .id = sysreg_to_id(enc), .addr = (uintptr_t)&val };

	return cpu_onereg_set(&vcpu, &reg);
}

static int vmm_get(u32 enc, u64 *val)
{
	struct kvm_one_reg reg = { .id = sysreg_to_id(enc), .addr = (uintptr_t)val };

	return cpu_onereg_get(&vcpu, &reg);
}

static u64 vmm(u32 enc)
{
	u64 val = ~0UL;

	assert_int_equal(vmm_get(enc, &val), 0);
	return val;
}

/* Debug: the OS lock, and the bits that a guest may have. The VMM may set no others. */
static void debug(void **state)
{
	(void)state;
	assert_int_equal(vmm(SYS_OSLSR_EL1), 8);
	assert_true(msr(SYS_OSLAR_EL1, 1));
	assert_true(mrs(SYS_OSLSR_EL1));
	assert_int_equal(*x(), 10);
	assert_true(msr(SYS_OSLAR_EL1, 2));
	assert_int_equal(vmm(SYS_OSLSR_EL1), 8);
	assert_false(mrs(SYS_OSLAR_EL1));
	assert_false(msr(SYS_OSLSR_EL1, 8));
	assert_int_equal(vmm_set(SYS_OSLSR_EL1, 10), 0);
	assert_int_equal(vmm(SYS_OSLSR_EL1), 10);
	assert_int_equal(vmm_set(SYS_OSLSR_EL1, 2), -EINVAL);

	assert_true(msr(SYS_MDSCR_EL1, ~0UL));
	assert_true(mrs(SYS_MDSCR_EL1));
	assert_int_equal(*x(), 0xb001);
	assert_int_equal(vmm(SYS_MDSCR_EL1), 0xb001);
	assert_int_equal(vmm_set(SYS_MDSCR_EL1, 0x8001), 0);
	assert_int_equal(vmm(SYS_MDSCR_EL1), 0x8001);
	assert_int_equal(vmm_set(SYS_MDSCR_EL1, 2), -EINVAL);

	assert_true(msr(SYS_MDCCINT_EL1, ~0UL));
	assert_true(mrs(SYS_MDCCINT_EL1));
	assert_int_equal(*x(), 3UL << 29);
	assert_int_equal(vmm_set(SYS_MDCCINT_EL1, 1UL << 30), 0);
	assert_int_equal(vmm(SYS_MDCCINT_EL1), 1UL << 30);
	assert_int_equal(vmm_set(SYS_MDCCINT_EL1, ~0UL), 0);
	assert_int_equal(vmm(SYS_MDCCINT_EL1), 3UL << 29);
}

/* Breakpoints and watchpoints: each its own, as many as the machine has; of the others the VMM sees zeroes. */
static void breakpoints(void **state)
{
	unsigned int n, op2;

	(void)state;
	for (n = 0; n < 16; n++)
		for (op2 = 4; op2 < 8; op2++) {
			u32 enc = sys_reg(2, 0, 0, n, op2);
			bool there = n < (op2 < 6 ? 6 : 4);

			assert_int_equal(msr(enc, 0x100 + n * 8 + op2), there);
			assert_int_equal(vmm_set(enc, 0), 0);
			assert_int_equal(vmm_set(enc, 0x200 + n * 8 + op2), there ? 0 : -EINVAL);
		}
	for (n = 0; n < 16; n++)
		for (op2 = 4; op2 < 8; op2++) {
			u32 enc = sys_reg(2, 0, 0, n, op2);
			bool there = n < (op2 < 6 ? 6 : 4);

			assert_int_equal(mrs(enc), there);
			assert_int_equal(*x(), there ? 0x200 + n * 8 + op2 : VAL);
			assert_int_equal(vmm(enc), there ? 0x200 + n * 8 + op2 : 0);
		}
	assert_int_equal(vcpu.ctx.debug.bvr[5], 0x200 + 5 * 8 + 4);
	assert_int_equal(vcpu.ctx.debug.bcr[5], 0x200 + 5 * 8 + 5);
	assert_int_equal(vcpu.ctx.debug.wvr[3], 0x200 + 3 * 8 + 6);
	assert_int_equal(vcpu.ctx.debug.wcr[3], 0x200 + 3 * 8 + 7);
}

/* Who it runs on: to the guest this CPU, to the VMM the machine's first, which it may only write back. */
static void identity(void **state)
{
	static const struct { u32 enc; u64 val; } fixed[] = {
		{ SYS_MIDR_EL1, 0x413fd0c1 }, { SYS_REVIDR_EL1, 0x333 }, { SYS_AIDR_EL1, 0x444 }, { SYS_ACTLR_EL1, 0 },
	};
	unsigned int i;

	(void)state;
	assert_true(mrs(SYS_REVIDR_EL1));
	assert_int_equal(*x(), 0x111);
	assert_true(mrs(SYS_AIDR_EL1));
	assert_int_equal(*x(), 0x222);
	assert_false(msr(SYS_REVIDR_EL1, 0));
	assert_false(msr(SYS_AIDR_EL1, 0));
	for (i = 0; i < ARRAY_SIZE(fixed); i++) {
		assert_int_equal(vmm(fixed[i].enc), fixed[i].val);
		assert_int_equal(vmm_set(fixed[i].enc, fixed[i].val), 0);
		assert_int_equal(vmm_set(fixed[i].enc, fixed[i].val + 1), -EINVAL);
	}
	vcpu.ctx.mpidr = 0x80000003;
	assert_int_equal(vmm(SYS_MPIDR_EL1), 0x80000003);
	assert_int_equal(vmm_set(SYS_MPIDR_EL1, 0x80000000 | 0xff01020304), 0);
	assert_int_equal(affinity, 0x80000000 | 0xff01020304);
	assert_int_equal(vmm_set(SYS_MPIDR_EL1, 3UL << 30 | 1UL << 24), 0);
	affinity_ret = -EBUSY;
	assert_int_equal(vmm_set(SYS_MPIDR_EL1, 0x80000001), -EBUSY);
	affinity = 0;
	assert_int_equal(vmm_set(SYS_MPIDR_EL1, 1), -EINVAL);
	assert_int_equal(vmm_set(SYS_MPIDR_EL1, 0x82000001), -EINVAL);
	assert_int_equal(affinity, 0);
}

/* Caches as the guest is to see them, by the geometry that it selects. */
static void caches(void **state)
{
	(void)state;
	all_loaded = true;
	assert_true(msr(SYS_CSSELR_EL1, 2));
	assert_int_equal(loaded[CPU_CSSELR_EL1], 2);
	assert_true(mrs(SYS_CSSELR_EL1));
	assert_int_equal(*x(), 2);
	assert_true(mrs(SYS_CCSIDR_EL1));
	assert_int_equal(*x(), 0x7002);
	assert_false(msr(SYS_CCSIDR_EL1, 0));
	assert_true(mrs(SYS_CTR_EL0));
	assert_int_equal(*x(), machine.ctr);
	assert_true(mrs(SYS_CLIDR_EL1));
	assert_int_equal(*x(), machine.first.clidr);
	assert_false(msr(SYS_CTR_EL0, 0));
	assert_false(msr(SYS_CLIDR_EL1, 0));
}

/* CTR_EL0 and CLIDR_EL1 may be made less, before a vCPU has run, and then trap. */
static void fewer_caches(void **state)
{
	const u64 ctr = CTR_EL0_IDC_MASK | 4UL << 16 | 4, clidr = 1UL << 24 | 1UL << 27;

	(void)state;
	assert_int_equal(vmm_set(SYS_CTR_EL0, ctr), 0);
	assert_int_equal(vmm_set(SYS_CLIDR_EL1, clidr), 0);
	assert_false(vm.idregs.trap_caches);
	assert_int_equal(vmm_set(SYS_CTR_EL0, ctr | CTR_EL0_DIC_MASK), -EINVAL);
	assert_int_equal(vmm_set(SYS_CTR_EL0, ctr + 1), -EINVAL);
	assert_int_equal(vmm_set(SYS_CTR_EL0, ctr + (1UL << 16)), -EINVAL);
	assert_int_equal(vmm_set(SYS_CTR_EL0, ctr | 1UL << 20), -EINVAL);
	assert_int_equal(vmm_set(SYS_CLIDR_EL1, clidr | 1UL << 47), -EINVAL);
	assert_false(vm.idregs.trap_caches);
	assert_int_equal(vmm_set(SYS_CTR_EL0, 3UL << 16 | 3), 0);
	assert_true(vm.idregs.trap_caches);
	assert_int_equal(vmm(SYS_CTR_EL0), 3UL << 16 | 3);
	assert_int_equal(vmm(SYS_CLIDR_EL1), clidr);
	assert_int_equal(vmm_set(SYS_CLIDR_EL1, 0), 0);
	assert_int_equal(vmm(SYS_CLIDR_EL1), 0);
	vm.base.ran_once = true;
	assert_int_equal(vmm_set(SYS_CLIDR_EL1, 0), 0);
	assert_int_equal(vmm_set(SYS_CLIDR_EL1, clidr), -EBUSY);

	/* where data must be cleaned, no levels may say that they need not */
	vm.base.ran_once = false;
	machine.ctr = 4UL << 16 | 4;
	vm.idregs.clidr = clidr;
	assert_int_equal(vmm_set(SYS_CLIDR_EL1, 0), -EINVAL);
	assert_int_equal(vmm_set(SYS_CLIDR_EL1, 1UL << 24), -EINVAL);
	assert_int_equal(vmm_set(SYS_CLIDR_EL1, 1UL << 27), -EINVAL);
	assert_int_equal(vmm_set(SYS_CLIDR_EL1, 1UL << 24 | 1UL << 21), 0);
	machine.first.clidr = 1UL << 24;
	assert_int_equal(vmm_set(SYS_CLIDR_EL1, 0), 0);
	machine.first.clidr = 1UL << 27;
	assert_int_equal(vmm_set(SYS_CLIDR_EL1, 1UL << 24), 0);

	/* CTR_EL0 may say what the machine's levels say, and no more */
	machine.first.clidr = 1UL << 24;
	assert_int_equal(vmm_set(SYS_CTR_EL0, ctr), 0);
	machine.first.clidr = clidr;
	assert_int_equal(vmm_set(SYS_CTR_EL0, 4UL << 16 | 4), 0);
	assert_int_equal(vmm_set(SYS_CTR_EL0, ctr), -EINVAL);
}

/* Registers that are kept for the guest or for the ABI alone: the VMM reads what it wrote, where the vCPU has it. */
static void kept(void **state)
{
	static const struct { u32 enc; enum cpu_sys at; } regs[] = {
		{ SYS_SCTLR_EL1, CPU_SCTLR_EL1 }, { SYS_CPACR_EL1, CPU_CPACR_EL1 }, { SYS_PAR_EL1, CPU_PAR_EL1 },
		{ SYS_VBAR_EL1, CPU_VBAR_EL1 }, { SYS_DISR_EL1, CPU_DISR_EL1 }, { SYS_TPIDR_EL1, CPU_TPIDR_EL1 },
		{ SYS_CNTKCTL_EL1, CPU_CNTKCTL_EL1 }, { SYS_CSSELR_EL1, CPU_CSSELR_EL1 },
		{ SYS_TPIDR_EL0, CPU_TPIDR_EL0 }, { SYS_TPIDRRO_EL0, CPU_TPIDRRO_EL0 },
		{ SYS_DBGVCR32_EL2, CPU_DBGVCR32_EL2 }, { SYS_DACR32_EL2, CPU_DACR32_EL2 },
		{ SYS_IFSR32_EL2, CPU_IFSR32_EL2 }, { SYS_FPEXC32_EL2, CPU_FPEXC32_EL2 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		assert_int_equal(vmm_set(regs[i].enc, VAL + i), 0);
		assert_int_equal(vcpu.ctx.sys[regs[i].at], VAL + i);
	}
	for (i = 0; i < ARRAY_SIZE(stage1); i++) {
		assert_int_equal(vmm_set(stage1[i].enc, VAL - i), 0);
		assert_int_equal(vcpu.ctx.sys[stage1[i].at], VAL - i);
		assert_int_equal(vmm(stage1[i].enc), VAL - i);
	}
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		assert_int_equal(vmm(regs[i].enc), VAL + i);
	assert_int_equal(vmm_set(SYS_TCR_EL1, TCR_HA), 0);
	cpu_hw.no_hafdbs = true;
	assert_int_equal(vmm_set(SYS_TCR_EL1, TCR_HA), -EINVAL);
	assert_int_equal(vmm_set(SYS_TCR_EL1, TCR_HD), -EINVAL);
	assert_int_equal(vmm_set(SYS_TCR_EL1, 1), 0);
	cpu_sysreg_reset(&vcpu);
	for (i = 0; i < CPU_SYS_COUNT; i++)
		assert_int_equal(vcpu.ctx.sys[i], i == CPU_SCTLR_EL1 ? 0xc50078 : i == CPU_OSLSR_EL1 ? 8 :
						  i == CPU_FPEXC32_EL2 ? 0x700 : 0);
}

/* ID registers read as promised, and may be written to less until a vCPU has run. AArch32's take anything and stay 0. */
static void ids(void **state)
{
	static const u8 named[][2] = { { 4, 0 }, { 4, 1 }, { 4, 4 }, { 5, 0 }, { 6, 0 }, { 6, 1 }, { 6, 2 }, { 7, 0 }, { 7, 1 }, { 7, 2 } };
	static const u8 strict[][2] = { { 1, 3 }, { 3, 3 }, { 3, 5 }, { 3, 7 }, { 4, 7 }, { 7, 7 } };
	unsigned int crm, op2, i;
	u64 pfr0;

	(void)state;
	cpu_hw.sve_lengths = 1;
	vm.features = BIT(KVM_ARM_VCPU_SVE);
	cpu_idreg_init();
	cpu_idreg_vm_init(&vm);
	for (crm = 1; crm < 8; crm++)
		for (op2 = 0; op2 < 8; op2++) {
			u32 enc = sys_reg(3, 0, 0, crm, op2);
			u64 expected = 0;

			for (i = 0; i < ARRAY_SIZE(named); i++)
				if (named[i][0] == crm && named[i][1] == op2)
					expected = idfield_guest(IDFIELD_REG(crm, op2), 0x1111111111111111, 0);
			assert_true(cpu_idreg_is(enc));
			assert_true(mrs(enc));
			assert_int_equal(*x(), expected);
			assert_int_equal(vmm(enc), expected);
			assert_false(msr(enc, 0));
			assert_int_equal(vmm_set(enc, expected), 0);
			assert_int_equal(cpu_idreg_mask(enc), crm >= 4 ? ~idfield_exact(IDFIELD_REG(crm, op2)) : 0);
		}
	assert_false(cpu_idreg_is(sys_reg(3, 0, 0, 0, 1)) || cpu_idreg_is(sys_reg(3, 0, 0, 8, 1)) ||
		     cpu_idreg_is(sys_reg(3, 0, 1, 4, 0)) || cpu_idreg_is(sys_reg(3, 1, 0, 4, 0)) ||
		     cpu_idreg_is(sys_reg(2, 0, 0, 4, 0)));
	for (i = 0; i < ARRAY_SIZE(strict); i++)
		assert_int_equal(vmm_set(sys_reg(3, 0, 0, strict[i][0], strict[i][1]), 1), -EINVAL);
	assert_int_equal(vmm_set(sys_reg(3, 0, 0, 1, 0), VAL), 0);
	assert_int_equal(vmm_set(sys_reg(3, 0, 0, 3, 6), VAL), 0);
	assert_int_equal(vmm(sys_reg(3, 0, 0, 1, 0)) | vmm(sys_reg(3, 0, 0, 3, 6)), 0);

	pfr0 = vmm(SYS_ID_AA64PFR0_EL1);
	assert_int_equal(pfr0 >> 24 & 15, 1);
	assert_int_equal(vmm_set(SYS_ID_AA64PFR0_EL1, pfr0 | 1UL << 49), -EINVAL);
	assert_int_equal(vmm_set(SYS_ID_AA64PFR0_EL1, pfr0 & ~(15UL << 48)), 0);
	assert_int_equal(vmm(SYS_ID_AA64PFR0_EL1), pfr0 & ~(15UL << 48));
	vm.base.ran_once = true;
	assert_int_equal(vmm_set(SYS_ID_AA64PFR0_EL1, pfr0 & ~(15UL << 48)), 0);
	assert_int_equal(vmm_set(SYS_ID_AA64PFR0_EL1, pfr0), -EBUSY);
	assert_int_equal(cpu_idreg_mask(SYS_CTR_EL0), 0x300f000f);
	assert_int_equal(cpu_idreg_mask(SYS_CLIDR_EL1), (1UL << 47) - 1);
	assert_int_equal(cpu_idreg_mask(SYS_MIDR_EL1), 0);

	mutex_lock(&vm.base.lock);
	cpu_idreg_settle(&vm);
	assert_int_equal(vm.idregs.val[IDFIELD_REG(4, 0)] >> 24 & 15, 1);
	has_gic = false;
	cpu_idreg_settle(&vm);
	assert_int_equal(vm.idregs.val[IDFIELD_REG(4, 0)] >> 24 & 15, 0);
	mutex_unlock(&vm.base.lock);
}

/* With AArch32 its registers are the host's, without what has no counterpart; a VMM may show less of them. */
static void ids_32(void **state)
{
	static const u8 unnamed[][2] = { { 1, 3 }, { 3, 3 }, { 3, 5 }, { 3, 7 } };
	unsigned int crm, op2, i;

	(void)state;
	cpu_hw.has_aarch32 = true;
	cpu_idreg_init();
	cpu_idreg_vm_init(&vm);
	assert_int_equal(vmm(SYS_ID_DFR0_EL1) >> 24 & 15, 1);
	mutex_lock(&vm.base.lock);
	cpu_idreg_choose(&vm);
	mutex_unlock(&vm.base.lock);
	assert_int_equal(vmm_set(SYS_ID_DFR0_EL1, vmm(SYS_ID_DFR0_EL1) | 1 << 24), -EINVAL);
	for (crm = 1; crm < 4; crm++)
		for (op2 = 0; op2 < 8; op2++) {
			u32 enc = sys_reg(3, 0, 0, crm, op2);
			u64 expected = crm == 1 && op2 == 2 ? 0x1111111100110111 & ~(15UL << 12) : 0x1111111111111111;

			for (i = 0; i < ARRAY_SIZE(unnamed); i++)
				if (unnamed[i][0] == crm && unnamed[i][1] == op2)
					expected = 0;
			assert_int_equal(vmm(enc), expected);
			assert_int_equal(cpu_idreg_mask(enc), ~0UL);
			assert_int_equal(vmm_set(enc, expected + 1), -EINVAL);
			assert_int_equal(vmm_set(enc, expected & ~1UL), 0);
			assert_int_equal(vmm(enc), expected & ~1UL);
		}
	assert_int_equal(vmm(SYS_ID_PFR1_EL1) >> 28 & 15, 1);
	mutex_lock(&vm.base.lock);
	has_gic = false;
	cpu_idreg_settle(&vm);
	mutex_unlock(&vm.base.lock);
	assert_int_equal(vmm(SYS_ID_PFR1_EL1) >> 28 & 15, 0);
	/* a CPU that has less of one of them does not serve */
	memset(own_ids, 0x11, sizeof(own_ids));
	assert_true(cpu_idreg_serves());
	own_ids[IDFIELD_REG(3, 6)] = 0x1111111111111101;
	assert_false(cpu_idreg_serves());
	cpu_hw.has_aarch32 = false;
	assert_true(cpu_idreg_serves());
}

/* Error records and LORegions are shown, and there is none; a guest that was not told of them may not ask. */
static void nothing_of(void **state)
{
	static const struct { u32 enc; bool fixed; bool lor; } regs[] = {
		{ SYS_ERRIDR_EL1, true, false }, { SYS_ERRSELR_EL1, false, false }, { SYS_ERXFR_EL1, true, false },
		{ SYS_ERXCTLR_EL1, false, false }, { SYS_ERXSTATUS_EL1, false, false }, { SYS_ERXADDR_EL1, false, false },
		{ SYS_ERXMISC0_EL1, false, false }, { SYS_ERXMISC1_EL1, false, false },
		{ SYS_LORSA_EL1, false, true }, { SYS_LOREA_EL1, false, true }, { SYS_LORN_EL1, false, true },
		{ SYS_LORC_EL1, false, true }, { SYS_LORID_EL1, true, true },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		*x() = VAL;
		assert_true(mrs(regs[i].enc));
		assert_int_equal(*x(), 0);
		assert_int_equal(msr(regs[i].enc, VAL), !regs[i].fixed);
	}
	assert_int_equal(vmm_set(SYS_ID_AA64PFR0_EL1, vmm(SYS_ID_AA64PFR0_EL1) & ~(15UL << 28)), 0);
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		assert_int_equal(mrs(regs[i].enc), regs[i].lor);
	assert_int_equal(vmm_set(SYS_ID_AA64MMFR1_EL1, vmm(SYS_ID_AA64MMFR1_EL1) & ~(15UL << 16)), 0);
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		assert_false(mrs(regs[i].enc));
}

/* A VMM brings registers of features along that guests have not: they are kept, and undefined for guests. */
static void absent(void **state)
{
	static const u32 regs[] = { SYS_TCR2_EL1, SYS_PIRE0_EL1, SYS_PIR_EL1 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		assert_int_equal(vmm_set(regs[i], VAL + i), 0);
		assert_false(mrs(regs[i]));
		assert_false(msr(regs[i], 0));
	}
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		assert_int_equal(vmm(regs[i]), VAL + i);
}

/* A CPU serves that has every field of what was promised. */
static void serves(void **state)
{
	static const u8 named[][2] = { { 4, 0 }, { 4, 1 }, { 5, 0 }, { 6, 0 }, { 6, 2 }, { 7, 0 }, { 7, 1 }, { 7, 2 } };
	unsigned int i;

	(void)state;
	memset(own_ids, 0x11, sizeof(own_ids));
	assert_true(cpu_idreg_serves());
	for (i = 0; i < ARRAY_SIZE(named); i++) {
		u64 *own = &own_ids[IDFIELD_REG(named[i][0], named[i][1])];

		if (!idfield_guest(own - own_ids, 0x1111111111111111, 0))
			continue;
		*own = 0;
		if (!idfield_serves(own - own_ids, idfield_guest(own - own_ids, 0x1111111111111111, 0), 0))
			assert_false(cpu_idreg_serves());
		*own = 0x1111111111111111;
	}
	assert_true(cpu_idreg_serves());
}

static int one(bool is_set, u64 id, void *val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)val };

	return is_set ? cpu_onereg_set(&vcpu, &reg) : cpu_onereg_get(&vcpu, &reg);
}

#define CORE(size, off)	(KVM_REG_ARM64 | KVM_REG_ARM_CORE | KVM_REG_SIZE_##size | (off))
#define OFF(field)	(offsetof(struct kvm_regs, field) / 4)

/* Each core register has its place, its size and its id. */
static void core(void **state)
{
	__uint128_t wide = (__uint128_t)VAL << 64 | 5, got;
	u64 val = VAL, back;
	unsigned int i;
	u32 word = 0x55, word_back;

	(void)state;
	for (i = 0; i < 31; i++) {
		val = VAL + i;
		assert_int_equal(one(true, CORE(U64, OFF(regs.regs[0]) + 2 * i), &val), 0);
		assert_int_equal(vcpu.ctx.regs.regs[i], VAL + i);
	}
	static const struct { u64 off; u64 *at; } places[] = {
		{ OFF(regs.sp), (u64 *)&vcpu.ctx.regs.sp }, { OFF(regs.pc), (u64 *)&vcpu.ctx.regs.pc },
		{ OFF(sp_el1), &vcpu.ctx.sys[CPU_SP_EL1] }, { OFF(elr_el1), &vcpu.ctx.sys[CPU_ELR_EL1] },
		{ OFF(spsr[0]), &vcpu.ctx.sys[CPU_SPSR_EL1] }, { OFF(spsr[1]), &vcpu.ctx.spsr32[0] },
		{ OFF(spsr[2]), &vcpu.ctx.spsr32[1] }, { OFF(spsr[3]), &vcpu.ctx.spsr32[2] },
		{ OFF(spsr[4]), &vcpu.ctx.spsr32[3] },
	};
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		val = VAL + 100 + i;
		assert_int_equal(one(true, CORE(U64, places[i].off), &val), 0);
	}
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		assert_int_equal(*places[i].at, VAL + 100 + i);
		assert_int_equal(one(false, CORE(U64, places[i].off), &back), 0);
		assert_int_equal(back, VAL + 100 + i);
		assert_int_equal(one(false, CORE(U32, places[i].off), &back), -EINVAL);
		assert_int_equal(one(false, CORE(U64, places[i].off + 1), &back), -EINVAL);
	}
	for (i = 0; i < 32; i++) {
		wide++;
		assert_int_equal(one(true, CORE(U128, OFF(fp_regs.vregs[0]) + 4 * i), &wide), 0);
		assert_true(vcpu.ctx.fp.vregs[i] == wide);
		assert_int_equal(one(false, CORE(U128, OFF(fp_regs.vregs[0]) + 4 * i), &got), 0);
		assert_true(got == wide);
		assert_int_equal(one(true, CORE(U128, OFF(fp_regs.vregs[0]) + 4 * i + 1), &wide), -EINVAL);
		assert_int_equal(one(true, CORE(U64, OFF(fp_regs.vregs[0]) + 4 * i), &wide), -EINVAL);
	}
	assert_int_equal(one(true, CORE(U32, OFF(fp_regs.fpsr)), &word), 0);
	word++;
	assert_int_equal(one(true, CORE(U32, OFF(fp_regs.fpcr)), &word), 0);
	assert_int_equal(vcpu.ctx.fp.fpsr, 0x55);
	assert_int_equal(vcpu.ctx.fp.fpcr, 0x56);
	assert_int_equal(one(false, CORE(U32, OFF(fp_regs.fpcr)), &word_back), 0);
	assert_int_equal(word_back, 0x56);
	assert_int_equal(one(true, CORE(U64, OFF(fp_regs.fpsr)), &val), -EINVAL);
	assert_int_equal(one(false, CORE(U32, OFF(fp_regs.fpcr) + 1), &val), -EINVAL);
	assert_int_equal(one(false, CORE(U64, OFF(fp_regs) - 2), &val), -EINVAL);	/* a hole */
	assert_int_equal(one(false, CORE(U64, sizeof(struct kvm_regs) / 4 - 1), &val), -EINVAL);
	assert_int_equal(one(false, CORE(U64, sizeof(struct kvm_regs) / 4), &val), -ENOENT);
	/* PSTATE only where a guest can be */
	val = PSR_MODE32_BIT;
	assert_int_equal(one(true, CORE(U64, OFF(regs.pstate)), &val), -EINVAL);
	val = PSR_MODE_EL0t | PSR_N_BIT;
	assert_int_equal(one(true, CORE(U64, OFF(regs.pstate)), &val), 0);
	assert_int_equal(vcpu.ctx.regs.pstate, PSR_MODE_EL0t | PSR_N_BIT);
}

/* Timers, caches and firmware have ids of their own. */
static void other_groups(void **state)
{
	static const struct { u64 id; enum timer_kind kind; enum timer_reg reg; } timers[] = {
		{ KVM_REG_ARM_TIMER_CTL, TIMER_VIRT, TIMER_CTL }, { KVM_REG_ARM_TIMER_CNT, TIMER_VIRT, TIMER_CNT },
		{ KVM_REG_ARM_TIMER_CVAL, TIMER_VIRT, TIMER_CVAL }, { KVM_REG_ARM_PTIMER_CTL, TIMER_PHYS, TIMER_CTL },
		{ KVM_REG_ARM_PTIMER_CNT, TIMER_PHYS, TIMER_CNT }, { KVM_REG_ARM_PTIMER_CVAL, TIMER_PHYS, TIMER_CVAL },
	};
	const u64 demux = KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_DEMUX;
	unsigned int i;
	u64 val;
	u32 word;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(timers); i++) {
		val = VAL + i;
		assert_int_equal(one(true, timers[i].id, &val), 0);
		assert_int_equal(timer.kind, timers[i].kind);
		assert_int_equal(timer.reg, timers[i].reg);
		assert_int_equal(timer.val, VAL + i);
		assert_int_equal(one(false, timers[i].id, &val), 0);
		assert_int_equal(val, 0x3000 + timers[i].kind * 16 + timers[i].reg);
	}
	for (i = 0; i < MACHINE_CACHES; i++) {
		assert_int_equal(one(false, demux | i, &word), 0);
		/* of a cache that is not there a line, as long as CTR_EL0 says */
		assert_int_equal(word, i < 3 ? 0x7000 + i : 2);
		assert_int_equal(one(true, demux | i, &word), 0);
		assert_false(vm.idregs.trap_caches);
	}
	for (i = 0; i < 2; i++) {
		word = 0x11;		/* lines that are too short */
		assert_int_equal(one(true, demux | i, &word), -EINVAL);
		word = i ? 0x13 : 0x12;
		assert_false(vm.idregs.trap_caches);
		assert_int_equal(one(true, demux | i, &word), 0);
		assert_true(vm.idregs.trap_caches);
		assert_int_equal(one(false, demux | i, &word), 0);
		assert_int_equal(word, i ? 0x13 : 0x12);
		assert_int_equal(cpu_idreg_ccsidr(&vm, i), i ? 0x13 : 0x12);
		vm.idregs.trap_caches = false;
	}
	assert_int_equal(cpu_idreg_ccsidr(&vm, MACHINE_CACHES), 0);
	vm.base.ran_once = true;
	assert_int_equal(one(true, demux | 1, &word), 0);
	word = 0x14;
	assert_int_equal(one(true, demux | 1, &word), -EBUSY);
	assert_int_equal(cpu_idreg_ccsidr(&vm, 1), 0x13);
	assert_int_equal(one(false, demux | 0x100, &word), -ENOENT);
	assert_int_equal(one(false, demux | MACHINE_CACHES, &word), -ENOENT);
	assert_int_equal(one(false, (demux & ~KVM_REG_SIZE_MASK) | KVM_REG_SIZE_U64, &val), -ENOENT);
	assert_int_equal(one(false, KVM_REG_ARM_PSCI_VERSION + 3, &val), 0);
	assert_int_equal(val, 3);
	val = 9;
	assert_int_equal(one(true, KVM_REG_ARM_STD_BMAP, &val), 0);
	assert_int_equal(firmware_val, 9);
	firmware_ret = -EBUSY;
	assert_int_equal(one(true, KVM_REG_ARM_STD_BMAP, &val), -EBUSY);
	assert_int_equal(one(false, KVM_REG_ARM_STD_BMAP, &val), -EBUSY);
	assert_int_equal(one(false, (KVM_REG_ARM_STD_BMAP & ~KVM_REG_SIZE_MASK) | KVM_REG_SIZE_U32, &val), -ENOENT);
}

/* An id that is no register's is refused, by what is wrong with it, before anything is read of the VMM's. */
static void bad_ids(void **state)
{
	const u64 good = sysreg_to_id(SYS_VBAR_EL1);
	u64 val = VAL;

	(void)state;
	assert_int_equal(one(false, good & ~KVM_REG_ARCH_MASK, &val), -EINVAL);
	assert_int_equal(one(false, good | 1UL << 40, &val), -EINVAL);
	assert_int_equal(one(false, (good & ~KVM_REG_SIZE_MASK) | KVM_REG_SIZE_U256, &val), -EINVAL);
	assert_int_equal(one(false, (good & ~KVM_REG_SIZE_MASK) | KVM_REG_SIZE_U32, &val), -ENOENT);
	assert_int_equal(one(false, KVM_REG_ARM64 | KVM_REG_SIZE_U64 | 0x1fUL << 16, &val), -ENOENT);
	assert_int_equal(one(false, sysreg_to_id(SYS_OSDTRRX_EL1), &val), -ENOENT);
	assert_int_equal(one(true, sysreg_to_id(sys_reg(3, 0, 15, 0, 0)), &val), -ENOENT);
	assert_int_equal(val, VAL);
	shim_user_hole((uintptr_t)&val, sizeof(val));
	assert_int_equal(one(false, good, &val), -EFAULT);
	assert_int_equal(one(true, good, &val), -EFAULT);
	assert_int_equal(one(true, CORE(U64, 0), &val), -EFAULT);
	assert_int_equal(one(false, CORE(U64, 0), &val), -EFAULT);
	assert_int_equal(one(true, KVM_REG_ARM_TIMER_CTL, &val), -EFAULT);
	assert_int_equal(one(false, KVM_REG_ARM_TIMER_CTL, &val), -EFAULT);
	assert_int_equal(one(false, KVM_REG_ARM_PSCI_VERSION, &val), -EFAULT);
	assert_int_equal(one(true, KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_DEMUX, &val), -EFAULT);
	shim_user_hole(0, 0);
	assert_int_equal(vcpu.ctx.sys[CPU_VBAR_EL1], 0);
}

/* All that is listed, which is that many. */
static void check_list(unsigned long want)
{
	static u64 ids[1024];
	unsigned long n = cpu_onereg_list(&vcpu, NULL), i, k;
	u8 val[16];

	memset(ids, 0xee, sizeof(ids));
	assert_true(n < ARRAY_SIZE(ids));
	assert_int_equal(cpu_onereg_list(&vcpu, ids), n);
	assert_int_equal(ids[n], 0xeeeeeeeeeeeeeeee);
	for (i = 0; i < n; i++) {
		for (k = 0; k < i; k++)
			assert_true(ids[i] != ids[k]);
		if (ids[i] == CORE(U64, OFF(regs.pstate)))
			vcpu.ctx.regs.pstate = PSR_MODE_EL1h;
		vcpu.ctx.mpidr = 0x80000000;
		assert_int_equal(one(false, ids[i], val), 0);
		assert_int_equal(one(true, ids[i], val), 0);
	}
	assert_int_equal(n, want);
}

/* 31 + SP, PC, PSTATE, SP_EL1, ELR_EL1, 5 SPSRs, 32 V, FPSR, FPCR; ids; timers; caches; firmware */
#define LISTED	(31 + 3 + 2 + 5 + 32 + 2 + 56 + 6 + 14 + 2 + /* the table: */ 64 + 37)

/* What is listed is there once, reads, and takes what it gives; as many as are counted; and all that is there is listed. */
static void list(void **state)
{
	(void)state;
	check_list(LISTED);
}

/* Keys of pointer authentication are a vCPU's own, listed and there with the feature only; no access of a guest's is emulated. */
static void keys(void **state)
{
	static const u32 encs[CPU_KEYS] = {
		sys_reg(3, 0, 2, 1, 0), sys_reg(3, 0, 2, 1, 1), sys_reg(3, 0, 2, 1, 2), sys_reg(3, 0, 2, 1, 3),
		sys_reg(3, 0, 2, 2, 0), sys_reg(3, 0, 2, 2, 1), sys_reg(3, 0, 2, 2, 2), sys_reg(3, 0, 2, 2, 3),
		sys_reg(3, 0, 2, 3, 0), sys_reg(3, 0, 2, 3, 1),
	};
	unsigned long n = cpu_onereg_list(&vcpu, NULL);
	unsigned int i;
	u64 val = VAL;

	(void)state;
	for (i = 0; i < CPU_KEYS; i++) {
		assert_int_equal(vmm_get(encs[i], &val), -ENOENT);
		assert_int_equal(vmm_set(encs[i], 1), -ENOENT);
		assert_int_equal(val + vcpu.ctx.keys[i], VAL);
		assert_false(mrs(encs[i]));
		assert_false(msr(encs[i], VAL));
	}
	vcpu.ctx.features = BIT(KVM_ARM_VCPU_PTRAUTH_ADDRESS) | BIT(KVM_ARM_VCPU_PTRAUTH_GENERIC);
	assert_int_equal(cpu_onereg_list(&vcpu, NULL), n + CPU_KEYS);
	for (i = 0; i < CPU_KEYS; i++) {
		assert_int_equal(vmm_set(encs[i], VAL + i), 0);
		assert_int_equal(vcpu.ctx.keys[i], VAL + i);
		vcpu.ctx.keys[i] = ~VAL - i;
		assert_int_equal(vmm(encs[i]), ~VAL - i);
		assert_false(mrs(encs[i]));
	}
	check_list(LISTED + CPU_KEYS);
}

static void give_sve(u16 lengths)
{
	cpu_hw.sve_lengths = lengths;
	vm.features = vcpu.ctx.features = lengths ? BIT(KVM_ARM_VCPU_SVE) : 0;
	cpu_idreg_init();
	cpu_idreg_vm_init(&vm);
	mutex_lock(&vm.base.lock);
	cpu_idreg_choose(&vm);
	mutex_unlock(&vm.base.lock);
	sve_reset(&vcpu);
}

/* With SVE there are Z, P, FFR, lengths and ZCR_EL1, and no V registers; none of them traps to us. */
static void vectors(void **state)
{
	unsigned long n = cpu_onereg_list(&vcpu, NULL);
	u8 wide[256] = { 0 };
	unsigned int i;
	u64 val;

	(void)state;
	assert_int_equal(vmm_get(SYS_ZCR_EL1, &val), -ENOENT);
	assert_int_equal(vmm_set(SYS_ZCR_EL1, 1), -ENOENT);
	assert_int_equal(one(false, KVM_REG_ARM64_SVE_VLS, wide), -ENOENT);
	give_sve(0xb);
	assert_int_equal(sve_finalize(&vcpu), 0);
	assert_int_equal(cpu_onereg_list(&vcpu, NULL), n - 32 + 50 + 1);
	assert_int_equal(vmm_set(SYS_ZCR_EL1, VAL), 0);
	assert_int_equal(vcpu.ctx.sys[CPU_ZCR_EL1], VAL);
	assert_int_equal(vmm(SYS_ZCR_EL1), VAL);
	assert_false(mrs(SYS_ZCR_EL1));
	for (i = 0; i < 32; i++) {
		assert_int_equal(one(false, CORE(U128, OFF(fp_regs.vregs[0]) + 4 * i), wide), -EINVAL);
		assert_int_equal(one(true, CORE(U128, OFF(fp_regs.vregs[0]) + 4 * i), wide), -EINVAL);
	}
	assert_int_equal(one(false, CORE(U32, OFF(fp_regs.fpsr)), wide), 0);
	assert_int_equal(one(true, CORE(U32, OFF(fp_regs.fpcr)), wide), 0);
	assert_int_equal(one(true, KVM_REG_ARM64_SVE_ZREG(31, 0), wide), 0);
	assert_int_equal(one(true, KVM_REG_ARM64_SVE_VLS, wide), -EPERM);
	sve_free(&vcpu);
}

/* The ID registers tell of SVE where the VM was given it and the machine has lengths; what it can do, a VMM may lower. */
static void vectors_shown(void **state)
{
	u64 pfr0;

	(void)state;
	assert_int_equal(vmm(SYS_ID_AA64PFR0_EL1) >> 32 & 0xf, 0);
	assert_int_equal(vmm(SYS_ID_AA64ZFR0_EL1), 0);
	give_sve(1);
	pfr0 = vmm(SYS_ID_AA64PFR0_EL1);
	assert_int_equal(pfr0 >> 32 & 0xf, 1);
	assert_int_equal(vmm(SYS_ID_AA64ZFR0_EL1), 0x0110110101110011);
	assert_int_equal(vmm_set(SYS_ID_AA64PFR0_EL1, pfr0 & ~(15UL << 32)), -EINVAL);
	assert_int_equal(vmm_set(SYS_ID_AA64PFR0_EL1, pfr0), 0);
	assert_int_equal(vmm_set(SYS_ID_AA64ZFR0_EL1, 0x12), -EINVAL);
	assert_int_equal(vmm_set(SYS_ID_AA64ZFR0_EL1, 0x01), 0);
	assert_int_equal(vmm(SYS_ID_AA64ZFR0_EL1), 1);
	assert_int_equal(cpu_idreg_mask(SYS_ID_AA64PFR0_EL1), ~(15UL << 32));
	assert_int_equal(cpu_idreg_mask(SYS_ID_AA64ZFR0_EL1), ~0UL);
	/* the VM's vCPUs were not given it */
	cpu_hw.sve_lengths = 1;
	vm.features = 0;
	cpu_idreg_vm_init(&vm);
	mutex_lock(&vm.base.lock);
	cpu_idreg_choose(&vm);
	mutex_unlock(&vm.base.lock);
	assert_int_equal(vmm(SYS_ID_AA64PFR0_EL1) >> 32 & 0xf, 0);
	assert_int_equal(vmm(SYS_ID_AA64ZFR0_EL1), 0);
	assert_int_equal(vmm_set(SYS_ID_AA64ZFR0_EL1, 1), -EINVAL);
	assert_int_equal(vmm_set(SYS_ID_AA64PFR0_EL1, pfr0), -EINVAL);
}

/* The ID registers tell of pointer authentication where the VM was given it, and a VMM cannot make it another. */
static void keyed_ids(void **state)
{
	const u64 pauth1 = 0xff000ff0, pauth2 = 0xff00;
	u64 isar1 = cpu_idreg_read(&vm, SYS_ID_AA64ISAR1_EL1), isar2 = cpu_idreg_read(&vm, SYS_ID_AA64ISAR2_EL1);

	(void)state;
	assert_int_equal(isar1 & pauth1, 0x11000110);
	assert_int_equal(isar2 & pauth2, 0x1100);
	vm.features = BIT(KVM_ARM_VCPU_PTRAUTH_ADDRESS) | BIT(KVM_ARM_VCPU_PTRAUTH_GENERIC);
	mutex_lock(&vm.base.lock);
	cpu_idreg_choose(&vm);
	mutex_unlock(&vm.base.lock);
	assert_int_equal(vmm(SYS_ID_AA64ISAR1_EL1), isar1);
	assert_int_equal(vmm_set(SYS_ID_AA64ISAR1_EL1, isar1 & ~1UL), 0);
	assert_int_equal(vmm_set(SYS_ID_AA64ISAR1_EL1, isar1 & ~pauth1), -EINVAL);
	assert_int_equal(vmm_set(SYS_ID_AA64ISAR2_EL1, isar2 & ~pauth2), -EINVAL);
	vm.features = 0;
	mutex_lock(&vm.base.lock);
	cpu_idreg_choose(&vm);
	mutex_unlock(&vm.base.lock);
	assert_int_equal(vmm(SYS_ID_AA64ISAR1_EL1), isar1 & ~pauth1 & ~1UL);
	assert_int_equal(vmm(SYS_ID_AA64ISAR2_EL1), isar2 & ~pauth2);
	assert_int_equal(vmm_set(SYS_ID_AA64ISAR1_EL1, isar1), -EINVAL);
	assert_int_equal(vmm_set(SYS_ID_AA64ISAR1_EL1, isar1 & ~pauth1), 0);
	assert_int_equal(cpu_idreg_mask(SYS_ID_AA64ISAR1_EL1), ~pauth1);
	assert_int_equal(cpu_idreg_mask(SYS_ID_AA64ISAR2_EL1), ~pauth2);
}

static const struct { u32 enc; unsigned int reg; bool listed; } monitors[] = {
	{ SYS_PMINTENSET_EL1, PMU_INTENSET, true }, { SYS_PMINTENCLR_EL1, PMU_INTENCLR, true },
	{ SYS_PMMIR_EL1, PMU_MMIR, false }, { SYS_PMCR_EL0, PMU_PMCR, true },
	{ SYS_PMCNTENSET_EL0, PMU_CNTENSET, true }, { SYS_PMCNTENCLR_EL0, PMU_CNTENCLR, true },
	{ SYS_PMOVSCLR_EL0, PMU_OVSCLR, true }, { SYS_PMSWINC_EL0, PMU_SWINC, true },
	{ SYS_PMSELR_EL0, PMU_SELR, true }, { SYS_PMCEID0_EL0, PMU_CEID0, false },
	{ SYS_PMCEID1_EL0, PMU_CEID1, false }, { SYS_PMCCNTR_EL0, PMU_CNTR + 31, true },
	{ SYS_PMXEVTYPER_EL0, PMU_XEVTYPER, false }, { SYS_PMXEVCNTR_EL0, PMU_XEVCNTR, false },
	{ SYS_PMUSERENR_EL0, PMU_USERENR, true }, { SYS_PMOVSSET_EL0, PMU_OVSSET, true },
	{ SYS_PMEVCNTRn_EL0(0), PMU_CNTR, true }, { SYS_PMEVCNTRn_EL0(8), PMU_CNTR + 8, true },
	{ SYS_PMEVCNTRn_EL0(30), PMU_CNTR + 30, true }, { SYS_PMEVTYPERn_EL0(0), PMU_TYPE, true },
	{ SYS_PMEVTYPERn_EL0(17), PMU_TYPE + 17, true }, { SYS_PMCCFILTR_EL0, PMU_TYPE + 31, true },
};

/* Registers of the performance monitors are theirs, each by its number, for the guest, and with the feature for the VMM. */
static void performance(void **state)
{
	unsigned int i;
	u64 val;

	for (i = 0; i < ARRAY_SIZE(monitors); i++) {
		u64 id = sysreg_to_id(monitors[i].enc);

		pmu_there = false;
		assert_false(mrs(monitors[i].enc));
		assert_false(msr(monitors[i].enc, 1));
		pmu_there = true;
		assert_true(mrs(monitors[i].enc));
		assert_int_equal(*x(), 0x9999);
		assert_true(pmu.reg == monitors[i].reg && !pmu.write);
		assert_true(msr(monitors[i].enc, 0x1234));
		assert_true(pmu.reg == monitors[i].reg && pmu.write && pmu.val == 0x1234);
		vcpu.ctx.features = 0;
		assert_int_equal(one(false, id, &val), -ENOENT);
		assert_int_equal(one(true, id, &val), -ENOENT);
		vcpu.ctx.features = BIT(KVM_ARM_VCPU_PMU_V3);
		assert_int_equal(one(false, id, &val), monitors[i].listed ? 0 : -ENOENT);
		if (!monitors[i].listed)
			continue;
		assert_int_equal(val, 0x700 + monitors[i].reg);
		val = 0x4321;
		assert_int_equal(one(true, id, &val), 0);
		assert_true(pmu.reg == monitors[i].reg && pmu.val == 0x4321);
	}
	/* 31 counters and types, PMCCNTR, PMCCFILTR, and ten more */
	i = cpu_onereg_list(&vcpu, NULL);
	vcpu.ctx.features = 0;
	assert_int_equal(i - cpu_onereg_list(&vcpu, NULL), 62 + 2 + 10);
}

/* ID_AA64DFR0_EL1 shows them to guests that have them, no newer than the machine's, and what is another kind as none. */
static void performance_shown(void **state)
{
	u64 dfr0;

	host_ids[IDFIELD_REG(5, 0)] = 0x10305506 | 5 << 8;
	cpu_idreg_init();
	cpu_idreg_vm_init(&vm);
	vm.features = 0;
	mutex_lock(&vm.base.lock);
	cpu_idreg_choose(&vm);
	mutex_unlock(&vm.base.lock);
	dfr0 = vmm(SYS_ID_AA64DFR0_EL1);
	assert_int_equal(dfr0 >> 8 & 15, 0);
	assert_int_equal(vmm_set(SYS_ID_AA64DFR0_EL1, dfr0 | 1 << 8), -EINVAL);
	cpu_idreg_vm_init(&vm);
	vm.features = BIT(KVM_ARM_VCPU_PMU_V3);
	mutex_lock(&vm.base.lock);
	cpu_idreg_choose(&vm);
	mutex_unlock(&vm.base.lock);
	assert_int_equal(vmm(SYS_ID_AA64DFR0_EL1), dfr0 | 5 << 8);
	assert_int_equal(vmm_set(SYS_ID_AA64DFR0_EL1, dfr0 | 6 << 8), -EINVAL);
	assert_int_equal(vmm_set(SYS_ID_AA64DFR0_EL1, dfr0 | 4 << 8), 0);
	assert_int_equal(vmm_set(SYS_ID_AA64DFR0_EL1, dfr0 | 15 << 8), 0);
	assert_int_equal(vmm(SYS_ID_AA64DFR0_EL1), dfr0);
	host_ids[IDFIELD_REG(5, 0)] = 0x10305f06;
	cpu_idreg_init();
	cpu_idreg_vm_init(&vm);
	assert_int_equal(vmm(SYS_ID_AA64DFR0_EL1) >> 8 & 15, 0);
	vm.features = 0;
}

/* The table is in order, and everything in it is found. */
static void table(void **state)
{
	unsigned int i;

	(void)state;
	assert_int_equal(cpu_sysreg_init(), 0);
	for (i = 0; i < sysreg_count; i++)
		assert_ptr_equal(sysreg_find(sysreg_table[i].enc), &sysreg_table[i]);
	assert_null(sysreg_find(0));
	assert_null(sysreg_find(~0U));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing), TEST(undefined), TEST(stage1_writes), TEST(fast), TEST(another_register), TEST(counter),
		TEST(sctlr), TEST(sctlr_early), TEST(side_syncs), TEST(set_way), TEST(set_way_again), TEST(tlbi), TEST(brief), TEST(icc), TEST(debug),
		TEST(breakpoints), TEST(identity), TEST(caches), TEST(fewer_caches), TEST(kept), TEST(ids),
		TEST(ids_32), TEST(nothing_of), TEST(absent), TEST(serves), TEST(core), TEST(other_groups), TEST(bad_ids),
		TEST(list), TEST(keys), TEST(vectors), TEST(vectors_shown), TEST(keyed_ids), TEST(table), TEST(performance), TEST(performance_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

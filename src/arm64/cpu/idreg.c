// SPDX-License-Identifier: GPL-2.0
/*
 * The ID registers a guest sees (HCR_EL2.TID3 traps them all): the host's
 * sanitised values, reduced to what works for a guest here. What idfield.c leaves
 * out must trap or be harmless; see cpu_guest_cptr() and cpu_reset(). What a VMM takes
 * away beyond that is not seen, and may still work for a guest that does not look.
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/nospec.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>

#include "../machine.h"
#include "../vm.h"
#include "cpu.h"
#include "hw.h"
#include "idfield.h"

/* What a new VM gets. AArch32's are 0 where some CPU has no AArch32 at EL0. */
static u64 idreg_values[CPU_IDREGS];
static_assert(CPU_IDREGS == IDFIELD_REGS);

/* The registers that have something to show; idfield.c says what. */
#define IDREG_FOR_EACH(X)		\
	X(SYS_ID_AA64PFR0_EL1)		\
	X(SYS_ID_AA64PFR1_EL1)		\
	X(SYS_ID_AA64ZFR0_EL1)		\
	X(SYS_ID_AA64DFR0_EL1)		\
	X(SYS_ID_AA64ISAR0_EL1)		\
	X(SYS_ID_AA64ISAR1_EL1)		\
	X(SYS_ID_AA64ISAR2_EL1)		\
	X(SYS_ID_AA64MMFR0_EL1)		\
	X(SYS_ID_AA64MMFR1_EL1)		\
	X(SYS_ID_AA64MMFR2_EL1)

/*
 * Those of AArch32: the host's as they stand, but for what has no counterpart here. They tell
 * EL0 what it may do; the rest is of an EL1 that guests have in AArch64 alone.
 */
#define IDREG_FOR_EACH_32(X)		\
	X(SYS_ID_PFR0_EL1)		\
	X(SYS_ID_PFR1_EL1)		\
	X(SYS_ID_DFR0_EL1)		\
	X(SYS_ID_MMFR0_EL1)		\
	X(SYS_ID_MMFR1_EL1)		\
	X(SYS_ID_MMFR2_EL1)		\
	X(SYS_ID_MMFR3_EL1)		\
	X(SYS_ID_ISAR0_EL1)		\
	X(SYS_ID_ISAR1_EL1)		\
	X(SYS_ID_ISAR2_EL1)		\
	X(SYS_ID_ISAR3_EL1)		\
	X(SYS_ID_ISAR4_EL1)		\
	X(SYS_ID_ISAR5_EL1)		\
	X(SYS_ID_MMFR4_EL1)		\
	X(SYS_ID_ISAR6_EL1)		\
	X(SYS_MVFR0_EL1)		\
	X(SYS_MVFR1_EL1)		\
	X(SYS_MVFR2_EL1)		\
	X(SYS_ID_PFR2_EL1)		\
	X(SYS_ID_MMFR5_EL1)

static noinstr unsigned int idreg_index(u32 enc)
{
	return (sys_reg_CRm(enc) - 1) * 8 + sys_reg_Op2(enc);
}

noinstr bool cpu_idreg_is(u32 enc)
{
	return sys_reg_Op0(enc) == 3 && sys_reg_Op1(enc) == 0 &&
	       sys_reg_CRn(enc) == 0 && sys_reg_CRm(enc) >= 1 &&
	       sys_reg_CRm(enc) <= 7;
}

noinstr u64 cpu_idreg_read(const struct arm_vm *vm, u32 enc)
{
	return vm->idregs.val[array_index_nospec(idreg_index(enc), CPU_IDREGS)];
}

/* CCSIDR_EL1.LineSize of the smallest line that CTR_EL0 names: both are logarithms, of words and of 16 bytes. */
static u32 idreg_min_line(u64 csselr)
{
	u64 ctr = machine_guest_ctr(&machine);
	u32 words = csselr & 1 ? SYS_FIELD_GET(CTR_EL0, IminLine, ctr) :
				 SYS_FIELD_GET(CTR_EL0, DminLine, ctr);

	return words > 2 ? words - 2 : 0;
}

/* The machine's own. Where it has no cache: a single line, as the kernel's KVM says of all. */
static u32 idreg_own_ccsidr(u64 csselr)
{
	return machine.first.ccsidr[csselr] ? machine_guest_ccsidr(&machine, csselr) :
					      idreg_min_line(csselr);
}

void cpu_idreg_vm_init(struct arm_vm *vm)
{
	unsigned int i;

	memcpy(vm->idregs.val, idreg_values, sizeof(vm->idregs.val));
	vm->idregs.ctr = machine_guest_ctr(&machine);
	vm->idregs.clidr = machine.first.clidr;
	for (i = 0; i < MACHINE_CACHES; i++)
		vm->idregs.ccsidr[i] = idreg_own_ccsidr(i);
}

/* Of what the VM's vCPUs were not given. */
static u64 idreg_hidden(const struct arm_vm *vm, unsigned int i)
{
	if (i == idreg_index(SYS_ID_DFR0_EL1) && !(vm->features & BIT(KVM_ARM_VCPU_PMU_V3)))
		return ID_DFR0_EL1_PerfMon_MASK;
	return idfield_hidden(i, vm->features);
}

void cpu_idreg_choose(struct arm_vm *vm)
{
	unsigned int i;

	lockdep_assert_held(&vm->base.lock);
	for (i = 0; i < CPU_IDREGS; i++)
		vm->idregs.val[i] &= ~idreg_hidden(vm, i);
}

void cpu_idreg_settle(struct arm_vm *vm)
{
	u64 *val = vm->idregs.val;

	lockdep_assert_held(&vm->base.lock);
	if (gic_exists(vm))
		return;
	val[idreg_index(SYS_ID_AA64PFR0_EL1)] &= ~ID_AA64PFR0_EL1_GIC_MASK;
	val[idreg_index(SYS_ID_PFR1_EL1)] &= ~ID_PFR1_EL1_GIC_MASK;
}

/*
 * Registers of AArch32 by index: all of CRm 1 to 3 that have a name. Without AArch32 they are 0,
 * and stay so whatever is written: VMMs restore what some other machine had in them. The rest has
 * to be 0: ID_AFR0_EL1, which is the implementation's own, ID_DFR1_EL1, and what has no name.
 */
static bool idreg_is_ignored(unsigned int i)
{
	return !cpu_hw.has_aarch32 && i < 24 && i != IDFIELD_REG(1, 3) && i != IDFIELD_REG(3, 3) &&
	       i != IDFIELD_REG(3, 5) && i != IDFIELD_REG(3, 7);
}

int cpu_idreg_set(struct arm_vm *vm, u32 enc, u64 val)
{
	unsigned int i = array_index_nospec(idreg_index(enc), CPU_IDREGS);
	int ret = 0;

	/* performance monitors of another kind are none */
	if (enc == SYS_ID_AA64DFR0_EL1 &&
	    SYS_FIELD_GET(ID_AA64DFR0_EL1, PMUVer, val) == ID_AA64DFR0_EL1_PMUVer_IMP_DEF)
		val &= ~ID_AA64DFR0_EL1_PMUVer_MASK;

	mutex_lock(&vm->base.lock);
	if (val == vm->idregs.val[i] || idreg_is_ignored(i))
		;
	else if (vm->base.ran_once)
		ret = -EBUSY;
	else if (!idfield_may_be(i, idreg_values[i] & ~idreg_hidden(vm, i), val))
		ret = -EINVAL;
	else
		vm->idregs.val[i] = val;
	mutex_unlock(&vm->base.lock);
	return ret;
}

/* CTR_EL0: each of its fields that a VMM may lower. The rest is the same on all machines here. */
#define IDREG_CTR_LOWER	(CTR_EL0_DIC_MASK | CTR_EL0_IDC_MASK | CTR_EL0_DminLine_MASK | \
			 CTR_EL0_IminLine_MASK)
#define IDREG_CLIDR_RES0	GENMASK_ULL(63, 47)
#define IDREG_CLIDR_LOUIS	GENMASK_ULL(23, 21)
#define IDREG_CLIDR_LOC		GENMASK_ULL(26, 24)
#define IDREG_CLIDR_LOUU	GENMASK_ULL(29, 27)

/* Levels say, too, that data need not be cleaned to the PoU. */
static bool idreg_is_idc(u64 ctr, u64 clidr)
{
	return ctr & CTR_EL0_IDC_MASK || !(clidr & IDREG_CLIDR_LOC) ||
	       !(clidr & (IDREG_CLIDR_LOUIS | IDREG_CLIDR_LOUU));
}

static bool idreg_ctr_may_be(u64 val)
{
	u64 host = machine_guest_ctr(&machine);

	/* a VMM may have read it from levels */
	if (idreg_is_idc(host, machine.first.clidr))
		host |= CTR_EL0_IDC_MASK;
	return !((val ^ host) & ~(u64)IDREG_CTR_LOWER) &&
	       !(val & ~host & (CTR_EL0_DIC_MASK | CTR_EL0_IDC_MASK)) &&
	       (val & CTR_EL0_DminLine_MASK) <= (host & CTR_EL0_DminLine_MASK) &&
	       (val & CTR_EL0_IminLine_MASK) <= (host & CTR_EL0_IminLine_MASK);
}

/* Not that, where the hardware needs it. */
static bool idreg_clidr_may_be(u64 val)
{
	return !(val & IDREG_CLIDR_RES0) &&
	       (!idreg_is_idc(0, val) ||
		idreg_is_idc(machine_guest_ctr(&machine), machine.first.clidr));
}

int cpu_idreg_set_caches(struct arm_vm *vm, u32 enc, u64 val)
{
	bool is_ctr = enc == SYS_CTR_EL0;
	u64 *reg = is_ctr ? &vm->idregs.ctr : &vm->idregs.clidr;
	int ret = 0;

	mutex_lock(&vm->base.lock);
	if (val == *reg)
		;
	else if (vm->base.ran_once)
		ret = -EBUSY;
	else if (is_ctr ? !idreg_ctr_may_be(val) : !idreg_clidr_may_be(val))
		ret = -EINVAL;
	else
		*reg = val;
	/* guests read the hardware's unless these trap */
	if (vm->idregs.ctr != machine_guest_ctr(&machine) || vm->idregs.clidr != machine.first.clidr)
		vm->idregs.trap_caches = true;
	mutex_unlock(&vm->base.lock);
	return ret;
}

u32 cpu_idreg_ccsidr(const struct arm_vm *vm, u64 csselr)
{
	if (csselr >= MACHINE_CACHES)
		return 0;
	return vm->idregs.ccsidr[array_index_nospec(csselr, MACHINE_CACHES)];
}

int cpu_idreg_set_ccsidr(struct arm_vm *vm, u64 csselr, u32 val)
{
	u32 *reg = &vm->idregs.ccsidr[array_index_nospec(csselr, MACHINE_CACHES)];
	int ret = 0;

	mutex_lock(&vm->base.lock);
	if (val == *reg)
		;
	else if (vm->base.ran_once)
		ret = -EBUSY;
	else if ((val & CCSIDR_EL1_LineSize_MASK) < idreg_min_line(csselr))
		ret = -EINVAL;
	else
		*reg = val;
	if (*reg != idreg_own_ccsidr(csselr))
		vm->idregs.trap_caches = true;
	mutex_unlock(&vm->base.lock);
	return ret;
}

u64 cpu_idreg_mask(u32 enc)
{
	if (enc == SYS_CTR_EL0)
		return IDREG_CTR_LOWER;
	if (enc == SYS_CLIDR_EL1)
		return ~IDREG_CLIDR_RES0;
	/* of each field whatever says no more than is promised */
	return cpu_idreg_is(enc) && (sys_reg_CRm(enc) >= 4 || cpu_hw.has_aarch32) ?
	       ~idfield_exact(idreg_index(enc)) : 0;
}

#define IDREG_ENC(enc)	enc,
#define IDREG_OWN(enc)	read_sysreg_s(enc),

static const u32 idreg_encs[] = { IDREG_FOR_EACH(IDREG_ENC) };
static const u32 idreg_encs_32[] = { IDREG_FOR_EACH_32(IDREG_ENC) };

/* Nothing of what traces. */
#define IDREG_DFR0_HIDDEN	(ID_DFR0_EL1_TraceFilt_MASK | ID_DFR0_EL1_CopTrc_MASK)

static void idreg_init_32(void)
{
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(idreg_encs_32); n++)
		idreg_values[idreg_index(idreg_encs_32[n])] =
				read_sanitised_ftr_reg(idreg_encs_32[n]);
	idreg_values[idreg_index(SYS_ID_DFR0_EL1)] &= ~(u64)IDREG_DFR0_HIDDEN;
}

void cpu_idreg_init(void)
{
	unsigned int n, i;

	for (n = 0; n < ARRAY_SIZE(idreg_encs); n++) {
		i = idreg_index(idreg_encs[n]);
		idreg_values[i] = idfield_guest(i, read_sanitised_ftr_reg(idreg_encs[n]),
						machine.errata);
	}
	if (!cpu_hw.sve_lengths) {
		idreg_values[idreg_index(SYS_ID_AA64PFR0_EL1)] &= ~ID_AA64PFR0_EL1_SVE_MASK;
		idreg_values[idreg_index(SYS_ID_AA64ZFR0_EL1)] = 0;
	}
	if (cpu_hw.has_aarch32)
		idreg_init_32();
}

static bool idreg_serves_32(void)
{
	const u64 own[] = { IDREG_FOR_EACH_32(IDREG_OWN) };
	unsigned int n, i;

	for (n = 0; n < ARRAY_SIZE(idreg_encs_32); n++) {
		i = idreg_index(idreg_encs_32[n]);
		if (!idfield_may_be(i, own[n], idreg_values[i]))
			return false;
	}
	return true;
}

bool cpu_idreg_serves(void)
{
	const u64 own[] = { IDREG_FOR_EACH(IDREG_OWN) };
	unsigned int n, i;

	for (n = 0; n < ARRAY_SIZE(idreg_encs); n++) {
		i = idreg_index(idreg_encs[n]);
		if (!idfield_serves(i, idreg_values[i], own[n]))
			return false;
	}
	return !cpu_hw.has_aarch32 || idreg_serves_32();
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The ID registers a guest sees (HCR_EL2.TID3 traps them all): the host's
 * sanitised values, reduced to what works for a guest here. What is left out
 * here must trap or be harmless; see cpu_guest_cptr() and cpu_reset().
 */
#include <linux/kernel.h>
#include <linux/nospec.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>

#include "../vm.h"
#include "cpu.h"

/* What a new VM gets. AArch32's are 0: no AArch32 for guests. */
static u64 idreg_values[CPU_IDREGS];

/**
 * struct idreg - what of one register a guest sees
 * @enc: sys_reg() encoding
 * @pass: fields taken from the host as they are
 * @fixed: fields with a value of ours
 */
struct idreg {
	u32 enc;
	u64 pass;
	u64 fixed;
};

#define F(reg, field)		reg##_##field##_MASK
#define V(reg, field, val)	((u64)(val) << reg##_##field##_SHIFT)

static const struct idreg idreg_table[] = {
	{ SYS_ID_AA64PFR0_EL1,
	  F(ID_AA64PFR0_EL1, EL3) | F(ID_AA64PFR0_EL1, FP) |
	  F(ID_AA64PFR0_EL1, AdvSIMD) | F(ID_AA64PFR0_EL1, DIT) |
	  F(ID_AA64PFR0_EL1, CSV3),
	  /* EL0 and EL1 in AArch64 only; no EL2; GICv3 */
	  V(ID_AA64PFR0_EL1, EL0, 1) | V(ID_AA64PFR0_EL1, EL1, 1) |
	  V(ID_AA64PFR0_EL1, GIC, 1) },
	{ SYS_ID_AA64PFR1_EL1,
	  F(ID_AA64PFR1_EL1, BT) | F(ID_AA64PFR1_EL1, SSBS), 0 },
	{ SYS_ID_AA64DFR0_EL1,
	  F(ID_AA64DFR0_EL1, BRPs) | F(ID_AA64DFR0_EL1, WRPs) |
	  F(ID_AA64DFR0_EL1, CTX_CMPs),
	  V(ID_AA64DFR0_EL1, DoubleLock, 0xf) },
	{ SYS_ID_AA64ISAR0_EL1,
	  ~F(ID_AA64ISAR0_EL1, TME), 0 },
	{ SYS_ID_AA64ISAR1_EL1,
	  F(ID_AA64ISAR1_EL1, I8MM) | F(ID_AA64ISAR1_EL1, DGH) |
	  F(ID_AA64ISAR1_EL1, BF16) | F(ID_AA64ISAR1_EL1, SPECRES) |
	  F(ID_AA64ISAR1_EL1, SB) | F(ID_AA64ISAR1_EL1, FRINTTS) |
	  F(ID_AA64ISAR1_EL1, LRCPC) | F(ID_AA64ISAR1_EL1, FCMA) |
	  F(ID_AA64ISAR1_EL1, JSCVT) | F(ID_AA64ISAR1_EL1, DPB), 0 },
	{ SYS_ID_AA64ISAR2_EL1,
	  F(ID_AA64ISAR2_EL1, RPRES) | F(ID_AA64ISAR2_EL1, CSSC) |
	  F(ID_AA64ISAR2_EL1, BC) | F(ID_AA64ISAR2_EL1, CLRBHB), 0 },
	{ SYS_ID_AA64MMFR0_EL1,
	  F(ID_AA64MMFR0_EL1, ASIDBITS) | F(ID_AA64MMFR0_EL1, BIGEND) |
	  F(ID_AA64MMFR0_EL1, BIGENDEL0) | F(ID_AA64MMFR0_EL1, TGRAN4) |
	  F(ID_AA64MMFR0_EL1, TGRAN16) | F(ID_AA64MMFR0_EL1, TGRAN64), 0 },
	{ SYS_ID_AA64MMFR1_EL1,
	  F(ID_AA64MMFR1_EL1, HAFDBS) | F(ID_AA64MMFR1_EL1, HPDS) |
	  F(ID_AA64MMFR1_EL1, PAN) | F(ID_AA64MMFR1_EL1, ETS) |
	  F(ID_AA64MMFR1_EL1, nTLBPA) | F(ID_AA64MMFR1_EL1, ECBHB), 0 },
	{ SYS_ID_AA64MMFR2_EL1,
	  F(ID_AA64MMFR2_EL1, CnP) | F(ID_AA64MMFR2_EL1, UAO) |
	  F(ID_AA64MMFR2_EL1, LSM) | F(ID_AA64MMFR2_EL1, VARange) |
	  F(ID_AA64MMFR2_EL1, ST) | F(ID_AA64MMFR2_EL1, AT) |
	  F(ID_AA64MMFR2_EL1, IDS) | F(ID_AA64MMFR2_EL1, TTL) |
	  F(ID_AA64MMFR2_EL1, BBM) | F(ID_AA64MMFR2_EL1, E0PD), 0 },
};

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

noinstr u64 cpu_idreg_read(const struct vm *vm, u32 enc)
{
	return vm->idregs.val[array_index_nospec(idreg_index(enc), CPU_IDREGS)];
}

void cpu_idreg_vm_init(struct vm *vm)
{
	memcpy(vm->idregs.val, idreg_values, sizeof(vm->idregs.val));
}

void cpu_idreg_settle(struct vm *vm)
{
	u64 *pfr0 = &vm->idregs.val[idreg_index(SYS_ID_AA64PFR0_EL1)];

	lockdep_assert_held(&vm->lock);
	if (!gic_exists(vm))
		*pfr0 &= ~ID_AA64PFR0_EL1_GIC_MASK;
}

/* Bits of a register that a VMM may change; each to what this machine has, or to 0. */
static u64 idreg_writable(u32 enc)
{
	return enc == SYS_ID_AA64PFR0_EL1 ? ID_AA64PFR0_EL1_GIC_MASK : 0;
}

int cpu_idreg_set(struct vm *vm, u32 enc, u64 val)
{
	unsigned int i = array_index_nospec(idreg_index(enc), CPU_IDREGS);
	u64 mask = idreg_writable(enc);
	int ret = 0;

	mutex_lock(&vm->lock);
	if (val == vm->idregs.val[i])
		;
	else if (vm->ran_once)
		ret = -EBUSY;
	else if ((val ^ idreg_values[i]) & ~mask ||
		 (val & mask && (val ^ idreg_values[i]) & mask))
		ret = -EINVAL;
	else
		vm->idregs.val[i] = val;
	mutex_unlock(&vm->lock);
	return ret;
}

/* A field no larger than what is supported here. */
static u64 idreg_cap(u64 host, u64 mask, u64 max)
{
	u64 val = (host & mask) >> __ffs(mask);

	return min(val, max) << __ffs(mask);
}

void cpu_idreg_init(void)
{
	unsigned int i;
	u64 host;

	for (i = 0; i < ARRAY_SIZE(idreg_table); i++) {
		const struct idreg *r = &idreg_table[i];

		host = read_sanitised_ftr_reg(r->enc);
		idreg_values[idreg_index(r->enc)] = (host & r->pass) | r->fixed;
	}

	/* CSV2_2 would need SCXTNUM_EL1, which traps */
	host = read_sanitised_ftr_reg(SYS_ID_AA64PFR0_EL1);
	idreg_values[idreg_index(SYS_ID_AA64PFR0_EL1)] |=
		idreg_cap(host, ID_AA64PFR0_EL1_CSV2_MASK, 1);
	host = read_sanitised_ftr_reg(SYS_ID_AA64DFR0_EL1);
	idreg_values[idreg_index(SYS_ID_AA64DFR0_EL1)] |=
		idreg_cap(host, ID_AA64DFR0_EL1_DebugVer_MASK,
			  ID_AA64DFR0_EL1_DebugVer_V8P2);
	host = read_sanitised_ftr_reg(SYS_ID_AA64MMFR0_EL1);
	idreg_values[idreg_index(SYS_ID_AA64MMFR0_EL1)] |=
		idreg_cap(host, ID_AA64MMFR0_EL1_PARANGE_MASK,
			  ID_AA64MMFR0_EL1_PARANGE_48);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_GET_ONE_REG, KVM_SET_ONE_REG, KVM_GET_REG_LIST (KVM API 4.68, 4.69, 4.84)
 */
#include <linux/kvm.h>
#include <linux/nospec.h>
#include <linux/uaccess.h>
#include <asm/sysreg.h>

#include "../firmware/firmware.h"
#include "../machine.h"
#include "../vm.h"
#include "cpu.h"
#include "hw.h"
#include "sve.h"
#include "syndrome.h"
#include "sysreg.h"

#define CORE_OFFSET(x)	(offsetof(struct kvm_regs, x) / sizeof(u32))

static unsigned int onereg_bytes(u64 id)
{
	return 1U << ((id & KVM_REG_SIZE_MASK) >> KVM_REG_SIZE_SHIFT);
}

static int onereg_to_user(const struct kvm_one_reg *reg, const void *val)
{
	if (copy_to_user(u64_to_user_ptr(reg->addr), val, onereg_bytes(reg->id)))
		return -EFAULT;
	return 0;
}

static int onereg_from_user(const struct kvm_one_reg *reg, void *val)
{
	if (copy_from_user(val, u64_to_user_ptr(reg->addr), onereg_bytes(reg->id)))
		return -EFAULT;
	return 0;
}

static bool core_has_sve(const struct arm_vcpu *vcpu)
{
	return vcpu->ctx.features & BIT(KVM_ARM_VCPU_SVE);
}

/* Where the core register at @off of struct kvm_regs lives, and how large it is; NULL: none. */
static void *core_reg(struct arm_vcpu *vcpu, u64 off, unsigned int *bytes)
{
	struct cpu_ctx *ctx = &vcpu->ctx;
	u64 n;

	*bytes = sizeof(u64);
	if (off < CORE_OFFSET(sp_el1)) {
		if (off % 2)
			return NULL;
		n = array_index_nospec(off / 2, sizeof(ctx->regs) / sizeof(u64));
		return (u64 *)&ctx->regs + n;
	}
	if (off == CORE_OFFSET(sp_el1))
		return &ctx->sys[CPU_SP_EL1];
	if (off == CORE_OFFSET(elr_el1))
		return &ctx->sys[CPU_ELR_EL1];
	if (off == CORE_OFFSET(spsr[0]))
		return &ctx->sys[CPU_SPSR_EL1];
	if (off > CORE_OFFSET(spsr[0]) && off < CORE_OFFSET(fp_regs)) {
		n = off - CORE_OFFSET(spsr[1]);
		if (n % 2 || n / 2 >= ARRAY_SIZE(ctx->spsr32))
			return NULL;
		return &ctx->spsr32[array_index_nospec(n / 2, ARRAY_SIZE(ctx->spsr32))];
	}
	if (off >= CORE_OFFSET(fp_regs.vregs[0]) && off < CORE_OFFSET(fp_regs.fpsr)) {
		n = off - CORE_OFFSET(fp_regs.vregs[0]);
		if (n % 4)
			return NULL;
		*bytes = sizeof(__uint128_t);
		return &ctx->fp.vregs[array_index_nospec(n / 4, 32)];
	}
	*bytes = sizeof(u32);
	if (off == CORE_OFFSET(fp_regs.fpsr))
		return &ctx->fp.fpsr;
	if (off == CORE_OFFSET(fp_regs.fpcr))
		return &ctx->fp.fpcr;
	return NULL;
}

/* An id that leads into struct kvm_regs, but not to a register of that size: -EINVAL. */
static int core_find(struct arm_vcpu *vcpu, u64 id, void **p)
{
	u64 off = id & ~(KVM_REG_ARCH_MASK | KVM_REG_SIZE_MASK | KVM_REG_ARM_CORE);
	unsigned int bytes;

	if (off >= sizeof(struct kvm_regs) / sizeof(u32))
		return -ENOENT;
	*p = core_reg(vcpu, off, &bytes);
	/* V registers are the low ends of Z, and only these are there with SVE */
	if (bytes == sizeof(__uint128_t) && core_has_sve(vcpu))
		return -EINVAL;
	return *p && onereg_bytes(id) == bytes ? 0 : -EINVAL;
}

static int core_get(struct arm_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	void *p;
	int ret = core_find(vcpu, reg->id, &p);

	return ret ? ret : onereg_to_user(reg, p);
}

static int core_set(struct arm_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	__uint128_t val = 0;
	void *p;
	int ret = core_find(vcpu, reg->id, &p);

	if (ret)
		return ret;
	ret = onereg_from_user(reg, &val);
	if (ret)
		return ret;
	if (p == &vcpu->ctx.regs.pstate && !syn_can_run(val, cpu_hw.has_aarch32))
		return -EINVAL;
	memcpy(p, &val, onereg_bytes(reg->id));
	return 0;
}

/* Core registers in the order of struct kvm_regs; their ids into @out, which may be NULL. */
static unsigned long core_list(const struct arm_vcpu *vcpu, u64 *out)
{
	const u64 base = KVM_REG_ARM64 | KVM_REG_ARM_CORE;
	unsigned long n = 0;
	u64 off;

	/* fp_regs is aligned: there is a hole before it */
	for (off = 0; off < CORE_OFFSET(spsr[KVM_NR_SPSR]); off += 2, n++)
		if (out)
			out[n] = base | KVM_REG_SIZE_U64 | off;
	for (off = CORE_OFFSET(fp_regs.vregs[0]);
	     !core_has_sve(vcpu) && off < CORE_OFFSET(fp_regs.fpsr); off += 4, n++)
		if (out)
			out[n] = base | KVM_REG_SIZE_U128 | off;
	if (out) {
		out[n] = base | KVM_REG_SIZE_U32 | CORE_OFFSET(fp_regs.fpsr);
		out[n + 1] = base | KVM_REG_SIZE_U32 | CORE_OFFSET(fp_regs.fpcr);
	}
	return n + 2;
}

static const struct {
	u64 id;
	enum timer_kind kind;
	enum timer_reg reg;
} timer_regs[] = {
	{ KVM_REG_ARM_TIMER_CTL, TIMER_VIRT, TIMER_CTL },
	{ KVM_REG_ARM_TIMER_CNT, TIMER_VIRT, TIMER_CNT },
	{ KVM_REG_ARM_TIMER_CVAL, TIMER_VIRT, TIMER_CVAL },
	{ KVM_REG_ARM_PTIMER_CTL, TIMER_PHYS, TIMER_CTL },
	{ KVM_REG_ARM_PTIMER_CNT, TIMER_PHYS, TIMER_CNT },
	{ KVM_REG_ARM_PTIMER_CVAL, TIMER_PHYS, TIMER_CVAL },
};

static bool timer_is_reg(u64 id)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(timer_regs); i++)
		if (timer_regs[i].id == id)
			return true;
	return false;
}

static bool timer_one_reg(struct arm_vcpu *vcpu, u64 id, u64 *val, bool is_set)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(timer_regs); i++) {
		if (timer_regs[i].id != id)
			continue;
		if (is_set)
			timer_set_reg(vcpu, timer_regs[i].kind, timer_regs[i].reg, *val);
		else
			*val = timer_get_reg(vcpu, timer_regs[i].kind, timer_regs[i].reg);
		return true;
	}
	return false;
}

static u64 sysreg_to_id(u32 enc)
{
	return KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM64_SYSREG |
	       ARM64_SYS_REG_SHIFT_MASK(sys_reg_Op0(enc), OP0) |
	       ARM64_SYS_REG_SHIFT_MASK(sys_reg_Op1(enc), OP1) |
	       ARM64_SYS_REG_SHIFT_MASK(sys_reg_CRn(enc), CRN) |
	       ARM64_SYS_REG_SHIFT_MASK(sys_reg_CRm(enc), CRM) |
	       ARM64_SYS_REG_SHIFT_MASK(sys_reg_Op2(enc), OP2);
}

#define ID_FIELD(id, F) \
	(((id) & KVM_REG_ARM64_SYSREG_##F##_MASK) >> KVM_REG_ARM64_SYSREG_##F##_SHIFT)

static u32 id_to_sysreg(u64 id)
{
	return sys_reg(ID_FIELD(id, OP0), ID_FIELD(id, OP1), ID_FIELD(id, CRN),
		       ID_FIELD(id, CRM), ID_FIELD(id, OP2));
}

static int sys_one_reg(struct arm_vcpu *vcpu, const struct kvm_one_reg *reg, bool is_set)
{
	u32 enc = id_to_sysreg(reg->id);
	const struct sysreg *r = NULL;
	bool is_id = cpu_idreg_is(enc);
	u64 val = 0;
	int ret;

	/* the size is part of the id, and so are the bits that no field of it has */
	if (reg->id != sysreg_to_id(enc))
		return -ENOENT;
	if (!is_id) {
		r = sysreg_find(enc);
		if (!r || !sysreg_is_listed(vcpu, r))
			return -ENOENT;
	}
	if (!is_set) {
		val = is_id ? cpu_idreg_read(vcpu->vm, enc) : sysreg_get(vcpu, r);
		return onereg_to_user(reg, &val);
	}
	ret = onereg_from_user(reg, &val);
	if (ret)
		return ret;
	if (is_id)
		return cpu_idreg_set(vcpu->vm, enc, val);
	return sysreg_set(vcpu, r, val);
}

/* CCSIDR_EL1 by CSSELR_EL1 */
static u64 demux_to_id(u64 csselr)
{
	return KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_DEMUX |
	       KVM_REG_ARM_DEMUX_ID_CCSIDR | csselr;
}

static int demux_one_reg(struct arm_vcpu *vcpu, const struct kvm_one_reg *reg, bool is_set)
{
	u64 csselr = reg->id & KVM_REG_ARM_DEMUX_VAL_MASK;
	u32 val;

	if (reg->id != demux_to_id(csselr) || csselr >= MACHINE_CACHES)
		return -ENOENT;
	val = cpu_idreg_ccsidr(vcpu->vm, csselr);
	if (!is_set)
		return onereg_to_user(reg, &val);
	if (onereg_from_user(reg, &val))
		return -EFAULT;
	return cpu_idreg_set_ccsidr(vcpu->vm, csselr, val);
}

static int u64_one_reg(struct arm_vcpu *vcpu, const struct kvm_one_reg *reg, bool is_set)
{
	u64 val = 0;
	int ret;

	if (onereg_bytes(reg->id) != sizeof(u64))
		return -ENOENT;
	if (is_set) {
		ret = onereg_from_user(reg, &val);
		if (ret)
			return ret;
	}
	if (timer_one_reg(vcpu, reg->id, &val, is_set))
		return is_set ? 0 : onereg_to_user(reg, &val);
	ret = is_set ? firmware_set_reg(vcpu, reg->id, val) :
		       firmware_get_reg(vcpu, reg->id, &val);
	if (ret || is_set)
		return ret;
	return onereg_to_user(reg, &val);
}

/* Bits of an id above its group and index, but for the size */
#define ONEREG_UPPER	(GENMASK_ULL(63, 32) & ~KVM_REG_SIZE_MASK)

static int onereg(struct arm_vcpu *vcpu, const struct kvm_one_reg *reg, bool is_set)
{
	if ((reg->id & ONEREG_UPPER) != KVM_REG_ARM64)
		return -EINVAL;
	if ((reg->id & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM64_SVE)
		return is_set ? sve_set(vcpu, reg) : sve_get(vcpu, reg);
	if (onereg_bytes(reg->id) > sizeof(__uint128_t))
		return -EINVAL;
	switch (reg->id & KVM_REG_ARM_COPROC_MASK) {
	case KVM_REG_ARM_CORE:
		return is_set ? core_set(vcpu, reg) : core_get(vcpu, reg);
	case KVM_REG_ARM_DEMUX:
		return demux_one_reg(vcpu, reg, is_set);
	case KVM_REG_ARM_FW:
	case KVM_REG_ARM_FW_FEAT_BMAP:
		return u64_one_reg(vcpu, reg, is_set);
	case KVM_REG_ARM64_SYSREG:
		if (timer_is_reg(reg->id))
			return u64_one_reg(vcpu, reg, is_set);
		return sys_one_reg(vcpu, reg, is_set);
	default:
		return -ENOENT;
	}
}

int cpu_onereg_get(struct arm_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	lockdep_assert_held(&vcpu->base.mutex);
	return onereg(vcpu, reg, false);
}

int cpu_onereg_set(struct arm_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	lockdep_assert_held(&vcpu->base.mutex);
	return onereg(vcpu, reg, true);
}

static unsigned long sysreg_list(const struct arm_vcpu *vcpu, u64 *out)
{
	unsigned long n = 0;
	unsigned int i;

	for (i = 0; i < sysreg_count; i++)
		if (sysreg_is_listed(vcpu, &sysreg_table[i])) {
			if (out)
				out[n] = sysreg_to_id(sysreg_table[i].enc);
			n++;
		}
	for (i = 8; i < 64; i++, n++)
		if (out)
			out[n] = sysreg_to_id(sys_reg(3, 0, 0, i / 8, i % 8));
	for (i = 0; i < ARRAY_SIZE(timer_regs); i++, n++)
		if (out)
			out[n] = timer_regs[i].id;
	for (i = 0; i < MACHINE_CACHES; i++, n++)
		if (out)
			out[n] = demux_to_id(i);
	return n;
}

unsigned long cpu_onereg_list(const struct arm_vcpu *vcpu, u64 *out)
{
	unsigned long n = core_list(vcpu, out);

	n += sve_list(vcpu, out ? out + n : NULL);
	n += sysreg_list(vcpu, out ? out + n : NULL);
	n += firmware_list_regs(out ? out + n : NULL);
	return n;
}

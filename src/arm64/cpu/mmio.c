// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses that stage 2 does not map: the registers of the GIC and of ITSs, ioeventfds and
 * coalesced writes are served here, the rest is the VMM's (KVM_EXIT_MMIO).
 */
#include <linux/kvm.h>
#include <linux/string.h>
#include <asm/esr.h>

#include "../../vm/coalesced.h"
#include "../../vm/ioeventfd.h"
#include "../trace.h"
#include "../vm.h"
#include "cpu.h"
#include "look.h"
#include "s1walk.h"

static u64 mmio_to_guest(const struct cpu_mmio *mmio, u64 val)
{
	unsigned int shift = 64 - 8 * mmio->len;

	if (mmio->sign_extend && shift)
		val = (u64)((s64)(val << shift) >> shift);
	else if (shift)
		val &= GENMASK_ULL(8 * mmio->len - 1, 0);
	return mmio->is_64 ? val : (u32)val;
}

static bool mmio_is_big_endian(struct arm_vcpu *vcpu)
{
	u64 pstate = vcpu->ctx.regs.pstate;
	u64 sctlr;

	if (pstate & PSR_MODE32_BIT)
		return pstate & PSR_AA32_E_BIT;
	sctlr = cpu_sys_read(vcpu, CPU_SCTLR_EL1);
	if ((pstate & PSR_MODE_MASK) == PSR_MODE_EL0t)
		return sctlr & SCTLR_EL1_E0E;
	return sctlr & SCTLR_ELx_EE;
}

/* Between a register's value and the bytes on the bus, either way. */
static u64 mmio_swap(struct arm_vcpu *vcpu, u64 val, unsigned int len)
{
	if (!mmio_is_big_endian(vcpu))
		return val;
	switch (len) {
	case 2:
		return swab16(val);
	case 4:
		return swab32(val);
	case 8:
		return swab64(val);
	default:
		return val;
	}
}

static void mmio_complete(struct arm_vcpu *vcpu, const struct cpu_mmio *mmio, u64 data)
{
	if (!mmio->is_write)
		cpu_set_x(vcpu, mmio->rt, mmio_to_guest(mmio,
				mmio_swap(vcpu, data, mmio->len)));
	cpu_skip_instr(vcpu);
}

void cpu_mmio_finish(struct arm_vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;
	u64 data = 0;

	if (!(ctx->flags & CPU_MMIO_PENDING))
		return;
	ctx->flags &= ~CPU_MMIO_PENDING;
	memcpy(&data, vcpu->base.run->mmio.data, ctx->mmio.len);
	mmio_complete(vcpu, &ctx->mmio, data);
}

static int mmio_to_vmm(struct arm_vcpu *vcpu, const struct cpu_mmio *mmio, u64 ipa,
		       u64 data)
{
	struct kvm_run *run = vcpu->base.run;

	run->exit_reason = KVM_EXIT_MMIO;
	run->mmio.phys_addr = ipa;
	run->mmio.len = mmio->len;
	run->mmio.is_write = mmio->is_write;
	memset(run->mmio.data, 0, sizeof(run->mmio.data));
	if (mmio->is_write)
		memcpy(run->mmio.data, &data, mmio->len);
	vcpu->ctx.mmio = *mmio;
	vcpu->ctx.flags |= CPU_MMIO_PENDING;
	return VCPU_TO_USER;
}

/* The instruction at PC by the guest's own tables; 0 where it cannot be read. */
static u32 mmio_insn(struct arm_vcpu *vcpu)
{
	struct gmem *gm = &vcpu->vm->mmu.gmem;
	struct s1_result res;
	struct cpu_look look;
	__le32 insn;

	cpu_look_own(vcpu, &look);
	s1_walk(gm, &look.s1, look.pc, &res);
	if (res.fault || gmem_read_elems(gm, res.ipa, &insn, sizeof(insn), 1) != 1)
		return 0;
	return le32_to_cpu(insn);
}

/*
 * No syndrome to emulate from (KVM API 5, KVM_EXIT_ARM_NISV). The address is known all the
 * same: HPFAR_EL2 has it, or for a permission fault the AT instruction right after
 * the exit. The instruction is only shown: decoding it is the VMM's to do.
 */
static int mmio_undecoded(struct arm_vcpu *vcpu, u64 ipa)
{
	struct kvm_run *run = vcpu->base.run;

	if (trace_tabula_mmio_nisv_enabled()) {
		cpu_fp_save(vcpu);
		trace_tabula_mmio_nisv(vcpu->ctx.regs.pc, vcpu->ctx.exit_esr,
				       vcpu->ctx.exit_far, ipa, mmio_insn(vcpu));
	}
	if (!vcpu->vm->nisv_to_user)
		return -ENOSYS;
	run->exit_reason = KVM_EXIT_ARM_NISV;
	run->arm_nisv.esr_iss = vcpu->ctx.exit_esr & ESR_ELx_ISS_MASK;
	run->arm_nisv.fault_ipa = ipa;
	return VCPU_TO_USER;
}

/* Eventfds, and writes that are read later. */
static bool mmio_note(struct arm_vcpu *vcpu, u64 ipa, const struct cpu_mmio *mmio, u64 *data)
{
	struct vm *vm = vcpu->base.vm;

	return mmio->is_write && (ioeventfd_write(vm, false, ipa, mmio->len, *data) ||
				  coalesced_write(vm, false, ipa, mmio->len, data));
}

/* What the kernel serves itself. Return: 1; 0: it is the VMM's. */
static int mmio_serve(struct arm_vcpu *vcpu, u64 ipa, const struct cpu_mmio *mmio, u64 *data)
{
	if (gic_mmio(vcpu, ipa, mmio->len, mmio->is_write, data) ||
	    (its_exists(vcpu->vm) && its_mmio(vcpu, ipa, mmio->len, mmio->is_write, data)))
		return 1;
	return mmio_note(vcpu, ipa, mmio, data);
}

/* The same; -EAGAIN: it may sleep. */
static int mmio_serve_brief(struct arm_vcpu *vcpu, u64 ipa, const struct cpu_mmio *mmio, u64 *data)
{
	int ret = gic_mmio_brief(vcpu, ipa, mmio->len, mmio->is_write, data);

	if (ret)
		return ret;
	if (its_exists(vcpu->vm) && its_owns(vcpu->vm, ipa))
		return -EAGAIN;
	return mmio_note(vcpu, ipa, mmio, data);
}

static __always_inline int mmio_access(struct arm_vcpu *vcpu, u64 ipa, bool is_brief)
{
	u64 esr = vcpu->ctx.exit_esr;
	struct cpu_mmio mmio;
	u64 data = 0;
	int ret;

	mmio.len = 1U << ((esr & ESR_ELx_SAS) >> ESR_ELx_SAS_SHIFT);
	mmio.rt = (esr & ESR_ELx_SRT_MASK) >> ESR_ELx_SRT_SHIFT;
	mmio.is_write = esr & ESR_ELx_WNR;
	mmio.sign_extend = esr & ESR_ELx_SSE;
	mmio.is_64 = esr & ESR_ELx_SF;
	if (mmio.is_write)
		data = mmio_swap(vcpu, cpu_get_x(vcpu, mmio.rt), mmio.len);
	if (mmio.is_write && mmio.len < 8)
		data &= GENMASK_ULL(8 * mmio.len - 1, 0);

	ret = is_brief ? mmio_serve_brief(vcpu, ipa, &mmio, &data) :
			 mmio_serve(vcpu, ipa, &mmio, &data);
	if (ret < 0)
		return ret;
	if (!ret)
		return mmio_to_vmm(vcpu, &mmio, ipa, data);
	mmio_complete(vcpu, &mmio, data);
	return VCPU_RESUME;
}

int cpu_mmio_abort(struct arm_vcpu *vcpu, u64 ipa)
{
	if (!(vcpu->ctx.exit_esr & ESR_ELx_ISV))
		return mmio_undecoded(vcpu, ipa);
	return mmio_access(vcpu, ipa, false);
}

int cpu_mmio_brief(struct arm_vcpu *vcpu, u64 ipa)
{
	return mmio_access(vcpu, ipa, true);
}

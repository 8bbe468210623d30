// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses to no memory: plain moves, which is what drivers do. Anything else is shown to
 * the VMM with its bytes (KVM API 5, KVM_EXIT_INTERNAL_ERROR).
 */
#include <linux/kvm.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "../../vm/ioeventfd.h"
#include "../vm.h"
#include "fetch.h"
#include "move.h"
#include "svm.h"

static int mmio_unknown(struct x86_vcpu *vcpu, const u8 *bytes, unsigned int n)
{
	struct kvm_run *run = vcpu->base.run;

	run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
	memset(&run->emulation_failure, 0, sizeof(run->emulation_failure));
	run->emulation_failure.suberror = KVM_INTERNAL_ERROR_EMULATION;
	run->emulation_failure.ndata = 4;
	run->emulation_failure.flags = KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES;
	run->emulation_failure.insn_size = n;
	memcpy(run->emulation_failure.insn_bytes, bytes, n);
	return VCPU_TO_USER;
}

static int mmio_to_vmm(struct x86_vcpu *vcpu, u64 gpa, const struct move *m, u64 data)
{
	struct kvm_run *run = vcpu->base.run;

	run->exit_reason = KVM_EXIT_MMIO;
	run->mmio.phys_addr = gpa;
	run->mmio.len = m->size;
	run->mmio.is_write = m->store;
	memset(run->mmio.data, 0, sizeof(run->mmio.data));
	if (m->store)
		memcpy(run->mmio.data, &data, m->size);
	vcpu->svm.io = (struct svm_io) {
		.kind = m->store ? SVM_IO_DONE : SVM_IO_LOAD, .size = m->size,
		.next_rip = svm_rip(&vcpu->svm, vcpu->svm.vmcb->save.rip + m->len),
	};
	vcpu->svm.mmio = *m;
	return VCPU_TO_USER;
}

static u64 mmio_stored(const struct svm *svm, const struct move *m)
{
	return move_value(m, m->constant ? 0 : svm_get_gpr(svm, m->reg));
}

static void mmio_loaded(struct svm *svm, const struct move *m, u64 data)
{
	svm_set_gpr(svm, m->reg, move_result(m, svm_get_gpr(svm, m->reg), data));
}

/* Return: true where somebody in the kernel has served it. */
static bool mmio_here(struct x86_vcpu *vcpu, u64 gpa, const struct move *m, u64 *data)
{
	if (intc_mmio(vcpu, gpa, m->size, data, m->store))
		return true;
	return m->store && ioeventfd_write(vcpu->base.vm, gpa, m->size, *data);
}

int svm_mmio_exit(struct x86_vcpu *vcpu, u64 gpa)
{
	struct svm *svm = &vcpu->svm;
	u8 bytes[INSN_MAX];
	unsigned int n = fetch_insn(vcpu, bytes);
	struct move m;
	u64 data = 0;

	/* one access is on one page: what crosses pages is not one that devices know */
	if (move_decode(bytes, n, fetch_mode(svm), &m) ||
	    (gpa & (GMEM_PAGE_SIZE - 1)) + m.size > GMEM_PAGE_SIZE)
		return mmio_unknown(vcpu, bytes, n);
	if (m.store)
		data = mmio_stored(svm, &m);
	if (!mmio_here(vcpu, gpa, &m, &data))
		return mmio_to_vmm(vcpu, gpa, &m, data);
	if (!m.store)
		mmio_loaded(svm, &m, data);
	svm->vmcb->save.rip = svm_rip(svm, svm->vmcb->save.rip + m.len);
	svm->vmcb->control.int_state &= ~SVM_INTERRUPT_SHADOW_MASK;
	return VCPU_RESUME;
}

int svm_mmio_finish(struct x86_vcpu *vcpu, enum svm_pending kind)
{
	struct svm *svm = &vcpu->svm;
	u64 data = 0;

	memcpy(&data, vcpu->base.run->mmio.data, svm->io.size);
	mmio_loaded(svm, &svm->mmio, data);
	svm->vmcb->save.rip = svm->io.next_rip;
	svm->vmcb->control.int_state &= ~SVM_INTERRUPT_SHADOW_MASK;
	return VCPU_RESUME;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses to no memory: plain moves, which is what drivers do. Anything else is shown to
 * the VMM with its bytes (KVM API 5, KVM_EXIT_INTERNAL_ERROR). An access over the end of a
 * page is two, of which one may be to memory.
 */
#include <linux/kvm.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "../../vm/coalesced.h"
#include "../../vm/ioeventfd.h"
#include "../vm.h"
#include "fetch.h"
#include "move.h"
#include "svm.h"

static int mmio_unknown(struct x86_vcpu *vcpu, const u8 *bytes, unsigned int n)
{
	struct kvm_run *run = vcpu->base.run;

	/* a user program of the guest's is not to end the guest */
	if (vcpu->svm.vmcb->save.cpl == 3 && !vcpu->vm->exit_on_failure) {
		svm_queue_ud(vcpu);
		return VCPU_RESUME;
	}
	run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
	memset(&run->emulation_failure, 0, sizeof(run->emulation_failure));
	run->emulation_failure.suberror = KVM_INTERNAL_ERROR_EMULATION;
	run->emulation_failure.ndata = 4;
	run->emulation_failure.flags = KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES;
	run->emulation_failure.insn_size = n;
	memcpy(run->emulation_failure.insn_bytes, bytes, n);
	return VCPU_TO_USER;
}

static int mmio_to_vmm(struct x86_vcpu *vcpu, const struct svm_part *p, bool store, const void *data)
{
	struct kvm_run *run = vcpu->base.run;

	run->exit_reason = KVM_EXIT_MMIO;
	run->mmio.phys_addr = p->gpa;
	run->mmio.len = p->len;
	run->mmio.is_write = store;
	memset(run->mmio.data, 0, sizeof(run->mmio.data));
	if (store)
		memcpy(run->mmio.data, data, p->len);
	svm_io_begin(vcpu, SVM_IO_MMIO);
	return VCPU_TO_USER;
}

/* Who takes it without the VMM? */
static bool mmio_part_is_served(struct x86_vcpu *vcpu, const struct svm_part *p, bool store, void *data)
{
	struct gmem *gm = &vcpu->vm->npt.gmem;
	u64 val = 0;

	if (p->memory && !(store ? gmem_write_all(gm, p->gpa, data, p->len) :
				   gmem_read_all(gm, p->gpa, data, p->len)))
		return true;
	if (store)
		memcpy(&val, data, p->len);
	if (intc_mmio(vcpu, p->gpa, p->len, &val, store)) {
		if (!store)
			memcpy(data, &val, p->len);
		return true;
	}
	return store && (ioeventfd_write(vcpu->base.vm, false, p->gpa, p->len, val) ||
			 coalesced_write(vcpu->base.vm, false, p->gpa, p->len, data));
}

/* The parts that are left; when none is, the instruction is over. */
static int mmio_go(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	struct svm_mmio *io = &svm->mmio;
	const struct move *m = &io->move;

	for (; io->at < io->count; io->at++) {
		const struct svm_part *p = &io->part[io->at];
		void *data = (u8 *)&io->data + (io->at ? io->part[0].len : 0);

		if (!mmio_part_is_served(vcpu, p, m->store, data))
			return mmio_to_vmm(vcpu, p, m->store, data);
	}
	if (!m->store)
		svm_set_gpr(svm, m->reg, move_result(m, svm_get_gpr(svm, m->reg), io->data));
	svm_retire(vcpu, svm_rip(svm, svm->vmcb->save.rip + m->len));
	return VCPU_RESUME;
}

/*
 * An access that lies within the page is one part, at the address the exit has told. One that
 * does not may have exited for either of its pages.
 */
static bool mmio_parts(struct x86_vcpu *vcpu, u64 gpa)
{
	struct svm_mmio *io = &vcpu->svm.mmio;
	unsigned int size = io->move.size, in_page = gpa & (GMEM_PAGE_SIZE - 1), first;
	u64 linear, other;
	bool second = false;

	io->count = 1;
	io->part[0] = (struct svm_part) { .gpa = gpa, .len = size };
	if (in_page && in_page + size <= GMEM_PAGE_SIZE)
		return true;
	linear = fetch_linear(&vcpu->svm, &io->move.memory, io->move.len);
	first = GMEM_PAGE_SIZE - (linear & (GMEM_PAGE_SIZE - 1));
	if (first >= size)
		return true;
	/* the exit was for the page that it names: of the other the guest's tables tell */
	second = !in_page;
	if (svm_translate(vcpu, second ? linear : linear + first, io->move.store ? SVM_WRITE : 0, &other)) {
		svm_queue_page_fault(vcpu, second ? linear : linear + first, io->move.store ? SVM_WRITE : 0);
		return false;
	}
	io->count = 2;
	io->part[0] = (struct svm_part) { .gpa = second ? other : gpa, .len = first, .memory = second };
	io->part[1] = (struct svm_part) {
		.gpa = second ? gpa : other, .len = size - first, .memory = !second,
	};
	return true;
}

int svm_mmio_exit(struct x86_vcpu *vcpu, u64 gpa)
{
	struct svm *svm = &vcpu->svm;
	struct svm_mmio *io = &svm->mmio;
	u8 bytes[INSN_MAX];
	unsigned int n = fetch_insn(vcpu, bytes);

	if (move_decode(bytes, n, fetch_mode(svm), &io->move))
		return mmio_unknown(vcpu, bytes, n);
	io->at = 0;
	io->data = io->move.store ?
		   move_value(&io->move, io->move.constant ? 0 : svm_get_gpr(svm, io->move.reg)) : 0;
	if (!mmio_parts(vcpu, gpa))
		return VCPU_RESUME;
	return mmio_go(vcpu);
}

int svm_mmio_finish(struct x86_vcpu *vcpu)
{
	struct svm_mmio *io = &vcpu->svm.mmio;

	if (!io->move.store)
		memcpy((u8 *)&io->data + (io->at ? io->part[0].len : 0), vcpu->base.run->mmio.data,
		       io->part[io->at].len);
	io->at++;
	return mmio_go(vcpu);
}

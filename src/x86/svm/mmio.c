// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses to no memory: plain moves, which is what drivers do, and strings of them, an element at
 * a time. Anything else is shown to the VMM with its bytes (KVM API 5, KVM_EXIT_INTERNAL_ERROR). An
 * access over the end of a page is two, of which one may be to memory; each part of a string may be.
 */
#include <linux/kvm.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <asm/processor-flags.h>

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

static void mmio_step(struct svm *svm, const struct insn_memory *m, s64 by)
{
	svm_set_gpr(svm, m->base, strmove_step(m->size, svm_get_gpr(svm, m->base), by));
}

/* What counts of rCX. */
static u64 mmio_string_left(struct svm *svm)
{
	u64 rcx = svm_get_gpr(svm, SVM_RCX);

	switch (svm->mmio.string.to.size) {
	case 2:
		return (u16)rcx;
	case 4:
		return (u32)rcx;
	default:
		return rcx;
	}
}

static int mmio_over(struct x86_vcpu *vcpu, unsigned int len)
{
	svm_retire(vcpu, svm_rip(&vcpu->svm, vcpu->svm.vmcb->save.rip + len));
	return VCPU_RESUME;
}

/*
 * One element is through: the guest executes the instruction again for the next one. In between
 * there is a step, and the end of an interrupt shadow, as there is behind an instruction.
 */
static int mmio_string_done(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	const struct strmove *s = &svm->mmio.string;
	const struct move to_rax = { .size = s->size, .width = s->size };
	s64 by = svm->vmcb->save.rflags & X86_EFLAGS_DF ? -(s64)s->size : s->size;

	/* the VMM may have set it while it had the element */
	if (s->rep && !mmio_string_left(svm))
		return mmio_over(vcpu, s->len);
	if (!s->store)
		svm_set_gpr(svm, SVM_RAX, move_result(&to_rax, svm_get_gpr(svm, SVM_RAX), svm->mmio.data));
	if (s->load)
		mmio_step(svm, &s->from, by);
	if (s->store)
		mmio_step(svm, &s->to, by);
	if (s->rep) {
		svm_set_gpr(svm, SVM_RCX, strmove_step(s->to.size, svm_get_gpr(svm, SVM_RCX), -1));
		if (mmio_string_left(svm))
			return mmio_over(vcpu, 0);
	}
	return mmio_over(vcpu, s->len);
}

/* The parts that are left; when none is, the instruction is over. */
static int mmio_go(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	struct svm_mmio *io = &svm->mmio;
	const struct move *m = &io->move;

	for (; io->at < io->count; io->at++) {
		const struct svm_part *p = &io->part[io->at];
		void *data = (u8 *)&io->data + p->offset;

		if (!mmio_part_is_served(vcpu, p, p->store, data))
			return mmio_to_vmm(vcpu, p, p->store, data);
	}
	if (io->string.len)
		return mmio_string_done(vcpu);
	if (!m->store)
		svm_set_gpr(svm, m->reg, move_result(m, svm_get_gpr(svm, m->reg), io->data));
	return mmio_over(vcpu, m->len);
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
	io->part[0] = (struct svm_part) { .gpa = gpa, .len = size, .store = io->move.store };
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
	io->part[0] = (struct svm_part) {
		.gpa = second ? other : gpa, .len = first, .store = io->move.store, .memory = second,
	};
	io->part[1] = (struct svm_part) {
		.gpa = second ? gpa : other, .len = size - first, .offset = first, .store = io->move.store,
		.memory = !second,
	};
	return true;
}

/* One side of an element, which may be on two pages. Return: false: #PF was queued. */
static bool mmio_string_side(struct x86_vcpu *vcpu, const struct insn_memory *m, bool store)
{
	struct svm_mmio *io = &vcpu->svm.mmio;
	unsigned int size = io->string.size, access = store ? SVM_WRITE : 0, at, len;
	u64 first = fetch_linear(&vcpu->svm, m, io->string.len), linear, gpa;

	for (at = 0; at < size; at += len) {
		linear = fetch_mode(&vcpu->svm) == INSN_64 ? first + at : (u32)(first + at);
		len = min_t(u64, size - at, GMEM_PAGE_SIZE - (linear & (GMEM_PAGE_SIZE - 1)));
		if (svm_translate(vcpu, linear, access, &gpa)) {
			svm_queue_page_fault(vcpu, linear, access);
			return false;
		}
		io->part[io->count++] = (struct svm_part) {
			.gpa = gpa, .len = len, .offset = at, .store = store, .memory = true,
		};
	}
	return true;
}

/* Where both sides can be had before a device is read. */
static int mmio_string(struct x86_vcpu *vcpu, const u8 *bytes, unsigned int n)
{
	struct svm_mmio *io = &vcpu->svm.mmio;
	const struct strmove *s = &io->string;

	if (strmove_decode(bytes, n, fetch_mode(&vcpu->svm), &io->string))
		return mmio_unknown(vcpu, bytes, n);
	io->at = 0;
	io->count = 0;
	io->data = s->load ? 0 : svm_get_gpr(&vcpu->svm, SVM_RAX);
	/* another CPU may have put it where there was a move */
	if (s->rep && !mmio_string_left(&vcpu->svm))
		return mmio_over(vcpu, s->len);
	if (s->load && !mmio_string_side(vcpu, &s->from, false))
		return VCPU_RESUME;
	if (s->store && !mmio_string_side(vcpu, &s->to, true))
		return VCPU_RESUME;
	return mmio_go(vcpu);
}

int svm_mmio_exit(struct x86_vcpu *vcpu, u64 gpa)
{
	struct svm *svm = &vcpu->svm;
	struct svm_mmio *io = &svm->mmio;
	u8 bytes[INSN_MAX];
	unsigned int n = fetch_insn(vcpu, bytes);

	if (move_decode(bytes, n, fetch_mode(svm), &io->move))
		return mmio_string(vcpu, bytes, n);
	io->string.len = 0;
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
	const struct svm_part *p = &io->part[io->at];

	if (!p->store)
		memcpy((u8 *)&io->data + p->offset, vcpu->base.run->mmio.data, p->len);
	io->at++;
	return mmio_go(vcpu);
}

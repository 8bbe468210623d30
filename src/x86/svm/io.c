// SPDX-License-Identifier: GPL-2.0
/*
 * Port I/O (AMD APM vol. 2, 15.10.2): single accesses and strings, served by the VMM. The
 * data is in the page behind kvm_run.
 */
#include <linux/kvm.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <asm/processor-flags.h>

#include "../../vm/coalesced.h"
#include "../../vm/ioeventfd.h"
#include "../irq/chip.h"
#include "../irq/tick.h"
#include "../vm.h"
#include "fetch.h"
#include "filter.h"
#include "svm.h"

#define IO_DATA_OFFSET	PAGE_SIZE	/* from kvm_run */
#define IO_DATA_SIZE	PAGE_SIZE

/**
 * struct io_form - how a string instruction addresses memory
 * @mask: bits of its address registers that count
 * @base: of its segment
 */
struct io_form {
	u64 mask;
	u64 base;
};

static void *io_data(struct x86_vcpu *vcpu)
{
	return (void *)vcpu->base.run + IO_DATA_OFFSET;
}

static int io_to_vmm(struct x86_vcpu *vcpu, u64 info, unsigned int size, unsigned int count)
{
	struct kvm_run *run = vcpu->base.run;

	run->exit_reason = KVM_EXIT_IO;
	run->io.direction = info & SVM_IOIO_TYPE_MASK ? KVM_EXIT_IO_IN : KVM_EXIT_IO_OUT;
	run->io.size = size;
	run->io.port = info >> 16;
	run->io.count = count;
	run->io.data_offset = IO_DATA_OFFSET;
	return VCPU_TO_USER;
}

/* Bits 6 to 4 have one set: 1, 2 or 4 bytes. */
static unsigned int io_size(u64 info)
{
	return (info & SVM_IOIO_SIZE_MASK) >> SVM_IOIO_SIZE_SHIFT;
}

/* Is there somebody in the kernel whom this port belongs to? */
static bool io_here(struct x86_vcpu *vcpu, u16 port, unsigned int size, u32 data, bool write)
{
	if (vcpu->vm->irq.kind == IRQ_KERNEL &&
	    (chip_port(vcpu->vm, port, size, &data, write) || tick_port(vcpu->vm, port, size, &data, write))) {
		memcpy(io_data(vcpu), &data, size);
		return true;
	}
	return write && (ioeventfd_write(vcpu->base.vm, true, port, size, data) ||
			 coalesced_write(vcpu->base.vm, true, port, size, &data));
}

static int io_single(struct x86_vcpu *vcpu, u64 info)
{
	struct svm *svm = &vcpu->svm;
	bool write = !(info & SVM_IOIO_TYPE_MASK);
	unsigned int size = io_size(info);
	/* of 1, 2 or 4 bytes */
	u32 data = write ? svm->vmcb->save.rax & ((1ULL << 8 * size) - 1) : 0;

	/* a string's address and count are not looked at */
	svm->io.info = 0;
	svm->io.size = size;
	svm->io.count = 1;
	svm->io.next_rip = svm->vmcb->control.exit_info_2;
	svm_io_begin(vcpu, write ? SVM_IO_DONE : SVM_IO_IN);
	WRITE_ONCE(*(u64 *)io_data(vcpu), data);
	if (io_here(vcpu, info >> 16, size, data, write))
		return svm_io_finish(vcpu);
	return io_to_vmm(vcpu, info, size, 1);
}

/* The address size by the exit: bits 9 to 7 have one set, or none where the CPU does not tell. */
static unsigned int io_address_size(u64 info)
{
	return 2 * ((info & SVM_IOIO_ASIZE_MASK) >> SVM_IOIO_ASIZE_SHIFT);
}

/* By the instruction's prefixes: what the exit does not tell. */
static void io_prefixes(struct x86_vcpu *vcpu, struct io_form *form)
{
	const struct vmcb_save_area *s = &vcpu->svm.vmcb->save;
	enum insn_mode mode = fetch_mode(&vcpu->svm);
	u8 bytes[INSN_MAX];
	unsigned int n = fetch_insn(vcpu, bytes), i;
	bool address = false;

	form->base = mode == INSN_64 ? 0 : s->ds.base;
	for (i = 0; i < n; i++) {
		switch (bytes[i]) {
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
			if (mode != INSN_64)
				form->base = bytes[i] == 0x26 ? s->es.base : bytes[i] == 0x2e ? s->cs.base :
					     bytes[i] == 0x36 ? s->ss.base : s->ds.base;
			break;
		case 0x64:
			form->base = s->fs.base;
			break;
		case 0x65:
			form->base = s->gs.base;
			break;
		case 0x67:
			address = true;
			break;
		case 0x66:
		case 0xf0:
		case 0xf2:
		case 0xf3:
		case 0x40 ... 0x4f:
			break;
		default:
			i = n;
		}
	}
	if (mode == INSN_64)
		form->mask = address ? U32_MAX : ~0ULL;
	else
		form->mask = (mode == INSN_32) != address ? U32_MAX : U16_MAX;
}

static struct io_form io_form(struct x86_vcpu *vcpu, u64 info)
{
	unsigned int bytes = io_address_size(info);
	struct io_form form;

	io_prefixes(vcpu, &form);
	if (bytes)
		form.mask = bytes == 8 ? ~0ULL : BIT_ULL(8 * bytes) - 1;
	/* INS writes to ES, whatever its prefixes */
	if (info & SVM_IOIO_TYPE_MASK)
		form.base = fetch_mode(&vcpu->svm) == INSN_64 ? 0 : vcpu->svm.vmcb->save.es.base;
	return form;
}

static void io_advance(struct svm *svm, unsigned int reg, u64 by, u64 mask)
{
	u64 old = svm_get_gpr(svm, reg), new = (old + by) & mask;

	svm_set_gpr(svm, reg, mask == U32_MAX ? new : (old & ~mask) | new);
}

/* How many elements go at once: to the page's end, one if they run downwards. */
static unsigned int io_count(const struct svm *svm, u64 info, u64 linear, u64 mask)
{
	unsigned int size = io_size(info), room;
	u64 count = 1;

	if (info & SVM_IOIO_REP_MASK)
		count = svm_get_gpr(svm, SVM_RCX) & mask;
	if (svm->vmcb->save.rflags & X86_EFLAGS_DF)
		return count ? 1 : 0;
	room = (PAGE_SIZE - (linear & (PAGE_SIZE - 1))) / size;
	return min3(count, (u64)max(room, 1U), (u64)(IO_DATA_SIZE / size));
}

/* The elements that were told of; fewer, if the VMM has lowered the guest's count meanwhile. */
static unsigned int io_elements(const struct svm *svm)
{
	if (!(svm->io.info & SVM_IOIO_REP_MASK))
		return svm->io.count;
	return min_t(u64, svm->io.count, svm_get_gpr(svm, SVM_RCX) & svm->io.mask);
}

/* The registers move on; the instruction is over when nothing is left of it. */
static void io_string_done(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	u64 info = svm->io.info, mask = svm->io.mask;
	unsigned int count = io_elements(svm);
	u64 bytes = (u64)io_size(info) * count;
	bool down = svm->vmcb->save.rflags & X86_EFLAGS_DF;

	io_advance(svm, info & SVM_IOIO_TYPE_MASK ? SVM_RDI : SVM_RSI, down ? -bytes : bytes, mask);
	if (info & SVM_IOIO_REP_MASK) {
		io_advance(svm, SVM_RCX, -(u64)count, mask);
		if (svm_get_gpr(svm, SVM_RCX) & mask) {
			/* a step and the end of an interrupt shadow are behind each element */
			svm_retire(vcpu, svm->vmcb->save.rip);
			return;
		}
	}
	svm_retire(vcpu, svm->io.next_rip);
}

static int io_string(struct x86_vcpu *vcpu, u64 info)
{
	struct svm *svm = &vcpu->svm;
	bool in = info & SVM_IOIO_TYPE_MASK;
	struct io_form form = io_form(vcpu, info);
	u64 linear = form.base + (svm_get_gpr(svm, in ? SVM_RDI : SVM_RSI) & form.mask);
	unsigned int size = io_size(info), count;

	if (svm_code_bits(svm) != 64)
		linear = (u32)linear;
	count = io_count(svm, info, linear, form.mask);
	if (!count) {
		svm_retire(vcpu, svm->vmcb->control.exit_info_2);
		return VCPU_RESUME;
	}
	svm->io = (struct svm_io) {
		.size = size, .count = count, .next_rip = svm->vmcb->control.exit_info_2,
		.info = info, .linear = linear, .mask = form.mask,
	};
	if (!in) {
		unsigned int done = svm_read_linear(vcpu, linear, 0, io_data(vcpu), size * count);

		if (done != size * count) {
			svm_queue_page_fault(vcpu, linear + done, 0);
			return VCPU_RESUME;
		}
	}
	svm_io_begin(vcpu, in ? SVM_IO_INS : SVM_IO_DONE);
	return io_to_vmm(vcpu, info, size, count);
}

int svm_io_exit(struct x86_vcpu *vcpu)
{
	u64 info = vcpu->svm.vmcb->control.exit_info_1;

	if (info & SVM_IOIO_STR_MASK)
		return io_string(vcpu, info);
	return io_single(vcpu, info);
}

/* IN writes AL, AX or EAX, and EAX clears what is above. */
static void io_in(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	u32 val = 0;

	memcpy(&val, io_data(vcpu), svm->io.size);
	if (svm->io.size == 4)
		svm->vmcb->save.rax = val;
	else
		memcpy(&svm->vmcb->save.rax, &val, svm->io.size);
}

static int io_ins(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	unsigned int len = svm->io.size * io_elements(svm);
	unsigned int done = svm_write_linear(vcpu, svm->io.linear, 0, io_data(vcpu), len);

	if (done != len) {
		svm_queue_page_fault(vcpu, svm->io.linear + done, SVM_WRITE);
		return VCPU_RESUME;
	}
	io_string_done(vcpu);
	return VCPU_RESUME;
}

/* The VMM may have sent the vCPU elsewhere meanwhile, by a reset: then nobody waits for its answer. */
static bool io_is_wanted(const struct svm *svm)
{
	return svm->io.at == svm->vmcb->save.cs.base + svm->vmcb->save.rip;
}

int svm_io_finish(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	enum svm_pending kind = svm->io.kind;

	svm->io.kind = SVM_IO_NONE;
	if (kind == SVM_IO_NONE || !io_is_wanted(svm))
		return VCPU_RESUME;
	switch (kind) {
	case SVM_IO_INS:
		return io_ins(vcpu);
	case SVM_IO_MMIO:
		return svm_mmio_finish(vcpu);
	case SVM_IO_RDMSR:
	case SVM_IO_WRMSR:
		return filter_finish(vcpu, kind == SVM_IO_WRMSR);
	case SVM_IO_XEN:
		svm_set_gpr(svm, SVM_RAX, READ_ONCE(vcpu->base.run->xen.u.hcall.result));
		return VCPU_RESUME;
	case SVM_IO_IN:
		io_in(vcpu);
		break;
	default:
		if (svm->io.info & SVM_IOIO_STR_MASK) {
			io_string_done(vcpu);
			return VCPU_RESUME;
		}
	}
	svm_retire(vcpu, svm->io.next_rip);
	return VCPU_RESUME;
}

void svm_io_begin(struct x86_vcpu *vcpu, enum svm_pending kind)
{
	const struct vmcb_save_area *s = &vcpu->svm.vmcb->save;

	vcpu->svm.io.kind = kind;
	vcpu->svm.io.at = s->cs.base + s->rip;
}

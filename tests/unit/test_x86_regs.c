// SPDX-License-Identifier: GPL-2.0
/*
 * Registers as the VMM reads and writes them: what was written is read, and each is where AMD APM vol. 2, appendix B
 * (control block), and vol. 1, appendix of FXSAVE, have it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/bitops.h>
#include <linux/kvm.h>
#include <linux/uaccess.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

#include "../../model/shim/unit.h"
#include "../../src/x86/abi/regs.h"
#include "../../src/x86/nested/nested.h"
#include "../../src/x86/vm.h"

static struct x86_vm vm;
static struct x86_vcpu vcpu;
static struct svm *const svm = &vcpu.svm;
static struct vmcb vmcb;
static unsigned char xsave[SVM_XSAVE_SIZE];
static u64 cr8, base;
static int base_ret, enable_ret;
static unsigned int enables, aborts;
struct svm_hw svm_hw = { .phys_bits = 40, .mxcsr = 0x2ffff };

void svm_set_gpr(struct svm *s, unsigned int n, u64 val)
{
	if (n == SVM_RAX)
		s->vmcb->save.rax = val;
	else if (n == SVM_RSP)
		s->vmcb->save.rsp = val;
	else
		s->gpr[n] = val;
}

void svm_set_efer(struct svm *s, u64 efer)
{
	s->efer = efer;
}

void svm_deliver_payload(struct svm *s)
{
	if (s->exception.valid && s->exception.has_payload) {
		s->exception.has_payload = false;
		s->vmcb->save.cr2 = s->vmcb->save.dr6 = s->exception.payload;
	}
}

int svm_set_xcr0(struct svm *s, u64 xcr0)
{
	if (!(xcr0 & 1))
		return -EINVAL;
	s->xcr0 = xcr0;
	return 0;
}

u64 intc_cr8(const struct x86_vcpu *v)
{
	return cr8;
}

void intc_set_cr8(struct x86_vcpu *v, u64 val)
{
	cr8 = val;
}

u64 intc_base(const struct x86_vcpu *v)
{
	return base;
}

int intc_set_base(struct x86_vcpu *v, u64 val, bool host)
{
	assert_true(host);
	base = val;
	return base_ret;
}

void nested_abort(struct x86_vcpu *v)
{
	aborts++;
}

int nested_enable(struct x86_vcpu *v)
{
	enables++;
	return enable_ret;
}

static int setup(void **state)
{
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&vmcb, 0, sizeof(vmcb));
	memset(xsave, 0, sizeof(xsave));
	vcpu.vm = &vm;
	svm->vmcb = &vmcb;
	svm->xsave = xsave;
	svm->interrupt = -1;
	svm->may_efer = EFER_SCE | EFER_LMA;
	svm->may_cr4 = X86_CR4_PAE | X86_CR4_PSE;
	svm_hw.xcr0 = 7;
	cr8 = base = base_ret = enable_ret = 0;
	aborts = enables = 0;
	return 0;
}

static int teardown(void **state)
{
	shim_user_hole(0, 0);
	shim_fail_alloc(0);
	assert_int_equal(shim_allocs(), 0);
	return 0;
}

static long call(unsigned int cmd, void *arg)
{
	return regs_ioctl(&vcpu, cmd, arg);
}

static void fill(void *at, size_t len, unsigned int seed)
{
	srand(seed);
	while (len--)
		((unsigned char *)at)[len] = rand() >> 8;
}

/* General registers by their numbers, RIP, flags with the bit that is always set; and what was pending is over. */
static void general(void **state)
{
	struct kvm_regs in, out;

	fill(&in, sizeof(in), 1);
	in.rflags = 0x240;
	svm->exception.valid = svm->stepped = true;
	assert_int_equal(call(KVM_SET_REGS, &in), 0);
	assert_true(vmcb.save.rax == in.rax && svm->gpr[1] == in.rcx && svm->gpr[2] == in.rdx && svm->gpr[3] == in.rbx);
	assert_true(vmcb.save.rsp == in.rsp && svm->gpr[5] == in.rbp && svm->gpr[6] == in.rsi && svm->gpr[7] == in.rdi);
	assert_memory_equal(svm->gpr + 8, &in.r8, 64);
	assert_true(vmcb.save.rip == in.rip && vmcb.save.rflags == 0x242 && !svm->exception.valid && !svm->stepped);
	assert_int_equal(call(KVM_GET_REGS, &out), 0);
	in.rflags |= 2;
	assert_memory_equal(&in, &out, sizeof(in));
}

static void segment(struct kvm_segment *s, unsigned int seed)
{
	fill(s, sizeof(*s), seed);
	s->type &= 15;
	s->dpl &= 3;
	s->present &= 1;
	s->db &= 1;
	s->s &= 1;
	s->l &= 1;
	s->g &= 1;
	s->avl &= 1;
	s->unusable = !s->present;
	s->padding = 0;
}

static struct kvm_sregs sregs(void)
{
	struct kvm_sregs s;

	memset(&s, 0, sizeof(s));
	segment(&s.cs, 1);
	segment(&s.ds, 2);
	segment(&s.es, 3);
	segment(&s.fs, 4);
	segment(&s.gs, 5);
	segment(&s.ss, 6);
	segment(&s.tr, 7);
	segment(&s.ldt, 8);
	s.cs.l = 1;
	s.cs.db = 0;
	s.ss.dpl = 2;
	s.gdt.base = 0x123456789ULL;
	s.gdt.limit = 0x7f;
	s.idt.base = 0xabcdef012ULL;
	s.idt.limit = 0xfff;
	s.cr0 = X86_CR0_PE | X86_CR0_PG | X86_CR0_ET;
	s.cr2 = 0x2222;
	s.cr3 = 0x3000;
	s.cr4 = X86_CR4_PAE;
	s.cr8 = 9;
	s.efer = EFER_LME | EFER_LMA | EFER_NX;
	s.apic_base = 0xfee00900;
	s.interrupt_bitmap[1] = 1ULL << 5;
	return s;
}

static void segment_is(const struct vmcb_seg *v, const struct kvm_segment *k)
{
	assert_true(v->selector == k->selector && v->base == k->base && v->limit == k->limit);
	assert_int_equal(v->attrib, k->type | k->s << 4 | k->dpl << 5 | k->present << 7 | k->avl << 8 | k->l << 9 | k->db << 10 | k->g << 11);
}

/* System registers: where the control block has them, and read as they were written. */
static void system_registers(void **state)
{
	struct kvm_sregs in = sregs(), out;

	assert_int_equal(call(KVM_SET_SREGS, &in), 0);
	segment_is(&vmcb.save.cs, &in.cs);
	segment_is(&vmcb.save.ds, &in.ds);
	segment_is(&vmcb.save.es, &in.es);
	segment_is(&vmcb.save.fs, &in.fs);
	segment_is(&vmcb.save.gs, &in.gs);
	segment_is(&vmcb.save.ss, &in.ss);
	segment_is(&vmcb.save.tr, &in.tr);
	segment_is(&vmcb.save.ldtr, &in.ldt);
	assert_true(vmcb.save.gdtr.base == in.gdt.base && vmcb.save.gdtr.limit == 0x7f && vmcb.save.idtr.base == in.idt.base &&
		    vmcb.save.idtr.limit == 0xfff);
	assert_true(vmcb.save.cpl == 2 && vmcb.save.cr0 == in.cr0 && vmcb.save.cr2 == 0x2222 && vmcb.save.cr3 == 0x3000 &&
		    vmcb.save.cr4 == in.cr4);
	assert_true(cr8 == 9 && base == in.apic_base && svm->efer == in.efer && svm->interrupt == 69 && svm->flush && aborts == 1 && !enables);
	memset(&out, 0xff, sizeof(out));
	assert_int_equal(call(KVM_GET_SREGS, &out), 0);
	assert_memory_equal(&in, &out, sizeof(in));
	/* behind a SYSRET, which leaves the descriptor's own */
	vmcb.save.ss.attrib &= ~0x60;
	vmcb.save.cpl = 3;
	assert_int_equal(call(KVM_GET_SREGS, &out), 0);
	assert_int_equal(out.ss.dpl, 3);
	/* one that cannot be used is not there */
	in.ds.present = 1;
	in.ds.unusable = 1;
	in.cr0 &= ~X86_CR0_ET;
	memset(in.interrupt_bitmap, 0, sizeof(in.interrupt_bitmap));
	assert_int_equal(call(KVM_SET_SREGS, &in), 0);
	assert_true(!(vmcb.save.ds.attrib & 0x80) && svm->interrupt == -1 && vmcb.save.cr0 & X86_CR0_ET);
	assert_int_equal(call(KVM_GET_SREGS, &out), 0);
	assert_true(!out.ds.present && out.ds.unusable && !out.interrupt_bitmap[1]);
	in.interrupt_bitmap[3] = 1ULL << 63;
	assert_int_equal(call(KVM_SET_SREGS, &in), 0);
	assert_int_equal(svm->interrupt, 255);
	in.interrupt_bitmap[3] = 0;
	in.interrupt_bitmap[0] = 1;
	assert_int_equal(call(KVM_SET_SREGS, &in), 0);
	assert_int_equal(svm->interrupt, 0);
	assert_int_equal(call(KVM_GET_SREGS, &out), 0);
	assert_int_equal(out.interrupt_bitmap[0], 1);
}

/* EFER.SVME takes memory for guests of the guest's; without it they are gone. */
static void virtualization(void **state)
{
	struct kvm_sregs in = sregs();

	svm->may_efer |= EFER_SVME;
	in.efer |= EFER_SVME;
	assert_int_equal(call(KVM_SET_SREGS, &in), 0);
	assert_true(enables == 1 && !aborts);
	enable_ret = -ENOMEM;
	assert_int_equal(call(KVM_SET_SREGS, &in), -ENOMEM);
}

#define REFUSES(set) do {					\
	struct kvm_sregs s = sregs();				\
								\
	vmcb.save.cr3 = 0x777;					\
	set;							\
	assert_int_equal(call(KVM_SET_SREGS, &s), -EINVAL);	\
	assert_int_equal(vmcb.save.cr3, 0x777);			\
} while (0)
#define TAKES(set) do {						\
	struct kvm_sregs s = sregs();				\
								\
	set;							\
	assert_int_equal(call(KVM_SET_SREGS, &s), 0);		\
} while (0)

/* What VMRUN would refuse, or CPUID denies, is refused, and nothing is written. */
static void refused(void **state)
{
	REFUSES(s.cr4 |= X86_CR4_PGE);
	REFUSES(s.cr3 |= 1ULL << 40);
	REFUSES(s.cr0 |= 1ULL << 32);
	REFUSES(s.cr8 = 16);
	TAKES(s.cr8 = 15);
	REFUSES(s.cr0 &= ~X86_CR0_PE);
	REFUSES(s.cr0 |= X86_CR0_NW);
	TAKES(s.cr0 |= X86_CR0_NW | X86_CR0_CD);
	TAKES(s.cr0 |= X86_CR0_CD);
	REFUSES(s.efer |= EFER_SVME);
	TAKES(s.efer |= EFER_FFXSR | EFER_SCE);
	REFUSES(s.efer &= ~(u64)EFER_LMA);
	REFUSES(s.efer &= ~(u64)EFER_LME);
	TAKES((s.efer &= ~(u64)(EFER_LME | EFER_LMA)));
	REFUSES(s.cr0 &= ~X86_CR0_PG);
	TAKES((s.cr0 &= ~X86_CR0_PG, s.efer &= ~(u64)EFER_LMA));
	TAKES((s.cr0 &= ~(X86_CR0_PG | X86_CR0_PE), s.efer &= ~(u64)EFER_LMA));
	REFUSES(s.cr4 = 0);
	TAKES((s.cr4 = 0, s.efer = 0));
	REFUSES(s.cs.db = 1);
	TAKES((s.cs.db = 1, s.cs.l = 0));
	base_ret = -EINVAL;
	REFUSES(s.cr8 = 1);
}

/* The newer structure is the older one without the interrupt; it says of PAE's entries what can be. */
static void newer(void **state)
{
	struct kvm_sregs in = sregs(), out;
	struct kvm_sregs2 two;

	svm->interrupt = 33;
	memset(&two, 0, sizeof(two));
	memcpy(&two, &in, offsetof(struct kvm_sregs, interrupt_bitmap));
	assert_int_equal(call(KVM_SET_SREGS2, &two), 0);
	assert_int_equal(svm->interrupt, 33);
	assert_int_equal(call(KVM_GET_SREGS, &out), 0);
	assert_memory_equal(&in, &out, offsetof(struct kvm_sregs, interrupt_bitmap));
	two.flags = KVM_SREGS2_FLAGS_PDPTRS_VALID;
	assert_int_equal(call(KVM_SET_SREGS2, &two), -EINVAL);
	two.efer = 0;
	assert_int_equal(call(KVM_SET_SREGS2, &two), 0);
	two.cr0 &= ~X86_CR0_PG;
	assert_int_equal(call(KVM_SET_SREGS2, &two), -EINVAL);
	two.cr0 |= X86_CR0_PG;
	two.cr4 = 0;
	assert_int_equal(call(KVM_SET_SREGS2, &two), -EINVAL);
	two.flags = 2;
	assert_int_equal(call(KVM_SET_SREGS2, &two), -EINVAL);
	memset(&two, 0xff, sizeof(two));
	assert_int_equal(call(KVM_GET_SREGS2, &two), 0);
	assert_true(!two.flags && !two.pdptrs[0] && two.gdt.base == in.gdt.base && two.apic_base == in.apic_base);
}

/* A VMM that knows no payloads finds them in CR2 and DR6, one that does in the events. */
static void payloads(void **state)
{
	struct kvm_debugregs d;
	struct kvm_sregs s;

	vm.payload = true;
	svm->exception = (struct svm_event){ .valid = true, .has_payload = true, .payload = 0x99 };
	assert_true(!call(KVM_GET_SREGS, &s) && !s.cr2 && !call(KVM_GET_DEBUGREGS, &d) && !d.dr6);
	vm.payload = false;
	assert_true(!call(KVM_GET_SREGS, &s) && s.cr2 == 0x99);
	svm->exception.has_payload = true;
	svm->exception.payload = 0x88;
	assert_true(!call(KVM_GET_DEBUGREGS, &d) && d.dr6 == 0x88);
}

/* Debug registers; of those with flags the upper half is 0. */
static void debug(void **state)
{
	struct kvm_debugregs in = { .db = { 1, 2, 3, 4 }, .dr6 = 0xffff0ff1, .dr7 = 0x455 }, out;

	assert_int_equal(call(KVM_SET_DEBUGREGS, &in), 0);
	assert_true(svm->dr[0] == 1 && svm->dr[3] == 4 && vmcb.save.dr6 == in.dr6 && vmcb.save.dr7 == 0x455);
	memset(&out, 0xff, sizeof(out));
	assert_int_equal(call(KVM_GET_DEBUGREGS, &out), 0);
	assert_memory_equal(&in, &out, sizeof(in));
	in.flags = 1;
	assert_int_equal(call(KVM_SET_DEBUGREGS, &in), -EINVAL);
	in.flags = 0;
	in.dr6 |= 1ULL << 32;
	assert_int_equal(call(KVM_SET_DEBUGREGS, &in), -EINVAL);
	in.dr6 = 0;
	in.dr7 |= 1ULL << 32;
	assert_int_equal(call(KVM_SET_DEBUGREGS, &in), -EINVAL);
	assert_int_equal(vmcb.save.dr6, 0xffff0ff1);
}

/* XCR0 is the one there is, where the machine has it. */
static void xcrs(void **state)
{
	struct kvm_xcrs x = { .nr_xcrs = 2, .xcrs = { { .xcr = 1, .value = 2 }, { .xcr = 0, .value = 3 } } };

	assert_int_equal(call(KVM_SET_XCRS, &x), 0);
	assert_int_equal(svm->xcr0, 3);
	x.xcrs[1].value = 2;
	assert_int_equal(call(KVM_SET_XCRS, &x), -EINVAL);
	x.xcrs[1].xcr = 1;
	assert_int_equal(call(KVM_SET_XCRS, &x), 0);
	x.flags = 1;
	assert_int_equal(call(KVM_SET_XCRS, &x), -EINVAL);
	x.flags = 0;
	x.nr_xcrs = KVM_MAX_XCRS + 1;
	assert_int_equal(call(KVM_SET_XCRS, &x), -EINVAL);
	memset(&x, 0xff, sizeof(x));
	assert_int_equal(call(KVM_GET_XCRS, &x), 0);
	assert_true(x.nr_xcrs == 1 && !x.flags && !x.xcrs[0].xcr && x.xcrs[0].value == 3);
	svm_hw.xcr0 = 0;
	assert_int_equal(call(KVM_GET_XCRS, &x), 0);
	assert_int_equal(x.nr_xcrs, 0);
	x.nr_xcrs = 1;
	assert_int_equal(call(KVM_SET_XCRS, &x), -EINVAL);
}

/* The whole of XSAVE's image is taken if nothing in it would fault. */
static void xsaves(void **state)
{
	static unsigned char in[SVM_XSAVE_SIZE], out[SVM_XSAVE_SIZE];
	unsigned int i;

	fill(in, sizeof(in), 1);
	memset(in + 24, 0, 4);
	memset(in + 512, 0, 64);
	in[512] = 7;
	assert_int_equal(call(KVM_SET_XSAVE, in), 0);
	assert_int_equal(call(KVM_GET_XSAVE, out), 0);
	assert_memory_equal(in, out, sizeof(in));
	memset(out, 0, sizeof(out));
	assert_int_equal(call(KVM_GET_XSAVE2, out), 0);
	assert_memory_equal(in, out, sizeof(in));
	in[26] = 1;
	assert_int_equal(call(KVM_SET_XSAVE, in), -EINVAL);
	in[26] = 0;
	in[25] = 0xff;
	assert_int_equal(call(KVM_SET_XSAVE, in), 0);
	in[512] = 8;
	assert_int_equal(call(KVM_SET_XSAVE, in), -EINVAL);
	in[512] = 1;
	for (i = 520; i < 576; i += 8) {
		in[i] = 1;
		assert_int_equal(call(KVM_SET_XSAVE, in), -EINVAL);
		svm_hw.xcr0 = 0;	/* nobody looks at it there */
		assert_int_equal(call(KVM_SET_XSAVE, in), 0);
		svm_hw.xcr0 = 7;
		in[i] = 0;
	}
	in[576] = 1;
	assert_int_equal(call(KVM_SET_XSAVE, in), 0);
	shim_fail_alloc(1);
	assert_int_equal(call(KVM_SET_XSAVE, in), -ENOMEM);
}

/* The older structure of the FPU is the same image in another order; SSE and x87 hold something then. */
static void fpu(void **state)
{
	struct kvm_fpu in, out;

	fill(&in, sizeof(in), 1);
	in.pad1 = in.pad2 = 0;
	in.mxcsr = 0x10000;
	assert_int_equal(call(KVM_SET_FPU, &in), -EINVAL);
	in.mxcsr = 0xff80;
	assert_int_equal(call(KVM_SET_FPU, &in), 0);
	assert_true(!memcmp(xsave, &in.fcw, 2) && !memcmp(xsave + 2, &in.fsw, 2) && xsave[4] == in.ftwx && !xsave[5]);
	assert_true(!memcmp(xsave + 6, &in.last_opcode, 2) && !memcmp(xsave + 8, &in.last_ip, 8) && !memcmp(xsave + 16, &in.last_dp, 8));
	assert_true(!memcmp(xsave + 24, &in.mxcsr, 4) && !memcmp(xsave + 32, in.fpr, 128) && !memcmp(xsave + 160, in.xmm, 256));
	assert_true(xsave[512] == 3 && !xsave[416]);
	memset(&out, 0xff, sizeof(out));
	assert_int_equal(call(KVM_GET_FPU, &out), 0);
	assert_memory_equal(&in, &out, sizeof(in));
	xsave[512] = svm_hw.xcr0 = 0;
	assert_int_equal(call(KVM_SET_FPU, &in), 0);
	assert_int_equal(xsave[512], 0);
}

/* Memory that is not there is told of by each; a call that is none by its errno. */
static void faults(void **state)
{
	static const unsigned int calls[] = {
		KVM_GET_REGS, KVM_SET_REGS, KVM_GET_SREGS, KVM_SET_SREGS, KVM_GET_SREGS2, KVM_SET_SREGS2, KVM_GET_FPU, KVM_SET_FPU,
		KVM_GET_XSAVE, KVM_GET_XSAVE2, KVM_SET_XSAVE, KVM_GET_XCRS, KVM_SET_XCRS, KVM_GET_DEBUGREGS, KVM_SET_DEBUGREGS,
		KVM_GET_VCPU_EVENTS, KVM_SET_VCPU_EVENTS,
	};
	static unsigned char page[4096];
	unsigned int i;

	shim_user_hole((unsigned long)page, sizeof(page));
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		assert_int_equal(call(calls[i], page), -EFAULT);
	assert_int_equal(call(KVM_RUN, page), -EINVAL);
}

static struct kvm_vcpu_events events(void)
{
	struct kvm_vcpu_events ev;

	memset(&ev, 0xff, sizeof(ev));
	assert_int_equal(call(KVM_GET_VCPU_EVENTS, &ev), 0);
	return ev;
}

#define FLAGS	(KVM_VCPUEVENT_VALID_NMI_PENDING | KVM_VCPUEVENT_VALID_SHADOW)

/* What is in delivery or pending is told as what it is. */
static void events_told(void **state)
{
	struct kvm_vcpu_events ev = events(), none = { .flags = FLAGS };

	assert_memory_equal(&ev, &none, sizeof(ev));
	svm->inject = (struct svm_event){ .valid = true, .type = SVM_EVTINJ_TYPE_INTR, .vector = 0x55 };
	ev = events();
	assert_true(ev.interrupt.injected == 1 && ev.interrupt.nr == 0x55 && !ev.nmi.injected && !ev.exception.injected);
	assert_int_equal(ev.interrupt.soft, 0);
	/* INT n of a guest's guest */
	svm->inject.type = SVM_EVTINJ_TYPE_SOFT;
	ev = events();
	assert_true(ev.interrupt.injected == 1 && ev.interrupt.nr == 0x55 && ev.interrupt.soft == 1);
	svm->inject.valid = false;
	ev = events();
	assert_true(!ev.interrupt.injected && !ev.interrupt.soft);
	svm->inject.valid = true;
	svm->inject.type = SVM_EVTINJ_TYPE_NMI;
	svm->nmi_pending = 2;
	svm->nmi_masked = true;
	vmcb.control.int_state = 1;
	ev = events();
	assert_true(!ev.interrupt.injected && ev.nmi.injected == 1 && ev.nmi.pending == 2 && ev.nmi.masked == 1);
	assert_int_equal(ev.interrupt.shadow, KVM_X86_SHADOW_INT_MOV_SS | KVM_X86_SHADOW_INT_STI);
	svm->inject = (struct svm_event){ .valid = true, .type = SVM_EVTINJ_TYPE_EXEPT, .vector = 14, .has_error = true, .error = 6 };
	ev = events();
	assert_true(ev.exception.injected == 1 && !ev.exception.pending && ev.exception.nr == 14 && ev.exception.has_error_code == 1);
	assert_true(ev.exception.error_code == 6 && !ev.exception_has_payload && !ev.nmi.injected);
	/* a pending one is told of first */
	svm->exception = (struct svm_event){
		.valid = true, .type = SVM_EVTINJ_TYPE_EXEPT, .vector = 1, .has_payload = true, .payload = 0x4000
	};
	vm.payload = vm.triple_fault = svm->shutdown = true;
	ev = events();
	assert_true(ev.exception.pending == 1 && !ev.exception.injected && ev.exception.nr == 1 && !ev.exception.has_error_code);
	assert_true(ev.exception_has_payload == 1 && ev.exception_payload == 0x4000 && ev.triple_fault.pending == 1);
	assert_int_equal(ev.flags, FLAGS | KVM_VCPUEVENT_VALID_PAYLOAD | KVM_VCPUEVENT_VALID_TRIPLE_FAULT);
	/* to a VMM that knows none of this it is one that is delivered */
	vm.payload = vm.triple_fault = false;
	ev = events();
	assert_true(ev.exception.injected == 1 && !ev.exception.pending && !ev.exception_has_payload && vmcb.save.dr6 == 0x4000);
	assert_true(ev.flags == FLAGS && !ev.triple_fault.pending);
}

static long set_events(struct kvm_vcpu_events ev)
{
	return call(KVM_SET_VCPU_EVENTS, &ev);
}

/* What is set is what there is then, and nothing else. */
static void events_set_all(void **state)
{
	struct kvm_vcpu_events ev = { .interrupt = { .injected = 1, .nr = 0x66, .shadow = 1 } };

	svm->exception.valid = svm->nmi_iret = svm->shutdown = true;
	svm->nmi_pending = 1;
	ev.interrupt.soft = 1;
	assert_int_equal(set_events(ev), 0);
	assert_true(svm->inject.valid && svm->inject.type == SVM_EVTINJ_TYPE_SOFT && svm->inject.vector == 0x66);
	ev.interrupt.soft = 0;
	assert_int_equal(set_events(ev), 0);
	assert_true(svm->inject.valid && svm->inject.type == SVM_EVTINJ_TYPE_INTR && svm->inject.vector == 0x66 && !svm->exception.valid);
	/* without a flag the shadow, the waiting NMIs and the third fault are as they were */
	assert_true(!vmcb.control.int_state && svm->nmi_pending == 1 && !svm->nmi_masked && !svm->nmi_iret && svm->shutdown);
	ev.flags = KVM_VCPUEVENT_VALID_SHADOW;
	assert_true(!set_events(ev) && vmcb.control.int_state == 1);
	ev.interrupt.shadow = 0;
	assert_true(!set_events(ev) && !vmcb.control.int_state);
	ev = (struct kvm_vcpu_events){ .flags = KVM_VCPUEVENT_VALID_NMI_PENDING, .nmi = { .injected = 1, .pending = 9, .masked = 1 } };
	assert_true(!set_events(ev) && svm->inject.type == SVM_EVTINJ_TYPE_NMI && svm->inject.vector == 2 && svm->nmi_pending == 2 && svm->nmi_masked);
	ev = (struct kvm_vcpu_events){ .flags = KVM_VCPUEVENT_VALID_SIPI_VECTOR, .sipi_vector = 0x9a };
	assert_true(!set_events(ev) && vcpu.intc.sipi == 0x9a && !svm->inject.valid);
	ev = (struct kvm_vcpu_events){
		.exception = { .injected = 1, .nr = 14, .has_error_code = 1, .error_code = 6 }, .interrupt.injected = 1,
	};
	assert_true(!set_events(ev) && svm->inject.valid && svm->inject.type == SVM_EVTINJ_TYPE_EXEPT && svm->inject.vector == 14);
	assert_true(svm->inject.has_error && svm->inject.error == 6 && !svm->exception.valid);
	/* pending: only who says that it knows of it */
	ev.exception.injected = 0;
	ev.exception.pending = 1;
	ev.exception_has_payload = 1;
	ev.exception_payload = 0x77;
	assert_true(!set_events(ev) && !svm->exception.valid);
	vm.payload = true;
	ev.flags = KVM_VCPUEVENT_VALID_PAYLOAD;
	assert_true(!set_events(ev) && svm->exception.valid && svm->exception.has_payload && svm->exception.payload == 0x77);
	assert_true(svm->exception.vector == 14 && svm->exception.error == 6 && svm->inject.type == SVM_EVTINJ_TYPE_INTR);
	ev.exception_has_payload = 0;
	assert_true(!set_events(ev) && svm->exception.valid && !svm->exception.has_payload && !svm->exception.payload);
	vm.triple_fault = true;
	ev = (struct kvm_vcpu_events){ .flags = KVM_VCPUEVENT_VALID_TRIPLE_FAULT };
	assert_true(!set_events(ev) && !svm->shutdown);
	ev.triple_fault.pending = 1;
	assert_true(!set_events(ev) && svm->shutdown);
}

/* Flags that were not asked for, a mode that there is not, and exceptions that are none are refused. */
static void events_refused(void **state)
{
	struct kvm_vcpu_events ev = { .flags = KVM_VCPUEVENT_VALID_PAYLOAD };

	svm->inject.valid = true;
	assert_int_equal(set_events(ev), -EINVAL);
	ev.flags = KVM_VCPUEVENT_VALID_TRIPLE_FAULT;
	assert_int_equal(set_events(ev), -EINVAL);
	ev.flags = 1U << 31;
	assert_int_equal(set_events(ev), -EINVAL);
	ev.flags = KVM_VCPUEVENT_VALID_SMM;
	ev.smi.smm = 1;
	assert_int_equal(set_events(ev), -EINVAL);
	ev.smi.smm = 0;
	ev.smi.pending = 1;
	assert_int_equal(set_events(ev), -EINVAL);
	ev.flags = 0;
	assert_true(svm->inject.valid && !set_events(ev));
	ev = (struct kvm_vcpu_events){ .exception = { .injected = 1, .nr = 32 } };
	assert_int_equal(set_events(ev), -EINVAL);
	ev.exception.nr = X86_TRAP_NMI;
	assert_int_equal(set_events(ev), -EINVAL);
	ev.exception.nr = 31;
	assert_int_equal(set_events(ev), 0);
	vm.payload = true;
	ev.exception = (typeof(ev.exception)){ .pending = 1, .nr = 32 };
	assert_int_equal(set_events(ev), 0);
	ev.flags = KVM_VCPUEVENT_VALID_PAYLOAD;
	assert_int_equal(set_events(ev), -EINVAL);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(general), TEST(system_registers), TEST(virtualization), TEST(refused), TEST(newer), TEST(payloads), TEST(debug),
		TEST(xcrs), TEST(xsaves), TEST(fpu), TEST(faults), TEST(events_told), TEST(events_set_all), TEST(events_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

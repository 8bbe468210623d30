// SPDX-License-Identifier: GPL-2.0
/*
 * What exits are about, and what the VMM is told of them: who serves each, port I/O of each size, strings of every
 * address size and both directions, moves to no memory, and what a VMM's answer does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#ifdef NO_MEMORY_FAULT		/* user space of this machine does not know it yet: beside the first of the union */
#define KVM_EXIT_MEMORY_FAULT	39
#define hw			hw; struct { __u64 flags, gpa, size; } memory_fault
#endif
#include <linux/kvm.h>
#undef hw
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/signal_types.h>
#include <linux/smp.h>

#include "../../model/shim/unit.h"

#ifndef min3
#define min3(a, b, c)		min(min(a, b), c)
#endif
#define send_sig_mceerr(code, addr, shift, task)	fake_signal(code, (unsigned long)(addr), shift)

static void fake_signal(int code, unsigned long addr, int shift);

#include "../../src/x86/svm/exit.c"
#include "../../src/x86/svm/io.c"
#include "../../src/x86/svm/mmio.c"

static struct x86_vm vm;
static struct x86_vcpu vcpu, *const v = &vcpu;
static struct vmcb vmcb;
static struct vmcb_save_area *const s = &vmcb.save;
static struct vmcb_control_area *const c = &vmcb.control;
static struct nested nested;
static union {
	struct kvm_run run;
	u8 bytes[2 * 4096];
} shared;
static struct kvm_run *const run = &shared.run;

/* What was called, with what, in this order. */
static char log[512];

static bool off, skips, l1_takes, hv_is, in_chip, in_ioeventfd, in_ring, in_intc;
static int fault_ret, code_ret;
static unsigned long bad_hva;
static u64 served, gpas[2];
static u8 code[INSN_MAX], memory[8192];
static unsigned int code_len, readable, writable;
static struct hypercall asked;
static u32 chip_data;
static u64 intc_data;
static bool no_gpa, no_memory;

static struct fake_task task;
struct fake_task *fake_current = &task;

static void note(const char *fmt, ...)
{
	size_t n = strlen(log);
	va_list args;

	va_start(args, fmt);
	vsnprintf(log + n, sizeof(log) - n, fmt, args);
	va_end(args);
	strcat(log, ";");
}

static void expect(const char *what)
{
	assert_string_equal(log, what);
	log[0] = 0;
}

#define ULL(x)	((unsigned long long)(x))

static void fake_signal(int why, unsigned long addr, int shift)
{
	assert_int_equal(why, BUS_MCEERR_AR);
	note("poison %lx %d", addr, shift);
}

u8 host_poison_shift(unsigned long hva)
{
	return hva & 1 ? 21 : 12;
}

bool apf_put_off(struct x86_vcpu *vc, u64 gpa, bool write)
{
	note("put off %llx %d", ULL(gpa), write);
	return off;
}

int npt_fault(struct npt *npt, u64 gpa, unsigned int access, unsigned long *bad)
{
	assert_ptr_equal(npt, &vm.npt);
	note("fault %llx%s%s", ULL(gpa), access & NPT_ACCESS_WRITE ? " w" : "", access & NPT_ACCESS_EXEC ? " x" : "");
	*bad = bad_hva;
	return fault_ret;
}

void svm_cpuid(struct x86_vcpu *vc)
{
	note("cpuid");
}

bool fetch_skip(struct x86_vcpu *vc, enum insn_name name)
{
	note("skip %d", name);
	return skips;
}

unsigned int fetch_insn(struct x86_vcpu *vc, u8 *bytes)
{
	memset(bytes, 0x64, INSN_MAX);	/* what is behind it says nothing */
	memcpy(bytes, code, code_len);
	return code_len;
}

enum insn_mode fetch_mode(const struct svm *svm)
{
	unsigned int bits = svm_code_bits(svm);

	return bits == 64 ? INSN_64 : bits == 32 ? INSN_32 : INSN_16;
}

u64 fetch_rip(const struct svm *svm)
{
	return s->cs.base + s->rip;
}

/* Of the register alone, and what stands behind it. */
u64 fetch_linear(const struct svm *svm, const struct insn_memory *m, unsigned int len)
{
	assert_int_equal(len, svm->mmio.string.len ?: svm->mmio.move.len);
	return svm->gpr[m->base] + m->displacement;
}

void svm_queue_ud(struct x86_vcpu *vc)
{
	note("ud");
}

void svm_queue_gp(struct x86_vcpu *vc)
{
	note("gp");
}

void svm_queue_page_fault(struct x86_vcpu *vc, u64 va, unsigned int access)
{
	note("pf %llx %u", ULL(va), access);
}

void svm_queue_exception(struct x86_vcpu *vc, u8 vector, bool has_error, u32 error)
{
	note("exception %u %d %x", vector, has_error, error);
}

int svm_debug_exit(struct x86_vcpu *vc, u8 vector, u64 dr6)
{
	note("debug %u %llx", vector, ULL(dr6));
	return VCPU_TO_USER;
}

bool nested_shutdown(struct x86_vcpu *vc)
{
	note("shutdown");
	return l1_takes;
}

int nested_insn(struct x86_vcpu *vc, u32 what)
{
	note("nested %x", what);
	return code_ret;
}

int nested_exit(struct x86_vcpu *vc, u32 what)
{
	note("l2 %x", what);
	return code_ret;
}

void svm_reset(struct x86_vcpu *vc, bool init)
{
	note("reset %d", init);
}

bool hv_calls(const struct x86_vcpu *vc)
{
	return hv_is;
}

int hv_hypercall(struct x86_vcpu *vc)
{
	note("hv");
	return code_ret;
}

int xen_hypercall(struct x86_vcpu *vc)
{
	note("xen");
	return code_ret;
}

u64 hypercall_serve(struct x86_vcpu *vc, const struct hypercall *h)
{
	asked = *h;
	note("call");
	return served;
}

int filter_exit(struct x86_vcpu *vc, bool write)
{
	note("msr %d", write);
	return code_ret;
}

int filter_finish(struct x86_vcpu *vc, bool write)
{
	note("msr done %d", write);
	return 77;
}

int svm_control_exit(struct x86_vcpu *vc, u32 what)
{
	note("control %x", what);
	return code_ret;
}

void power_halt(struct x86_vcpu *vc)
{
	note("halt");
}

void svm_retire(struct x86_vcpu *vc, u64 rip)
{
	note("retire %llx", ULL(rip));
}

u64 svm_rip(const struct svm *svm, u64 rip)
{
	return rip | 0x100000;
}

void svm_set_gpr(struct svm *svm, unsigned int n, u64 val)
{
	if (n == SVM_RAX)
		svm->vmcb->save.rax = val;
	else
		svm->gpr[n] = val;
}

static u64 (*map_va)(u64 va);	/* instead of gpas[0] */
static u64 no_va = ~0ULL;	/* what the guest's tables do not have */

int svm_translate(struct x86_vcpu *vc, u64 va, unsigned int access, u64 *gpa)
{
	note("translate %llx %u", ULL(va), access);
	*gpa = map_va ? map_va(va) : gpas[0];
	return no_gpa || va == no_va ? -EFAULT : 0;
}

unsigned int svm_read_linear(struct x86_vcpu *vc, u64 va, unsigned int access, void *buf, unsigned int len)
{
	unsigned int n = min(len, readable);

	assert_int_equal(access, 0);
	note("from %llx %u", ULL(va), len);
	memcpy(buf, memory, n);
	return n;
}

unsigned int svm_write_linear(struct x86_vcpu *vc, u64 va, unsigned int access, const void *buf, unsigned int len)
{
	unsigned int n = min(len, writable);

	assert_int_equal(access, 0);
	note("to %llx %u", ULL(va), len);
	memcpy(memory, buf, n);
	return n;
}

ssize_t gmem_read(struct gmem *gm, u64 gpa, void *buf, size_t len)
{
	assert_ptr_equal(gm, &vm.npt.gmem);
	note("memory %llx %zu", ULL(gpa), len);
	if (no_memory)
		return -EFAULT;
	memcpy(buf, memory, len);
	return len;
}

ssize_t gmem_write(struct gmem *gm, u64 gpa, const void *buf, size_t len)
{
	assert_ptr_equal(gm, &vm.npt.gmem);
	note("memory= %llx %zu", ULL(gpa), len);
	if (no_memory)
		return -EFAULT;
	memcpy(memory, buf, len);
	return len;
}

bool intc_mmio(struct x86_vcpu *vc, u64 gpa, unsigned int len, u64 *data, bool write)
{
	note("intc %llx %u %llx %d", ULL(gpa), len, ULL(*data), write);
	if (in_intc && !write)
		*data = intc_data;
	return in_intc;
}

bool ioeventfd_write(struct vm *base, bool port, u64 addr, unsigned int len, u64 val)
{
	assert_ptr_equal(base, &vm.base);
	note("event %d %llx %u %llx", port, ULL(addr), len, ULL(val));
	return in_ioeventfd;
}

bool coalesced_write(struct vm *base, bool port, u64 addr, unsigned int len, const void *data)
{
	u64 val = 0;

	assert_ptr_equal(base, &vm.base);
	memcpy(&val, data, len);
	note("ring %d %llx %u %llx", port, ULL(addr), len, ULL(val));
	return in_ring;
}

bool chip_port(struct x86_vm *m, u16 port, unsigned int len, u32 *data, bool write)
{
	assert_ptr_equal(m, &vm);
	note("chip %x %u %x %d", port, len, *data, write);
	if (in_chip && !write)
		*data = chip_data;
	return in_chip;
}

bool tick_port(struct x86_vm *m, u16 port, unsigned int len, u32 *data, bool write)
{
	assert_ptr_equal(m, &vm);
	if (port >> 4 != 4)
		return false;
	note("tick %x %u %x %d", port, len, *data, write);
	if (!write)
		*data = chip_data;
	return true;
}

static void bits(unsigned int n)
{
	s->cr0 = X86_CR0_PE;
	v->svm.efer = n == 64 ? EFER_LMA : 0;
	s->cs.attrib = n == 64 ? SVM_CODE_LONG : n == 32 ? SVM_CODE_DB : 0;
}

static int setup(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(v, 0, sizeof(*v));
	memset(&vmcb, 0, sizeof(vmcb));
	memset(&nested, 0, sizeof(nested));
	memset(&shared, 0xee, sizeof(shared));
	v->vm = &vm;
	v->base.vm = &vm.base;
	v->base.run = run;
	v->svm.vmcb = &vmcb;
	vm.irq.kind = IRQ_SPLIT;
	off = l1_takes = hv_is = in_chip = in_ioeventfd = in_ring = in_intc = no_gpa = no_memory = false;
	skips = true;
	fault_ret = NPT_FAULT_DONE;
	code_ret = VCPU_RESUME;
	bad_hva = 0;
	code_len = 0;
	readable = writable = 8192;
	memset(memory, 0, sizeof(memory));
	bits(64);
	s->rflags = X86_EFLAGS_FIXED;
	log[0] = 0;
	return 0;
}

static int exits(u32 what)
{
	c->exit_code = what;
	return svm_handle_exit(v);
}

/* --- who serves what */

/* Exits that have done their work by coming. */
static void nothing(void **state)
{
	static const u32 codes[] = { SVM_EXIT_INTR, SVM_EXIT_NMI, SVM_EXIT_SMI, SVM_EXIT_INIT, SVM_EXIT_VINTR,
				     SVM_EXIT_EXCP_BASE + X86_TRAP_MC };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(codes); i++)
		assert_int_equal(exits(codes[i]), VCPU_RESUME);
	expect("");
	assert_int_equal(run->exit_reason, 0xeeeeeeee);
}

/* Registers and nested virtualisation have files of their own, which are told the code. */
static void others(void **state)
{
	static const u32 control[] = { SVM_EXIT_CR0_SEL_WRITE, SVM_EXIT_WRITE_CR4, SVM_EXIT_WRITE_CR8, SVM_EXIT_READ_DR0,
				       SVM_EXIT_READ_DR7, SVM_EXIT_WRITE_DR0, SVM_EXIT_WRITE_DR7, SVM_EXIT_XSETBV };
	static const u32 insn[] = { SVM_EXIT_INVLPGA, SVM_EXIT_VMRUN, SVM_EXIT_VMLOAD, SVM_EXIT_VMSAVE, SVM_EXIT_STGI,
				    SVM_EXIT_CLGI, SVM_EXIT_SKINIT };
	char what[32];
	unsigned int i;

	(void)state;
	code_ret = 55;
	for (i = 0; i < ARRAY_SIZE(control); i++) {
		assert_int_equal(exits(control[i]), 55);
		snprintf(what, sizeof(what), "control %x;", control[i]);
		expect(what);
	}
	for (i = 0; i < ARRAY_SIZE(insn); i++) {
		assert_int_equal(exits(insn[i]), 55);
		snprintf(what, sizeof(what), "nested %x;", insn[i]);
		expect(what);
	}
	c->exit_info_1 = 1;
	assert_int_equal(exits(SVM_EXIT_MSR), 55);
	expect("msr 1;");
	c->exit_info_1 = 0;
	assert_int_equal(exits(SVM_EXIT_MSR), 55);
	expect("msr 0;");
}

/* Instructions that guests are not told of are #UD, counters #GP, and caches need no care. */
static void instructions(void **state)
{
	static const u32 undefined[] = { SVM_EXIT_RSM, SVM_EXIT_MONITOR, SVM_EXIT_MWAIT, SVM_EXIT_MWAIT_COND, SVM_EXIT_RDPRU };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(undefined); i++) {
		assert_int_equal(exits(undefined[i]), VCPU_RESUME);
		expect("ud;");
	}
	assert_int_equal(exits(SVM_EXIT_RDPMC), VCPU_RESUME);
	expect("gp;");
	assert_int_equal(INSN_WBINVD, 7);
	assert_int_equal(exits(SVM_EXIT_WBINVD), VCPU_RESUME);
	expect("skip 7;");
	assert_int_equal(exits(SVM_EXIT_INVD), VCPU_RESUME);
	expect("skip 8;");
	assert_int_equal(exits(SVM_EXIT_CPUID), VCPU_RESUME);
	expect("skip 0;cpuid;");
	skips = false;
	assert_int_equal(exits(SVM_EXIT_CPUID), VCPU_RESUME);
	expect("skip 0;");
}

/* What nobody knows the VMM hears of, with the code and the CPU; so it does of a control block that is refused. */
static void unknown(void **state)
{
	(void)state;
	assert_int_equal(exits(0x3ff), VCPU_TO_USER);
	assert_int_equal(run->exit_reason, KVM_EXIT_INTERNAL_ERROR);
	assert_int_equal(run->internal.suberror, KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON);
	assert_int_equal(run->internal.ndata, 2);
	assert_int_equal(run->internal.data[0], 0x3ff);
	assert_int_equal(run->internal.data[1], smp_processor_id());
	assert_int_equal(exits(SVM_EXIT_ERR), VCPU_TO_USER);
	assert_int_equal(run->exit_reason, KVM_EXIT_FAIL_ENTRY);
	assert_int_equal(run->fail_entry.hardware_entry_failure_reason, 0xffffffff);
	assert_int_equal(run->fail_entry.cpu, smp_processor_id());
	expect("");
}

/* In a guest's guest its host is asked first; what is not for it is served as any exit. */
static void in_l2(void **state)
{
	(void)state;
	v->svm.nested = &nested;
	assert_int_equal(exits(SVM_EXIT_RDPMC), VCPU_RESUME);
	expect("gp;");
	nested.in_l2 = true;
	code_ret = 66;
	assert_int_equal(exits(SVM_EXIT_RDPMC), 66);
	expect("l2 6f;");
	code_ret = NESTED_OURS;
	assert_int_equal(exits(SVM_EXIT_RDPMC), VCPU_RESUME);
	expect("l2 6f;gp;");
	code_ret = VCPU_RESUME;
	assert_int_equal(exits(SVM_EXIT_ERR), VCPU_RESUME);
	expect("l2 ffffffff;");
}

/* A third fault, by an exit of its own or in delivery: registers are those of a reset, and the VMM hears, or L1. */
static void shutdown(void **state)
{
	(void)state;
	assert_int_equal(exits(SVM_EXIT_SHUTDOWN), VCPU_TO_USER);
	expect("shutdown;reset 0;");
	assert_int_equal(run->exit_reason, KVM_EXIT_SHUTDOWN);
	l1_takes = true;
	assert_int_equal(exits(SVM_EXIT_SHUTDOWN), VCPU_RESUME);
	expect("shutdown;");
	v->svm.shutdown = true;
	code_ret = VCPU_TO_USER;
	assert_int_equal(exits(SVM_EXIT_MSR), VCPU_TO_USER);
	expect("msr 0;");
	assert_true(v->svm.shutdown);
	code_ret = VCPU_RESUME;
	l1_takes = false;
	assert_int_equal(exits(SVM_EXIT_MSR), VCPU_TO_USER);
	expect("msr 0;shutdown;reset 0;");
	assert_false(v->svm.shutdown);
}

/* HLT sleeps here where a local APIC wakes it, and else in the VMM. */
static void hlt(void **state)
{
	(void)state;
	skips = false;
	v->intc.there = true;
	assert_int_equal(exits(SVM_EXIT_HLT), VCPU_RESUME);
	expect("skip 3;");
	skips = true;
	assert_int_equal(exits(SVM_EXIT_HLT), VCPU_RESUME);
	expect("skip 3;halt;");
	assert_int_equal(atomic64_read(&v->base.stats.halts), 0);
	v->intc.there = false;
	assert_int_equal(exits(SVM_EXIT_HLT), VCPU_TO_USER);
	expect("skip 3;");
	assert_int_equal(run->exit_reason, KVM_EXIT_HLT);
	assert_int_equal(atomic64_read(&v->base.stats.halts), 1);
}

/* --- memory */

/* A nested page fault: what was done there, who may put it off, and what the VMM hears where it cannot be served. */
static void page_fault(void **state)
{
	(void)state;
	c->exit_info_2 = 0x12345;
	assert_int_equal(exits(SVM_EXIT_NPF), VCPU_RESUME);
	expect("fault 12345;");
	c->exit_info_1 = ~(BIT_ULL(1) | BIT_ULL(4));
	assert_int_equal(exits(SVM_EXIT_NPF), VCPU_RESUME);
	expect("fault 12345;");
	c->exit_info_1 = BIT_ULL(1);
	assert_int_equal(exits(SVM_EXIT_NPF), VCPU_RESUME);
	expect("fault 12345 w;");
	c->exit_info_1 = BIT_ULL(4);
	v->apf.on = true;
	assert_int_equal(exits(SVM_EXIT_NPF), VCPU_RESUME);
	expect("put off 12345 0;fault 12345 x;");
	off = true;
	c->exit_info_1 = BIT_ULL(1);
	assert_int_equal(exits(SVM_EXIT_NPF), VCPU_RESUME);
	expect("put off 12345 1;");
	v->apf.on = false;
	fault_ret = -EINTR;
	assert_int_equal(exits(SVM_EXIT_NPF), -EINTR);
	fault_ret = -ENOMEM;
	assert_int_equal(exits(SVM_EXIT_NPF), -ENOMEM);
	assert_int_equal(run->exit_reason, 0xeeeeeeee);
	expect("fault 12345 w;fault 12345 w;");
	fault_ret = -EHWPOISON;
	bad_hva = 0x7001;
	assert_int_equal(exits(SVM_EXIT_NPF), VCPU_RESUME);
	expect("fault 12345 w;poison 7001 21;");
	fault_ret = -EFAULT;
	assert_int_equal(exits(SVM_EXIT_NPF), -EFAULT);
	assert_int_equal(run->exit_reason, KVM_EXIT_MEMORY_FAULT);
	assert_int_equal(run->memory_fault.flags, 0);
	assert_int_equal(run->memory_fault.gpa, 0x12000);
	assert_int_equal(run->memory_fault.size, 4096);
}

/* --- exceptions, hypercalls */

/* Those that are the guest's own it gets, with the error code where it has one. */
static void exceptions(void **state)
{
	(void)state;
	c->exit_info_1 = 0x55;
	assert_int_equal(exits(SVM_EXIT_EXCP_BASE + X86_TRAP_DE), VCPU_RESUME);
	expect("exception 0 0 0;");
	assert_int_equal(exits(SVM_EXIT_LAST_EXCP), VCPU_RESUME);
	expect("exception 31 0 0;");
	assert_int_equal(exits(SVM_EXIT_EXCP_BASE + X86_TRAP_AC), VCPU_RESUME);
	expect("exception 17 1 55;");
	assert_int_equal(exits(SVM_EXIT_EXCP_BASE + X86_TRAP_BP), VCPU_TO_USER);
	expect("debug 3 0;");
}

/* A debug exception is the VMM's if it steps or has breakpoints, ours if we step over IRET, and else the guest's. */
static void debug(void **state)
{
	const u32 db = SVM_EXIT_EXCP_BASE + X86_TRAP_DB;

	(void)state;
	v->svm.debug.dr6 = 0x4001;
	s->dr6 = 0xffff4ff1;
	assert_int_equal(exits(db), VCPU_RESUME);
	expect("exception 1 0 0;");
	v->svm.debug.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_SW_BP;
	assert_int_equal(exits(db), VCPU_RESUME);
	expect("exception 1 0 0;");
	v->svm.debug.control = KVM_GUESTDBG_SINGLESTEP;
	assert_int_equal(exits(db), VCPU_TO_USER);
	expect("debug 1 4001;");
	v->svm.debug.control = KVM_GUESTDBG_USE_HW_BP;
	assert_int_equal(exits(db), VCPU_TO_USER);
	expect("debug 1 4001;");
	assert_int_equal(s->dr6, 0xffff4ff1);
	v->svm.nmi_iret = true;
	v->svm.nmi_iret_tf = true;
	v->svm.debug.control = 0;
	assert_int_equal(exits(db), VCPU_RESUME);
	expect("exception 1 0 0;");
	assert_int_equal(s->dr6, 0xffff4ff1);
	v->svm.nmi_iret_tf = false;
	assert_int_equal(exits(db), VCPU_RESUME);
	expect("");
	assert_int_equal(s->dr6, 0xffff0ff1);
	v->svm.debug.control = KVM_GUESTDBG_SINGLESTEP;
	assert_int_equal(exits(db), VCPU_TO_USER);
	expect("debug 1 4001;");
}

/* The IRET that ends an NMI is stepped over; it is kept whose step that is. */
static void iret(void **state)
{
	(void)state;
	s->rip = 0x1234;
	s->rflags = 2;
	assert_int_equal(exits(SVM_EXIT_IRET), VCPU_RESUME);
	assert_true(v->svm.nmi_iret && !v->svm.nmi_iret_tf);
	assert_int_equal(v->svm.nmi_iret_rip, 0x1234);
	assert_int_equal(s->rflags, 2 | X86_EFLAGS_TF);
	assert_int_equal(exits(SVM_EXIT_IRET), VCPU_RESUME);
	assert_true(v->svm.nmi_iret_tf);
}

/* The other vendor's hypercall becomes this one's, if it may; whatever else is undefined is #UD. */
static void vmcall(void **state)
{
	const u32 ud = SVM_EXIT_EXCP_BASE + X86_TRAP_UD;

	(void)state;
	s->rip = 0x300;
	memcpy(code, "\x0f\x01\xc1", 3);
	code_len = 2;
	assert_int_equal(exits(ud), VCPU_RESUME);
	expect("ud;");
	code_len = 3;
	assert_int_equal(exits(ud), VCPU_RESUME);
	expect("to 300 3;");
	assert_memory_equal(memory, "\x0f\x01\xd9", 3);
	writable = 2;
	assert_int_equal(exits(ud), VCPU_RESUME);
	expect("to 300 3;pf 300 1;");
	vm.quirks_off = ~(u64)KVM_X86_QUIRK_FIX_HYPERCALL_INSN;
	assert_int_equal(exits(ud), VCPU_RESUME);
	expect("to 300 3;pf 300 1;");
	vm.quirks_off = KVM_X86_QUIRK_FIX_HYPERCALL_INSN;
	assert_int_equal(exits(ud), VCPU_RESUME);
	expect("ud;");
	vm.quirks_off = 0;
	code[2] = 0xd9;
	assert_int_equal(exits(ud), VCPU_RESUME);
	expect("ud;");
}

/* Hypercalls: number and arguments as wide as the code, none from user code, and the answer in RAX. */
static void vmmcall(void **state)
{
	(void)state;
	s->rax = 0x100000001ULL;
	v->svm.gpr[SVM_RBX] = 0x200000002ULL;
	v->svm.gpr[SVM_RCX] = 0x300000003ULL;
	v->svm.gpr[SVM_RDX] = 0x400000004ULL;
	v->svm.gpr[SVM_RSI] = 0x500000005ULL;
	served = -(u64)KVM_ENOSYS;
	assert_int_equal(exits(SVM_EXIT_VMMCALL), VCPU_RESUME);
	expect("skip 16;call;");
	assert_int_equal(INSN_VMMCALL, 16);
	assert_int_equal(asked.nr, 0x100000001ULL);
	assert_int_equal(asked.arg[0], 0x200000002ULL);
	assert_int_equal(asked.arg[1], 0x300000003ULL);
	assert_int_equal(asked.arg[2], 0x400000004ULL);
	assert_int_equal(asked.arg[3], 0x500000005ULL);
	assert_int_equal(s->rax, -(u64)KVM_ENOSYS);
	bits(32);
	s->rax = 0x100000001ULL;
	assert_int_equal(exits(SVM_EXIT_VMMCALL), VCPU_RESUME);
	assert_int_equal(asked.nr, 1);
	assert_int_equal(asked.arg[0], 2);
	assert_int_equal(asked.arg[1], 3);
	assert_int_equal(asked.arg[2], 4);
	assert_int_equal(asked.arg[3], 5);
	assert_int_equal(s->rax, (u32)-KVM_ENOSYS);
	log[0] = 0;
	s->cpl = 3;
	assert_int_equal(exits(SVM_EXIT_VMMCALL), VCPU_RESUME);
	expect("skip 16;");
	assert_int_equal(s->rax, (u32)-KVM_EPERM);
	code_ret = 44;
	vm.xen.msr = 1;
	assert_int_equal(exits(SVM_EXIT_VMMCALL), 44);
	expect("skip 16;xen;");
	skips = false;
	assert_int_equal(exits(SVM_EXIT_VMMCALL), VCPU_RESUME);
	expect("skip 16;");
	hv_is = true;
	assert_int_equal(exits(SVM_EXIT_VMMCALL), 44);
	expect("hv;");
}

/* --- port I/O */

#define IN		BIT_ULL(0)
#define STRING		BIT_ULL(2)
#define REP		BIT_ULL(3)
#define SIZE(n)		((u64)(n) << 4)
#define ASIZE(bits)	((u64)(bits) / 16 << 7)
#define PORT(n)		((u64)(n) << 16)
#define DATA		(shared.bytes + 4096)

static int port_io(u64 info)
{
	c->exit_info_1 = info;
	c->exit_info_2 = 0x2002;	/* where it goes on */
	return exits(SVM_EXIT_IOIO);
}

static void told(u8 direction, unsigned int size, u16 port, u32 count)
{
	assert_int_equal(run->exit_reason, KVM_EXIT_IO);
	assert_int_equal(run->io.direction, direction);
	assert_int_equal(run->io.size, size);
	assert_int_equal(run->io.port, port);
	assert_int_equal(run->io.count, count);
	assert_int_equal(run->io.data_offset, 4096);
}

static u64 data(void)
{
	u64 val;

	memcpy(&val, DATA, sizeof(val));
	return val;
}

/* OUT shows the VMM its register's bytes and no more, and goes on behind it once the VMM has had it. */
static void out(void **state)
{
	static const u64 mask[] = { 0, 0xff, 0xffff, 0, 0xffffffff };
	unsigned int size;

	(void)state;
	s->rax = 0x1122334455667788;
	s->cs.base = 0x100;
	s->rip = 0x2000;
	for (size = 1; size <= 4; size *= 2) {
		v->svm.io.info = STRING | SIZE(1);	/* of one before it */
		v->svm.io.mask = ~0ULL;
		assert_int_equal(port_io(BIT(1) | SIZE(size) | PORT(0x3f8)), VCPU_TO_USER);
		told(KVM_EXIT_IO_OUT, size, 0x3f8, 1);
		assert_int_equal(data(), s->rax & mask[size]);
		assert_int_equal(v->svm.io.kind, SVM_IO_DONE);
		log[0] = 0;
		memset(DATA, 0x99, 8);
		assert_int_equal(svm_io_finish(v), VCPU_RESUME);
		expect("retire 2002;");
		assert_int_equal(v->svm.io.kind, SVM_IO_NONE);
		assert_int_equal(s->rax, 0x1122334455667788);
		assert_int_equal(v->svm.gpr[SVM_RSI], 0);
		assert_int_equal(svm_io_finish(v), VCPU_RESUME);
		expect("");
	}
}

/* IN writes AL, AX, or EAX and zeroes above it, and nothing else. */
static void in(void **state)
{
	static const u64 want[] = { 0, 0x11223344556677efULL, 0x112233445566cdefULL, 0, 0x89abcdef };
	unsigned int size;

	(void)state;
	for (size = 1; size <= 4; size *= 2) {
		s->rax = 0x1122334455667788;
		assert_int_equal(port_io(IN | SIZE(size) | PORT(0xffff)), VCPU_TO_USER);
		told(KVM_EXIT_IO_IN, size, 0xffff, 1);
		assert_int_equal(data(), 0);
		memcpy(DATA, "\xef\xcd\xab\x89\x67\x45\x23\x01", 8);
		log[0] = 0;
		assert_int_equal(svm_io_finish(v), VCPU_RESUME);
		expect("retire 2002;");
		assert_int_equal(s->rax, want[size]);
	}
}

/* The PIC or the PIT in the kernel, an ioeventfd or a ring of writes serve a port without the VMM; reads only the former. */
static void served_here(void **state)
{
	(void)state;
	s->rax = 0x1234;
	assert_int_equal(port_io(SIZE(2) | PORT(0x20)), VCPU_TO_USER);
	expect("event 1 20 2 1234;ring 1 20 2 1234;");
	in_ring = true;
	assert_int_equal(port_io(SIZE(2) | PORT(0x20)), VCPU_RESUME);
	expect("event 1 20 2 1234;ring 1 20 2 1234;retire 2002;");
	in_ioeventfd = true;
	assert_int_equal(port_io(SIZE(2) | PORT(0x20)), VCPU_RESUME);
	expect("event 1 20 2 1234;retire 2002;");
	assert_int_equal(port_io(IN | SIZE(2) | PORT(0x20)), VCPU_TO_USER);
	expect("");
	vm.irq.kind = IRQ_KERNEL;
	assert_int_equal(port_io(IN | SIZE(2) | PORT(0x20)), VCPU_TO_USER);
	expect("chip 20 2 0 0;");
	in_chip = true;
	chip_data = 0xabcdef01;
	assert_int_equal(port_io(IN | SIZE(2) | PORT(0x20)), VCPU_RESUME);
	expect("chip 20 2 0 0;retire 2002;");
	assert_int_equal(s->rax, 0xef01);
	assert_int_equal(port_io(SIZE(1) | PORT(0x21)), VCPU_RESUME);
	expect("chip 21 1 1 1;retire 2002;");
	in_chip = false;
	assert_int_equal(port_io(SIZE(1) | PORT(0x41)), VCPU_RESUME);
	expect("chip 41 1 1 1;tick 41 1 1 1;retire 2002;");
	assert_int_equal(port_io(IN | SIZE(1) | PORT(0x43)), VCPU_RESUME);
	expect("chip 43 1 0 0;tick 43 1 0 0;retire 2002;");
	vm.irq.kind = IRQ_SPLIT;
	assert_int_equal(port_io(IN | SIZE(1) | PORT(0x43)), VCPU_TO_USER);
	expect("");
}

/* An answer for a vCPU that is elsewhere by now is nobody's. */
static void moved(void **state)
{
	(void)state;
	s->cs.base = 0x100;
	s->rip = 0x2000;
	port_io(IN | SIZE(1) | PORT(1));
	log[0] = 0;
	s->rip = 0x1000;
	s->rax = 5;
	assert_int_equal(svm_io_finish(v), VCPU_RESUME);
	expect("");
	assert_int_equal(s->rax, 5);
	assert_int_equal(v->svm.io.kind, SVM_IO_NONE);
	s->rip = 0x2000;
	assert_int_equal(svm_io_finish(v), VCPU_RESUME);
	expect("");
	/* the same instruction by another segment is the same place */
	port_io(SIZE(1) | PORT(1));
	log[0] = 0;
	s->cs.base = 0;
	s->rip = 0x2100;
	assert_int_equal(svm_io_finish(v), VCPU_RESUME);
	expect("retire 2002;");
}

/* Other things that the VMM completes: MSRs by their direction, a Xen guest's call. */
static void completes(void **state)
{
	(void)state;
	svm_io_begin(v, SVM_IO_RDMSR);
	assert_int_equal(svm_io_finish(v), 77);
	expect("msr done 0;");
	svm_io_begin(v, SVM_IO_WRMSR);
	assert_int_equal(svm_io_finish(v), 77);
	expect("msr done 1;");
	svm_io_begin(v, SVM_IO_XEN);
	run->xen.u.hcall.result = 0x1234567890;
	assert_int_equal(svm_io_finish(v), VCPU_RESUME);
	assert_int_equal(s->rax, 0x1234567890);
	expect("");
}

/* --- strings */

/* OUTS of one element: from memory at its segment's base, and the register moves on by its size, either way. */
static void outs(void **state)
{
	(void)state;
	memcpy(memory, "abcdefgh", 8);
	v->svm.gpr[SVM_RSI] = 0x5010;
	s->ds.base = 0x10000;
	assert_int_equal(port_io(STRING | SIZE(2) | ASIZE(64) | PORT(0x60)), VCPU_TO_USER);
	expect("from 5010 2;");
	told(KVM_EXIT_IO_OUT, 2, 0x60, 1);
	assert_memory_equal(DATA, "ab", 2);
	assert_int_equal(svm_io_finish(v), VCPU_RESUME);
	expect("retire 2002;");
	assert_int_equal(v->svm.gpr[SVM_RSI], 0x5012);
	s->rflags = X86_EFLAGS_DF;
	assert_int_equal(port_io(STRING | SIZE(4) | ASIZE(64) | PORT(0x60)), VCPU_TO_USER);
	told(KVM_EXIT_IO_OUT, 4, 0x60, 1);
	svm_io_finish(v);
	assert_int_equal(v->svm.gpr[SVM_RSI], 0x500e);
	bits(32);
	log[0] = 0;
	assert_int_equal(port_io(STRING | SIZE(1) | ASIZE(32) | PORT(0x60)), VCPU_TO_USER);
	expect("from 1500e 1;");
	/* what is not there is a fault at its first byte, and nothing has moved */
	readable = 1;
	s->rflags = ~(u64)X86_EFLAGS_DF;
	assert_int_equal(port_io(STRING | SIZE(2) | ASIZE(32) | PORT(0x60)), VCPU_RESUME);
	expect("from 1500e 2;pf 1500f 0;");
	assert_int_equal(v->svm.gpr[SVM_RSI], 0x500e);
}

/* INS: into ES, whatever the prefixes, once the VMM has answered; what cannot be written is a fault there. */
static void ins(void **state)
{
	(void)state;
	bits(32);
	s->es.base = 0x20000;
	s->ds.base = 0x10000;
	code[0] = 0x26;
	code[1] = 0x6c;
	code_len = 2;
	v->svm.gpr[SVM_RDI] = 0x6000;
	assert_int_equal(port_io(IN | STRING | SIZE(2) | ASIZE(32) | PORT(0x1f0)), VCPU_TO_USER);
	expect("");
	told(KVM_EXIT_IO_IN, 2, 0x1f0, 1);
	memcpy(DATA, "xy", 2);
	assert_int_equal(svm_io_finish(v), VCPU_RESUME);
	expect("to 26000 2;retire 2002;");
	assert_memory_equal(memory, "xy", 2);
	assert_int_equal(v->svm.gpr[SVM_RDI], 0x6002);
	writable = 1;
	assert_int_equal(port_io(IN | STRING | SIZE(2) | ASIZE(32) | PORT(0x1f0)), VCPU_TO_USER);
	assert_int_equal(svm_io_finish(v), VCPU_RESUME);
	expect("to 26002 2;pf 26003 1;");
	assert_int_equal(v->svm.gpr[SVM_RDI], 0x6002);
	/* segments do not count in 64-bit code */
	bits(64);
	writable = 8192;
	port_io(IN | STRING | SIZE(1) | ASIZE(64) | PORT(0x1f0));
	svm_io_finish(v);
	expect("to 6002 1;retire 2002;");
}

static void io_rep(u64 info, unsigned int count, u64 rcx)
{
	log[0] = 0;
	v->svm.gpr[SVM_RCX] = rcx;
	assert_int_equal(port_io(STRING | REP | ASIZE(64) | PORT(0x60) | info), VCPU_TO_USER);
	told(info & IN ? KVM_EXIT_IO_IN : KVM_EXIT_IO_OUT, info >> 4 & 7, 0x60, count);
}

/* As many at once as are left, up to the page's end, or one if they run down; RCX says what is left. */
static void repeated(void **state)
{
	(void)state;
	v->svm.gpr[SVM_RSI] = 0x5000;
	io_rep(SIZE(1), 3, 3);
	svm_io_finish(v);
	expect("from 5000 3;retire 2002;");
	assert_int_equal(v->svm.gpr[SVM_RSI], 0x5003);
	assert_int_equal(v->svm.gpr[SVM_RCX], 0);
	io_rep(SIZE(4), (0x1000 - 3) / 4, 0x5000);
	svm_io_finish(v);
	/* what goes on has been a step, too */
	expect("from 5003 4092;retire 0;");
	assert_int_equal(v->svm.gpr[SVM_RSI], 0x5fff);
	assert_int_equal(v->svm.gpr[SVM_RCX], 0x5000 - 1023);
	/* over the end of a page one goes */
	io_rep(SIZE(4), 1, 2);
	svm_io_finish(v);
	expect("from 5fff 4;retire 0;");
	assert_int_equal(v->svm.gpr[SVM_RSI], 0x6003);
	v->svm.gpr[SVM_RSI] = 0x7000;
	io_rep(SIZE(2), 2048, ~0ULL);
	svm_io_finish(v);
	s->rflags = X86_EFLAGS_DF;
	io_rep(SIZE(2), 1, 5);
	svm_io_finish(v);
	assert_int_equal(v->svm.gpr[SVM_RSI], 0x7ffe);
	assert_int_equal(v->svm.gpr[SVM_RCX], 4);
	/* none is over at once, either way */
	v->svm.gpr[SVM_RCX] = 0;
	log[0] = 0;
	assert_int_equal(port_io(STRING | REP | SIZE(1) | ASIZE(64) | PORT(0x60)), VCPU_RESUME);
	s->rflags = X86_EFLAGS_FIXED;
	assert_int_equal(port_io(STRING | REP | SIZE(1) | ASIZE(64) | PORT(0x60)), VCPU_RESUME);
	expect("retire 2002;retire 2002;");
}

/* If the VMM has lowered the count meanwhile fewer go, and only these. */
static void lowered(void **state)
{
	(void)state;
	v->svm.gpr[SVM_RDI] = 0x5000;
	io_rep(IN | SIZE(2), 8, 8);
	v->svm.gpr[SVM_RCX] = 3;
	assert_int_equal(svm_io_finish(v), VCPU_RESUME);
	expect("to 5000 6;retire 2002;");
	assert_int_equal(v->svm.gpr[SVM_RDI], 0x5006);
	assert_int_equal(v->svm.gpr[SVM_RCX], 0);
	io_rep(SIZE(2), 8, 8);
	v->svm.gpr[SVM_RCX] = 9;
	svm_io_finish(v);
	assert_int_equal(v->svm.gpr[SVM_RCX], 1);
}

/* With addresses of 16 bits registers wrap there and keep what is above; with 32 what is above is zeroed. */
static void widths(void **state)
{
	(void)state;
	bits(32);
	v->svm.gpr[SVM_RSI] = 0x12345ffff;
	io_rep(SIZE(1), 1, 0xabc0001);
	log[0] = 0;
	v->svm.gpr[SVM_RCX] = 0xabc0001;
	assert_int_equal(port_io(STRING | REP | SIZE(1) | ASIZE(16) | PORT(0x60)), VCPU_TO_USER);
	told(KVM_EXIT_IO_OUT, 1, 0x60, 1);
	svm_io_finish(v);
	expect("from ffff 1;retire 2002;");
	assert_int_equal(v->svm.gpr[SVM_RSI], 0x123450000);
	assert_int_equal(v->svm.gpr[SVM_RCX], 0xabc0000);
	v->svm.gpr[SVM_RSI] = 0x1ffffffff;
	v->svm.gpr[SVM_RCX] = 0x100000001;
	assert_int_equal(port_io(STRING | REP | SIZE(1) | ASIZE(32) | PORT(0x60)), VCPU_TO_USER);
	svm_io_finish(v);
	expect("from ffffffff 1;retire 2002;");
	assert_int_equal(v->svm.gpr[SVM_RSI], 0);
	assert_int_equal(v->svm.gpr[SVM_RCX], 0);
	/* linear addresses are of 32 bits, whatever the base adds */
	s->ds.base = 0x10;
	v->svm.gpr[SVM_RSI] = 0xfffffff8;
	assert_int_equal(port_io(STRING | SIZE(1) | ASIZE(32) | PORT(0x60)), VCPU_TO_USER);
	expect("from 8 1;");
}

/* Where the CPU does not tell it prefixes do: which segment, and how wide addresses are. */
static void prefixes(void **state)
{
	static const struct { const char *code; unsigned int bits; u64 from; } t[] = {
		{ "\x6e", 64, 0x300012345678 }, { "\x66", 64, 0x300012345678 }, { "\x67\x6e", 64, 0x12345678 },
		{ "\x26\x6e", 64, 0x300012345678 }, { "\x2e\x6e", 64, 0x300012345678 },
		{ "\x64\x6e", 64, 0x360012345678 }, { "\x65\x6e", 64, 0x370012345678 },
		{ "\x48\x6e", 64, 0x300012345678 }, { "\xf3\x66\x65\x48\x6e", 64, 0x370012345678 },
		{ "\xf0\xf2\x64\x6e", 64, 0x360012345678 }, { "\x6e\x64", 64, 0x300012345678 },
		{ "\x4f\x40\x65\x6e", 64, 0x370012345678 },
		{ "\x6e", 32, 0x42345678 }, { "\x67\x6e", 32, 0x30005678 },
		{ "\x26\x6e", 32, 0x22345678 }, { "\x2e\x6e", 32, 0x32345678 },
		{ "\x36\x6e", 32, 0x52345678 }, { "\x3e\x6e", 32, 0x42345678 }, { "\x26\x3e\x6e", 32, 0x42345678 },
		{ "\x64\x6e", 32, 0x12345678 }, { "\x6e", 16, 0x30005678 }, { "\x67\x6e", 16, 0x42345678 },
	};
	char want[32];
	unsigned int i;

	(void)state;
	s->es.base = 0x10000000;
	s->cs.base = 0x20000000;
	s->ds.base = 0x30000000;
	s->ss.base = 0x40000000;
	s->fs.base = 0x60000000000;
	s->gs.base = 0x70000000000;
	v->svm.gpr[SVM_RSI] = 0x300012345678;
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		bits(t[i].bits);
		code_len = strlen(t[i].code);
		memcpy(code, t[i].code, code_len);
		log[0] = 0;
		assert_int_equal(port_io(BIT(1) | STRING | SIZE(1) | PORT(0x60)), VCPU_TO_USER);
		snprintf(want, sizeof(want), "from %llx 1;", ULL(t[i].from));
		expect(want);
		/* and where it does tell, it is believed */
		assert_int_equal(port_io(STRING | SIZE(1) | ASIZE(64) | PORT(0x60)), VCPU_TO_USER);
		assert_int_equal(v->svm.io.mask, ~0ULL);
		assert_int_equal(port_io(STRING | SIZE(1) | ASIZE(32) | PORT(0x60)), VCPU_TO_USER);
		assert_int_equal(v->svm.io.mask, 0xffffffff);
		assert_int_equal(port_io(STRING | SIZE(1) | ASIZE(16) | PORT(0x60)), VCPU_TO_USER);
		assert_int_equal(v->svm.io.mask, 0xffff);
	}
}

/* --- moves to no memory */

static int move(const char *bytes, unsigned int n, u64 gpa)
{
	memcpy(code, bytes, n);
	code_len = n;
	fault_ret = NPT_FAULT_MMIO;
	c->exit_info_1 = 0;
	c->exit_info_2 = gpa;
	log[0] = 0;
	return exits(SVM_EXIT_NPF);
}

static void mmio_told(u64 gpa, unsigned int len, bool write, u64 val)
{
	u64 there;

	assert_int_equal(run->exit_reason, KVM_EXIT_MMIO);
	assert_int_equal(run->mmio.phys_addr, gpa);
	assert_int_equal(run->mmio.len, len);
	assert_int_equal(run->mmio.is_write, write);
	memcpy(&there, run->mmio.data, 8);
	assert_int_equal(there, val);
}

#define STORE	"\x89\x03"	/* mov %eax, (%rbx) */
#define LOAD	"\x8b\x03"	/* mov (%rbx), %eax */
#define STORE8	"\x48\x89\x03"
#define LOAD8	"\x48\x8b\x03"

/* A store shows its bytes; a load's answer goes where the instruction has it, and the guest goes on behind it. */
static void moves(void **state)
{
	u64 val = 0x8877665544332211;

	(void)state;
	s->rip = 0x1000;
	s->rax = 0x1122334455667788;
	v->svm.gpr[SVM_RBX] = 0xffff800000001010;
	assert_int_equal(move(STORE, 2, 0xd0000010), VCPU_TO_USER);
	expect("fault d0000010;intc d0000010 4 55667788 1;event 0 d0000010 4 55667788;ring 0 d0000010 4 55667788;");
	mmio_told(0xd0000010, 4, true, 0x55667788);
	memcpy(run->mmio.data, &val, 8);
	assert_int_equal(svm_io_finish(v), VCPU_RESUME);
	expect("retire 101002;");
	assert_int_equal(s->rax, 0x1122334455667788);

	assert_int_equal(move(LOAD, 2, 0xd0000010), VCPU_TO_USER);
	expect("fault d0000010;intc d0000010 4 0 0;");
	mmio_told(0xd0000010, 4, false, 0);
	memcpy(run->mmio.data, &val, 8);
	assert_int_equal(svm_io_finish(v), VCPU_RESUME);
	expect("retire 101002;");
	assert_int_equal(s->rax, 0x44332211);

	/* into AH */
	s->rax = 0x1122334455667788;
	assert_int_equal(move("\x8a\x23", 2, 0xd0000010), VCPU_TO_USER);
	mmio_told(0xd0000010, 1, false, 0);
	run->mmio.data[0] = 0xab;
	assert_int_equal(svm_io_finish(v), VCPU_RESUME);
	assert_int_equal(s->rax, 0x112233445566ab88);

	assert_int_equal(move("\xc7\x03\x78\x56\x34\x12", 6, 0xd0000010), VCPU_TO_USER);
	mmio_told(0xd0000010, 4, true, 0x12345678);
}

static u64 at(u64 va)
{
	return va;
}

/* each page somewhere else */
static u64 scattered(u64 va)
{
	return va + (va >> 12) * 0x10000;
}

/* A string is one element at each exit; registers move by it, and the instruction is over when rCX is. */
static void strings(void **state)
{
	(void)state;
	bits(64);
	s->rip = 0x1000;
	s->rax = 0x1122334455667788;
	v->svm.gpr[SVM_RDI] = 0x7000;
	v->svm.gpr[SVM_RCX] = 2;
	map_va = at;
	no_memory = true;
	/* rep stosw */
	assert_int_equal(move("\xf3\x66\xab", 3, 0x7000), VCPU_TO_USER);
	mmio_told(0x7000, 2, true, 0x7788);
	log[0] = 0;
	assert_int_equal(svm_io_finish(v), VCPU_RESUME);
	expect("retire 101000;");
	assert_true(v->svm.gpr[SVM_RDI] == 0x7002 && v->svm.gpr[SVM_RCX] == 1);
	assert_int_equal(move("\xf3\x66\xab", 3, 0x7002), VCPU_TO_USER);
	mmio_told(0x7002, 2, true, 0x7788);
	log[0] = 0;
	assert_int_equal(svm_io_finish(v), VCPU_RESUME);
	expect("retire 101003;");
	assert_true(v->svm.gpr[SVM_RDI] == 0x7004 && v->svm.gpr[SVM_RCX] == 0 && s->rax == 0x1122334455667788);
	/* lodsb, downwards */
	s->rflags |= X86_EFLAGS_DF;
	v->svm.gpr[SVM_RSI] = 0x8000;
	assert_int_equal(move("\xac", 1, 0x8000), VCPU_TO_USER);
	mmio_told(0x8000, 1, false, 0);
	run->mmio.data[0] = 0x99;
	log[0] = 0;
	assert_int_equal(svm_io_finish(v), VCPU_RESUME);
	expect("retire 101001;");
	assert_true(v->svm.gpr[SVM_RSI] == 0x7fff && s->rax == 0x1122334455667799);
	/* movsl, from a device to another */
	s->rflags &= ~(u64)X86_EFLAGS_DF;
	v->svm.gpr[SVM_RSI] = 0x8000;
	assert_int_equal(move("\xa5", 1, 0x8000), VCPU_TO_USER);
	mmio_told(0x8000, 4, false, 0);
	memcpy(run->mmio.data, "\x01\x02\x03\x04", 4);
	assert_int_equal(svm_io_finish(v), VCPU_TO_USER);
	mmio_told(0x7004, 4, true, 0x04030201);
	log[0] = 0;
	assert_int_equal(svm_io_finish(v), VCPU_RESUME);
	expect("retire 101001;");
	assert_true(v->svm.gpr[SVM_RSI] == 0x8004 && v->svm.gpr[SVM_RDI] == 0x7008);
	/* where one side cannot be had nothing is read */
	no_gpa = true;
	assert_int_equal(move("\xa5", 1, 0x8000), VCPU_RESUME);
	assert_true(v->svm.gpr[SVM_RSI] == 0x8004 && strstr(log, "pf ") && !strstr(log, "intc"));
	no_gpa = false;
	map_va = NULL;
	no_memory = false;
}

/* An element over a page's end is two parts of its side, each where the guest's tables say; both are asked for first. */
static void strings_cross(void **state)
{
	(void)state;
	bits(64);
	s->rip = 0x1000;
	map_va = scattered;
	v->svm.gpr[SVM_RSI] = 0x8ffd;
	v->svm.gpr[SVM_RDI] = 0x7ffe;
	no_memory = true;
	assert_int_equal(move("\xa5", 1, 0x8ffd), VCPU_TO_USER);
	assert_non_null(strstr(log, "translate 8ffd 0;translate 9000 0;translate 7ffe 1;translate 8000 1;memory"));
	mmio_told(scattered(0x8ffd), 3, false, 0);
	memcpy(run->mmio.data, "\x01\x02\x03", 3);
	assert_int_equal(svm_io_finish(v), VCPU_TO_USER);
	mmio_told(scattered(0x9000), 1, false, 0);
	run->mmio.data[0] = 4;
	assert_int_equal(svm_io_finish(v), VCPU_TO_USER);
	mmio_told(scattered(0x7ffe), 2, true, 0x0201);
	no_memory = false;
	assert_int_equal(svm_io_finish(v), VCPU_RESUME);
	assert_non_null(strstr(log, "memory= 88000 2;retire 101001;"));
	assert_memory_equal(memory, "\x03\x04", 2);
	assert_true(v->svm.gpr[SVM_RSI] == 0x9001 && v->svm.gpr[SVM_RDI] == 0x8002);
	/* the second page is not there: a fault at its first byte, and no device was read */
	v->svm.gpr[SVM_RSI] = 0x8000;
	v->svm.gpr[SVM_RDI] = 0x8fff;
	no_va = 0x9000;
	assert_int_equal(move("\xa5", 1, 0x8000), VCPU_RESUME);
	assert_true(strstr(log, "pf 9000 1;") && !strstr(log, "memory") && !strstr(log, "intc"));
	no_va = ~0ULL;
	/* addresses of 32 bits go on at 0 */
	bits(32);
	map_va = at;
	v->svm.gpr[SVM_RDI] = 0xfffffffe;
	s->rax = 0x11223344;
	assert_int_equal(move("\xab", 1, 0xfffffffe), VCPU_RESUME);
	assert_non_null(strstr(log, "translate fffffffe 1;translate 0 1;memory= fffffffe 2;memory= 0 2;retire"));
	assert_int_equal(v->svm.gpr[SVM_RDI], 2);
	map_va = NULL;
}

/* With nothing left to do a string does nothing, whoever made rCX 0, at each width. */
static void strings_of_none(void **state)
{
	(void)state;
	bits(64);
	s->rip = 0x1000;
	map_va = at;
	no_memory = true;
	v->svm.gpr[SVM_RDI] = 0x7000;
	v->svm.gpr[SVM_RCX] = 0;
	assert_int_equal(move("\xf3\xaa", 2, 0x7000), VCPU_RESUME);
	assert_true(strstr(log, "retire 101002;") && !strstr(log, "translate") && !strstr(log, "intc"));
	v->svm.gpr[SVM_RCX] = 0x100000000;
	assert_int_equal(move("\xf3\x67\xaa", 3, 0x7000), VCPU_RESUME);
	assert_true(strstr(log, "retire 101003;") && v->svm.gpr[SVM_RCX] == 0x100000000);
	assert_int_equal(move("\xf3\xaa", 2, 0x7000), VCPU_TO_USER);
	v->svm.gpr[SVM_RCX] = 0;
	log[0] = 0;
	assert_int_equal(svm_io_finish(v), VCPU_RESUME);
	expect("retire 101002;");
	assert_true(v->svm.gpr[SVM_RDI] == 0x7000 && v->svm.gpr[SVM_RCX] == 0);
	bits(16);
	v->svm.gpr[SVM_RCX] = 0x10000;
	assert_int_equal(move("\xf3\xaa", 2, 0x7000), VCPU_RESUME);
	assert_true(strstr(log, "retire 101002;") && v->svm.gpr[SVM_RCX] == 0x10000);
	map_va = NULL;
	no_memory = false;
}

/* Who in the kernel takes it, the VMM does not hear of it. */
static void moves_here(void **state)
{
	(void)state;
	s->rax = 0x99;
	in_ring = true;
	assert_int_equal(move(STORE, 2, 0xd0000010), VCPU_RESUME);
	expect("fault d0000010;intc d0000010 4 99 1;event 0 d0000010 4 99;ring 0 d0000010 4 99;retire 100002;");
	in_ioeventfd = true;
	assert_int_equal(move(STORE, 2, 0xd0000010), VCPU_RESUME);
	expect("fault d0000010;intc d0000010 4 99 1;event 0 d0000010 4 99;retire 100002;");
	/* neither takes a load */
	assert_int_equal(move(LOAD, 2, 0xd0000010), VCPU_TO_USER);
	in_intc = true;
	intc_data = 0xfedcba9876543210;
	assert_int_equal(move(LOAD, 2, 0xd0000010), VCPU_RESUME);
	expect("fault d0000010;intc d0000010 4 0 0;retire 100002;");
	assert_int_equal(s->rax, 0x76543210);
	assert_int_equal(move(STORE, 2, 0xd0000010), VCPU_RESUME);
	expect("fault d0000010;intc d0000010 4 76543210 1;retire 100002;");
}

/* What is no move is shown with its bytes; from user code it is #UD, unless the VMM wants to see all. */
static void no_move(void **state)
{
	(void)state;
	assert_int_equal(move("\x0f\xae\x03", 3, 0xd0000010), VCPU_TO_USER);
	assert_int_equal(run->exit_reason, KVM_EXIT_INTERNAL_ERROR);
	assert_int_equal(run->emulation_failure.suberror, KVM_INTERNAL_ERROR_EMULATION);
	assert_int_equal(run->emulation_failure.ndata, 4);
	assert_int_equal(run->emulation_failure.flags, KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES);
	assert_int_equal(run->emulation_failure.insn_size, 3);
	assert_memory_equal(run->emulation_failure.insn_bytes, "\x0f\xae\x03\0\0\0\0\0\0\0\0\0\0\0\0", 15);
	run->exit_reason = 0;
	s->cpl = 3;
	assert_int_equal(move("\x0f\xae\x03", 3, 0xd0000010), VCPU_RESUME);
	expect("fault d0000010;ud;");
	assert_int_equal(run->exit_reason, 0);
	s->cpl = 2;
	assert_int_equal(move("\x0f\xae\x03", 3, 0xd0000010), VCPU_TO_USER);
	s->cpl = 3;
	vm.exit_on_failure = true;
	assert_int_equal(move("\x0f\xae\x03", 3, 0xd0000010), VCPU_TO_USER);
	expect("fault d0000010;");
}

/* Over the end of a page the other page is where the guest's tables say, and may be memory: bytes go to both. */
static void crossing(void **state)
{
	u64 val = 0x0807060504030201;

	(void)state;
	s->rax = val;
	v->svm.gpr[SVM_RBX] = 0x7ffd;
	gpas[0] = 0xe000;
	assert_int_equal(move(STORE8, 3, 0xd0000ffd), VCPU_TO_USER);
	expect("fault d0000ffd;translate 8000 1;intc d0000ffd 3 30201 1;event 0 d0000ffd 3 30201;ring 0 d0000ffd 3 30201;");
	mmio_told(0xd0000ffd, 3, true, 0x030201);
	assert_int_equal(svm_io_finish(v), VCPU_RESUME);
	expect("memory= e000 5;retire 100003;");
	assert_memory_equal(memory, "\x04\x05\x06\x07\x08", 5);

	/* the exit was for its second page */
	gpas[0] = 0xeffd;
	assert_int_equal(move(STORE8, 3, 0xd0000000), VCPU_TO_USER);
	expect("fault d0000000;translate 7ffd 1;memory= effd 3;"
	       "intc d0000000 5 807060504 1;event 0 d0000000 5 807060504;ring 0 d0000000 5 807060504;");
	mmio_told(0xd0000000, 5, true, 0x0807060504);
	assert_memory_equal(memory, "\x01\x02\x03", 3);
	assert_int_equal(svm_io_finish(v), VCPU_RESUME);
	expect("retire 100003;");

	/* loads: neither is memory; the first part's bytes come first */
	no_memory = true;
	assert_int_equal(move(LOAD8, 3, 0xd0000000), VCPU_TO_USER);
	expect("fault d0000000;translate 7ffd 0;memory effd 3;intc effd 3 0 0;");
	mmio_told(0xeffd, 3, false, 0);
	memcpy(run->mmio.data, "\xaa\xbb\xcc\xdd\xee\xff\x11\x22", 8);
	assert_int_equal(svm_io_finish(v), VCPU_TO_USER);
	expect("intc d0000000 5 0 0;");
	mmio_told(0xd0000000, 5, false, 0);
	memcpy(run->mmio.data, "\x11\x22\x33\x44\x55\x66\x77\x88", 8);
	assert_int_equal(svm_io_finish(v), VCPU_RESUME);
	expect("retire 100003;");
	assert_int_equal(s->rax, 0x5544332211ccbbaaULL);
}

/* A page that the guest's tables do not have is a fault where the access meets it. */
static void crossing_fails(void **state)
{
	(void)state;
	v->svm.gpr[SVM_RBX] = 0x7ffd;
	no_gpa = true;
	assert_int_equal(move(STORE8, 3, 0xd0000ffd), VCPU_RESUME);
	expect("fault d0000ffd;translate 8000 1;pf 8000 1;");
	assert_int_equal(move(LOAD8, 3, 0xd0000000), VCPU_RESUME);
	expect("fault d0000000;translate 7ffd 0;pf 7ffd 0;");
	/* within a page nobody is asked: at its beginning, and to its last byte */
	v->svm.gpr[SVM_RBX] = 0x8000;
	assert_int_equal(move(STORE8, 3, 0xd0000000), VCPU_TO_USER);
	mmio_told(0xd0000000, 8, true, s->rax);
	v->svm.gpr[SVM_RBX] = 0x7ff8;
	assert_int_equal(move(STORE8, 3, 0xd0000ff8), VCPU_TO_USER);
	mmio_told(0xd0000ff8, 8, true, s->rax);
	assert_null(strstr(log, "translate"));
	v->svm.gpr[SVM_RBX] = 0x7ff9;
	assert_int_equal(move(STORE8, 3, 0xd0000ff9), VCPU_RESUME);
	expect("fault d0000ff9;translate 8000 1;pf 8000 1;");
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing), TEST(others), TEST(instructions), TEST(unknown), TEST(in_l2), TEST(shutdown), TEST(hlt),
		TEST(page_fault), TEST(exceptions), TEST(debug), TEST(iret), TEST(vmcall), TEST(vmmcall),
		TEST(out), TEST(in), TEST(served_here), TEST(moved), TEST(completes), TEST(outs), TEST(ins), TEST(repeated),
		TEST(lowered), TEST(widths), TEST(prefixes), TEST(moves), TEST(strings), TEST(strings_cross), TEST(strings_of_none), TEST(moves_here), TEST(no_move), TEST(crossing),
		TEST(crossing_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
